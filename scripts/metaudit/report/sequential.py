"""A sequential analysis on its page: what is required and where the trials stand, what is assumed, and every look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.report.grids import Cell, Grid, Part, grid
from metaudit.report.language import Phrase
from metaudit.report.studies import MANY
from metaudit.tables.sequential import look_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from metaudit.tables.reading import Analysis, Row

_CROSSED = {
    "upper": "the upper boundary is crossed at look {look} ({study})",
    "lower": "the lower boundary is crossed at look {look} ({study})",
    "futility": "futility is met at look {look} ({study})",
}
_NOT_CROSSED = "no boundary is crossed"
_ADJUSTED_FOR = {"D2": "D²", "I2": "I²"}
SPENDING = {"obrien-fleming": "O’Brien-Fleming type", "pocock": "Pocock type", "hwang-shih-decani": "Hwang-Shih-DeCani",
            "rho": "power of time"}  # fmt: skip
# Names of the choices of a design, as a sentence has them.
CHOICES = {
    "alpha": "alpha",
    "power": "power",
    "effect": "smallest relevant effect",
    "relative_reduction": "smallest relevant effect",
    "control_risk": "control risk",
    "sd": "standard deviation",
    "variance": "variance of the difference of risks",
    "heterogeneity": "adjustment for heterogeneity",
    "spending": "spending of alpha",
    "futility": "futility boundary",
    "beta_spending": "spending of beta",
    "convention": "program whose conventions are followed",
}


def sequential_phrases(analysis: Analysis) -> tuple[Phrase, ...]:
    """Where the trials stand, to be read as one sentence; empty for an analysis without a sequential one."""
    row = analysis.sequential
    if row is None:
        return ()
    size = {
        "required": _thousands(row.get("required")), "have": _thousands(row.get("participants")),
        "share": numbers.fraction_as_percent(row.get("share")),
    }  # fmt: skip
    found = [
        Phrase("required {required} participants", {"required": size["required"]}),
        Phrase("{have} so far, {share}\u00a0%", {"have": size["have"], "share": size["share"]}),
    ]
    crossed = row.get("crossed", "")
    if crossed in _CROSSED:
        look = row.get("crossed_at", "")
        study = next((r.get("study", "") for r in analysis.tables["sequential"] if r.get("look") == look), "")
        found.append(Phrase(_CROSSED[crossed], {"look": look, "study": study}))
    else:
        found.append(Phrase(_NOT_CROSSED))
    limits = numbers.span(row.get("adjusted_low"), row.get("adjusted_high"))
    if limits:
        low, _, high = limits.partition(" to ")
        ends = {"low": numbers.typographic(low), "high": numbers.typographic(high)}
        found.append(Phrase("interval adjusted for the looks {low} to {high}", ends))
    return tuple(found)


def _thousands(text: str | None) -> str:
    value = numbers.number(text)
    return "" if value is None else f"{value:,.0f}"


def assumed_phrases(row: Row) -> Iterator[Phrase]:
    """What the design is worked out for, and what of it the authors do not say."""
    yield Phrase("Worked out for: {design}.", {"design": "; ".join(_design(row))})
    open_ = _named(row.get("left_open", ""))
    if open_:
        yield Phrase("Not stated, taken as usual: {choices}.", {"choices": open_})
        hangs = _named(row.get("conclusion_hangs_on", ""))
        if hangs:
            yield Phrase("Another usual value would change the conclusion: {choices}.", {"choices": hangs})
        else:
            yield Phrase("No other usual value of one of these changes the conclusion.")
    if row.get("order") == "table":
        yield Phrase("Not every trial has a year: the trials are taken in the order of the table.")


def _named(names: str) -> str:
    return ", ".join(dict.fromkeys(CHOICES.get(n.replace("-", "_"), n) for n in names.split("; ") if n))


def _design(row: Row) -> Iterator[str]:
    percent = numbers.fraction_as_percent
    yield f"alpha {_short(percent(row.get('alpha')))} % two-sided"
    yield f"power {_short(percent(row.get('power')))} %"
    if row.get("effect"):
        yield f"{row.get('measure', '')} {numbers.significant(float(row['effect']))}"
    if row.get("control_risk"):
        yield f"control risk {percent(row['control_risk'])} %"
    if row.get("sd"):
        yield f"SD {numbers.plain(row['sd'])}"
    name = _ADJUSTED_FOR.get(row.get("heterogeneity", ""))
    share = percent(row.get("heterogeneity_share"))
    yield f"{name} {share} %" if name else "no adjustment for heterogeneity"
    yield f"{spending_words(row.get('spending', ''))} spending of alpha"
    if row.get("futility") not in ("", "none", None):
        yield f"futility {row['futility']}"


def spending_words(text: str) -> str:
    """How an error is spent, in words; a parameter stays behind its family."""
    family = next((name for name in SPENDING if text.startswith(name)), "")
    return SPENDING[family] + text.removeprefix(family) if family else text


def _short(text: str) -> str:
    return text.removesuffix(".0")


def looks_grid(analysis: Analysis) -> Grid | None:
    """Every look: how far the trials are, z, the boundaries and the adjusted interval; None without a sequential analysis."""
    rows = analysis.tables["sequential"]
    said = [look_cells(r) for r in rows]
    parts = [
        Part(heading="Up to", cell=lambda r: Cell(text=r["study"], strong=bool(r["crossed"]))),
        Part(heading="Year", number=True, cell=lambda r: r["year"]),
        Part(heading="Participants", number=True, cell=lambda r: r["participants"]),
        Part(heading="Of the required size, %", number=True, cell=lambda r: r["share"]),
        Part(heading="Estimate (adjusted CI)", number=True, cell=lambda r: r["estimate"]),
        Part(heading="z", number=True, cell=lambda r: r["z"]),
        Part(heading="Boundary", number=True, cell=lambda r: r["boundary"]),
        Part(heading="Futility", number=True, cell=lambda r: r["futility"]),
        Part(heading="Crossed", cell=lambda r: r["crossed"]),
    ]
    return grid(Phrase("Looks ({n})", {"n": str(len(said))}), said, parts, shown=len(said) <= MANY)
