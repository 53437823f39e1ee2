"""One claim explained: text, JSON, and where its verdict comes from."""

import json
import math
import os
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from making import claim, made, write_review
from metaudit.audit import audit
from metaudit.cli import app
from metaudit.cli import explain as command
from metaudit.errors import DataError
from metaudit.explain import verdicts_of as verdicts_module
from metaudit.explain.account import account_of, as_json, lines
from metaudit.explain.verdicts_of import read_rows, rests_on, verdicts_of
from metaudit.stages.audit import write_audit
from metaudit.stages.extract import extract

ROWS = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50, "where": "Table 2"},
    {"study": "B", "events_t": 6, "n_t": 60, "events_c": 5, "n_c": 60, "where": "Table 2"},
    {"study": "C", "events_t": 4, "n_t": 40, "events_c": 9, "n_c": 42, "certainty": "secondary"},
]
METHOD = {"measure": "RR", "method": {"model": "random", "tau2": "DL", "ci": "wald"}}
CLAIMS = [
    claim("e", "estimate", "0.75"),
    claim("k", "k", "3"),
    claim("q_p", "q_p", "0.99"),
    claim("open", "estimate", "0.80", analysis="none"),
    claim("w", "text", "recommend ketamine", analysis="", subject="guideline"),
]
ANALYSES = {
    "main": {"title": "Pain", "select": {"outcome": "pain"}, **METHOD},
    "none": {"title": "Not public", "select": {}, "data": "none", "measure": "RR"},
}


def run(*args):
    assert command.explain
    return CliRunner().invoke(app, [str(a) for a in args])


@pytest.fixture
def review(tmp_path):
    return made(tmp_path / "data" / "reviews" / "r", claims=CLAIMS, rows=ROWS, analyses=ANALYSES)


def told(review, name):
    return as_json(account_of(review, audit(review), name))


def test_counts_typed_as_percentages_and_with_commas_are_explained(tmp_path):
    typed = [{**row, "events_t": f"{100 * row['events_t'] // row['n_t']}%"} for row in ROWS]
    rows = [*typed, {"study": "D", "events_t": 62, "n_t": "13,598", "events_c": 248, "n_c": "12,867"}]
    review = made(tmp_path / "r", claims=CLAIMS[:1], rows=rows, **METHOD)
    assert account_of(review, audit(review), "e").facts


def test_a_number_that_misses_is_explained_from_its_inputs_to_its_question(review):
    account = account_of(review, audit(review), "e")
    terms = [f.term for f in account.facts]
    for term in (
        "Our value",
        "Formula",
        "Inputs",
        "Printed, as an interval",
        "Distance",
        "Criterion",
        "Specificity",
        "Certainty",
    ):
        assert term in terms
    inputs = next(f for f in account.facts if f.term == "Inputs")
    assert inputs.items[0].text.startswith(
        "extraction.csv row 2 (A): treatment: events 10, n 50; control: events 20, n 50. Table 2"
    )
    text = "\n".join(lines(account, width=80))
    assert "r/e: pooled estimate, Pain" in text
    assert "random effects (DerSimonian-Laird)" in text
    assert "| random DL |" not in text


def test_no_line_is_longer_than_the_width_but_for_the_drawing(review):
    rows = audit(review)
    for row in rows:
        account = account_of(review, rows, row.claim)
        drawn = {drawing for _, drawing in account.line}
        assert all(len(t) <= 90 or any(d.rstrip() in t for d in drawn) for t in lines(account, width=90))


def test_a_claim_without_data_says_what_is_missing(review):
    account = account_of(review, audit(review), "open")
    facts = {f.term: [i.text for i in f.items] for f in account.facts}
    assert account.line == ()
    assert facts["Formula and inputs"] == ["none: what is needed is not public, or was not read"]
    assert facts["Criterion"][0].startswith("missing data. ")
    assert "Specificity" not in facts


def test_json_has_words_and_canonical_strings(review):
    found = told(review, "e")
    assert found["spec"]["canonical"].startswith("RR | ")
    assert found["spec"]["words"].startswith("risk ratio, ")
    assert found["printed"] == {"text": "0.75", "low": 0.745, "high": 0.755}
    assert found["verdict"]["meaning"]
    assert found["criterion"]["meaning"]
    json.dumps(found["ours"])


def test_an_unknown_claim_names_the_nearest(review):
    with pytest.raises(DataError, match=r"no claim 'opne'\. Did you mean 'open'"):
        account_of(review, audit(review), "opne")


