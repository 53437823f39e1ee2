"""What runs, what reruns, and what survives being killed."""

import json
import os
import re
import signal
import time

import pytest

from metaudit.compare import compare_trees


def planned_jobs(said: str) -> set[str]:
    """Rules of a dry run."""
    return set(re.findall(r"^(?:local)?rule (\w+):", said, flags=re.MULTILINE))


def test_the_first_run_makes_everything_and_the_second_nothing(tree):
    results = tree.folder / "results"
    assert (results / "report" / "index.html").is_file()
    assert (results / "board.csv").read_text(encoding="utf-8").count("\n") == 4
    assert json.loads((results / "colditz-1994" / "audit.json").read_text(encoding="utf-8"))
    assert not (results / "aman-2021" / "effects.csv").exists()
    assert (tree.folder / "logs" / "pool.log").is_file()
    assert "Nothing to be done" in tree.planned()


def test_every_review_folder_is_run_without_being_registered(tree):
    tree.edit("data/reviews/noppers-2011/review.yaml", "id: noppers-2011", "id: new-2026")
    (tree.folder / "data/reviews/noppers-2011").rename(tree.folder / "data/reviews/new-2026")
    assert "results/new-2026/extraction.csv" in tree.planned()


def test_a_changed_table_reruns_what_comes_after(tree):
    tree.edit("data/reviews/colditz-1994/extraction.csv", ",4,123,", ",5,123,")
    jobs = planned_jobs(tree.planned())
    assert {"extract", "effects", "pool", "audit", "tables", "report"} <= jobs


def test_an_edited_module_reruns_the_rules_that_load_it(tree):
    with (tree.folder / "scripts/metaudit/report/board.py").open("a") as module:
        module.write("# edited\n")
    jobs = planned_jobs(tree.planned())
    assert "report" in jobs
    assert not {"pool", "audit", "tables"} & jobs


def test_a_changed_choice_reruns_the_rules_that_use_it(tree):
    tree.edit("config.yaml", "level: 0.95", "level: 0.9")
    jobs = planned_jobs(tree.planned())
    assert {"effects", "pool", "audit"} <= jobs
    assert "extract" not in jobs


@pytest.mark.parametrize("page", ["index", "colditz-1994", "aman-2021"])
def test_a_page_that_was_deleted_is_written_again(tree, page):
    lost = tree.folder / "results/report" / f"{page}.html"
    before = lost.read_bytes()
    lost.unlink()
    assert planned_jobs(tree.planned()) == {"report", "provenance", "all"}
    if page == "colditz-1994":
        assert tree.snakemake("--cores", "1")[0] == 0
        assert lost.read_bytes() == before


def test_a_bad_table_is_named_and_stops_what_needs_it(tree):
    path = "data/reviews/noppers-2011/extraction.csv"
    text = (tree.folder / path).read_text(encoding="utf-8")
    (tree.folder / path).write_text(text.replace("study", "sutdy", 1), encoding="utf-8")
    code, said = tree.snakemake("--cores", "2")
    assert code != 0
    assert re.search(rf"^{path}, row 1, column sutdy: .*'study'", said, flags=re.MULTILINE), said
    assert "Traceback" not in said
    assert not (tree.folder / "results/noppers-2011/extraction.csv").exists()


def test_a_killed_run_is_finished_by_the_next_one(unrun, finished):
    process = unrun.start("--cores", "2", "--quiet", "all", start_new_session=True)
    for _ in range(2000):
        if list((unrun.folder / "results").rglob("effects.csv")) or process.poll() is not None:
            break
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    code, said = unrun.snakemake("--cores", "2", "--nolock")
    assert code == 0, said
    assert not compare_trees(finished / "results", unrun.folder / "results", rtol=0)
