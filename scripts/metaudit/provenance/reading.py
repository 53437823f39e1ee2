"""Read ``provenance.json`` and say in plain words what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.provenance.places import PROVENANCE, Places, absolute

_MOST_BYTES = 200_000_000
_SHOWN = 120
_FIX = "Run the workflow again: it writes this file as its last step."


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of ``provenance.json``."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("provenance.schema.json").read_text(encoding="utf-8"))
    return found


def read_provenance(results: Path) -> dict[str, Any]:
    """The record of a results folder.

    Raises
    ------
    InputError
        when there is no such folder, no record in it, or the record is not one
    """
    path = results / PROVENANCE
    if not results.is_dir():
        raise _refused(str(results), "there is no such folder.", "Name the results folder of a run.")
    if not path.is_file():
        inner = results / "results" / PROVENANCE
        fix = f"Name the folder {results / 'results'}." if inner.is_file() else _FIX
        raise _refused(str(path), "there is no such file, so that nothing can be compared.", fix)
    if path.stat().st_size > _MOST_BYTES:
        raise _refused(str(path), f"it is larger than {_MOST_BYTES} bytes.", _FIX)
    try:
        found = json.loads(path.read_bytes().decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise _refused(str(path), f"it is not JSON: {error or 'nested too deep'}.", _FIX) from None
    problems = [*_wrong(found, str(path))]
    if problems:
        raise InputError(problems)
    return dict(found)


def places_of(results: Path, provenance: Mapping[str, Any]) -> Places:
    """Where the files of a record lie, as seen from its folder."""
    return Places(results, absolute(absolute(results).parent / provenance["environment"]["workflow"]))


def _wrong(found: Any, shown: str) -> list[Problem]:
    from jsonschema import Draft202012Validator

    errors = sorted(Draft202012Validator(schema()).iter_errors(found), key=lambda e: [str(p) for p in e.absolute_path])
    problems = []
    for error in errors[:20]:
        message = error.message if len(error.message) <= _SHOWN else f"{error.message[:_SHOWN]} ..."
        where = ".".join(str(part) for part in error.absolute_path)
        problems.append(Problem(shown, 0, where, "provenance", f"{message}.", _FIX))
    return problems


def _refused(file: str, message: str, fix: str) -> InputError:
    return InputError([Problem(file, 0, "", "provenance", message, fix)])
