"""From a text to a draft of claims in the folder of a review, old or new."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from metaudit.drafts.draft import Draft, Notice
from metaudit.drafts.skeleton import TO_FILL_IN
from metaudit.drafts.write import id_of, write_draft
from metaudit.errors import InputError, Problem
from metaudit.formats.columns import SOURCES
from metaudit.formats.review import Review, shown_path
from metaudit.text_claims.accept import replace_files, with_rows
from metaudit.text_claims.candidates import Found, candidates_of
from metaudit.text_claims.reading import Source, read_source
from metaudit.text_claims.rows import CLAIM_COLUMNS, Drafted, drafted
from metaudit.text_claims.scratch import read_as
from metaudit.text_claims.store import DRAFT, draft_text, merged, read_draft

_MOST_CLAIMS = 3000  # the longest reports of reviews print a few hundred
_ABSTRACT = 6000  # characters; no longer than an abstract with its headings
_SECTION = re.compile(
    r"(?:abstract|summary|results?|findings|résumé|résultats?|background|introduction)\W*", re.IGNORECASE
)
_FRENCH = re.compile(r"\b(?:les|des|une|dans|était|étaient|avec|pour|sur|par|est|essais|douleur|chez)\b", re.IGNORECASE)
_ENGLISH = re.compile(r"\b(?:the|and|with|was|were|of|for|trials|pain|in|to)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Proposal:
    """What was found and where it was written.

    Attributes
    ----------
    found : every candidate and every number left out
    drafted : the rows, and what is claimed already
    created : whether the folder is new
    waiting : rows of the draft that were there before
    notices : what a person should know about the reading
    """

    found: Found
    drafted: Drafted
    created: bool
    waiting: int
    notices: tuple[Notice, ...]


def propose(text: Path, folder: Path, *, title: str = "", source: str = "", pages: Sequence[int] = ()) -> Proposal:
    """Find candidate claims in a text and write them as a draft for a person to confirm.

    A folder that does not exist becomes a review in the making, with the text beside the draft; in an existing review
    only claims.draft.csv is written (and sources.csv gets a row when the text is a new source).

    Parameters
    ----------
    text : the text or PDF
    folder : the review
    title : title of the publication, for a new review
    source : key of sources.csv for the text; ``paper`` in a new review, else found by its name or made from it
    pages : pages of a PDF; all without it

    Raises
    ------
    InputError
        when the text cannot be read or the review is not sound.
    """
    review = read_as(folder) if folder.is_dir() and any(folder.iterdir()) else None
    if review is not None and title:
        raise InputError(
            [
                Problem(
                    shown_path(folder),
                    0,
                    "",
                    "title",
                    "the review has a title.",
                    "Leave --title out, or change it in review.yaml.",
                )
            ]
        )
    if folder.is_file():
        raise InputError(
            [
                Problem(
                    shown_path(folder),
                    0,
                    "",
                    "not-a-folder",
                    "this is a file.",
                    "Name the folder of a review, or a new one.",
                )
            ]
        )
    read = read_source(text, pages)
    found = candidates_of(read.lines)
    if len(found.candidates) > _MOST_CLAIMS:
        message = f"the text prints {len(found.candidates):,} results; at most {_MOST_CLAIMS:,} can be worked through."
        raise InputError(
            [Problem(shown_path(text), 0, "", "size", message, "Keep the part that holds the results of the review.")]
        )
    if review is None:
        return _new(text, folder, read, found, title=title, source=source or "paper")
    return _added(text, folder, review, read, found, source)


def _new(text: Path, folder: Path, read: Source, found: Found, *, title: str, source: str) -> Proposal:
    """A review in the making; nothing is written when nothing was found."""
    made = drafted(found, analyses={}, claims=(), source=source)
    proposal = Proposal(found, made, True, 0, read.notices)
    if not made.rows:
        return Proposal(found, made, False, 0, read.notices)
    guess = "" if title else _title_of(read)
    name = title or guess or f"{TO_FILL_IN}: title of the publication"
    said = f"the title is the first heading of {text.name}: {guess!r}."
    notices = [
        *read.notices,
        *([Notice("guessed", "review.yaml", said, "Correct it where it is another.")] if guess else []),
        Notice("guessed", DRAFT, "quantity, measure and analysis of every number are guesses from the words around it.",
               f"Write yes or no into the column confirm, correct what is wrong, then: metaudit claims {folder.name} --accept"),
    ]  # fmt: skip
    draft = Draft(
        title=name,
        language=language_of(read.text),
        citation={"authors": f"{TO_FILL_IN}: first author et al."},
        analyses={n.id: n.entry() for n in made.analyses},
        sources=[
            {
                "source": source,
                "citation": f"{TO_FILL_IN}: the document {text.name}",
                "read": _how_much(read),
                "note": f"read in {text.name}",
            }
        ],
        notices=notices,
        files={"text.md": read.text},
        headers={"claims.csv": CLAIM_COLUMNS},
    )
    write_draft(draft, folder)
    replace_files(folder, {DRAFT: draft_text(made.rows)})
    return proposal


def _added(text: Path, folder: Path, review: Review, read: Source, found: Found, source: str) -> Proposal:
    key = source or _source_of(text, review)
    made = drafted(found, analyses=review.analyses, claims=review.claims, source=key)
    old = read_draft(folder)
    rows, there = merged(old, made.rows)
    if len(rows) == len(old):
        return Proposal(found, made, False, there, read.notices)
    texts: dict[str, str] = {}
    if key not in review.sources:
        row = {
            "source": key,
            "citation": f"{TO_FILL_IN}: the document {text.name}",
            "read": _how_much(read),
            "note": f"read in {text.name}",
        }
        texts["sources.csv"] = with_rows(folder / "sources.csv", [row], SOURCES)
        read_as(folder, {"sources.csv": texts["sources.csv"]})
    if not (folder / "claims.csv").is_file():
        texts["claims.csv"] = ",".join(CLAIM_COLUMNS) + "\n"
    replace_files(folder, {**texts, DRAFT: draft_text(rows)})
    return Proposal(found, made, False, there, read.notices)


def _source_of(text: Path, review: Review) -> str:
    """The only source of a review, one of the text's name, or a new key from that name."""
    if len(review.sources) == 1:
        return next(iter(review.sources))
    stem = id_of(text.stem) or "text"
    return next((s for s in review.sources if s in (stem, text.stem, text.name)), stem)


def _title_of(read: Source) -> str:
    """The first line of a text when it is a heading and no name of a section."""
    first = next((line.strip() for line in read.text.splitlines() if line.strip()), "")
    title = first.removeprefix("#").strip()
    return title if first.startswith("# ") and not _SECTION.fullmatch(title) else ""


def _how_much(read: Source) -> str:
    """How much of a document was read, as sources.csv says it: a short text is taken for the abstract."""
    if read.is_pdf:
        return "full text"
    return "abstract" if sum(len(line.text) for line in read.lines) <= _ABSTRACT else "full text"


def language_of(text: str) -> str:
    """``en`` or ``fr``, by the commonest words."""
    return "fr" if len(_FRENCH.findall(text)) > len(_ENGLISH.findall(text)) else "en"
