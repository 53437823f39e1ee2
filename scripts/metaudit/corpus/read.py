"""Find out what a corpus is made of, and refuse what can be seen to be none before anything is computed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from metaudit.corpus.parquet_rows import without_digits
from metaudit.corpus.piece import TableFile
from metaudit.corpus.stream import check_table
from metaudit.errors import InputError, Problem
from metaudit.formats.folders import alike, passed_over, shown_in
from metaudit.formats.names import near
from metaudit.formats.review import shown_path
from metaudit.formats.text_file import WORKBOOKS, files_and_links, no_file, rename, without_endings

FOLDERS, IN_TABLES = "folders", "tables"
ENDINGS = (".parquet", ".csv")
PARTS = ("claims", "analyses")
"""Tables that may lie beside the extraction table."""
_TABLES = ("extraction", *PARTS, "extraction.a", "extraction.b")  # of a corpus and of a review, without their endings
_FORMS = (
    "A corpus is a folder of review folders, or a table X.parquet or X.csv with the columns review and analysis "
    "(beside it X.claims and X.analyses), or a folder with extraction.parquet or extraction.csv."
)


@dataclass(frozen=True)
class Corpus:
    """A corpus that was found and looked at from outside; its reviews are not read yet.

    Attributes
    ----------
    path : as it was named
    kind : ``folders`` (a folder of review folders) or ``tables``
    folders : of ``folders``: every review's folder, in the order of their names
    tables : of ``tables``: the files of ``columns.TABLES`` that are there, by table
    """

    path: Path
    kind: str
    folders: tuple[Path, ...] = ()
    tables: Mapping[str, TableFile] = field(default_factory=dict)


def open_corpus(path: str | Path) -> Corpus:
    """Look at a corpus: which form it has, which files it consists of, and whether their headers are right.

    Parameters
    ----------
    path : a folder of review folders; a table ``X.parquet`` or ``X.csv``; or a folder with ``extraction.parquet`` or ``.csv``

    Raises
    ------
    InputError
        with one problem for each thing that keeps the corpus as a whole from being read: a missing path, columns that are
        unknown, missing or of the wrong type, tables and reviews under names by which they would be passed over. What is
        wrong with single reviews is found when they are read.
    """
    place = Path(path)
    _writable(place)
    if place.is_dir():
        return _in_folder(place)
    if not place.is_file():
        missing = Problem(shown_path(place), 0, "", "missing-corpus", "there is no such file or folder.", _FORMS)
        raise InputError([no_file(place, str(place)) or missing])
    if place.suffix not in ENDINGS:
        message = f"a table of a corpus ends in {' or '.join(ENDINGS)}, not in {place.suffix or 'nothing'}."
        raise InputError([Problem(shown_path(place), 0, "", "corpus-form", message, _FORMS)])
    stem = place.name.removesuffix(place.suffix)
    part = _is_part(stem)
    if part:
        message = f"this looks like the {part} of a corpus, not like its extraction table."
        raise InputError(
            [Problem(shown_path(place), 0, "", "corpus-form", message, f"Name the table that lies beside it. {_FORMS}")]
        )
    return Corpus(place, IN_TABLES, tables=_tables(place.parent, place, stem))


def _writable(place: Path) -> None:
    """Refuse a path that cannot be written down: shards are lists of paths, one a line, in UTF-8."""
    what = "a line feed" if "\n" in str(place) else ""
    if any("\ud800" <= c <= "\udfff" for c in str(place)):
        what = "a byte that is not UTF-8"
    if what:
        fix = "Rename the folder or file, or name it by a link."
        raise InputError([Problem(str(place), 0, "", "path", f"the path holds {what}.", fix)])


def digits_lost(corpus: Corpus) -> list[str]:
    """A sentence for each table whose measurements are numbers and no texts, so that their rounding is not known."""
    said = []
    for file in (f for f in corpus.tables.values() if f.is_parquet):
        columns = without_digits(file)
        if columns:
            named = ", ".join(columns[:6]) + (f" and {len(columns) - 6} more" if len(columns) > 6 else "")
            said.append(
                f"{file.shown}: {named} hold numbers, so 2.0 is read as 2, as if rounded to a whole number. "
                "Store them as text where the digits as printed are known."
            )
    return said


def _in_folder(place: Path) -> Corpus:
    """The corpus that a folder is: review folders, or tables."""
    if (place / "review.yaml").is_file():
        fix = f"Name the folder that holds it, or run metaudit audit {shown_path(place)}."
        raise InputError(
            [Problem(shown_path(place), 0, "", "corpus-form", "this folder is one review, not a corpus.", fix)]
        )
    extraction = _one_of(place, "extraction")
    reviews = tuple(sorted(p.parent for p in place.glob("*/review.yaml")))
    if extraction is None:
        return Corpus(place, FOLDERS, folders=_review_folders(place, reviews))
    if reviews:
        message = (
            f"beside it lie folders of reviews ({reviews[0].name}), and nothing says which of the two is the corpus."
        )
        fix = "Move the table, with those that belong to it, into a folder of its own, or the folders of reviews."
        raise InputError([Problem(shown_path(extraction), 0, "", "corpus-form", message, fix)])
    return Corpus(place, IN_TABLES, tables=_tables(place, extraction, ""))


def _review_folders(place: Path, found: tuple[Path, ...]) -> tuple[Path, ...]:
    """The folders of reviews, when they can be a corpus and no other folder seems to be meant as one of them."""
    others = [*passed_over(place, found), *alike(found), *_among(place, found)]
    if others:
        raise InputError(others)
    if not found:
        raise InputError([Problem(shown_path(place), 0, "", "no-review", _nothing_in(place), _FORMS)])
    broken = [f for f in found if not f.name.isprintable()]
    if broken:
        message = f"the name {broken[0].name!r} holds a character that cannot be printed."
        raise InputError(
            [Problem(shown_path(place), 0, "", "id", message, "Rename the folder: letters, digits and hyphens.")]
        )
    return found


def _among(place: Path, reviews: tuple[Path, ...]) -> Iterator[Problem]:
    """Tables that lie directly in a folder of reviews, where nobody reads them; where no review is, the extraction table."""
    for path in files_and_links(place, ("extraction", *PARTS)):
        bare, endings = without_endings(path.name)
        if not endings or bare.lower() not in (_TABLES if reviews else ("extraction",)):
            continue
        if reviews:
            message = f"the table lies among folders of reviews ({reviews[0].name}), where it is not read."
            fix = (
                "Move it into the folder of the review that it belongs to; a corpus in tables into a folder of its own, under the "
                "names extraction, claims and analyses; anything else elsewhere."
            )
        else:
            message = "the extraction table of a corpus is not read under this name."
            fix = rename(path, f"extraction.{_ending_of(path)}")
        yield Problem(shown_in(place, path.name), 0, "", "unknown-file", message, fix)


def _ending_of(path: Path) -> str:
    return "parquet" if re.search(r"[.](pq|parq)", path.name.lower()) else "csv"


def _nothing_in(place: Path) -> str:
    inside = [p for p in place.iterdir() if p.suffix in ENDINGS and not _is_part(p.stem)]
    tables = sorted(p.name for p in inside if p.is_file())
    parts = sorted(p.name for p in place.iterdir() if p.is_dir() and ("=" in p.name or p.suffix == ".parquet"))
    if parts or place.suffix == ".parquet":
        named = f"; {(parts or tables or [place.name])[0]} is a part of a table, it seems, which must be written as one file"
    else:
        named = f"; {tables[0]} in it can be named itself" if tables else ""
    return f"the folder holds no review (a folder with a review.yaml) and no extraction table{named}."


def _one_of(folder: Path, stem: str) -> Path | None:
    """The file of this name in one of the two formats; two of them leave open which one is meant."""
    places = [folder / f"{stem}{ending}" for ending in ENDINGS]
    other = [problem for p in places if (problem := no_file(p, shown_in(folder, p.name)))]
    if other:
        raise InputError(other)
    found = [p for p in places if p.is_file()]
    if len(found) > 1:
        message = f"beside it lies {found[1].name}, and nothing says which of the two is meant."
        raise InputError(
            [Problem(shown_path(found[0]), 0, "", "corpus-form", message, "Delete or rename one of them.")]
        )
    return found[0] if found else None


def _tables(folder: Path, extraction: Path, stem: str) -> dict[str, TableFile]:
    """The tables that are there; every problem of their names and headers is named at once."""
    named = {"extraction": extraction}
    for table in PARTS:
        path = _one_of(folder, f"{stem}.{table}" if stem else table)
        if path is not None:
            named[table] = path
    files = {table: TableFile(table, path, shown_path(path)) for table, path in named.items()}
    problems = [*_misnamed(folder, stem, files), *(p for file in files.values() for p in check_table(file))]
    if problems:
        raise InputError(problems)
    return files


# Names that are nearly right ----------------------------------------------------------------------------------------


def _is_part(stem: str) -> str:
    """Which of ``PARTS`` a file of this name, without its ending, is: ``library.claims``; empty for none."""
    return next((part for part in PARTS if stem == part or stem.endswith(f".{part}")), "")


def _misnamed(folder: Path, stem: str, files: Mapping[str, TableFile]) -> list[Problem]:
    """A problem for each table of claims or analyses whose name is nearly right, where the right one is not there.

    Parameters
    ----------
    folder : where the tables lie
    stem : what their names begin with; empty where they are called ``extraction``, ``claims`` and ``analyses``
    files : the tables that were found, by table
    """
    absent = [part for part in PARTS if part not in files]
    known = {file.path.name for file in files.values()}
    problems = []
    for path in sorted(folder.iterdir()) if absent else ():
        bare, endings = without_endings(path.name)
        if path.name in known or (endings and not (path.is_file() or path.is_symlink())):
            continue
        word = _said_to_be(bare, stem)
        if endings:
            part = near(word, absent) if word else _alone(bare, folder, stem, absent)
        else:  # library.claims, a file or the folder of its parts; elsewhere a name without an ending says nothing
            part = word.lower() if stem and word.lower() in absent else ""
        if part:
            problems.append(_wrong_name(path, word, (stem, part), files["extraction"].path.name))
    return problems


def _said_to_be(bare: str, stem: str) -> str:
    """The word that says which table a file is: ``claim`` of ``library-claim``; empty where it is none of this corpus."""
    if not stem:
        return "" if "." in bare else bare
    if not bare.lower().startswith(stem.lower()):
        return ""
    between, word = bare[len(stem) : len(stem) + 1], bare[len(stem) + 1 :]
    # library-2.claims and library-2-claims belong to a corpus library-2.
    foreign = r"\." if between == "." else r"[.\s_-]"
    return "" if between not in (".", "-", "_", " ") or re.search(foreign, word) else word


def _alone(bare: str, folder: Path, stem: str, absent: Collection[str]) -> str:
    """Claims or analyses of no other corpus and of no review: beside ``library.csv`` a ``claims.csv`` is meant to be its own."""
    others = [p.name for p in folder.glob("extraction.*")] if stem != "extraction" else []
    if not stem or bare.lower() not in absent or others or (folder / "review.yaml").exists():
        return ""
    return bare.lower()


def _wrong_name(path: Path, word: str, meant: tuple[str, str], extraction: str) -> Problem:
    stem, part = meant
    right = f"{stem}.{part}" if stem else part
    message = f"no table of a corpus is called {word!r}."
    if (
        not word or word.lower() in PARTS
    ):  # beside library.csv a claims.csv has none; in a folder of its own it would be right
        message = f"beside {extraction} the {part} are not read under this name."
    name = f"{right}.{_ending_of(path)}"
    todo = (
        f"Save {path.name} as CSV UTF-8 under the name {name}."
        if path.suffix.lower() in WORKBOOKS
        else rename(path, name)
    )
    if path.is_dir():
        todo = f"Write the table whose parts it holds as one file, {name}."
    fix = f"{todo.removesuffix('.')}; when it is something else, move it elsewhere."
    return Problem(shown_in(path.parent, path.name), 0, "", "unknown-file", message, fix)
