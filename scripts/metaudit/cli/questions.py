"""The questions of ``metaudit new``: what may be answered, and how it is asked on a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from metaudit.errors import DataError

if TYPE_CHECKING:
    from metaudit.drafts.skeleton import Answers

Known = dict[str, str]
_RESOLVER = re.compile(r"^(https?://)?(dx\.)?doi\.org/|^doi:\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Question:
    """One question.

    Parameters
    ----------
    key : the option it stands for, with underscores
    words : as it is asked
    needed : whether an empty answer is asked again
    when : whether it is asked at all, given what is known by then
    """

    key: str
    words: str
    needed: bool = False
    when: Callable[[Known], bool] = lambda known: True


QUESTIONS = (
    Question("kind_of_data", "What does one study report", needed=True),
    Question("title", "Title of the publication", needed=True),
    Question("authors", "First author et al.", needed=True),
    Question("year", "Year"),
    Question("journal", "Journal"),
    Question("doi", "DOI"),
    Question("read", "How much of it have you read"),
    Question("outcome", "Outcome of its first analysis, in words"),
    Question("measure", "Effect measure", when=lambda known: known["kind_of_data"] != "none"),
    Question("model", "How studies are pooled, as the authors say", when=lambda known: known["kind_of_data"] != "none"),
    Question("tau2", "Estimator of tau2, as the authors say", when=lambda known: known["model"] == "random"),
    Question("software", "Program and version, as the authors say"),
    Question(
        "favours",
        "Which side of the null is good for the treatment",
        when=lambda known: known["kind_of_data"] not in ("none", "proportions", "one-group-means", "correlations"),
    ),
)


def can_ask() -> bool:
    """Whether there is a terminal to ask on."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def check(given: Mapping[str, str]) -> Known:
    """The answers given by options, each in the spelling of the review's files.

    Raises
    ------
    DataError
        for the first that is not understood.
    """
    known: Known = {}
    for key, text in given.items():
        try:
            known[key] = understood(key, text, {**given, **known})
        except DataError as error:
            raise DataError(f"--{key.replace('_', '-')}: {error}") from None
    return known


def understood(key: str, text: str, known: Mapping[str, str]) -> str:
    """One answer in the spelling of the review's files; an empty one is empty.

    Raises
    ------
    DataError
        when it is not understood, with what would be right.
    """
    from metaudit.formats.tables import nearest

    text = " ".join(text.split())
    if not text:
        return ""
    allowed = choices(key, known)
    if allowed:
        same = [a for a in allowed if a.lower() == text.lower()]
        if same:
            return same[0]
        hint = nearest(text, allowed)
        raise DataError(
            f"{text!r} is not known. {hint}" + ("" if hint.startswith("Known") else f" Known: {', '.join(allowed)}.")
        )
    if key == "year" and not re.fullmatch(r"\d{4}", text):
        raise DataError(f"{text!r} is not a year. Write four digits, such as 2018.")
    if key == "year" and not 1900 <= int(text) <= 2100:
        raise DataError(f"{text!r} is not a year between 1900 and 2100.")
    if key == "doi":
        text = _RESOLVER.sub("", text)
        if not re.fullmatch(r"10\.\d{4,9}/\S+", text):
            raise DataError(f"{text!r} is not a DOI. Write it like 10.1001/jama.1994.03510330076038.")
    return text


def choices(key: str, known: Mapping[str, str]) -> Sequence[str]:
    """What may be answered; nothing for a free text."""
    from metaudit.drafts.skeleton import DATA_KINDS, data_kind
    from metaudit.formats.columns import READ_STATES
    from metaudit.formats.places import SCHEMAS
    from metaudit.formats.stated import method_schema
    from metaudit.formats.yaml_file import load_schema
    from metaudit.measures import MEASURES

    names = [k.name for k in DATA_KINDS]
    if key == "kind_of_data":
        return names
    if key == "measure":
        kind = known.get("kind_of_data", "")
        return (data_kind(kind).measures if kind in names else ()) or tuple(MEASURES)
    if key == "read":
        return READ_STATES
    if key in method_schema():
        return [str(v) for v in method_schema()[key].get("enum", [])]
    schema = load_schema(SCHEMAS / "review.schema.json")
    rule = schema["properties"].get(key) or schema["$defs"]["analysis"]["properties"].get(key, {})
    return [str(v) for v in rule.get("enum", [])]


def ask(known: Known) -> Known:
    """Ask for every answer that is not known yet; an answer that is not understood is asked again."""
    typer.echo("Enter alone: the paper does not say. Ctrl+C: write nothing.\n", err=True)
    known = dict(known)
    for question in QUESTIONS:
        if not known[question.key] and question.when(known):
            known[question.key] = _ask(question, known)
    return known


def _ask(question: Question, known: Known) -> str:
    allowed = choices(question.key, known)
    _list(question.key, allowed)
    while True:
        text = typer.prompt(question.words, default="", show_default=False, err=True).strip()
        if allowed and text.isdigit() and 1 <= int(text) <= len(allowed):
            return allowed[int(text) - 1]
        try:
            answer = understood(question.key, text, known)
        except DataError as error:
            typer.echo(f"  {error}", err=True)
            continue
        if answer or not question.needed:
            return answer
        typer.echo("  This one is needed.", err=True)


def _list(key: str, allowed: Sequence[str]) -> None:
    """What may be answered, numbered, each in words where there are words for it."""
    from metaudit.drafts.skeleton import DATA_KINDS
    from metaudit.measures import MEASURES

    words: dict[str, str] = {k.name: k.words for k in DATA_KINDS} if key == "kind_of_data" else {}
    if key == "measure":
        words = {code: m.name for code, m in MEASURES.items()}
    if key == "tau2":
        from metaudit.catalogue import entries

        words = {e.code: e.name for e in entries("tau2")}
    width = max(map(len, allowed), default=0)
    for number, name in enumerate(allowed, start=1):
        typer.echo(f"  {number:>2}  {name:<{width}}  {words.get(name, '')}".rstrip(), err=True)


def answers_of(known: Known) -> Answers:
    """What was answered, as the skeleton takes it."""
    from metaudit.drafts.skeleton import Answers

    method: dict[str, Any] = {key: known[key] for key in ("model", "tau2", "software") if known[key]}
    return Answers(
        kind_of_data=known["kind_of_data"],
        title=known["title"],
        authors=known["authors"],
        year=int(known["year"]) if known["year"] else None,
        journal=known["journal"],
        doi=known["doi"],
        kind=known["kind"],
        outcome=known["outcome"],
        measure=known["measure"],
        favours=known["favours"],
        moderators=_parts(known["moderators"]),
        subgroups=known["subgroups"],
        method=method,
        read=known["read"] or "not read",
    )


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
