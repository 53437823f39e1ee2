"""Confirmed rows of claims.draft.csv become claims; the rest stays where it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from metaudit.errors import InputError, Problem
from metaudit.files import replacing
from metaudit.formats.columns import CLAIMS, Column
from metaudit.formats.review import Claim, Review, shown_path
from metaudit.formats.yaml_edit import with_comments
from metaudit.text_claims.candidates import Candidate
from metaudit.text_claims.flow import Place
from metaudit.text_claims.intervals import SIGN_IN_WORDS
from metaudit.text_claims.match import claimed_by, number
from metaudit.text_claims.rows import NewAnalysis
from metaudit.text_claims.scratch import read_as
from metaudit.text_claims.store import DRAFT, DraftRow, claim_cells, draft_text, read_draft


@dataclass(frozen=True)
class Accepted:
    """What has been done.

    Attributes
    ----------
    added : ids of the claims that were added
    claimed : rows that a claim prints already, each with the id of that claim; they leave the draft
    analyses : analyses added to review.yaml
    rejected, open : rows that stay in the draft, decided against or not decided
    """

    added: tuple[str, ...]
    claimed: tuple[tuple[str, str], ...]
    analyses: tuple[str, ...]
    rejected: int
    open: int


def accept(folder: Path) -> Accepted:
    """Move the rows with ``confirm = yes`` from claims.draft.csv into claims.csv.

    An analysis that such a row names and review.yaml lacks is added there, with the words and the measure of the draft and
    ``data: none``. Everything is checked in a copy first; when anything is wrong nothing changes.

    Raises
    ------
    InputError
        when there is no draft, a decision cannot be read, or the review would not be sound with the new claims.
    """
    shown = shown_path(folder)
    review = read_as(folder)
    if not (folder / DRAFT).is_file():
        raise InputError(
            [
                Problem(
                    f"{shown}/{DRAFT}",
                    0,
                    "",
                    "missing-file",
                    "there is no draft of claims.",
                    f"Make one: metaudit claims TEXT {shown}",
                )
            ]
        )
    rows = read_draft(folder)
    yes = [r for r in rows if r.confirmed]
    kept = [r for r in rows if not r.confirmed]
    new, claimed = _split(yes, review)
    _check_signs(new, rows, f"{shown}/{DRAFT}")
    texts: dict[str, str] = {}
    analyses = _missing_analyses(new, review)
    if new:
        _check_ids(new, review, f"{shown}/{DRAFT}")
    if analyses:  # before the claims that name them, should the run end in between
        texts["review.yaml"] = _with_analyses(folder / "review.yaml", analyses)
    if new:
        texts["claims.csv"] = with_rows(folder / "claims.csv", [claim_cells(r) for r in new], CLAIMS)
    if texts:
        _validate(folder, texts, new)
    replace_files(folder, {**texts, DRAFT: draft_text(r.cells for r in kept)})
    return Accepted(
        added=tuple(r.text("claim") for r in new), claimed=tuple(claimed), analyses=tuple(a.id for a in analyses),
        rejected=sum(r.confirmed is False for r in kept), open=sum(r.confirmed is None for r in kept),
    )  # fmt: skip


def _split(yes: Sequence[DraftRow], review: Review) -> tuple[list[DraftRow], list[tuple[str, str]]]:
    """Rows that are new, and those whose number a claim of the same analysis prints already."""
    new, claimed = [], []
    for row in yes:
        home = row.text("analysis")
        among: list[Claim] = [c for c in review.claims if c.analysis == home]
        candidate = Candidate(row.text("quantity"), row.text("printed"), 0, Place(0, 0, 0), "", row.text("printed"))
        known = claimed_by(candidate, home, among) if row.text("subject") == "" or not home else ""
        if known:
            claimed.append((row.text("claim"), known))
        else:
            new.append(row)
    return new, claimed


def _check_ids(rows: Sequence[DraftRow], review: Review, shown: str) -> None:
    """Every id once, and none that claims.csv has."""
    taken = {c.id: f"row {c.line} of claims.csv" for c in review.claims}
    problems = []
    for row in rows:
        name = row.text("claim")
        if not name:
            problems.append(
                Problem(shown, row.line, "claim", "empty-cell", "the claim has no id.", "Name it, such as pain-est.")
            )
        elif name in taken:
            problems.append(
                Problem(
                    shown,
                    row.line,
                    "claim",
                    "duplicate-key",
                    f"{name!r} stands already in {taken[name]}.",
                    "Give it another name.",
                )
            )
        taken.setdefault(name, f"row {row.line}")
    if problems:
        raise InputError(problems)


def _check_signs(new: Sequence[DraftRow], rows: Sequence[DraftRow], shown: str) -> None:
    """No estimate whose sign stands in the words is claimed without a person's decision: it would read as a contradiction."""
    problems = []
    for row in new:
        value, ends = number(row.text("printed")), _limits(row, rows)
        if row.text("quantity") != "estimate" or value is None or ends is None:
            continue
        low, high = ends
        undecided = row.text("note") in ("", SIGN_IN_WORDS)
        if undecided and not low <= value.value <= high and low <= -value.value <= high:
            message = f"{row.text('printed')} lies outside its interval {low:g} to {high:g}, {-value.value:g} inside."
            fix = (
                f"Where the words give the sign (such as lower by), write {-value.value:g} and say so in note; "
                "to claim the number as it is printed, write into note why."
            )
            problems.append(Problem(shown, row.line, "printed", "sign-in-words", message, fix))
    if problems:
        raise InputError(problems)


