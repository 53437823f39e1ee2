"""Writing results: whole or not at all, and the same bytes every time."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import math
import os
import platform
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from metaudit.errors import OutputError, Problem

NUMBER_FORMAT = ".10g"
_HOST = hashlib.sha256(platform.node().encode()).hexdigest()[:6]
_SCRATCH = re.compile(r"\.(?P<name>.+)\.(?P<host>[0-9a-f]{6})-(?P<process>\d+)\.tmp", re.DOTALL)
_LONGEST = 230  # bytes of a name that leaves room for what scratch adds, below the 255 of most file systems
_ROOM = 1 << 16
_AGAIN = "Mend that, or name another place, and run again."
_REASONS = {
    errno.ENOSPC: ("the disk is full.", "Free some space, or name a place on another disk, and run again."),
    errno.EDQUOT: ("your share of the disk is used up.", "Delete something, or name another place, and run again."),
    errno.EFBIG: ("the file would be larger than is allowed here.", "Raise the limit (ulimit -f), and run again."),
    errno.EROFS: ("the disk can only be read.", "Name a place on a disk that can be written, or mount it so."),
    errno.EACCES: ("there is no permission to write here.", "Ask for it, or name another place."),
    errno.EPERM: ("the system does not allow writing here.", "Take the protection away, or name another place."),
    errno.ENOTDIR: ("a file stands where a folder is needed.", "Move the file, or name another place."),
    errno.EEXIST: ("a file stands where a folder is needed.", "Move the file, or name another place."),
    errno.EISDIR: ("a folder of this name stands there.", "Name a file."),
    errno.ENAMETOOLONG: ("the name is too long for this disk.", "Choose a shorter one."),
}


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal digits; read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_scratch(path: Path) -> bool:
    """Whether a file or folder is one that a result is built in, or what a killed run left of one."""
    return bool(_SCRATCH.fullmatch(path.name))


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Write a file atomically: a killed run leaves the old file or the new one, never half of one.

    Parameters
    ----------
    path : the file; its folder is made when it does not exist

    Yields
    ------
    A path beside it to write to; when the block ends well, what was written is moved to ``path``.

    Raises
    ------
    OutputError
        when it cannot be written, with the reason
    """
    target = Path(path)
    with refusing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = scratch_beside(target)
        try:
            yield scratch
            scratch.replace(target)
        finally:
            remove_scratch(scratch)


