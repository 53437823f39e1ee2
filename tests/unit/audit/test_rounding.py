"""Rounding of printed numbers and of inputs, certainty, and how much a difference matters."""

import pytest

from making import DIFFERS, audited, claim
from metaudit.audit.judge import compare, relative_difference, size_of
from metaudit.audit.verdict import Dossier, Finding, worst_certainty
from metaudit.printed import parse_printed

FULL = {"model": "common", "ci": "wald"}


@pytest.mark.parametrize(
    ("value", "printed", "rounding", "kind"),
    [
        (0.7049, "0.70", "", "nearest"), (0.7051, "0.71", "", "nearest"), (0.7051, "0.70", "", "truncated"), (0.7051, "0.70", "nearest", "miss"),
        (0.7099, "0.70", "truncated", "truncated"), (0.7100, "0.70", "truncated", "miss"), (0.7049, "0.71", "", "miss"), (-0.837, "-0.83", "", "truncated"),
        (0.0004, "<.001", "", "nearest"), (0.002, "<.001", "", "miss"), (37.5, "37%", "", "nearest"), (37.5, "38%", "", "nearest"), (float("nan"), "1", "", "undefined"),
    ],
)  # fmt: skip
def test_comparison_with_a_printed_number(value, printed, rounding, kind):
    assert compare(value, parse_printed(printed), rounding=rounding).kind == kind


def test_margin_in_units_of_the_last_digit():
    assert compare(0.7049, parse_printed("0.70")).margin == pytest.approx(0.01)
    assert compare(0.73, parse_printed("0.70")).margin == pytest.approx(-2.5)


@pytest.mark.parametrize(
    ("relative", "size"), [(0.0, "minor"), (0.05, "minor"), (0.051, "moderate"), (0.10, "moderate"), (0.101, "large")]
)
def test_size(relative, size):
    assert size_of(relative) == size


def test_relative_difference_of_the_larger():
    assert relative_difference(0.9, parse_printed("1.0")) == pytest.approx(0.1)
    assert relative_difference(0.0, parse_printed("0")) == 0


def test_certainty_is_the_worst():
    assert worst_certainty("read", "derived", "secondary") == "derived"
    assert worst_certainty("read", "unverified", "reconstructed") == "unverified"
    assert worst_certainty("", "") == "read"


def test_the_worst_verdict_stands_and_notes_do_not_count():
    dossier = Dossier()
    assert dossier.verdict_of("c") == ""
    for verdict in ("", "NOT_CHECKABLE"):
        dossier.add("c", Finding("x", "y", verdict))
        assert dossier.verdict_of("c") == ""
    for verdict in ("INCONSISTENT", "EXACT"):
        dossier.add("c", Finding("x", "y", verdict))
    assert dossier.verdict_of("c") == "INCONSISTENT"


@pytest.mark.parametrize(
    ("of_claim", "of_row", "expected"),
    [("read", "read", "read"), ("read", "secondary", "secondary"), ("unverified", "derived", "unverified")],
)
def test_a_verdict_is_as_certain_as_its_worst_input(tmp_path, of_claim, of_row, expected):
    rows = [
        {"study": "A", "effect": "0.50", "se": "0.10"},
        {"study": "B", "effect": "0.50", "se": "0.10", "certainty": of_row},
    ]
    found = audited(
        tmp_path / "r",
        claims=[claim("e", "estimate", "0.50", certainty=of_claim)],
        rows=rows,
        measure="GEN",
        method=FULL,
    )["e"]
    assert (found.verdict, found.certainty) == ("EXACT", expected)


def test_a_number_that_is_cut_says_so(tmp_path):
    rows = [{"study": "A", "effect": "0.568", "se": "0.100"}]
    found = audited(tmp_path / "r", claims=[claim("e", "estimate", "0.56")], rows=rows, measure="GEN", method=FULL)["e"]
    assert (found.verdict, found.criterion) == ("WITHIN_ROUNDING", "cut instead of rounded")
    stated = audited(
        tmp_path / "s",
        claims=[claim("e", "estimate", "0.56", rounding="truncated")],
        rows=rows,
        measure="GEN",
        method=FULL,
    )["e"]
    assert stated.verdict == "EXACT"
    assert "0.5680" in stated.message


def test_a_tie_shows_the_digits_that_make_it_one(tmp_path):
    rows = [{"study": "A", "events": 6, "n": 16}]
    found = audited(tmp_path / "r", claims=[claim("p", "proportion", "37%")], rows=rows, measure="PR", method=FULL)["p"]
    assert found.verdict == "EXACT"
    assert found.message == "Ours is 37.50%: 6/16."


COARSE = [
    {"study": "A", "effect": "0.5", "se": "0.1"},
    {"study": "B", "effect": "0.2", "se": "0.3"},
]  # 0.47 (0.09 beside it)


def test_rounded_inputs_excuse_what_they_could_explain(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("e", "estimate", "0.50")], rows=COARSE, measure="GEN", method=FULL)[
        "e"
    ]
    assert (found.verdict, found.criterion) == ("WITHIN_ROUNDING", "input rounding")
    assert found.value == pytest.approx((0.5 / 0.01 + 0.2 / 0.09) / (1 / 0.01 + 1 / 0.09))


def test_rounded_inputs_do_not_excuse_more(tmp_path):
    found = audited(tmp_path / "r", claims=[claim("e", "estimate", "0.90")], rows=COARSE, measure="GEN", method=FULL)[
        "e"
    ]
    assert found.verdict in DIFFERS


def test_rounding_is_no_excuse_where_the_other_claims_show_the_inputs_used(tmp_path):
    claims = [
        claim("e", "estimate", "0.500"),
        claim("se", "se", "0.095"),
        claim("q", "q", "0.900"),
        claim("w", "weight", "90.0", subject="A"),
    ]
    found = audited(tmp_path / "r", claims=claims, rows=COARSE, measure="GEN", method=FULL)
    assert {found[c].verdict for c in ("se", "q", "w")} == {"EXACT"}
    assert found["e"].verdict in DIFFERS


def test_counts_are_not_rounded(tmp_path):
    rows = [{"study": "A", "events_t": 10, "n_t": 100, "events_c": 20, "n_c": 100}]
    assert (
        audited(tmp_path / "r", claims=[claim("e", "estimate", "0.51")], rows=rows, measure="RR", method=FULL)[
            "e"
        ].verdict
        in DIFFERS
    )


EXACT_ROWS = [{"study": s, "effect": "0.2000", "se": "0.1500"} for s in "ABCD"]  # 0.2000 (0.0530 to 0.3470)


@pytest.mark.parametrize(
    ("quantity", "printed", "impact"),
    [("estimate", "-0.2000", "direction"), ("ci_low", "-0.0530", "significance"), ("estimate", "0.2060", "minor"), ("estimate", "0.2150", "moderate"),
     ("estimate", "0.3000", "large"), ("p", "0.3000", "significance"), ("p", "0.0090", "large")],
)  # fmt: skip
def test_impact(tmp_path, quantity, printed, impact):
    found = audited(
        tmp_path / "r", claims=[claim("c", quantity, printed)], rows=EXACT_ROWS, measure="GEN", method=FULL
    )["c"]
    assert found.verdict in DIFFERS
    assert found.impact == impact
