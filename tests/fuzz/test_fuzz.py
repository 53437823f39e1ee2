"""Every reader takes any bytes: it reads them, or refuses them in documented words, and does nothing else.

``run_atheris.py`` drives the same targets for hours, guided by coverage; what it finds comes into corpus/ and crashes/.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from fuzz.harness import LARGEST, ROOT, as_parts, check_problems, parts_of, watched
from fuzz.mutate import inputs
from fuzz.targets import names, target
from metaudit.errors import InputError, Problem

HERE = Path(__file__).parent
NAMES = names()


@pytest.mark.parametrize("name", NAMES)
def test_mutated_inputs(name: str) -> None:
    one = target(name)

    @settings(max_examples=one.examples, suppress_health_check=list(HealthCheck))
    @given(inputs(one.seeds(), one.words))
    def run(data: bytes) -> None:
        one.one_input(data)

    run()


@pytest.mark.parametrize("name", NAMES)
def test_seeds_corpus_and_what_once_broke_it(name: str) -> None:
    one = target(name)
    for data in [*one.seeds(), b"", b"\n", *(p.read_bytes() for p in (*one.corpus, *one.crashes))]:
        one.one_input(data)


def test_the_kept_inputs_belong_to_targets_and_are_small() -> None:
    kept = [p for kind in ("corpus", "crashes") for p in (HERE / kind).rglob("*") if p.is_file()]
    assert {p.parent.name for p in kept} <= set(NAMES)
    assert sum(p.stat().st_size for p in kept) < 2_000_000
    assert all(p.stat().st_size <= LARGEST for p in kept)


def test_files_come_back_out_of_one_input() -> None:
    files = {"[Content_Types].xml": b"<a/>", "xl/b.xml": b"", "c.csv": b"x\n\n", "d e/f": b"== not a name\n"}
    assert parts_of(as_parts(files)) == files
    for name in ("xlsx", "revman_web", "review", "waiting"):
        several = [parts_of(seed) for seed in target(name).seeds() if seed.startswith(b"=== ")]
        assert several
        assert all(len(parts) > 1 for parts in several), name


# The harness itself: what it must catch, it catches.


def outside(folder: Path) -> None:
    (ROOT / "tests" / "fuzz-was-here").write_text("x")


def a_folder_beside(folder: Path) -> None:
    (folder.parent / "fuzz-was-here").mkdir()


def reads_a_secret(folder: Path) -> None:
    Path("/etc/hostname").open().close()


def asks_the_network(folder: Path) -> None:
    with socket.socket() as one, contextlib.suppress(OSError):
        one.settimeout(0.01)
        one.connect(("127.0.0.1", 9))


def runs_a_program(folder: Path) -> None:
    subprocess.run(["true"], check=False)


def hides_its_tracks(folder: Path) -> None:
    try:
        Path("/etc/hostname").open("a").close()
    except OSError:
        return


DEEDS = [outside, a_folder_beside, reads_a_secret, asks_the_network, runs_a_program, hides_its_tracks]


@pytest.mark.parametrize("deed", DEEDS)
def test_the_harness_sees(deed, tmp_path: Path) -> None:
    try:
        with pytest.raises(AssertionError, match="outside its folder"), watched() as folder:
            deed(folder)
    finally:
        (ROOT / "tests" / "fuzz-was-here").unlink(missing_ok=True)
        for parent in {Path("/dev/shm"), Path(os.environ.get("TMPDIR", "/tmp"))}:
            (parent / "fuzz-was-here").rmdir() if (parent / "fuzz-was-here").is_dir() else None


def idle(seconds: float) -> None:
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_the_harness_measures_time() -> None:
    with pytest.raises(AssertionError, match="processor time"), watched(seconds=0.05):
        idle(0.2)


def test_the_harness_lets_refusals_pass_and_nothing_else() -> None:
    with watched():
        raise InputError([Problem("a.csv", 1, "", "rule", "it is wrong.", "Mend it.")])
    for error in (
        KeyError("x"),
        ValueError("x"),
        RecursionError(),
        MemoryError(),
        UnicodeDecodeError("utf-8", b"", 0, 1, "x"),
    ):
        with pytest.raises(type(error)), watched():
            raise error


@pytest.mark.parametrize(
    "problem",
    [
        Problem("a" * 5000, 1, "", "rule", "it is wrong.", ""),
        Problem("a.csv", 1, "", "rule", "", ""),
        Problem("a.csv", 1, "", "", "it is wrong.", ""),
        Problem("a.csv", 1, "", "rule", "<object at 0x7f12>", ""),
    ],
)
def test_the_harness_reads_messages(problem: Problem) -> None:
    with pytest.raises(AssertionError):
        check_problems([problem])
