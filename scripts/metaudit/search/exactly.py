"""What arrays do not compute, by the exact path, entered into the same results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from metaudit.analyses import effects_of
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, Settings, evaluate_effects, with_reading
from metaudit.formats.review import Analysis
from metaudit.search.plan import PART_OF
from metaudit.search.results import QUANTITIES, Planned


def fill_alone(
    parts: Mapping[str, Planned], rows: Sequence[Converted], analysis: Analysis, *, settings: Settings
) -> None:
    """Evaluate the specifications that a plan leaves alone; a fit is shared by those that differ in reading only.

    Parameters
    ----------
    parts : the results of the whole analysis, under the empty name, and of its subgroups
    """
    whole = parts[""]
    fitted: dict[tuple[Any, ...], Evaluated | str] = {}
    failed: dict[int, str] = whole.failed  # type: ignore[assignment]
    of_fit = whole.plan.part("fit").of
    for i in np.flatnonzero(np.isin(of_fit, sorted(whole.plan.alone))).tolist():
        spec = whole.specs[i]
        if i in failed:
            continue
        if spec.fit_key not in fitted:
            try:
                fitted[spec.fit_key] = evaluate_effects(spec, effects_of(spec, rows), analysis, settings=settings)
            except DataError as error:
                fitted[spec.fit_key] = str(error)
        found = fitted[spec.fit_key]
        if isinstance(found, str):
            failed[i] = found
            continue
        e = with_reading(found, spec, settings=settings)
        write_evaluated(whole, i, e)
        for level, (effects, fit) in e.subgroups.items():
            write_evaluated(parts[level], i, Evaluated(spec, effects, fit))


def write_evaluated(results: Planned, i: int, e: Evaluated) -> None:
    """Enter what the exact path computed for one specification that has its fit alone."""
    for name, value in numbers_of(e):
        results.numbers[name][results.plan.part(PART_OF[name]).of[i]] = value
    if e.spec.model != "glmm":
        place = {line: j for j, line in enumerate(results.lines)}
        results.shares[results.plan.part("fit").of[i], [place[s.row.line] for s in e.effects.studies]] = e.fit.weights


def numbers_of(e: Evaluated) -> Iterator[tuple[str, float]]:
    """The quantities of the arrays, as one evaluated specification gives them."""
    f = e.fit
    for name in QUANTITIES:
        if name == "z":
            yield name, f.stat
        elif name == "i2":
            yield name, f.i2_q if e.spec.i2 == "Q" and e.spec.has_tau2 else f.i2
        elif name == "tau2" and e.spec.model in ("common", "mantel-haenszel", "peto"):
            yield name, np.nan
        else:
            yield name, float(getattr(f, name))
