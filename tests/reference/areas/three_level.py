"""Three-level models (rma.mv with ~ 1 | cluster/effect): the likelihood and the fit at metafor's variances, and its maximum.

metafor's optimiser (nlminb by default) stops when the likelihood hardly rises any more. So the same number is compared
twice: at metafor's own variances, where everything must agree as a closed form does, and at our maximum.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from harness import Case, Compared, Explained, number, numbers, of, p_of_stat

from metaudit.pooling.intervals import quantile, two_sided_p
from metaudit.pooling.three_level import three_level
from metaudit.pooling.three_level_likelihood import Model
from tolerances import CLOSED_FORM, ITERATIVE, LIKELIHOOD

EXPLAINED = {
    "three-level-optimiser": Explained(
        "ours",
        "rma.mv's default optimiser (nlminb) stops when the likelihood rises by less than about 1e-10 of itself, up to 1e-5 "
        "short of the variances at its maximum; ours ends where the slope is 0. Counted only where the likelihood at our "
        "variances is at least as high, and our fit at metafor's variances is metafor's",
        "variances up to 5e-6 of their size, standard error up to 2e-6, estimate up to 3e-6 standard errors",
    )
}


def compare(case: Case) -> Iterator[Compared]:
    """Everything in the section ``three_level``."""
    theirs = case.reference.get("three_level")
    if not theirs or not case.usable:
        return
    clusters = case.reference["cluster"]
    codes = np.unique([str(c) for c in clusters], return_inverse=True)[1]
    model = Model(case.yi, case.vi, np.ones((case.yi.size, 1)), codes=codes, restricted=True)
    sigma2 = numbers(theirs["sigma2"])
    there = model.at(float(sigma2[0]), float(sigma2[1]))
    yield of(
        "three-level likelihood",
        "likelihood at metafor's variances",
        there.ll,
        theirs=theirs["ll"],
        tolerance=CLOSED_FORM,
    )
    yield from _fit("at metafor's variances", float(there.beta[0]), math.sqrt(there.cov[0, 0]), theirs, CLOSED_FORM)
    ours = three_level(case.yi, case.vi, clusters)
    gain = min(0.0, ours.log_likelihood - number(theirs["ll"]))
    yield Compared("three-level maximum", "likelihood at our variances is not lower", gain, 0.0, 1.0, LIKELIHOOD)
    slopes = [
        float(np.abs(model.slope(np.array(s))).max()) for s in ((ours.sigma2_between, ours.sigma2_within), sigma2)
    ]
    same = abs(there.ll - number(theirs["ll"])) <= LIKELIHOOD * abs(number(theirs["ll"]))
    short = same and gain > -LIKELIHOOD and (slopes[0] < slopes[1] or min(sigma2) < 1e-8 * sum(sigma2))
    for name, mine, value in (("between", ours.sigma2_between, sigma2[0]), ("within", ours.sigma2_within, sigma2[1])):
        yield _explained(
            of(
                "three-level variances",
                f"variance {name}",
                mine,
                theirs=value,
                tolerance=ITERATIVE,
                scale=float(sigma2.sum()),
            ),
            short,
        )
    for c in _fit("at the maximum", ours.mean.estimate, ours.mean.se, theirs, ITERATIVE):
        yield _explained(c, short)
    q = number(theirs["QE"])
    yield of("three-level Q", "Q", ours.q, theirs=q, tolerance=CLOSED_FORM)


def _explained(c: Compared, short: bool) -> Compared:
    return (
        c
        if not (c.differs and short)
        else Compared(*(getattr(c, f) for f in _FIELDS), explained="three-level-optimiser")
    )


_FIELDS = ("quantity", "what", "ours", "theirs", "scale", "tolerance")


def _fit(where: str, estimate: float, se: float, theirs: dict[str, float], tolerance: float) -> Iterator[Compared]:
    size, name, half = number(theirs["se"]), f"three-level fit {where}", quantile(0.95, None) * se
    yield of(name, f"estimate {where}", estimate, theirs=theirs["beta"], tolerance=tolerance, scale=size)
    yield of(name, f"se {where}", se, theirs=size, tolerance=tolerance)
    stat = number(theirs["zval"])
    yield of(name, f"z {where}", estimate / se, theirs=stat, tolerance=tolerance, scale=max(abs(stat), 1.0))
    yield p_of_stat(
        name, f"P {where}", two_sided_p(estimate / se, None), theirs=theirs["pval"], stat=stat, tolerance=tolerance
    )
    for side, sign in (("ci_lb", -1), ("ci_ub", 1)):
        yield of(name, f"{side} {where}", estimate + sign * half, theirs=theirs[side], tolerance=tolerance, scale=size)
