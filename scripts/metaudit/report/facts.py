"""What is known about one claim, term by term: how our value comes about, what it is compared with, what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.choice_words import choice_words
from metaudit.audit_words.criteria import criterion_formula, criterion_words, specificity_words
from metaudit.audit_words.formulas import formula_words
from metaudit.audit_words.input_words import column_words, input_words
from metaudit.audit_words.texts import causes_missing
from metaudit.audit_words.verdicts import CERTAINTY_MEANING
from metaudit.audit_words.what_to_ask import ask
from metaudit.report.fact_words import (
    distance_words,
    envelope_words,
    plain_words,
    powers,
    printed_words,
    value_label,
    value_words,
)
from metaudit.report.spec_items import Item, alike, parsed, spec_item
from metaudit.tables.quantities import NAMED_BY_SUBJECT, about, quantity_named, quantity_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from metaudit.tables.reading import Finding

_BESIDE, _CITED = "the numbers printed beside it", "the number in the document it is taken from"
_NOT_THERE = "none: what is needed is not public, or was not read"
_NOTHING_COMPUTED = {"re-derivation": "none: nothing is computed, for the reason that is given above"}
_GIVEN = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "OTHER_SPEC")
# What a check between printed numbers looks at, in the order in which it is read.
_LOOKED_AT = (
    "estimate", "ci_low", "ci_high", "se", "z", "p", "q", "q_df", "q_p", "i2", "h2", "tau2", "tau", "k", "n", "n_t", "n_c",
    "events_t", "events_c", "proportion", "proportion_t", "proportion_c",
)  # fmt: skip
_BY_CHECK = {
    "P against interval": ("estimate", "coef", "predicted", "ci_low", "ci_high"),
    "P and interval on one side": ("ci_low", "ci_high"),
    "interval symmetric": ("estimate", "coef", "predicted", "ci_low", "ci_high"),
    "estimate inside its interval": ("estimate", "coef", "predicted", "ci_low", "ci_high"),
    "limits in order": ("ci_low", "ci_high"),
    "z against estimate and SE": ("estimate", "se", "z", "coef", "coef_se"),
    "P against estimate and SE": ("coef", "coef_se"),
    "P of Q": ("q", "q_df", "q_p"),
    "I² of Q": ("q", "q_df"),
    "H² of Q": ("q", "q_df"),
    "df against k": ("k", "q_df"),
    "tau against tau²": ("tau", "tau2"),
    "words against numbers": ("estimate", "ci_low", "ci_high", "p", "q_p"),
    "Q in parts": ("q", "q_within", "q_between", "q_df", "q_within_df", "q_between_df"),
    "P of Q in parts": ("q_within", "q_within_df", "q_between", "q_between_df", "interaction", "interaction_df"),
    "direct less indirect": ("direct", "indirect", "difference"),
    "required size of its parts": ("ris", "ris_fixed", "diversity"),
    "share of the required size": ("ris_share", "n", "ris"),
    "adjusted interval against boundary": ("tsa_ci_low", "tsa_ci_high", "ci_low", "ci_high", "tsa_boundary"),
    "level of the boundary": ("tsa_ci_level", "tsa_boundary"),
    "statement against printed numbers": ("tsa_ci_low", "tsa_ci_high", "ris_share", "n", "ris"),
}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One thing known about a claim."""

    term: str
    items: tuple[Item, ...]


def facts_of(finding: Finding, *, beside: Sequence[Finding] = (), zero_cells: bool = True) -> Iterator[Fact]:
    """The facts of a claim, in the order in which a reader follows them; what is not known is left out or said so.

    Parameters
    ----------
    finding : the claim with its verdict
    beside : the claims of the same review, for checks between printed numbers to name what they looked at
    zero_cells : whether any study of its analysis has a zero cell
    """
    yield from _ours(finding, beside)
    yield from _compared(finding)
    yield from _methods(finding, zero_cells)
    yield from _what_would(finding)
    yield from _rest(finding)


def _one(term: str, text: str) -> Iterator[Fact]:
    if text:
        yield Fact(term=term, items=(Item(text=text),))


def _several(term: str, texts: Sequence[str]) -> Iterator[Fact]:
    told = [t for t in texts if t]
    if told:
        yield Fact(term=term, items=tuple(Item(text=t) for t in told))


def _ours(finding: Finding, beside: Sequence[Finding]) -> Iterator[Fact]:
    """Our value, its interval, its formula and its inputs."""
    unchecked, exact = finding.verdict == "NOT_CHECKABLE", finding.verdict == "EXACT"
    yield from _one(value_label(finding), powers(numbers.typographic(value_words(finding))))
    if unchecked and not finding.value and not finding.formula:
        yield from _one("Formula and inputs", _NOTHING_COMPUTED.get(finding.criterion, _NOT_THERE))
        return
    here = plain_words(finding.formula)
    general = "" if exact else _general_formula(finding)
    yield from _several("Formula", [general, f"here: {here}" if general and here else here])
    if exact:
        return
    if finding.inputs:
        yield from _several("Inputs", [numbers.typographic(input_words(line)) for line in finding.inputs])
    elif finding.criterion == "transcription":
        yield from _one("Inputs", _CITED)
    elif finding.criterion and not finding.spec:
        yield from _one("Inputs", _printed_beside(finding, beside))


