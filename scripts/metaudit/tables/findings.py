"""Rows of the inputs of a summary of findings: effects, and for events what they mean for a thousand people."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.tables.absolute import PER, TREATED, Absolute, absolute, median, needed_words
from metaudit.tables.column import Column
from metaudit.tables.summary import people

if TYPE_CHECKING:
    from metaudit.tables.reading import Analysis, Review, Row

FINDINGS = (
    Column(name="title", heading="Outcome", wordy=True),
    Column(name="k", heading="Studies"),
    Column(name="n", heading="People"),
    Column(name="measure", heading="Measure"),
    Column(name="effect", heading="Effect (CI)"),
    Column(name="control", heading="Control risk per 1000"),
    Column(name="control_range", heading="Range of control risks"),
    Column(name="treated", heading="With treatment per 1000"),
    Column(name="difference", heading="Difference per 1000 (CI)"),
    Column(name="needed", heading="Number needed to treat (CI)", wordy=True),
    Column(name="certainty", heading="How the data were read"),
    Column(name="note", heading="Note", wordy=True),
)
ONE_GROUP = ("PR", "PLN", "PLO", "PAS", "PFT")
NO_EVENTS = "no event in the median control group, so nothing to multiply: no absolute effect"
CAPPED = "a risk beyond 0 or 1000 per 1000 is held there"
APART = "each number is rounded by itself, so that the two risks are not exactly the difference apart"


def control_risks(analysis: Analysis) -> list[float]:
    """Risk in the control group of each study that entered with its events and people, in the order of the rows."""
    found = []
    for row in analysis.tables["effects"]:
        events, n = numbers.number(row.get("events_c")), numbers.number(row.get("n_c"))
        if events is not None and n:
            found.append(events / n)
    return found


def per_thousand(value: float) -> str:
    """A risk or a difference of risks for a thousand people; one decimal where a whole number would say less than two digits."""
    return numbers.fixed(PER * value, 0 if abs(PER * value) >= 9.95 or value == 0 else 1)


def _with_limits(found: Absolute) -> str:
    middle = per_thousand(found.difference)
    if math.isnan(found.low) or math.isnan(found.high):
        return middle
    return f"{middle} ({per_thousand(found.low)} to {per_thousand(found.high)})"


def finding_row(analysis: Analysis) -> dict[str, str]:
    """One row of ``tables/findings`` for an analysis that was pooled; empty for one that was not.

    The intercept of a meta-regression is the effect where every moderator is zero, which no reader of findings is after.
    """
    fit = analysis.primary
    if fit is None or analysis.tables["regression"] or numbers.number(fit.get("estimate")) is None:
        return {}
    row = {
        "title": analysis.title,
        "k": numbers.whole(fit.get("k")),
        "n": people(fit),
        "measure": fit.get("measure") or analysis.measure,
        "effect": numbers.interval(fit.get("estimate"), fit.get("ci_low"), fit.get("ci_high")),
        "certainty": analysis.certainty,
    }
    if row["measure"] in ONE_GROUP:
        return row | {"treated": _one_group(fit)}
    if row["measure"] in TREATED:
        return row | _events(analysis, fit)
    return row


def _one_group(fit: Row) -> str:
    middle, low, high = (numbers.number(fit.get(name)) for name in ("estimate", "ci_low", "ci_high"))
    if middle is None:
        return ""
    if low is None or high is None:
        return per_thousand(middle)
    return f"{per_thousand(middle)} ({per_thousand(low)} to {per_thousand(high)})"


def _events(analysis: Analysis, fit: Row) -> dict[str, str]:
    """Absolute cells at the median control risk of the studies (Cochrane Handbook 5.1, 11.5.6.3)."""
    risks = control_risks(analysis)
    if not risks:
        return {}
    control = median(risks)
    cells = {"control": per_thousand(control), "control_range": _span(risks)}
    estimate, low, high = (numbers.number(fit.get(name)) for name in ("estimate", "ci_low", "ci_high"))
    if estimate is None:
        return cells
    if control == 0 and fit.get("measure") in ("RR", "OR", "PETO"):
        return cells | {"note": NO_EVENTS}
    limits = [math.nan if value is None else value for value in (low, high)]
    found = absolute(fit["measure"], control=control, estimate=estimate, low=limits[0], high=limits[1])
    cells |= {"treated": per_thousand(found.treated), "difference": _with_limits(found)}
    notes = ((CAPPED, found.capped), (APART, _rounded_apart(cells)))
    return cells | {
        "needed": needed_words(found, favours=analysis.favours),
        "note": "; ".join(note for note, holds in notes if holds),
    }


def _rounded_apart(cells: dict[str, str]) -> bool:
    """Whether the shown difference is another number than the shown risks leave."""
    shown = Decimal(cells["difference"].split(" (")[0])
    return Decimal(cells["treated"]) - Decimal(cells["control"]) != shown


def _span(risks: list[float]) -> str:
    low, high = min(risks), max(risks)
    return "" if len(risks) < 2 else f"{per_thousand(low)} to {per_thousand(high)}"


def finding_rows(review: Review) -> list[dict[str, str]]:
    """Rows of ``tables/findings`` of one review: every analysis with a pooled effect."""
    return [row for row in map(finding_row, review.analyses) if row]
