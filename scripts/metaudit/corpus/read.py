"""Find out what a corpus is made of, and refuse what can be seen to be none before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from metaudit.corpus.columns import TABLES
from metaudit.corpus.stream import TableFile, check_table
from metaudit.errors import InputError, Problem
from metaudit.formats.names import nearest
from metaudit.formats.review import shown_path

FOLDERS, IN_TABLES = "folders", "tables"
ENDINGS = (".parquet", ".csv")
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

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that the corpus consists of, in alphabetical order of their paths."""
        if self.kind == IN_TABLES:
            return tuple(sorted(t.path for t in self.tables.values()))
        return tuple(f for folder in self.folders for f in review_files(folder))


def review_files(folder: Path) -> list[Path]:
    """The files of one review that are read, in alphabetical order."""
    return sorted(p for kind in ("*.csv", "*.yaml") for p in folder.glob(kind))


def open_corpus(path: str | Path) -> Corpus:
    """Look at a corpus: which form it has, which files it consists of, and whether their headers are right.

    Parameters
    ----------
    path : a folder of review folders; a table ``X.parquet`` or ``X.csv``; or a folder with ``extraction.parquet`` or ``.csv``

    Raises
    ------
    InputError
        with one problem for each thing that keeps the corpus as a whole from being read: a missing path, columns that are
        unknown, missing or of the wrong type. What is wrong with single reviews is found when they are read.
    """
    place = Path(path)
    if place.is_dir():
        extraction = _one_of(place, "extraction")
        if extraction is None:
            return Corpus(place, FOLDERS, folders=_review_folders(place))
        return Corpus(place, IN_TABLES, tables=_tables(place, extraction, "{table}"))
    if not place.is_file():
        raise InputError(
            [Problem(shown_path(place), 0, "", "missing-corpus", "there is no such file or folder.", _FORMS)]
        )
    if place.suffix not in ENDINGS:
        message = f"a table of a corpus ends in {' or '.join(ENDINGS)}, not in {place.suffix or 'nothing'}."
        raise InputError([Problem(shown_path(place), 0, "", "corpus-form", message, _FORMS)])
    stem = place.name.removesuffix(place.suffix)
    part = next((t for t in ("claims", "analyses") if stem == t or stem.endswith(f".{t}")), "")
    if part:
        message = f"this looks like the {part} of a corpus, not like its extraction table."
        raise InputError(
            [Problem(shown_path(place), 0, "", "corpus-form", message, f"Name the table that lies beside it. {_FORMS}")]
        )
    return Corpus(place, IN_TABLES, tables=_tables(place.parent, place, f"{stem}.{{table}}"))


def _review_folders(place: Path) -> tuple[Path, ...]:
    if (place / "review.yaml").is_file():
        fix = f"Name the folder that holds it, or run metaudit audit {shown_path(place)}."
        raise InputError(
            [Problem(shown_path(place), 0, "", "corpus-form", "this folder is one review, not a corpus.", fix)]
        )
    found = tuple(sorted(p.parent for p in place.glob("*/review.yaml")))
    if not found:
        raise InputError([Problem(shown_path(place), 0, "", "no-review", _nothing_in(place), _FORMS)])
    broken = [f for f in found if not f.name.isprintable()]
    if broken:
        message = f"the name {broken[0].name!r} holds a character that cannot be printed."
        raise InputError(
            [Problem(shown_path(place), 0, "", "id", message, "Rename the folder: letters, digits and hyphens.")]
        )
    return found


def _nothing_in(place: Path) -> str:
    near = sorted(p.name for p in place.iterdir() if p.suffix in ENDINGS)
    named = f"; {near[0]} in it can be named itself" if near else ""
    return f"the folder holds no review (a folder with a review.yaml) and no extraction table{named}."


def _one_of(folder: Path, stem: str) -> Path | None:
    """The file of this name in one of the two formats; two of them leave open which one is meant."""
    found = [p for p in (folder / f"{stem}{ending}" for ending in ENDINGS) if p.is_file()]
    if len(found) > 1:
        message = f"beside it lies {found[1].name}, and nothing says which of the two is meant."
        raise InputError(
            [Problem(shown_path(found[0]), 0, "", "corpus-form", message, "Delete or rename one of them.")]
        )
    return found[0] if found else None


def _tables(folder: Path, extraction: Path, pattern: str) -> dict[str, TableFile]:
    """The tables that are there; every problem of their headers is named at once."""
    named = {"extraction": extraction}
    for table in ("claims", "analyses"):
        path = _one_of(folder, pattern.format(table=table))
        if path is not None:
            named[table] = path
    files = {table: TableFile(table, path, shown_path(path)) for table, path in named.items()}
    problems = [*_misnamed(folder, pattern, files), *(p for file in files.values() for p in check_table(file))]
    if problems:
        raise InputError(problems)
    return files


def _misnamed(folder: Path, pattern: str, files: Mapping[str, TableFile]) -> list[Problem]:
    """A table under a name that is nearly right would be passed over in silence."""
    prefix = pattern.format(table="")
    known = {file.path for file in files.values()}
    problems = []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in ENDINGS and p not in known and p.is_file()):
        middle = path.name.removeprefix(prefix).removesuffix(path.suffix)
        if path.name.startswith(prefix) and prefix and "." not in middle and middle not in TABLES:
            hint = nearest(middle, [t for t in ("claims", "analyses") if t not in files])
            if hint.startswith("Did"):
                message = f"no table of a corpus is called {middle!r}."
                problems.append(Problem(shown_path(path), 0, "", "unknown-file", message, hint))
    return problems
