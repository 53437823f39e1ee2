"""MetaView files of RevMan 4."""

from __future__ import annotations

from fuzz.harness import Target
from fuzz.importing import imported
from fuzz.seeds import exported, malformed

WORDS = (
    b"METAVIEW:",
    b"\r\n",
    b"\t",
    b",",
    b'"',
    b"DICH",
    b"CONT",
    b"IV",
    b"OUTCOME",
    b"STUDY",
    b"TOTAL",
    b"0",
    b"-1",
    b"1e309",
    b"NaN",
)


def one_input(data: bytes) -> None:
    """A file of RevMan 4, or whatever else its content is."""
    imported("old.mtv", data)


TARGET = Target("mtv", one_input, lambda: [*exported("mtv"), *malformed(".mtv")], WORDS)
