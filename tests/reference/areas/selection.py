"""Step-function selection models: selmodel of metafor, whose optimiser (BFGS, default control) stops short.

Its log-likelihood is compared at its own estimates, and its standard errors with our information matrix at its own
estimates. Then the maxima: ours must not be lower, and each parameter must lie as near to metafor's as the difference of
the log-likelihoods allows (a parabola: a parameter off by t standard errors costs t²/2 at least).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from harness import Case, Compared, Explained, number, numbers, of

from areas._exact_selection import standard_errors
from metaudit.diagnostics.small_study.ascent import information
from metaudit.diagnostics.small_study.selection import StepSelection, step_selection
from metaudit.diagnostics.small_study.selection_likelihood import intervals_of, log_likelihood
from tolerances import CLOSED_FORM, ITERATIVE, LIKELIHOOD

# metafor takes second derivatives by numDeriv from the likelihood itself, we from complex-step gradients, which do not
# change by 1e-8 with their step.
HESSIAN = 1e-6
EXACT = 1e-8
# Log-likelihoods of about -400 are rounded at 1e-13; twice that, under the square root, moves a parameter by this share
# of its standard error without being seen.
UNSEEN = 1e-6
EXPLAINED = {
    "stopped short": Explained(
        who_is_right="ours",
        why="metafor's BFGS stops at a relative change of 1e-8 of the log-likelihood, and reaches tau2 = 0 or "
        "delta = 100 (limits of its search) only in the limit; our log-likelihood is at least as high, and the "
        "parameters differ by no more than the gap allows.",
        size="median 3e-5 of a standard error of the mean, 5 in 100 beyond 0.005; log-likelihoods up to 1e-3 apart",
    ),
    "numeric second derivatives": Explained(
        who_is_right="ours",
        why="Where a weight near 100 makes the information matrix nearly singular, numDeriv's second differences of the "
        "log-likelihood lose digits; differences taken with 60 digits at the same parameters confirm ours to 1e-8.",
        size="up to 3e-6 of a standard error",
    ),
    "another maximum": Explained(
        who_is_right="ours",
        why="The likelihood has a ridge or a second maximum, on which metafor's single start ends; our log-likelihood is "
        "higher by more than 1e-3.",
        size="10 of 207 fits, log-likelihoods up to 1.2 and means up to 1 standard error apart (curtis1998 MD, lopez2019)",
    ),
}


def compare(case: Case) -> Iterator[Compared]:
    """selmodel(type="stepfun") in each of its configurations."""
    if not case.usable:
        return
    for name, theirs in (case.reference.get("selmodel") or {}).items():
        alternative, *steps = name.replace("two.sided", "two-sided").split("_")
        config = {"alternative": alternative, "steps": tuple(map(float, steps))}
        yield from _at_their_estimates(case, name, theirs, config=config)
        ours = step_selection(case.yi, case.vi, **config)
        yield from _maxima(name, ours, theirs)


def _at_their_estimates(case: Case, name: str, theirs: dict[str, Any], *, config: dict[str, Any]) -> Iterator[Compared]:
    intervals = intervals_of(case.yi, case.vi, **config)
    x = np.array([theirs["beta"], theirs["tau2"], *theirs["delta"][1:]])

    def f(params: Any) -> Any:
        logs = np.concatenate([params[:, :2], np.log(params[:, 2:])], axis=1)
        return log_likelihood(logs, case.yi, case.vi, intervals=intervals)

    height = float(np.real(f(x[None].astype(complex))[0]))
    yield of("selection model likelihood", name, height, theirs=theirs["ll"], tolerance=CLOSED_FORM)
    errors = [theirs["se"], theirs["se_tau2"], *numbers(theirs["se_delta"])[1:]]
    if all(e is not None and math.isfinite(e) for e in errors) and theirs["tau2"] > 0.01 * case.vi.min():
        natural = np.array(errors, dtype=float)
        natural[1] = min(natural[1], float(theirs["tau2"] + case.vi.min()))
        natural[2:] = np.minimum(natural[2:], x[2:])
        ours = np.sqrt(np.diag(np.linalg.inv(information(f, x, scale=3e-3 * natural))))
        again = _exact_where_needed(case, x, config, ours=ours, theirs=np.array(errors, dtype=float))
        for j, (a, b, exact) in enumerate(zip(ours, errors, again, strict=True)):
            why = "numeric second derivatives" if abs(a - exact) <= EXACT * exact else ""
            group = "selection model SE at their estimates"
            yield of(group, f"{name} {j}", a, theirs=b, tolerance=HESSIAN, explained=why)


def _exact_where_needed(
    case: Case, x: np.ndarray, config: dict[str, Any], *, ours: np.ndarray, theirs: np.ndarray
) -> Sequence[float]:
    """Standard errors with 60 digits when one of ours differs from metafor's, which is rare."""
    if config["alternative"] == "two-sided" or np.all(np.abs(ours - theirs) <= HESSIAN * theirs):
        return [math.nan] * len(ours)
    return standard_errors(case.yi, case.vi, [float(a) for a in x], **config)


def _maxima(name: str, ours: StepSelection, theirs: dict[str, Any]) -> Iterator[Compared]:
    gap = ours.log_likelihood - number(theirs["ll"])
    lower = min(0.0, gap)
    yield of(
        "selection model maximum not lower",
        name,
        lower,
        theirs=0.0,
        tolerance=LIKELIHOOD,
        scale=max(1.0, abs(theirs["ll"])),
    )
    lrt, size = number(theirs["LRT"]), max(1.0, number(theirs["LRT"]))
    why = (
        ("another maximum" if gap > 1e-3 else "stopped short")
        if abs(max(0.0, ours.lrt - 2 * gap) - lrt) <= LIKELIHOOD * size
        else ""
    )
    yield of("selection model LRT", name, ours.lrt, theirs=lrt, tolerance=ITERATIVE, scale=size, explained=why)
    deltas = zip(ours.delta[1:], ours.delta_se[1:], theirs["delta"][1:], strict=True)
    both = [(ours.estimate, ours.se, theirs["beta"]), (ours.tau2, ours.tau2_se, theirs["tau2"]), *deltas]
    for j, (value, se, reference) in enumerate(both):
        scale = se if math.isfinite(se) else max(abs(number(reference)), 1e-3)
        found = of(
            "selection model estimates", f"{name} {j}", value, theirs=reference, tolerance=ITERATIVE, scale=scale
        )
        if gap > 1e-3:
            why = "another maximum"
        elif not math.isfinite(se) or ours.at_boundary:
            why = "stopped short" if gap >= -LIKELIHOOD else ""
        else:
            why = "stopped short" if found.error <= 1.2 * math.sqrt(2 * max(gap, 0)) + UNSEEN else ""
        yield of(
            "selection model estimates",
            f"{name} {j}",
            value,
            theirs=reference,
            tolerance=ITERATIVE,
            scale=scale,
            explained=why,
        )
