"""The numbers and statements of one plan: one set of choices has to give them all, and what needs another one is said to."""

import math
from dataclasses import replace

import pytest
from scipy.stats import norm

from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.syntheses.judging import Context, judge_claims
from metaudit.audit.syntheses.one_plan import one_plan
from metaudit.audit.syntheses.tried import Tried, outcome_of
from unit.audit.syntheses.made_up_sequential import BCG, claim, judged, rows

TABLE = rows("bcg.RR")
GIVEN = ("EXACT", "UNDERSPECIFIED")
OPEN_RISK = {k: v for k, v in BCG.items() if k != "control_risk"} | {"effect": 0.8, "power": 0.8}
CROSSED, NOT_CROSSED = claim("yes", "text", "boundary crossed"), claim("no", "text", "boundary not crossed")
ALL, MEAN = "control risk 0.9 % (all trials together)", "control risk 4.5 % (mean of the trials)"
MEDIAN = "control risk 1.6 % (median of the trials)"


def tried(spec, values, **choices):
    """A set of choices that gives the values, by claim; what it lacks it cannot answer."""

    def value(asked):
        if asked.id not in values:
            raise Unanswerable(f"no {asked.id} by {spec}")
        return Ours(values[asked.id], f"by {spec}")

    return Tried(spec, value, choices)


def judge(claims, stated, *, others=()):
    plan = one_plan(stated, claims, {c.id: f"{c.quantity} {c.printed}" for c in claims})
    context = Context(lambda _: None, lambda _: (), plan=plan)
    return dict(judge_claims(claims, stated, lambda: others, context=context))


SIZE, LOOK, LEVEL = claim("s", "ris", "100"), claim("l", "tsa_look", "4"), claim("v", "tsa_ci_level", "98%")


def test_the_choices_named_are_those_that_give_everything():
    stated = [
        tried("A", {"s": 100, "l": 5}, power="80 %"),
        tried("B", {"s": 100, "l": 4}, power="85 %"),
        tried("C", {"s": 120, "l": 4}, power="90 %"),
    ]
    found = judge([SIZE, LOOK], stated)
    assert {f.verdict for f in found.values()} == {"UNDERSPECIFIED"}
    assert {f.causes for f in found.values()} == {("power 85 %",)}
    assert all("though it is one plan" not in f.message for f in found.values())
    alone = judge([SIZE], stated)["s"]
    assert alone.causes == ("power 80 % or 85 %",) or alone.causes == ("power 80 % or power 85 %",)


def test_two_numbers_that_no_one_set_of_choices_gives():
    stated = [tried("A", {"s": 100, "l": 5}, power="80 %"), tried("B", {"s": 120, "l": 4}, power="90 %")]
    found = judge([SIZE, LOOK], stated)
    assert (found["s"].verdict, found["s"].causes) == ("UNDERSPECIFIED", ("power 80 %",))
    assert "The same choices do not give tsa_look 4 (needs power 90 %), though it is one plan." in found["s"].message
    assert found["l"].verdict not in GIVEN
    assert "power 90 % (left open) would give it, but not ris 100, though it is one plan" in found["l"].message


def test_a_number_that_the_plan_has_not_is_not_taken_from_another_plan():
    """Without one plan an answer of another set stands in; of one plan it would be a number of a plan that gives none of the others."""
    stated = [tried("A", {"s": 100, "v": 98}, power="80 %"), tried("B", {"s": 120, "v": 97, "l": 4}, power="90 %")]
    found = judge([SIZE, LEVEL, LOOK], stated)
    assert found["l"].verdict == "DIFFERENT"
    assert math.isnan(found["l"].value)
    assert (
        "there is none: no l by A. Power 90 % (left open) would give it, but not ris 100, tsa_ci_level 98%"
        in found["l"].message
    )
    missed = judge([SIZE, LEVEL, claim("l", "tsa_look", "6")], stated)["l"]
    assert missed.value == 4, "no set gives it: how far the nearest answer is away is told"


LIMITS = [claim("low", "tsa_ci_low", "0.52"), claim("high", "tsa_ci_high", "0.82")]


def test_a_plan_that_gives_everything_some_of_it_cut_is_the_plan():
    stated = [
        tried("A", {"low": 0.521, "high": 0.821, "l": 5}, power="80 %"),
        tried("B", {"low": 0.5295, "high": 0.8295, "l": 4}, power="90 %"),
    ]
    found = judge([*LIMITS, LOOK], stated)
    assert {c: f.verdict for c, f in found.items()} == {
        "low": "WITHIN_ROUNDING", "high": "WITHIN_ROUNDING", "l": "UNDERSPECIFIED",
    }  # fmt: skip
    assert found["l"].causes == ("power 90 %",)
    assert not any("would give it" in f.message or "though it is one plan" in f.message for f in found.values())


