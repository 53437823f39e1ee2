"""What RevMan's four file formats have in common: outcomes with their settings, rows, subgroups and results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from metaudit.drafts.draft import Notice

# Words of RevMan (files, tables and screens, in all its versions) for its effect measures.
MEASURE_WORDS = {
    "or": "OR", "odds ratio": "OR", "odds ratio (non-event)": "OR", "peto or": "PETO", "peto_or": "PETO", "peto odds ratio": "PETO",
    "rr": "RR", "risk ratio": "RR", "relative risk": "RR", "risk ratio (non-event)": "RR", "rd": "RD", "risk difference": "RD",
    "md": "MD", "wmd": "MD", "mean difference": "MD", "weighted mean difference": "MD", "smd": "SMD", "std. mean difference": "SMD",
    "std mean difference": "SMD", "standardised mean difference": "SMD", "standardized mean difference": "SMD",
}  # fmt: skip
YES_WORDS = {"yes", "true", "y", "1"}
# UTF-8 that was read as Windows-1252 and saved so: a capital with tilde or circumflex, then a sign that no word has there.
_GARBLED = re.compile("(?:[ÃÂ][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|â€)")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
# What no label holds: control signs other than tabs and ends of lines.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_C1 = {b: bytes([b]).decode("cp1252", "ignore") for b in range(0x80, 0xA0)}


@dataclass(frozen=True)
class StudyRow:
    """One study's line of one outcome.

    Parameters
    ----------
    label, year : of the study
    where : place in the file, as a person finds it
    numbers : columns of extraction.csv -> text as it stood
    printed : ``estimate``, ``ci_low``, ``ci_high``, ``weight``, their logarithms (``log_estimate`` ...), ``se``, ``variance`` and ``o_e``
        as RevMan wrote them; empty where it did not
    estimable : whether RevMan could compute an effect
    applies : ``both``, ``subgroup`` (not in the overall result) or ``overall`` (not in its subgroup's)
    note : footnotes
    places : the field that each of ``printed`` was read in
    """

    label: str
    year: str
    where: str
    numbers: Mapping[str, str]
    printed: Mapping[str, str] = field(default_factory=dict)
    estimable: bool = True
    applies: str = "both"
    note: str = ""
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """The results of an outcome or of one of its subgroups: quantity of claims.csv -> text as RevMan wrote it.

    ``places`` names the field that each was read in.
    """

    where: str
    results: Mapping[str, str]
    places: Mapping[str, str] = field(default_factory=dict)
    estimable: bool = True


@dataclass(frozen=True)
class Group:
    """A subgroup: its number and name, its results, its studies."""

    number: str
    name: str
    part: Part
    rows: tuple[StudyRow, ...]


@dataclass(frozen=True)
class Outcome:
    """One analysis of RevMan.

    Parameters
    ----------
    number : ``1.2``, as RevMan counts
    comparison, name : titles of the comparison and of the outcome
    where : place in the file
    kind : ``counts``, ``means``, ``generic``, ``o-e`` or ``text``
    method : ``MH``, ``IV``, ``PETO`` or empty where the file does not say
    random : None where the file does not say
    measure : RevMan's word for the effect measure
    log : whether effects are ratios that are pooled as logarithms (``generic`` and ``o-e``); None where it is not said
    level, study_level : of the limits of results and of studies
    totals : ``yes``, ``sub`` (of the subgroups only) or ``no``
    swap : whether RevMan counts the people without the event
    favours : labels of the two sides of the graph, left and right
    arms : labels of the two groups
    options : further keys of ``method`` (tau2, ci, pi ...)
    """

    number: str
    comparison: str
    name: str
    where: str
    kind: str
    method: str = ""
    random: bool | None = None
    measure: str = ""
    log: bool | None = None
    level: float = 0.95
    study_level: float = 0.95
    totals: str = "yes"
    subgroup_test: bool = True
    swap: bool = False
    favours: tuple[str, str] = ("", "")
    arms: tuple[str, str] = ("", "")
    total: Part | None = None
    groups: tuple[Group, ...] = ()
    rows: tuple[StudyRow, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    note: str = ""

    @property
    def all_rows(self) -> tuple[StudyRow, ...]:
        """Every study of the outcome, in the order of the file."""
        return self.rows + tuple(r for g in self.groups for r in g.rows)

    @property
    def code(self) -> str:
        """Code of the effect measure; empty where the file's word for it is not known."""
        if self.kind in ("generic", "o-e"):
            return "GEN-LOG" if self.log or self.kind == "o-e" else "GEN"
        if self.kind == "counts" and self.method == "PETO":
            return "PETO"
        return MEASURE_WORDS.get(" ".join(self.measure.lower().split()), "")


def words(text: str | None) -> str:
    """A label on one line, without what other encodings have left in it: see :func:`mended`."""
    return re.sub(r"\s+", " ", mended((text or "").translate(_C1))).strip()


def mended(text: str) -> str:
    """A text whose letters were garbled by a wrong encoding, with its letters again; a sign that was lost is a question mark.

    ISO-8859-1 files of Windows programs hold its typographic signs as control signs; those are put right by :func:`words`.
    """
    for _ in range(3):  # a file can have been saved wrongly more than once
        if not _GARBLED.search(text):
            break
        try:
            text = text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            break
    return _CONTROL.sub("", _GARBLED.sub("?", text).replace("\ufffd", "?"))


def garbled(text: str, shown: str) -> list[Notice]:
    """A notice where letters of a file were garbled by a wrong encoding and have been mended."""
    found = _GARBLED.search(text) or re.search("\ufffd", text)
    if not found:
        return []
    start, end = (re.search(r"[^\s<>\",;]*$", text[: found.start()]), re.match(r"[^\s<>\",;]*", text[found.start() :]))
    word = f"{start[0] if start else ''}{end[0] if end else ''}"
    message = f"letters were garbled by a wrong encoding: {word[:40]!r} was read as {words(word)[:40]!r}."
    return [Notice("converted", shown, message, "Look at names with accents.")]


def yes(text: str | None) -> bool:
    """Whether a setting is switched on."""
    return (text or "").strip().lower() in YES_WORDS


def level_from(text: str | None) -> float:
    """A confidence level such as ``95`` or ``95%``; 0.95 where none is given, NaN where it is no level."""
    if not (text or "").strip():
        return 0.95
    number = as_number(re.sub(r"\s*%$", "", (text or "").strip()))
    if number is None or not 0 < number < 100:
        return float("nan")
    return number / 100 if number >= 1 else number


def as_number(text: str | None) -> float | None:
    """A finite number in plain digits, or None."""
    if not _NUMBER.fullmatch((text or "").strip()):
        return None
    value = float(text or "")
    return value if abs(value) < float("inf") else None


def plain_number(text: str | None) -> str:
    """A number as it stood, ``12.0`` (as programs write a whole number) as ``12``; empty when there is none."""
    found = (text or "").strip().replace("\u2212", "-")
    if re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", found):
        found = found.replace(",", "")
    if as_number(found) is None:
        return ""
    return re.sub(r"\.0$", "", found)
