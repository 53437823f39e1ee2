"""Effect sizes of many studies at once, from converted rows or from a table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.effects.adjust import DESIGNS, clustered, crossovers
from metaudit.effects.arms import share_controls
from metaudit.effects.bridge import BRIDGED, Bridge, bridge
from metaudit.effects.convert import Converted, convert
from metaudit.effects.dispatch import NEEDS, SOURCE_WORDS, VARIANTS, needs_of, work_out
from metaudit.effects.generic import generic_effect
from metaudit.effects.means import cohen_d, g_of_d
from metaudit.effects.zero_cells import Floats, ZeroCells, zero_cells_from
from metaudit.errors import DataError
from metaudit.formats.tables import Row
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["NEEDS", "VARIANTS", "Effects", "compute_effects", "default_zero_cells", "effect_sizes"]


@dataclass(frozen=True)
class Effects:
    """Effect sizes of one analysis.

    Attributes
    ----------
    measure : the effect measure
    studies : the rows they came from, in order
    yi, vi : effect and sampling variance on the analysis scale, shape ``(k,)``
    cells : the numbers behind them, each of shape ``(k,)``; NaN where a study's effect came by another way
    routes : how each yi came by
    incomplete : rows that could not be used, with the reason
    """

    measure: Measure
    studies: tuple[Converted, ...]
    yi: Floats
    vi: Floats
    cells: dict[str, Floats]
    routes: tuple[str, ...]
    incomplete: tuple[tuple[Converted, str], ...] = field(default=())

    @property
    def k(self) -> int:
        """Number of studies."""
        return len(self.studies)

    def take(self, keep: NDArray[np.bool_]) -> Effects:
        """The same effects for some of the studies."""
        index = np.flatnonzero(keep)
        return Effects(
            self.measure,
            tuple(self.studies[i] for i in index),
            self.yi[index],
            self.vi[index],
            {k: v[index] for k, v in self.cells.items()},
            tuple(self.routes[i] for i in index),
        )


def default_zero_cells(measure: str) -> ZeroCells:
    """What escalc does when nothing is said: the arcsine measures are defined at zero and left alone."""
    return ZeroCells(0.0, "none") if measure in ("AS", "PAS", "PFT") else ZeroCells()


def compute_effects(
    rows: Sequence[Converted],
    measure: str,
    *,
    zero_cells: ZeroCells | None = None,
    variance: str = "LS",
    shared_control: str = "keep",
    design: str = "adjust",
) -> Effects:
    """Effect sizes of converted rows; unusable rows are set aside with the reason, never dropped silently.

    Parameters
    ----------
    rows : converted rows of one analysis
    measure : code of the effect measure
    zero_cells : what is added to zero cells; by default what escalc does
    variance : variant of the measure or of its sampling variance (``VARIANTS``)
    shared_control : ``keep``, ``split`` or ``combine`` comparisons with an equal, non-empty ``arm``
    design : ``adjust`` clusters (where ``icc`` and ``cluster_size`` are reported) and crossovers (``n_pairs`` with
        ``r_pre_post`` or ``sd_change``; MD and SMD), or ``ignore`` the design

    Raises
    ------
    DataError
        when a choice is not known, or not defined for the measure.
    """
    m = measure_of(measure)
    check_choices(measure, variance, design)
    shared = share_controls(rows, shared_control)
    needs = needs_of(measure, variance, m.kind)
    complete, bridges, lacking = _sorted_out(shared.rows, measure, needs)
    incomplete = [*shared.set_aside, *lacking]
    names = dict.fromkeys((*NEEDS[m.kind], *needs))
    cells = {n: np.array([s.get(n) for s in complete], dtype=float) for n in names}
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi, routes = _effects(
            m, complete, bridges, cells, zero_cells or default_zero_cells(measure), variance, design
        )
    usable = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
    for i in np.flatnonzero(~usable):
        incomplete.append((complete[i], _why_unusable(m, routes[i])))
    order = {id(s.row): i for i, s in enumerate(rows)}
    incomplete.sort(key=lambda pair: order[id(pair[0].row)])
    whole = Effects(m, tuple(complete), yi, vi, cells, tuple(routes))
    kept = whole.take(usable)
    return Effects(kept.measure, kept.studies, kept.yi, kept.vi, kept.cells, kept.routes, tuple(incomplete))


def _sorted_out(
    rows: Sequence[Converted], measure: str, needs: Sequence[str]
) -> tuple[list[Converted], list[Bridge | None], list[tuple[Converted, str]]]:
    """Rows that suffice, what stands in for missing numbers of each, and rows that lack something, with what it is."""
    complete: list[Converted] = []
    bridges: list[Bridge | None] = []
    lacking: list[tuple[Converted, str]] = []
    for study in rows:
        missing = [n for n in needs if math.isnan(study.get(n))]
        way = bridge(study, measure) if missing and measure in BRIDGED else None
        if not missing or (way is not None and not (math.isnan(way.core) and math.isnan(way.vi))):
            complete.append(study)
            bridges.append(way)
        else:
            blocked = f"; {way.route}" if way is not None else ""
            lacking.append((study, f"{', '.join(missing)} not reported{blocked}"))
    return complete, bridges, lacking


def check_choices(measure: str, variance: str, design: str) -> None:
    """Refuse a variant or a treatment of designs that a measure does not have.

    Raises
    ------
    DataError
    """
    known = ("LS", *VARIANTS.get(measure, ()))
    if variance not in (*known, "revman"):
        hint = "; the unbiased variance is that of the bias-corrected correlation, UCOR" if measure == "COR" else ""
        raise DataError(f"variance {variance!r} is not defined for {measure}; choose {' or '.join(known)}{hint}")
    if design not in DESIGNS:
        raise DataError(f"design {design!r} is not known; choose {' or '.join(DESIGNS)}")


def _why_unusable(m: Measure, route: str) -> str:
    if m.kind == "generic":
        return route
    if m.code == "PETO":
        return "no event, or nothing else, in both arms, so that Peto's odds ratio is not defined"
    if m.kind in ("counts", "proportion", "rates"):
        return f"{m.code} is not defined for these counts without a correction"
    if m.code == "ROM":
        return "the ratio of means needs two means of one sign and SDs above 0"
    if m.kind == "correlation":
        return "the correlation is ±1 or n is too small"
    return "the sampling variance is not positive (an SD of 0, or too few people)"


def _effects(
    m: Measure,
    studies: Sequence[Converted],
    bridges: Sequence[Bridge | None],
    cells: dict[str, Floats],
    zero: ZeroCells,
    variance: str,
    design: str,
) -> tuple[Floats, Floats, list[str]]:
    base = [_route_of(s) for s in studies]
    if m.kind == "generic":
        triples = [generic_effect(s, log=m.code == "GEN-LOG") for s in studies]
        yi, vi = (np.array([t[i] for t in triples], dtype=float) for i in (0, 1))
        return yi, vi, [_join(r, b) for (_, _, r), b in zip(triples, base, strict=True)]
    said = [f"{m.code} from {SOURCE_WORDS[m.kind]}"] * len(studies)
    told = clustered(studies, cells) if design == "adjust" else [""] * len(studies)
    cores = np.array([b.core if b else math.nan for b in bridges], dtype=float)
    if m.kind == "correlation":
        cells["r"] = np.where(np.isnan(cores), cells["r"], cores)
    yi, vi, added = work_out(m, cells, zero, variance)
    if m.code == "SMD" and not np.isnan(cores).all():
        d = np.where(np.isnan(cores), cohen_d(*(cells[n] for n in NEEDS["means"])), cores)
        yi, vi = g_of_d(d, cells["n_t"], cells["n_c"], variance)
    if design == "adjust":
        paired = crossovers(m.code, studies, yi, vi, variance)
        told = [_join(a, b) for a, b in zip(told, paired, strict=True)]
    for i, b in enumerate(bridges):
        if b is not None:
            said[i] = f"{m.code} from {b.route}"
            if math.isnan(b.core):  # converted with its own variance: neither n nor design has a part in it
                yi[i], vi[i], told[i] = b.yi, b.vi, ""
    variant = f", variance {variance}" if variance in VARIANTS.get(m.code, ()) else ""
    parts = zip(said, added, told, base, strict=True)
    return yi, vi, [_join(f"{s}{variant}" + (f", {a}" if a else ""), t, b) for s, a, t, b in parts]


def _route_of(study: Converted) -> str:
    return "; ".join(study.routes[k] for k in sorted(study.routes))


def _join(*parts: str) -> str:
    return "; ".join(p for p in parts if p)


def effect_sizes(
    table: pd.DataFrame,
    measure: str,
    *,
    zero_cells: Any = None,
    variance: str = "LS",
    shared_control: str = "keep",
    design: str = "adjust",
) -> pd.DataFrame:
    """Add ``yi``, ``vi`` and ``route`` to a table of studies.

    Parameters
    ----------
    table : one row a study, columns as in FORMATS (``events_t n_t events_c n_c``, ``mean_t sd_t n_t`` ..., ``r n``,
        ``effect`` with ``se``, ``variance`` or ``ci_low ci_high``)
    measure : code of the effect measure
    zero_cells : ``0.5@only-zero``, ``0.5@all``, ``tacc@only-zero``, ``none`` ..., or review.yaml's mapping; by
        default escalc's rule
    variance : variant of the measure or of its sampling variance
    shared_control : ``keep``, ``split`` or ``combine`` comparisons with an equal, non-empty ``arm``
    design : ``adjust`` or ``ignore`` clusters and crossovers

    Returns
    -------
    A copy of the table with ``yi``, ``vi`` (analysis scale) and ``route``; NaN with the reason as route where a row
    does not suffice.

    Raises
    ------
    DataError
        when a column the measure needs is missing altogether, or the measure is not known.
    """
    from metaudit.effects.frame import rows_of_frame

    try:
        m = measure_of(measure)
    except KeyError as error:
        raise DataError(str(error.args[0])) from None
    rows: list[Row] = rows_of_frame(table)
    effects = compute_effects(
        [convert(r) for r in rows],
        measure,
        zero_cells=None if zero_cells is None else zero_cells_from(zero_cells),
        variance=variance,
        shared_control=shared_control,
        design=design,
    )
    if not effects.k and effects.incomplete:
        _refuse(rows, effects, needs_of(measure, variance, m.kind))
    out = table.copy()
    place = {id(r): i for i, r in enumerate(rows)}
    yi, vi = np.full(len(table), np.nan), np.full(len(table), np.nan)
    route = [""] * len(table)
    for study, y, v, words in zip(effects.studies, effects.yi, effects.vi, effects.routes, strict=True):
        i = place[id(study.row)]
        yi[i], vi[i], route[i] = y, v, words
    for study, words in effects.incomplete:
        route[place[id(study.row)]] = f"not used: {words}"
    out["yi"], out["vi"], out["route"] = yi, vi, route
    return out


def _refuse(rows: Sequence[Row], effects: Effects, needs: Sequence[str]) -> None:
    """Say why no row of a table can be used: a column is missing, another way is blocked, or the first row's reason."""
    blocked = next((words for _, words in effects.incomplete if "; " in words), "")
    known = {c for r in rows for c in r.cells}
    columns = f"the table has {', '.join(sorted(known))}"
    why = blocked or (columns if not known.issuperset(needs) else effects.incomplete[0][1])
    raise DataError(f"no study has what {effects.measure.code} needs ({', '.join(needs)}); {why}")