def test_the_command(tmp_path):
    folder = write_review(tmp_path / "r", claims=CLAIMS, rows=ROWS, analyses=ANALYSES)
    out = run("explain", folder, "k")
    assert out.exit_code == 0
    assert "Printed 3, ours 3" in out.stdout
    assert "\x1b" not in out.stdout
    assert not [t for t in out.stdout.splitlines() if t != t.rstrip()]
    assert json.loads(run("explain", folder, "k", "--json").stdout)["verdict"]["code"] == "EXACT"
    assert run("explain", folder, "nothing").exit_code == 2
    assert run("explain", tmp_path / "nowhere", "k").exit_code == 2


def written(review, folder):
    extract(review.folder, folder)
    write_audit(review, folder, others={}, level=0.95)
    return folder / "audit.json"


def test_rows_come_back_from_audit_json_as_they_were(review, tmp_path):
    found = read_rows(written(review, tmp_path / "out"))
    for ours, theirs in zip(found, audit(review), strict=True):
        for name in theirs.__dataclass_fields__:
            a, b = getattr(ours, name), getattr(theirs, name)
            assert a == pytest.approx(b, rel=1e-9, nan_ok=True) if isinstance(b, float) else a == b, name


def test_an_infinite_end_survives(review, tmp_path):
    path = written(review, tmp_path / "out")
    records = json.loads(path.read_text(encoding="utf-8"))
    records[0]["printed_low"] = "-Inf"
    path.write_text(json.dumps(records), encoding="utf-8")
    assert read_rows(path)[0].printed_low == -math.inf


@pytest.fixture
def audits(monkeypatch):
    """Counts the audits that are run."""
    calls = []
    monkeypatch.setattr(verdicts_module, "audit", lambda review: calls.append(review.id) or audit(review))
    return calls


def test_results_of_the_same_files_are_used_whatever_their_date(review, tmp_path, audits):
    path = written(review, tmp_path / "results" / "r")
    os.utime(path, (0, 0))
    told = []
    assert [r.claim for r in verdicts_of(review, tell=told.append)] == [r.claim for r in audit(review)]
    assert audits == []
    assert str(path) in told[0]
    assert "--fresh" in told[0]
    verdicts_of(review, fresh=True)
    assert audits == ["r"]


@pytest.mark.parametrize("name", ["review.yaml", "extraction.csv", "claims.csv", "sources.csv"])
def test_results_of_other_files_are_not_used(review, tmp_path, audits, name):
    path = written(review, tmp_path / "results" / "r")
    with (review.folder / name).open("a", encoding="utf-8") as handle:
        handle.write("\n")
    assert not rests_on(path.parent, review)
    told = []
    verdicts_of(review, tell=told.append)
    assert audits == ["r"]
    assert told == []


def test_a_file_that_came_later_makes_results_stale(review, tmp_path):
    path = written(review, tmp_path / "results" / "r")
    assert rests_on(path.parent, review)
    (review.folder / "candidates.csv").write_text("study\n", encoding="utf-8")
    assert not rests_on(path.parent, review)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"sha256": 3}'])
def test_an_unreadable_record_of_the_inputs_is_no_proof(review, tmp_path, text):
    path = written(review, tmp_path / "results" / "r")
    (path.parent / "inputs.json").write_text(text, encoding="utf-8")
    assert not rests_on(path.parent, review)


def test_results_rest_on_the_reviews_that_are_referred_to(tmp_path):
    write_review(tmp_path / "data" / "reviews" / "other", claims=[claim("k", "k", "3")], rows=ROWS, analyses=ANALYSES)
    cited = claim("c", "k", "3", refers_to="other/k")
    review = made(tmp_path / "data" / "reviews" / "r", claims=[cited], rows=ROWS, analyses=ANALYSES)
    path = written(review, tmp_path / "results" / "r")
    assert not rests_on(path.parent, review), "nothing says what the other review was"
    extract(tmp_path / "data" / "reviews" / "other", tmp_path / "results" / "other")
    assert rests_on(path.parent, review)
    with (tmp_path / "data" / "reviews" / "other" / "claims.csv").open("a", encoding="utf-8") as handle:
        handle.write("\n")
    assert not rests_on(path.parent, review)


def test_results_that_are_about_other_claims_are_not_used(review, tmp_path, audits):
    written(review, tmp_path / "results" / "r")
    changed = replace(review, claims=(*review.claims, replace(review.claims[0], id="new")))
    verdicts_of(changed)
    assert audits == ["r"]


def test_results_of_a_version_with_other_fields_are_not_used(review, tmp_path, audits):
    path = written(review, tmp_path / "results" / "r")
    records = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps([{k: v for k, v in r.items() if k != "formula"} for r in records]), encoding="utf-8")
    assert read_rows(path) is None
    verdicts_of(review)
    assert audits == ["r"]


def test_named_results_are_used(review, tmp_path, audits):
    written(review, tmp_path / "results" / "r")
    shutil.move(tmp_path / "results" / "r", tmp_path / "elsewhere")
    verdicts_of(review, tmp_path / "elsewhere")
    assert audits == []
