"""A courteous question to the authors for every verdict that leaves one open."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from metaudit.audit_words.criteria import implied_by
from metaudit.audit_words.edit_words import french_edit
from metaudit.audit_words.french import french
from metaudit.audit_words.other_ways import chosen_beside
from metaudit.audit_words.subjects import spoken_subject
from metaudit.audit_words.synthesis_words import any_words, synthesis_of
from metaudit.audit_words.texts import HERE, PER_STUDY, catalogue, causes_missing, fill, joined, quantity_name, sentence
from metaudit.errors import PrintedError
from metaudit.formats.survey_subject import subject_words
from metaudit.printed import parse_printed

NOTHING_TO_ASK = ("EXACT", "WITHIN_ROUNDING")
_NAMED_BY_SUBJECT = ("count", "value", "text")
# What is missing of a number that is cited: nobody can share a second source, but its authors know the first.
_SOURCE = "a second source of this value"
_BEHIND = "the numbers behind the statement"
# What only this project's own files lack is no question to an author.
_NOT_THEIRS = (
    "review.yaml", "a label that tells them apart", "a label that tells the rows apart",
    "the study's label as subject", "a readable review", "as subject", "the subject ",
)  # fmt: skip


class Asked(Protocol):
    """What a question needs to know of a verdict: an ``AuditRow`` has it."""

    @property
    def verdict(self) -> str:
        """Code of the verdict."""
        ...

    @property
    def criterion(self) -> str:
        """The check that decided."""
        ...

    @property
    def quantity(self) -> str:
        """As in claims.csv."""
        ...

    @property
    def subject(self) -> str:
        """Study, subgroup or what is counted; empty for the pooled result."""
        ...

    @property
    def printed(self) -> str:
        """As printed."""
        ...

    @property
    def value(self) -> Any:
        """Our value; NaN or None without one."""
        ...

    @property
    def spec(self) -> str:
        """Canonical string of the specification our value belongs to."""
        ...

    @property
    def causes(self) -> Sequence[str]:
        """What would explain the verdict; for NOT_CHECKABLE, what is missing."""
        ...

    @property
    def edits(self) -> Sequence[str]:
        """Smallest edits in words."""
        ...


def ask(row: Asked, *, language: str = "en") -> str:
    """What to ask the authors about one verdict; empty when there is nothing to ask them.

    Parameters
    ----------
    row : a verdict with its causes
    language : ``en`` or ``fr``; names stay as they are typed
    """
    if row.verdict in NOTHING_TO_ASK:
        return ""
    name, printed = claim_name(row, language), row.printed
    if row.verdict == "NOT_CHECKABLE":
        return _missing(row, name, language)
    if row.quantity == "text" and row.criterion != "transcription":
        return sentence("contradicted", language, printed=printed, about=_about(row, language))
    if row.verdict == "UNDERSPECIFIED":
        if row.criterion == "test left open":
            return sentence(
                "test",
                language,
                name=name,
                printed=printed,
                causes=joined([_test(c, language) for c in row.causes], language),
            )
        spec = with_choices(any_words(row.spec, row.quantity, language=language), row.causes, language)
        return sentence("open", language, name=name, printed=printed, spec=spec)
    if row.verdict == "OTHER_SPEC":
        spec = any_words(row.spec, row.quantity, language=language)
        return sentence("other", language, name=name, printed=printed, spec=spec)
    if row.verdict == "IMPOSSIBLE":
        return sentence("impossible", language, name=name, printed=printed)
    ours = ours_words(printed, row.value)
    if row.verdict == "INCONSISTENT":
        if row.criterion == "transcription":
            key, known = "source", bool(ours)
        else:  # our value is that of the numbers beside it only where the check works it out from them
            key, known = "contradicts", bool(ours and implied_by(row.criterion))
        return sentence(key if known else f"{key}_otherwise", language, name=name, printed=printed, ours=ours)
    question = sentence("differs", language, name=name, printed=printed, ours=ours)
    if not row.edits:
        return question
    edit = french_edit(row.edits[0]) if language == "fr" else row.edits[0]
    return f"{question} {sentence('edit', language, edit=edit)}"


def with_choices(spec: str, causes: Iterable[str], language: str) -> str:
    """A specification in words, with what had to be chosen beside it (``other_ways``)."""
    beside = [french(c) if language == "fr" else c for c in dict.fromkeys(chosen_beside(causes))]
    return ", ".join([spec, *beside])


def _test(cause: str, language: str) -> str:
    return french(cause) if language == "fr" else cause


def claim_name(row: Asked, language: str = "en") -> str:
    """What a claim is about, as it stands in a sentence."""
    if row.subject and row.quantity in _NAMED_BY_SUBJECT:
        subject = subject_words(row.subject, language=language)
        return f"“{subject}”" if language == "en" else f"« {subject} »"
    synthesis = synthesis_of(getattr(row, "stated_spec", ""), row.spec, row.subject)
    return quantity_name(row.quantity, language, synthesis=synthesis) + _about(row, language)


def for_authors(cause: str) -> bool:
    """Whether what is missing is the authors' to give; the rest stands in this project's own files."""
    return not any(word in cause for word in _NOT_THEIRS)


_SMALLEST = 1e-6


def _plain(x: float, digits: int) -> str:
    """So many digits that count, never in powers of ten: ``0.0000322``; of a larger number the whole part.

    Nobody counts more than six zeros: what is smaller is said to be.
    """
    if abs(x) >= 10**digits or x == 0:
        return f"{x:.0f}"
    if abs(x) < _SMALLEST:
        return f"{'< ' if x > 0 else '> -'}0.000001"
    shown = f"{x:.{digits - 1 - math.floor(math.log10(abs(x)))}f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def ours_words(printed: str, value: Any) -> str:
    """Our value with a decimal more than printed; a P value below what that shows as ``< 0.001``. Empty without one."""
    try:
        x = float(value)
    except (TypeError, ValueError):
        return ""
    if not math.isfinite(x):
        return ""
    try:
        p = parse_printed(printed)
    except PrintedError:
        return _plain(x, 4)
    if p.relation != "=" or not -1 <= p.decimals <= 8:
        return _plain(x, 3)
    sign = "%" if p.percent else ""
    if math.isclose(x, round(x), rel_tol=1e-9, abs_tol=1e-12) and p.decimals <= 0:
        return f"{x:.0f}{sign}"
    shown = f"{x:.{max(p.decimals, 0) + 1}f}"
    return (shown if float(shown) != 0 or x == 0 else _plain(x, 2)) + sign


def _about(row: Asked, language: str) -> str:
    """The subject in brackets, with a blank before it; empty without one."""
    if not row.subject:
        return ""
    about = catalogue(HERE / "texts.yaml")["about"][language]
    return " " + fill(about, subject=spoken_subject(row.subject, row.quantity, language=language))


def _names_more(causes: Sequence[str]) -> bool:
    """Whether what is missing is said of this very statement: more than its table, or the numbers behind it."""
    return any(c != _BEHIND and not c.startswith(PER_STUDY) for c in causes)


def _missing(row: Asked, name: str, language: str) -> str:
    theirs = [c for c in row.causes if for_authors(c)]
    if not theirs:
        return ""
    if row.quantity == "text" and not _names_more(theirs):
        return sentence("statement", language, printed=row.printed, about=_about(row, language))
    rest = causes_missing([c for c in theirs if c != _SOURCE], language)
    if not rest:
        return sentence("whence", language, name=name, printed=row.printed)
    asked = sentence("missing", language, what=joined(rest, language), name=name, printed=row.printed)
    return f"{asked} {sentence('whence_too', language)}" if _SOURCE in theirs else asked