def test_among_plans_that_give_as_many_the_one_that_rounds_is_the_plan():
    cut = tried("B", {"low": 0.5295, "high": 0.8295}, power="90 %")
    found = judge(LIMITS, [cut, tried("A", {"low": 0.521, "high": 0.821}, power="80 %")])
    assert {f.spec for f in found.values()} == {"A"}
    apart = one_plan(
        [tried("S", {"s": 100, "v": 98}), cut, tried("A", {"low": 0.521}, power="80 %")],
        [SIZE, LEVEL, *LIMITS],
        {c.id: c.printed for c in (SIZE, LEVEL, *LIMITS)},
    )
    assert apart.best.tried.spec == "S", "as many, and rounded"
    assert {c: o.tried.spec for c, o in apart.apart.items()} == {"low": "B", "high": "B"}


def test_what_departs_and_gives_everything_is_believed_before_two_plans():
    stated = [tried("A", {"s": 100}, power="80 %"), tried("B", {"s": 120, "l": 4}, power="90 %")]
    whole = Tried("C", lambda c: Ours({"s": 100, "l": 4}[c.id], "by C"), {}, ("alpha 1 %",))
    found = judge([SIZE, LOOK], stated, others=[whole])["l"]
    assert (found.verdict, found.causes) == ("OTHER_SPEC", ("alpha 1 %",))


def test_statements_that_hold_under_different_choices_only():
    found = judged(TABLE, [CROSSED, NOT_CROSSED], OPEN_RISK)
    verdicts = sorted(found[c].verdict for c in ("yes", "no"))
    assert verdicts == ["DIFFERENT", "UNDERSPECIFIED"]
    assert found["no"].causes == (ALL,)
    assert f"do not give 'boundary crossed' (needs {MEAN})" in found["no"].message
    assert (
        f"{MEAN[:1].upper()}{MEAN[1:]} (left open) would give it, but not 'boundary not crossed'"
        in found["yes"].message
    )
    assert "the lower boundary is crossed at look 10" in found["yes"].message


def test_a_size_of_one_choice_and_a_statement_of_another():
    """The boundary is crossed where the control risk is the mean or the median of the trials'; the size is that of all together."""
    size = claim("ris", "ris", "1,502,896")
    together = judged(TABLE, [size, NOT_CROSSED], OPEN_RISK)
    assert {r.verdict for r in together.values()} <= set(GIVEN)
    apart = judged(TABLE, [size, CROSSED], OPEN_RISK)
    assert (apart["ris"].verdict, apart["ris"].causes) == ("UNDERSPECIFIED", (ALL,))
    assert "The same choices do not give 'boundary crossed'" in apart["ris"].message
    assert apart["yes"].verdict == "DIFFERENT"
    assert "'boundary crossed' does not hold: no boundary is crossed" in apart["yes"].message
    assert f"{MEAN[:1].upper()}{MEAN[1:]} (left open) would give it, but not ris 1,502,896" in apart["yes"].message


def test_one_printed_size_does_not_outvote_everything_else():
    """Everything is of the mean control risk, but for the size, which is of all trials together."""
    of_mean = {"tsa_look": "10", "tsa_ci_low": "0.343", "tsa_ci_high": "0.698", "tsa_ci_level": "95.28%"}
    claims = [*(claim(q, q, x) for q, x in of_mean.items()), CROSSED, claim("ris", "ris", "1,502,896")]
    found = judged(TABLE, claims, OPEN_RISK)
    size = found.pop("ris")
    assert {c: (r.verdict, r.causes) for c, r in found.items()} == dict.fromkeys(found, ("UNDERSPECIFIED", (MEAN,)))
    assert all(f"do not give ris 1,502,896 (needs {ALL}), though it is one plan" in r.message for r in found.values())
    assert size.verdict == "DIFFERENT"
    assert f"{ALL} (left open) would give it, but not tsa_look 10, tsa_ci_low 0.343" in size.message


