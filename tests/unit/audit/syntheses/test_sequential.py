"""Verdicts on claims of sequential analyses; numbers are those of recursions written apart from this library (tests/data/sequential)."""

import math
import time

import pytest

from metaudit.formats.tables import Row
from metaudit.printed import parse_printed
from unit.audit.syntheses.made_up_sequential import BCG, RANDOM, claim, entry, judged, rows

OWN = entry("bcg.RR", beta=0.1, fixed=False)["own"]
AT_LAST = OWN["convention_ctu"]["adjusted_ci_last"]
TABLE = rows("bcg.RR")


def without(*keys, **other):
    return {k: v for k, v in {**BCG, **other}.items() if k not in keys}


CLAIMS = [
    claim("ris", "ris", "268,638"),
    claim("fixed", "ris_fixed", "13791"),
    claim("d2", "diversity", "94.9%"),
    claim("share", "ris_share", f"{100 * OWN['AIS'] / OWN['RIS_used']:.0f}%"),
    claim("bound", "tsa_boundary", f"{AT_LAST['boundary']:.2f}"),
    claim("low", "tsa_ci_low", f"{AT_LAST['lower']:.3f}"),
    claim("high", "tsa_ci_high", f"{AT_LAST['upper']:.3f}"),
    claim("look", "tsa_look", str(OWN["convention_ctu"]["first_crossing_look"])),
    claim("words", "text", "Boundary crossed"),
    claim("reached", "text", "required size reached"),
]
STATED = {**BCG, "control_risk": OWN["pC"]}


def test_everything_stated_and_printed_right_is_exact():
    found = judged(TABLE, CLAIMS, STATED)
    assert {c: r.verdict for c, r in found.items()} == {c.id: "EXACT" for c in CLAIMS}
    assert found["ris"].value == OWN["RIS_used"]
    assert found["low"].value == pytest.approx(AT_LAST["lower"], rel=1e-6)
    assert "13,791 without heterogeneity" in found["ris"].formula
    assert found["ris"].certainty == "secondary"
    assert "obrien-fleming" in found["ris"].spec
    assert not found["ris"].spec.endswith("%")


def test_the_control_risk_that_is_not_said_is_found_by_the_printed_size():
    """The other ways of taking it from the trials give other sizes, and the boundary goes with the size that is printed."""
    found = judged(TABLE, CLAIMS, without("control_risk"))
    assert found["ris"].verdict == "UNDERSPECIFIED"
    assert found["ris"].causes == ("control risk 0.9 % (all trials together)",)
    assert found["bound"].verdict == "EXACT"
    assert found["d2"].verdict == "EXACT"


def test_almost_nothing_stated():
    start = time.process_time()
    found = judged(TABLE, CLAIMS, None, method={})
    assert {r.verdict for r in found.values()} <= {"EXACT", "UNDERSPECIFIED"}
    causes = " ".join(found["ris"].causes)
    assert "smallest effect RR 0.5" in causes
    assert "power 90 %" in causes
    assert time.process_time() - start < 15


@pytest.mark.parametrize(
    ("changed", "departure"),
    [
        ({"power": 0.8}, "power 90 %"),
        ({"alpha": 0.01}, "alpha 5 %"),
        ({"effect": 0.8}, "smallest effect RR 0.5"),
        ({"heterogeneity": "none"}, "heterogeneity D² of the trials"),
        ({"control_risk": 0.02}, "control risk 0.9 % (all trials together)"),
        ({"spending": "pocock"}, "spending obrien-fleming"),
        ({"variance": "unpooled"}, "variance of the outcome pooled"),
    ],
)
def test_what_was_done_otherwise_than_stated_is_named(changed, departure):
    found = judged(TABLE, CLAIMS, {**STATED, **changed})
    other = [r for r in found.values() if r.verdict == "OTHER_SPEC"]
    assert other
    assert all(departure in r.causes for r in other)


def test_a_model_that_is_not_the_stated_one_is_named():
    found = judged(TABLE, CLAIMS, STATED, method={"model": "common"})
    assert found["ris"].verdict == "EXACT"
    assert found["low"].verdict == "OTHER_SPEC"
    assert found["low"].causes == ("pooling random DL",)


