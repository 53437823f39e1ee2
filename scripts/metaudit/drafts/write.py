"""Write a draft as a review's folder: all of it or nothing, and only when it reads back as a review."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath, PureWindowsPath

from metaudit.drafts.draft import NOTICE_KINDS, Draft, Notice
from metaudit.drafts.draft_yaml import review_yaml
from metaudit.errors import InputError, Problem
from metaudit.files import output_error, remove_scratch, scratch_beside
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX, TABLES
from metaudit.formats.places import DATA, ID, LONGEST_ID, SCHEMAS
from metaudit.formats.review import read_review, shown_path

SCHEMA_FILE = "review.schema.json"
EMBEDDED = f".schema/{SCHEMA_FILE}"
NOTICES = "notices.md"
# What a draft writes; an older draft's are taken away when a new one takes its place.
OWN_FILES = ("review.yaml", "extraction.csv", "claims.csv", "sources.csv", NOTICES, EMBEDDED)
# Columns that a person fills in next, written even where the draft leaves them empty.
_ALWAYS = {
    "claims.csv": ("claim", "analysis", "quantity", "subject", "printed", "source", "where", "certainty", "note"),
    "sources.csv": ("source", "citation", "doi", "url", "read", "note"),
}
_HEADINGS = {
    "dropped": "Left out",
    "guessed": "Guessed",
    "converted": "Typed otherwise than it stood there",
    "unread": "Not understood",
    "remark": "Remarks",
}
PROVENANCE = ("source", "where", "certainty", "note")


def write_draft(draft: Draft, folder: Path, *, overwrite: bool = False) -> None:
    """Write ``review.yaml``, ``extraction.csv``, ``claims.csv``, ``sources.csv``, ``notices.md`` and ``draft.files``.

    A new folder is built beside its place and then moved there. ``extraction.csv`` is left out when the draft has neither
    rows nor columns for it, ``notices.md`` when nothing is to be noticed.

    Parameters
    ----------
    draft : the review in the making
    folder : where it is written; its name becomes the review's id
    overwrite : replace a review that stands there; further files of its folder (a PDF, candidates.csv) stay

    Raises
    ------
    InputError
        when the folder's name is no id, when it holds something and is not to be overwritten, or when what was written
        does not read as a review: then the problems name the written files, and the folder is as it was before.
    OutputError
        when it cannot be written; then, too, the folder is as it was before.
    """
    place = check_place(folder, overwrite=overwrite)
    texts = _texts(draft, place)
    try:
        if place.is_dir():
            _into(place, texts)
        else:
            _beside(place, texts)
    except OSError as error:
        raise output_error(folder, error) from error


def check_place(folder: Path, *, overwrite: bool = False) -> Path:
    """The whole path of a folder where a draft can be written.

    Raises
    ------
    InputError
        as ``write_draft``: for a name that is no id, and for a folder that holds something.
    """
    place = folder.resolve()

    def refuse(rule: str, message: str, fix: str) -> InputError:
        return InputError([Problem(str(folder), 0, "", rule, message, fix)])

    if len(place.name) > LONGEST_ID:
        message = f"the folder's name becomes the review's id, and has {len(place.name)} characters."
        raise refuse("id", message, f"An id has {LONGEST_ID} characters at most.")
    if not ID.fullmatch(place.name):
        raise refuse(
            "id",
            f"the folder's name becomes the review's id, and {place.name!r} is none.",
            f"Use letters, digits and hyphens, such as {id_of(place.name) or 'smith-2021'}.",
        )
    if place.exists() and not place.is_dir():
        raise refuse("not-a-folder", "a file of this name stands there.", "Name a new folder.")
    above = next(p for p in (place, *place.parents) if p.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise refuse("not-a-folder", f"no folder can be made in {shown_path(above)}.", "Name a folder elsewhere.")
    if not place.is_dir() or not any(place.iterdir()):
        return place
    if not overwrite:
        raise refuse("folder-not-empty", "the folder is not empty.", "Name a new folder, or say --overwrite.")
    if not (place / "review.yaml").is_file():
        raise refuse(
            "folder-not-a-review",
            "the folder holds files but no review.yaml, so it is no review that could be overwritten.",
            "Name a new folder.",
        )
    return place


def id_of(text: str) -> str:
    """A text as an id: letters, digits and hyphens; empty when nothing of it can stand in one."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-").lower()


