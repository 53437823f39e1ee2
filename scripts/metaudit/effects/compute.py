"""Effect sizes of many studies at once, from converted rows or from a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.effects import formulas
from metaudit.effects.convert import Converted, convert
from metaudit.effects.generic import generic_effect
from metaudit.effects.zero_cells import Floats, ZeroCells, zero_cells_from
from metaudit.errors import DataError
from metaudit.formats.tables import Row
from metaudit.measures import Measure, measure_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NEEDS: dict[str, tuple[str, ...]] = {
    "counts": ("events_t", "n_t", "events_c", "n_c"),
    "means": ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
    "rates": ("events_t", "time_t", "events_c", "time_c"),
    "proportion": ("events", "n"),
    "mean": ("mean", "sd", "n"),
    "correlation": ("r", "n"),
    "generic": ("effect",),
}
_COUNTS: dict[str, Callable[..., formulas.Pair]] = {
    "RR": formulas.risk_ratio,
    "OR": formulas.odds_ratio,
    "RD": formulas.risk_difference,
    "PETO": formulas.peto,
    "AS": formulas.arcsine_difference,
}
# Variants of the sampling variance beside LS; RevMan's differs from LS for the SMD only.
VARIANTS = {"MD": ("HO", "pooled-sd"), "SMD": ("LS2", "UB", "AV"), "PR": ("UB", "AV"), "COR": ("AV",)}
_MEANS: dict[str, Callable[..., formulas.Pair]] = {
    "SMDH": formulas.standardised_mean_difference_h,
    "ROM": formulas.ratio_of_means,
}
_RATES: dict[str, Callable[..., formulas.Pair]] = {"IRR": formulas.rate_ratio, "IRD": formulas.rate_difference}
_PROPORTIONS: dict[str, Callable[..., formulas.Pair]] = {
    "PLN": formulas.proportion_log,
    "PLO": formulas.proportion_logit,
    "PAS": formulas.proportion_arcsine,
    "PFT": formulas.proportion_double_arcsine,
}


@dataclass(frozen=True)
class Effects:
    """Effect sizes of one analysis.

    Attributes
    ----------
    measure : the effect measure
    studies : the rows they came from, in order
    yi, vi : effect and sampling variance on the analysis scale, shape ``(k,)``
    cells : the numbers behind them, each of shape ``(k,)``
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
    rows: Sequence[Converted], measure: str, *, zero_cells: ZeroCells | None = None, variance: str = "LS"
) -> Effects:
    """Effect sizes of converted rows; unusable rows are set aside with the reason, never dropped silently."""
    m = measure_of(measure)
    if m.kind not in NEEDS:
        raise DataError(
            f"measure {measure} is not computed by this version; use MD on the two groups, or GEN with given variances"
        )
    if variance not in ("LS", "revman", *VARIANTS.get(measure, ())):
        known = " or ".join(("LS", *VARIANTS.get(measure, ())))
        raise DataError(f"variance {variance!r} is not defined for {measure}; choose {known}")
    needs = NEEDS[m.kind]
    incomplete: list[tuple[Converted, str]] = []
    complete: list[Converted] = []
    for study in rows:
        missing = [n for n in needs if np.isnan(study.get(n))]
        if missing:
            incomplete.append((study, f"{', '.join(missing)} not reported"))
        else:
            complete.append(study)
    cells = {n: np.array([s.get(n) for s in complete], dtype=float) for n in needs}
    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi, routes = _effects(m, complete, cells, zero_cells or default_zero_cells(measure), variance)
    usable = np.isfinite(yi) & np.isfinite(vi) & (vi > 0)
    for i in np.flatnonzero(~usable):
        incomplete.append((complete[i], _why_unusable(m, complete[i], yi[i], vi[i], routes[i])))
    order = {id(s): i for i, s in enumerate(rows)}
    incomplete.sort(key=lambda pair: order[id(pair[0])])
    whole = Effects(m, tuple(complete), yi, vi, cells, tuple(routes))
    kept = whole.take(usable)
    return Effects(kept.measure, kept.studies, kept.yi, kept.vi, kept.cells, kept.routes, tuple(incomplete))


def _why_unusable(m: Measure, study: Converted, yi: float, vi: float, route: str) -> str:
    if m.kind == "generic":
        return route
    if m.kind in ("counts", "proportion", "rates"):
        return f"{m.code} is not defined for these counts without a correction"
    if m.code == "ROM":
        return "the ratio of means needs two means of one sign and SDs above 0"
    if m.kind == "correlation":
        return "the correlation is ±1 or n is too small"
    return "the sampling variance is not positive (an SD of 0, or too few people)"


