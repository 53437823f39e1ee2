"""The site written from the results in the repository: its size, its words, and one number in one place."""

import csv
import re
import shutil
from pathlib import Path

import pytest

from metaudit.report import write_report
from metaudit.report.language import Interface, french
from metaudit.tables.reading import read_review
from metaudit.tables.summary import analysis_row

from .conftest import DATA, Page

RESULTS = DATA.parents[1] / "results"


@pytest.fixture(scope="module")
def words():
    return Interface()


@pytest.fixture(scope="module")
def site(tmp_path_factory, words):
    names = sorted(path.parent.name for path in DATA.glob("*/review.yaml") if (RESULTS / path.parent.name).is_dir())
    if not names:
        pytest.skip("results/ is empty: run the pipeline")
    results = tmp_path_factory.mktemp("real") / "results"
    for name in names:
        shutil.copytree(RESULTS / name, results / name, ignore=shutil.ignore_patterns("*.pdf", "*.png"))
    write_report(DATA, results, reviews=names, interface=words)
    return results


@pytest.fixture(scope="module")
def real(site):
    return {p.name: Page(p.read_text(encoding="utf-8")) for p in sorted((site / "report").glob("*.html"))}


def test_pages_are_light(site):
    sizes = {p.name: p.stat().st_size for p in (site / "report").rglob("*") if p.is_file()}
    assert max(size for name, size in sizes.items() if name.endswith(".html")) < 1_500_000
    pages = sum(name.endswith(".html") for name in sizes)
    assert sum(sizes.values()) < 100_000 * pages  # with its data and its share of the assets


def test_every_word_has_its_french(real, words):
    assert sorted(words.used - set(french())) == []


def test_ids_are_unique_and_links_land(site, real):
    for name, page in real.items():
        assert len(page.ids) == len(set(page.ids)), name
        for href in page.hrefs:
            target, _, anchor = href.partition("#")
            if target.startswith(("../", "assets/")):
                assert (site / "report" / target).is_file(), f"{name}: {href}"
            elif not target.startswith(("http", "?lang=")):
                assert not anchor or anchor in real[target or name].ids, f"{name}: {href}"


def test_a_pooled_result_reads_the_same_on_both_pages_and_in_the_table(site, real):
    seen = 0
    for folder in sorted(p.parent for p in site.glob("*/pooled.csv")):
        review = read_review(DATA, site, folder.name)
        for analysis in review.analyses:
            if analysis.primary is None:
                continue
            shown = analysis_row(analysis)["estimate"]
            middle, _, rest = shown.partition(" (")
            for name in (f"{review.id}.html", f"{review.id}.{analysis.id}.html"):
                text = re.sub(r"\u2212", "-", real[name].text())
                assert re.search(rf"{re.escape(middle)}(?: \(\d+(?:\.\d+)? % CI {re.escape(rest)}|,|;)", text), (
                    name,
                    shown,
                )
            with (folder / "tables" / "analyses.csv").open(encoding="utf-8", newline="") as handle:
                cells = [cell for row in csv.reader(handle) for cell in row]
            assert any(shown == cell.replace("\u2212", "-") for cell in cells), (folder.name, shown)
            seen += 1
    assert seen > 50


def test_what_the_site_needs_stands_in_the_site(site):
    named = {Path(p).name for p in site.glob("report/*.html")}
    assert "index.html" in named
    for name in ("style.css", "page.js", "fr.js", "search.js", "DejaVuSans.woff2", "DejaVuSans-Bold.woff2"):
        assert (site / "report" / "assets" / name).stat().st_size > 1000