def test_a_mistyped_number_is_not_given_and_the_others_are():
    claims = [
        *(c for c in CLAIMS if c.id not in ("high", "ris")),
        claim("high", "tsa_ci_high", "0.922"),
        claim("ris", "ris", "286,638"),
    ]
    found = judged(TABLE, claims, STATED)
    assert found["high"].verdict in ("NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
    assert found["ris"].verdict == "INCONSISTENT", "13,791 over 1 - 94.9 % are other numbers"
    assert "ours is 268638" in found["ris"].message
    assert found["bound"].verdict == "EXACT"
    assert found["low"].verdict == "EXACT"


def test_a_mistyped_count_in_the_table_moves_the_verdict():
    wrong = list(TABLE)
    cells, numbers = {**wrong[2].cells, "events_c": "37"}, {**wrong[2].numbers, "events_c": parse_printed("37")}
    wrong[2] = Row(wrong[2].line, cells, numbers)
    found = judged(wrong, CLAIMS, without("control_risk", control_risk="trials"))
    assert found["ris"].verdict not in ("EXACT", "UNDERSPECIFIED", "WITHIN_ROUNDING")


def test_statements_that_do_not_hold():
    claims = [
        claim("crossed", "text", "boundary not crossed"), claim("size", "text", "required size not reached"),
        claim("futile", "text", "futility boundary crossed"),
    ]  # fmt: skip
    found = judged(TABLE, claims, STATED)
    assert {r.verdict for r in found.values()} == {"DIFFERENT"}
    assert {r.impact for r in found.values()} == {"significance"}
    assert "the lower boundary is crossed at look 10" in found["crossed"].message
    assert all(r.value != r.value for r in found.values())


def test_a_statement_that_hangs_on_what_is_not_said():
    """With 80 % power for RR 0.8 the boundary is crossed under some ways to take the control risk from the trials only."""
    found = judged(
        TABLE, [claim("crossed", "text", "boundary crossed")], without("control_risk", effect=0.8, power=0.8)
    )
    assert found["crossed"].verdict == "UNDERSPECIFIED"
    assert found["crossed"].causes == ("control risk 1.6 % (median of the trials) or 4.5 % (mean of the trials)",)
    assert found["crossed"].criterion == "statement about boundaries"


def test_trials_without_years_are_taken_as_they_stand_and_it_is_said():
    found = judged(rows("bcg.RR", years=False), CLAIMS, STATED)
    assert found["bound"].verdict == "EXACT"
    assert "in the order of the table: no trial has a year" in found["bound"].message
    assert "order of the table" not in found["ris"].message


def test_the_order_of_the_table_instead_of_years_is_a_departure():
    """Two trials change places in the table, and the authors went by the table."""
    turned = [TABLE[12], *TABLE[:12]]
    undated = [Row(i, {**r.cells, "year": ""}, r.numbers) for i, r in enumerate(turned, 2)]
    by_table = judged(undated, CLAIMS, STATED)
    look, boundary = f"{by_table['look'].value:.0f}", f"{by_table['bound'].value:.3f}"
    assert look != "10"
    found = judged(turned, [claim("look", "tsa_look", look), claim("bound", "tsa_boundary", boundary)], STATED)
    assert found["look"].verdict == "OTHER_SPEC"
    assert found["look"].causes == ("order of the table",)


def test_trials_without_participants_are_named():
    effect = {"effect": "0.5", "ci_low": "0.3", "ci_high": "0.8"}
    table = [
        Row(i, {"study": f"T{i}", "outcome": "o", "year": "1990", **effect, **n}, {k: parse_printed(v) for k, v in {**effect, **n}.items()})
        for i, n in ((2, {"n_t": "40", "n_c": "41"}), (3, {"n_t": "50"}))
    ]  # fmt: skip
    claims = [claim("bound", "tsa_boundary", "2.00"), claim("words", "text", "boundary crossed")]
    found = judged(table, claims, {"required": 400}, measure="GEN-LOG")
    assert {r.verdict for r in found.values()} == {"NOT_CHECKABLE"}
    assert "row 3" in found["bound"].message
    assert "how many participants" in found["words"].message


def test_a_mean_difference_with_its_standard_deviation():
    own = entry("normand1999.MD", beta=0.1, fixed=False, es_alpha="esPoc")["own"]
    at_last = own["convention_ctu"]["adjusted_ci_last"]
    claims = [
        claim("ris", "ris", str(own["RIS_used"])), claim("low", "tsa_ci_low", f"{at_last['lower']:.2f}"),
        claim("high", "tsa_ci_high", f"{at_last['upper']:.2f}"), claim("words", "text", "boundary not crossed"),
    ]  # fmt: skip
    stated = {
        "alpha": 0.05,
        "power": 0.9,
        "effect": -3,
        "sd": 25,
        "heterogeneity": "D2",
        "spending": "pocock",
        "convention": "tsa",
    }
    table = rows("normand1999.MD")
    method = {**RANDOM, "variance": "HO"}
    assert {r.verdict for r in judged(table, claims, stated, measure="MD", method=method).values()} == {"EXACT"}


def test_twice_the_size_of_a_mean_difference_is_recognised():
    own = entry("normand1999.MD", beta=0.1, fixed=True, es_alpha="esOF", cont_vartype=None)["own"]
    stated = {"alpha": 0.05, "power": 0.9, "effect": -3, "sd": 25, "heterogeneity": "none"}
    printed = [
        claim("ris", "ris", str(2 * own["RIS_fixed"] - 1)),
        claim("fixed", "ris_fixed", str(2 * own["RIS_fixed"] - 1)),
    ]
    found = judged(rows("normand1999.MD"), printed, stated, measure="MD", method={"model": "common"})
    assert found["ris"].verdict == "OTHER_SPEC"
    assert "early versions of the TSA program" in found["ris"].message


def test_no_smallest_effect_of_a_mean_difference_is_that_of_the_trials():
    found = judged(rows("normand1999.MD"), [claim("ris", "ris", "1,000")], {"alpha": 0.05}, measure="MD")
    assert found["ris"].verdict not in ("EXACT", "NOT_CHECKABLE")
    assert "that of the trials" in found["ris"].spec


def test_a_measure_without_a_formula_for_its_size_needs_the_size():
    table = rows("normand1999.MD")
    found = judged(table, [claim("ris", "ris", "1,000"), claim("words", "text", "boundary crossed")], {}, measure="SMD")
    assert found["ris"].verdict == "NOT_CHECKABLE"
    assert "RR, OR, RD, MD" in found["words"].message
    given = judged(
        table,
        [claim("words", "text", "boundary crossed"), claim("ris", "ris", "5000")],
        {"required": 5000},
        measure="SMD",
    )
    assert given["words"].verdict in ("EXACT", "UNDERSPECIFIED", "DIFFERENT")
    assert given["ris"].verdict == "EXACT"


def test_an_adjusted_interval_on_the_logarithmic_scale_and_as_a_reduction():
    claims = [
        claim("ris", "ris", "268,638"), claim("low", "tsa_ci_low", f"{math.log(AT_LAST['lower']):.3f}", scale="log"),
        claim("red", "tsa_ci_high", f"{100 * (1 - AT_LAST['lower']):.1f}", scale="percent-reduction"),
    ]  # fmt: skip
    assert {r.verdict for r in judged(TABLE, claims, STATED).values()} == {"EXACT"}


def test_a_miss_that_the_rounding_of_the_inputs_is_enough_for():
    """The authors had means and SDs with a decimal; the table has them as whole numbers."""
    exact = [
        Row(r.line, {**r.cells, **more}, {**r.numbers, **{n: parse_printed(t) for n, t in more.items()}})
        for r in rows("normand1999.MD")
        for more in [
            {
                n: f"{r.numbers[n].value + (0.3 if n.endswith('_t') else -0.2):.1f}"
                for n in ("mean_t", "mean_c", "sd_t", "sd_c")
            }
        ]
    ]
    stated = {"alpha": 0.05, "power": 0.9, "effect": -3, "sd": "trials", "heterogeneity": "D2", "spending": "pocock",
              "futility": "none", "convention": "tsa"}  # fmt: skip
    asked = [claim("d", "diversity", "0.0%"), claim("low", "tsa_ci_low", "0.00")]
    values = {c: r.value for c, r in judged(exact, asked, stated, measure="MD").items()}
    printed = [claim("d", "diversity", f"{values['d']:.2f}%"), claim("low", "tsa_ci_low", f"{values['low']:.1f}")]
    found = judged(rows("normand1999.MD"), printed, stated, measure="MD")
    assert {r.verdict for r in found.values()} == {"WITHIN_ROUNDING"}
    assert {r.criterion for r in found.values()} == {"input rounding"}
    far = judged(
        rows("normand1999.MD"), [claim("low", "tsa_ci_low", f"{values['low'] - 40:.1f}")], stated, measure="MD"
    )["low"]
    assert far.verdict not in ("WITHIN_ROUNDING", "EXACT", "UNDERSPECIFIED")


def test_a_measure_that_is_not_stated_is_found_by_the_numbers():
    own = entry("bcg.OR", beta=0.1, fixed=False)["own"]
    claims = [claim("fixed", "ris_fixed", str(own["RIS_fixed"])), claim("ris", "ris", str(own["RIS_used"]))]
    found = judged(TABLE, claims, STATED, measure="", method=RANDOM)
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert found["ris"].spec.startswith("TSA OR")


def test_claims_about_a_subgroup_are_about_its_trials():
    table = [Row(r.line, {**r.cells, "x_early": "yes" if i < 8 else "no"}, r.numbers) for i, r in enumerate(TABLE)]
    whole = judged(table[:8], [claim("d", "diversity", "1.234%")], STATED)["d"].value
    claims = [
        claim("early", "diversity", f"{whole:.2f}%", subject="early=yes"),
        claim("bare", "diversity", f"{whole:.2f}%", subject="yes"),
        claim("all", "diversity", "94.87%"),
        claim("nobody", "diversity", "94.87%", subject="low risk of bias"),
        claim("words", "text", "boundary crossed", subject="trial sequential analysis"),
    ]
    found = judged(table, claims, STATED, subgroups="early")
    assert {c: r.verdict for c, r in found.items()} == {
        "early": "EXACT", "bare": "EXACT", "all": "EXACT", "nobody": "NOT_CHECKABLE", "words": "EXACT",
    }  # fmt: skip
    assert found["nobody"].causes == ("which trials make up 'low risk of bias'",)


def test_a_plan_that_one_claim_states_otherwise():
    less = entry("bcg.RR", es_alpha="esPoc")["own"]["RIS_used"]
    claims = [claim("ris", "ris", "268,638"), claim("weak", "ris", str(less), method="power=0.8"),
              claim("half", "ris", "27582", method="heterogeneity=D2:0.5")]  # fmt: skip
    found = judged(TABLE, claims, STATED)
    assert {c: r.verdict for c, r in found.items()} == {"ris": "EXACT", "weak": "EXACT", "half": "EXACT"}


@pytest.mark.parametrize(
    ("stated", "method", "reason"),
    [
        ({"effect": 3, "control_risk": 0.5}, RANDOM, "make a risk of 1.5"),
        ({"effect": 1}, RANDOM, "no effect to look for"),
        ({}, {"model": "glmm"}, "pools by one of"),
        ({"hetero": 1}, RANDOM, "not known here"),
        ({"heterogeneity": {"tau2": 0.5}}, RANDOM, "is not understood"),
    ],
)
def test_what_makes_no_sequential_analysis_is_said(stated, method, reason):
    found = judged(
        TABLE, [claim("ris", "ris", "1000"), claim("words", "text", "boundary crossed")], stated, method=method
    )
    assert {r.verdict for r in found.values()} == {"NOT_CHECKABLE"}
    assert all(reason in r.message for r in found.values())


@pytest.mark.parametrize("model", ["mantel-haenszel", "peto"])
def test_other_models(model):
    measure = "OR" if model == "peto" else "RR"
    stated = {**BCG, "effect": 0.8, "heterogeneity": "none"}
    asked = [claim("low", "tsa_ci_low", "0.1"), claim("words", "text", "boundary crossed")]
    value = judged(TABLE, asked, stated, measure=measure, method={"model": model})["low"].value
    printed = [claim("low", "tsa_ci_low", f"{value:.4f}")]
    assert judged(TABLE, printed, stated, measure=measure, method={"model": model})["low"].verdict in (
        "EXACT",
        "UNDERSPECIFIED",
    )


@pytest.mark.parametrize("k", [0, 1, 2])
def test_hardly_any_trials(k):
    found = judged(
        TABLE[:k],
        [claim("ris", "ris", "1000"), claim("bound", "tsa_boundary", "2.5"), claim("w", "text", "boundary crossed")],
        BCG,
    )
    assert all(r.verdict for r in found.values())
    if k == 0:
        assert {r.verdict for r in found.values()} == {"NOT_CHECKABLE"}


def test_a_table_that_is_public_in_part_only():
    alone = [c for c in CLAIMS if c.id in ("bound", "look", "fixed")]
    found = judged(TABLE[:10], alone, STATED, data="partial")
    assert {r.verdict for r in found.values()} == {"NOT_CHECKABLE"}
    assert all("Only part" in r.message for r in found.values())


def test_a_boundary_of_futility():
    """Four trials without any difference: past half of the required size z lies inside the wedge."""
    cells = {"events_t": "20", "n_t": "200", "events_c": "20", "n_c": "200"}
    table = [
        Row(
            i,
            {"study": f"T{i}", "outcome": "o", "year": str(1990 + i), **cells},
            {n: parse_printed(t) for n, t in cells.items()},
        )
        for i in range(2, 6)
    ]
    plan = {"alpha": 0.05, "power": 0.8, "effect": 0.5, "control_risk": 0.1, "heterogeneity": "none", "variance": "pooled",
            "spending": "obrien-fleming", "beta_spending": "obrien-fleming", "convention": "tsa"}  # fmt: skip
    yes, no = (
        claim("yes", "text", "futility boundary was crossed"),
        claim("no", "text", "futility boundary not crossed"),
    )
    with_it = judged(table, [yes, no], {**plan, "futility": "non-binding"})
    assert (with_it["yes"].verdict, with_it["no"].verdict) == ("EXACT", "DIFFERENT")
    assert "the futility boundary is met at look" in with_it["yes"].message
    without_it = judged(
        table, [yes, no], {k: v for k, v in plan.items() if k != "beta_spending"} | {"futility": "none"}
    )
    assert (without_it["yes"].verdict, without_it["no"].verdict) == ("DIFFERENT", "EXACT")
    unsaid = judged(table, [yes], plan)["yes"]
    assert unsaid.verdict == "UNDERSPECIFIED"
    assert "futility non-binding" in " ".join(unsaid.causes)
