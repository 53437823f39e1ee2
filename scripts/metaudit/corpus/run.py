"""A whole corpus without Snakemake: split, audit, sum up, in one process or in several."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from metaudit.corpus.counts import Counts, notes_of, of_shards
from metaudit.corpus.read import open_corpus
from metaudit.corpus.schema import TABLES
from metaudit.corpus.shard import audit_shard
from metaudit.corpus.split import split
from metaudit.corpus.summary import write_summary
from metaudit.errors import DataError
from metaudit.files import replacing_folder


@dataclass(frozen=True)
class _Job:
    """One shard: its folder, the folder of results, and what is asked for."""

    shard: Path
    results: Path
    level: float
    search: str


def write_corpus(
    corpus: str | Path,
    out: Path,
    *,
    shards: int = 16,
    search: str = "missed",
    level: float = 0.95,
    cores: int = 1,
    tell: Callable[[str], None] = lambda _: None,
) -> Counts:
    """Audit a corpus into a folder: ``audit``, ``analyses``, ``problems`` and ``shards``, a file or folder a shard, and ``summary``.

    The same files as the workflow's in ``results/corpus``. They are made beside ``out`` and moved there when complete.

    Parameters
    ----------
    corpus : a folder of review folders, a table, or a folder with tables
    out : folder to write; it must be new or empty
    shards : into how many parts the corpus is split; what is found does not depend on it
    search : ``missed`` or ``all``, as in ``metaudit.audit.audit``
    level : confidence level where an analysis states none
    cores : how many processes audit shards at the same time; what is written does not depend on it
    tell : is told what begins

    Raises
    ------
    InputError
        when the corpus cannot be read as a whole; what is wrong with single reviews is in ``problems``.
    DataError
        when ``out`` is not empty, or a choice is out of range.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise DataError(
            f"{out}: the folder exists and is not empty. Name a new one, so that no older result is mistaken for this one."
        )
    if not 0 < level < 1:
        raise DataError(f"level {level!r} is not between 0 and 1")
    found = open_corpus(corpus)
    with replacing_folder(out) as scratch:
        tell("splitting")
        folders = split(found, shards, scratch / "shards")
        jobs = [_Job(folder, scratch, level, search) for folder in folders]
        if cores == 1:
            for job in jobs:
                tell(job.shard.name)
                _audit(job)
        else:
            # Started afresh: a forked copy would hold whatever threads the libraries of this process have begun.
            with ProcessPoolExecutor(cores, mp_context=multiprocessing.get_context("spawn")) as pool:
                for job, _ in zip(jobs, pool.map(_audit, jobs), strict=True):
                    tell(job.shard.name)
        tell("summary")
        names = [folder.name for folder in folders]
        write_summary(scratch, scratch / "summary", shards=names, notes=notes_of(folders[0]))
        return of_shards(scratch, names)


def _audit(job: _Job) -> None:
    audit, analyses, problems = (job.results / table / f"{job.shard.name}.parquet" for table in TABLES)
    audit_shard(job.shard, audit=audit, analyses=analyses, problems=problems, level=job.level, search=job.search)
