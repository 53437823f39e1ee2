"""Our value of what is computed beside a pooled result: small-study tests, trim and fill, fail-safe N."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, pools_by_given_weights
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.stated import parse_override


@dataclass(frozen=True)
class Beside:
    """One way to compute the number: its value (effects on the analysis scale), how, and the choice that leads to it."""

    value: float
    how: str
    choice: str = ""


def beside(claim: Claim, asked: str, e: Evaluated, analysis: Analysis) -> Iterator[Beside]:
    """Every usual way to compute a number that the claim leaves open, the conventional one first.

    A fit of the counts themselves (Mantel-Haenszel, Peto) has its tests done on the studies' own effects.

    Raises
    ------
    DataError
        when the number is not defined for these studies.
    """
    if e.mods:
        raise DataError("tests beside a pooled result are computed without moderators; this analysis has some")
    stated = {**analysis.method, **parse_override(claim.method)[0]}
    yield from _WAYS[asked](e, stated)


# Tests of asymmetry that a claim names as its kind; without one, Egger's is meant.
_ASYMMETRY = {
    "harbord": "Harbord's test",
    "peters": "Peters' test",
    "macaskill": "Macaskill's test",
    "deeks": "Deeks' test",
    "thompson-sharp": "Thompson and Sharp's test",
    "pustejovsky-rodgers": "the Pustejovsky-Rodgers test",
}


def _asymmetry(e: Evaluated, stated: dict[str, Any], name: str) -> Iterator[Beside]:
    kind = str(stated.get("kind", "egger")).strip().lower()
    if kind == "egger":
        yield from _egger(e, stated, name)
        return
    if kind not in _ASYMMETRY:
        known = ", ".join(("egger", *_ASYMMETRY))
        raise DataError(f"a test of asymmetry of kind {kind!r} is not known; known: {known}")
    from metaudit.diagnostics.small_study.by_code import small_study

    row = small_study(e.effects, kind, level=e.spec.level).to_row()
    how = f"{_ASYMMETRY[kind]} of {row['k']} studies: {_statistic(row['stat'], row['df'])}"
    yield Beside(float(row["p" if name == "p" else "slope"]), how)


def _statistic(stat: float, df: float | None) -> str:
    return f"{'t' if df else 'z'} = {stat:.4g}" + (f" with {df:g} df" if df else "")


def _egger(e: Evaluated, stated: dict[str, Any], name: str) -> Iterator[Beside]:
    from metaudit.diagnostics.small_study.by_code import sample_sizes
    from metaudit.diagnostics.small_study.regression import regression_test

    predictors = {"se": "standard error", "variance": "variance", "n": "sample size", "inverse-n": "1 / sample size"}
    predictor = str(stated.get("predictor", "se"))
    sizes = sample_sizes(e.effects)
    for model, words in (("lm", "weighted regression"), ("rma", "mixed-effects meta-regression")):
        found = regression_test(
            e.effects.yi, e.effects.vi, model=model, predictor=predictor, ni=sizes, level=e.spec.level
        )
        of = f"{words} of the effects on their {predictors.get(predictor, predictor)}"
        test = _statistic(found.stat, found.df)
        yield Beside(found.p if name == "p" else found.slope, f"{of}: {test}", "" if model == "lm" else words)


def _begg(e: Evaluated, stated: dict[str, Any]) -> Iterator[Beside]:
    from metaudit.diagnostics.small_study.rank import begg

    words = {
        "auto": "",
        "asymptotic": "normal approximation",
        "continuity-corrected": "normal approximation with continuity correction",
    }
    for method, choice in words.items():
        found = begg(e.effects.yi, e.effects.vi, p=method)
        yield Beside(
            found.p,
            f"rank correlation of {found.k} studies, Kendall's tau = {found.tau_b:.4g} ({found.p_method})",
            choice,
        )


def _trimfill(e: Evaluated, stated: dict[str, Any], name: str) -> Iterator[Beside]:
    from metaudit.diagnostics.small_study.trimfill import trim_fill

    if pools_by_given_weights(e.spec):
        raise DataError("trim and fill is computed for inverse-variance pooling, not with given weights")
    own = e.spec.tau2 if e.spec.has_tau2 else "REML" if e.spec.model == "glmm" else "FE"
    estimators = [str(stated["estimator"])] if "estimator" in stated else ["L0", "R0"]
    sides = [str(stated["side"])] if "side" in stated else ["auto", "left", "right"]
    for estimator in estimators:
        for side in sides:
            for method in dict.fromkeys((own, "FE")):
                found = trim_fill(
                    e.effects.yi, e.effects.vi, estimator=estimator, side=side, method=method, level=e.spec.level
                )
                chosen = [
                    *([f"estimator {estimator}"] if "estimator" not in stated and estimator != "L0" else []),
                    *([f"side {side}"] if "side" not in stated and side != "auto" else []),
                    *([f"trimmed under {'a common effect' if method == 'FE' else method}"] if method != own else []),
                ]
                value = float(found.k0) if name == "k" else found.pooled.estimate
                how = f"trim and fill {estimator} on the {found.side}: {found.k0} studies filled in beside {found.k}"
                yield Beside(value, how, ", ".join(chosen))


def _failsafe(e: Evaluated, stated: dict[str, Any]) -> Iterator[Beside]:
    from metaudit.diagnostics.small_study.failsafe import orwin, rosenberg, rosenthal

    y, v = e.effects.yi, e.effects.vi
    of_rosenthal: list[tuple[str, Callable[[], Any]]] = [
        (", ".join(w for w in (sided, rounded) if w), partial(rosenthal, y, v, sides=sides, rounding=rounding))
        for sides, sided in ((1, ""), (2, "two-sided .05"))
        for rounding, rounded in (("up", ""), ("down", "rounded down"), ("nearest", "rounded to the nearest"))
    ]
    ways: dict[str, list[tuple[str, Callable[[], Any]]]] = {
        "rosenthal": of_rosenthal,
        "orwin": [("", partial(orwin, y)), ("weighted mean", partial(orwin, y, v))],
        "rosenberg": [("", partial(rosenberg, y, v))],
    }
    kind = str(stated.get("kind", "")).lower()
    if kind and kind not in ways:
        raise DataError(f"fail-safe N of kind {kind!r} is not known; known: {', '.join(ways)}")
    for name in [kind] if kind else list(ways):
        for choice, compute in ways[name]:
            found = compute()
            unsaid = "" if kind or name == "rosenthal" else f"{name.capitalize()}'s"
            how = f"fail-safe N by {name.capitalize()} for {found.k} studies: {found.n_exact:.4g} before rounding"
            yield Beside(found.n, how, ", ".join(w for w in (unsaid, choice) if w))


_WAYS: dict[str, Callable[[Evaluated, dict[str, Any]], Iterator[Beside]]] = {
    "egger_p": lambda e, s: _asymmetry(e, s, "p"),
    "egger_intercept": lambda e, s: _asymmetry(e, s, "intercept"),
    "begg_p": _begg,
    "trimfill_k": lambda e, s: _trimfill(e, s, "k"),
    "trimfill_estimate": lambda e, s: _trimfill(e, s, "estimate"),
    "failsafe_n": _failsafe,
}
BESIDE = frozenset(_WAYS)
