"""How far the pooled result hangs on single studies: each diagnostic as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from metaudit.appraise.section import Section, section
from metaudit.diagnostics.baujat import baujat
from metaudit.diagnostics.cumulative import cumulative
from metaudit.diagnostics.gosh import ALL_UP_TO, WithAndWithout, by_study, gosh
from metaudit.diagnostics.impact import in_words, which_studies_matter
from metaudit.diagnostics.influence import RULE, influence
from metaudit.diagnostics.labbe import labbe
from metaudit.diagnostics.leave_one_out import leave_one_out_fits
from metaudit.diagnostics.radial import radial
from metaudit.diagnostics.subsets import SubsetFits, subset_fits
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, pools_by_given_weights
from metaudit.pooling.second_way import T_INTERVALS
from metaudit.specs import Spec

SAMPLE = 100_000


def diagnostic_section(code: str, e: Evaluated, *, seed: int) -> Section:
    """One diagnostic of an inverse-variance analysis.

    Raises
    ------
    DataError
        for a model whose diagnostics are not defined, and where the data do not suffice.
    """
    if e.spec.model not in ("random", "common"):
        raise DataError(f"{code} is computed for inverse-variance pooling; choose --model random or common")
    if pools_by_given_weights(e.spec):
        raise DataError(f"{code} is computed for inverse-variance pooling, not with given weights")
    if e.fit.coefficients and code not in ("influence", "baujat", "labbe"):
        raise DataError(f"{code} is not defined for a meta-regression; leave the moderators out")
    return _MAKERS[code](e, seed)


def diagnostic_ci(spec: Spec) -> str:
    """The interval of single-study diagnostics: as chosen, or Wald where it would have to be drawn or profiled anew."""
    return spec.ci if spec.ci in ("wald", *T_INTERVALS) else "wald"


def _method(e: Evaluated) -> str:
    return e.spec.tau2 if e.spec.has_tau2 else "FE"


def _labels(e: Evaluated) -> list[str]:
    return [s.label for s in e.effects.studies]


def _shared(e: Evaluated) -> dict[str, Any]:
    return {"tau2": _method(e), "ci": diagnostic_ci(e.spec), "level": e.spec.level, "labels": _labels(e)}


def _natural(e: Evaluated, fits: SubsetFits) -> list[dict[str, Any]]:
    """Rows of subset fits with the estimate and its limits on the natural scale."""
    out = []
    for row in fits.to_rows():
        out.append({k: e.natural(v) if k in ("estimate", "ci_low", "ci_high") else v for k, v in row.items()})
    return out


def _leave_one_out(e: Evaluated, seed: int) -> Section:
    y, v = e.effects.yi, e.effects.vi
    without = leave_one_out_fits(y, v, **_shared(e))
    every = np.ones((1, e.effects.k), dtype=bool)
    whole = subset_fits(y, v, every, **{**_shared(e), "labels": ["all"]})
    found = which_studies_matter(
        whole, without, null=e.effects.measure.null_analysis, level=e.spec.level, show=lambda x: f"{e.natural(x):.3g}"
    )
    notes = [in_words(found, k=e.effects.k)]
    return section(
        "leave-one-out", "Without each study", _natural(e, without), notes=notes, methods=_cited("leave-one-out")
    )


def _influence(e: Evaluated, seed: int) -> Section:
    rows = influence(
        e.effects.yi, e.effects.vi, tau2=_method(e), ci=diagnostic_ci(e.spec), mods=e.mods, labels=_labels(e)
    ).to_rows()
    return section(
        "influence",
        "Influence of each study",
        rows,
        notes=[f"Influential: {RULE}."],
        methods=_cited("rstudent", "dffits", "cooks-distance", "influential"),
    )


def _cumulative(e: Evaluated, seed: int) -> Section:
    years: Sequence[Any] = [s.row.text("year") for s in e.effects.studies]
    given = all(years)
    found = cumulative(e.effects.yi, e.effects.vi, by=[float(y) for y in years] if given else None, **_shared(e))
    order = "in order of year" if given else "in the order of the table (not every study has a year)"
    return section(
        "cumulative", f"As each study came in, {order}", _natural(e, found.fits), methods=_cited("cumulative")
    )


def _baujat(e: Evaluated, seed: int) -> Section:
    found = baujat(
        e.effects.yi, e.effects.vi, tau2=_method(e), ci=diagnostic_ci(e.spec), mods=e.mods, labels=_labels(e)
    )
    rows = [
        {"study": label, "contribution": float(x), "influence": float(y)}
        for label, x, y in zip(found.labels, found.contribution, found.influence, strict=True)
    ]
    return section("baujat", "Contribution to Q and influence on the estimate", rows, methods=_cited("baujat"))


def _radial(e: Evaluated, seed: int) -> Section:
    found = radial(e.effects.yi, e.effects.vi, **_shared(e))
    rows = [
        {"study": label, "x": float(x), "z": float(z), "outside": bool(o)}
        for label, x, z, o in zip(found.labels, found.x, found.z, found.outside, strict=True)
    ]
    return section("radial", "Radial plot", rows, methods=_cited("radial"))


def _labbe(e: Evaluated, seed: int) -> Section:
    found = labbe(e.effects)
    rows = [
        {"study": label, f"{found.what}_c": float(c), f"{found.what}_t": float(t), "size": float(s), "weight": float(w)}
        for label, c, t, s, w in zip(
            found.labels, found.control, found.treatment, found.size, found.weight, strict=True
        )
    ]
    return section("labbe", "L'Abbé plot", rows, methods=_cited("labbe"))


def _gosh(e: Evaluated, seed: int) -> Section:
    k = e.effects.k
    found = gosh(
        e.effects.yi,
        e.effects.vi,
        tau2=_method(e),
        sample=None if k <= ALL_UP_TO else SAMPLE,
        seed=seed,
        labels=_labels(e),
    )
    rows = [_with_and_without(e, s) for s in by_study(found)]
    what = f"all {found.estimate.size:,}" if found.complete else f"a sample of {found.estimate.size:,} (seed {seed})"
    return section("gosh", f"Every subset of the studies: {what}", rows, methods=_cited("gosh"))


def _with_and_without(e: Evaluated, s: WithAndWithout) -> dict[str, Any]:
    row: dict[str, Any] = {"study": s.study}
    for which, estimate in (("with", s.estimate_with), ("without", s.estimate_without)):
        row |= {f"{n}_{which}": e.natural(float(estimate[i])) for n, i in (("low", 0), ("median", 2), ("high", -1))}
    return row | {"i2_with": float(s.i2_with[2]), "i2_without": float(s.i2_without[2])}


def _cited(*codes: str) -> list[tuple[str, str]]:
    return [("diagnostic", code) for code in codes]


_MAKERS: dict[str, Callable[[Evaluated, int], Section]] = {
    "leave-one-out": _leave_one_out,
    "influence": _influence,
    "cumulative": _cumulative,
    "baujat": _baujat,
    "radial": _radial,
    "labbe": _labbe,
    "gosh": _gosh,
}
