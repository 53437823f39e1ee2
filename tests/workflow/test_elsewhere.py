"""The workflow away from home: reviews elsewhere, another working directory, a module of another Snakefile."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REVIEWS = ROOT / "data" / "reviews"

MODULE = """
module metaudit:
    snakefile: "{snakefile}"
    config: {config}
    {more}

use rule * from metaudit as metaudit_*

rule mine:
    input: "{below}results/board.csv"
    output: "mine.txt"
    default_target: True
    shell: "cp {{input}} {{output}}"
"""


class Place:
    """A folder of a person who has metaudit somewhere else, and who has not installed it."""

    def __init__(self, folder: Path, workflow: Path, environment) -> None:
        self.folder, self.workflow, self.environment = folder, workflow, environment
        folder.mkdir(parents=True)

    def snakemake(self, *arguments: str, code: int = 0) -> str:
        command = [self.environment.python, "-m", "snakemake", *arguments]
        done = self.environment.run(*command, cwd=self.folder)
        said = done.stdout + done.stderr
        assert done.returncode == code, said
        return said

    def module(self, config: dict, *, prefix: str = "") -> None:
        text = MODULE.format(
            snakefile=self.workflow / "Snakefile",
            config=config,
            more=f'prefix: "{prefix}"' if prefix else "",
            below=f"{prefix}/" if prefix else "",
        )
        (self.folder / "Snakefile").write_text(text, encoding="utf-8")

    def board(self, below: str = "") -> list[str]:
        text = (self.folder / below / "results" / "board.csv").read_text(encoding="utf-8")
        return [row["review"] for row in csv.DictReader(text.splitlines())]


@pytest.fixture
def place(fresh, new_environment, tmp_path) -> Place:
    """A clone at a path with a blank in it, and a folder with one review beside it."""
    workflow = shutil.copytree(fresh, tmp_path / "a clone" / "metaudit")
    found = Place(tmp_path / "my work", workflow, new_environment())
    shutil.copytree(REVIEWS / "li-2007", found.folder / "mine" / "li-2007")
    return found


def written(folder: Path) -> set[str]:
    """Top-level names of a folder, without what Snakemake keeps for itself."""
    return {p.name for p in folder.iterdir()} - {".snakemake", ".cache"}


def test_a_module_with_a_prefix_reads_its_own_files_and_writes_into_the_users_folder(place):
    place.module({"reviews": ["aman-2021", "./mine/li-2007"], "figure_formats": ["svg"]}, prefix="audit")
    before = written(place.workflow)
    planned = place.snakemake("--dry-run", "--cores", "2")
    assert "rule metaudit_extract:" in planned
    place.snakemake("--cores", "2")
    assert place.board("audit") == ["aman-2021", "li-2007"]
    assert (place.folder / "audit" / "results" / "report" / "li-2007.html").is_file()
    assert (place.folder / "audit" / "logs" / "audit.log").is_file()
    assert written(place.folder) == {"Snakefile", "mine", "audit", "mine.txt"}
    assert written(place.workflow) == before
    assert "Nothing to be done" in place.snakemake("--dry-run", "--cores", "2")
    same_verdicts = json.loads((ROOT / "results/li-2007/audit.json").read_text(encoding="utf-8"))
    found = json.loads((place.folder / "audit/results/li-2007/audit.json").read_text(encoding="utf-8"))
    assert [(r["claim"], r["verdict"]) for r in found] == [(r["claim"], r["verdict"]) for r in same_verdicts]
    place.snakemake("--report", "report.html")
    assert "mortality-random" in (place.folder / "report.html").read_text(encoding="utf-8")
    (place.folder / "mine/li-2007/claims.csv").write_text("claim\n", encoding="utf-8")
    assert "rule metaudit_extract:" in place.snakemake("--dry-run", "--cores", "2")


def test_a_module_without_a_prefix_or_a_configuration_plans_every_shipped_review(place):
    place.module({})
    text = (place.folder / "Snakefile").read_text(encoding="utf-8").replace("    config: {}\n", "")
    (place.folder / "Snakefile").write_text(text, encoding="utf-8")
    (place.folder / "config.yaml").write_text("of_something_else: 1\n", encoding="utf-8")
    said = place.snakemake("--dry-run", "--cores", "1")
    assert all(f"results/{review}/audit.json" in said for review in ("aman-2021", "colditz-1994", "noppers-2011"))


def test_a_snakefile_beside_ours_may_use_it_as_a_module_too(place):
    place.module({"reviews": ["aman-2021"]})
    shutil.copy(place.folder / "Snakefile", place.workflow / "mine.smk")
    place.folder = place.workflow
    said = place.snakemake("--snakefile", "mine.smk", "--dry-run", "--cores", "1")
    assert "results/aman-2021/audit.json" in said
    assert "colditz-1994/audit.json" not in said


def test_a_module_is_told_what_is_wrong_with_its_configuration(place):
    place.module({"reviews": ["./mine/lee-2007"], "levle": 0.9})
    said = place.snakemake("--dry-run", "--cores", "1", code=2)
    assert re.search(r"^the config of the module, column levle: .* Did you mean 'level'\?", said, flags=re.MULTILINE)
    assert re.search(
        r"^the config of the module, column reviews.0: .* no folder './mine/lee-2007' .* Did you mean 'li-2007'\?",
        said,
        flags=re.M,
    )
    assert "Traceback" not in said


def test_the_shipped_example_of_a_module_plans_its_run(place):
    shutil.copytree(REVIEWS / "li-2007", place.workflow / "data" / "reviews" / "li-2007")
    shutil.copy(ROOT / "examples" / "module" / "Snakefile", place.folder / "Snakefile")
    place.environment.variables["METAUDIT"] = str(place.workflow)
    said = place.snakemake("--dry-run", "--cores", "1")
    assert "audit/results/li-2007/audit.json" in said
    assert "gravest.csv" in said


def test_the_workflow_runs_from_another_folder_and_writes_there(place):
    before = written(place.workflow)
    config = "reviews=[./mine/li-2007]"
    place.snakemake("results/li-2007/effects.csv", "--snakefile", str(place.workflow / "Snakefile"), "--config", config)
    assert (place.folder / "results" / "li-2007" / "effects.csv").is_file()
    assert written(place.folder) == {"mine", "results", "logs"}
    assert written(place.workflow) == before


def test_a_clone_named_through_a_link_is_the_same_clone(place, tmp_path):
    link = tmp_path / "current"
    link.symlink_to(place.workflow)
    choice = ("--cores", "2", "--config", "reviews=[./mine/li-2007]", "figure_formats=[svg]")
    place.snakemake("--snakefile", str(place.workflow / "Snakefile"), *choice)
    recorded = (place.folder / "results" / "provenance.json").read_bytes()
    assert "Nothing to be done" in place.snakemake("--snakefile", str(link / "Snakefile"), *choice)
    place.snakemake("--snakefile", str(link / "Snakefile"), *choice, "--forcerun", "provenance")
    assert (place.folder / "results" / "provenance.json").read_bytes() == recorded


def test_a_review_outside_the_repository_runs_beside_those_inside(tree, tmp_path):
    shutil.copytree(REVIEWS / "li-2007", tmp_path / "outside" / "li-2007")
    tree.edit("config.yaml", "reviews: all", "reviews: [aman-2021, ../outside/li-2007]")
    code, said = tree.snakemake("--cores", "2")
    assert code == 0, said
    board = (tree.folder / "results" / "board.csv").read_text(encoding="utf-8")
    assert [line.split(",")[0] for line in board.splitlines()[1:]] == ["aman-2021", "li-2007"]
    assert (tree.folder / "results" / "li-2007" / "figures" / "mortality-random.forest.svg").is_file()
    index = (tree.folder / "results" / "report" / "index.html").read_text(encoding="utf-8")
    assert 'href="li-2007.html"' in index
    assert not (tmp_path / "outside" / "results").exists()
    assert "Nothing to be done" in tree.planned()


def test_a_mistake_in_a_review_outside_is_named_by_the_path_one_typed(tree, tmp_path):
    outside = shutil.copytree(REVIEWS / "li-2007", tmp_path / "outside" / "li-2007")
    text = (outside / "claims.csv").read_text(encoding="utf-8")
    (outside / "claims.csv").write_text(text.replace("quantity", "quantitty", 1), encoding="utf-8")
    tree.edit("config.yaml", "reviews: all", "reviews: [../outside/li-2007]")
    code, said = tree.snakemake("--cores", "1")
    assert code != 0
    assert re.search(r"^\.\./outside/li-2007/claims\.csv, row 1, column quantitty: ", said, flags=re.MULTILINE), said
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["report.html", "report.zip"])
def test_snakemake_writes_its_report_without_a_network(tree, name):
    """What is in it: the board and, for every review, its tables and forest plots; no address is asked for."""
    code, said = tree.snakemake("--report", name)
    assert code == 0, said
    assert "board.csv" in said
    assert {"claims.html", "analyses.html"} <= set(re.findall(r"^Adding (\S+) ", said, flags=re.MULTILINE))
    report = tree.folder / name
    assert report.stat().st_size < 8_000_000
    if name.endswith("html"):
        text = report.read_text(encoding="utf-8")
        assert not re.findall(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=\"https?://", text)
        assert all(review in text for review in ("aman-2021", "colditz-1994", "noppers-2011"))
        assert '"analysis": "trials"' in text
        assert "Level of intervals where an analysis states none: 0.95" in text


def test_the_report_shows_every_forest_plot_that_was_drawn(tree):
    drawn = {p.name.removesuffix(".forest.svg") for p in tree.folder.glob("results/*/figures/*.forest.svg")}
    shown = {p.stem for p in tree.folder.glob("logs/forests/*/*.svg")}
    assert drawn == shown != set()
    code, said = tree.snakemake("--report", "report.html")
    assert code == 0, said
    assert set(re.findall(r"^Adding (\S+)\.svg ", said, flags=re.MULTILINE)) == {*shown, "badge"}
