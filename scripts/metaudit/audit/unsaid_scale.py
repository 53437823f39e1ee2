"""Printed results of studies that are on the analysis scale although nothing says so: most of them come out there alone."""

from __future__ import annotations

from metaudit.audit.bundles import Bundle
from metaudit.audit.scale import printed_of
from metaudit.formats.review import Claim
from metaudit.measures import Measure
from metaudit.specs import Spec

_OF_STUDIES = ("study_estimate", "study_ci_low", "study_ci_high")
# Fewer could be on that scale by accident.
_ENOUGH = 3
_SCALES = {
    "log": "the log scale",
    "logit": "the logit scale",
    "z": "the scale of Fisher's z",
    "arcsine": "the arcsine scale",
}


def unsaid_scale(bundle: Bundle, claim: Claim, spec: Spec) -> str:
    """The scale on which a study's result is printed, in words, where it is not the natural one that it is taken for.

    Parameters
    ----------
    bundle : the numbers printed together, answered
    claim : one that is missed on the natural scale
    spec : the specification by which it is

    Returns
    -------
    Empty unless the number and most of those printed for the studies come out on the analysis scale, and fewer than half
    of these on the natural one.
    """
    measure = bundle.evaluated[spec].effects.measure
    if measure.scale not in _SCALES or not _taken_as_natural(claim) or not _as_analysed(bundle, claim, spec, measure):
        return ""
    rows = [c for c in bundle.claims if _taken_as_natural(c) and spec in bundle.answers.get(c.id, ())]
    there = sum(_as_analysed(bundle, c, spec, measure) for c in rows)
    natural = sum(bundle.answers[c.id].gives(spec) for c in rows)
    return _SCALES[measure.scale] if there >= _ENOUGH and 2 * there > len(rows) and 2 * natural < there else ""


def _taken_as_natural(claim: Claim) -> bool:
    return claim.quantity in _OF_STUDIES and claim.scale in ("", "natural")


def _as_analysed(bundle: Bundle, claim: Claim, spec: Spec, measure: Measure) -> bool:
    """Whether our value, not taken back to the natural scale, prints as the number."""
    printed, value = printed_of(claim), bundle.answers[claim.id][spec].ours.value
    return printed is not None and not printed.percent and measure.to_analysis(value) in printed.interval()