def _printed_beside(finding: Finding, beside: Sequence[Finding]) -> str:
    """The printed numbers that a check between printed numbers looked at, by name."""
    asked = _BY_CHECK.get(finding.criterion, _LOOKED_AT)
    near = [f for f in beside if (f.analysis, f.subject) == (finding.analysis, finding.subject) and f is not finding]
    told = [f for q in asked for f in near if f.quantity == q and f.claim != finding.claim]
    named = ", ".join(f"{quantity_words(f.quantity)} {numbers.typographic(f.printed)}" for f in told)
    return f"{_BESIDE}: {named}" if named else _BESIDE


def _general_formula(finding: Finding) -> str:
    """The formula in symbols: of the quantity under its method, or of the check between printed numbers."""
    spec = parsed(finding.spec)
    if spec is not None and finding.formula:
        return formula_words(finding.quantity, spec)
    return "" if finding.spec else criterion_formula(finding.criterion)


def _compared(finding: Finding) -> Iterator[Fact]:
    """What our value is compared with, and by which criterion."""
    yield from _one("Printed, as an interval", printed_words(finding))
    yield from _one("Distance", distance_words(finding))
    meaning = criterion_words(finding.criterion)
    yield from _one("Criterion", f"{finding.criterion}. {meaning}" if meaning else finding.criterion)


def _methods(finding: Finding, zero_cells: bool) -> Iterator[Fact]:
    """Methods that give the number, and what the search says about them."""
    ours = _method(finding.spec, finding, zero_cells)
    stated = _method(finding.stated_spec, finding, zero_cells)
    if ours:
        yield Fact(term="Reproduced by" if finding.verdict in _GIVEN else "Our value is by", items=(ours,))
    if stated and (ours is None or stated.text != ours.text):
        yield Fact(term="Stated method", items=(stated,))
    others = tuple(alike(finding, zero_cells))
    if others:
        yield Fact(term="Also matching", items=others)
    yield from _one("Specificity", specificity_words(finding.specificity, finding.searched) or _unsearched(finding))
    if finding.verdict == "EXACT":
        return
    yield from _one("Methods of this measure give", envelope_words(finding))
    if finding.nearest:
        near = (spec_item(text, finding.quantity, zero_cells=zero_cells) for text in finding.nearest)
        yield Fact(term="Nearest methods", items=tuple(near))


def _method(text: str, finding: Finding, zero_cells: bool) -> Item | None:
    """A method in the words that matter for the claim; None where no choice matters or there is none."""
    item = spec_item(text, finding.quantity, zero_cells=zero_cells) if text else None
    return item if item and item.text else None


def _unsearched(finding: Finding) -> str:
    if finding.verdict in ("EXACT", "NOT_CHECKABLE") or not finding.criterion:
        return ""
    if finding.spec:
        return "not known: no other methods were tried for this number"
    return "nothing was searched: this check needs no choice of method"


def _what_would(finding: Finding) -> Iterator[Fact]:
    """Edits, causes and the question to the authors."""
    if finding.edits:
        first, *rest = (numbers.typographic(column_words(e)) for e in finding.edits)
        yield from _one("Smallest edit", first)
        alike = finding.edits_alike
        others = "" if alike is None else f"{alike or 'no'} other {'edit' if alike == 1 else 'edits'} would do as well"
        yield from _one("Other edits", "; ".join([*([others] if others else []), *rest]))
    if finding.causes:
        yield from _several(*_causes(finding))
    yield from _one("To ask the authors", powers(numbers.typographic(column_words(finding.ask or ask(finding)))))


def _causes(finding: Finding) -> tuple[str, list[str]]:
    """What is missing, what gives the number, or what may have happened; an edit that is told already is not repeated."""
    if finding.verdict == "NOT_CHECKABLE":
        return "What is missing", causes_missing(finding.causes)
    told = [column_words(choice_words(t, finding.quantity)) for t in finding.causes if t not in finding.edits]
    if finding.verdict == "UNDERSPECIFIED":
        return "Choices that can give it", told
    return ("May come from" if finding.verdict in ("INCONSISTENT", "IMPOSSIBLE") else "Would explain it"), told


def _rest(finding: Finding) -> Iterator[Fact]:
    """Impact, certainty and what was typed in."""
    meaning = CERTAINTY_MEANING.get(finding.certainty, "")
    yield from _one("Impact", finding.impact)
    yield from _one("Certainty", f"{finding.certainty}: {meaning}" if meaning else finding.certainty)
    yield from _one("Quantity", _kind(finding))
    yield from _one("Unit", finding.typed("unit"))
    yield from _one("Scale", "" if finding.typed("scale") == "natural" else finding.typed("scale"))
    yield from _one("Method of this claim", finding.typed("method"))
    yield from _one("Read at", finding.typed("where"))


def _kind(finding: Finding) -> str:
    """The quantity, where what the claim is about does not name it."""
    kind = quantity_named(finding)
    return "" if kind in about(finding) or finding.quantity in NAMED_BY_SUBJECT else kind
