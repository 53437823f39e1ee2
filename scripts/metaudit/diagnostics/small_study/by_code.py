"""Every test and adjustment for small-study effects by the code a user writes, from the effects of one analysis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from metaudit.diagnostics.small_study.copas import copas
from metaudit.diagnostics.small_study.counts_tests import (
    Table,
    deeks,
    harbord,
    macaskill,
    peters,
    pustejovsky_rodgers,
    tables_of,
)
from metaudit.diagnostics.small_study.failsafe import orwin, rosenberg, rosenthal
from metaudit.diagnostics.small_study.limit import limit_meta
from metaudit.diagnostics.small_study.pet_peese import pet_peese
from metaudit.diagnostics.small_study.rank import begg
from metaudit.diagnostics.small_study.regression import PREDICTORS, egger, regression_test, thompson_sharp
from metaudit.diagnostics.small_study.selection import step_selection
from metaudit.diagnostics.small_study.trimfill import trim_fill
from metaudit.effects.compute import Effects
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError


class Result(Protocol):
    """What every test returns: a value with one row of scalars."""

    def to_row(self) -> dict[str, Any]:
        """Scalars by name."""


Run = Callable[[Effects, str, float], Result]


def sample_sizes(effects: Effects) -> Floats | None:
    """Total sample sizes of the studies, from the numbers behind the effects; None when they do not give them."""
    cells = effects.cells
    for name in ("n_pairs", "n"):
        if name in cells:
            return cells[name]
    if "n_t" in cells and "n_c" in cells:
        return np.asarray(cells["n_t"] + cells["n_c"])
    given = [study.get("n") for study in effects.studies]
    return np.array(given) if given and np.all(np.isfinite(given)) else None


def _group(effects: Effects, *names: str, what: str) -> list[Floats]:
    missing = [n for n in names if n not in effects.cells]
    if missing:
        raise DataError(
            f"{what} needs {', '.join(names)} of every study; the measure {effects.measure.code} is not computed from them"
        )
    return [effects.cells[n] for n in names]


def _tables(effects: Effects, what: str) -> Table:
    a, n1, c, n2 = _group(effects, "events_t", "n_t", "events_c", "n_c", what=what)
    return tables_of(a, n1, events_c=c, n_c=n2, what=what)


def _peters(e: Effects, method: str, level: float) -> Result:
    t = _tables(e, "Peters' test")
    return peters(e.yi, events_t=t.events_t, n_t=t.n_t, events_c=t.events_c, n_c=t.n_c, level=level)


def _harbord(e: Effects, method: str, level: float) -> Result:
    t, measure = _tables(e, "Harbord's test"), e.measure.code
    return harbord(
        events_t=t.events_t, n_t=t.n_t, events_c=t.events_c, n_c=t.n_c, measure=measure, level=level
    )  # fmt: skip


def _deeks(e: Effects, method: str, level: float) -> Result:
    if e.measure.code != "OR":
        raise DataError(f"Deeks' test is one of (diagnostic) odds ratios, not of {e.measure.code}")
    n1, n2 = _group(e, "n_t", "n_c", what="Deeks' test")
    return deeks(e.yi, n_t=n1, n_c=n2, level=level)


def _pustejovsky_rodgers(e: Effects, method: str, level: float) -> Result:
    if e.measure.code not in ("SMD", "SMDH", "SMD1"):
        raise DataError(
            f"the Pustejovsky-Rodgers test is one of standardised mean differences, not of {e.measure.code}"
        )
    n1, n2 = _group(e, "n_t", "n_c", what="the Pustejovsky-Rodgers test")
    return pustejovsky_rodgers(e.yi, e.vi, n_t=n1, n_c=n2, level=level)


def _macaskill_pooled(e: Effects, method: str, level: float) -> Result:
    return macaskill(e.yi, counts=_tables(e, "Macaskill's test with pooled weights"), level=level)


def _regression(model: str, predictor: str) -> Run:
    def run(e: Effects, method: str, level: float) -> Result:
        ni = sample_sizes(e) if PREDICTORS[predictor][0] else None
        return regression_test(e.yi, e.vi, model=model, predictor=predictor, method=method, ni=ni, level=level)

    return run


def _trim_fill(estimator: str) -> Run:
    return lambda e, method, level: trim_fill(e.yi, e.vi, estimator=estimator, method=method, level=level)


def _selection(alternative: str, *steps: float) -> Run:
    return lambda e, method, level: step_selection(e.yi, e.vi, alternative=alternative, steps=steps, level=level)


def _limit(adjustment: str) -> Run:
    return lambda e, method, level: limit_meta(e.yi, e.vi, adjustment=adjustment, method=method, level=level)


CODES: dict[str, Run] = {
    "egger": lambda e, method, level: egger(e.yi, e.vi, level=level),
    "egger-variance": _regression("lm", "variance"),
    "egger-n": _regression("lm", "n"),
    "egger-inverse-n": _regression("lm", "inverse-n"),
    "egger-sqrt-n": _regression("lm", "sqrt-n"),
    "egger-inverse-sqrt-n": _regression("lm", "inverse-sqrt-n"),
    "egger-mixed": _regression("rma", "se"),
    "egger-mixed-variance": _regression("rma", "variance"),
    "egger-mixed-n": _regression("rma", "n"),
    "egger-mixed-inverse-n": _regression("rma", "inverse-n"),
    "egger-mixed-sqrt-n": _regression("rma", "sqrt-n"),
    "egger-mixed-inverse-sqrt-n": _regression("rma", "inverse-sqrt-n"),
    "thompson-sharp": lambda e, method, level: thompson_sharp(e.yi, e.vi, level=level),
    "macaskill": lambda e, method, level: macaskill(e.yi, e.vi, ni=sample_sizes(e), level=level),
    "macaskill-pooled": _macaskill_pooled,
    "peters": _peters,
    "harbord": _harbord,
    "deeks": _deeks,
    "pustejovsky-rodgers": _pustejovsky_rodgers,
    "begg": lambda e, method, level: begg(e.yi, e.vi),
    "begg-continuity": lambda e, method, level: begg(e.yi, e.vi, p="continuity-corrected"),
    "trim-fill-L0": _trim_fill("L0"),
    "trim-fill-R0": _trim_fill("R0"),
    "trim-fill-Q0": _trim_fill("Q0"),
    "pet-peese": lambda e, method, level: pet_peese(e.yi, e.vi, level=level),
    "limit": _limit("beta0"),
    "limit-beta-lim": _limit("beta-lim"),
    "limit-mu-lim": _limit("mu-lim"),
    "selection-3psm": _selection("greater", 0.025),
    "selection-3psm-less": _selection("less", 0.025),
    "selection-4psm": _selection("greater", 0.025, 0.5),
    "selection-4psm-less": _selection("less", 0.025, 0.5),
    "selection-two-sided": _selection("two-sided", 0.05),
    "copas": lambda e, method, level: copas(e.yi, e.vi, level=level),
    "failsafe-rosenthal": lambda e, method, level: rosenthal(e.yi, e.vi),
    "failsafe-rosenthal-two-sided": lambda e, method, level: rosenthal(e.yi, e.vi, sides=2),
    "failsafe-orwin": lambda e, method, level: orwin(e.yi),
    "failsafe-orwin-weighted": lambda e, method, level: orwin(e.yi, e.vi),
    "failsafe-rosenberg": lambda e, method, level: rosenberg(e.yi, e.vi),
}


def small_study(effects: Effects, code: str, *, method: str = "REML", level: float = 0.95) -> Result:
    """One test or adjustment.

    Parameters
    ----------
    effects : effects of one analysis, with the numbers behind them
    code : key of ``CODES``
    method : ``FE`` or an estimator of tau2, where the test has one (mixed-effects regression, trim and fill, limit)
    level : confidence level

    Raises
    ------
    DataError
        for an unknown code, and where the effects do not have what the test needs.
    """
    if code not in CODES:
        raise DataError(f"small-study test {code!r} is not known; known are {', '.join(CODES)}")
    return CODES[code](effects, method, level)
