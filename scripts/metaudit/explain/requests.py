"""What NOT_CHECKABLE claims lack, as requests to authors, and which requests would serve each claim.

A claim can often be served in several ways: a pooled estimate by the per-study table, or by each study's effect with its
standard error; the P value of Q by Q itself. A request names numbers; its size is how many.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from metaudit.audit import AuditRow
from metaudit.audit.words import JUDGED
from metaudit.audit_words.what_to_ask import for_authors
from metaudit.errors import PrintedError
from metaudit.formats.review import Analysis, Review
from metaudit.formats.select import select_rows
from metaudit.printed import parse_printed
from metaudit.specs import COUNT_MODELS

PER_STUDY = "per study: "
# What each study's effect with its standard error is enough for.
BY_EFFECTS = frozenset(
    "estimate ci_low ci_high se z p q q_df q_p i2 i2_low i2_high h2 tau2 tau tau2_low tau2_high se_tau2 k weight "
    "study_estimate study_ci_low study_ci_high study_se study_variance pi_low pi_high subgroup_q subgroup_p subgroup_df subgroup_i2 "
    "egger_p egger_intercept begg_p trimfill_k trimfill_estimate failsafe_n text".split()
)
_TRIPLE = ("estimate", "ci_low", "ci_high")
# Where the number of studies is not printed, a table is taken to have at least two.
_FEWEST = 2


@dataclass(frozen=True, order=True)
class Request:
    """Something to ask for.

    Attributes
    ----------
    kind : ``table`` (columns for each study), ``effects``, ``studies`` (their list), ``rest`` (rows that are not public),
        ``cells`` (numbers of one study), ``interval``, ``q``, ``document`` or ``other``
    analysis : id of the analysis; empty outside analyses
    whom : study, subject or source that it is about; empty for all studies
    what : columns or phrases, as the audit names them
    size : how many numbers
    open_ended : whether there are more numbers, because the number of studies is not printed
    """

    kind: str
    analysis: str
    whom: str
    what: tuple[str, ...]
    size: int = field(compare=False)
    open_ended: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Need:
    """A claim that cannot be checked.

    Attributes
    ----------
    row : its verdict
    options : sets of requests, each of which would make it checkable; empty when no number would
    """

    row: AuditRow
    options: tuple[frozenset[Request], ...]


def needs_of(review: Review, rows: Sequence[AuditRow]) -> list[Need]:
    """The needs of a review's NOT_CHECKABLE claims, in their order."""
    return [
        Need(row, tuple(dict.fromkeys(_options(review, rows, row)))) for row in rows if row.verdict == "NOT_CHECKABLE"
    ]


def _options(review: Review, rows: Sequence[AuditRow], row: AuditRow) -> Iterator[frozenset[Request]]:
    causes = [c for c in row.causes if for_authors(c)]
    if not causes or (row.quantity == "text" and row.printed.strip().lower() not in JUDGED):
        return  # a statement in words has no number that could decide it; our own files are nobody else's to mend
    analysis = review.analyses.get(row.analysis)
    if analysis is None:
        yield _outside(review, row, causes)
    elif analysis.data == "none":
        yield from _without_table(rows, row, causes, analysis)
    else:
        yield frozenset(_of_rows(review, rows, row, causes, analysis))
    yield from _beside(rows, row)


def _without_table(
    rows: Sequence[AuditRow], row: AuditRow, causes: Sequence[str], analysis: Analysis
) -> Iterator[frozenset[Request]]:
    """The whole table, each study's effect, or the little that some quantities need."""
    columns = tuple(c.removeprefix(PER_STUDY) for c in causes if c.startswith(PER_STUDY))
    k, known = _studies(rows, analysis.id)
    if not columns:
        yield frozenset({Request("other", analysis.id, row.subject, tuple(causes), len(causes))})
        return
    yield frozenset({Request("table", analysis.id, "", columns, k * len(columns), not known)})
    if row.quantity in BY_EFFECTS and analysis.method.get("model") not in COUNT_MODELS:
        what = ("effect with its standard error or interval",)
        yield frozenset({Request("effects", analysis.id, "", what, 2 * k, not known)})
    if row.quantity in ("k", "q_df"):
        yield frozenset({Request("studies", analysis.id, "", ("the list of the studies counted",), k, not known)})
    sizes = tuple(c for c in columns if c == "n" or c.startswith("n, "))
    wanted = {"n": sizes, "n_t": ("n, treatment",), "n_c": ("n, control",)}.get(row.quantity, ())
    if wanted and set(wanted) <= set(sizes) and set(wanted) != set(columns):
        yield frozenset({Request("table", analysis.id, "", tuple(wanted), k * len(wanted), not known)})
    if row.quantity.startswith("study_") and row.subject:
        yield frozenset({Request("cells", analysis.id, row.subject, columns, len(columns))})


