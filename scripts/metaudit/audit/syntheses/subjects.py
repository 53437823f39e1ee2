"""Whom a claim about a network speaks of: the whole, one treatment, a pair, a design, or a comparison of one study."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product

from metaudit.audit.own_value import Unanswerable
from metaudit.formats.tables import nearest

# League cells are written A : B; papers also say it in words.
_BETWEEN = re.compile(r"\s*:\s*|\s+(?:vs\.?|versus|against|compared with)\s+", re.IGNORECASE)


@dataclass(frozen=True)
class Subject:
    """What a subject names.

    Attributes
    ----------
    treatments : in the order written; none for the whole network
    study : one study's label; empty for the network
    """

    treatments: tuple[str, ...] = ()
    study: str = ""


def subject_of(text: str, treatments: Collection[str], studies: Collection[str] = ()) -> Subject:
    """Read ``A : B``, ``A``, ``STUDY : A : B``, ``STUDY`` or nothing.

    A colon may be part of a name: the reading in which every part is known is taken.

    Parameters
    ----------
    text : the subject of a claim
    treatments, studies : those there are

    Raises
    ------
    Unanswerable
        for a name that is neither a treatment nor a study.
    """
    if not text.strip():
        return Subject()
    known, labels = _by_name(treatments), _by_name(studies)
    for parts in _readings(text):
        named = [known.get(p) or known.get(_plain(p), "") for p in parts]
        if all(named):
            return Subject(tuple(named))
        label = labels.get(parts[0]) or labels.get(_plain(parts[0]))
        if label and all(named[1:]):
            return Subject(tuple(named[1:]), label)
    unknown = next((p for p in split_subject(text) if _plain(p) not in {*known, *labels}), text)
    hint = nearest(unknown, sorted(treatments)).rstrip(".")
    raise Unanswerable(
        f"the subject {text!r} names {unknown!r}, which is no treatment of the network. {hint}",
        "a treatment of the network as subject",
    )


def _by_name(names: Collection[str]) -> dict[str, str]:
    """Names as they stand, and whatever their case and blanks where that is of one name only."""
    found = {_plain(n): n for n in sorted(names)}
    return {**found, **{n: n for n in names}}


def split_subject(text: str) -> tuple[str, ...]:
    """The parts of a subject where the names are not known: every separator separates."""
    return tuple(p.strip() for p in _BETWEEN.split(text) if p.strip())


def _readings(text: str) -> list[tuple[str, ...]]:
    """Every way to take separators for such or for parts of a name, the most separated first."""
    found = list(_BETWEEN.finditer(text))
    if len(found) > 8:  # no subject names so many
        return [split_subject(text)]
    out = []
    for kept in sorted(product((True, False), repeat=len(found)), key=lambda k: -sum(k)):
        parts, start = [], 0
        for match, separates in zip(found, kept, strict=True):
            if separates:
                parts.append(text[start : match.start()].strip())
                start = match.end()
        parts.append(text[start:].strip())
        if all(parts):
            out.append(tuple(parts))
    return out


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def pairs_of(subjects: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The subjects that name two things, by their text."""
    split = {text: split_subject(text) for text in subjects}
    return {text: (parts[0], parts[1]) for text, parts in split.items() if len(parts) == 2}
