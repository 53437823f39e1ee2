"""The log of a job, which two jobs do not share."""

import os
import subprocess
import sys
import time
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


AT_WORK = """
import sys
from metaudit.rule import logged
with logged(sys.argv[1]):
    print(sys.argv[2], "begins", flush=True)
    sys.stdin.readline()
    print(sys.argv[2], "ends")
"""


def test_a_job_that_waits_leaves_the_log_of_the_one_at_work_alone(tmp_path):
    log = tmp_path / "logs/one.log"

    def start(name):
        command = [sys.executable, "-c", AT_WORK, str(log), name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, text=True, env=os.environ | {"PYTHONPATH": str(SCRIPTS)}, **pipes)

    first = start("first")
    while not (log.is_file() and log.read_text()):
        assert first.poll() is None
        time.sleep(0.01)
    second = start("second")
    assert "waiting for it to end" in second.stderr.readline()
    assert log.read_text() == "first begins\n"
    first.communicate("go\n", timeout=60)
    second.communicate("go\n", timeout=60)
    assert log.read_text() == "second begins\nsecond ends\n"
