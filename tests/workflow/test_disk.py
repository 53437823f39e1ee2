"""Full disks and disks that can only be read: one line that names the file and what to do, exit 2, nothing half-written."""

import contextlib
import os
import pickle
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from metaudit.errors import OutputError, Problem
from metaudit.files import check_writable, refusing, replacing, replacing_folder, write_text
from robust.copies import copy_project, differences, environment, made, run

ROOT = Path(__file__).resolve().parents[2]
REVIEW = ROOT / "data/reviews/noppers-2011"
FULL = "it could not be written: the disk is full. Free some space, or name a place on another disk, and run again. [cannot-write]"
READ_ONLY = "it could not be written: the disk can only be read. Name a place on a disk that can be written, or mount it so. [cannot-write]"
LARGE = "it could not be written: the file would be larger than is allowed here. Raise the limit (ulimit -f), and run again. [cannot-write]"
# Every command that writes, with {place} for what it writes; the last words name a file inside that may be the first to fail.
WRITING = {
    "audit": f"audit {REVIEW} --out {{place}}",
    "new": "new {place} --kind-of-data counts --no-input --title x",
    "import": "import {table} {place} --measure RR",
    "claims": "claims {text} {place} --title x",
    "export": f"export {REVIEW} {{place}} --as csv",
    "figure": f"figure {REVIEW} week1 --out {{place}}.svg",
    "inject": f"inject {ROOT / 'data/reviews/colditz-1994'} --out {{place}}",
}
TABLE = "study,ai,n1i,ci,n2i\n" + "".join(f"Study {i},4,123,11,139\n" for i in range(9))
TEXT = "The pooled risk ratio was 0.49 (95% CI 0.34 to 0.70), I2 = 92%, based on 13 studies.\n"


