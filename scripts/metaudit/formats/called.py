"""What a review's folder and the files in it are called, and what they should be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from metaudit.errors import Problem
from metaudit.formats.columns import EXTRACTORS, TABLES
from metaudit.formats.places import ID, ID_FIX, LONGEST_ID
from metaudit.formats.signs import clipped
from metaudit.formats.tables import near, nearest
from metaudit.formats.text_file import instead, rename
from metaudit.formats.yaml_file import line_of


def other_id(document: Any, folder: Path, shown: str) -> list[Problem]:
    """The id is the folder's name: results and references between reviews go by it. A link has its own, and that of its target."""
    target = folder.resolve().name
    name = folder.name if folder.name not in {"", ".."} else target
    given = document.get("id") if isinstance(document, Mapping) else None
    written = str(given) if isinstance(given, str | date) else ""  # a date is a text to whoever wrote it
    possible = [n for n in (name, target) if ID.fullmatch(n)]
    no_id = written == name and len(name) <= LONGEST_ID  # a name that is too long the schema explains
    if written in possible or not (ID.fullmatch(written) or no_id):
        return []  # an id that is missing or none is the schema's to name
    message = f"the id is {written!r}, the folder {name!r}."
    fix = f"Make them the same: write 'id: {_typed(possible[0])}', or rename the folder." if possible else ""
    if not possible:
        new = written if ID.fullmatch(written) else re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")
        message = f"the name of the folder, {clipped(name)!r}, can be no id."
        fix = f"Rename the folder to {new}" + (f", and write 'id: {_typed(new)}'." if written != new else ".")
        if not ID.fullmatch(new) or (folder.parent / new).exists():
            fix = f"Rename the folder, and write its new name as the id. {ID_FIX}"
    return [Problem(f"{shown}/review.yaml", line_of(document, ["id"]), "id", "id", message, fix)]


def _typed(name: str) -> str:
    """An id as YAML reads it as a text, also where it looks like a number, a date, a truth or nothing."""
    return f'"{name}"' if re.match(r"[0-9]|(?i:true|false|null)$", name) else name


def misnamed_tables(folder: Path, shown: str) -> list[Problem]:
    """A table under a name that is nearly right would be passed over in silence."""
    seconds = {name.lower(): name for name in (*EXTRACTORS.values(), "reconciliation.csv")}
    absent = [name for name in TABLES if name not in seconds.values() and not (folder / name).is_file()]
    there = [p.name for p in folder.glob("*.csv") if p.name not in TABLES]
    files = sorted(name for name in there if not name.endswith(".draft.csv"))  # drafts wait for a person
    meant = {f: f"Did you mean {seconds[f.lower()]!r}?" for f in files if f.lower() in seconds}
    meant |= {f: nearest(f, absent) for f in files if f not in meant and near(f, absent)}
    found = {name: instead(folder, name) for name in absent if name != "sources.csv"}  # which is said to be missing
    meant |= {path.name: rename(path, name) for name, path in found.items() if path}
    return [
        Problem(f"{shown}/{f}", 0, "", "unknown-file", "no table has this name.", fix)
        for f, fix in sorted(meant.items())
    ]


def where_it_is(folder: Path, name: str) -> str:
    """How a needed file that goes under another name gets its own; empty when there is none."""
    path = instead(folder, name)
    return rename(path, name) if path else ""


def reviews_in(folder: Path) -> str:
    """Which reviews lie in a folder that is none; empty when there are none."""
    inside = sorted(p.parent.name for p in folder.glob("*/review.yaml"))
    shown = f"{', '.join(inside[:3])} ..." if len(inside) > 3 else ", ".join(inside)
    return f"Name one or more of them: {shown}." if inside else ""
