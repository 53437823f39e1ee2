"""The search over the whole space, as the audit uses it: other methods, tolerances, envelopes, fingerprints, edits, software."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from making import audited, claim, made
from metaudit.analyses import analysis_rows
from metaudit.audit import audit
from metaudit.audit.bundles import search, stated_method
from metaudit.audit.spaces import search_spaces, space_of
from metaudit.audit.wide import widen
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.search.rank import violates
from metaudit.specs import Spec

TRIALS = [
    {"study": f"T{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for i, (a, n, c, m) in enumerate(
        [
            (4, 123, 11, 139),
            (6, 306, 29, 303),
            (3, 231, 11, 220),
            (62, 1354, 248, 1287),
            (33, 507, 47, 489),
            (0, 54, 5, 52),
        ],
        1,
    )
]
STATED = {
    "model": "random",
    "tau2": "DL",
    "ci": "wald",
    "zero_cells": {"add": 0.5, "to": "only-zero"},
    "variance": "LS",
}
FOUR = ("estimate", "ci_low", "ci_high", "tau2")


def printed_under(spec, *, rows=TRIALS, quantities=FOUR, decimals=4, tmp_path):
    """Claims as a paper would print them that used the specification."""
    review = made(tmp_path / "truth", claims=[claim("k", "k", "6")], rows=rows, measure=spec.measure)
    analysis = review.analyses["main"]
    e = evaluate(spec, analysis_rows(analysis, [convert(r) for r in review.rows]), analysis)
    return [
        claim(q, q, f"{getattr(e.fit, q) if q in ('tau2', 'q', 'i2') else e.natural(getattr(e.fit, q)):.{decimals}f}")
        for q in quantities
    ]


def test_another_method_that_gives_everything_is_named_with_its_specificity(tmp_path):
    claims = printed_under(Spec("RR", tau2="REML", ci="hksj"), tmp_path=tmp_path)
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=STATED)
    assert {r.verdict for r in found.values()} == {"OTHER_SPEC"}
    row = found["ci_low"]
    assert row.spec.split(" | ")[2:4] == ["random REML", "hksj"]
    assert set(row.causes) == {"tau² REML", "interval hksj"}
    assert row.searched > 50
    assert 1 <= round(row.specificity * row.searched) < 0.05 * row.searched  # this number alone
    assert re.search(r" 1 of the \d+\s?\d+ distinct results .* as all 4 numbers together", row.message)


def test_revman_centres_q_on_the_mantel_haenszel_mean_of_corrected_counts(tmp_path):
    revman = Spec("RR", zero_cells="0.5@only-zero", q="mantel-haenszel-corrected", i2="Q")
    claims = printed_under(revman, tmp_path=tmp_path)
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=STATED)
    assert found["tau2"].verdict == "OTHER_SPEC"
    assert "(MHc-Q)" in found["tau2"].spec


def test_the_software_a_review_names_fills_in_what_its_authors_leave_out(tmp_path):
    revman = Spec("RR", zero_cells="0.5@only-zero", q="mantel-haenszel-corrected", i2="Q")
    claims = printed_under(revman, tmp_path=tmp_path)
    method = {"model": "random", "software": "RevMan 5.3"}
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=method)
    assert {r.verdict for r in found.values()} <= {"EXACT", "UNDERSPECIFIED"}
    assert "(MHc-Q)" in found["tau2"].spec
    assert "random DL" in found["tau2"].spec


@pytest.mark.parametrize(("factor", "verdict"), [(1.03, "NEAR"), (1.08, "NEAR"), (40.0, "OUT_OF_ENVELOPE")])
def test_tolerance_and_envelope(tmp_path, factor, verdict):
    value = float(printed_under(Spec("RR"), tmp_path=tmp_path)[2]["printed"])
    claims = [claim("hi", "ci_high", f"{value * factor:.4f}")]
    row = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=STATED)["hi"]
    if factor < 1.05 and row.verdict == "OTHER_SPEC":  # by chance a method gives it: then the message says how many do
        assert row.searched > 1
        return
    assert row.verdict in (verdict, "OTHER_SPEC" if verdict == "NEAR" else verdict)
    assert math.isnan(row.envelope_low) or row.envelope_low <= row.value <= row.envelope_high


def test_studies_are_counted_there_is_no_nearly(tmp_path):
    row = audited(tmp_path / "r", claims=[claim("k", "k", "7")], rows=TRIALS * 1, measure="RR", method=STATED)["k"]
    assert row.verdict in ("DIFFERENT", "OUT_OF_ENVELOPE")


def test_what_no_choice_decides_is_nearest_under_any_method(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("k", "k", "7")], rows=TRIALS[:5], measure="RR", method=STATED)["k"]
    assert found.nearest == ("5 under any method",)


def test_one_limit_alone_does_not_make_another_method(tmp_path):
    """A mistyped limit is not explained by a method that moves the other one."""
    claims = printed_under(Spec("RR"), tmp_path=tmp_path)
    broken = [{**c, "printed": f"{float(c['printed']) * 1.3:.4f}"} if c["claim"] == "ci_low" else c for c in claims]
    found = audited(tmp_path / "r", claims=broken, rows=TRIALS, measure="RR", method=STATED)
    assert {found[c].verdict for c in ("estimate", "ci_high", "tau2")} <= {"EXACT", "UNDERSPECIFIED"}
    assert found["ci_low"].verdict in ("DIFFERENT", "NEAR", "OUT_OF_ENVELOPE", "INCONSISTENT")


def test_the_edit_that_restores_everything_is_named(tmp_path):
    claims = printed_under(Spec("RR"), quantities=(*FOUR, "q"), tmp_path=tmp_path)
    swapped = [dict(r) for r in TRIALS]
    t = swapped[3]
    t["events_t"], t["n_t"], t["events_c"], t["n_c"] = t["events_c"], t["n_c"], t["events_t"], t["n_t"]
    found = audited(tmp_path / "r", claims=claims, rows=swapped, measure="RR", method=STATED)
    row = found["estimate"]
    assert row.verdict in ("DIFFERENT", "NEAR", "OUT_OF_ENVELOPE")
    assert "row 5 (T4): treatment and control exchanged" in row.edits[0]
    assert row.edits_alike == 0
    assert "no other single edit would do" in row.message
    assert row.ask


def test_printed_weights_alone_name_the_model(tmp_path):
    review = made(tmp_path / "truth", claims=[claim("k", "k", "6")], rows=TRIALS, measure="RR")
    analysis = review.analyses["main"]
    rows = analysis_rows(analysis, [convert(r) for r in review.rows])
    weights = evaluate(Spec("OR", model="mantel-haenszel"), rows, analysis).fit.weights
    claims = [claim(f"w{i}", "weight", f"{w:.2f}", subject=f"T{i}") for i, w in enumerate(weights, 1)]
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, method={})
    assert "printed weights alone name the method: OR, mantel-haenszel" in found["w1"].message


def test_printed_rows_name_their_measure_study_by_study(tmp_path):
    z = 1.959963984540054
    rows = []
    for t in TRIALS[:4]:
        a, n, c, m = t["events_t"], t["n_t"], t["events_c"], t["n_c"]
        log, se = math.log(a * (m - c) / (n - a) / c), math.sqrt(1 / a + 1 / (n - a) + 1 / c + 1 / (m - c))
        limits = {f"printed_ci_{s}": f"{np.exp(log + k * z * se):.2f}" for s, k in (("low", -1), ("high", 1))}
        rows.append({**t, "printed_effect": f"{np.exp(log):.2f}", **limits})
    review = made(tmp_path / "r", claims=[claim("k", "k", "4")], rows=rows, method={"model": "random", "tau2": "DL"})
    found = {r.claim: r for r in audit(review)}
    assert "come out as odds ratio" in found["main:row2:printed_effect"].message


NO_ZERO = TRIALS[:5]


def test_causes_are_only_what_can_matter(tmp_path):
    """RevMan 5 has no REML; without a zero cell its zero-cell rule and variance are no part of the difference."""
    claims = printed_under(Spec("RR", tau2="REML"), rows=NO_ZERO, decimals=5, tmp_path=tmp_path)
    method = {"model": "random", "software": "RevMan 5.4"}
    found = audited(tmp_path / "r", claims=claims, rows=NO_ZERO, measure="RR", method=method)
    assert {r.verdict for r in found.values()} == {"OTHER_SPEC"}
    assert found["estimate"].causes == ("tau² REML",)


def test_what_a_program_does_for_one_measure_is_not_held_against_another(tmp_path):
    rows = [
        {"study": s, "mean_t": a, "sd_t": 2.1, "n_t": 30, "mean_c": b, "sd_c": 2.4, "n_c": 28}
        for s, a, b in (("A", 5.1, 6.0), ("B", 4.4, 5.9), ("C", 5.0, 5.2))
    ]
    claims = [claim("md", "estimate", "-0.9", method="measure=MD")]
    method = {"model": "random", "software": "RevMan 5.4"}
    row = audited(tmp_path / "r", claims=claims, rows=rows, measure="SMD", method=method)["md"]
    assert row.spec.startswith("MD | ")


def test_ready_made_ratios_follow_the_software_too(tmp_path):
    rows = [{"study": s, "effect": e, "se": v} for s, e, v in (("A", 0.6, 0.2), ("B", 0.9, 0.15), ("C", 1.3, 0.3))]
    row = audited(
        tmp_path / "r", claims=[claim("e", "estimate", "9.99")], rows=rows, measure="GEN-LOG",
        method={"model": "random", "software": "RevMan 5.4"},
    )["e"]  # fmt: skip
    assert "random DL" in row.spec


def test_the_null_of_a_log_ratio_is_zero(tmp_path):
    """Printed 1.04 on the log scale, ours below it: no other direction, since both are above 0."""
    rows = [{"study": s, "events_t": 30, "n_t": 100, "events_c": 11, "n_c": 100} for s in "AB"]
    claims = [claim("e", "estimate", "1.04", scale="log")]
    method = {"model": "common", "zero_cells": {"add": 0.5, "to": "only-zero"}, "variance": "LS"}
    row = audited(tmp_path / "r", claims=claims, rows=rows, measure="RR", method={**method, "ci": "wald"})["e"]
    assert row.value == pytest.approx(math.log(30 / 11))
    assert (row.verdict, row.impact) == ("NEAR", "minor")


def test_an_edit_is_named_only_where_it_gives_the_number(tmp_path):
    claims = printed_under(Spec("RR"), quantities=(*FOUR, "q"), tmp_path=tmp_path)
    swapped = [dict(r) for r in TRIALS]
    t = swapped[3]
    t["events_t"], t["n_t"], t["events_c"], t["n_c"] = t["events_c"], t["n_c"], t["events_t"], t["n_t"]
    odd = claim("odd", "q_p", "0.99")
    found = audited(tmp_path / "r", claims=[*claims, odd], rows=swapped, measure="RR", method=STATED)
    assert "row 5 (T4): treatment and control exchanged" in found["estimate"].edits[0]
    assert "5 of the 6 numbers" in found["estimate"].message
    assert found["odd"].edits == ()


def test_an_edit_has_to_give_the_test_between_subgroups_as_well(tmp_path):
    rows = [{**r, "x_group": g} for r, g in zip(TRIALS[:5], "aabba", strict=True)]
    review = made(tmp_path / "truth", claims=[claim("k", "k", "5")], rows=rows, measure="RR", subgroups="group")
    analysis = review.analyses["main"]
    e = evaluate(Spec("RR"), analysis_rows(analysis, [convert(r) for r in review.rows]), analysis)
    claims = [
        claim("est", "estimate", f"{e.natural(e.fit.estimate):.4f}"),
        claim("low", "ci_low", f"{e.natural(e.fit.ci_low):.4f}"),
        claim("between", "subgroup_p", f"{e.between.p:.4f}"),
        claim("wrong", "subgroup_q", f"{e.between.q + 3:.3f}"),
    ]
    broken = [dict(r) for r in rows]
    broken[3]["events_c"] = 148
    found = audited(tmp_path / "r", claims=claims, rows=broken, measure="RR", method=STATED, subgroups="group")
    assert any("row 5 (T4)" in text for text in found["between"].edits)
    assert "3 of the 4 numbers" in found["between"].message
    assert found["wrong"].edits == ()


TRIPLE = ("estimate", "ci_low", "ci_high")


def test_a_claims_own_method_is_what_departures_are_counted_against(tmp_path):
    """Mantel-Haenszel under an analysis of Hartung-Knapp intervals has Wald intervals: that is no departure of its own."""
    review = made(
        tmp_path / "r", rows=TRIALS, measure="RR", method={**STATED, "ci": "hksj", "software": "RevMan 5.4"},
        claims=[claim("e", "estimate", "0.5", method="model=mantel-haenszel")],
    )  # fmt: skip
    analysis, rows = review.analyses["main"], [convert(r) for r in review.rows]
    stated = stated_method(analysis, "model=mantel-haenszel", rows)
    bundle = search(analysis, review.claims, rows, level=0.95)
    assert bundle.specs
    assert all(violates(s, stated) == () for s in bundle.specs)
    space = space_of([bundle], level=0.95)
    assert space is not None
    wide = widen(bundle, search_spaces([space])[0])
    own = [r for r in wide.ranked if r.spec in bundle.specs]
    assert all(r.departures == () for r in own)
    assert violates(replace(bundle.specs[0], counts=""), stated) == (
        "counts",
    )  # what RevMan does is stated by its name


def test_a_method_that_gives_one_number_says_how_many_others_it_gives(tmp_path):
    """Five numbers by DL and a sixth by REML: REML gives that one and those of the studies, which have no tau²."""
    claims = printed_under(Spec("RR"), quantities=(*FOUR, "q"), tmp_path=tmp_path)
    other = printed_under(Spec("RR", tau2="REML"), quantities=("tau2",), tmp_path=tmp_path)[0]
    mixed = [c for c in claims if c["claim"] != "tau2"]
    found = audited(tmp_path / "r", claims=[*mixed, other], rows=TRIALS, measure="RR", method=STATED)
    assert found["tau2"].verdict in ("NEAR", "DIFFERENT")
    assert "would give it, but only 1 of the 4 other numbers printed with it" in found["tau2"].message
    alone = audited(tmp_path / "s", claims=[*mixed[:1], other], rows=TRIALS, measure="RR", method=STATED)["tau2"]
    assert "would give it, but not the other number printed with it" in alone.message or alone.verdict == "OTHER_SPEC"


def test_a_match_that_made_up_numbers_would_find_as_well_says_so(tmp_path):
    far = Spec("OR", tau2="REML", ci="hksj", level=0.9)
    found = audited(
        tmp_path / "r", claims=printed_under(far, quantities=TRIPLE, decimals=2, tmp_path=tmp_path), rows=TRIALS,
        measure="RR", method=STATED,
    )  # fmt: skip
    rows = [r for r in found.values() if r.verdict == "OTHER_SPEC" and len(r.causes) > 1]
    assert rows
    shares = {int(re.search(r"about (\d+) of 100 made-up", r.message)[1]) for r in rows}
    assert len(shares) == 1
    assert 5 <= shares.pop() <= 100
    assert all("a hint to ask about, not an identification" in r.message for r in rows)
    assert not any("fingerprint" in r.message for r in rows)


@pytest.mark.parametrize(
    ("spec", "decimals"), [(Spec("OR", tau2="REML", ci="hksj", level=0.9), 5), (Spec("RR", tau2="REML"), 2)]
)
def test_a_fine_match_and_one_departure_say_nothing_of_made_up_numbers(tmp_path, spec, decimals):
    claims = printed_under(spec, quantities=(*TRIPLE, "q", "tau2"), decimals=decimals, tmp_path=tmp_path)
    found = audited(tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method=STATED)
    assert any(r.verdict == "OTHER_SPEC" for r in found.values())
    assert not any("made-up" in r.message for r in found.values())


def test_half_added_to_every_study_is_found_without_a_zero_cell(tmp_path):
    claims = printed_under(Spec("RR", zero_cells="0.5@all"), rows=NO_ZERO, decimals=5, tmp_path=tmp_path)
    found = audited(tmp_path / "r", claims=claims, rows=NO_ZERO, measure="RR", method=STATED)
    assert {r.verdict for r in found.values()} == {"OTHER_SPEC"}
    assert found["estimate"].causes == ("zero cells 0.5@all",)
    open_choice = {k: v for k, v in STATED.items() if k != "zero_cells"}
    again = audited(tmp_path / "s", claims=claims, rows=NO_ZERO, measure="RR", method=open_choice)
    assert {r.verdict for r in again.values()} == {"OTHER_SPEC"}  # never usual there: no open choice explains it


@pytest.mark.parametrize(
    ("software", "spec"),
    [
        ("RevMan 5.3 and Stata 14", Spec("RR", zero_cells="0.5@only-zero", q="mantel-haenszel-corrected", i2="Q")),
        ("R (metafor and meta)", Spec("RR", tau2="REML", i2="tau2")),
        ("R (metafor and meta)", Spec("RR", tau2="DL", i2="Q")),
    ],
)
def test_both_programs_that_are_named_are_candidates(tmp_path, software, spec):
    claims = printed_under(spec, quantities=(*FOUR, "i2"), tmp_path=tmp_path)
    claims = [{**c, "printed": f"{float(c['printed']):.3f}"} for c in claims]
    found = audited(
        tmp_path / "r", claims=claims, rows=TRIALS, measure="RR", method={"model": "random", "software": software}
    )
    assert {r.verdict for r in found.values()} <= {"EXACT", "UNDERSPECIFIED"}


def test_a_programs_seldom_choice_is_a_candidate_beside_another_programs(tmp_path):
    """RevMan's variance of a risk ratio with an arm without events is no usual value, and Stata's differs."""
    method = {"model": "random", "software": "RevMan 5.3 and Stata 14"}
    made_up = made(tmp_path / "r", claims=[claim("e", "estimate", "0.5")], rows=TRIALS, measure="RR", method=method)
    rows = [convert(r) for r in made_up.rows]
    specs = search(made_up.analyses["main"], made_up.claims, rows, level=0.95).specs
    alone = {"model": "random", "software": "RevMan 5.3"}
    revman = search(replace(made_up.analyses["main"], method=alone), made_up.claims, rows, level=0.95).specs
    assert set(revman) <= set(specs)
    assert {s.variance for s in revman} == {"revman"}
    assert "LS" in {s.variance for s in specs}


def test_a_rule_for_zero_cells_is_no_part_of_a_mean_difference(tmp_path):
    table = [
        ("A", 12.4, 8.0, 30, 15.1, 7.5, 31),
        ("B", 10.2, 6.1, 52, 12.9, 6.6, 50),
        ("C", 14.8, 7.7, 24, 15.9, 8.3, 25),
    ]
    rows = []
    for name, m1, s1, n1, m2, s2, n2 in table:
        d, half = m1 - m2, 1.959963984540054 * math.sqrt(s1**2 / n1 + s2**2 / n2)
        cells = dict(
            zip(("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"), map(str, (m1, s1, n1, m2, s2, n2)), strict=True)
        )
        rows.append(
            {
                "study": name,
                **cells,
                "printed_effect": f"{d:.2f}",
                "printed_ci_low": f"{d - half:.2f}",
                "printed_ci_high": f"{d + half:.2f}",
            }
        )
    review = made(tmp_path / "r", claims=[claim("k", "k", "3")], rows=rows, method={"model": "random", "tau2": "DL"})
    message = {r.claim: r for r in audit(review)}["main:row2:printed_effect"].message
    assert "come out as mean difference (95 % interval)" in message
