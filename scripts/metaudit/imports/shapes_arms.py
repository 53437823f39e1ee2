"""Rows of arms as rows of comparisons: each arm of a study against its control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from metaudit.drafts.draft import Notice
from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_cells import ARM_STATISTICS
from metaudit.imports.guess_names import names, plain
from metaudit.imports.mapping import Mapping
from metaudit.imports.shapes_values import Record, rows_words

_KEYS = ("study", "author", "year", "year_letter", "outcome", "timepoint", "comparison", "subgroup")


def pair_arms(records: Sequence[Record], table: Table, mapping: Mapping) -> tuple[list[Record], list[Notice]]:
    """One record for each comparison within a study.

    The control is the arm that the mapping names, else one whose name says it, else the arm that most studies share,
    else the last one; whatever is not said is a notice.
    """
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        key = (*(record.cells.get(k, "") for k in _KEYS), record.outcome)
        groups.setdefault(key, []).append(record)
    common = Counter(plain(a) for group in groups.values() for a in {r.cells.get("arm_name", "") for r in group} if a)
    out: list[Record] = []
    notices: list[Notice] = []
    unsure: dict[str, list[str]] = {}
    for group in groups.values():
        label = group[0].take("study", "author")
        place = f"{table.shown}, {rows_words([line.number for r in group for line in r.lines])}"
        if len(group) == 1:
            out.append(group[0])
            notices.append(
                Notice(
                    "remark",
                    place,
                    f"{label!r} has one arm only ({group[0].cells.get('arm_name', '')!r}); it is kept as a single group.",
                )
            )
            continue
        control, sure = _control(group, mapping, common)
        if not sure:
            unsure.setdefault(control.cells.get("arm_name", ""), []).append(label)
        treated = [r for r in group if r is not control and _wanted(r, mapping)]
        left = [r for r in group if r is not control and not _wanted(r, mapping)]
        for r in left:
            notices.append(
                Notice(
                    "dropped",
                    f"{table.shown}, {rows_words([x.number for x in r.lines])}",
                    f"the arm {r.cells.get('arm_name', '')!r} is no treatment of the mapping.",
                )
            )
        out += [_against(r, control, several=len(treated) > 1) for r in treated]
    notices += _who_is_control(unsure, table)
    return out, notices


def _who_is_control(unsure: dict[str, list[str]], table: Table) -> list[Notice]:
    fix = "Say control in mapping.yaml when it is another arm."
    out = []
    for arm, labels in sorted(unsure.items()):
        studies = ", ".join(labels[:5]) + (" ..." if len(labels) > 5 else "")
        message = (
            f"no name says which arm is the control; {arm!r} was taken in {len(labels)} of the studies: {studies}."
        )
        out.append(Notice("guessed", table.shown, message, fix))
    return out


def _wanted(record: Record, mapping: Mapping) -> bool:
    return not mapping.treatment or plain(record.cells.get("arm_name", "")) in {plain(t) for t in mapping.treatment}


def _control(group: Sequence[Record], mapping: Mapping, common: Counter[str]) -> tuple[Record, bool]:
    """The control of a study, and whether a name or the mapping says so."""
    by_name = {plain(r.cells.get("arm_name", "")): r for r in reversed(group)}
    for said in mapping.control:
        if plain(said) in by_name:
            return by_name[plain(said)], True
    if mapping.treatment:
        rest = [r for n, r in by_name.items() if n not in {plain(t) for t in mapping.treatment}]
        if len(rest) == 1:
            return rest[0], True
    book = names().control_arms
    exact = [r for n, r in by_name.items() if n in book]
    if exact:
        return exact[-1], True
    worded = [r for n, r in by_name.items() if any(f" {c} " in f" {n} " for c in book if len(c) > 2)]
    if len(worded) == 1:
        return worded[0], True
    most = max(common[n] for n in by_name)
    shared = [r for n, r in by_name.items() if common[n] == most]
    if len(shared) == 1 and most > 1:
        return shared[0], False
    return group[-1], False


def _against(treated: Record, control: Record, *, several: bool) -> Record:
    """One comparison; the control is declared shared where a study has several treatments."""
    cells = {k: v for k, v in treated.cells.items() if k not in ARM_STATISTICS and k != "arm_name"}
    names_of = dict(treated.names)
    for suffix, record in (("_t", treated), ("_c", control)):
        for stem in ARM_STATISTICS:
            if record.cells.get(stem):
                cells[stem + suffix] = record.cells[stem]
                names_of[stem + suffix] = record.names.get(stem, stem)
    for key, value in control.cells.items():
        if key.startswith((COVARIATE_PREFIX, BIAS_PREFIX)) and not cells.get(key):
            cells[key] = value
    mine, other = treated.cells.get("arm_name", ""), control.cells.get("arm_name", "")
    cells["comparison"] = "; ".join(
        x for x in (cells.get("comparison", ""), f"{mine} vs {other}" if mine and other else "") if x
    )
    if several:
        cells["arm"] = f"{treated.take('study', 'author')} {other}".strip()
    notes = [*treated.notes, *(n for n in control.notes if n not in treated.notes)]
    for key, value in control.cells.items():
        if key.startswith(COVARIATE_PREFIX) and cells.get(key) and cells[key] != value and value:
            notes.append(f"{key} in {other or 'the control'}: {value}")
    return Record(treated.line, cells, treated.outcome, notes, names_of, (*treated.lines, *control.lines))
