"""A stage's seal: one file that changes with any of the stage's files; its log, which two jobs do not share."""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from metaudit.provenance.seals import read_seals
from metaudit.provenance.stages import Stage
from metaudit.rule import seal
from metaudit.versions import versions

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


def test_a_seal_lists_every_file_but_itself(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/two.csv").write_text("2")
    (tmp_path / "one.csv").write_text("1")
    own = tmp_path / "seal.txt"
    seal(str(own), [str(own), str(tmp_path / "one.csv"), str(tmp_path / "a")])
    lines = own.read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == sorted(
        [(tmp_path / "a/two.csv").as_posix(), (tmp_path / "one.csv").as_posix()]
    )
    assert lines[1].split("  ")[0] == hashlib.sha256(b"1").hexdigest()


def test_a_seal_changes_with_any_file_and_with_nothing_else(tmp_path):
    own, file = tmp_path / "seals/seal.txt", tmp_path / "one.csv"
    file.write_text("1")
    seal(str(own), [str(file)])
    first = own.read_text()
    file.touch()
    seal(str(own), [str(file)])
    assert own.read_text() == first
    file.write_text("2")
    seal(str(own), [str(file)])
    assert own.read_text() != first


def test_a_seal_says_what_was_read_and_with_what_it_was_computed(tmp_path):
    """What no stage wrote: typed in, or shipped. What an earlier stage wrote has a seal of its own."""
    for name in ("out.csv", "review.yaml", "specs.yaml", "earlier.csv"):
        (tmp_path / name).write_text(name)
    inputs = SimpleNamespace(
        reviews=[str(tmp_path / "review.yaml")],
        declared=str(tmp_path / "specs.yaml"),
        shard=[str(tmp_path / "earlier.csv")],
    )
    own = tmp_path / "seals/seal.txt"
    seal(str(own), [str(tmp_path / "out.csv")], read=inputs, code="c0de")
    (one,) = read_seals(Stage("pool", "Pool.", "pool.py", seals=(str(own),)))
    assert one.facts == {"code": "c0de", **versions()}
    assert list(one.written) == [str(tmp_path / "out.csv")]
    assert one.read == {
        str(tmp_path / name): hashlib.sha256(name.encode()).hexdigest() for name in ("review.yaml", "specs.yaml")
    }


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
