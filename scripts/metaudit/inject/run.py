"""The audit of the audit: every subject clean, then with one error of every kind, over several processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from metaudit.effects.convert import convert
from metaudit.inject.clean import DESIGNS, Design, clean_review
from metaudit.inject.injection import INJECTED_KINDS
from metaudit.inject.rows import made_row
from metaudit.inject.score import Causes, CleanRun, Outcome, reported_causes, run_clean, run_injected
from metaudit.inject.subjects import Subject, made_up, published
from metaudit.rowchecks.se_as_sd import examine

THRESHOLDS = (10.0, 30.0, 100.0, 300.0)


@dataclass(frozen=True)
class Plan:
    """How much is run.

    Attributes
    ----------
    clean : made-up reviews of each design that are audited as they are
    broken : how many of them get errors
    seeds : errors of each kind for each subject
    published : errors of each kind for each analysis of the published reviews
    """

    clean: int = 6
    broken: int = 1
    seeds: int = 1
    published: int = 1


@dataclass(frozen=True)
class Spreads:
    """The SE-as-SD engine on made-up reviews: rows flagged by threshold, clean ones and broken ones."""

    clean_rows: int
    clean_flagged: tuple[int, ...]
    broken: int
    broken_flagged: tuple[int, ...]


@dataclass(frozen=True)
class Audited:
    """Everything that was run."""

    clean: tuple[CleanRun, ...]
    outcomes: tuple[Outcome, ...]
    spreads: Spreads


@dataclass(frozen=True)
class _Task:
    subject: Subject
    kinds: tuple[str, ...]
    seeds: int


def run(plan: Plan, *, root: Path, key: Path, processes: int = 1, designs: Sequence[Design] = DESIGNS) -> Audited:
    """Run a plan; the same plan gives the same result, whatever the number of processes.

    Parameters
    ----------
    root : folder of the published reviews
    key : which of their claims come out by an independent program
    """
    tasks = list(_tasks(plan, root, key, designs))
    if processes > 1:
        with get_context("fork").Pool(processes) as pool:
            done = list(pool.imap(_do, tasks, chunksize=1))
    else:
        done = [_do(t) for t in tasks]
    return Audited(
        tuple(clean for clean, _ in done),
        tuple(o for _, outcomes in done for o in outcomes),
        spreads(plan.clean, designs),
    )


def _tasks(plan: Plan, root: Path, key: Path, designs: Sequence[Design]) -> Iterator[_Task]:
    for subject in published(root, key):
        yield _Task(subject, INJECTED_KINDS if plan.published else (), plan.published)
    for design in designs:
        for i in range(plan.clean):
            broken = i < plan.broken
            yield _Task(made_up(clean_review(design, seed=i)), INJECTED_KINDS if broken else (), plan.seeds)


def _do(task: _Task, causes: Causes = reported_causes) -> tuple[CleanRun, list[Outcome]]:
    clean = run_clean(task.subject)
    found = [
        run_injected(clean, kind=kind, seed=seed, causes=causes) for kind in task.kinds for seed in range(task.seeds)
    ]
    return clean, [o for o in found if o is not None]


def spreads(reviews: int, designs: Iterable[Design] = DESIGNS) -> Spreads:
    """Flags of the SE-as-SD engine on clean rows, and on the same rows with each study's SDs turned into standard errors."""
    clean_rows = broken = 0
    clean_flagged, broken_flagged = [0] * len(THRESHOLDS), [0] * len(THRESHOLDS)
    for design in (d for d in designs if d.data == "means"):
        for seed in range(reviews):
            rows = [convert(r) for r in clean_review(design, seed=seed).review.rows]
            readings = examine(rows)
            clean_rows += len(readings)
            for i, row in enumerate(rows):
                cells = dict(row.row.cells)
                for arm in ("t", "c"):
                    cells[f"sd_{arm}"] = f"{float(cells[f'sd_{arm}']) / float(cells[f'n_{arm}']) ** 0.5:.3g}"
                wrong = convert(made_row(row.row.line, cells))
                own = [r for r in examine([*rows[:i], wrong, *rows[i + 1 :]]) if r.line == row.row.line]
                broken += 1
                for j, t in enumerate(THRESHOLDS):
                    broken_flagged[j] += any(r.flagged(t) for r in own)
            for j, t in enumerate(THRESHOLDS):
                clean_flagged[j] += sum(r.flagged(t) for r in readings)
    return Spreads(clean_rows, tuple(clean_flagged), broken, tuple(broken_flagged))
