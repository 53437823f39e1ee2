"""Dockerfile and apptainer.def: what they copy exists, and their steps, run in order in a scratch copy, give a working command.

No container program is needed: packages are not fetched (they are there already, at the versions of the lock), everything else is done as
in the image.
"""

import fnmatch
import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
DEFINITION = (ROOT / "apptainer.def").read_text(encoding="utf-8")


def instructions(text: str) -> list[tuple[str, str]]:
    """Instructions of a Dockerfile with their arguments, continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def sections(text: str) -> dict[str, list[str]]:
    """Sections of an Apptainer definition with their lines."""
    parts = re.split(r"^%(\w+)\n", text, flags=re.MULTILINE)
    return {
        name: [s.strip() for s in body.splitlines() if s.strip()]
        for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


def ignored(name: str) -> bool:
    """Whether .dockerignore keeps a file outside: the last pattern that fits it or a folder above decides."""
    outside = False
    whole = [name, *(str(p) for p in Path(name).parents if str(p) != ".")]
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if line.startswith("#") or not line:
            continue
        fits = any(
            fnmatch.fnmatchcase(n, pattern) or fnmatch.fnmatchcase(f"/{n}", pattern.replace("**", "*")) for n in whole
        )
        if fits:
            outside = not line.startswith("!")
    return outside


def test_dockerignore_lets_in_what_is_built_from_and_nothing_else():
    inside = ["requirements.lock", "data/specs.yaml", "data/schemas/review.schema.json", "scripts/metaudit/__init__.py"]
    outside = [
        "results/board.csv",
        "data/reviews/li-2007/claims.csv",
        ".git/config",
        "tests/conftest.py",
        ".venv/ready",
    ]
    outside += [
        "scripts/__pycache__/x.pyc",
        "scripts/metaudit/audit/__pycache__/x.pyc",
        "scripts/metaudit.egg-info/PKG-INFO",
    ]
    assert [n for n in inside if ignored(n)] == []
    assert [n for n in outside if not ignored(n)] == []


def copy(name: str, target: Path) -> None:
    """What COPY does of one file or folder."""
    source = ROOT / name
    assert source.exists(), f"{name} is copied into the image, but is not there"
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    for path in sorted(source.rglob("*")) if source.is_dir() else []:
        relative = path.relative_to(ROOT).as_posix()
        if path.is_file() and not ignored(relative):
            (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / path.relative_to(source))


@pytest.fixture
def image(new_environment, tmp_path):
    """A Python instead of the image's, and a folder instead of its file system."""
    environment = new_environment()
    environment.variables |= {
        "PYTHON": str(environment.python),
        "PIP": f"{sys._base_executable} -m pip --python {environment.python}",
        "PIP_NO_INDEX": "1",
    }
    environment.root = tmp_path
    return environment


def step(image, command: str, folder: Path) -> None:
    done = image.run("sh", "-e", "-c", command, cwd=folder)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def works(image) -> None:
    """What the image is for."""
    shutil.copytree(ROOT / "data" / "reviews" / "li-2007", image.root / "review" / "li-2007")
    done = image.run("metaudit", "check", "li-2007", cwd=image.root / "review")
    assert (done.returncode, "no problem" in done.stdout) == (0, True), done.stderr
    table = ROOT / "examples" / "one-rule" / "trials.csv"
    done = image.run("metaudit", "pool", table, "--measure", "RR", "--json", cwd=image.root)
    assert json.loads(done.stdout)["k"] == 13
    where = image.run(image.python, "-c", "import metaudit; print(metaudit.__file__)", cwd=image.root).stdout
    assert Path(where.strip()).is_relative_to(image.packages)


def test_the_steps_of_the_dockerfile_give_a_working_command(image):
    folder, found = image.root, instructions(DOCKERFILE)
    for what, rest in found:
        if what == "WORKDIR":
            folder = image.root / rest.lstrip("/")
            folder.mkdir(exist_ok=True)
        elif what == "COPY":
            *names, target = rest.split()
            for name in names:
                copy(name, folder / name if target == "./" else folder / target)
        elif what == "RUN" and not rest.startswith("useradd"):
            step(image, rest, folder)
    works(image)
    said = dict(found)
    assert said["FROM"] == "python:3.11-slim"
    assert json.loads(said["ENTRYPOINT"]) == ["metaudit"]
    assert not (image.root / "src" / "data" / "reviews").exists()
    done = image.run(*json.loads(said["ENTRYPOINT"]), *json.loads(said["CMD"]), cwd=image.root)
    assert "Usage" in done.stdout