@contextmanager
def replacing_folder(path: str | Path, *, part: str = "") -> Iterator[Path]:
    """Build a folder beside its place and move it there as a whole.

    A folder that stands there is moved aside first and deleted; a run killed just then leaves none, never half of one.

    Parameters
    ----------
    path : the folder
    part : name of a folder to be made in what is yielded, when only that is moved

    Yields
    ------
    A folder beside it, empty, to write to.

    Raises
    ------
    OutputError
        when it cannot be written, with the reason
    """
    target = Path(os.path.realpath(path))  # of a link, what it leads to; and a folder named "." has a name
    with refusing(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = scratch_beside(target)
        built, old = scratch / "new", scratch / "old"
        try:
            built.mkdir(parents=True)
            yield built
            if target.exists():
                target.rename(old)
            (built / part).rename(target)
        except OutputError as error:
            raise _elsewhere(error, built / part, Path(path)) from None
        finally:
            remove_scratch(scratch)


def _elsewhere(error: OutputError, built: Path, shown: Path) -> OutputError:
    """The same refusal, of the file that would have been: where it is built is of no use to anybody."""
    problem = error.problems[0]
    file = Path(problem.file).absolute()
    return OutputError(replace(problem, file=str(shown / file.relative_to(built)))) if built in file.parents else error


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file atomically, as with :func:`replacing`."""
    with replacing(path) as scratch:
        scratch.write_bytes(content)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file atomically, in UTF-8 and with the line ends it has, as with :func:`replacing`."""
    write_bytes(path, text.encode("utf-8"))


@contextmanager
def refusing(path: str | Path) -> Iterator[None]:
    """Turn what the system says when something cannot be written into a sentence that names the file and what to do.

    Parameters
    ----------
    path : what is being written; an error that names a file elsewhere is left as it is

    Raises
    ------
    OutputError
        instead of an ``OSError``
    """
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        place = Path(os.path.abspath(path)).parent  # noqa: PTH100  (resolve() would follow a link that is replaced)
        named = [Path(os.fsdecode(n)) for n in (error.filename, error.filename2) if isinstance(n, str | bytes)]
        elsewhere = named and not any(_near(n, place) for n in named)
        if isinstance(error, BrokenPipeError) or elsewhere:
            raise
        raise output_error(path, error) from None


def check_writable(*folders: str | Path) -> list[Problem]:
    """What would keep a run from writing into some folders, which need not exist yet; tried with a file of 64 KB in each."""
    problems = []
    for folder in folders:
        there = next(p for p in (Path(folder), *Path(folder).absolute().parents) if p.exists())
        try:
            with replacing(there / "room") as scratch:
                scratch.write_bytes(bytes(_ROOM))
                raise _TriedError
        except _TriedError:
            pass
        except OutputError as error:
            problems.append(replace(error.problems[0], file=str(folder)))
    return problems


class _TriedError(Exception):
    """There is room: what was written as a trial is taken away again."""


def _near(named: Path, place: Path) -> bool:
    """Whether an error is about the folder a result goes to: something in it, or a folder above that cannot be made."""
    whole = named.absolute()
    return whole.is_relative_to(place) or place.is_relative_to(whole)


def output_error(path: str | Path, error: OSError) -> OutputError:
    """What the system said of a file that could not be written, as a sentence that says what to do."""
    what, fix = _REASONS.get(error.errno or 0, (f"the system says: {error.strerror or error}.", _AGAIN))
    return OutputError(Problem(str(path), 0, "", "cannot-write", f"it could not be written: {what}", fix))


def scratch_beside(target: Path) -> Path:
    """Where a result is built: beside its place, so that moving it is one step; what killed runs left there is removed.

    The name says who writes: another process of this machine that still runs is left alone, and anything else is of a run
    that has ended. On another machine nobody can tell, but no two runs write the same file at once.
    """
    named = os.fsencode(target.name)
    name = target.name if len(named) < _LONGEST else hashlib.sha256(named).hexdigest()
    for path in _left_over(target.parent).pop(name, ()):
        remove_scratch(path)
    return target.with_name(f".{name}.{_HOST}-{os.getpid()}.tmp")


@lru_cache(maxsize=4096)
def _left_over(folder: Path) -> dict[str, list[Path]]:
    """Scratch of others by the name of its target, as it was when this process first wrote into the folder."""
    found: dict[str, list[Path]] = {}
    for entry in folder.iterdir():
        match = _SCRATCH.fullmatch(entry.name)
        if match and not (match["host"] == _HOST and _runs(int(match["process"]))):
            found.setdefault(match["name"], []).append(entry)
    return found


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def remove_scratch(path: Path) -> None:
    """Take scratch away; where that is not allowed nothing was written either, and the reason is being told already."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def cell(value: Any) -> str:
    """One CSV cell: numbers with ten significant digits, nothing for missing."""
    if value is None:
        return ""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return format(0.0 if value == 0 else value, NUMBER_FORMAT)
    return str(value)


def write_rows(path: str | Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Write dictionaries as a CSV table with exactly these columns."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        unknown = set(row) - set(columns)
        if unknown:
            raise KeyError(f"{path}: columns {sorted(unknown)} are not declared")
        writer.writerow([cell(row.get(c)) for c in columns])
    write_text(path, buffer.getvalue())


def read_rows(path: str | Path) -> list[dict[str, str]]:
    """Read a CSV table that metaudit wrote."""
    with Path(path).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def json_ready(value: Any) -> Any:
    """Plain JSON values: NaN becomes null, floats keep ten significant digits."""
    if isinstance(value, Mapping):
        return {k: json_ready(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_ready(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return (
            None if math.isnan(value) else ("Inf" if value > 0 else "-Inf") if math.isinf(value) else float(cell(value))
        )
    return value


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON, indented, in the order given."""
    write_text(path, json.dumps(json_ready(value), indent=1, ensure_ascii=False) + "\n")
