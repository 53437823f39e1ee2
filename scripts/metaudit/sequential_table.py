"""A trial sequential analysis of one table, for the command line and for notebooks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metaudit.errors import DataError
from metaudit.formats.review import shown_path
from metaudit.one_table import chosen_rows
from metaudit.pool_options import Options
from metaudit.sequential.open_choices import Matched, matching, plans
from metaudit.sequential.stated import open_choices
from metaudit.sequential_result import USUAL_TAU2, Sequenced, check_method, effect_named, sequenced
from metaudit.specs import Spec

ROUNDED = 1  # participants; a size may be rounded before and after it is adjusted
OF_SIZE = ("heterogeneity", "control_risk", "sd", "variance")


@dataclass(frozen=True)
class SequentialTable(Sequenced):
    """A sequential analysis of one table.

    Attributes
    ----------
    matches : the plans that give the printed size; None where no size was given
    """

    matches: tuple[Matched, ...] | None = None


def sequential_table(
    path: str | Path,
    spec: Spec,
    stated: Mapping[str, Any],
    *,
    select: Mapping[str, Sequence[str]] | None = None,
    printed: int | None = None,
    level: float | None = None,
) -> SequentialTable:
    """Read a table in the columns of ``extraction.csv`` and analyse its trials one after the other.

    Parameters
    ----------
    path : the table; its trials are taken by ``year``, those of one year as they stand, or all as they stand where a year is missing
    spec : measure, zero cells, model and estimator of tau2
    stated : what is said about the design, by the keys of ``stated.KEYS``; what is not said is taken as it usually is
    select : column -> the values whose rows are pooled
    printed : a required information size in print: which plans give it
    level : of the intervals; None for 1 - alpha

    Raises
    ------
    InputError
        when the table breaks its rules, or a trial does not say how many participants it had.
    DataError
        when something of it is not defined for these trials.
    """
    _check(spec, stated, printed)
    rows, remarks = chosen_rows(Path(path), Options(), select or {})
    found = sequenced(spec, stated, rows, file=shown_path(Path(path)), level=level, named=_option)
    matches = None
    if printed is not None:
        tau2 = spec.tau2 or USUAL_TAU2
        tried = (replace(p, tau2=tau2) for p in plans(open_choices(stated, found.effects)))
        matches = tuple(matching(found.effects, tried, (printed - ROUNDED, printed + ROUNDED)))
    return SequentialTable(
        found.spec, found.effects, found.dated, found.analysis, found.left_open, tuple(remarks), matches
    )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _check(spec: Spec, stated: Mapping[str, Any], printed: int | None) -> None:
    """Refuse what no sequential analysis has, and what does not go together."""
    if spec.measure == "PETO":
        raise DataError("--measure PETO: write --measure OR --model peto.")
    check_method(spec, stated, named=_option)
    if "required" not in stated:
        return
    if printed is not None:
        raise DataError("--printed is a size to be found, --required one that is taken as it is. Give one of them.")
    # where an effect is named it is what conditional power is about, and the outcome has to be known for it
    apart = OF_SIZE if not effect_named(stated) else OF_SIZE[:1]
    idle = [_option(name) for name in apart if name in stated]
    if idle:
        raise DataError(
            f"{', '.join(idle)}: goes into a size that is worked out, and --required gives one. Leave it out."
        )
