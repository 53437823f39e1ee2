"""Meta-regressions of tables in which a study has no value of a moderator; values from metafor 3.8-1 (R 4.2.2).

``e <- escalc("RR", tpos, tneg, cpos, cneg, data=dat.bcg)``; ``e$ablat[3] <- NA``, and ``e$alloc[3] <- NA``;
``rma(yi, vi, mods=~ablat, data=e, control=list(threshold=1e-13))`` and the same with ``mods=~alloc``.
"""

import csv
from pathlib import Path

import pytest

from making import DIFFERS, audited, claim, made
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed
from metaudit.specs import Spec
from metaudit.stages.whole import write_whole

BCG = Path(__file__).resolve().parents[3] / "data" / "reviews" / "colditz-1994" / "extraction.csv"
COUNTS = ("study", "events_t", "n_t", "events_c", "n_c", "x_ablat", "x_alloc")
METHOD = {"model": "random", "tau2": "REML", "ci": "wald"}


@pytest.fixture
def rows():
    with BCG.open(encoding="utf-8", newline="") as handle:
        return [{c: r[c] for c in COUNTS} for r in csv.DictReader(handle)]


def judged(folder, rows, moderator, numbers):
    claims = [claim(f"c{i}", q, printed, subject=subject) for i, (q, subject, printed) in enumerate(numbers)]
    return list(audited(folder, claims=claims, rows=rows, measure="RR", method=METHOD, moderators=[moderator]).values())


NUMBERS = {
    "ablat": [("coef", "ablat", "-0.02860"), ("coef_se", "ablat", "0.00740"), ("k", "", "12"), ("qm", "", "14.937")],
    "alloc": [("coef", "alloc=random", "-0.41296"), ("coef_se", "alloc=random", "0.53555"), ("k", "", "12"), ("qm", "", "1.4064")],
}  # fmt: skip


@pytest.mark.parametrize("moderator", NUMBERS)
def test_studies_without_a_value_are_left_out_and_named(tmp_path, rows, moderator):
    rows[2][f"x_{moderator}"] = ""
    found = judged(tmp_path / "r", rows, moderator, NUMBERS[moderator])
    assert [r.verdict for r in found] == ["EXACT"] * 4
    for r in found:
        assert f"from 12 of 13 studies; missing: {rows[2]['study']} (the moderator {moderator})" in r.message


def test_a_wrong_number_is_told_where_as_many_studies_are_printed(tmp_path, rows):
    rows[2]["x_ablat"] = ""
    found = judged(tmp_path / "r", rows, "ablat", [("coef", "ablat", "-0.05"), ("k", "", "12")])
    assert found[0].verdict in DIFFERS
    assert "(from 12 of 13 studies; missing:" in found[0].message


def test_otherwise_the_authors_may_have_had_the_value(tmp_path, rows):
    rows[2]["x_ablat"] = ""
    found = judged(tmp_path / "r", rows, "ablat", [("coef", "ablat", "-0.05"), ("k", "", "13")])
    assert [r.verdict for r in found] == ["NOT_CHECKABLE"] * 2
    assert f"{rows[2]['study']}: the moderator ablat" in found[0].causes


def test_a_column_that_is_empty_for_all_is_refused(tmp_path, rows):
    elsewhere = {**rows[0], "study": "Other", "outcome": "another outcome"}  # where the column is filled
    empty = [*({**r, "x_ablat": ""} for r in rows), elsewhere]
    found = judged(tmp_path / "r", empty, "ablat", [("coef", "ablat", "-0.0286")])
    assert found[0].verdict == "NOT_CHECKABLE"
    assert "Moderator 'ablat' of study 'Aronson 1948' is not reported" in found[0].message


def test_no_study_with_every_moderator_is_refused(tmp_path, rows):
    for i, r in enumerate(rows):
        r["x_ablat" if i % 2 else "x_alloc"] = ""
    claims = [claim("c", "coef", "-0.0286", subject="ablat")]
    found = audited(
        tmp_path / "r", claims=claims, rows=rows, measure="RR", method=METHOD, moderators=["ablat", "alloc"]
    )["c"]  # fmt: skip
    assert found.verdict == "NOT_CHECKABLE"
    assert "no study has a value of every moderator (alloc, ablat)" in found.message.replace("No study", "no study")


def test_subgroups_keep_the_studies_that_the_model_leaves_out(rows):
    rows[2]["x_ablat"] = ""
    words = ("study", "x_ablat", "x_alloc")
    typed = [Row(i + 2, r, {n: parse_printed(t) for n, t in r.items() if n not in words}) for i, r in enumerate(rows)]
    analysis = Analysis("a", "A", {}, moderators=("ablat",), subgroups="alloc")
    e = evaluate(Spec("RR", tau2="REML"), [convert(r) for r in typed], analysis)
    assert (e.effects.k, e.fit.k, [s.label for s, _ in e.without]) == (12, 12, [rows[2]["study"]])
    assert sum(part.k for part, _ in e.subgroups.values()) == 13


def test_the_results_of_a_review_name_what_the_model_leaves_out(tmp_path, rows):
    rows[2]["x_ablat"] = ""
    review = made(
        tmp_path / "r", claims=[claim("k", "k", "12")], rows=rows, measure="RR", method=METHOD, moderators=["ablat"]
    )  # fmt: skip
    write_whole(review, tmp_path / "out")
    out = tmp_path / "out"
    read = {n: list(csv.DictReader((out / f"{n}.csv").read_text().splitlines())) for n in ("exclusions", "weights")}
    assert [(r["study"], r["stage"], r["reason"]) for r in read["exclusions"]] == [
        (rows[2]["study"], "incomplete", "no value of the moderator ablat")
    ]
    assert len(read["weights"]) == 12
    assert "Bubble plot of 12 studies" in (out / "figures" / "main.bubble.svg").read_text(encoding="utf-8")
