"""What a claim about a survey speaks of: a statement, a round, an answer, read from its ``subject``.

Either keys, ``item=S3; round=2; answer=disagree; answers=3``, or words: ``S3, round 2`` is the statement S3 in round 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from metaudit.formats.stated import named_twice
from metaudit.formats.tables import nearest

SURVEY_QUANTITIES = (
    "agreement", "agreed", "panel", "invited", "response_rate", "threshold", "items", "items_consensus", "consensus_rate",
)  # fmt: skip
KEYS = ("item", "round", "answer", "answers")
CONSENSUS = {
    "consensus": True,
    "consensus reached": True,
    "no consensus": False,
    "no consensus reached": False,
    "consensus not reached": False,
}
"""Statements in words about one item of a survey."""
_ABOUT_ITEM = ("agreement", "agreed", "text")
HEDGES = frozenset("about approximately around nearly almost circa roughly".split())
"""Words that make a printed count an approximate one, as a part of their own: ``items; about``."""
_ROUND = re.compile(r"[,;:(\s]*\bround\s+(\w+)\)?", re.IGNORECASE)


@dataclass(frozen=True)
class Subject:
    """What a claim about a survey speaks of; a part that it does not name is empty.

    Attributes
    ----------
    item : the statement that was judged, in small letters
    round : the round, in small letters
    answer : which answer to it (agree, neutral ...); empty for agreement
    answers : how many different answers there were to choose from; 0 where that is not said
    """

    item: str = ""
    round: str = ""
    answer: str = ""
    answers: int = 0


@lru_cache(maxsize=4096)
def survey_subject(text: str, quantity: str) -> Subject:
    """Read the subject of a claim about a survey.

    Words without keys name the statement where the quantity is about one (``agreement``, ``agreed``, ``text``), and only describe the
    number otherwise; ``round 2`` in them is the round.

    Parameters
    ----------
    text : the subject
    quantity : of the claim
    """
    found, _ = _keyed(text)
    if found is not None:
        number = found.get("answers", "")
        return Subject(
            _alike(found.get("item", "")), _alike(found.get("round", "")), _alike(found.get("answer", "")),
            int(number) if number.isascii() and number.isdigit() else 0,
        )  # fmt: skip
    match = _ROUND.search(text)
    item = _ROUND.sub("", text, count=1).strip(" ,;:") if quantity in _ABOUT_ITEM else ""
    return Subject(_alike(item), _alike(match[1]) if match else "")


def subject_problems(text: str) -> list[tuple[str, str]]:
    """What is wrong with a subject that is written in keys: message and fix of each; empty for words without keys."""
    found, unknown = _keyed(text)
    if found is None:
        return []
    out = [
        (f"{name!r} is no key of a survey's subject", nearest(name, KEYS) or f"The keys are {', '.join(KEYS)}.")
        for name in unknown
    ]
    typed: dict[str, str] = {}
    for name, value in _pairs(text):
        if name in typed:
            out.append(named_twice(name, typed[name], value))
        typed.setdefault(name, value)
    number = found.get("answers")
    if number is not None and not (number.isascii() and number.isdigit() and int(number) >= 2):
        out.append((f"answers={number} is no number of answers", "Write how many answers there were, 2 or more."))
    return out


_ROUND_WORD = {"en": "round", "fr": "tour"}


def subject_words(text: str, *, language: str = "en") -> str:
    """A subject that is written in keys, in words: ``S4, round 2, disagree``; any other as it stands.

    Parameters
    ----------
    text : the subject
    language : ``en`` or ``fr``; only the word for a round has one
    """
    found, unknown = _keyed(text)
    if found is None or unknown:
        return text
    number = found.get("round", "")
    parts = (found.get("item", ""), number and f"{_ROUND_WORD[language]} {number}", found.get("answer", ""))
    return ", ".join(part for part in parts if part) or text


def _keyed(text: str) -> tuple[dict[str, str] | None, list[str]]:
    """The parts by key, and keys that are not known; None where the subject has no key that is known."""
    unknown: list[str] = []
    for part in text.split(";"):
        name, sign, _ = part.partition("=")
        name = name.strip().lower()
        if not (sign and name in KEYS) and part.strip() and part.strip().lower() not in HEDGES:
            unknown.append(name if sign else part.strip())
    found = dict(_pairs(text))
    return (found, unknown) if found else (None, [])


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Every key that is known, with its value, in the order in which they are written."""
    for part in text.split(";"):
        name, sign, value = part.partition("=")
        if sign and name.strip().lower() in KEYS:
            yield name.strip().lower(), value.strip()


def _alike(text: str) -> str:
    return " ".join(text.lower().split())
