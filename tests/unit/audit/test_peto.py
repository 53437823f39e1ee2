"""A Peto analysis: each study's own effect is Peto's, and studies without events have none."""

import math

import pytest

from making import audited, claim, made
from metaudit.analyses import analysis_rows, effects_of, numbers_of
from metaudit.audit import audit
from metaudit.audit_words.matters import essential
from metaudit.effects.convert import convert
from metaudit.effects.table import Table
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.search.batch import evaluate_specs
from metaudit.search.plan import effects_key
from metaudit.search.universe import universe
from metaudit.specs import Spec, completions, conventional

PETO = {"model": "peto"}
TABLES = [(3, 50, 6, 50), (0, 40, 0, 41), (5, 60, 9, 62), (0, 30, 2, 30), (20, 20, 25, 25), (1, 90, 4, 88)]
# metafor 3.8-1, rma.peto(ai, n1i, ci, n2i) and exp() of its yi, yi -+ 1.96 sqrt(vi), run on 2026-11-29; it has no yi for the second
# and fifth study, prints k = 6 and Q with 3 df.
STUDIES = {
    "S1": (0.484191531030377, 0.1239170941297911, 1.89192169464518, 29.95441010756833),
    "S3": (0.546817368485613, 0.1803788690214587, 1.65767329676493, 45.23366267364270),
    "S4": (0.251948375030839, 0.0252294907495927, 2.51602318535521, 7.11898440999389),
    "S6": (0.286248467469288, 0.0485965516166693, 1.68609052294176, 17.69294280879509),
}
POOLED = {
    "estimate": 0.424664814099135, "ci_low": 0.201420377363297, "ci_high": 0.895342401273424, "p": 0.024420656760433,
    "q": 1.107379017243241, "q_p": 0.775293064771478,
}  # fmt: skip