def _limits(row: DraftRow, rows: Sequence[DraftRow]) -> tuple[float, float] | None:
    """The interval of an estimate in the draft: the first limits behind it of its analysis and subject."""
    found = []
    for quantity in ("ci_low", "ci_high"):
        mine = (
            number(r.text("printed"))
            for r in rows
            if r.line > row.line
            and r.confirmed is not False
            and r.text("quantity") == quantity
            and (r.text("analysis"), r.text("subject")) == (row.text("analysis"), row.text("subject"))
        )
        found.append(next(mine, None))
    low, high = found
    return (low.value, high.value) if low and high else None


def _missing_analyses(rows: Sequence[DraftRow], review: Review) -> list[NewAnalysis]:
    """Analyses that the rows name for the first time, as the draft describes them."""
    found: dict[str, NewAnalysis] = {}
    for row in rows:
        name = row.text("analysis")
        if name and name not in review.analyses and name not in found:
            mine = [r for r in rows if r.text("analysis") == name]
            measure = next((r.text("measure") for r in mine if r.text("measure")), "")
            title = next((r.text("about") for r in mine if r.text("about")), name)
            found[name] = NewAnalysis(name, title, measure)
    return list(found.values())


def with_rows(path: Path, cells: Sequence[Mapping[str, str]], columns: Sequence[Column]) -> str:
    """A table's text with rows added at its end; what stands there is not written anew unless a column is missing."""
    text = path.read_bytes().decode("utf-8-sig") if path.is_file() else ""
    records = list(csv.reader(io.StringIO(text, newline="")))
    header = records[0] if records else []
    missing = [
        c.name
        for c in columns
        if c.name not in header and (any(c.name in row for row in cells) or (not header and c.required))
    ]
    newline = "\r\n" if "\r\n" in text else "\n"
    if missing:
        wide = [*header, *missing]
        records = [wide, *(r + [""] * (len(wide) - len(header)) for r in records[1:] if r)]
        header, text = wide, _csv(records, newline)
    elif text and not text.endswith("\n"):
        text += newline
    return text + _csv([[row.get(c, "") for c in header] for row in cells], newline)


def _csv(records: Sequence[Sequence[str]], newline: str) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=newline).writerows(records)
    return buffer.getvalue()


def _with_analyses(path: Path, analyses: Sequence[NewAnalysis]) -> str:
    """review.yaml with analyses added; comments and order stay."""
    yaml, document = with_comments(path, shown_path(path))
    present = document["analyses"]
    if not present and isinstance(present, CommentedMap):
        present.fa.set_block_style()
    for new in analyses:
        entry = CommentedMap(new.entry())
        entry["select"] = CommentedMap()
        entry["select"].fa.set_flow_style()
        present[new.id] = entry
    buffer = io.StringIO()
    yaml.dump(document, buffer)
    return buffer.getvalue()


def _validate(folder: Path, texts: Mapping[str, str], new: Sequence[DraftRow]) -> None:
    """Read the review as it would be; a problem of a new claim is named in the row of the draft it comes from."""
    shown = shown_path(folder)
    records = sum(1 for _ in csv.reader(io.StringIO(texts.get("claims.csv", ""), newline="")))
    first = records - len(new) + 1
    try:
        read_as(folder, texts)
    except InputError as error:
        moved = []
        for p in error.problems:
            at = p.row - first
            mine = p.file.endswith("/claims.csv") and 0 <= at < len(new)
            moved.append(Problem(f"{shown}/{DRAFT}", new[at].line, p.column, p.rule, p.message, p.fix) if mine else p)
        raise InputError(moved) from None


def replace_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Put the new files in place of the old ones, in this order, when all of them are written whole."""
    with ExitStack() as ready:
        for name, text in reversed([*texts.items()]):  # a stack ends with the one that was put on it first
            target = folder / name
            scratch = ready.enter_context(replacing(target))
            scratch.write_text(text, encoding="utf-8", newline="")
            if target.is_file():
                scratch.chmod(target.stat().st_mode & 0o777)