def _effects(
    m: Measure, studies: Sequence[Converted], cells: dict[str, Floats], zero: ZeroCells, variance: str
) -> tuple[Floats, Floats, list[str]]:
    base = [_route_of(s) for s in studies]
    if m.kind == "generic":
        triples = [generic_effect(s, log=m.code == "GEN-LOG") for s in studies]
        yi, vi = (np.array([t[i] for t in triples], dtype=float) for i in (0, 1))
        return yi, vi, [_join(r, b) for (_, _, r), b in zip(triples, base, strict=True)]
    touched = np.zeros(len(studies), dtype=bool)
    if m.kind == "counts":
        yi, vi, touched = _two_by_two(m.code, cells, zero)
    elif m.kind == "rates":
        (x1, x2), touched = zero.adjust(cells["events_t"], cells["events_c"])
        yi, vi = _RATES[m.code](x1, cells["time_t"], x2, cells["time_c"])
    elif m.kind == "proportion":
        (x, y), touched = zero.adjust(cells["events"], cells["n"] - cells["events"])
        yi, vi = formulas.proportion(x, x + y, variance) if m.code == "PR" else _PROPORTIONS[m.code](x, x + y)
    elif m.kind == "means":
        args = [cells[n] for n in NEEDS["means"]]
        yi, vi = _mean_effects(m.code, args, variance)
    elif m.kind == "mean":
        yi, vi = cells["mean"], cells["sd"] ** 2 / cells["n"]
    else:
        yi, vi = (
            formulas.fisher_z(cells["r"], cells["n"])
            if m.code == "ZCOR"
            else formulas.correlation(cells["r"], cells["n"], variance)
        )
    name = f"{m.code} from {_WORDS[m.kind]}" + (
        f", variance {variance}"
        if variance in VARIANTS.get(m.code, ()) or (m.code, variance) == ("SMD", "revman")
        else ""
    )
    return (
        yi,
        vi,
        [
            _join(f"{name}, {zero.add:g} added to each cell" if t else name, b)
            for t, b in zip(touched, base, strict=True)
        ],
    )


_WORDS = {
    "counts": "counts",
    "means": "means and SDs",
    "rates": "events and person-time",
    "proportion": "counts",
    "mean": "mean and SD",
    "correlation": "r and n",
}


def _two_by_two(code: str, cells: dict[str, Floats], zero: ZeroCells) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    a, c = cells["events_t"], cells["events_c"]
    raw = (a, cells["n_t"] - a, c, cells["n_c"] - c)
    adjusted, touched = zero.adjust(*raw)
    yi, vi = _COUNTS[code](*adjusted)
    if zero.double_zero == "drop":
        empty = ((a == 0) & (c == 0)) | ((raw[1] == 0) & (raw[3] == 0))
        yi, vi = np.where(empty, np.nan, yi), np.where(empty, np.nan, vi)
    return yi, vi, touched


def _mean_effects(code: str, args: list[Any], variance: str) -> formulas.Pair:
    m1, s1, n1, m2, s2, n2 = args
    if code == "MD":
        return formulas.mean_difference(m1, s1, n1, m2, s2, n2, variance)
    if code == "SMD":
        return formulas.standardised_mean_difference(m1, s1, n1, m2, s2, n2, variance)
    return _MEANS[code](*args)


def _route_of(study: Converted) -> str:
    return "; ".join(study.routes[k] for k in sorted(study.routes))


def _join(*parts: str) -> str:
    return "; ".join(p for p in parts if p)


def effect_sizes(table: pd.DataFrame, measure: str, *, zero_cells: Any = None, variance: str = "LS") -> pd.DataFrame:
    """Add ``yi``, ``vi`` and ``route`` to a table of studies.

    Parameters
    ----------
    table : one row a study, columns as in FORMATS (``events_t n_t events_c n_c``, ``mean_t sd_t n_t`` ..., ``r n``,
        ``effect`` with ``se``, ``variance`` or ``ci_low ci_high``)
    measure : code of the effect measure
    zero_cells : ``0.5@only-zero``, ``0.5@all``, ``none`` ..., or review.yaml's mapping; by default escalc's rule
    variance : variant of the sampling variance

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
        kind = measure_of(measure).kind
    except KeyError as error:
        raise DataError(str(error.args[0])) from None
    rows: list[Row] = rows_of_frame(table)
    effects = compute_effects(
        [convert(r) for r in rows],
        measure,
        zero_cells=None if zero_cells is None else zero_cells_from(zero_cells),
        variance=variance,
    )
    known = {c for r in rows for c in r.cells}
    if not effects.k and effects.incomplete:
        why = (
            f"the table has {', '.join(sorted(known))}"
            if not known.issuperset(NEEDS[kind])
            else effects.incomplete[0][1]
        )
        raise DataError(f"no study has what {measure} needs ({', '.join(NEEDS[kind])}); {why}")
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
