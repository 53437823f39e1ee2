"""Tables of whole reviews."""

import csv
import json
import shutil
from pathlib import Path

import docx
import pytest
from lxml import html

from metaudit.tables import write_tables
from write_tables import main as write_tables_main

REVIEW = {
    "id": "one",
    "title": "T",
    "kind": "meta-analysis",
    "citation": {"authors": "A et al.", "year": 2001},
    "analyses": {
        "x": {"title": "Pain", "measure": "RR"},
        "y": {"title": "Not public", "measure": "MD", "data": "none"},
    },
}
CLAIM = {"review": "one", "analysis": "x", "subject": "", "certainty": "read", "message": "because", "impact": ""}
AUDIT = [
    CLAIM | {"claim": "e", "quantity": "estimate", "printed": "0.49", "value": 0.48944, "verdict": "EXACT"},
    CLAIM | {"claim": "l", "quantity": "ci_low", "printed": "0.3", "value": 0.3444, "verdict": "EXACT"},
    CLAIM | {"claim": "h", "quantity": "ci_high", "printed": "0.70", "value": 0.7449, "verdict": "DIFFERENT"},
    CLAIM | {"claim": "i", "quantity": "i2", "printed": "51%", "value": None, "verdict": "NOT_CHECKABLE"},
]
FIT = {
    "analysis": "x",
    "role": "primary",
    "measure": "RR",
    "model": "random",
    "tau2_method": "REML",
    "ci_method": "hksj",
}
FIT |= {"level": 0.95, "k": 13, "n_t": 10, "n_c": 12, "estimate": 0.48944, "ci_low": 0.3444, "ci_high": 0.7449}
FIT |= {"p": 0.00001, "i2": 92.22, "tau2": 0.3132}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Data and results of one review."""
    data, results = tmp_path / "data", tmp_path / "results"
    (data / "one").mkdir(parents=True)
    (results / "one").mkdir(parents=True)
    (data / "one" / "review.yaml").write_text(json.dumps(REVIEW), encoding="utf-8")
    (results / "one" / "audit.json").write_text(json.dumps(AUDIT), encoding="utf-8")
    with (results / "one" / "pooled.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, FIT)
        writer.writeheader()
        writer.writerow(FIT)
    return data, results


def rows(results: Path, stem: str) -> list[dict]:
    with (results / "one" / "tables" / f"{stem}.csv").open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_a_summary_of_each_analysis(folders):
    write_tables(*folders, reviews=["one"])
    pooled, hidden = rows(folders[1], "analyses")
    assert pooled == {
        "title": "Pain",
        "measure": "RR",
        "k": "13",
        "n": "22",
        "estimate": "0.49 (0.34 to 0.74)",
        "p": "<0.001",
        "i2": "92.2",
        "tau2": "0.313",
        "method": "random effects, REML, Hartung-Knapp 95 % CI",
        "certainty": "",
        "printed": "0.49 (0.3 to 0.70)",
        "verdict": "Different",
    }
    assert hidden["method"] == "not pooled: no public per-study data"
    assert hidden["estimate"] == hidden["verdict"] == ""


def test_claims_have_as_many_decimals_as_were_printed_and_one_more_where_they_differ(folders):
    write_tables(*folders, reviews=["one"])
    found = rows(folders[1], "claims")
    assert [row["ours"] for row in found] == ["0.49", "0.3", "0.745", ""]
    assert [row["printed"] for row in found] == ["0.49", "0.3", "0.70", "51%"]
    assert found[2]["verdict"] == "Different"
    assert {row["reason"] for row in found} == {"because"}


ENDINGS = ("csv", "md", "html", "tex")


def names(results: Path) -> set[str]:
    return {path.name for path in (results / "one" / "tables").iterdir()}


def test_two_tables_exist_even_without_results(folders):
    data, results = folders
    for path in (results / "one").iterdir():
        path.unlink()
    write_tables(data, results, reviews=["one"])
    assert names(results) == {f"{stem}.{end}" for stem in ("analyses", "claims") for end in ENDINGS} | {"tables.docx"}
    assert rows(results, "claims") == []


def test_a_table_that_is_no_longer_there_leaves_no_file(folders):
    write_tables(*folders, reviews=["one"])
    assert {f"findings.{end}" for end in ENDINGS} <= names(folders[1])
    (folders[1] / "one" / "pooled.csv").unlink()
    write_tables(*folders, reviews=["one"])
    assert not {name for name in names(folders[1]) if name.startswith("findings")}


def test_any_number_of_workers_gives_the_same_bytes(folders, tmp_path):
    data, results = folders
    shutil.copytree(data / "one", data / "two")
    shutil.copytree(results / "one", results / "two")
    other = tmp_path / "other"
    shutil.copytree(results, other)
    write_tables_main(str(data), str(results), reviews=["one", "two"])
    written = write_tables_main(str(data), str(other), reviews=["one", "two"], workers=2)
    found = {path.relative_to(results): path.read_bytes() for path in results.rglob("*") if path.is_file()}
    assert found == {path.relative_to(other): path.read_bytes() for path in other.rglob("*") if path.is_file()}
    assert sorted(written) == sorted(p for p in other.glob("*/tables/*"))


def test_the_same_bytes_twice(folders):
    write_tables(*folders, reviews=["one"])
    folder = folders[1] / "one" / "tables"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    write_tables(*folders, reviews=["one", "one"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first


def test_names_that_no_format_likes_are_set_in_every_one(folders):
    data, results = folders
    odd = "=A\x07\x1b| <b> \\\\ & 100 % {x} 中 \u202e\U0001f600"
    analyses = {"x": {"title": odd, "measure": "RR"}}
    text = json.dumps(REVIEW | {"analyses": analyses}, ensure_ascii=False)
    (data / "one" / "review.yaml").write_text(text, encoding="utf-8")
    write_tables(data, results, reviews=["one"])
    assert rows(results, "analyses")[0]["title"] == "'" + odd
    opened = docx.Document(str(results / "one" / "tables" / "tables.docx"))
    assert opened.tables[0].rows[1].cells[0].text.startswith("=A\ufffd\ufffd| <b> ")
    (line,) = html.fromstring((results / "one" / "tables" / "analyses.html").read_text("utf-8")).iterfind(".//tbody/tr")
    assert line[0].text == opened.tables[0].rows[1].cells[0].text
    assert (results / "one" / "tables" / "analyses.tex").read_text("utf-8").isascii()
