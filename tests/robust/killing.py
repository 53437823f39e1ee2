"""Kill a run of the workflow at some moment, look at what is left, run again, and compare every byte."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import psutil

from robust.copies import copy_project, differences, environment, made, run

STARTS = ("first run", "input changed")
WAYS = ("make", "snakemake")
VICTIMS = ("snakemake", "one process of a job", "all")
EDITED = ("data/reviews/noppers-2011/extraction.csv", "corpus/noppers-2011/extraction.csv")
DIGIT = (",8,12,", ",9,12,")
TRIES = 5  # a run that is over before it is killed, because the machine has less to do than before, is begun again
PATIENCE = 300.0  # seconds that a whole run may take on a loaded machine
LINGER = 5.0  # seconds within which every process of an ended job is to be gone


@dataclass(frozen=True)
class Plan:
    """One run that is killed: what was there before, who runs it, whom the signal hits, and when.

    Parameters
    ----------
    start : one of ``STARTS``
    way : one of ``WAYS``
    victim : one of ``VICTIMS``
    part : of the time that an undisturbed run takes
    """

    start: str
    way: str
    victim: str
    part: float

    def __str__(self) -> str:
        return f"{self.start}, {self.way}, SIGKILL to {self.victim} after {self.part:.0%} of the time"


@dataclass(frozen=True)
class Outcome:
    """What came of it.

    Parameters
    ----------
    plan : what was done
    hit : name of the process that got the signal
    left : files with half of what they should hold, right after the signal
    wrong : differences to an undisturbed run, after the second one
    said : output of the second run when it failed
    """

    plan: Plan
    hit: str
    left: tuple[str, ...]
    wrong: tuple[str, ...]
    said: str

    @property
    def well(self) -> bool:
        """Whether nothing was lost."""
        return not (self.left or self.wrong or self.said)


class Undisturbed:
    """The project before a first run and before one with a changed input, and what an undisturbed run makes of each."""

    def __init__(self, scratch: Path, **what: Sequence[str]) -> None:
        self.scratch = scratch
        self.before: dict[str, Path] = {"first run": copy_project(scratch / "fresh", **what)}
        done = shutil.copytree(self.before["first run"], scratch / "done", symlinks=True)
        begun = time.monotonic()
        _whole(done)
        self.duration = time.monotonic() - begun
        self.old = {"first run": {}, "input changed": made(done)}
        self.right = {"first run": made(done)}
        edit(done)
        self.before["input changed"] = done
        changed = shutil.copytree(done, scratch / "changed", symlinks=True)
        _whole(changed)
        self.right["input changed"] = made(changed)
        assert self.right["input changed"] != self.right["first run"]

    def kill(self, plan: Plan, *, seed: int) -> Outcome:
        """Carry out one plan in a folder of its own; which process of a job is hit is drawn from the seed."""
        for _ in range(TRIES):
            folder = shutil.copytree(self.before[plan.start], self.scratch / "killed", symlinks=True)
            try:
                hit = self._begin_and_strike(folder, plan, seed)
                if hit is not None:
                    return self._make_good(folder, plan, hit)
            finally:
                for process in processes_in(folder):
                    process.kill()
                shutil.rmtree(folder, ignore_errors=True)
        raise AssertionError(f"{plan}: every run was over before")

    def _begin_and_strike(self, folder: Path, plan: Plan, seed: int) -> str | None:
        begun_at = time.monotonic()
        with (folder / "said.txt").open("w") as said:
            begun = subprocess.Popen(
                command(plan.way), cwd=folder, env=environment(folder), stdout=said, stderr=said, start_new_session=True
            )
            try:
                begun.wait(plan.part * self.duration)
            except subprocess.TimeoutExpired:
                hit = strike(begun.pid, plan.victim, random.Random(seed))
                begun.wait(PATIENCE)
                return hit
        self.duration = time.monotonic() - begun_at
        return None

    def _make_good(self, folder: Path, plan: Plan, hit: str) -> Outcome:
        left = self._half_written(plan.start, made(folder))
        code, told = again(folder, plan.way)
        wrong = differences(self.right[plan.start], made(folder)) + [f"still runs: {p}" for p in living(folder)]
        return Outcome(plan, hit, tuple(left), tuple(wrong), told if code else "")

    def _half_written(self, start: str, found: dict[str, str]) -> list[str]:
        """Files that are neither as they were nor as they should be; scratch is no result, whatever it holds."""
        old, right = self.old[start], self.right[start]
        return [n for n, d in found.items() if d not in {"", "scratch", old.get(n), right.get(n)}]


def plans(number: int, *, seed: int) -> list[Plan]:
    """Plans whose moments cover a whole run evenly, and each of whose kinds is as frequent as the others."""
    draw = random.Random(seed)
    kinds = [*product(STARTS, WAYS, VICTIMS)]
    rounds = [draw.sample(kinds, len(kinds)) for _ in range(number // len(kinds) + 1)]
    drawn = [kind for some in rounds for kind in some][:number]
    return [Plan(*kind, (i + draw.random()) / number) for i, kind in enumerate(drawn)]


def command(way: str) -> tuple[str, ...]:
    """What a user types."""
    return ("make",) if way == "make" else ("snakemake", "--cores", "2", "--quiet", "rules")


def again(folder: Path, way: str) -> tuple[int, str]:
    """What a user does after a killed run: the same again, and what Snakemake tells him to do where it was locked out."""
    code, said = run(folder, *command(way))
    if code and "--unlock" in said:
        run(folder, "snakemake", "--unlock", "--cores", "2")
        code, said = run(folder, *command(way))
    return code, said


def edit(folder: Path) -> None:
    """Change one digit that was typed in, in a review and in the corpus."""
    for file in filter(Path.is_file, (folder / name for name in EDITED)):
        text = file.read_text(encoding="utf-8")
        assert text.count(DIGIT[0]) == 1
        file.write_text(text.replace(*DIGIT), encoding="utf-8")


def strike(leader: int, victim: str, draw: random.Random) -> str:
    """Send SIGKILL; returns what was hit. A run that has not come to what is to be hit loses all its processes."""
    run_of = [psutil.Process(leader), *psutil.Process(leader).children(recursive=True)]
    snakemake = [p for p in run_of if _words(p)[1:3] == ["-m", "snakemake"]]
    jobs = [p for p in run_of if _job(p) and not Path(_words(p)[0]).name.endswith("sh")]
    chosen = {"snakemake": snakemake, "one process of a job": jobs, "all": []}[victim]
    if not chosen:
        os.killpg(leader, signal.SIGKILL)
        return "all"
    process = draw.choice(chosen)
    name = _job(process) or "snakemake"
    process.kill()
    return name


def _job(process: psutil.Process) -> str:
    """Script that a process of a job runs; Snakemake puts letters drawn by lot before its name."""
    found = (Path(word).name for word in _words(process)[:3] if "/.snakemake/scripts/" in word)
    return next(found, "").partition(".")[2]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline() or [""]
    except psutil.Error:
        return [""]


def processes_in(folder: Path) -> Iterator[psutil.Process]:
    """Every process whose working directory is a folder."""
    for process in psutil.process_iter():
        try:
            dead = process.status() == psutil.STATUS_ZOMBIE
            if not dead and Path(process.cwd()).is_relative_to(folder) and process.pid != os.getpid():
                yield process
        except (psutil.Error, OSError):
            continue


def living(folder: Path, *, patience: float = LINGER) -> Sequence[str]:
    """Processes of a run that live on after it, when they have had time to end."""
    until = time.monotonic() + patience
    while found := [" ".join(_words(p)) for p in processes_in(folder)]:
        if time.monotonic() > until:
            return found
        time.sleep(0.1)
    return []


def _whole(folder: Path) -> None:
    code, said = run(folder, "make")
    assert code == 0, said
