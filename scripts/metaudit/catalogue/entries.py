"""The entries of the catalogue, read from the YAML files beside this module."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from metaudit.errors import DataError
from metaudit.formats.yaml_file import read_yaml

HERE = Path(__file__).parent
# In the order of an analysis; each with the heading of its part of docs/statistics.md.
DIMENSIONS = {
    "measure": "Effect measures",
    "variance": "Variants of a measure or of its sampling variance",
    "zero_cells": "Zero cells",
    "conversion": "Conversions",
    "model": "Models",
    "tau2": "Between-study variance",
    "stopping": "When an iteration ends",
    "q": "The mean that Q is centred on",
    "statistic": "What is read off a fit",
    "ci": "Intervals of the pooled effect",
    "tau2_ci": "Intervals of the between-study variance",
    "i2_ci": "Intervals of I² and H²",
    "pi": "Prediction intervals",
    "regression": "Subgroups and meta-regression",
    "dependence": "Dependent effects",
    "diagnostic": "Diagnostics",
    "small_study": "Small-study effects and selection",
    "bayes": "Bayesian random effects",
    "tau_prior": "Priors of the between-study standard deviation",
    "network": "Network meta-analysis",
    "sequential": "Trial sequential analysis",
    "dose_response": "Dose-response",
}


@dataclass(frozen=True)
class Entry:
    """One choice.

    Attributes
    ----------
    dimension, code : which choice, as a user writes it
    name : a noun phrase that fits into a methods section
    formula, source, reference : what is computed, where it was read (author, year, equation), and the full citation
    conventions : how other programs do it and by how much they differ
    second_way : how the number is checked a second, independent way
    """

    dimension: str
    code: str
    name: str
    formula: str = ""
    source: str = ""
    reference: str = ""
    conventions: str = ""
    second_way: str = ""


@cache
def _all() -> tuple[Entry, ...]:
    found: list[Entry] = []
    names = {f.name for f in fields(Entry)}
    for path in sorted(HERE.glob("*.yaml")):
        content, problems = read_yaml(path, path.name)
        if problems:
            raise DataError(str(problems[0]))
        for raw in content:
            unknown = set(raw) - names
            if unknown or raw.get("dimension") not in DIMENSIONS or not raw.get("code") or not raw.get("name"):
                raise DataError(
                    f"{path.name}, entry {raw.get('code')!r}: needs a dimension, a code and a name; unknown: {unknown}"
                )
            found.append(Entry(**{k: " ".join(str(v or "").split()) for k, v in raw.items()}))
    order = list(DIMENSIONS)
    return tuple(sorted(found, key=lambda e: order.index(e.dimension)))


def entries(dimension: str = "") -> tuple[Entry, ...]:
    """All entries, or those of one dimension, in the order of the files."""
    return tuple(e for e in _all() if not dimension or e.dimension == dimension)


def entry(dimension: str, code: str) -> Entry:
    """One entry.

    Raises
    ------
    KeyError
        when the catalogue does not know the code.
    """
    for e in _all():
        if (e.dimension, e.code) == (dimension, code):
            return e
    raise KeyError(f"the catalogue has no {dimension} {code!r}")
