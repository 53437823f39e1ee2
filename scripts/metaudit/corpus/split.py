"""Share a corpus out: every review goes to one shard, always the same one, and nothing is held in memory as a whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.corpus.astray import Astray, Column
from metaudit.corpus.columns import TABLES
from metaudit.corpus.misfits import MOST_ODD, Misfits, Spellings, suggestions
from metaudit.corpus.parquet import Writer, writing
from metaudit.corpus.piece import ROW, Piece
from metaudit.corpus.read import FOLDERS, Corpus, digits_lost
from metaudit.corpus.schema import REVIEWS, SHARD, shard_name
from metaudit.corpus.stream import pieces
from metaudit.errors import DataError, InputError, Problem
from metaudit.files import write_text
from metaudit.formats.places import ID
from metaudit.formats.review import shown_path

if TYPE_CHECKING:
    import pyarrow as pa

MOST_SHARDS = 10_000
_ROWS_IN_MEMORY = 200_000
_FILES_AT_ONCE = 400  # most systems let a process have a thousand


def shard_of(review: str, shards: int) -> int:
    """The shard of a review: from the SHA-256 of its id, so that it depends on nothing else, on no machine and in no version."""
    return int.from_bytes(hashlib.sha256(review.encode("utf-8", "surrogatepass")).digest()[:8], "big") % shards


def shard_files(corpus: Corpus) -> tuple[str, ...]:
    """Names of the files in the folder of every shard of a corpus; a table that it does not have is there, and empty."""
    return (REVIEWS,) if corpus.kind == FOLDERS else (SHARD, *(f"{table}.parquet" for table in TABLES))


def split(corpus: Corpus, shards: int, out: str | Path) -> list[Path]:
    """Write the folder of every shard: ``reviews.txt`` (a path a line), or the shard's part of every table.

    A table is read in pieces and written in groups of rows, so that memory does not grow with it. Reviews one of which
    refers to another's claims (``refers_to``) stay together, in the shard of the first of their ids; those of a corpus of
    folders are found where they lie. Rows keep the number they have in the corpus's file. A row without an id, or with
    too many or too few cells, goes into the problems of every review that it may belong to (``astray``), each in its shard; where
    there is none, and where the id is none, into those of the first shard.

    Parameters
    ----------
    corpus : as :func:`metaudit.corpus.read.open_corpus` found it
    shards : how many, from 1 to ``MOST_SHARDS``
    out : folder in which ``shard-000`` ... are written

    Returns
    -------
    The folders of the shards, in order. The same corpus gives the same bytes; what an earlier split left there in the other form, or
    in more shards, is taken away, so that nobody audits it.

    Raises
    ------
    InputError
        when a file cannot be read on, the corpus holds no review, or more than ``misfits.MOST_ODD`` names of reviews are no ids.
    DataError
        when the number of shards is out of range.
    """
    if not 1 <= shards <= MOST_SHARDS:
        raise DataError(f"a corpus is split into 1 to {MOST_SHARDS:,} shards, not into {shards}.")
    folders = [Path(out) / shard_name(i) for i in range(shards)]
    _clear(Path(out), folders, shard_files(corpus))
    if corpus.kind == FOLDERS:
        parts: list[list[str]] = [[] for _ in folders]
        for folder in corpus.folders:
            parts[shard_of(folder.name, shards)].append(str(folder))
        for place, part in zip(folders, parts, strict=True):
            write_text(place / REVIEWS, "".join(f"{review}\n" for review in part))
        return folders
    together, odd = _together(corpus)
    misfits = [Misfits() for _ in folders]
    spellings = Spellings()

    def home(review: str) -> Misfits:
        return misfits[shard_of(together.get(review, review), shards) if review else 0]

    rows = 0
    with ExitStack() as stack:
        lost = [stack.enter_context(Astray(file, spellings, home)) for file in corpus.tables.values()]
        for table in TABLES:
            astray = next((a for a in lost if a.file.table == table), None)
            if astray is None:
                _write_empty(table, folders)
                continue
            for first in range(0, shards, _FILES_AT_ONCE):
                now = range(first, min(first + _FILES_AT_ONCE, shards))
                paths = [f / f"{table}.parquet" for f in folders]
                rows += _split_table(astray, paths, now, together=together)
        for astray in lost:
            astray.charge()
    for review, problem in spellings.problems():
        home(review).add(review, problem)
    if not rows and not any(m.found for m in misfits):
        shown = corpus.tables["extraction"].shown
        raise InputError([Problem(shown, 0, "", "no-review", "the table has a header and no row.", "Add the studies.")])
    unknown = _unknown(together, odd, spellings.ids(), shards)
    files = {table: file.shown for table, file in corpus.tables.items()}
    of_all = {"corpus": shown_path(corpus.path), "tables": files, "notes": digits_lost(corpus)}
    for place, found, names in zip(folders, misfits, unknown, strict=True):
        content = {**of_all, "problems": found.as_json(), "unknown": names}
        write_text(place / SHARD, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return folders


def _clear(out: Path, folders: Sequence[Path], files: Collection[str]) -> None:
    """Take away what an earlier split of another corpus, or into more shards, wrote there; nothing else is touched."""
    own = {REVIEWS, SHARD, *(f"{table}.parquet" for table in TABLES)}
    for place in sorted(out.glob("shard-*")):
        stays = files if place in folders else ()
        for name in sorted(own - set(stays)):
            (place / name).unlink(missing_ok=True)
        if place not in folders and place.is_dir() and not any(place.iterdir()):
            place.rmdir()


def _split_table(astray: Astray, paths: list[Path], now: range, *, together: Mapping[str, str]) -> int:
    """Write the part of one table of some shards; returns how many rows were written."""
    written = 0
    with ExitStack() as stack:
        writers: dict[int, Writer] = {}
        waiting: dict[int, list[pa.Table]] = {}
        waits = 0
        schema: pa.Schema | None = None
        lost = astray if now.start == 0 else None
        for piece in pieces(astray.file):
            schema = schema or _schema(piece.rows.schema.names)
            for shard, part in _parts(piece, len(paths), lost=lost, together=together):
                if shard in now:
                    waiting.setdefault(shard, []).append(part)
                    waits += part.num_rows
                    written += part.num_rows
            if waits >= _ROWS_IN_MEMORY:
                _write(waiting, writers, paths, schema=schema, stack=stack)
                waits = 0
        schema = schema or _schema([*(c.name for c in TABLES[astray.file.table]), ROW])
        for shard in now:
            waiting.setdefault(shard, [])
        _write(waiting, writers, paths, schema=schema, stack=stack)
    return written


def _write_empty(table: str, folders: list[Path]) -> None:
    schema = _schema([*(c.name for c in TABLES[table]), ROW])
    for folder in folders:
        with writing(folder / f"{table}.parquet", schema):
            pass


def _schema(names: list[str]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(n, pa.int64() if n == ROW else pa.string()) for n in names])


def _write(
    waiting: dict[int, list[pa.Table]],
    writers: dict[int, Writer],
    paths: list[Path],
    *,
    schema: pa.Schema,
    stack: ExitStack,
) -> None:
    import pyarrow as pa

    for shard in sorted(waiting):
        if shard not in writers:
            writers[shard] = stack.enter_context(writing(paths[shard], schema))
        if waiting[shard]:
            writers[shard].write(pa.concat_tables(waiting[shard]).combine_chunks())
    waiting.clear()


def _parts(
    piece: Piece, shards: int, *, lost: Astray | None, together: Mapping[str, str]
) -> Iterator[tuple[int, pa.Table]]:
    """The rows of a piece by shard, in their order; those that fit into none are only noted in ``lost``."""
    import numpy as np
    import pyarrow.compute as pc

    ids = pc.utf8_trim_whitespace(pc.fill_null(piece.rows["review"].combine_chunks(), "")).dictionary_encode()
    names = ids.dictionary.to_pylist()
    homes = np.array([shard_of(together.get(n, n), shards) if ID.fullmatch(n) else -1 for n in names], dtype=np.int64)
    codes = ids.indices.to_numpy(zero_copy_only=False)
    home = homes[codes] if len(codes) else np.zeros(0, dtype=np.int64)
    if lost is not None:
        lost.note(Column(names, codes, piece.rows[ROW].to_numpy(), homes), piece.ragged)
    for shard in np.unique(home[home >= 0]).tolist():
        yield shard, piece.rows.take(np.flatnonzero(home == shard))


def _together(corpus: Corpus) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Reviews that are joined by references, each with the first id of those it is joined with; and what is referred to and is no id.

    Reviews that are not joined with others are missing. Those that refer to a name that is no id stand with it.
    """
    parent: dict[str, str] = {}
    odd: dict[str, set[str]] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for piece in pieces(corpus.tables["claims"]) if "claims" in corpus.tables else ():
        if "refers_to" not in piece.rows.schema.names:
            return {}, {}
        for review, target in _references(piece):
            if ID.fullmatch(target):
                a, b = sorted((root(review), root(target)))
                parent[b] = a
            elif target in odd or len(odd) < MOST_ODD:
                odd.setdefault(target, set()).add(review)
    return {name: root(name) for name in parent}, odd


def _references(piece: Piece) -> Iterator[tuple[str, str]]:
    """Pairs of a review and what it refers to: another one, or a name that is no id."""
    import pyarrow.compute as pc

    referring = piece.rows.filter(pc.fill_null(pc.not_equal(piece.rows["refers_to"], ""), False))
    reviews, targets = (referring[c].to_pylist() for c in ("review", "refers_to"))
    for review, target in zip(reviews, targets, strict=True):
        name, other = (review or "").strip(), target.strip().partition("/")[0]
        if ID.fullmatch(name) and other and name != other:
            yield name, other


def _unknown(
    together: Mapping[str, str], odd: Mapping[str, Collection[str]], ids: Collection[str], shards: int
) -> list[dict[str, str]]:
    """For every shard what its reviews refer to and is not in the corpus, with what may be meant."""
    found: list[dict[str, str]] = [{} for _ in range(shards)]
    for name, fix in suggestions([*(n for n in together if n not in ids), *odd], ids).items():
        for review in odd.get(name, (name,)):
            found[shard_of(together.get(review, review), shards)][name] = fix
    return found
