"""What the letter to the authors of one review says, before it is set as Markdown or Word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metaudit.audit_words.synthesis_words import any_words
from metaudit.audit_words.texts import causes_missing
from metaudit.audit_words.verdicts import CERTAINTIES, REPRODUCED, severity
from metaudit.audit_words.what_to_ask import ask, claim_name, for_authors, with_choices
from metaudit.documents.words import Words
from metaudit.tables.reading import Finding, Review

NAMED = 6  # numbers that one line of what is asked for may name; of more, FIRST are named and the rest is counted
FIRST = 3
STATEMENT = "the numbers behind the statement"  # what the audit names for words that are shown and not judged
_OPEN = ("UNDERSPECIFIED", "OTHER_SPEC")
# Words for what a document is, in place of a journal; none of them is in the title of one.
_NOT_IN_TITLES = frozenset(
    "agency article brochure chapter commentary dissertation draft editorial handout leaflet manuscript memo narrative not note "
    "notice poster preprint re-analysis reanalysis slides thesis undated unknown unpublished unread webpage website".split()
)


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of a list: where it stands, and what is said of it."""

    place: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Section:
    """One section: a heading, a paragraph, then points or a table.

    Parameters
    ----------
    heading, lead : texts
    points : a numbered list
    columns, rows : a table, as many texts in each row as columns
    """

    heading: str
    lead: str
    points: tuple[Point, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Letter:
    """The whole letter, in one language."""

    language: str
    title: str
    dear: str
    paragraphs: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: tuple[str, ...]

    @property
    def colon(self) -> str:
        """Colon after the place of a point, as the language sets it."""
        return "\u00a0: " if self.language == "fr" else ": "


def letter_of(review: Review, *, language: str = "") -> Letter:
    """The letter about one review.

    Parameters
    ----------
    review : the review with its verdicts
    language : ``en`` or ``fr``; the review's own where it is empty
    """
    say = Words(language or review.language)
    asked = [s for s in (_differing(review, say), _left_open(review, say), _lacking(review, say)) if s]
    doubts = _doubts(review, say)
    opening = say("opening", citation=_citation(review))
    return Letter(
        language=say.language,
        title=say("title", title=review.title),
        dear=say("dear", authors=review.citation.get("authors") or review.id),
        paragraphs=(opening, say("asking" if asked else "nothing")),
        sections=tuple(s for s in (_good(review, say), *asked, doubts) if s),
        closing=(say("closing"), say("regards"), say("signed")),
    )


def _citation(review: Review) -> str:
    told = {key: str(review.citation.get(key) or "") for key in ("authors", "year", "journal")}
    parts = [text for key, text in told.items() if text and not (key == "journal" and _is_description(text))]
    doi = [f"doi:{review.citation['doi']}"] if review.citation.get("doi") else []
    return ", ".join([*parts, *doi]) or review.title


def _is_description(journal: str) -> bool:
    """Whether something stands for a journal that is not its title: ``narrative review in French``, ``re-analysis``.

    It begins in lower case, as ``eLife`` does not, and has a word that no title has, so that ``pain`` or ``the lancet`` stays.
    """
    plain = all(word.islower() for word in journal.split()[:2])
    return plain and not _NOT_IN_TITLES.isdisjoint(re.findall(r"[a-z]+(?:-[a-z]+)*", journal))


def _good(review: Review, say: Words) -> Section | None:
    """How many numbers come out as printed; None where none was claimed."""
    if not review.findings:
        return None
    checkable = [f for f in review.findings if f.verdict != "NOT_CHECKABLE"]
    good = [f for f in checkable if f.verdict in REPRODUCED]
    lead = say("good", claims=len(review.findings), checkable=len(checkable), good=len(good))
    left_open = sum(f.verdict == "UNDERSPECIFIED" for f in good)
    if left_open:
        lead = f"{lead} {say('good_open', n=left_open)}"
    statements = sum(map(_beyond_numbers, review.findings))
    if statements:
        lead = f"{lead} {say('good_words', n=statements)}"
    return Section(heading=say("good_heading"), lead=lead)


def _beyond_numbers(finding: Finding) -> bool:
    """Whether a claim is a statement that no number could decide, so that nothing is asked about it."""
    return finding.verdict == "NOT_CHECKABLE" and finding.quantity == "text" and finding.causes == (STATEMENT,)


def _differing(review: Review, say: Words) -> Section | None:
    """What does not come out as printed, the gravest first, each with its question and what may explain it."""
    graver = [f for f in review.findings if f.verdict not in (*REPRODUCED, *_OPEN, "NOT_CHECKABLE")]
    ordered = sorted(graver, key=lambda f: severity(f.verdict))
    points = [_point(review, f, say) for f in ordered] + list(_methods(review, "OTHER_SPEC", say))
    if not points:
        return None
    return Section(heading=say("differs_heading"), lead=say("differs"), points=tuple(points))


def _point(review: Review, finding: Finding, say: Words) -> Point:
    text = ask(finding, language=say.language)
    causes = [say.cause(cause) for cause in finding.causes if cause not in finding.edits]
    if causes:
        text = f"{text} {say('causes', causes=say.chain(causes))}"
    return Point(place=say.set(_place(review, [finding], say=say)), text=say.set(text))


def _left_open(review: Review, say: Words) -> Section | None:
    points = tuple(_methods(review, "UNDERSPECIFIED", say))
    return Section(heading=say("open_heading"), lead=say("open"), points=points) if points else None


def _methods(review: Review, verdict: str, say: Words) -> Iterator[Point]:
    """Questions about methods; numbers of one analysis that one method gives are asked about together."""
    together: dict[tuple[str, str], list[Finding]] = {}
    for finding in (f for f in review.findings if f.verdict == verdict):
        alone = not finding.spec or finding.criterion == "test left open" or finding.quantity == "text"
        together.setdefault((finding.analysis, f"claim {finding.claim}" if alone else finding.spec), []).append(finding)
    for (_, spec), members in together.items():
        place = say.set(_place(review, members, say=say))
        if len(members) == 1:
            yield Point(place=place, text=say.set(ask(members[0], language=say.language)))
            continue
        names = say.listed([claim_name(f, say.language) for f in members])
        printed = say.listed([f.printed for f in members])
        told = any_words(spec, *sorted({f.quantity for f in members}), language=say.language)
        told = with_choices(told, [c for f in members for c in f.causes], say.language)
        yield Point(place=place, text=say("methods", list=names, printed=printed, spec=told))


def _place(review: Review, members: Sequence[Finding], *, say: Words) -> str:
    """Where numbers stand: the analysis, and the places that were typed in, each once."""
    title = next((a.title for a in review.analyses if a.id == members[0].analysis), "")
    places = dict.fromkeys(f.typed("where") for f in members)
    return say.chain([part for part in (title, *places) if part])


def _lacking(review: Review, say: Words) -> Section | None:
    """What is missing, the same request made once for all the numbers of an analysis that it serves."""
    grouped: dict[tuple[str, tuple[str, ...]], list[Finding]] = {}
    for finding in review.findings:
        theirs = tuple(cause for cause in finding.causes if for_authors(cause))
        if finding.verdict == "NOT_CHECKABLE" and theirs and not _beyond_numbers(finding):
            grouped.setdefault((finding.analysis, theirs), []).append(finding)
    if not grouped:
        return None
    rows = tuple(_request(review, causes, members, say=say) for (_, causes), members in grouped.items())
    lead = say("lacking", n=sum(map(len, grouped.values())))
    columns = tuple(say.set(text) for text in say.part("ask_columns").split("|"))
    return Section(heading=say("lacking_heading"), lead=lead, columns=columns, rows=rows)


def _request(review: Review, causes: tuple[str, ...], members: list[Finding], *, say: Words) -> tuple[str, ...]:
    shown = members if len(members) <= NAMED else members[:FIRST]
    told = say.chain([say.part("named", name=claim_name(f, say.language), printed=f.printed) for f in shown])
    if len(members) > NAMED:
        told = say.part("many", named=told, n=len(members) - FIRST, all=len(members))
    # The columns of a per-study table are put together first; what is left reads in the plural for several numbers.
    ones = causes_missing(causes, say.language)
    if len(members) > 1:
        singular = {missing: say.plural(cause) for cause in causes for missing in causes_missing([cause], say.language)}
        ones = [singular.get(one) or one for one in ones]
    return (say.set(say.listed(ones)), say.set(_place(review, members, say=say)), say.set(told))


def _doubts(review: Review, say: Words) -> Section | None:
    """What was not read in the article itself, counted by how it was read."""
    claims = Counter(f.certainty for f in review.findings if f.certainty in CERTAINTIES[1:])
    rows = Counter(row.get("certainty") for row in review.extraction if row.get("certainty") in CERTAINTIES[1:])
    points = [
        Point(place="", text=say("ours_claims", n=claims[level], how=say.certainty(level)))
        for level in CERTAINTIES
        if claims[level]
    ]
    for level in CERTAINTIES:
        if rows[level]:
            text = say("ours_rows", n=rows[level], all=len(review.extraction), how=say.certainty(level))
            points.append(Point(place="", text=text))
    return Section(heading=say("ours_heading"), lead=say("ours"), points=tuple(points)) if points else None
