"""Our value of every quantity a claim can be about, and in words how it came by."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from metaudit.analyses import totals
from metaudit.audit.arm_values import (
    OF_ARMS,
    SUMS,
    crude_proportion,
    modelled_proportion,
    nnt,
    other_nnts,
    reported,
    summed,
    with_events,
)
from metaudit.audit.beside import BESIDE, beside
from metaudit.audit.between_subgroups import of_between
from metaudit.audit.coefficients import about_regression, regression_values
from metaudit.audit.how import effect_words, fit_words
from metaudit.audit.i2_limits import OF_I2, i2_limits
from metaudit.audit.names import model_words, name_of
from metaudit.audit.observed import OF_ROW, observed
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_analysis_scale, quantity_asked
from metaudit.audit.wanted import of_subgroups
from metaudit.audit_words.other_ways import ONE_TAU2
from metaudit.effects.compute import NEEDS
from metaudit.effects.convert import Converted, level_of
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.tables import Row
from metaudit.pooling.intervals import quantile

_FIT = {
    "se": "se", "z": "stat", "p": "p", "q": "q", "q_df": "q_df", "q_p": "q_p", "i2_low": "i2_low", "i2_high": "i2_high",
    "h2": "h2", "tau2": "tau2", "tau2_low": "tau2_low", "tau2_high": "tau2_high", "r2": "r2", "qm": "qm", "qm_p": "qm_p",
    "se_tau2": "se_tau2", "loglik": "log_lik",
}  # fmt: skip
_EFFECTS = {"estimate": "estimate", "ci_low": "ci_low", "ci_high": "ci_high", "pi_low": "pi_low", "pi_high": "pi_high"}
_STUDY = {"study_estimate", "study_ci_low", "study_ci_high", "study_se", "study_variance", "weight"}
_WITHOUT_TAU2 = ("common", "mantel-haenszel", "peto")
_BETWEEN = ("subgroup_q", "subgroup_p", "subgroup_df", "subgroup_i2")


def our_value(claim: Claim, e: Evaluated, analysis: Analysis, rows: Sequence[Converted]) -> Ours:
    """Our value of a claim's quantity under one evaluated specification.

    Raises
    ------
    Unanswerable
        when the quantity is not defined here, with what is missing.
    """
    asked = quantity_asked(claim)
    if asked in BESIDE and claim.subject:
        e = _subgroup(claim.subject, e, analysis)
    if about_regression(claim, asked, e, analysis):
        return next(regression_values(claim, asked, e, analysis))[0]
    if asked in BESIDE:
        return next(_beside(claim, asked, e, analysis))[0]
    if asked == "weight" and about_part(claim, analysis, e):
        return _weight_of_part(claim, e, analysis)
    if asked in _STUDY:
        return _of_study(claim, asked, e)
    if asked in _BETWEEN or (asked == "q" and claim.subject in ("within", "between")):
        return of_between(claim, asked, e, analysis)
    if claim.subject and asked not in SUMS | OF_ARMS | {"count", "value"}:
        e = _subgroup(claim.subject, e, analysis)
    if asked in OF_I2:
        return _told(next(_limits_of_i2(claim, asked, e, analysis))[0], e, claim, asked, analysis)
    return _told(_of_pooled(claim, asked, e, rows, subgroups=analysis.subgroups), e, claim, asked, analysis)


def _told(ours: Ours, e: Evaluated, claim: Claim, asked: str, analysis: Analysis) -> Ours:
    """A number of a subgroup, whose words say so where the tau2 it rests on is that of all subgroups."""
    shared = e.between is not None and e.between.common_tau2
    return replace(ours, how=f"{ours.how}; {ONE_TAU2}") if shared and of_subgroups(claim, asked, analysis) else ours


def other_values(claim: Claim, e: Evaluated, analysis: Analysis) -> Iterator[tuple[Ours, str]]:
    """Values that a paper may mean as well, each with the choice that leads to it; the first choice is `our_value`."""
    asked = quantity_asked(claim)
    if about_regression(claim, asked, e, analysis):
        yield from _after_first(regression_values(claim, asked, e, analysis))
    elif asked in ("proportion", "proportion_t", "proportion_c"):
        modelled = modelled_proportion(asked, e)
        if modelled is not None:
            yield modelled, "the model-based proportion, not the crude one"
    elif asked in SUMS and e.effects.measure.kind == "counts":
        yield from _counting_all(claim, asked, e, analysis)
    elif asked in OF_ROW and e.effects.measure.kind == "proportion" and not on_analysis_scale(claim):
        study = e.effects.studies[_place(claim, e)]
        yield from observed(asked, study, level=_level(study.row, e))
    elif asked == "nnt":
        yield from other_nnts(_subgroup(claim.subject, e, analysis) if claim.subject else e)
    elif asked in OF_I2:
        part = _subgroup(claim.subject, e, analysis) if claim.subject else e
        yield from islice(_limits_of_i2(claim, asked, part, analysis), 1, None)
    elif asked in BESIDE:
        e = _subgroup(claim.subject, e, analysis) if claim.subject else e
        yield from _after_first(_beside(claim, asked, e, analysis))


def _after_first(ways: Iterator[tuple[Ours, str]]) -> Iterator[tuple[Ours, str]]:
    try:
        next(ways)
        yield from ways
    except Unanswerable:  # the conventional way has its value; another is not defined for these studies
        return


def _limits_of_i2(claim: Claim, asked: str, e: Evaluated, analysis: Analysis) -> Iterator[tuple[Ours, str]]:
    own = Ours(float(getattr(e.fit, _FIT[asked])), fit_words(asked, e.fit))
    return i2_limits(claim, asked, e, analysis, from_tau2=own)


def _counting_all(claim: Claim, asked: str, e: Evaluated, analysis: Analysis) -> Iterator[tuple[Ours, str]]:
    """The same over the studies that are set aside because nobody, or everybody, had an event, which some programs count as well.

    RevMan and R's meta pool the others; whether a paper's sum of people or events is theirs or that of all, it seldom says.
    """
    part = _subgroup(claim.subject, e, analysis) if claim.subject in e.subgroups or "=" in claim.subject else e
    aside = [r for r, _ in e.effects.incomplete if not any(math.isnan(r.get(n)) for n in NEEDS["counts"])]
    if part is not e:
        column = column_name(analysis.subgroups, known_columns([r.row for r in aside]))
        aside = [r for r in aside if r.row.text(column) == claim.subject.rpartition("=")[2].strip()]
    if not aside or (part is e and claim.subject):
        return
    studies = [*part.effects.studies, *aside]
    value = totals(studies)[asked]
    which = "nobody, or everybody, had an event"
    if not math.isnan(value):
        how = f"{len(part.effects.studies)} studies are pooled; counted with {len(aside)} in which {which}"
        yield Ours(value, how), f"studies in which {which} counted as well"


def _beside(claim: Claim, asked: str, e: Evaluated, analysis: Analysis) -> Iterator[tuple[Ours, str]]:
    as_it_is = on_analysis_scale(claim) or asked != "trimfill_estimate"
    try:
        for way in beside(claim, asked, e, analysis):
            yield Ours(way.value if as_it_is else e.natural(way.value), way.how), way.choice
    except DataError as error:
        raise Unanswerable(str(error)) from None


def _of_pooled(claim: Claim, asked: str, e: Evaluated, rows: Sequence[Converted], *, subgroups: str = "") -> Ours:
    f = e.fit
    if asked in _EFFECTS:
        x = getattr(f, _EFFECTS[asked])
        return Ours(x if on_analysis_scale(claim) else e.natural(x), effect_words(asked, e))
    if asked == "q_df" and math.isnan(f.q):
        return Ours(math.nan, "")
    if asked in ("tau2", "tau", "tau2_low", "tau2_high", "se_tau2") and e.spec.model in _WITHOUT_TAU2:
        raise Unanswerable(f"the {model_words(e.spec.model)} model has no {name_of(asked).removeprefix('the ')}")
    if asked in _FIT:
        return Ours(float(getattr(f, _FIT[asked])), fit_words(asked, f))
    if asked == "i2":
        return _i2(e)
    if asked == "tau":
        return Ours(math.sqrt(f.tau2), f"√ of tau² = {f.tau2:.4g}")
    if asked == "k":
        return Ours(float(e.effects.k), f"{e.effects.k} studies are pooled")
    if asked == "k_with_events":
        return with_events(e)
    if asked in ("proportion", "proportion_t", "proportion_c"):
        return crude_proportion(asked, e)
    if asked == "nnt":
        return nnt(e)
    if asked in SUMS:
        return summed(claim, asked, e, rows, subgroups=subgroups)
    if asked in OF_ARMS:
        return reported(claim, asked, rows)
    raise Unanswerable(f"there is no rule for {asked} of an analysis")


def _subgroup(subject: str, e: Evaluated, analysis: Analysis) -> Evaluated:
    """The evaluated subgroup that a subject names (``column=level`` or the bare level)."""
    column, sign, level = subject.partition("=")
    wanted = level.strip() if sign else subject
    if sign and analysis.subgroups and column.strip().removeprefix("x_") != analysis.subgroups.removeprefix("x_"):
        raise Unanswerable(
            f"the analysis has no subgroups by {column.strip()!r}", f"subgroups: {column.strip()} in review.yaml"
        )
    if wanted in e.subgroups:
        effects, fit = e.subgroups[wanted]
        return Evaluated(e.spec, effects, fit, between=e.between)
    matching = [i for i, s in enumerate(e.effects.studies) if s.label == subject]
    if len(matching) == 1:
        raise Unanswerable(f"{subject!r} is a study, not a subgroup; its own effect is the quantity study_estimate")
    raise Unanswerable(
        f"the extraction table does not say which studies make up {subject!r}", f"which studies make up {subject!r}"
    )


def _i2(e: Evaluated) -> Ours:
    f = e.fit
    if e.spec.i2 == "Q":
        return Ours(f.i2_q, f"I² = 100 (Q - df)/Q with Q = {f.q:.4g}, df = {f.q_df}")
    return Ours(
        f.i2,
        f"I² from tau² = {f.tau2:.4g} and the typical variance"
        if e.spec.has_tau2
        else f"I² from Q = {f.q:.4g}, df = {f.q_df}",
    )


def _of_study(claim: Claim, asked: str, e: Evaluated) -> Ours:
    i = _place(claim, e)
    if asked == "weight" and e.spec.model == "glmm":
        raise Unanswerable("a mixed model of the counts gives the studies no weights")
    y, v = float(e.effects.yi[i]), float(e.effects.vi[i])
    z = quantile(_level(e.effects.studies[i].row, e), None)
    back: Callable[[float], float] = (lambda x: x) if on_analysis_scale(claim) else lambda x: e.natural_of_study(x, i)
    match asked:
        case "weight":
            return Ours(float(e.fit.weights[i]), f"weight of {claim.subject} in the {model_words(e.spec.model)} model")
        case "study_se":
            return Ours(math.sqrt(v), f"√ of the sampling variance {v:.4g}")
        case "study_variance":
            return Ours(v, e.effects.routes[i])
        case "study_estimate":
            return Ours(back(y), e.effects.routes[i])
        case "study_ci_low":
            return Ours(back(y - z * math.sqrt(v)), f"{y:.4g} - {z:.3f} × {math.sqrt(v):.4g}; {e.effects.routes[i]}")
        case _:
            return Ours(back(y + z * math.sqrt(v)), f"{y:.4g} + {z:.3f} × {math.sqrt(v):.4g}; {e.effects.routes[i]}")


def _place(claim: Claim, e: Evaluated) -> int:
    """Where the one study stands that a claim is about."""
    matching = [
        i for i, s in enumerate(e.effects.studies) if s.label == claim.subject or f"row {s.row.line}" == claim.subject
    ]
    if not matching:
        raise Unanswerable(
            f"no usable study of the analysis is called {claim.subject!r}", "the study's row in the extraction table"
        )
    if len(matching) > 1:
        raise Unanswerable(
            f"{claim.subject!r} names {len(matching)} rows of the analysis", "a label that tells them apart"
        )
    return matching[0]


def _level(row: Row, e: Evaluated) -> float:
    """The level of a study's own interval: as its row states it, else that of the analysis."""
    return level_of(row) if row.text("ci_level") else e.spec.level


def about_part(claim: Claim, analysis: Analysis, e: Evaluated) -> bool:
    """Whether a claim on a weight is about all studies (no subject) or a subgroup, and not about one study."""
    if not claim.subject or not analysis.subgroups or any(s.label == claim.subject for s in e.effects.studies):
        return not claim.subject
    column, sign, _ = claim.subject.partition("=")
    named = bool(sign) and column.strip().removeprefix("x_") == analysis.subgroups.removeprefix("x_")
    return named or claim.subject in e.subgroups


def _weight_of_part(claim: Claim, e: Evaluated, analysis: Analysis) -> Ours:
    """The weight that all studies, or those of a subgroup, have together, in percent."""
    if e.spec.model == "glmm":
        raise Unanswerable("a mixed model of the counts gives the studies no weights")
    studies = (_subgroup(claim.subject, e, analysis) if claim.subject else e).effects.studies
    lines = {s.row.line for s in studies}
    own = [float(w) for w, s in zip(e.fit.weights, e.effects.studies, strict=True) if s.row.line in lines]
    return Ours(math.fsum(own), f"sum of the weights of {len(own)} studies in the {model_words(e.spec.model)} model")
