"""Our value of what is counted or measured in the arms: people, events, proportions, means, and the number needed to treat."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from metaudit.analyses import totals
from metaudit.audit.names import name_of
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit_words.other_ways import NNT_BY_RATIO
from metaudit.effects.convert import Converted
from metaudit.evaluate import Evaluated
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Claim
from metaudit.pooling.proportions import arm_proportions

OF_ARMS = {"mean_t", "mean_c", "sd_t", "sd_c"}
_ODDS = ("OR", "PETO")
SUMS = {"n_t", "n_c", "n", "events_t", "events_c"}


def with_events(e: Evaluated) -> Ours:
    """How many studies have an event in any arm.

    Raises
    ------
    Unanswerable
        where the analysis has no counts.
    """
    names = [n for n in ("events_t", "events_c", "events") if n in e.effects.cells]
    if not names:
        raise Unanswerable("the analysis has no counts of events", "events of every study")
    events = np.sum([e.effects.cells[n] for n in names], axis=0)
    found = int(np.count_nonzero(events))
    return Ours(float(found), f"{found} of {e.effects.k} studies have events")


def crude_proportion(asked: str, e: Evaluated) -> Ours:
    """The proportion of an arm: the sum of events over the sum of people."""
    arm = {"proportion": "single", "proportion_t": "treatment", "proportion_c": "control"}[asked]
    found = [p for p in arm_proportions(e.effects, level=e.spec.level) if p["arm"] == arm and p["method"] == "crude"]
    if not found:
        raise Unanswerable(f"the analysis holds no counts for {name_of(asked)}", "events and n of every study")
    p = found[0]
    return Ours(
        p["proportion"],
        f"{p['events']}/{p['n']} (sum of events over sum of n)" if p["k"] > 1 else f"{p['events']}/{p['n']}",
    )


def modelled_proportion(asked: str, e: Evaluated) -> Ours | None:
    """The model-based proportion of an arm, which papers print as often as the crude one."""
    arm = {"proportion": "single", "proportion_t": "treatment", "proportion_c": "control"}.get(asked)
    for p in arm_proportions(e.effects, level=e.spec.level):
        if p["arm"] == arm and p["method"] == "model" and p["k"] > 1:
            return Ours(p["proportion"], f"random-effects logit (REML) over {p['k']} arms")
    return None


def nnt(e: Evaluated) -> Ours:
    """The number needed to treat: of the pooled risk difference, or of the arms' crude proportions under another measure."""
    if e.effects.measure.kind != "counts":
        raise Unanswerable("a number needed to treat needs counts in two groups", "events and n of both arms")
    if e.spec.measure == "RD":
        rd = e.fit.estimate
        how = f"1 / |RD {rd:.4g}|"
    else:
        t = crude_proportion("proportion_t", e).value
        c = crude_proportion("proportion_c", e).value
        rd, how = t - c, f"1 / |{t:.4g} - {c:.4g}|"
    return needed_to_treat(rd, how)


def other_nnts(e: Evaluated) -> Iterator[tuple[Ours, str]]:
    """The number needed to treat from a pooled ratio at the control group's crude risk, as it is and rounded up.

    Cochrane Handbook (6.5), 15.4.4: RD = p (1 - RR) of a risk ratio, p - OR p / (1 - p + OR p) of an odds ratio.
    """
    measure = e.spec.measure
    if e.effects.measure.kind != "counts" or measure not in ("RR", *_ODDS):
        return
    ratio = e.natural(e.fit.estimate)
    p = crude_proportion("proportion_c", e).value
    if measure == "RR":
        rd, how = (
            p * (1 - ratio),
            f"1 / |{p:.4g} × (1 - {ratio:.4g})|, the pooled risk ratio at the control group's risk",
        )
    else:
        treated = ratio * p / (1 - p + ratio * p)
        rd, how = p - treated, f"1 / |{p:.4g} - {treated:.4g}|, the latter by the pooled odds ratio {ratio:.4g}"
    if rd == 0 or not math.isfinite(rd):
        return
    value = 1 / abs(rd)
    yield Ours(value, how), NNT_BY_RATIO
    yield Ours(float(math.ceil(value)), f"{how} = {value:.4g}, rounded up"), NNT_BY_RATIO


def needed_to_treat(rd: float, how: str) -> Ours:
    """The number needed to treat of a risk difference.

    Raises
    ------
    Unanswerable
        for a difference of 0.
    """
    if rd == 0:
        raise Unanswerable("the risk difference is 0: the number needed to treat is infinite")
    return Ours(1 / abs(rd), how)


def _pick(claim: Claim, rows: Sequence[Converted], subgroups: str = "") -> Sequence[Converted]:
    """The rows that a subject names: a study, or a subgroup as ``column=level`` or the bare level; all without one."""
    named = [r for r in rows if r.label == claim.subject]
    column, sign, level = claim.subject.partition("=")
    about_them = not sign or column.strip().removeprefix("x_") == subgroups.removeprefix("x_")
    if not named and subgroups and about_them:
        name = column_name(subgroups, known_columns([r.row for r in rows]))
        named = [r for r in rows if r.row.text(name) == (level if sign else claim.subject).strip()]
    return named or rows


def summed(claim: Claim, asked: str, e: Evaluated, rows: Sequence[Converted], *, subgroups: str) -> Ours:
    """The sum of people, or of events, over the pooled studies that a subject names."""
    used = {s.row.line for s in e.effects.studies}
    picked = [r for r in _pick(claim, rows, subgroups) if r.row.line in used]
    value = totals(picked)[asked]
    if math.isnan(value):
        raise Unanswerable(
            f"{name_of(asked)} is not reported for every study", f"per study: {name_of(asked).removeprefix('the ')}"
        )
    return Ours(
        value,
        f"sum over {len(picked)} studies" if len(picked) > 1 else f"as in the extraction table for {picked[0].label}",
    )


def reported(claim: Claim, asked: str, rows: Sequence[Converted]) -> Ours:
    """A mean or SD of one study's arm, as its row of the extraction table reports it or as converted."""
    picked = _pick(claim, rows)
    if len(picked) != 1:
        raise Unanswerable(
            f"{name_of(asked)} is about one study; the analysis has {len(picked)}", "the study's label as subject"
        )
    value = picked[0].get(asked)
    if math.isnan(value):
        raise Unanswerable(
            f"{name_of(asked)} is not reported for {picked[0].label}", name_of(asked).removeprefix("the ")
        )
    return Ours(value, picked[0].routes.get(asked, f"as in the extraction table for {picked[0].label}"))
