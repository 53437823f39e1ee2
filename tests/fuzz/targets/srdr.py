"""Exports of SRDR+."""

from __future__ import annotations

from fuzz.harness import Target
from fuzz.importing import imported
from fuzz.seeds import exported

WORDS = (b"Project Name", b"Citation ID", b"Citation Name", b"Outcome Name", b"Population Name", b"Timepoint Name", b"Arm Name 1", b"Arm Description 1", b"Arm Name 2", b"Total (N analyzed)", b"Events", b"Mean", b"SD", b",", b'"', b"\r\n", b"Measure", b"Value", b"Publication Date")  # fmt: skip


def one_input(data: bytes) -> None:
    """An export of extracted data."""
    imported("srdr.csv", data)


TARGET = Target("srdr", one_input, lambda: list(exported("srdr")), WORDS)
