"""Compare two result folders: text and structure byte by byte, numbers within a tolerance."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metaudit.formats.signs import printable

RTOL = 1e-9
NOISE = 1e-15  # below this two numbers are both rounding noise around zero
IGNORED = ("*.pdf", "*.png", "*.docx")  # built beside the SVG and the other tables, not committed
STAGES: tuple[str, ...] = (
    "inputs",
    "extraction",
    "exclusions",
    "readings",
    "effects",
    "pooled",
    "weights",
    "proportions",
)
STAGES += ("leave_one_out", "regression", "universe", "universe_methods", "universe_intervals", "universe_studies")
STAGES += (
    "universe_weights",
    "universe_printed",
    "network_summary",
    "network",
    "network_treatments",
    "network_studies",
)
STAGES += ("sequential_summary", "sequential", "audit")
SHOWN = 60

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True)
class Drift:
    """One place where two result folders differ.

    Parameters
    ----------
    file : path below the compared folders
    place : row and column, key path or line; empty when the whole file is meant
    before, after : what stood there, and what stands there now
    relative : relative difference when both are numbers
    """

    file: str
    place: str
    before: str
    after: str
    relative: float | None = None

    def __str__(self) -> str:
        """One line: file, place, from what to what."""
        where = f"{self.file}, {self.place}" if self.place else self.file
        size = "" if self.relative is None else f" (relative {_short(self.relative)})"
        return printable(f"{where}: {_clipped(self.before)} -> {_clipped(self.after)}{size}")

    def below(self, folder: str) -> Drift:
        """The same drift, its file named with the folder it lies in."""
        return replace(self, file=f"{folder}/{self.file}")


def compare_trees(
    before: str | Path, after: str | Path, *, rtol: float = RTOL, ignored: Sequence[str] = IGNORED
) -> list[Drift]:
    """Every difference between two result folders, in the order of the data flow.

    Parameters
    ----------
    before, after : the two folders
    rtol : largest relative difference between two numbers of a CSV or JSON file that counts as none
    ignored : patterns of file names that are left out
    """
    first, second = Path(before), Path(after)
    names = sorted(_files(first, ignored) | _files(second, ignored), key=_in_flow)
    return [drift for name in names for drift in compare_files(first / name, second / name, shown=name, rtol=rtol)]


def compare_files(before: Path, after: Path, *, shown: str, rtol: float = RTOL) -> list[Drift]:
    """Every difference between two files; ``shown`` is how messages name them."""
    if not after.is_file():
        return [Drift(shown, "", "a file", "nothing: it is no longer written")]
    if not before.is_file():
        return [Drift(shown, "", "nothing", "a file: it is new")]
    one, other = before.read_bytes(), after.read_bytes()
    if one == other:
        return []
    try:
        texts = one.decode("utf-8"), other.decode("utf-8")
        if before.name in _OF_THE_MACHINE:
            first, second = (_OF_THE_MACHINE[before.name](json.loads(text)) for text in texts)
            return list(_node_drifts(first, second, shown, "", rtol))
        found = list(_KINDS.get(before.suffix, _text_drifts)(*texts, shown, rtol))
    except (ValueError, OverflowError, RecursionError, csv.Error):  # no text, no JSON, nested or numbers without end
        return [Drift(shown, "", f"{len(one)} bytes", f"{len(other)} other bytes")]
    if not found and _NUMBER.sub("#", texts[0]) != _NUMBER.sub("#", texts[1]):
        return list(_text_drifts(*texts, shown, rtol))
    return found


def environment_remarks(before: Path, after: Path) -> list[str]:
    """In what the machines of two results folders differ, by their ``provenance.json``; no drift, but it may explain one."""
    found = [folder / "provenance.json" for folder in (before, after)]
    if not all(path.is_file() for path in found):
        return []
    first, second = (json.loads(path.read_bytes()).get("environment", {}) for path in found)
    return [str(drift) for drift in _node_drifts(first, second, "environment", "", 0.0)]


def summary(drifts: Sequence[Drift], *, shown: int = SHOWN, per_file: int = 5) -> str:
    """Message lines: a few of every file, and how many more there are."""
    lines: list[str] = []
    for name in dict.fromkeys(d.file for d in drifts):
        own = [d for d in drifts if d.file == name]
        lines += [str(d) for d in own[:per_file]]
        if len(own) > per_file:
            lines.append(f"{name}: {len(own) - per_file} more")
    if len(lines) > shown:
        files = len({d.file for d in drifts})
        lines = [*lines[:shown], f"... {len(drifts)} differences in {files} files altogether"]
    return "\n".join(lines)


def _files(folder: Path, ignored: Sequence[str]) -> set[str]:
    return {
        p.relative_to(folder).as_posix()
        for p in folder.rglob("*")
        if p.is_file() and not any(p.match(pattern) for pattern in ignored)
    }


def _in_flow(name: str) -> tuple[int, str]:
    stem = Path(name).stem
    return (STAGES.index(stem) if stem in STAGES else len(STAGES), name)


def _value_drift(before: str, after: str, file: str, place: str, rtol: float) -> Iterator[Drift]:
    """Compare two texts; two plain numbers may differ a little, but one number has one spelling."""
    if before == after:
        return
    if not (_NUMBER.fullmatch(before) and _NUMBER.fullmatch(after)):
        yield Drift(file, place, before or "(empty)", after or "(empty)")
        return
    x, y = float(before), float(after)
    relative = _relative(x, y)
    if x == y or not math.isclose(x, y, rel_tol=rtol, abs_tol=NOISE):
        yield Drift(file, place, before, after, relative or None)


def _csv_drifts(before: str, after: str, file: str, rtol: float) -> Iterator[Drift]:
    first, second = (list(csv.reader(io.StringIO(text))) for text in (before, after))
    if (head := first[:1]) != second[:1]:
        yield Drift(file, "row 1", ",".join(*head or [[]]), ",".join(*second[:1] or [[]]))
        return
    columns = [*head[0], *(f"number {i + 1}" for i in range(len(head[0]), max(map(len, first + second))))]
    rows = enumerate(zip(first[1:], second[1:], strict=False), start=2)
    found = (drift for row, pair in rows for drift in _row_drifts(*pair, columns, file, row, rtol))
    if len(first) == len(second):
        yield from found
    else:  # after an inserted row every later one differs: the first says where
        yield Drift(file, "number of rows", str(len(first) - 1), str(len(second) - 1))
        yield from _first(found)


def _row_drifts(
    before: list[str], after: list[str], columns: list[str], file: str, row: int, rtol: float
) -> Iterator[Drift]:
    for i in range(max(len(before), len(after))):
        one, other = (cells[i] if i < len(cells) else "" for cells in (before, after))
        yield from _value_drift(one, other, file, f"row {row}, column {columns[i]}", rtol)


def _json_drifts(before: str, after: str, file: str, rtol: float) -> Iterator[Drift]:
    yield from _node_drifts(json.loads(before), json.loads(after), file, "", rtol)


def _node_drifts(before: Any, after: Any, file: str, path: str, rtol: float) -> Iterator[Drift]:
    place = path or "top"
    if isinstance(before, dict) and isinstance(after, dict):
        if list(before) != list(after):
            yield Drift(file, f"keys of {place}", ", ".join(before), ", ".join(after))
        for key in (k for k in before if k in after):
            yield from _node_drifts(before[key], after[key], file, f"{path}.{key}".lstrip("."), rtol)
    elif isinstance(before, list) and isinstance(after, list):
        pairs = enumerate(zip(before, after, strict=False))
        found = (drift for i, pair in pairs for drift in _node_drifts(*pair, file, f"{path}[{i}]", rtol))
        if len(before) == len(after):
            yield from found
        else:
            yield Drift(file, f"length of {place}", str(len(before)), str(len(after)))
            yield from _first(found)
    elif _is_number(before) and _is_number(after):
        if not math.isclose(before, after, rel_tol=rtol, abs_tol=NOISE):
            yield Drift(file, place, json.dumps(before), json.dumps(after), _relative(before, after))
    elif type(before) is not type(after) or before != after:
        yield Drift(file, place, json.dumps(before, ensure_ascii=False), json.dumps(after, ensure_ascii=False))


def _relative(x: float, y: float) -> float | None:
    """Relative difference of two numbers; None where one of them is infinite or not a number."""
    size = abs(x - y) / max(abs(x), abs(y)) if x != y else 0.0
    return size if math.isfinite(size) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text_drifts(before: str, after: str, file: str, _rtol: float) -> Iterator[Drift]:
    first, second = before.split("\n"), after.split("\n")
    if len(first) != len(second):
        yield Drift(file, "number of lines", str(len(first)), str(len(second)))
    for number, (one, other) in enumerate(zip(first, second, strict=False), start=1):
        if one != other:
            yield Drift(file, f"line {number}", *_around(one, other))
            if len(first) != len(second):
                return


def _provenance(record: Any) -> Any:
    """A record without what follows from the machine: its environment, and hashes of results, which are compared themselves."""
    outputs = {
        name: {key: value for key, value in entry.items() if key not in {"sha256", "bytes"}}
        for name, entry in record.get("outputs", {}).items()
    }
    return {**{key: value for key, value in record.items() if key != "environment"}, "outputs": outputs}


def _crate(content: Any) -> Any:
    """A crate without the hashes and sizes of results; those of inputs (``../...``) stay."""
    return {**content, "@graph": [_entity(entity) for entity in content.get("@graph", [])]}


def _entity(entity: Any) -> Any:
    if str(entity.get("@id", "")).startswith("../"):
        return entity
    return {key: value for key, value in entity.items() if key not in {"sha256", "contentSize"}}


_OF_THE_MACHINE = {"provenance.json": _provenance, "ro-crate-metadata.json": _crate}
_KINDS = {".csv": _csv_drifts, ".json": _json_drifts}


def _first(drifts: Iterable[Drift]) -> Iterator[Drift]:
    for drift in drifts:
        yield drift
        return


def _around(before: str, after: str, width: int = 30) -> tuple[str, str]:
    """Only the part of two lines where they part."""
    start = next(
        (i for i, (x, y) in enumerate(zip(before, after, strict=False)) if x != y), min(len(before), len(after))
    )
    low = max(0, start - width)
    return tuple(("..." if low else "") + text[low : start + width] for text in (before, after))  # type: ignore[return-value]


def _clipped(text: str, width: int = 100) -> str:
    return text if len(text) <= width else f"{text[:width]}..."


def _short(relative: float) -> str:
    mantissa, exponent = f"{relative:.0e}".split("e")
    return f"{mantissa}e{int(exponent)}"
