"""How metaudit refuses: every message is for the person who holds the spreadsheet."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with one place of one input file.

    Parameters
    ----------
    file : path as the user would type it
    row : line number as a spreadsheet shows it (the header is row 1); 0 when the whole file is meant
    column : column name, or key path in a YAML file; empty when the whole row is meant
    rule : short identifier of the rule that is broken
    message : what is wrong, with the value found
    fix : what would be right
    """

    file: str
    row: int
    column: str
    rule: str
    message: str
    fix: str

    def __str__(self) -> str:
        """One line: place, what is wrong, what would be right. A YAML file has lines and keys, a table rows and columns."""
        line, key = ("line", "key") if self.file.endswith((".yaml", ".yml")) else ("row", "column")
        row = f", {line} {self.row}" if self.row else ""
        column = f", {key} {self.column}" if self.column else ""
        text = f"{self.file}{row}{column}: {_cut(self.message)} {_cut(self.fix)} [{self.rule}]".replace("\n", " ")
        return _OBEYED.sub(lambda sign: repr(sign[0])[1:-1], text)


# What a terminal obeys instead of showing it, and what turns the line around: cells and names come from elsewhere.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST = 900


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 4]} ..."


class MetauditError(Exception):
    """Base of everything metaudit raises on purpose."""


class InputError(MetauditError, ValueError):
    """Input files break their rules; carries every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(p) for p in self.problems))


class OutputError(MetauditError, OSError):
    """A result cannot be written (a full disk, no permission ...); what was there before is unchanged.

    Parameters
    ----------
    problem : the file, what stands in the way, and what to do
    """

    def __init__(self, problem: Problem) -> None:
        self.problems = [problem]
        super().__init__(str(problem))

    def __reduce__(self) -> tuple[type[OutputError], tuple[Problem]]:
        """How it comes back from a worker process."""
        return OutputError, (self.problems[0],)


class PrintedError(MetauditError, ValueError):
    """A text is not a printed number."""


class DataError(MetauditError, ValueError):
    """An analysis cannot be computed from the rows it was given."""


class DisagreementError(MetauditError, ArithmeticError):
    """Two independent computations of one quantity differ."""


def one_line(error: MetauditError) -> str:
    """What is wrong and what would be right, without the places: for a cell of a table or a sentence of a page."""
    if isinstance(error, InputError):
        return " ".join(dict.fromkeys(f"{p.message} {p.fix}".strip() for p in error.problems))
    return str(error)
