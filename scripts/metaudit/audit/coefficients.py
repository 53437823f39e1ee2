"""Our value of what a meta-regression prints: its coefficients with their limits and tests, and the effects that it predicts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np

from metaudit.appraise.fitted_line import fitted_line
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_analysis_scale
from metaudit.audit_words.vocabulary import CI
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, column_values, moderator_values
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.review import Analysis, Claim
from metaudit.measures import Measure
from metaudit.pooling.result import Coefficient

COEFFICIENT = frozenset(("coef", "coef_se", "coef_p"))
# What a subject may turn into the number of a coefficient, or of a prediction.
OF_TERM = frozenset(("ci_low", "ci_high", "se", "z", "p"))
_OF_PREDICTION = frozenset(("predicted", "estimate", "ci_low", "ci_high", "se"))
_FIELD = {
    "coef": "estimate", "coef_se": "se", "coef_p": "p", "ci_low": "ci_low", "ci_high": "ci_high", "se": "se", "z": "stat", "p": "p",
}  # fmt: skip
_WORDS = {"ci_low": "lower limit", "ci_high": "upper limit", "z": "test statistic", "p": "P value"}
_EFFECTS = ("coef", "ci_low", "ci_high")
EXPONENTIATED = ("percent-reduction", "percent-increase")
"""Scales of a printed number that stand for exp(b), where effects are analysed on a logarithm."""


def about_regression(claim: Claim, asked: str, e: Evaluated, analysis: Analysis) -> bool:
    """Whether a number is one of a coefficient or a prediction, and not of all studies, of a subgroup or of a study."""
    if asked in COEFFICIENT or asked == "predicted":
        return True
    if not analysis.moderators or not claim.subject or asked not in OF_TERM | _OF_PREDICTION:
        return False
    if _term(claim.subject, e) is None and any(s.label == claim.subject for s in e.effects.studies):
        return False
    return not _names_subgroup(claim.subject, e, analysis)


def about_term(claim: Claim, e: Evaluated, analysis: Analysis) -> bool:
    """Whether a number is one of a coefficient, whose value of no effect is 0 on the analysis scale."""
    of_either = claim.quantity in COEFFICIENT | OF_TERM and about_regression(claim, claim.quantity, e, analysis)
    return of_either and _term(claim.subject, e) is not None


def exponentiated(scale: str, measure: Measure) -> bool:
    """Whether a coefficient that is printed on a scale is the ratio exp(b)."""
    return scale in EXPONENTIATED and measure.scale in ("log", "logit")


def regression_values(claim: Claim, asked: str, e: Evaluated, analysis: Analysis) -> Iterator[tuple[Ours, str]]:
    """Every value that a paper may mean, the conventional one first, each with the choice that leads to it.

    Raises
    ------
    Unanswerable
        when the subject names neither a coefficient nor a value of every moderator, or the number is not defined.
    """
    term = _term(claim.subject, e)
    if asked in COEFFICIENT and term is None:
        raise Unanswerable(
            f"{claim.subject!r} is no coefficient; the model has {_names(e) or 'no moderators'}",
            "moderators in review.yaml",
        )
    given, complete = _given(claim.subject), _wanted(analysis)
    predicts = asked in _OF_PREDICTION and set(given) == set(complete) and all(given.values())
    if asked == "predicted" and (not complete or not predicts):
        needs = ", ".join(complete) or "a moderator"
        raise Unanswerable(f"a prediction needs a value of {needs} as subject; it says {claim.subject!r}")
    if term is not None and asked in _FIELD:
        yield from _of_term(claim, asked, term, e)
        if predicts:
            yield _predicted(claim, asked, e, analysis), "the number of the predicted effect, not of the coefficient"
        return
    if not predicts:
        values = "; ".join(f"{m}=..." for m in complete)
        raise Unanswerable(
            f"{claim.subject!r} is neither a coefficient of the model ({_names(e)}) nor a value of every moderator ({values})",
            "the subject as it stands in review.yaml",
        )
    yield _predicted(claim, asked, e, analysis), ""


def _names(e: Evaluated) -> str:
    return ", ".join(_bare(c.term) for c in e.fit.coefficients)


def _bare(name: str) -> str:
    return name.strip().removeprefix(COVARIATE_PREFIX)


def _term(subject: str, e: Evaluated) -> Coefficient | None:
    return next((c for c in e.fit.coefficients if _bare(c.term) == _bare(subject)), None)


def _names_subgroup(subject: str, e: Evaluated, analysis: Analysis) -> bool:
    column, sign, level = subject.partition("=")
    same = not sign or _bare(column) == _bare(analysis.subgroups)
    return bool(analysis.subgroups) and same and (level.strip() if sign else subject) in e.subgroups


def _of_term(claim: Claim, asked: str, term: Coefficient, e: Evaluated) -> Iterator[tuple[Ours, str]]:
    x = float(getattr(term, _FIELD[asked]))
    what = f"{_WORDS[asked]} of " if asked in _WORDS else ""
    by = f" ({CI.get(e.spec.ci, e.spec.ci)})" if asked.startswith("ci_") else ""
    fitted = f"meta-regression of {e.fit.k} studies, tau² = {e.fit.tau2:.4g}"
    how = f"{fitted}: {what}{term.estimate:.4g} (SE {term.se:.4g}){by}"
    if asked not in _EFFECTS or e.effects.measure.scale not in ("log", "logit"):
        yield Ours(x, how), ""
        return
    ratio = Ours(math.exp(x), f"exp({x:.4g}); {how}")
    if exponentiated(claim.scale, e.effects.measure):
        yield ratio, ""
        return
    yield Ours(x, how), ""
    if not on_analysis_scale(claim):  # no scale and the natural one read the same; papers print b and exp(b)
        yield ratio, "the exponentiated coefficient"


def _given(subject: str) -> dict[str, str]:
    """The values that a subject such as ``ablat=33.46; alloc=random`` gives, by moderator."""
    parts = (p.partition("=") for p in subject.replace(",", ";").split(";") if p.strip())
    return {_bare(name): value.strip() for name, _, value in parts}


def _wanted(analysis: Analysis) -> tuple[str, ...]:
    return tuple(_bare(m if isinstance(m, str) else str(m["column"])) for m in analysis.moderators)


def _predicted(claim: Claim, asked: str, e: Evaluated, analysis: Analysis) -> Ours:
    """The average effect at given values of the moderators, its standard error or a limit.

    Values are those of the table; they are transformed and centred as the analysis says. The variance is x'Vx with the
    covariance V of the coefficients, the quantile that of their own intervals, as in metafor's ``predict``.
    """
    x, words = _place(_given(claim.subject), e, analysis)
    value = float(x @ np.array([c.estimate for c in e.fit.coefficients]))
    how = f"{words} = {value:.4g}"
    if asked in ("predicted", "estimate"):
        return Ours(value if on_analysis_scale(claim) else e.natural(value), how)
    line = fitted_line(e)
    if line is None:
        raise Unanswerable(f"a predicted effect has no limits by the {CI.get(e.spec.ci, e.spec.ci)} of this fit")
    se = math.sqrt(float(x @ line.covariance @ x))
    if asked == "se":
        return Ours(se, f"{how}, √ of x'Vx")
    end = value + (-1 if asked == "ci_low" else 1) * line.quantile * se
    how = f"{how} {'-' if asked == 'ci_low' else '+'} {line.quantile:.3f} × {se:.4g} ({CI.get(e.spec.ci, e.spec.ci)})"
    return Ours(end if on_analysis_scale(claim) else e.natural(end), how)


def _place(given: Mapping[str, str], e: Evaluated, analysis: Analysis) -> tuple[Floats, str]:
    """A row of the design at given values of the moderators, and the sum that it makes of the coefficients."""
    terms = {_bare(c.term): i for i, c in enumerate(e.fit.coefficients)}
    b = [c.estimate for c in e.fit.coefficients]
    x = np.zeros(len(b))
    x[0], words = 1.0, [f"{b[0]:.4g}"]
    try:
        for m in analysis.moderators:
            rule = {"column": m} if isinstance(m, str) else dict(m)
            name = _bare(str(rule["column"]))
            level = terms.get(f"{name}={given[name]}")
            if name in terms:
                at = x[terms[name]] = float(moderator_values(rule, [given[name]], ["the prediction"])[0])
                words.append(f"{b[terms[name]]:.4g} × {at:g}")
            elif level is not None:
                x[level] = 1.0
                words.append(f"{b[level]:.4g}")
            elif given[name] not in column_values(e.effects, name):
                raise DataError(f"no study has {name} {given[name]!r}")
    except DataError as error:
        raise Unanswerable(str(error)) from None
    return x, " + ".join(words)
