"""Verdicts of a made-up synthesis whose numbers are known: which set of choices gives what is written down in the test."""

import pytest

from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.syntheses.judging import Context, judge_claims
from metaudit.audit.syntheses.tried import Tried, outcome_of
from metaudit.errors import DataError
from metaudit.formats.review import Claim
from metaudit.measures import measure_of

OR = measure_of("OR")
CONTEXT = Context(lambda claim: OR if claim.quantity == "estimate" else None, lambda claim: ("row 2",), "secondary")


def claim(name, quantity, printed, **cells):
    empty = dict.fromkeys("analysis subject unit rounding method refers_to source where certainty note".split(), "")
    return Claim(
        **{"id": name, "line": 2, "quantity": quantity, "printed": printed, "scale": "natural", **empty, **cells}
    )


def tried(spec, values, *departures, **choices):
    """A set of choices that gives the values, by quantity; a quantity that it lacks cannot be answered."""

    def value(asked):
        if asked.quantity not in values:
            raise Unanswerable(f"no {asked.quantity}", "what it needs")
        if isinstance(values[asked.quantity], Exception):
            raise values[asked.quantity]
        return Ours(values[asked.quantity], f"by {spec}")

    return Tried(spec, value, choices, departures)


def judge(claims, stated, others=()):
    return dict(judge_claims(claims, stated, lambda: others, context=CONTEXT))


EST, TAU = claim("e", "estimate", "1.52"), claim("t", "tau2", "0.14")


def test_what_everything_stated_gives_is_exact():
    found = judge([EST], [tried("A", {"estimate": 1.5249}), tried("B", {"estimate": 1.5151})])["e"]
    assert (found.verdict, found.spec, found.value, found.specificity) == ("EXACT", "A", 1.5249, 1.0)
    assert found.inputs == ("row 2",)
    assert found.certainty == "secondary"
    assert found.alternatives == ("B",)


def test_a_number_that_some_open_choice_gives_names_the_choice():
    stated = [tried("A", {"estimate": 1.62}, **{"tau²": "DL"}), tried("B", {"estimate": 1.52}, **{"tau²": "REML"})]
    found = judge([EST], stated)["e"]
    assert (found.verdict, found.spec, found.causes) == ("UNDERSPECIFIED", "B", ("tau² REML",))
    assert found.stated_spec == "A"
    assert found.specificity == 0.5


def test_digits_that_are_cut_are_said_to_be():
    found = judge([EST], [tried("A", {"estimate": 1.5283})])["e"]
    assert found.verdict == "WITHIN_ROUNDING"
    assert "cut" in found.message
    rounded = judge([claim("e", "estimate", "1.52", rounding="nearest")], [tried("A", {"estimate": 1.5283})])["e"]
    assert rounded.verdict == "NEAR"
    cut = judge([claim("e", "estimate", "1.52", rounding="truncated")], [tried("A", {"estimate": 1.5283})])["e"]
    assert cut.verdict == "EXACT"


def test_claims_are_matched_together_before_each_alone():
    stated = [tried("A", {"estimate": 1.52, "tau2": 0.20}), tried("B", {"estimate": 1.60, "tau2": 0.14})]
    other = tried("C", {"estimate": 1.52, "tau2": 0.14}, "ML instead of REML")
    found = judge([EST, TAU], stated, [other])
    assert found["e"].verdict == "UNDERSPECIFIED"  # the stated method comes first where it gives a number
    assert (found["t"].verdict, found["t"].causes) == ("OTHER_SPEC", ("ML instead of REML",))
    assert "and 1 other number of this result with it" in found["t"].message
    without = judge([EST, TAU], stated)
    assert without["t"].verdict == "DIFFERENT"
    assert "B would give it" in without["t"].message


def test_fewer_departures_are_preferred_and_equals_stay_in_order():
    wrong = tried("A", {"estimate": 1.9})
    two, one, one_more = (tried(n, {"estimate": 1.52}, *d) for n, d in (("2", "ab"), ("1", "a"), ("1b", "c")))
    assert judge([EST], [wrong], [two, one, one_more])["e"].spec == "1"


