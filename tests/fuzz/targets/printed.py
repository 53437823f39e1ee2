"""Printed numbers: in our tables, in cells of other people's tables, and with something around them."""

# ruff: noqa: RUF001 - signs that look like others are what this is about

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

from fuzz.harness import Target, check_text, watched
from metaudit.errors import PrintedError
from metaudit.formats.advice import instead_of
from metaudit.imports.shapes_cells import split_cell
from metaudit.imports.text_numbers import read_number
from metaudit.printed import parse_printed, round_like

T = TypeVar("T")
WORDS = tuple(
    w.encode()
    for w in "− – ‒ < ≤ <. % , . e E-5 1/3 ± ( ) [ ] to ; × ⁄ ½ ² ٣ ３ Ⅳ \u200b \u200f \u202e \u0301 \u00a0 \u2009 O l І nan inf 1e999 0x1 1_0 NR n/a".split()
)


def one_input(data: bytes) -> None:
    """What is taken for a number is one finite number of plain digits, inside the interval that it stands for."""
    text = data[:400].decode("utf-8", "replace")
    with watched():
        instead_of(text, "events_t")
        instead_of(text, "printed")
        for decimal in ".,":
            _read_or_refused(split_cell, text, decimal)
            cell = _read_or_refused(read_number, text, decimal)
            assert not cell or not cell.text or math.isfinite(parse_printed(cell.text).value), cell
        printed = _read_or_refused(parse_printed, text)
        if printed is None:
            return
        assert math.isfinite(printed.value)
        assert printed.value in printed.interval() or printed.relation in "<>"
        assert all(c.isspace() or c in "0123456789+-−–‒.,eE%/<>=≤≥" for c in text), text
        round_like(printed.value, printed)


def _read_or_refused(reader: Callable[..., T], *arguments: str) -> T | None:
    """What a reader reads; nothing where it refuses in due form: the next one is asked all the same."""
    try:
        return reader(*arguments)
    except PrintedError as error:
        check_text(str(error))
        return None


def seeds() -> list[bytes]:
    return [
        s.encode()
        for s in (
            "-1.83",
            ".029",
            "<.0001",
            "51.3%",
            "3,476",
            "140 000",
            "1/3",
            "1e-5",
            "12/40",
            "5.2 (1.3)",
            "0.5 to 0.9",
            "NR",
            "1,5",
            "≥ 2",
            "−0,51 [−0,72; −0,30]",
        )
    ]


TARGET = Target("printed", one_input, seeds, WORDS, examples=400)
