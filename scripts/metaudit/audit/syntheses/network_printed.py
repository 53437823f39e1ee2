"""The printed numbers of one network, as they are held against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.audit.scale import analysis_window, natural_window, printed_of
from metaudit.audit.syntheses.subjects import split_subject
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.stated import with_override
from metaudit.measures import Measure, measure_of
from metaudit.printed import Interval

_SCALES = (measure_of("GEN"), measure_of("GEN-LOG"))

Pair = tuple[str, str]


@dataclass(frozen=True)
class Printed:
    """The claims of one analysis under one override of its method.

    Attributes
    ----------
    claims : with numbers
    measures : scales on which the effects may be pooled; one, unless the measure is not known
    reference : that a treatment named alone is compared with; empty where none is stated
    """

    claims: tuple[Claim, ...]
    measures: tuple[Measure, ...]
    reference: str

    def of(self, *quantities: str) -> list[Claim]:
        """Claims of some quantities."""
        return [c for c in self.claims if c.quantity in quantities]

    def pair(self, claim: Claim) -> Pair | None:
        """The two treatments that a claim compares; None where it does not."""
        named = split_subject(claim.subject)
        if len(named) == 1 and self.reference and named[0] != self.reference:
            named = (named[0], self.reference)
        return (named[0], named[1]) if len(named) == 2 and named[0] != named[1] else None

    def window(self, claim: Claim, measure: Measure) -> Interval | None:
        """What an effect stands for on the analysis scale."""
        printed = printed_of(claim)
        return analysis_window(claim, printed, measure) if printed else None

    def natural(self, claim: Claim) -> Interval | None:
        """What a number stands for on its natural scale."""
        printed = printed_of(claim)
        return natural_window(claim, printed) if printed else None


def printed_network(analysis: Analysis | None, claims: Sequence[Claim], override: str) -> Printed:
    """The claims of one analysis under one override of its method.

    Parameters
    ----------
    analysis : that they are about; None outside analyses
    claims : with numbers
    override : as in claims.csv; empty for none
    """
    method = with_override(analysis.method if analysis else {}, override)
    codes = (str(method["measure"]),) if "measure" in method else (analysis.measures if analysis else ())
    measures = tuple(measure_of(c) for c in codes)
    scales = tuple({m.ratio: m for m in measures}.values()) or _SCALES
    reference = str(analysis.syntheses.get("network", {}).get("reference", "")) if analysis else ""
    return Printed(tuple(claims), scales, reference)