@contextlib.contextmanager
def mounted(folder: Path, options: str):
    """A small disk in memory; only root may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if os.getuid() or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def call(name: str, folder: Path, place: Path, **options) -> subprocess.CompletedProcess:
    """Run one of the commands that write; what it reads lies in ``folder``."""
    (folder / "table.csv").write_text(TABLE, encoding="utf-8")
    (folder / "text.md").write_text(TEXT, encoding="utf-8")
    words = WRITING[name].format(place=place, table=folder / "table.csv", text=folder / "text.md").split()
    command = [sys.executable, "-m", "metaudit", *words]
    variables = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, **options)


def refused(done: subprocess.CompletedProcess, place: Path, sentence: str) -> None:
    """One line on the error stream, about the place or a file in it."""
    assert done.returncode == 2, done.stdout + done.stderr
    assert re.fullmatch(rf"{re.escape(str(place))}\S*: {re.escape(sentence)}\n", done.stderr), done.stderr


@pytest.mark.parametrize("name", WRITING)
def test_a_full_disk_is_told_in_one_line_and_nothing_is_left(name, tmp_path):
    with mounted(tmp_path / "disk", "size=12k") as disk:
        (disk / "mine.bin").write_bytes(bytes(8192 if name in {"new", "import", "claims"} else 12288))
        refused(call(name, tmp_path, disk / "place-1"), disk / "place-1", FULL)
        assert [p.name for p in disk.iterdir()] == ["mine.bin"]


@pytest.mark.parametrize("name", sorted(WRITING.keys() - {"new", "import", "claims"}))
def test_a_disk_that_can_only_be_read_is_told(name, tmp_path):
    with mounted(tmp_path / "disk", "size=64k,ro") as disk:
        refused(call(name, tmp_path, disk / "place-1"), disk / "place-1", READ_ONLY)


@pytest.mark.parametrize("name", ["new", "import", "claims"])
def test_a_review_is_not_begun_on_a_disk_that_can_only_be_read(name, tmp_path):
    with mounted(tmp_path / "disk", "size=64k,ro") as disk:
        done = call(name, tmp_path, disk / "place-1")
        assert done.returncode == 2
        assert (
            done.stderr
            == f"{disk / 'place-1'}: no folder can be made in disk. Name a folder elsewhere. [not-a-folder]\n"
        )


# A figure's numbers are computed in the folder for temporary files, and its limit is that of any file.
@pytest.mark.parametrize("name", sorted(WRITING.keys() - {"figure"}))
def test_a_limit_on_the_size_of_files_is_told(name, tmp_path):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    place = tmp_path / "made" / "place-1"
    place.parent.mkdir()
    refused(call(name, tmp_path, place, preexec_fn=limit), place, LARGE)
    assert list(place.parent.iterdir()) == []


@pytest.mark.parametrize("words", ["audit {review}", "check {review} --json", "methods tau2", "--help"])
def test_an_answer_that_does_not_fit_is_no_success(words, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full here")
    command = [sys.executable, "-m", "metaudit", *words.format(review=REVIEW).split()]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, cwd=ROOT / "scripts", stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == f"the answer on standard output: {FULL}\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("disk") / "project", corpus=())


@pytest.mark.parametrize("command", [["make"], ["snakemake", "--cores", "2", "--quiet", "rules"]])
@pytest.mark.parametrize(("options", "sentence"), [("size=64k,ro", READ_ONLY), ("size=32k", FULL)])
def test_a_run_that_cannot_write_does_not_begin(project, command, options, sentence):
    with mounted(project / "results", options):
        code, said = run(project, *command)
        assert code == 2
        assert f"results: {sentence}" in said.splitlines()
        assert "Traceback" not in said
        assert list((project / "results").iterdir()) == []


def test_a_disk_that_fills_up_in_the_middle_of_a_run(project):
    with mounted(project / "results", "size=160k"):
        code, said = run(project, "make")
        assert code == 2, said
        assert re.search(rf"^results/\S+: {re.escape(FULL)}$", said, re.MULTILINE), said
        assert "Traceback" not in said
        left = made(project)
    assert "scratch" not in left.values()
    code, said = run(project, "make")  # the disk is gone, and there is room: all that was made before is made again
    assert code == 0, said
    right = made(project)
    assert not [line for line in differences(right, left) if not line.endswith(": missing")]


def test_a_log_that_does_not_fit_is_told_on_the_console(tmp_path):
    script = "from metaudit.rule import logged\nwith logged('logs/x.log'):\n    print('x' * 100000)\n"
    with mounted(tmp_path / "logs", "size=16k"):
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, cwd=tmp_path, env=environment(ROOT), capture_output=True, text=True)
    assert done.returncode == 2
    assert f"logs/x.log: {FULL}" in done.stderr.splitlines()
    assert "Traceback" not in done.stderr


def fill_up(folder: Path) -> None:
    """Write half of something, and find the disk full."""
    folder.mkdir(exist_ok=True)
    (folder / "half").write_text("half")
    raise OSError(28, "No space left on device")


def test_what_stands_there_survives_a_refusal(tmp_path):
    write_text(tmp_path / "a.txt", "old")
    with pytest.raises(OutputError, match="the disk is full"), replacing(tmp_path / "a.txt") as scratch:
        fill_up(scratch)
    write_text(tmp_path / "b" / "old.txt", "old")
    with pytest.raises(OutputError, match="the disk is full"), replacing_folder(tmp_path / "b") as built:
        fill_up(built)
    assert (tmp_path / "a.txt").read_text() == "old"
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == ["a.txt", "b", "b/old.txt"]


def file_in_the_way(folder: Path) -> None:
    """Write below a file, as if it were a folder."""
    (folder / "file").write_text("")
    write_text(folder / "file" / "deeper.txt", "text")


def test_a_refusal_inside_a_folder_names_the_file_that_would_have_been(tmp_path):
    with pytest.raises(OutputError) as told, replacing_folder(tmp_path / "out") as built:
        file_in_the_way(built)
    assert told.value.problems[0].file == str(tmp_path / "out" / "file" / "deeper.txt")
    assert "a file stands where a folder is needed" in str(told.value)


def test_a_refusal_comes_back_from_a_worker_as_it_was():
    told = OutputError(Problem("a.csv", 0, "", "cannot-write", "it could not be written: so.", "Do this."))
    back = pickle.loads(pickle.dumps(told))
    assert type(back) is OutputError
    assert back.problems == told.problems
    assert str(back) == str(told) == "a.csv: it could not be written: so. Do this. [cannot-write]"


def test_an_error_about_another_file_is_not_taken_for_one_of_writing(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"), refusing(tmp_path / "deep" / "out.txt"):
        (tmp_path / "other" / "nowhere").read_text()


def test_scratch_of_a_killed_run_is_taken_away_and_that_of_a_living_one_is_not(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    with replacing(tmp_path / "a.txt") as own:
        host = re.fullmatch(r"\.a\.txt\.([0-9a-f]{6})-\d+\.tmp", own.name)[1]
        own.write_text("new")
    mine = tmp_path / "fresh"  # a folder that this process has not written into yet
    mine.mkdir()
    names = {
        "dead": f".a.txt.{host}-{ended.pid}.tmp",
        "alive": f".a.txt.{host}-{os.getppid()}.tmp",
        "other": f".b.txt.{host}-{ended.pid}.tmp",
    }
    for name in names.values():
        (mine / name).touch()
    (mine / f".a.txt.{'0' * 6}-1.tmp").mkdir()
    write_text(mine / "a.txt", "text")
    assert sorted(p.name for p in mine.iterdir()) == sorted(["a.txt", names["alive"], names["other"]])


def test_names_as_long_as_a_disk_allows_are_written(tmp_path):
    for name in ("x" * 251 + ".csv", "ü" * 125 + ".csv"):
        write_text(tmp_path / name, "text")
    with pytest.raises(OutputError, match="the name is too long"):
        write_text(tmp_path / ("x" * 256), "text")
    assert len(list(tmp_path.iterdir())) == 2


def test_a_place_that_can_be_written_is_no_problem_and_stays_empty(tmp_path):
    assert check_writable(tmp_path, tmp_path / "not" / "there") == []
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    assert [p.rule for p in check_writable(tmp_path / "file" / "below")] == ["cannot-write"]
