"""What the audit makes of an injected error: whether it sees it, and whether it names its cause."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metaudit.audit import AuditRow, audit
from metaudit.audit.verdict import ACCEPTABLE, VERDICTS
from metaudit.edits import Edit, same_cause, single_edits
from metaudit.formats.select import select_rows
from metaudit.inject.injection import Injected, inject
from metaudit.inject.subjects import Subject, all_claims, coming_out

TOP = 3
# What an audit names as causes, a list of edits for every claim or group of claims that has any, the likeliest first.
Causes = Callable[[Sequence[AuditRow], Injected, Subject], list[list[Edit]]]
_UNKNOWN = Edit("row-dropped", "", ())


@dataclass(frozen=True)
class CleanRun:
    """The audit of a subject as it is.

    Attributes
    ----------
    verdicts : claim -> verdict
    criteria : claim -> the check that decided
    alarms : claims that are known to come out and still get a verdict beyond UNDERSPECIFIED
    comes_out : claims whose printed number the data give under the specification behind them
    """

    subject: Subject
    verdicts: Mapping[str, str]
    criteria: Mapping[str, str]
    alarms: tuple[str, ...]
    comes_out: frozenset[str]

    @property
    def judged(self) -> tuple[str, ...]:
        """Claims known to come out that got a verdict."""
        return tuple(c for c, v in self.verdicts.items() if v != "NOT_CHECKABLE" and self.subject.known(c))


@dataclass(frozen=True)
class Outcome:
    """One injected error and what became of it.

    Attributes
    ----------
    kind, group, seed, words : what was put where
    moved : printed numbers that no longer come out under the true specification
    worse : claims with a worse verdict than in the clean run
    flagged : those of them that are now beyond UNDERSPECIFIED
    rank : place of the true cause among those named; 0 when it is not there, None where no number moved
    after : what the audit says of the moved numbers now, verdict and deciding check
    published : whether the subject is a published review
    """

    kind: str
    group: str
    seed: int
    words: str
    moved: tuple[str, ...]
    worse: tuple[str, ...]
    flagged: tuple[str, ...]
    rank: int | None
    after: tuple[str, ...] = ()
    published: bool = False

    @property
    def detected(self) -> bool:
        """Whether some claim was flagged."""
        return bool(self.flagged)

    @property
    def cause_named(self) -> bool:
        """Whether the true cause is among the first three."""
        return self.rank is not None and 1 <= self.rank <= TOP


def run_clean(subject: Subject) -> CleanRun:
    """Audit a subject as it is."""
    rows = audit(subject.review)
    verdicts = {r.claim: r.verdict for r in rows}
    alarms = tuple(r.claim for r in rows if r.verdict not in ACCEPTABLE and subject.known(r.claim))
    criteria = {r.claim: r.criterion for r in rows}
    return CleanRun(subject, verdicts, criteria, alarms, coming_out(subject, subject.review))


def run_injected(clean: CleanRun, *, kind: str, seed: int, causes: Causes) -> Outcome | None:
    """Put one error into a subject, audit it, and compare.

    Parameters
    ----------
    causes : reads off an audit what it names as causes

    Returns
    -------
    None where the table allows no error of this kind.
    """
    injected = inject(clean.subject, kind=kind, seed=seed)
    if injected is None:
        return None
    published = clean.subject.reproduces is not None
    moved = _moved(clean, injected)
    if not moved:
        return Outcome(kind, clean.subject.group, seed, injected.words, (), (), (), None, published=published)
    rows = audit(injected.review)
    worse = tuple(r.claim for r in rows if _is_worse(r, clean.verdicts.get(r.claim)))
    beyond = {r.claim for r in rows if r.verdict not in ACCEPTABLE or r.verdict == "NOT_CHECKABLE"}
    rank = _rank(causes(rows, injected, clean.subject), injected.truth)
    flagged = tuple(c for c in worse if c in beyond)
    after = tuple(sorted({f"{r.verdict} ({r.criterion})" for r in rows if r.claim in moved}))
    return Outcome(
        kind, clean.subject.group, seed, injected.words, moved, worse, flagged, rank, after=after, published=published
    )


def _moved(clean: CleanRun, injected: Injected) -> tuple[str, ...]:
    """Printed numbers that came out before and do not any more; numbers of rows that are gone are not among them."""
    still = coming_out(clean.subject, injected.review)
    there = [c.id for c in all_claims(injected.review)]
    return tuple(c for c in there if c in clean.comes_out and c not in still)


def _is_worse(row: AuditRow, before: str | None) -> bool:
    """A claim that cannot be checked any more is worse than one that was judged."""
    if before is None or before == "NOT_CHECKABLE":
        return False
    return VERDICTS.index(row.verdict) > VERDICTS.index(before)


def _rank(named: Sequence[Sequence[Edit]], truth: Sequence[Edit]) -> int:
    """The best place of the true cause in any of the lists; 0 where it is in none."""
    places = [
        place
        for edits in named
        for place, edit in enumerate(edits, start=1)
        if edit is not _UNKNOWN and any(same_cause(edit, t) for t in truth)
    ]
    return min(places, default=0)


def reported_causes(rows: Sequence[AuditRow], injected: Injected, subject: Subject) -> list[list[Edit]]:
    """The edits that the audit reports, for every claim that has any, the likeliest first.

    They are recognised by their words among all single edits of the table; a pair is none of them and keeps its place empty.
    """
    entry = injected.review.analyses[subject.analysis]
    pooled = select_rows(entry, injected.review.rows)[0]
    by_words: dict[str, Edit] = {}
    for measure in dict.fromkeys(s.measure for s in subject.specs.values()):
        for edit in single_edits(pooled, entry, everything=injected.review.rows, measure=measure):
            by_words.setdefault(edit.words(), edit)
    lists = dict.fromkeys(r.edits for r in rows if r.edits)
    return [[e for text in shown for e in _recognised(text, by_words)] for shown in lists]


def _recognised(text: str, by_words: Mapping[str, Edit]) -> list[Edit]:
    """The edit that a text reports; an edit of nothing where it is a pair."""
    words = text if text in by_words else text.rpartition(", under ")[0]
    return [by_words.get(words, _UNKNOWN)]
