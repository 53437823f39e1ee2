"""Read ``provenance.json``, whoever wrote it, and say in plain words what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

from metaudit.errors import InputError, Problem
from metaudit.provenance.crate_files import InCrate, unpacked
from metaudit.provenance.places import PROVENANCE, Places, absolute, shown, there

_MOST_BYTES = (
    50_000_000  # the record of a hundred reviews has one million; in memory it takes up to thirty times as much
)
_LONGEST_KEY = 4096  # what Linux allows of a path
_LONGEST_NUMBER = 30
_DEEPEST = 12  # the workflow's own has six levels
_MOST_PROBLEMS = 20
_LOOKED_AT = 500
_SHOWN = 120
_FIX = "Run the workflow again: it writes this file as its last step, or says in logs/provenance.log why it does not."
_SURROGATE = "\\ud"


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of ``provenance.json``."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("provenance.schema.json").read_text(encoding="utf-8"))
    return found


def read_provenance(results: Path) -> dict[str, Any]:
    """The record of a results folder: as its schema has it, and every name in it leads to an entry.

    Raises
    ------
    InputError
        when there is no such folder, no record in it, or the record is not one
    """
    return read_record(record_bytes(results), str(results / PROVENANCE))


def record_bytes(results: Path) -> bytes:
    """The record of a results folder as it lies there: what is signed are these bytes.

    Raises
    ------
    InputError
        when there is no such folder, no record in it, or one that is too large
    """
    path = results / PROVENANCE
    if not (there(results) and results.is_dir()):
        raise _refused(str(results), "there is no such folder.", "Name the results folder of a run.")
    if not path.is_file():
        inner = results / "results" / PROVENANCE
        fix = f"Name the folder {results / 'results'}." if inner.is_file() else _FIX
        raise _refused(str(path), "there is no such file, so that nothing can be compared.", fix)
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise _refused(str(path), f"it is larger than {_MOST_BYTES} bytes.", _FIX)
    return content


def read_record(content: bytes, file: str) -> dict[str, Any]:
    """What the bytes of a record say.

    Parameters
    ----------
    file : the record's path, for messages

    Raises
    ------
    InputError
        when they are no record
    """
    try:
        found = _parsed(content)
    except (ValueError, RecursionError) as error:
        told = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise _refused(file, f"it is not JSON as a run writes it: {told}.", _FIX) from None
    problems = [*islice(_wrong(found, file), _MOST_PROBLEMS)]
    problems = problems or [*islice(_leading_nowhere(found, file), _MOST_PROBLEMS)]
    if problems:
        raise InputError(problems)
    return dict(found)


def places_of(results: Path, provenance: Mapping[str, Any]) -> Places:
    """Where the files of a record lie, as seen from its folder: all in the folder around it where that is a crate that was unpacked."""
    base = absolute(results).parent
    if unpacked(base, provenance):
        return InCrate(results, base, tuple(provenance["inputs"]))
    return Places(results, absolute(base / provenance["environment"]["workflow"]))


def _parsed(content: bytes) -> Any:
    """What every reader of JSON reads alike: no key twice, no NaN, no halves of letters, no number that is not one of a run.

    Raises
    ------
    ValueError, RecursionError
        when it is none of that
    """
    text = content.decode("utf-8")
    found = json.loads(text, object_pairs_hook=_once, parse_int=_integer, parse_constant=_no_number)
    if not _shallow(found):
        raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
    if _SURROGATE in text.lower() and any("\ud800" <= c <= "\udfff" for c in json.dumps(found, ensure_ascii=False)):
        raise ValueError("half of a letter (a surrogate of UTF-16) stands alone")
    return found


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if len(key) > _LONGEST_KEY:
            raise ValueError(f"a key has {len(key)} characters")
        if key in found:
            raise ValueError(f"the key {key[:_SHOWN]!r} is there twice")
        found[key] = value
    return found


def _integer(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _shallow(found: Any) -> bool:
    level = [found]
    for _ in range(_DEEPEST):
        within = (v.values() if isinstance(v, dict) else v for v in level if isinstance(v, dict | list))
        level = [one for values in within for one in values if isinstance(one, dict | list)]
    return not level


def _wrong(found: Any, file: str) -> Iterator[Problem]:
    from jsonschema import Draft202012Validator

    errors = islice(Draft202012Validator(schema()).iter_errors(found), _LOOKED_AT)
    for error in sorted(errors, key=lambda e: [str(p) for p in e.absolute_path]):
        message = _cut(error.message)
        where = ".".join(str(part) for part in error.absolute_path)
        yield Problem(file, 0, _cut(where), "provenance", f"{message}.", _FIX)


def _leading_nowhere(found: Mapping[str, Any], file: str) -> Iterator[Problem]:
    """Every name of an input, a stage or a review that has no entry."""
    for where, names, kind in _named(found):
        for name in sorted(name for name in set(names) if name not in found[kind]):
            message = f"{shown(_cut(name))!r} has no entry under {kind}."
            yield Problem(file, 0, _cut(where), "provenance", message, _FIX)


def _named(found: Mapping[str, Any]) -> Iterator[tuple[str, Iterable[str], str]]:
    """Where names stand, the names, and under which key their entries are."""
    for stage, about in found["stages"].items():
        yield f"stages.{stage}", (about["script"], *about["data"], *about["code"]), "inputs"
        yield f"stages.{stage}.after", about["after"], "stages"
    for review, about in found["reviews"].items():
        yield f"reviews.{review}.inputs", about["inputs"], "inputs"
        yield f"reviews.{review}.refers_to", about["refers_to"], "reviews"
    owners = (entry["review"] for entry in found["inputs"].values() if "review" in entry)
    yield "inputs", owners, "reviews"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."


def _refused(file: str, message: str, fix: str) -> InputError:
    return InputError([Problem(file, 0, "", "provenance", message, fix)])
