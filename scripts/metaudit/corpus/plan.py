"""What the workflow does with the corpus of a configuration: which files its rules name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from metaudit.config import unusable
from metaudit.corpus.columns import TABLES
from metaudit.corpus.piece import TableFile
from metaudit.corpus.read import IN_TABLES, Corpus, open_corpus
from metaudit.corpus.schema import shard_name
from metaudit.corpus.split import shard_files, shard_of
from metaudit.errors import InputError, Problem
from metaudit.formats.places import read_of_review
from metaudit.formats.references import referred
from metaudit.formats.review import shown_path
from metaudit.source import Source

RESULTS = "results/corpus"
SHARDS, SEARCH = 16, "missed"
"""What is taken where the configuration does not say."""


@dataclass(frozen=True)
class Plan:
    """The corpus of a run, as the rules see it.

    Attributes
    ----------
    corpus : the corpus as it was found
    shards : how many jobs audit it
    search : ``missed`` or ``all``
    source : says how a rule names a file
    """

    corpus: Corpus
    shards: int
    search: str
    source: Source

    @cached_property
    def names(self) -> list[str]:
        """Name of every shard, in order."""
        return [shard_name(i) for i in range(self.shards)]

    @property
    def tables(self) -> dict[str, str]:
        """File of every table, as it is written in messages; empty for a corpus of folders."""
        return {table: file.shown for table, file in self.corpus.tables.items()}

    @property
    def files(self) -> list[str]:
        """What is split: the tables in the order of ``tables``; of a folder of reviews, every review.yaml."""
        if self.corpus.kind == IN_TABLES:
            return [self.source.path(file.path) for file in self.corpus.tables.values()]
        return [self.source.path(folder / "review.yaml") for folder in self.corpus.folders]

    @property
    def shard_files(self) -> tuple[str, ...]:
        """Names of the files in the folder of every shard."""
        return shard_files(self.corpus)

    def reviews(self, wildcards: Any) -> list[str]:
        """Files that the job of a shard reads beside what the library brings and its part of the tables: those of its reviews."""
        return self._of_folders.get(wildcards.shard, [])

    @property
    def of_reviews(self) -> set[str]:
        """Files of all reviews of a corpus of folders, and of those that they refer to, as the rules name them."""
        return {file for files in self._of_folders.values() for file in files}

    @cached_property
    def _of_folders(self) -> Mapping[str, list[str]]:
        """Files of the reviews of every shard of a corpus of folders, and of the reviews that these refer to.

        So a changed review reruns its own shard and those whose verdicts rest on it, and no other. What a link refers to may
        lie outside the corpus.
        """
        found: dict[str, dict[str, None]] = {name: {} for name in self.names}
        own = {folder.resolve(): folder for folder in self.corpus.folders if not folder.is_symlink()}
        for folder in self.corpus.folders:
            of_shard = found[shard_name(shard_of(folder.name, self.shards))]
            for one in (folder, *(own.get(other.resolve(), other) for other in referred(folder))):
                of_shard.update((self.source.path(file), None) for file in read_of_review(one))
        return {shard: list(files) for shard, files in found.items()}


def plan(asked: Mapping[str, Any], source: Source, *, check: bool = True) -> Plan:
    """The plan for the ``corpus`` of a configuration that was checked against its schema.

    Parameters
    ----------
    asked : ``path`` and, where they are said, ``shards`` and ``search``
    source : says how a rule names a file
    check : look at the corpus, and refuse what is none. A job on another machine, which sees its own part only, does not.

    Raises
    ------
    InputError
        when the corpus cannot be read as a whole.
    """
    path = Path(asked["path"]).expanduser()
    if odd := unusable(asked["path"]):
        message = f"the path {asked['path']!r} has {odd[0]} in it, {odd[1]}."
        raise InputError([Problem("config.yaml", 0, "corpus.path", "path", message, "Rename the file or folder.")])
    whole, results = path.resolve(), Path(RESULTS).parent.resolve()
    if whole.is_relative_to(results) or results.is_relative_to(whole):
        message = f"the path {asked['path']!r} lies in the results or around them, so that no record could tell one from the other."
        fix = "Move the reviews into a folder of their own beside the results, and name that one."
        raise InputError([Problem("config.yaml", 0, "corpus.path", "path", message, fix)])
    corpus = open_corpus(path) if check or path.exists() else _unseen(path)
    made = Plan(corpus, asked.get("shards", SHARDS), asked.get("search", SEARCH), source)
    odd_files = sorted({Path(file) for file in made.of_reviews if unusable(file)}) if check else []
    if odd_files:
        raise InputError(map(_odd, odd_files))
    return made


def _odd(file: Path) -> Problem:
    """The problem that the path of a review's file cannot be one of the workflow: its own name, or a folder's above it."""
    lowest, (sign, why) = next((p, odd) for p in (file, *file.parents) if (odd := unusable(p.name)))
    what, fix = "folder", "Rename the folder: letters, digits and hyphens."
    if lowest == file:
        what, fix = "file", "Rename the file, or move it elsewhere: a review has no file of this name."
    message = f"the name of the {what} {lowest.name!r} has {sign} in it, {why}."
    return Problem(shown_path(lowest), 0, "", "path", message, fix)


def _unseen(path: Path) -> Corpus:
    """A corpus in tables that is not here: only its shards are asked for."""
    return Corpus(path, IN_TABLES, tables={table: TableFile(table, path, str(path)) for table in TABLES})


def fetched(corpus: Mapping[str, str], files: list[str], path: str) -> Corpus:
    """The corpus that a job reads, whose files may lie elsewhere than their names say: a storage brings them to the job.

    Parameters
    ----------
    corpus : file of every table as it is written in messages; empty for a corpus of folders
    files : where they are, in the same order
    path : of the corpus, as it is written in messages
    """
    if not corpus:
        return open_corpus(path)
    tables = {t: TableFile(t, Path(file), shown) for (t, shown), file in zip(corpus.items(), files, strict=True)}
    return Corpus(Path(path), IN_TABLES, tables=tables)