def _texts(draft: Draft, place: Path) -> dict[str, str]:
    """Every file of the folder: its name and content."""
    schema = _schema_path(place)
    texts = {"review.yaml": review_yaml(draft, review_id=place.name, schema=schema)}
    if schema == EMBEDDED:
        texts[EMBEDDED] = (SCHEMAS / SCHEMA_FILE).read_text(encoding="utf-8")
    if draft.rows or draft.headers.get("extraction.csv"):
        texts["extraction.csv"] = table_text("extraction.csv", draft.rows, draft.headers.get("extraction.csv", ()))
    for name, rows in (("claims.csv", draft.claims), ("sources.csv", draft.sources)):
        texts[name] = table_text(name, rows, (*draft.headers.get(name, ()), *_ALWAYS[name]))
    if draft.notices:
        texts[NOTICES] = notices_text(draft.notices)
    for name, text in draft.files.items():
        parts = PurePosixPath(name)
        if (
            name in texts
            or not parts.parts
            or parts.is_absolute()
            or ".." in parts.parts
            or "\\" in name
            or PureWindowsPath(name).drive
        ):
            raise InputError(
                [Problem(name, 0, "", "file-name", "a draft cannot add a file of this name.", "Rename it.")]
            )
        texts[name] = text
    return texts


def _schema_path(place: Path) -> str:
    """Where an editor finds the schema, from the folder: the one of the project the folder lies in, else a copy inside.

    The YAML extension of VS Code reads a relative path in the first line as one from the file itself, without a network.
    """
    if place.is_relative_to(DATA.parent):
        return Path(os.path.relpath(SCHEMAS / SCHEMA_FILE, place)).as_posix()
    return EMBEDDED


def table_text(name: str, rows: Sequence[Mapping[str, str]], columns: Iterable[str] = ()) -> str:
    """One table as CSV: its columns in the order of the declaration, then covariates and judgements as they come.

    Parameters
    ----------
    name : which table, such as ``extraction.csv``
    rows : cells by column; a missing one stays empty
    columns : columns to write even where no row fills them
    """
    filled = [{str(k): " ".join(str(v).split()) for k, v in row.items() if v is not None} for row in rows]
    given = tuple(columns)
    wanted = dict.fromkeys([*given, *(k for row in filled for k, v in row.items() if v)])
    declared = [c.name for c in TABLES[name] if c.name in wanted or c.required]
    ours = [c for c in wanted if c.startswith((COVARIATE_PREFIX, BIAS_PREFIX))]
    # Where a number was read closes the row; covariates stand before it.
    tail = [c for c in declared if c in PROVENANCE] if name == "extraction.csv" else []
    front = [c for c in (*(g for g in given if g in declared), *declared) if c not in tail]
    order = dict.fromkeys([*front, *ours, *tail, *wanted])
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(order), restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(filled)
    return buffer.getvalue()


def notices_text(notices: Iterable[Notice]) -> str:
    """What a person should look at, by kind, in words."""
    parts = [
        "# Before this review is used",
        "",
        "Nothing was left out or decided in silence. Look at each line, then delete it.",
    ]
    rest = list(dict.fromkeys(notices))
    kinds = [*NOTICE_KINDS, *sorted({n.kind for n in rest} - set(NOTICE_KINDS))]
    for kind in kinds:
        some = [n for n in rest if n.kind == kind]
        if some:
            parts += ["", f"## {_HEADINGS.get(kind, kind)}", ""]
            parts += [f"- {_line(n)}" for n in some]
    return "\n".join(parts) + "\n"


def _line(notice: Notice) -> str:
    words = f"{notice.place}: {notice.message}" + (f" {notice.fix}" if notice.fix else "")
    return " ".join(words.split())


def _beside(place: Path, texts: Mapping[str, str]) -> None:
    """Build a new folder beside its place, move it there as a whole, and take it away again when it is no review."""
    place.parent.mkdir(parents=True, exist_ok=True)
    scratch = scratch_beside(place)
    try:
        _fill(scratch / "new", texts)
        (scratch / "new").rename(place)
        try:
            read_review(shown_path(place))
        except BaseException:
            place.rename(scratch / "refused")
            raise
    finally:
        remove_scratch(scratch)


def _into(place: Path, texts: Mapping[str, str]) -> None:
    """Exchange the files of a folder that is there, which may be a shell's working directory or a mount: it stays itself.

    Every file is at any moment the old one or the new one, and a refusal brings the old ones back.
    """
    for name in texts:
        if (place / name).is_dir():
            message = f"a folder of this name stands in {shown_path(place)}."
            raise InputError([Problem(name, 0, "", "file-name", message, "Move it elsewhere first.")])
    scratch = scratch_beside(place / "draft")
    old, put = scratch / "old", list[str]()
    standing = [n for n in dict.fromkeys((*OWN_FILES, *texts)) if (place / n).is_file() or (place / n).is_symlink()]
    try:
        _fill(scratch / "new", texts)
        for name in standing:
            (old / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(place / name, old / name, follow_symlinks=False)
        try:
            for name in texts:
                _move(scratch / "new" / name, place / name)
                put.append(name)
            for name in standing:
                if name not in texts:
                    (place / name).unlink()
            read_review(shown_path(place))
        except BaseException:
            for name in put:
                if name not in standing:
                    (place / name).unlink()
            for name in standing:
                _move(old / name, place / name)
            raise
    finally:
        remove_scratch(scratch)
        for folder in {(place / name).parent for name in (*OWN_FILES, *texts)} - {place}:
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)


def _fill(new: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        target = new / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