def _of_rows(
    review: Review, rows: Sequence[AuditRow], row: AuditRow, causes: Sequence[str], analysis: Analysis
) -> Iterator[Request]:
    """What is missing from a table that is there in part; all of it is needed."""
    for cause in causes:
        whom, colon, what = cause.partition(": ")
        line = _line(review, analysis, whom) if colon else None
        if cause == f"{PER_STUDY}the rows that are not public":
            here = len(select_rows(analysis, review.rows)[0])
            k, known = _studies(rows, analysis.id)
            yield Request("rest", analysis.id, "", ("the rows that are not public",), 2 * max(k - here, 1), not known)
        elif cause.startswith(PER_STUDY):
            yield Request("table", analysis.id, "", (what,), len(select_rows(analysis, review.rows)[0]))
        elif line is not None:
            columns = _columns(what)
            yield Request("cells", "", f"{whom} (row {line})", columns, len(columns))
        else:
            yield Request("other", analysis.id, row.subject, (cause,), 1)


def _line(review: Review, analysis: Analysis, label: str) -> int | None:
    """The row of extraction.csv that a study's label means in an analysis."""
    return next((r.line for r in select_rows(analysis, review.rows)[0] if r.text("study") == label), None)


def _columns(what: str) -> tuple[str, ...]:
    """``SD, treatment, n, control`` as its two columns."""
    return tuple(m.strip() for m in re.findall(r"[^,]+(?:,\s*(?:treatment|control)\b)?", what))


def _outside(review: Review, row: AuditRow, causes: Sequence[str]) -> frozenset[Request]:
    """Requests for a number that belongs to no analysis: the document it was read in once, the rest for each subject."""
    claim = review.claim(row.claim)
    source = claim.source if claim else ""
    return frozenset(
        Request("document", "", source, (c,), 1)
        if c == "the document itself"
        else Request("other", "", _subject(row), (c,), 1)
        for c in causes
    )


def _subject(row: AuditRow) -> str:
    """What a number outside the analyses is about; the claim's id where it does not say."""
    return row.subject or row.claim


def _beside(rows: Sequence[AuditRow], row: AuditRow) -> Iterator[frozenset[Request]]:
    """Numbers of the same result that decide a P value or a statement; Q alone does not decide I², which may rest on tau²."""
    if not row.analysis and not row.subject:
        return
    printed = {r.quantity for r in rows if (r.analysis, r.subject) == (row.analysis, row.subject)}
    if row.quantity == "q_p" and not {"q", "q_df"} <= printed:
        yield frozenset({Request("q", row.analysis, row.subject, ("Q with its degrees of freedom",), 2)})
    decided = row.quantity == "p" or (row.quantity == "text" and "heterogeneous" not in row.printed.lower())
    missing = sum(q not in printed for q in _TRIPLE)
    if decided and missing and row.analysis:
        yield frozenset(
            {Request("interval", row.analysis, row.subject, ("the estimate with its confidence interval",), missing)}
        )


def _studies(rows: Iterable[AuditRow], analysis: str) -> tuple[int, bool]:
    """The number of studies of an analysis, and whether it is printed; at least two where it is not."""
    for row in rows:
        if row.analysis == analysis and row.quantity == "k" and not row.subject:
            try:
                return max(round(parse_printed(row.printed).value), 1), True
            except PrintedError:
                continue
    return _FEWEST, False
