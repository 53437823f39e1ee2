"""Runs that are killed: nothing half-written is left, and the next run gives every byte that an undisturbed one gives."""

import signal
import subprocess
import sys
import time

import pytest

from metaudit.rule import logged
from robust.killing import Plan, Undisturbed, living

JOB = """
import sys, time
from metaudit.rule import logged, pool_of

def wait(path):
    open(path, "w").close()
    time.sleep(60)

if __name__ == "__main__":
    with logged(sys.argv[1]), pool_of(3) as pool:
        list(pool.map(wait, sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return Undisturbed(tmp_path_factory.mktemp("kills"))


@pytest.mark.parametrize(
    ("start", "way", "victim", "part"),
    [
        ("first run", "snakemake", "snakemake", 0.35),
        ("input changed", "make", "one process of a job", 0.6),
        ("input changed", "make", "all", 0.85),
    ],
)
def test_a_killed_run_is_made_good_by_the_next(undisturbed, start, way, victim, part):
    outcome = undisturbed.kill(Plan(start, way, victim, part), seed=7)
    assert outcome.well, outcome


def _started(folder, log, *files):
    """A job with three workers, each of which has begun."""
    (folder / "job.py").write_text(JOB, encoding="utf-8")
    begun = subprocess.Popen([sys.executable, "job.py", log, *files], cwd=folder, start_new_session=True)
    for _ in range(600):
        if all((folder / file).exists() for file in files):
            return begun
        time.sleep(0.05)
    raise AssertionError("the job did not begin")


def test_workers_end_with_a_job_that_is_killed(tmp_path):
    begun = _started(tmp_path, "job.log", "one", "two", "three")
    begun.send_signal(signal.SIGKILL)
    begun.wait()
    assert living(tmp_path) == []


def test_a_job_waits_for_one_of_its_rule_that_outlived_its_snakemake(tmp_path, capfd):
    begun = _started(tmp_path, "pool.log", "one", "two", "three")
    killer = subprocess.Popen([sys.executable, "-c", f"import os, time; time.sleep(1); os.killpg({begun.pid}, 9)"])
    before = time.monotonic()
    with logged(str(tmp_path / "pool.log")):
        waited = time.monotonic() - before
        alive = living(tmp_path, patience=0)
    killer.wait()
    begun.wait()
    assert waited > 0.2
    assert alive == []
    assert capfd.readouterr().err == (
        "pool: a job of an earlier run, whose Snakemake was ended, is still at work here; waiting for it to end.\n"
    )


def test_jobs_of_other_rules_do_not_wait(tmp_path, capfd):
    with logged(str(tmp_path / "pool.log")), logged(str(tmp_path / "audit.log")):
        print("at work")
    assert capfd.readouterr().err == ""
    assert (tmp_path / "audit.log").read_text(encoding="utf-8") == "at work\n"


def test_a_worker_that_is_killed_is_told_in_one_line(tmp_path, capfd):
    begun = _started(tmp_path, "job.log", "one", "two", "three")
    subprocess.run(["pkill", "-KILL", "-n", "-P", str(begun.pid)], check=True)
    assert begun.wait(30) == 1
    told = (tmp_path / "job.log").read_text(encoding="utf-8")
    assert told.startswith("job: a process of this job was ended from outside, often because memory ran out.")
    assert told.count("\n") == 1
