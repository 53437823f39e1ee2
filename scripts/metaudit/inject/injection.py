"""One error put into a clean review, with the edit that takes it out again.

The printed claims stay those of the clean table, so that the truth is known: the numbers come out with that edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from metaudit.edits import Change, Edit, single_edits
from metaudit.formats.review import Review
from metaudit.formats.row_rules import check_row
from metaudit.formats.select import select_rows
from metaudit.formats.tables import Row
from metaudit.inject.rows import made_row, problems_of
from metaudit.inject.subjects import Subject

# Errors that change cells of rows, as ``metaudit.edits`` makes them.
OF_CELLS = (
    "arms-swapped", "sign-flipped", "sd-is-se", "se-is-sd", "sd-is-se-all", "se-is-sd-all", "variance-is-sd",
    "half-width-is-sd", "iqr-is-sd", "se-is-variance", "percent-is-count", "percent-is-fraction", "log-is-natural",
    "non-events", "wrong-n", "digit", "digits-exchanged", "decimal-point",
)  # fmt: skip
DROPPED, DOUBLED, POOLED, REPLACED = "row-dropped", "row-doubled", "subgroup-only", "other-row"
OF_ROWS = (DROPPED, DOUBLED, POOLED, REPLACED)
INJECTED_KINDS = (*OF_ROWS, *OF_CELLS)


@dataclass(frozen=True)
class Injected:
    """A review with one error.

    Attributes
    ----------
    review : the review with the error; its claims are those of the clean one
    kind : what was done, one of ``INJECTED_KINDS``
    truth : the edits that undo it, any of which names the cause
    words : what was done, for people
    """

    review: Review
    kind: str
    truth: tuple[Edit, ...]
    words: str


def inject(subject: Subject, *, kind: str, seed: int) -> Injected | None:
    """Put one error of a kind into a subject; the same seed puts the same one.

    Returns
    -------
    None where the table allows no such error (no SD to mistake, no second row to use).

    Raises
    ------
    ValueError
        for a kind that is not known.
    """
    if kind not in INJECTED_KINDS:
        raise ValueError(f"kind {kind!r} is not known. Known: {', '.join(INJECTED_KINDS)}.")
    rng = np.random.default_rng([seed, *f"{subject.review.id}/{subject.analysis}/{kind}".encode()])
    rows = select_rows(subject.review.analyses[subject.analysis], subject.review.rows)[0]
    if not rows:
        return None
    if kind == DROPPED:
        return _dropped(subject, rows[int(rng.integers(len(rows)))]) if len(rows) > 2 else None
    if kind == DOUBLED:
        return _doubled(subject, rows[int(rng.integers(len(rows)))])
    if kind == POOLED:
        return _pooled(subject, rows)
    if kind == REPLACED:
        return _replaced(subject, rows, rng)
    return _of_cells(subject, rows, kind, rng)


def _of_cells(subject: Subject, rows: Sequence[Row], kind: str, rng: np.random.Generator) -> Injected | None:
    measure = next(iter(subject.specs.values())).measure
    analysis = subject.review.analyses[subject.analysis]
    by_lines: dict[tuple[int, ...], list[Edit]] = {}
    for edit in single_edits(rows, analysis, everything=subject.review.rows, measure=measure):
        if edit.kind == kind and _readable(edit, rows):
            by_lines.setdefault(edit.lines, []).append(edit)
    if not by_lines:
        return None
    lines = sorted(by_lines)[int(rng.integers(len(by_lines)))]
    edit = by_lines[lines][int(rng.integers(len(by_lines[lines])))]
    broken = replace(subject.review, rows=tuple(edit.apply(subject.review.rows)))
    return Injected(broken, kind, (_reversed(edit),), edit.words())


def _reversed(edit: Edit) -> Edit:
    return replace(edit, changes=tuple(Change(c.line, c.column, c.new, c.old) for c in edit.changes))


def _readable(edit: Edit, rows: Sequence[Row]) -> bool:
    """Whether the reader of the tables would take the rows; what it refuses never reaches the audit."""
    touched = {c.line for c in edit.changes}
    before = {r.line: _complaints(r) for r in rows if r.line in touched}
    return all(_complaints(r) <= before[r.line] for r in edit.apply(rows) if r.line in touched)


def _complaints(row: Row) -> set[tuple[str, str]]:
    return {(p.column, p.rule) for p in [*problems_of(row), *check_row(row, "extraction.csv")]}


def _dropped(subject: Subject, row: Row) -> Injected:
    """A study is left out of the analysis; its row stays in the table."""
    analysis = subject.review.analyses[subject.analysis]
    out = [*_listed(analysis.exclude.get("study")), row.text("study")]
    same = [r for r in select_rows(analysis, subject.review.rows)[0] if r.text("study") == row.text("study")]
    broken = replace(analysis, exclude={**analysis.exclude, "study": out}, reason=analysis.reason or "not pooled")
    truth = tuple(Edit("row-added", r.text("study"), (r.line,), with_rows=(r,)) for r in same)
    review = replace(subject.review, analyses={subject.analysis: broken})
    return Injected(review, DROPPED, truth, f"row {row.line} ({row.text('study')}) left out of the analysis")


def _listed(value: object) -> list[object]:
    return [] if value is None else list(value) if isinstance(value, list) else [value]


def _doubled(subject: Subject, row: Row) -> Injected:
    """A study stands in the table a second time under another name, as two reports of one trial do."""
    line = max(r.line for r in subject.review.rows) + 1
    name = f"{row.text('study')} (second report)"
    cells = {c: text for c, text in row.cells.items() if not c.startswith("printed_")}  # a review prints it once
    again = made_row(line, {**cells, "study": name})
    review = replace(subject.review, rows=(*subject.review.rows, again))
    truth = tuple(
        Edit("row-dropped", label, (n,), without=frozenset({n}))
        for label, n in ((row.text("study"), row.line), (name, line))
    )
    return Injected(review, DOUBLED, truth, f"row {row.line} ({row.text('study')}) entered twice")


def _pooled(subject: Subject, rows: Sequence[Row]) -> Injected | None:
    """All studies are pooled where the printed result is that of those with one value of a covariate."""
    analysis = subject.review.analyses[subject.analysis]
    covariates = {c: v for c, v in analysis.select.items() if c.startswith("x_")}
    if len(covariates) != 1:
        return None
    column, level = next(iter(covariates.items()))
    broken = replace(analysis, select={k: v for k, v in analysis.select.items() if k != column})
    pooled = select_rows(broken, subject.review.rows)[0]
    out = frozenset(r.line for r in pooled) - frozenset(r.line for r in rows)
    if not out:
        return None
    truth = Edit("subgroup-only", "", tuple(sorted(out)), without=out, about=f"{column.removeprefix('x_')} = {level}")
    review = replace(subject.review, analyses={subject.analysis: broken})
    return Injected(review, POOLED, (truth,), f"all studies pooled, not only those with {column} = {level}")


def _replaced(subject: Subject, rows: Sequence[Row], rng: np.random.Generator) -> Injected | None:
    """Two time points of one study are exchanged, so that the analysis takes the wrong one."""
    used = {r.line for r in rows}
    pairs = [
        (r, other)
        for r in rows
        for other in subject.review.rows
        if other.line not in used
        and other.text("study") == r.text("study")
        and other.text("timepoint")
        and r.text("timepoint")
    ]
    if not pairs:
        return None
    right, wrong = pairs[int(rng.integers(len(pairs)))]
    times = {right.line: wrong.text("timepoint"), wrong.line: right.text("timepoint")}
    changed = tuple(
        made_row(r.line, {**r.cells, "timepoint": times[r.line]}) if r.line in times else r for r in subject.review.rows
    )
    came_in = next(r for r in changed if r.line == right.line)
    truth = Edit("other-row", right.text("study"), (wrong.line,), without=frozenset({wrong.line}), with_rows=(came_in,))
    words = f"time points of {right.text('study')} exchanged, rows {right.line} and {wrong.line}"
    return Injected(replace(subject.review, rows=changed), REPLACED, (truth,), words)
