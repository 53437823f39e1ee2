"""Read data/specs.yaml: the dimensions of a specification, their values, and how likely each is beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.formats.places import DATA
from metaudit.formats.yaml_file import check_schema, line_of, load_schema, plain, read_yaml
from metaudit.measures import MEASURES
from metaudit.records import record

DIMENSIONS = (
    "measure", "variance", "zero_cells", "model", "tau2", "q", "counts", "rd_variance", "glmm", "ci", "i2", "pi", "level",
)  # fmt: skip
_OF_MEASURES = ("zero_cells", "model", "glmm")


@record
class Value:
    """One value of one dimension.

    Attributes
    ----------
    code : as a specification writes it
    weight : how likely it is beforehand, relative to the other values of its dimension
    usual : whether it is searched first, where a paper leaves the choice open
    measures : measures it is defined for; empty for all
    source : where the weight comes from
    """

    code: str
    weight: float
    usual: bool
    measures: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class Space:
    """Every dimension with its values, in the order of the file."""

    dimensions: Mapping[str, Mapping[str, tuple[Value, ...]]]

    def values(self, dimension: str, *, of: str = "", usual: bool = False) -> tuple[Value, ...]:
        """Values of a dimension, in order.

        Parameters
        ----------
        dimension : one of ``DIMENSIONS``
        of : the kind of data for measures, the measure for variances; for other dimensions a measure, which leaves out
            the values that are not defined for it
        usual : only those that are searched first
        """
        groups = self.dimensions[dimension]
        found = groups.get(of, ()) if dimension in ("measure", "variance") else groups[""]
        fitting = found if dimension in ("measure", "variance") or not of else [v for v in found if _fits(v, of)]
        return tuple(v for v in fitting if v.usual or not usual)

    def codes(self, dimension: str, *, of: str = "", usual: bool = False) -> tuple[str, ...]:
        """The codes of :meth:`values`."""
        return tuple(v.code for v in self.values(dimension, of=of, usual=usual))

    def weight(self, dimension: str, code: str, *, of: str = "") -> float:
        """Share of a value among those of its dimension; the smallest share for a value that is not declared."""
        found = self.values(dimension, of=of)
        total = sum(v.weight for v in found)
        shares = {v.code: v.weight / total for v in found}
        return shares.get(code, min(shares.values(), default=1.0))


def _fits(value: Value, measure: str) -> bool:
    return not value.measures or measure in value.measures


@cache
def load() -> Space:
    """The space that ships with the project.

    Raises
    ------
    InputError
        with every problem of the file.
    """
    return read_space(DATA / "specs.yaml", shown="data/specs.yaml")


def read_space(path: Path, *, shown: str) -> Space:
    """Read and check a file that declares a space.

    Parameters
    ----------
    path : the file
    shown : how messages name it

    Raises
    ------
    InputError
        with every problem, each with its line, its key, what is wrong and what would be right.
    """
    document, problems = read_yaml(path, shown)
    problems = problems or check_schema(document, load_schema(DATA / "schemas" / "specs.schema.json"), shown)
    content = plain(document)
    problems = problems or list(_not_known(content, document, shown))
    if problems:
        raise InputError(problems)
    return Space({d: _dimension(d, content[d]) for d in DIMENSIONS})


def _dimension(name: str, content: Mapping[str, Any]) -> dict[str, tuple[Value, ...]]:
    grouped = content if name in ("measure", "variance") else {"": content}
    return {group: tuple(_value(code, v) for code, v in values.items()) for group, values in grouped.items()}


def _value(code: str, content: Mapping[str, Any]) -> Value:
    return Value(
        code, float(content["weight"]), bool(content.get("usual", False)), tuple(content.get("measures", ())),
        content["source"],
    )  # fmt: skip


def _not_known(content: Mapping[str, Any], document: Any, shown: str) -> list[Problem]:
    """Measures that do not exist, and dimensions without a usual value."""
    found = []
    for kind, values in content["measure"].items():
        found += [_unknown(document, shown, ["measure", kind, m], m) for m in values if m not in MEASURES]
    found += [_unknown(document, shown, ["variance", m], m) for m in content["variance"] if m not in MEASURES]
    for dimension in _OF_MEASURES:
        for code, value in content[dimension].items():
            path = [dimension, code, "measures"]
            found += [_unknown(document, shown, path, m) for m in value.get("measures", ()) if m not in MEASURES]
    for dimension in DIMENSIONS:
        for group, values in _dimension(dimension, content[dimension]).items():
            if not any(v.usual for v in values):
                path = [dimension, group] if group else [dimension]
                message = "no value is usual, so nothing would be searched first."
                fix = "Write usual: true at the conventional value."
                found.append(Problem(shown, line_of(document, path), ".".join(path), "usual", message, fix))
    return found


def _unknown(document: Any, shown: str, path: list[str], code: str) -> Problem:
    message = f"there is no measure {code!r}."
    fix = f"Measures are {', '.join(sorted(MEASURES))}."
    return Problem(shown, line_of(document, list(path)), ".".join(path), "unknown-measure", message, fix)
