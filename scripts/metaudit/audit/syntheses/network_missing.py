"""What is missing to check the numbers of a network: its table, and what each input would check; numbers of some of its rows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from metaudit.audit.names import column_words
from metaudit.audit.syntheses.network_table import treatments_of_row
from metaudit.audit.verdict import Finding
from metaudit.effects.convert import Converted
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.measures import MEASURES
from metaudit.network.arm_effects import NEEDS
from metaudit.network.evidence import Evidence
from metaudit.network.from_rows import contrast_of

WHO = "the treatments that each study compares"
PEOPLE = "n of every arm"
_ARMS = {
    "counts": "events and n of every arm", "means": "mean, SD and n of every arm", "rates": "events and person-time of every arm",
    "": "mean, SD and n, or events and n, of every arm",
}  # fmt: skip
_GIVEN = "effect and standard error of every arm, or of every comparison"
_OTHER = "the arm that it is compared with"
_SPREAD = "effect with its standard error or interval"
GOOD = "favours: low or high in review.yaml"
REFERENCE = "network: reference in review.yaml"
# Numbers that the list of studies and treatments is enough for.
_OF_WHO = frozenset(("k", "treatments", "designs", "pairs", "comparisons", "multiarm", "k_direct", "q_df", "q_within_df", "q_between_df",
                     "interaction_df"))  # fmt: skip
_RANKED = frozenset(("p_score", "sucra", "mean_rank", "best", "rank"))
_CHECKS_WHO = "the numbers of studies, treatments, designs and comparisons"
_CHECKS_ARMS = "the estimates with their intervals and P values, tau², I², Q and its parts, direct and indirect evidence, and the ranks"


def missing_for_network(claim: Claim, analysis: Analysis, review: Review) -> Finding:
    """NOT_CHECKABLE, with the inputs that this number needs and what else each of them would check.

    Parameters
    ----------
    claim : of ``analysis``, a network without public data
    review : says how many studies are in the network, where that is printed
    """
    own = (
        c for c in review.claims if c.analysis == analysis.id and c.quantity == "k" and not c.subject and c is not claim
    )
    k = next((c.printed for c in own), claim.printed if claim.quantity == "k" else "")
    of = f" ({k} studies)" if k else ""
    arms = _arms(analysis)
    lead = f"The table of '{analysis.title}' is not public."
    if claim.quantity in _OF_WHO:
        causes = [WHO]
    elif claim.quantity == "n":
        causes = [WHO, PEOPLE]
    else:
        causes = [WHO, arms]
    if claim.quantity in _RANKED and not analysis.favours:
        causes.append(GOOD)
    needs = " and ".join(causes)
    message = f"{lead} Missing for this number: {needs}{of}. {WHO[0].upper()}{WHO[1:]} would check {_CHECKS_WHO}"
    message += f"; with {arms} also {_CHECKS_ARMS}." if arms in causes else "."
    return Finding("missing data", message, "NOT_CHECKABLE", causes=tuple(causes))


def lacking_numbers(rows: Sequence[Converted], evidence: Evidence) -> list[tuple[str, str]]:
    """Arms and comparisons that are not pooled for want of a number, each with its name and what it lacks.

    Parameters
    ----------
    rows : of the network
    evidence : what of them could be used
    """
    pooled = {s.name: set(s.treatments) for s in evidence.studies}
    compared: dict[str, set[str]] = {}
    for r in rows:
        compared.setdefault(r.label, set()).update(treatments_of_row(r.row))
    out = []
    for r in rows:
        named = treatments_of_row(r.row)
        if set(named) <= pooled.get(r.label, set()):
            continue
        if len(named) > 1:
            c = contrast_of(r, evidence.measure)
            lacks = "" if math.isfinite(c.yi + c.vi) else _SPREAD
        else:
            lacks = ", ".join(column_words(n) for n in NEEDS.get(evidence.measure, ()) if math.isnan(r.get(n)))
            lacks = lacks or ("" if len(compared[r.label]) > 1 else _OTHER)
        if lacks:
            out.append((f"{r.label}, {' : '.join(named)}", lacks))
    return out


def _arms(analysis: Analysis) -> str:
    """The numbers of an arm that the measure needs; without a measure, of either kind of outcome."""
    code = analysis.measures[0] if analysis.measures else ""
    kind = MEASURES[code].kind if code in MEASURES else ""
    return _ARMS.get(kind, _GIVEN)
