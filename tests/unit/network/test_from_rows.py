"""Networks from rows of an extraction table."""

from __future__ import annotations

import math

import pytest

from metaudit.errors import InputError
from metaudit.formats.tables import Row
from metaudit.network.evidence import Evidence
from metaudit.network.from_rows import evidence_of_rows
from metaudit.printed import parse_printed


def row(line: int, **cells: str) -> Row:
    numbers = {n: parse_printed(t) for n, t in cells.items() if n not in ("study", "treatment", "treatment_c")}
    return Row(line, cells, numbers)


ARMS = [
    row(2, study="1", treatment="A", events="12", n="60"), row(3, study="1", treatment="B", events="30", n="90"),
    row(4, study="2", treatment="B", events="9", n="44"), row(5, study="2", treatment="C", events="7", n="40"),
]  # fmt: skip


def studies(evidence: Evidence) -> list[tuple[str, tuple[str, ...]]]:
    return [(s.name, s.treatments) for s in evidence.studies]


def test_rows_with_a_treatment_are_arms() -> None:
    evidence, found = evidence_of_rows(ARMS, "OR")
    assert studies(evidence) == [("1", ("A", "B")), ("2", ("B", "C"))]
    assert found == ()
    assert evidence.studies[0].contrast("A", "B")[0] == pytest.approx(math.log(12 * 60 / (48 * 30)))


def test_rows_with_two_treatments_are_comparisons() -> None:
    rows = [
        row(2, study="1", treatment="A", treatment_c="B", effect="0.80", ci_low="0.60", ci_high="1.07"),
        row(3, study="2", treatment="C", treatment_c="B", effect="1.50", se="0.25"),
        row(4, study="3", treatment="C", treatment_c="A", effect="1.50"),
    ]
    evidence, _ = evidence_of_rows(rows, "GEN-LOG")
    assert studies(evidence) == [("1", ("A", "B")), ("2", ("B", "C"))]
    assert evidence.studies[0].contrast("A", "B") == (
        pytest.approx(math.log(0.8)),
        pytest.approx((math.log(1.07 / 0.6) / 3.919928) ** 2, rel=1e-6),
    )
    assert evidence.studies[1].contrast("B", "C") == (pytest.approx(-math.log(1.5)), pytest.approx(0.0625))
    assert evidence.left_out == (("3", "C against A has no effect or no variance"),)


def compared(line: int, study: str, effect: str, **cells: str) -> Row:
    names = {"1": ("A", "B"), "2": ("C", "B"), "3": ("A", "C")}[study]
    return row(line, study=study, treatment=names[0], treatment_c=names[1], effect=effect, **cells)


def test_arms_and_comparisons_go_together_and_are_compared() -> None:
    """Study 1: log OR log(0.5), SE 0.39264; study 2, C against B: 7 x 35 / (33 x 9) = 0.82492, SE 0.55889."""
    rows = [
        *ARMS,
        compared(6, "3", "0.9", se="0.3"),
        compared(7, "1", "0.50", se="0.393"),
        compared(8, "2", "0.82", ci_low="0.28", ci_high="2.47"),
        compared(9, "1", "0.5", p="0.08"),  # an SE from P is not compared
        compared(10, "2", "1.21", se="0.559"),
        compared(11, "1", "0.52", variance="0.1542"),
        compared(12, "1", "0.5", se="0.40"),
    ]
    evidence, found = evidence_of_rows(rows, "OR")
    assert studies(evidence) == [("1", ("A", "B")), ("2", ("B", "C")), ("3", ("A", "C"))]
    assert [(d.row, d.quantity) for d in found] == [(10, "sign"), (11, "effect"), (12, "standard error")]
    assert evidence.studies[0].contrast("A", "B")[0] == pytest.approx(math.log(0.5))


def test_a_row_without_a_treatment_and_two_spellings_are_refused() -> None:
    with pytest.raises(InputError, match=r"table\.csv, row 9, column treatment: The row names no treatment"):
        evidence_of_rows([*ARMS, row(9, study="3", events="3", n="20")], "OR", file="table.csv")
    both = [
        *ARMS,
        row(9, study="3", treatment="placebo", treatment_c="C", effect="1", se="1"),
        row(10, study="4", treatment="Placebo", events="3", n="20"),
    ]
    with pytest.raises(InputError, match=r"'Placebo' .row 10. and 'placebo' .row 9. are two treatments"):
        evidence_of_rows(both, "OR")
    assert len(evidence_of_rows(both, "OR", distinct=[("placebo", "Placebo")])[0].studies) == 3


def test_a_ratio_of_zero_is_left_out_and_not_divided_by() -> None:
    rows = [
        row(2, study="1", treatment="A", treatment_c="B", effect="0", ci_low="0", ci_high="1.07"),
        row(3, study="2", treatment="C", treatment_c="B", effect="1.50", se="0.25"),
    ]
    evidence, _ = evidence_of_rows(rows, "GEN-LOG")
    assert studies(evidence) == [("2", ("B", "C"))]
    assert ("1", "A against B has no effect or no variance") in evidence.left_out