def test_a_number_that_another_open_choice_gives_is_not_called_out_of_reach():
    """The range of what was tried holds the sets of choices that give less of the printed sizes, too."""
    stated = [tried("A", {"s": 100, "l": 5}, power="80 %"), tried("B", {"s": 100, "l": 6}, power="85 %")]
    look = claim("l", "tsa_look", "40")
    plan = replace(
        one_plan(stated, [SIZE, look], {"s": "ris 100", "l": "tsa_look 40"}),
        elsewhere=[outcome_of(tried("C", {"s": 300, "l": 40}, power="90 %"), [SIZE, look])],
    )
    context = Context(lambda _: None, lambda _: (), plan=plan)
    found = dict(judge_claims([SIZE, look], stated, lambda: [], context=context))["l"]
    assert found.verdict == "DIFFERENT"
    assert (found.envelope_low, found.envelope_high) == (5, 40)
    assert "power 90 % (left open) would give it, but not ris 100" in found.message
    assert "No analysis" not in found.message


def test_a_number_that_only_exists_under_another_choice():
    """After the last look without a crossing, short of the required size, there is no stage-wise P; where it is crossed there is one."""
    p = judged(TABLE, [claim("p", "tsa_p", "0.5"), CROSSED], OPEN_RISK)["p"].value
    shown = f"{p:.2e}" if p < 1e-3 else f"{p:.5f}"
    alone = judged(TABLE, [claim("p", "tsa_p", shown), CROSSED], OPEN_RISK)
    assert {r.verdict for r in alone.values()} <= set(GIVEN)
    found = judged(TABLE, [claim("p", "tsa_p", shown), claim("ris", "ris", "1,502,896"), NOT_CROSSED], OPEN_RISK)
    assert found["p"].verdict == "DIFFERENT"
    assert "no boundary is crossed and the required size is not reached" in found["p"].message
    assert "would give it, but not ris 1,502,896, 'boundary not crossed', though it is one plan" in found["p"].message


def test_choices_of_a_statement_are_narrowed_by_the_numbers():
    wide = judged(TABLE, [CROSSED], OPEN_RISK)["yes"]
    assert wide.causes == (f"{MEDIAN} or {MEAN.removeprefix('control risk ')}",)
    size = judged(TABLE, [claim("ris", "ris", "1"), CROSSED], OPEN_RISK)["ris"].value
    narrow = judged(TABLE, [claim("ris", "ris", f"{size:.0f}"), CROSSED], OPEN_RISK)
    assert narrow["ris"].causes == (MEAN,)
    assert narrow["yes"].verdict == "EXACT"


PLAN = {"effect": -1, "sd": 10, "heterogeneity": {"D2": 0.5}}


def size_of(alpha, power):
    """4 (z + z)² SD² / difference², by scipy.stats."""
    return math.ceil(4 * (norm.ppf(1 - alpha / 2) + norm.ppf(power)) ** 2 * 10**2)


@pytest.mark.parametrize("first", ["ris", "ris_fixed"])
def test_two_sizes_without_trials_that_no_one_plan_makes(first):
    one, other = size_of(0.05, 0.9), size_of(0.01, 0.8)
    claims = [claim("fixed", "ris_fixed", f"{one:,}"), claim("ris", "ris", f"{2 * other:,}")]
    claims = claims if first == "ris_fixed" else claims[::-1]
    found = judged((), claims, PLAN, measure="MD", method={}, data="none")
    given, missed = sorted(found.values(), key=lambda r: r.verdict not in GIVEN)
    assert given.verdict == "UNDERSPECIFIED"
    assert "though it is one plan" in given.message
    assert missed.verdict not in GIVEN
    assert "(left open) would give it, but not" in missed.message
    own = judged(
        (),
        [claim("fixed", "ris_fixed", f"{one:,}"), claim("ris", "ris", f"{2 * one:,}")],
        PLAN,
        measure="MD",
        method={},
        data="none",
    )
    assert {r.verdict for r in own.values()} == {"UNDERSPECIFIED"}
    assert {r.causes for r in own.values()} == {("alpha 5 %", "power 90 %")}


def test_a_departure_without_trials_is_believed_where_it_gives_more_of_the_sizes():
    stated = {**PLAN, "alpha": 0.05, "power": 0.8}
    one, other = size_of(0.05, 0.8), size_of(0.05, 0.9)
    both = [claim("fixed", "ris_fixed", str(other)), claim("ris", "ris", str(2 * other))]
    found = judged((), both, stated, measure="MD", method={}, data="none")
    assert {(r.verdict, r.causes) for r in found.values()} == {("OTHER_SPEC", ("power 90 %",))}
    mixed = [claim("fixed", "ris_fixed", str(one)), claim("ris", "ris", str(2 * other))]
    found = judged((), mixed, stated, measure="MD", method={}, data="none")
    assert found["fixed"].verdict == "EXACT"
    assert found["ris"].verdict == "DIFFERENT"
    assert "power 90 % would give it, but not more of the sizes printed with it" in found["ris"].message