def rows(tables=TABLES):
    return [
        {"study": f"S{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m} for i, (a, n, c, m) in enumerate(tables, 1)
    ]


def converted(tmp_path, tables=TABLES):
    review = made(tmp_path / "c", claims=[claim("k", "k", "4")], rows=rows(tables), measure="OR")
    return analysis_rows(review.analyses["main"], [convert(r) for r in review.rows]), review.analyses["main"]


def own(decimals=4):
    names = ("study_estimate", "study_ci_low", "study_ci_high", "weight")
    return [
        claim(f"{s}-{n}", n, f"{x:.{decimals}f}", subject=s)
        for s, found in STUDIES.items()
        for n, x in zip(names, found, strict=True)
    ]


def raw(a, n, c, m):
    """Peto's odds ratio of one table and its 95 % limits from the counts as they are (Yusuf et al. 1985, appendix), by hand."""
    total, events = n + m, a + c
    v = n * m * events * (total - events) / (total**2 * (total - 1))
    y, half = (a - n * events / total) / v, 1.959963984540054 / math.sqrt(v)
    return tuple(math.exp(x) for x in (y, y - half, y + half))


@pytest.mark.parametrize("search", ["all", "missed"])
def test_studies_of_a_peto_analysis_are_petos(tmp_path, search):
    """As metafor's rma.peto prints them: a zero cell is corrected for the study's own effect, but not for the pooled one."""
    claims = [
        *own(),
        *(claim(n, n, f"{x:.4f}") for n, x in POOLED.items()),
        claim("k", "k", "6"),
        claim("df", "q_df", "3"),
    ]
    method = {**PETO, "software": "metafor 3.8-1"}
    review = made(tmp_path / "r", claims=claims, rows=rows(), measure="OR", method=method)
    assert {r.verdict for r in audit(review, search=search)} == {"EXACT"}


def test_printed_rows_of_a_peto_analysis_are_petos(tmp_path):
    """As RevMan prints them: a study without events is not estimable, and its cells are empty."""
    printed = [
        {
            **r,
            **(
                {
                    f"printed_{n}": f"{x:.2f}"
                    for n, x in zip(("effect", "ci_low", "ci_high"), raw(*TABLES[i]), strict=True)
                }
                if r["study"] in STUDIES
                else {}
            ),
        }
        for i, r in enumerate(rows())
    ]
    method = {**PETO, "software": "RevMan 5.3"}
    review = made(tmp_path / "r", claims=[claim("k", "k", "4")], rows=printed, measure="OR", method=method)
    found = [r for r in audit(review) if "printed_" in r.claim]
    assert len(found) == 12
    assert {r.verdict for r in found} == {"EXACT"}


@pytest.mark.parametrize(("k", "verdict"), [("4", "UNDERSPECIFIED"), ("6", "UNDERSPECIFIED"), ("5", "DIFFERENT")])
def test_k_counts_the_studies_that_say_something_and_as_metafor_does_all(tmp_path, k, verdict):
    claims = [claim("k", "k", k), claim("df", "q_df", "3")]
    found = audited(tmp_path / "r", claims=claims, rows=rows(), measure="OR", method=PETO)
    assert found["df"].verdict == "EXACT"
    if k == "5":
        assert found["k"].verdict not in ("EXACT", "UNDERSPECIFIED")
        return
    assert found["k"].verdict == verdict


def test_the_program_decides_how_studies_without_events_are_counted(tmp_path):
    for software, k, verdict in (
        ("RevMan 5.3", "4", "EXACT"),
        ("metafor 3.0", "6", "EXACT"),
        ("RevMan 5.3", "6", "OTHER_SPEC"),
    ):
        method = {**PETO, "software": software}
        folder = tmp_path / f"{software[:6]}{k}"
        row = audited(folder, claims=[claim("k", "k", k)], rows=rows(), measure="OR", method=method)["k"]
        assert row.verdict == verdict


@pytest.mark.parametrize(
    ("quantity", "printed", "subject", "stands"),
    [
        ("k", "2", "side=left", True), ("k", "3", "side=left", True), ("k", "4", "side=left", False),
        ("n_t", "110", "side=left", True), ("n_t", "150", "side=left", True), ("n_t", "120", "side=left", False),
        ("n_t", "230", "", True), ("n_t", "290", "", True), ("n_t", "270", "", False), ("n", "586", "", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rule", [{}, {"zero_cells": {"to": "none"}}])
def test_studies_and_people_can_be_counted_both_ways(tmp_path, quantity, printed, subject, stands, rule):
    grouped = [{**r, "x_side": "left" if i < 3 else "right"} for i, r in enumerate(rows())]
    claims = [claim("c", quantity, printed, subject=subject)]
    method = {**PETO, **rule}
    row = audited(tmp_path / "r", claims=claims, rows=grouped, measure="OR", method=method, subgroups="x_side")["c"]
    if rule and quantity == "k":
        stands = printed == "2"  # who says that nothing is added has said which are pooled
    assert (row.verdict in ("EXACT", "UNDERSPECIFIED")) == stands


def test_people_of_studies_that_a_ratio_leaves_out_may_be_counted(tmp_path):
    """RevMan leaves a study without events out of an odds ratio; whether its people are in the total is another matter."""
    method = {"model": "random", "software": "RevMan 5.3"}
    for n, verdict in (("230", "EXACT"), ("290", "UNDERSPECIFIED"), ("250", "DIFFERENT")):
        row = audited(tmp_path / n, claims=[claim("n", "n_t", n)], rows=rows(), measure="OR", method=method)["n"]
        if verdict == "DIFFERENT":
            assert row.verdict not in ("EXACT", "UNDERSPECIFIED")
        else:
            assert row.verdict == verdict


def test_plain_odds_ratios_of_rows_are_not_put_down_to_an_open_model(tmp_path):
    """Where no model is stated, Peto's is possible; a row's own odds ratio is the plain one under every other."""
    a, n, c, m = TABLES[0]
    assert raw(*TABLES[0]) == pytest.approx(STUDIES["S1"][:3], rel=1e-13)
    claims = [claim("s", "study_estimate", f"{a * (m - c) / ((n - a) * c):.4f}", subject="S1")]
    found = audited(tmp_path / "r", claims=claims, rows=rows(TABLES[:1] + TABLES[2:3]), measure="OR", method={})
    assert found["s"].verdict == "EXACT"
    petos = [claim("s", "study_estimate", f"{STUDIES['S1'][0]:.4f}", subject="S1")]
    row = audited(tmp_path / "p", claims=petos, rows=rows(TABLES[:1] + TABLES[2:3]), measure="OR", method={})["s"]
    assert (row.verdict, row.causes) == ("UNDERSPECIFIED", ("model peto",))


def test_effects_arrays_and_one_at_a_time_agree(tmp_path):
    studies, analysis = converted(tmp_path)
    spec = Spec("OR", "none", model="peto")
    effects = effects_of(spec, studies)
    assert [s.label for s in effects.studies] == list(STUDIES)
    assert [math.exp(y) for y in effects.yi] == pytest.approx([raw(*TABLES[i])[0] for i in (0, 2, 3, 5)], rel=1e-13)
    metafors = effects_of(Spec("OR", "0.5@only-zero", model="peto"), studies)
    assert [math.exp(metafors.yi[i]) for i in (0, 2, 3, 5)] == pytest.approx(
        [x[0] for x in STUDIES.values()], rel=1e-13
    )
    assert effects.measure.code == "OR"
    assert {r.label for r, _ in effects.incomplete} == {"S2", "S5"}
    assert "Peto's odds ratio is not defined" in effects.incomplete[0][1]
    table = numbers_of(spec, Table(studies))
    assert table.yi[[0, 2, 3, 5]] == pytest.approx(effects.yi, rel=1e-15)
    results = evaluate_specs([spec, Spec("OR"), Spec("OR", model="mantel-haenszel")], studies, analysis)
    assert results.values["k"][0] == 4
    assert effects_key(spec) != effects_key(Spec("OR", model="mantel-haenszel"))
    fit = evaluate(spec, studies, analysis).fit
    assert (fit.k, fit.q_df) == (4, 3)
    assert math.exp(fit.estimate) == pytest.approx(POOLED["estimate"], rel=1e-13)


def test_peto_with_corrected_counts_corrects_the_studies_too(tmp_path):
    """OpenMeta[Analyst] and PythonMeta add 0.5 inside Peto: every study then has an effect."""
    studies, analysis = converted(tmp_path)
    corrected = Spec("OR", "0.5@only-zero", model="peto", counts="corrected")
    effects, plain = effects_of(corrected, studies), effects_of(Spec("PETO", "0.5@only-zero"), studies)
    assert effects.k == 6
    assert effects.yi == pytest.approx(plain.yi, rel=1e-15)
    fit = evaluate(corrected, studies, analysis).fit
    w = 1 / plain.vi
    assert fit.estimate == pytest.approx(float((w * plain.yi).sum() / w.sum()), rel=1e-12)


def test_no_study_that_says_anything(tmp_path):
    studies, analysis = converted(tmp_path, [TABLES[1], TABLES[4]])
    with pytest.raises(DataError, match="Peto's odds ratio is not defined"):
        evaluate(Spec("OR", "none", model="peto"), studies, analysis)


def test_the_rule_for_zero_cells_of_a_peto_analysis():
    """The conventional one is none, whether or not it is known that a study has a zero cell."""
    assert conventional(("OR",), PETO).zero_cells == "none"
    assert [s.zero_cells for s in completions(("OR",), PETO, any_zero=True)] == ["none", "0.5@only-zero"]
    stated = {**PETO, "zero_cells": "0.5@all"}
    assert [s.zero_cells for s in completions(("OR",), stated, any_zero=True)] == ["0.5@all"]
    wide = {s.zero_cells for s in universe(("OR",), any_zero=True, k=5).specs if s.model == "peto" and not s.counts}
    assert {"none", "0.5@only-zero"} <= wide


def test_what_a_studys_own_effect_depends_on():
    peto, other, mh = (Spec("OR", model=m) for m in ("peto", "random", "mantel-haenszel"))
    assert essential(peto, "study_estimate") != essential(other, "study_estimate")
    assert essential(other, "study_ci_low") == essential(mh, "study_ci_low")