def test_a_departure_that_explains_no_more_than_the_stated_method_is_only_mentioned():
    stated = [tried("A", {"estimate": 1.52, "tau2": 0.3})]
    found = judge([EST, TAU], stated, [tried("C", {"estimate": 9.0, "tau2": 0.14}, "a study dropped")])
    assert found["e"].verdict == "EXACT"
    assert found["t"].verdict == "DIFFERENT"
    assert "a study dropped would give it" in found["t"].message


def test_how_far_away_a_number_is():
    assert judge([EST], [tried("A", {"estimate": 1.58})])["e"].verdict == "NEAR"
    far = judge([EST], [tried("A", {"estimate": 2.0})], [tried("B", {"estimate": 1.4}, "b")])["e"]
    assert (far.verdict, far.impact) == ("DIFFERENT", "large")
    out = judge([EST], [tried("A", {"estimate": 2.0})], [tried("B", {"estimate": 1.9}, "b")])["e"]
    assert (out.verdict, out.envelope_low, out.envelope_high) == ("OUT_OF_ENVELOPE", 1.9, 2.0)
    turned = judge([EST], [tried("A", {"estimate": 0.97})])["e"]
    assert (turned.verdict, turned.impact) == ("DIFFERENT", "direction")


def test_what_cannot_be_answered_says_what_is_missing():
    found = judge([EST, TAU], [tried("A", {"estimate": 1.52})])["t"]
    assert (found.verdict, found.message, found.causes) == ("NOT_CHECKABLE", "No tau2.", ("what it needs",))
    broken = judge([EST], [tried("A", {"estimate": DataError("the network is disconnected.")})])["e"]
    assert (broken.verdict, broken.message) == ("NOT_CHECKABLE", "The network is disconnected.")
    undefined = judge([EST], [tried("A", {"estimate": float("nan")})])["e"]
    assert undefined.verdict == "NOT_CHECKABLE"


def test_an_answer_of_another_stated_set_stands_in_where_the_best_has_none():
    stated = [tried("A", {"estimate": 1.52}), tried("B", {"tau2": 0.14})]
    found = judge([EST, TAU], stated)
    assert found["t"].spec == "B"
    assert found["t"].verdict == "EXACT"


def test_others_are_not_worked_out_where_nothing_is_missed():
    def never():
        pytest.fail("nothing is missed")

    assert dict(judge_claims([EST], [tried("A", {"estimate": 1.52})], never, context=CONTEXT))["e"].verdict == "EXACT"


def test_words_are_passed_over_and_percentages_are_compared_as_printed():
    share = claim("s", "proportion", "51 %")
    outcome = outcome_of(tried("A", {"proportion": 0.5104}), [share, claim("w", "text", "significant")])
    assert outcome.gives("s")
    assert outcome.given["s"].value == pytest.approx(51.04)
    assert set(outcome.given) == {"s"}
    assert not outcome.refused


def test_a_long_way_is_written_in_full_and_a_count_by_how_many():
    far = judge([claim("t", "tau2", "0.447")], [tried("A", {"tau2": 0.3469})])["t"]
    assert "100 units of the last digit" in far.message
    count = judge([claim("k", "k", "7")], [tried("A", {"k": 2.0})])["k"]
    assert "units of the last digit" not in count.message
    assert "5" in count.message


def test_what_would_give_a_number_is_named_by_the_choices_in_which_it_differs():
    same = {"interval": "wald"}
    stated = [
        tried("A in full", {"estimate": 1.52, "tau2": 0.20}, **{"tau²": "DL", **same}),
        tried("B in full", {"estimate": 1.60, "tau2": 0.14}, **{"tau²": "REML", **same}),
    ]
    message = judge([EST, TAU], stated)["t"].message
    assert "; tau² REML (left open) would give it" in message
    assert "B in full" not in message


def test_another_method_that_gives_a_number_only_when_digits_are_cut_says_so():
    stated = [tried("A", {"estimate": 1.9, "tau2": 0.20})]
    other = tried("C", {"estimate": 1.5283, "tau2": 0.14}, "ML instead of REML")
    found = judge([EST, TAU], stated, [other])
    assert "prints as the paper has it when digits are cut" in found["e"].message
    assert "when digits are cut" not in found["t"].message
