"""The examples of other people's Snakefiles: one rule on one table, run; the conventions they and the workflow keep."""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "one-rule"
REFERENCE = json.loads((ROOT / "tests" / "data" / "reference" / "bcg.json").read_text(encoding="utf-8"))


@pytest.fixture
def example(new_environment, wheel_of_checkout, tmp_path):
    """The example in a folder of its own, where metaudit is installed."""
    environment = new_environment()
    environment.install(wheel_of_checkout)
    folder = shutil.copytree(EXAMPLE, tmp_path / "mine")

    def snakemake(*arguments: str) -> subprocess.CompletedProcess:
        return environment.run(environment.python, "-m", "snakemake", "--cores", "1", *arguments, cwd=folder)

    snakemake.folder = folder
    return snakemake


def test_one_rule_pools_one_table_as_metafor_does(example):
    done = example()
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((example.folder / "pooled.json").read_text(encoding="utf-8"))
    metafor = REFERENCE["measures"]["RR"]["rma"]["REML"]
    theirs = metafor["z"] | metafor["knha"]
    assert found["k"] == 13
    for ours, name in (
        ("estimate", "beta"),
        ("tau2", "tau2"),
        ("se", "se"),
        ("ci_low", "ci_lb"),
        ("ci_high", "ci_ub"),
        ("p", "pval"),
    ):
        assert found[ours] == pytest.approx(theirs[name], rel=1e-6), ours
    assert "Nothing to be done" in example("--dry-run").stdout


def test_a_table_that_is_refused_fails_the_rule_and_says_why_in_its_log(example):
    (example.folder / "trials.csv").write_text("study,event_t,n_t\nOne,1,2\n")
    done = example()
    assert done.returncode == 1
    assert not (example.folder / "pooled.json").exists()
    said = (example.folder / "logs" / "pool.log").read_text(encoding="utf-8")
    assert "event_t" in said
    assert "Traceback" not in said


def test_the_example_table_is_the_one_of_the_shipped_review():
    """Typed once: data/reviews/colditz-1994 says where each number was read."""
    with (EXAMPLE / "trials.csv").open(encoding="utf-8", newline="") as file:
        example = list(csv.DictReader(file))
    with (ROOT / "data/reviews/colditz-1994/extraction.csv").open(encoding="utf-8", newline="") as file:
        shipped = list(csv.DictReader(file))
    assert example == [{key: row[key] for key in example[0]} for row in shipped]


@pytest.mark.parametrize("name", ["Snakefile", "examples/one-rule/Snakefile", "examples/module/Snakefile"])
def test_snakefiles_are_formatted(name):
    command = [sys.executable, "-m", "snakefmt", "--check", name]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_catalog_is_told_what_is_true():
    usage = YAML(typ="safe").load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))["usage"]
    snakefile = (ROOT / "Snakefile").read_text(encoding="utf-8")
    said = usage["software-stack-deployment"]
    assert said["conda"] is ("conda:" in snakefile)
    assert said["apptainer"] is ("container:" in snakefile)
    assert said["report"] is ("report(" in snakefile)
    assert usage["mandatory-flags"]["flags"] == []
