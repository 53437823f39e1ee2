"""The wheel and the source archive, built offline; the installed command in a folder with no checkout nearby."""

import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = "study,events_t,n_t,events_c,n_c\nOne 2001,4,123,11,139\nTwo 2002,6,306,29,303\nThree 2003,3,231,11,220\n"
BUILD = "import sys; from setuptools import build_meta; print(getattr(build_meta, sys.argv[1])(sys.argv[2]))"


def built(kind: str, sources: Path, out: Path) -> Path:
    """Build one archive of a folder of sources."""
    done = subprocess.run([sys.executable, "-c", BUILD, kind, out], cwd=sources, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return out / done.stdout.split()[-1]


@pytest.fixture(scope="session")
def sources(fresh, tmp_path_factory) -> Path:
    """The files of a checkout, with a test and a review, which no archive may hold."""
    folder = shutil.copytree(fresh, tmp_path_factory.mktemp("sources") / "tree")
    (folder / "tests").mkdir()
    (folder / "tests" / "test_nothing.py").write_text("")
    (folder / "data" / "added-later.yaml").write_text("{}\n")
    (folder / "scripts" / "metaudit" / "__pycache__").mkdir(exist_ok=True)
    (folder / "scripts" / "metaudit" / "__pycache__" / "old.cpython-311.pyc").write_bytes(b"")
    return folder


@pytest.fixture(scope="session")
def wheel(sources, tmp_path_factory) -> Path:
    return built("build_wheel", sources, tmp_path_factory.mktemp("wheel"))


def files_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}


def test_the_wheel_holds_the_library_and_all_of_data_but_the_reviews(wheel, sources):
    library = {
        p.relative_to(sources / "scripts").as_posix()
        for p in (sources / "scripts" / "metaudit").rglob("*")
        if p.is_file() and "__pycache__" not in p.parts
    }
    data = {p.relative_to(sources) for p in (sources / "data").rglob("*") if p.is_file()}
    shipped = {f"metaudit/{p.as_posix()}" for p in data if p.parts[1] != "reviews"}
    assert {"metaudit/data/specs.yaml", "metaudit/data/added-later.yaml"} <= shipped
    assert files_in(wheel) == library | shipped


def test_the_source_archive_builds_the_same_wheel_and_holds_neither_reviews_nor_tests(wheel, sources, tmp_path):
    archive = built("build_sdist", sources, tmp_path)
    with tarfile.open(archive) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}
        opened.extractall(tmp_path, filter="data")
    assert {"data/specs.yaml", "data/schemas/review.schema.json", "setup.py", "README.md", "LICENSE"} <= names
    assert not [name for name in names if name.startswith(("data/reviews", "tests", "results"))]
    assert not [name for name in names if "__pycache__" in name]
    again = built("build_wheel", tmp_path / archive.name.removesuffix(".tar.gz"), tmp_path)
    assert files_in(again) == files_in(wheel)


def verdicts(results: Path) -> list[tuple[str, str]]:
    return [(r["claim"], r["verdict"]) for r in json.loads((results / "audit.json").read_text(encoding="utf-8"))]


@pytest.fixture(scope="module")
def installed(wheel, new_environment):
    """An environment with the wheel in it."""
    environment = new_environment()
    environment.install(wheel)
    return environment


@pytest.fixture
def metaudit(installed, tmp_path):
    """The installed command in a folder that holds one table and one review, far from any checkout."""
    (tmp_path / "table.csv").write_text(TABLE)
    shutil.copytree(ROOT / "data" / "reviews" / "li-2007", tmp_path / "li-2007")

    def run(*arguments: str, code: int = 0) -> str:
        done = installed.run(installed.programs / "metaudit", *arguments, cwd=tmp_path)
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout

    run.folder = tmp_path
    return run


def test_the_installed_library_reads_its_own_copy_of_the_data(installed, tmp_path):
    command = "from metaudit.formats.places import DATA; from metaudit.presets.load import load_presets; print(DATA, len(load_presets()))"
    done = installed.run(installed.python, "-c", command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder, count = done.stdout.split()
    assert Path(folder) == installed.packages / "metaudit" / "data"
    assert int(count) == len(list((ROOT / "data" / "presets").glob("*.yaml")))


def test_installed_it_says_what_it_can_do(metaudit):
    said = metaudit("--help")
    assert all(command in said for command in ("audit", "check", "figure", "new", "pool"))


def test_installed_it_pools_a_table(metaudit):
    found = json.loads(metaudit("pool", "table.csv", "--measure", "RR", "--json"))
    assert found["k"] == 3


def test_installed_it_checks_audits_and_draws_a_review(metaudit):
    assert "no problem" in metaudit("check", "li-2007")
    metaudit("audit", "li-2007", "--out", "audited")
    here = metaudit.folder / "audited"
    assert (here / "report" / "index.html").is_file()
    assert verdicts(here) == verdicts(ROOT / "results" / "li-2007")
    metaudit("figure", "li-2007", "mortality-fixed", "--out", "forest.svg")
    assert "<svg" in (metaudit.folder / "forest.svg").read_text()


def test_installed_it_begins_a_review_that_is_well_formed(metaudit):
    metaudit("new", "smith-2021", "--kind-of-data", "counts", "--title", "Aspirin for headache")
    assert "no problem" in metaudit("check", "smith-2021")


def test_an_editable_install_reads_the_checkout(sources, new_environment, tmp_path):
    """What ``make`` does."""
    environment = new_environment()
    environment.install("-e", sources)
    done = environment.run(
        environment.python, "-c", "from metaudit.formats.places import DATA; print(DATA)", cwd=tmp_path
    )
    assert done.stdout.strip() == str(sources / "data")
    assert not (sources / "scripts" / "metaudit" / "data").exists()
