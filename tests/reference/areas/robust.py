"""Cluster-robust inference on the mean: CR1, and CR2 with Satterthwaite's degrees of freedom (metafor with clubSandwich)."""

from __future__ import annotations

from collections.abc import Iterator

from harness import Case, Compared, Explained, number, of, p_of_stat

from metaudit.pooling.robust import cluster_robust
from metaudit.pooling.tau2 import estimate_tau2
from tolerances import CLOSED_FORM, ITERATIVE

EXPLAINED: dict[str, Explained] = {}


def compare(case: Case) -> Iterator[Compared]:
    """Everything in the section ``robust``."""
    if "robust" not in case.reference or not case.usable:
        return
    import numpy as np

    ones = np.ones((case.yi.size, 1))
    for name, theirs in case.reference["robust"].items():
        method, kind = name.split("_")
        tau2 = estimate_tau2(method, case.yi, case.vi, ones)
        fit = cluster_robust(case.yi, case.vi, case.reference["cluster"], tau2=tau2, kind=kind)
        tolerance = ITERATIVE if method == "REML" else CLOSED_FORM
        ours, se, stat = fit.mean, number(theirs["se"]), number(theirs["tval"])
        yield of(
            "robust estimate", f"{name} estimate", ours.estimate, theirs=theirs["beta"], tolerance=tolerance, scale=se
        )
        yield of(f"robust SE {kind}", f"{name} se", ours.se, theirs=se, tolerance=tolerance)
        yield of(
            f"robust t {kind}", f"{name} t", ours.stat, theirs=stat, tolerance=tolerance, scale=max(abs(stat), 1.0)
        )
        yield of(f"robust df {kind}", f"{name} df", ours.df, theirs=theirs["ddf"], tolerance=tolerance)
        yield p_of_stat(f"robust P {kind}", f"{name} P", ours.p, theirs=theirs["pval"], stat=stat, tolerance=tolerance)
        for side, limit, reference in (("low", ours.ci_low, theirs["ci_lb"]), ("high", ours.ci_high, theirs["ci_ub"])):
            yield of(f"robust CI {kind}", f"{name} ci_{side}", limit, theirs=reference, tolerance=tolerance, scale=se)
        yield of("clusters", f"{name} clusters", fit.clusters, theirs=theirs["n"], tolerance=0.0)