def test_the_image_does_not_run_as_root():
    found = instructions(DOCKERFILE)
    (user,) = [rest for what, rest in found if what == "USER"]
    places = {what: i for i, (what, _) in enumerate(found)}
    assert user != "root"
    assert ("RUN", f"useradd --create-home {user}") in found[: places["USER"]]
    assert "RUN" not in {what for what, _ in found[places["USER"] :]}


def test_the_steps_of_the_apptainer_definition_give_a_working_command(image):
    found = sections(DEFINITION)
    for line in found["files"]:
        name, target = line.split()
        copy(name, image.root / target.lstrip("/"))
    packages, *_ = steps = [line for line in found["post"] if line.startswith("packaging/")]
    assert steps == [
        r.partition(" &&")[0] for what, r in instructions(DOCKERFILE) if (what, r[:9]) == ("RUN", "packaging")
    ]
    rest = [line for line in found["post"] if line != packages]  # which was run for the Dockerfile
    script = "\n".join(rest).replace("/src", str(image.root / "src"))
    assert f"rm -r {image.root}/src" in script
    step(image, script, image.root)
    works(image)
    assert not (image.root / "src").exists()
    done = image.run("sh", "-c", "\n".join(found["runscript"]), "run", "methods", "tau2", cwd=image.root)
    assert "REML" in done.stdout
    image.variables["PATH"] += os.pathsep + str(
        Path(sys.executable).parent
    )  # snakemake's program; its package is there already
    step(image, "\n".join(found["test"]), image.root)
    assert "Bootstrap: docker\nFrom: python:3.11-slim\n" in DEFINITION


def test_both_recipes_copy_the_same_files():
    docker = [n for what, rest in instructions(DOCKERFILE) if what == "COPY" for n in rest.split()[:-1]]
    assert sorted(docker) == sorted(line.split()[0] for line in sections(DEFINITION)["files"])


def locked(*names: str) -> str:
    return subprocess.check_output([sys.executable, ROOT / "packaging" / "locked.py", *names], text=True)


def name_of(requirement: str) -> str:
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-").replace(".", "-")


def test_the_image_gets_every_package_that_the_packages_themselves_say_they_need():
    """Against what the installed packages say of themselves, which is not where the list comes from."""
    listed = set(re.findall(r"^([a-z0-9.-]+)==", locked(), flags=re.MULTILINE))
    lost = []
    for name in sorted(listed - {"colorama", "pyreadline3", "tzdata"}):  # of other systems
        try:
            needed = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            lost.append(name)
            continue
        for one in needed:
            if ";" not in one and name_of(one) not in listed:
                lost.append(f"{one} (of {name})")
    assert lost == []
    assert {"metaudit", "pytest", "mypy", "playwright", "mkdocs", "ruff"} & listed == set()
    assert {"numpy", "pymare", "typer", "snakemake", "setuptools"} <= listed


def test_every_package_of_the_image_has_its_hashes_and_every_version_the_lock_has_of_it():
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-z0-9])", locked(), flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry and entry in lock for entry in entries)
    names = {entry.split("==")[0] for entry in entries}
    assert len(entries) == sum(lock.count(f"\n{name}==") + lock.startswith(f"{name}==") for name in names)


def test_a_package_that_is_not_in_the_lock_stops_the_build():
    command = [sys.executable, ROOT / "packaging" / "locked.py", "no-such-package"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode != 0
    assert "requirements.lock does not have no-such-package" in done.stderr


def test_the_install_script_says_how_it_is_called():
    done = subprocess.run([ROOT / "packaging" / "install.sh"], capture_output=True, text=True)
    assert (done.returncode, "usage" in done.stderr) == (2, True)
    assert os.access(ROOT / "packaging" / "install.sh", os.X_OK)
    assert shlex.split(DOCKERFILE.split("RUN ")[1].splitlines()[0]) == ["packaging/install.sh", "packages"]
