"""The moderators of a meta-regression, study by study, as the model has them and as the table gives them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metaudit.figures.inputs import AnalysisInput, Cells

_PREFIX = "x_"
_CENTRED = ("c", "cent", "centred", "centered", "ctr")
_TRANSFORMS: dict[str, Callable[[float], float]] = {"log": math.log, "sqrt": math.sqrt, "inverse": lambda x: 1 / x}


@dataclass(frozen=True)
class Moderator:
    """One coefficient's column of the design, but for the intercept.

    Attributes
    ----------
    term : name of the coefficient
    column : of the table
    given : values as the table has them, one a study; empty for a level of a factor
    values : values as the model has them, one a study
    straight : whether the model takes the values as they are, but for a shift
    """

    term: str
    column: str
    given: tuple[float, ...]
    values: tuple[float, ...]
    rule: Mapping[str, Any]

    @property
    def words(self) -> str:
        """The moderator as a reader would say it; a level of a factor with its factor."""
        return reader_words(self.column, self.given) + self.term.removeprefix(self.column)

    @property
    def straight(self) -> bool:
        """Whether the model takes the values as they are, but for a shift."""
        return self.rule.get("transform") is None

    def value(self, given: float) -> float:
        """What the model has for a value of the table."""
        transform = _TRANSFORMS.get(str(self.rule.get("transform")))
        return (transform(given) if transform else given) - float(self.rule.get("centre", 0.0))


def reader_words(column: str, values: Sequence[float] = ()) -> str:
    """A column as a reader would say it: ``mean_age`` is mean age, and ``ablat_c`` is ablat, centred, where its mean is 0.

    Parameters
    ----------
    column : its name, without ``x_``
    values : its values, one a study; without them, or about another mean, a ``_c`` behind the name may be any word
    """
    stem, sign, end = column.rpartition("_")
    centred = sign and stem.strip("_") and end.lower() in _CENTRED and _about_zero(values)
    return f"{_spaced(stem)}, centred" if centred else _spaced(column)


def column_words(data: AnalysisInput, column: str) -> str:
    """A column of an analysis's table as a reader would say it."""
    try:
        values = tuple(float(_cell(r, column)) for r in _rows(data))
    except ValueError:  # a column of words, or with empty cells
        values = ()
    return reader_words(column, values)


def _about_zero(values: Sequence[float]) -> bool:
    """Whether the mean is 0 within a hundredth of the spread: a centre is often rounded."""
    if len(values) < 2:
        return False
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / len(values))
    return abs(mean) <= 0.01 * spread and spread > 0


def _spaced(name: str) -> str:
    return " ".join(name.split("_")).strip() if name.strip("_") and not name.startswith("_") else name


def moderators(data: AnalysisInput) -> list[Moderator]:
    """The moderators of an analysis, in the order of the coefficients.

    Raises
    ------
    KeyError
        for a coefficient that no moderator of review.yaml explains.
    """
    rules = [{"column": m} if isinstance(m, str) else dict(m) for m in data.described.get("moderators", ())]
    by_column = {str(r["column"]): r for r in rules}
    rows = _rows(data)
    found = []
    for term in (r["term"] for r in data.regression[1:]):
        if term in by_column:
            found.append(_numeric(term, by_column[term], rows))
        else:
            column, level = _factor(term, by_column)
            values = tuple(float(_cell(r, column).strip() == level) for r in rows)
            found.append(Moderator(term, column, (), values, {}))
    return found


def fitted_studies(data: AnalysisInput) -> list[Cells]:
    """The rows of effects.csv that the model is fitted to: a study without a moderator's value has no weight in it."""
    return [r for r in data.effects if r["row"] in data.weight] if data.weights else data.effects


def _rows(data: AnalysisInput) -> list[Cells]:
    """Everything known of each study of the model: the table's columns and those of effects.csv."""
    extraction = {r["row"]: r for r in data.extraction}
    return [{**extraction.get(r["row"], {}), **{k: v for k, v in r.items() if v}} for r in fitted_studies(data)]


def _cell(row: Cells, column: str) -> str:
    return row.get(column) or row.get(_PREFIX + column) or ""


def _numeric(term: str, rule: Mapping[str, Any], rows: Sequence[Cells]) -> Moderator:
    given = tuple(float(_cell(r, str(rule["column"]))) for r in rows)
    plain = Moderator(term, str(rule["column"]), given, (), rule)
    return Moderator(term, plain.column, given, tuple(plain.value(g) for g in given), rule)


def _factor(term: str, by_column: Mapping[str, Any]) -> tuple[str, str]:
    for column in by_column:
        if term.startswith(f"{column}="):
            return column, term.removeprefix(f"{column}=")
    raise KeyError(f"regression.csv has the coefficient {term!r}, but review.yaml has no such moderator")
