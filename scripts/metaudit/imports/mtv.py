"""RevMan 3 and 4's analysis data file (.MTV, MetaView): lines of fixed columns with studies and without results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from metaudit.drafts.draft import Draft, Notice
from metaudit.formats.review import shown_path
from metaudit.imports.options import Options
from metaudit.imports.revman_shared import Group, Outcome, Part, StudyRow, garbled, words
from metaudit.imports.revman_shared_draft import Package, build
from metaudit.imports.safe import read_bytes, refusal

KINDS = {"D": "counts", "C": "means", "I": "generic", "P": "o-e", "O": "text"}
# First and last column of each field of a study's line, counted from 1.
_FIELDS = {
    "label": (12, 31), "year": (33, 36), "events_t": (38, 44), "n_t": (45, 51), "mean_t": (52, 61), "sd_t": (62, 71), "events_c": (72, 78),
    "n_c": (79, 85), "mean_c": (86, 95), "sd_c": (96, 105), "o_e": (106, 115), "variance": (116, 125),
}  # fmt: skip
_OUTCOME = {"name": (26, 133), "left": (134, 154), "right": (155, 175), "arm_t": (176, 196), "arm_c": (197, 217)}
_COLUMNS: Mapping[str, Mapping[str, str]] = {
    "counts": {k: k for k in ("events_t", "n_t", "events_c", "n_c")},
    "means": {k: k for k in ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")},
    "generic": {"effect": "mean_t", "se": "sd_t"},
    "o-e": {k: k for k in ("o_e", "variance", "events_t", "n_t", "events_c", "n_c")},
    "text": {},
}


@dataclass
class _Found:
    """One outcome's lines."""

    line: int
    head: str
    groups: dict[str, str] = field(default_factory=dict)
    rows: list[tuple[str, StudyRow]] = field(default_factory=list)


def read(path: Path, options: Options) -> Draft:
    """A draft of the review in a MetaView file.

    Raises
    ------
    InputError
        when it does not begin with ``METAVIEW:`` or holds no study.
    """
    from metaudit.imports.text import decode

    shown = shown_path(path)
    text, _, notices = decode(read_bytes(path), shown, options.encoding)
    lines = text.splitlines()
    first = next((line for line in lines if line.strip()), "")
    if not first.upper().startswith("METAVIEW:"):
        raise refusal(
            shown,
            "not-revman",
            "the file does not begin with METAVIEW:.",
            "In RevMan 4: File > Export > Analysis data file.",
        )
    reader = _Reader(shown)
    outcomes = tuple(reader.outcomes(lines))
    title = words(first.partition(":")[2])
    remark = "the file holds no results, and does not say in words by which method its studies were pooled: no claims, and nothing stated."
    found = (
        *notices,
        *garbled(text, shown),
        Notice("remark", shown, remark, "Add the measure and the method to review.yaml, and the results as claims."),
        *reader.notices,
    )
    return build(
        Package(shown, title, "", outcomes, {}, found, f"{title or 'Review'} (MetaView file {path.name})"), options
    )


class _Reader:
    """The lines of one file on their way to outcomes."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.notices: list[Notice] = []

    def outcomes(self, lines: list[str]) -> Iterator[Outcome]:
        comparisons: dict[str, str] = {}
        found: dict[tuple[str, str], _Found] = {}
        for number, line in enumerate(lines, 1):
            key = (line[2:4], line[5:7])
            match line[:2]:
                case "3 ":
                    comparisons[line[2:4]] = words(line[8:])
                case "2 ":
                    found[line[4:6], line[7:9]] = _Found(number, line)
                case "1 " if key in found:
                    found[key].groups[line[8:10]] = words(line[14:])
                case "0 " if key in found:
                    self._study(found[key], line, number)
                case "0 ":
                    message = f"a study of analysis {line[2:4]}.{line[5:7]}, which no line before it describes."
                    raise refusal(self.shown, "unknown-analysis", message, "Export the file again.", row=number)
                case _:
                    self._other(line, number)
        for (comparison, outcome), own in found.items():
            yield self._outcome(own, f"{_count(comparison)}.{_count(outcome)}", comparisons.get(comparison, ""))

    def _other(self, line: str, number: int) -> None:
        plain = line.strip("\x1a ")
        if plain and not plain.upper().startswith(("METAVIEW:", "START DATA", "END DATA", "STUDIES:")):
            self.notices.append(
                Notice("unread", f"{self.shown}, row {number}", f"a line that is not known: {plain[:80]!r}.")
            )

    def _study(self, outcome: _Found, line: str, number: int) -> None:
        cells = {name: line[a - 1 : b].strip() for name, (a, b) in _FIELDS.items()}
        kind = KINDS.get(outcome.head[2:3], "text")
        needed = max((_FIELDS[name][1] for name in _COLUMNS[kind].values()), default=0)
        if len(line.rstrip()) < needed:
            message = f"the line of study {words(cells['label'])!r} is cut off: it has {len(line.rstrip())} characters, its numbers {needed}."
            raise refusal(self.shown, "cut-line", message, "Export the file again.", row=number)
        numbers = {column: cells[name] for column, name in _COLUMNS[kind].items()}
        year = cells["year"] if cells["year"].strip("0") else ""
        outcome.rows.append((line[8:10], StudyRow(words(cells["label"]), year, f"row {number}", numbers)))

    def _outcome(self, own: _Found, number: str, comparison: str) -> Outcome:
        cells = {name: words(own.head[a - 1 : b]) for name, (a, b) in _OUTCOME.items()}
        where, flags, kind = f"row {own.line}", words(own.head[10:23]), KINDS.get(own.head[2:3], "text")
        if flags:
            message = f"the settings {flags!r} of {number} {cells['name']} are numbers whose meaning is not documented; they are not used."
            self.notices.append(Notice("unread", f"{self.shown}, {where}", message))
        groups = [
            Group(_count(g), own.groups.get(g, ""), Part(where, {}), tuple(r for key, r in own.rows if key == g))
            for g in dict.fromkeys(key for key, _ in own.rows if key.strip("0 "))
        ]
        rows = tuple(r for key, r in own.rows if not key.strip("0 "))
        return Outcome(
            number=number, comparison=comparison, name=cells["name"], where=where, kind=kind, totals="no", groups=tuple(groups), rows=rows,
            method="PETO" if kind == "o-e" else "", favours=(cells["left"], cells["right"]), arms=(cells["arm_t"], cells["arm_c"]),
        )  # fmt: skip


def _count(text: str) -> str:
    return text.strip().lstrip("0") or "0"
