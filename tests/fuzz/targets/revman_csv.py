"""The analyses that RevMan 5 exports as CSV."""

from __future__ import annotations

from fuzz.harness import Target
from fuzz.importing import imported
from fuzz.seeds import exported

WORDS = (
    *tuple(
        w.encode()
        for w in '"Comparison_Number" Comparison Number,Outcome Number,Subgroup Number Name Effect_Measure Dichotomous Continuous Generic M-H IV Peto Fixed Random RR "" , ; 1.10 0 -5 1e400 N/A'.split()
    ),
    b"Comparison Number",
    b"\r\n",
)


def one_input(data: bytes) -> None:
    """An export of analyses."""
    imported("analyses.csv", data)


TARGET = Target("revman_csv", one_input, lambda: list(exported("revman-csv")), WORDS)
