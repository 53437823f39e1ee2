"""The profiles as Snakemake reads them. SLURM itself is started by slurm.sh; Kubernetes is planned, never submitted to."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from .slurm_run import ROOT, project

PROFILES = sorted(p.parent.name for p in (ROOT / "profiles").glob("*/config.yaml"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """A made-up corpus of thirty analyses."""
    out = tmp_path_factory.mktemp("corpus") / "library"
    command = [sys.executable, str(ROOT / "benchmarks/make_corpus.py"), "--analyses", "30", "--out", str(out)]
    subprocess.run(
        command, check=True, capture_output=True, env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": "/usr/bin:/bin"}
    )
    return out


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    """Snakemake's plugins for Kubernetes in a folder of their own, every package by its hash."""
    folder = tmp_path_factory.mktemp("plugins")
    base = subprocess.run(
        [sys.executable, "-c", "import sys; print(sys._base_executable)"], capture_output=True, text=True, check=True
    )
    lock = ROOT / "profiles/kubernetes/requirements.lock"
    command = [
        base.stdout.strip(),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--requirement",
        str(lock),
        "--target",
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"the plugins of {lock.name} cannot be installed here: {done.stderr[-300:]}")
    return folder


def planned(folder: Path, *arguments: str, path: str = "") -> str:
    command = [sys.executable, "-m", "snakemake", "corpus", "--dry-run", *arguments]
    environment = {"PYTHONPATH": f"{path}:{folder / 'scripts'}", "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def jobs(said: str) -> dict[str, int]:
    """How many jobs of each rule a dry run counts."""
    lines = said[said.rindex("Job stats:") :].splitlines()[3:]
    return {name: int(count) for name, count in (line.split() for line in lines[: lines.index("")])}


def test_there_is_a_profile_for_every_kind_of_machine():
    assert PROFILES == ["ci", "default", "kubernetes", "slurm"]


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_is_explained_and_resumes_what_was_killed(name):
    text = (ROOT / "profiles" / name / "config.yaml").read_text(encoding="utf-8")
    assert text.startswith("#"), "the first line says what it is for"
    read = YAML(typ="safe").load(text)
    assert read["rerun-incomplete"] is True
    assert read["keep-going"] is True


@pytest.mark.parametrize("name", ["default", "ci"])
def test_a_local_profile_plans_a_job_a_shard(name, corpus, tmp_path):
    folder = project(tmp_path / "tree", corpus, 3)
    said = planned(folder, "--workflow-profile", f"profiles/{name}", "--quiet", "rules")
    assert jobs(said)["corpus_audit"] == 3


def test_kubernetes_plans_the_same_jobs_from_a_bucket(corpus, plugins, tmp_path):
    if shutil.which("rsync") is None:
        pytest.skip("the folder that stands for a bucket needs rsync")
    folder = project(tmp_path / "tree", Path("library"), 3)
    shutil.copytree(corpus, folder / "library")
    shutil.copytree(folder, tmp_path / "bucket")  # nothing is shared: project and corpus lie in the bucket
    local = planned(folder)
    stored = ("--default-storage-provider", "fs", "--default-storage-prefix", str(tmp_path / "bucket"))
    said = planned(folder, "--workflow-profile", "profiles/kubernetes", *stored, path=str(plugins))
    assert "(in storage)" in said
    assert jobs(said) == jobs(local)
