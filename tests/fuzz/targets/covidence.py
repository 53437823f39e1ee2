"""Exports of Covidence."""

from __future__ import annotations

from fuzz.harness import Target
from fuzz.importing import imported
from fuzz.seeds import exported

WORDS = (
    *tuple(
        w.encode()
        for w in '"Covidence_#" Covidence # Study ID Title Reviewer Name Consensus Outcome Intervention Control events N mean SD 95%CI lower , "" \r\n Year'.split()
    ),
    b"Covidence #",
    b"Study ID",
    b"Reviewer Name",
    b"\n1,A 1990,,Reviewer Two,",
)


def one_input(data: bytes) -> None:
    """An export of extracted data."""
    imported("covidence.csv", data)


TARGET = Target("covidence", one_input, lambda: list(exported("covidence")), WORDS)
