"""The method the authors state beside the method that reproduces their numbers, analysis by analysis."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words.spec_words import departure_words, spec_words
from metaudit.specs import departures, parse_spec
from metaudit.tables.verdicts import REPRODUCED

if TYPE_CHECKING:
    from metaudit.tables.reading import Analysis, Finding

GIVEN = (*REPRODUCED, "OTHER_SPEC")
SEARCHED = (*GIVEN, "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """One analysis: what the authors state, what gives their numbers, and how many of them.

    Parameters
    ----------
    anchor, title : of the analysis
    stated : the stated method in words; empty where it is not stated
    by : the method that reproduces the most numbers, in words; empty when none does
    code : its canonical string
    apart : by what it departs from the stated one; empty when it does not
    given, checkable : numbers it reproduces, of how many that depend on the method
    """

    anchor: str
    title: str
    stated: str
    by: str
    code: str
    apart: str
    given: int
    checkable: int


def reproduced(analysis: Analysis, anchor: str) -> Reproduced | None:
    """The line of one analysis; None where no printed number was searched for."""
    searched = [f for f in analysis.findings if f.spec and f.verdict in SEARCHED and _is_spec(f.spec)]
    if not searched:
        return None
    stated = next((f.stated_spec for f in searched if f.stated_spec), "")
    best = _most_often(searched)
    return Reproduced(
        anchor=anchor,
        title=analysis.title,
        stated=spec_words(stated) if stated else "",
        by=spec_words(best) if best else "",
        code=best,
        apart=departure_words(departures(parse_spec(best), parse_spec(stated)))
        if best and stated and _is_spec(stated)
        else "",
        given=sum(_gives(f, best) for f in searched) if best else 0,
        checkable=len(searched),
    )


def _most_often(findings: list[Finding]) -> str:
    """Method that gives the most of the numbers; the first named wins a tie."""
    count: Counter[str] = Counter()
    for finding in findings:
        if finding.verdict in GIVEN:
            count.update({finding.spec, *filter(_is_spec, finding.alternatives)})
    named = [f.spec for f in findings if f.verdict in GIVEN]
    return max(named, key=lambda spec: count[spec], default="")


def _gives(finding: Finding, spec: str) -> bool:
    return finding.verdict in GIVEN and spec in (finding.spec, *finding.alternatives)


def _is_spec(text: str) -> bool:
    try:
        parse_spec(text)
    except (ValueError, KeyError, IndexError):
        return False
    return True
