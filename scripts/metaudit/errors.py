"""How metaudit refuses: every message is for the person who holds the spreadsheet."""

from __future__ import annotations

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
        return f"{self.file}{row}{column}: {self.message} {self.fix} [{self.rule}]".replace("\n", " ")


class MetauditError(Exception):
    """Base of everything metaudit raises on purpose."""


class InputError(MetauditError, ValueError):
    """Input files break their rules; carries every problem found, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(p) for p in self.problems))


class PrintedError(MetauditError, ValueError):
    """A text is not a printed number."""


class DataError(MetauditError, ValueError):
    """An analysis cannot be computed from the rows it was given."""


class DisagreementError(MetauditError, ArithmeticError):
    """Two independent computations of one quantity differ."""
