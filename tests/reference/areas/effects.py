"""yi and vi of every study, with escalc's zero-cell rules and variance variants, and the way back to the natural scale."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import mpmath
import numpy as np
from harness import Case, Compared, Explained, number, of

from metaudit.effects import effect_sizes
from metaudit.effects.formulas import back_double_arcsine, typical_size
from metaudit.measures import MEASURES, measure_of
from tolerances import EFFECT_SIZE

VARIANTS: dict[str, dict[str, Any]] = {
    "": {}, "drop00": {"zero_cells": "0.5@only-zero+drop"}, "to_all": {"zero_cells": "0.5@all"},
    "to_if0all": {"zero_cells": "0.5@if-any-zero"}, "to_none": {"zero_cells": "none"},
    "vtype_LS2": {"variance": "LS2"}, "vtype_UB": {"variance": "UB"}, "vtype_HO": {"variance": "HO"},
    "vtype_AV": {"variance": "AV"},
}  # fmt: skip
# escalc adds nothing for AS unless add is given, so that only dropping the double zeros changes anything.
ARCSINE = {"drop00": {"zero_cells": "none+drop"}, "to_all": {}, "to_if0all": {}, "to_none": {}}
# The fit is metafor's own (pred, ci, pi on the analysis scale); what is compared is one transformation of it.
BACK = {"pred": "estimate", "ci_lb": "ci_low", "ci_ub": "ci_high", "pi_lb": "pi_low", "pi_ub": "pi_high"}
NOT_COMPUTED = {
    "PHI": "phi coefficient", "YUQ": "Yule's Q", "YUY": "Yule's Y", "RTET": "tetrachoric correlation",
    "IRSD": "square-root rate difference", "PCOR": "partial correlation", "ZPCOR": "Fisher's z of a partial correlation",
    "SPCOR": "semi-partial correlation", "ARAW": "Cronbach's alpha", "AHW": "alpha, Hakstian-Whalen",
    "ABT": "alpha, Bonett",
}  # fmt: skip
EXPLAINED = {
    "gsl-2F1": Explained(
        who_is_right="ours",
        why="The bias-corrected correlation needs Gauss's hypergeometric function near its end at 1. metafor takes it "
        "from the GNU Scientific Library, which loses digits where r is near 0; an evaluation with 40 digits confirms "
        "ours. With vtype AV the wrong value of one study is part of the average that all of them share.",
        size="5e-4 of an effect, 2 % of an unbiased variance (r = -0.04, n = 12); 2e-11 or less in large studies",
    )
}


def compare(case: Case) -> Iterator[Compared]:
    """Every defined effect; what escalc leaves undefined is set aside by us too."""
    if case.measure not in MEASURES:
        assert case.measure in NOT_COMPUTED, f"{case.measure} is neither computed nor listed as left out"
        return
    variants = {"": case.reference["escalc"], **case.reference.get("escalc_variants", {})}
    for name, reference in variants.items():
        if not reference:  # escalc refuses UB for the raw correlation, and so do we
            continue
        choices = ARCSINE[name] if case.measure == "AS" and name else VARIANTS[name]
        yield from _studies(case, name, reference, choices)
    yield from _natural_scale(case)


def _studies(case: Case, name: str, reference: dict[str, Any], choices: dict[str, Any]) -> Iterator[Compared]:
    ours = effect_sizes(case.table, measure=case.measure, **choices)
    yi, vi = ours["yi"].to_numpy(dtype=float), ours["vi"].to_numpy(dtype=float)
    exact = _exact_ucor(case, choices.get("variance", "LS")) if case.measure == "UCOR" else None
    for i, (y, v) in enumerate(zip(reference["yi"], reference["vi"], strict=True)):
        what = f"{name or 'default'}, study {i + 1}"
        why = "gsl-2F1" if exact and _is(yi[i], exact[0][i]) and _is(vi[i], exact[1][i]) else ""
        if (math.isfinite(number(y)) and math.isfinite(number(v)) and number(v) > 0) or why:
            # an effect near 0 is a difference of larger numbers: relative to 0.001 at least
            scale = max(abs(number(y)), 1e-3)
            yield of("yi", f"yi, {what}", yi[i], theirs=y, tolerance=EFFECT_SIZE, scale=scale, explained=why)
            yield of("vi", f"vi, {what}", vi[i], theirs=v, tolerance=EFFECT_SIZE, explained=why)
        else:
            kept = float(np.isfinite(yi[i]))
            yield Compared("studies set aside", f"effect of no use, {what}", kept, 0.0, 1.0, 0.0)


def _is(ours: float, exact: float) -> bool:
    return abs(ours - exact) <= EFFECT_SIZE * max(abs(exact), 1e-3)


def _exact_ucor(case: Case, variance: str) -> tuple[Sequence[float], Sequence[float]]:
    """Olkin and Pratt's correlation and its variance with 40 digits."""
    with mpmath.workdps(40):
        r = [mpmath.mpf(x) for x in case.table["r"]]
        n = [int(x) for x in case.table["n"]]
        yi = [a * mpmath.hyp2f1(0.5, 0.5, mpmath.mpf(b - 2) / 2, 1 - a**2) for a, b in zip(r, n, strict=True)]
        mean = mpmath.fsum(a * b for a, b in zip(yi, n, strict=True)) / mpmath.fsum(n)
        vi = []
        for g, a, m in zip(yi, r, n, strict=True):
            if variance == "UB":
                squared = 1 - (m - 3) * (1 - a**2) * mpmath.hyp2f1(1, 1, mpmath.mpf(m) / 2, 1 - a**2) / mpmath.mpf(
                    m - 2
                )
                vi.append(g**2 - squared)
            else:
                vi.append((1 - (mean if variance == "AV" else g) ** 2) ** 2 / (m - 1))
        return [float(x) for x in yi], [float(x) for x in vi]


def _natural_scale(case: Case) -> Iterator[Compared]:
    """Pooled estimate, interval and prediction interval back on the natural scale, from metafor's own fit."""
    reference = case.reference.get("backtransformed")
    fit = case.reference["rma"].get("REML", {}).get("z", {})
    names = {"pred": "beta", "ci_lb": "ci_lb", "ci_ub": "ci_ub", "pi_lb": "pi_lb", "pi_ub": "pi_ub"}
    if not reference or any(reference.get(k) is None or fit.get(v) is None for k, v in names.items()):
        return
    measure = measure_of(case.measure)
    for theirs, ours in BACK.items():
        x = float(fit[names[theirs]])
        if case.measure == "PFT":
            sizes = case.table["n"].to_numpy(dtype=float)[case.used]
            value = float(back_double_arcsine(np.array(x), np.array(typical_size(sizes))))
        else:
            value = measure.to_natural(x)
        yield of(
            "back to the natural scale", f"{ours} of the REML fit", value, theirs=reference[theirs],
            tolerance=EFFECT_SIZE * (1 + abs(x)), scale=max(abs(number(reference[theirs])), 1e-3),
        )  # fmt: skip
