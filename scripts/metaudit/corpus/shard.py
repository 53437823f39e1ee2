"""Read one shard of a corpus and audit it: three Parquet files, whatever is wrong with some of its reviews."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaudit.corpus.columns import TABLES
from metaudit.corpus.counts import ACCEPTABLE, Counts
from metaudit.corpus.parquet import writing
from metaudit.corpus.piece import ROW
from metaudit.corpus.schema import AUDIT, NUMBER, PROBLEMS, REVIEWS, SHARD, arrow_schema
from metaudit.errors import DataError, InputError, MetauditError, Problem
from metaudit.files import cell
from metaudit.formats.folders import under_other_id
from metaudit.formats.review import Review, read_review, shown_path
from metaudit.formats.sizes import broken_arithmetic
from metaudit.formats.tables import MOST_ROWS, Row
from metaudit.pooling.pool import SEED

if TYPE_CHECKING:
    from metaudit.audit.engine import Audited
    from metaudit.audit.verdict import AuditRow

REVIEWS_AT_ONCE = {"missed": 100, "all": 50}
"""Reviews audited together: enough to share the work that is the same for many, few enough to hold what was searched."""
_NARROW = 5  # columns of a table with a label, one number, the review, the analysis and the row
_NUMBERS = frozenset(f.name for f in AUDIT if f.type == NUMBER)


@dataclass(frozen=True, order=True)
class ReviewProblem(Problem):
    """A problem with the review that it keeps from being audited; empty where none can be told."""

    review: str = ""

    def as_row(self) -> dict[str, Any]:
        """A row of ``problems.parquet``."""
        return {f.name: getattr(self, f.name) for f in PROBLEMS}


@dataclass(frozen=True)
class Shard:
    """What a shard holds.

    Attributes
    ----------
    reviews : those that can be audited, in the order of their ids
    problems : what is wrong with the others
    beside : of tables: every review whose cells are readable, by id, which is what claims may refer to. What folders refer to is
        looked for where they lie, as for one review: another shard may have it, and of a link it lies beside where that points
    corpus : the corpus's table, as it was named; empty for one of folders
    """

    reviews: tuple[Review, ...]
    problems: tuple[ReviewProblem, ...]
    beside: Mapping[str, Review] = field(default_factory=dict)
    corpus: str = ""


def read_shard(folder: str | Path) -> tuple[list[Review], list[Problem]]:
    """The reviews of a shard that can be audited, and every problem of the others; see :func:`open_shard`."""
    shard = open_shard(folder)
    return list(shard.reviews), list(shard.problems)


def open_shard(folder: str | Path) -> Shard:
    """Read and check every review of a shard that :func:`metaudit.corpus.split.split` wrote.

    Raises
    ------
    OSError
        when the folder is no shard.
    DataError
        when it holds shards of two corpora.
    """
    place = Path(folder)
    if (place / REVIEWS).is_file() and (place / SHARD).is_file():
        raise DataError(
            f"{shown_path(place)} holds {REVIEWS} and {SHARD}, shards of two corpora; split the corpus again: snakemake --forcerun corpus_split."
        )
    return _of_folders(place / REVIEWS) if (place / REVIEWS).is_file() else _of_tables(place)


def audit_shard(
    shard: str | Path, *, audit: Path, analyses: Path, problems: Path, level: float = 0.95, seed: int = SEED,
    search: str = "missed",
) -> Counts:  # fmt: skip
    """Audit the reviews of a shard and write its three tables, whose columns are those of ``schema``.

    A review with a problem is not audited: it is in ``problems``, and the others are done. The three files take their
    places together when all is done; a shard that is stopped leaves none of them.

    Parameters
    ----------
    shard : folder of the shard
    audit, analyses, problems : the files to write
    level : confidence level where none is stated
    seed : of bootstrapped numbers
    search : ``missed`` or ``all``, as in ``metaudit.audit.audit``

    Raises
    ------
    DataError
        for a search that is not known.
    """
    from metaudit.audit.engine import SEARCHES
    from metaudit.corpus.found import analyses_found

    if search not in SEARCHES:
        raise DataError(f"search {search!r} is not known; choose {' or '.join(SEARCHES)}.")
    content = open_shard(shard)
    chosen: dict[str, Any] = {"others": content.beside, "level": level, "seed": seed, "search": search}
    broken, tally = list(content.problems), dict.fromkeys(("reviews", "analyses", "claims", "worse"), 0)
    with ExitStack() as stack:
        files = {"audit": audit, "analyses": analyses, "problems": problems}
        out = {t: stack.enter_context(writing(path, arrow_schema(t))) for t, path in files.items()}
        for some in _groups(content.reviews, REVIEWS_AT_ONCE[search]):
            audited = _audited(some, content.corpus, **chosen)
            for review, one in zip(some, audited, strict=True):
                if isinstance(one, ReviewProblem):
                    broken.append(one)
                    continue
                out["audit"].add(map(as_cells, one.rows))
                out["analyses"].add(analyses_found(review, one, level=level))
                tally["reviews"] += 1
                tally["analyses"] += len(review.analyses)
                tally["claims"] += len(one.rows)
                tally["worse"] += sum(row.verdict not in ACCEPTABLE for row in one.rows)
            out["audit"].flush()
            out["analyses"].flush()
        out["problems"].add(p.as_row() for p in sorted(broken, key=_place))
    named = {p.review for p in broken if p.review}
    return Counts(**tally, broken=len(named), astray=sum(not p.review for p in broken))


def _place(problem: ReviewProblem) -> tuple[object, ...]:
    return problem.review, problem.file, problem.row, problem.column, problem.rule, problem.message


def _audited(reviews: Sequence[Review], corpus: str, **chosen: Any) -> list[Audited | ReviewProblem]:
    """The audit of each review, or why it has none.

    Where a batch cannot be computed, its reviews are done one by one, so that the one in the way is named and the others are
    done. Refusals that metaudit makes on purpose are taken so, and numbers that arithmetic cannot bear (a size that overflows);
    anything else is a mistake of ours and stops the shard.
    """
    from metaudit.audit.engine import audit_many

    try:
        return list(audit_many(reviews, **chosen))
    except (MetauditError, ArithmeticError) as error:
        if len(reviews) > 1:
            return [one for review in reviews for one in _audited([review], corpus, **chosen)]
        fix = "Please report it with the data of the review."
        message = str(error) if isinstance(error, MetauditError) else broken_arithmetic(error)
        problem = Problem(corpus or shown_path(reviews[0].folder), 0, "", "not-computed", message, fix)
        return [_of_review(problem, reviews[0].id)]


def _groups(reviews: Sequence[Review], size: int) -> Iterator[Sequence[Review]]:
    for first in range(0, len(reviews), size):
        yield reviews[first : first + size]


def as_cells(row: AuditRow) -> dict[str, Any]:
    """A verdict as the cells of ``audit.csv``: lists joined, numbers with its ten significant digits, None where one is missing."""
    out: dict[str, Any] = {}
    for name, value in row.to_row().items():
        if name in _NUMBERS:
            text = cell(value)
            out[name] = float(text) if text else None
        else:
            out[name] = "; ".join(value) if isinstance(value, tuple) else value
    return out


# Folders ------------------------------------------------------------------------------------------------------------


def _of_folders(listed: Path) -> Shard:
    reviews: list[Review] = []
    problems: list[ReviewProblem] = []
    # A path may hold what ends a line elsewhere (U+2028, a carriage return); a line feed it does not (corpus.read).
    for line in listed.read_bytes().decode("utf-8").split("\n")[:-1]:
        try:
            review = read_review(line)
            linked = under_other_id(review, Path(line))
            problems += [_of_review(p, Path(line).name) for p in linked]
            reviews += [] if linked else [review]
        except InputError as error:
            problems += [_of_review(p, Path(line).name) for p in error.problems]
        except OSError as error:
            problem = Problem(line, 0, "", "unreadable", f"{error.strerror or error}.", "Make it readable.")
            problems.append(_of_review(problem, Path(line).name))
    reviews.sort(key=lambda r: r.id)
    return Shard(tuple(reviews), tuple(sorted(problems)))


def _of_review(problem: Problem, review: str) -> ReviewProblem:
    p = problem
    return ReviewProblem(p.file, p.row, p.column, p.rule, p.message, p.fix, review)


# Tables -------------------------------------------------------------------------------------------------------------


def _of_tables(folder: Path) -> Shard:
    from metaudit.corpus.build import Sheets, build_review, check_built

    content = json.loads((folder / SHARD).read_text(encoding="utf-8"))
    shown: dict[str, str] = content["tables"]
    problems = [ReviewProblem(**p) for p in content["problems"]]
    sheets, too_large = _sheets(folder, shown)
    problems += too_large
    unread = {p.review for p in problems}
    wide = len(_columns(folder / "extraction.parquet")) > _NARROW
    built: dict[str, tuple[Review, Sheets]] = {}
    for review in sorted(sheets.keys() - {p.review for p in too_large}):
        rows = Sheets(**sheets[review], shown=shown, wide=wide)
        made, found = build_review(review, rows, Path(content["corpus"]))
        problems += [_of_review(p, review) for p in found]
        if made is not None and review not in unread:
            built[review] = made, rows
    beside = {review: built[review][0] if review in built else None for review in sorted(sheets)}
    reviews = []
    for review, (made, rows) in built.items():
        found = check_built(made, rows, content["unknown"] | beside)
        problems += [_of_review(p, review) for p in found]
        if not found:
            reviews.append(made)
    readable = {name: review for name, review in beside.items() if review is not None}
    return Shard(tuple(reviews), tuple(sorted(set(problems))), readable, content["corpus"])


def _sheets(folder: Path, shown: Mapping[str, str]) -> tuple[dict[str, dict[str, list[Row]]], list[ReviewProblem]]:
    """The rows of every review by table; of one with more rows than a table may have nothing is kept but the problem."""
    sheets: dict[str, dict[str, list[Row]]] = {}
    too_large: dict[str, ReviewProblem] = {}
    for table in (t for t in TABLES if t in shown):
        for review, row in _rows(folder / f"{table}.parquet"):
            own = sheets.setdefault(review, {t: [] for t in TABLES})
            if review in too_large:
                continue
            own[table].append(row)
            if len(own[table]) > MOST_ROWS:
                sheets[review] = {t: [] for t in TABLES}
                message = f"the review has more than {MOST_ROWS:,} rows."
                fix = "A review has a row for each study of each analysis; look at the column review."
                too_large[review] = ReviewProblem(shown[table], row.line, "review", "too-large", message, fix, review)
    return sheets, list(too_large.values())


def _columns(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    return list(pq.read_schema(path).names)


def _rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Review and row, for every row of a shard's table in its order; cells as a CSV's are: stripped, none empty."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path, pre_buffer=False) as file:
        for batch in file.iter_batches(batch_size=5_000, use_threads=False):
            columns = batch.to_pydict()
            lines = columns.pop(ROW)
            cells: list[dict[str, str]] = [{} for _ in lines]
            for name, texts in columns.items():
                for into, text in zip(cells, texts, strict=True):
                    if text and (stripped := text.strip()):
                        into[name] = stripped
            for line, into in zip(lines, cells, strict=True):
                yield into.pop("review"), Row(line, into)
