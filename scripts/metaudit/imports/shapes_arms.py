"""Rows of arms as rows of comparisons: each arm of a study against its control."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
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

    Raises
    ------
    InputError
        when a study has its control twice, with different numbers.
    """
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        key = (*(record.cells.get(k, "") for k in _KEYS), record.outcome)
        groups.setdefault(key, []).append(record)
    common = Counter(plain(a) for group in groups.values() for a in {r.cells.get("arm_name", "") for r in group} if a)
    out: list[Record] = []
    notices: list[Notice] = []
    unsure: dict[tuple[str, str], list[str]] = {}
    shared: dict[str, list[str]] = {}
    again: list[Record] = []
    for whole in groups.values():
        group = _once(whole, again)
        label = group[0].take("study", "author")
        if len(group) == 1:
            out.append(group[0])
            message = (
                f"{label!r} has one arm only ({group[0].cells.get('arm_name', '')!r}); it is kept as a single group."
            )
            notices.append(Notice("remark", _place(group, table), message))
            continue
        control, doubt = _control(group, mapping, common)
        group = _one_control(group, control, table, again)
        if doubt:
            unsure.setdefault((control.cells.get("arm_name", ""), doubt), []).append(label)
        treated = [r for r in group if r is not control and _wanted(r, mapping)]
        for r in (r for r in group if r is not control and not _wanted(r, mapping)):
            message = f"the arm {r.cells.get('arm_name', '')!r} is no treatment of the mapping."
            notices.append(Notice("dropped", _place([r], table), message))
        if len(treated) > 1:
            shared.setdefault(control.cells.get("arm_name", ""), []).append(
                " ".join(x for x in (label, *key[2:4]) if x)
            )
        out += [_against(r, control, several=len(treated) > 1) for r in treated]
    notices += [*_said_again(again, table), *_who_is_control(unsure, table), *_shared_controls(shared, table)]
    return out, notices


def _place(group: Sequence[Record], table: Table) -> str:
    return f"{table.shown}, {rows_words([line.number for r in group for line in r.lines])}"


def _with_year(record: Record) -> str:
    """The study as its rows name it; authors with their year, which alone tells their studies apart."""
    year = record.cells.get("year", "") + record.cells.get("year_letter", "")
    author = record.cells.get("author", "")
    return record.cells.get("study", "") or (f"{author} {year}".strip() if year not in author else author)


def _said(record: Record, *, numbers_only: bool = False) -> dict[str, str]:
    """What a row says of its arm: its numbers, and its covariates."""
    return {
        k: v
        for k, v in record.cells.items()
        if v and (k in ARM_STATISTICS or (not numbers_only and k.startswith((COVARIATE_PREFIX, BIAS_PREFIX))))
    }


def _once(group: Sequence[Record], again: list[Record]) -> list[Record]:
    """The arms of a study without those that stand there twice with the same numbers."""
    kept: list[Record] = []
    for record in group:
        arm = plain(record.cells.get("arm_name", ""))
        same = any(plain(r.cells.get("arm_name", "")) == arm and _said(r) == _said(record) for r in kept)
        (again if same else kept).append(record)
    return kept


def _said_again(again: Sequence[Record], table: Table) -> list[Notice]:
    if not again:
        return []
    arms = _named([f"{r.cells.get('arm_name', '')!r} of {_with_year(r)!r}" for r in again])
    message = f"an arm stands there again with the same numbers ({arms}); each arm of a study is read once."
    return [Notice("dropped", _place(again, table), message, "If they are other people, give them another name.")]


def _one_control(group: Sequence[Record], control: Record, table: Table, again: list[Record]) -> list[Record]:
    """The arms of a study with its control once: a second one says the same, or nobody can tell which is meant."""
    name = control.cells.get("arm_name", "")
    twice = [r for r in group if r is not control and plain(r.cells.get("arm_name", "")) == plain(name)]
    other = [r for r in twice if _said(r, numbers_only=True) != _said(control, numbers_only=True)]
    if not other:
        again += twice
        return [r for r in group if r not in twice]
    column = control.names.get("arm_name", "")
    message = (
        f"{control.take('study', 'author')!r} has the arm {name!r} twice, with different numbers "
        f"({rows_words([line.number for r in (control, *other) for line in r.lines])}): which of them is the control is not clear."
    )
    fix = "Give the two arms different names, or let a column outcome, timepoint or subgroup tell the rows apart."
    at = f"{table.letters.get(column, '')} ({column})" if column else ""
    raise InputError([Problem(table.shown, other[0].line.number, at, "duplicate-arm", message, fix)])


def _named(labels: Sequence[str]) -> str:
    some = list(dict.fromkeys(labels))
    return ", ".join(some[:5]) + (f" and {len(some) - 5} more" if len(some) > 5 else "")


def _who_is_control(unsure: dict[tuple[str, str], list[str]], table: Table) -> list[Notice]:
    fix = "Say control in mapping.yaml when it is another arm."
    out = []
    for (arm, doubt), labels in sorted(unsure.items()):
        studies = ", ".join(labels[:5]) + (" ..." if len(labels) > 5 else "")
        message = f"{doubt}; {arm!r} was taken in {len(labels)} of the studies: {studies}."
        out.append(Notice("guessed", table.shown, message, fix))
    return out


def _shared_controls(shared: dict[str, list[str]], table: Table) -> list[Notice]:
    """Studies with several treatments, whose control stands in several rows."""
    fix = (
        "Pooled together as they stand, the rows count it more than once: choose one comparison with select in review.yaml, "
        "or treatment in mapping.yaml."
    )
    return [
        Notice(
            "remark",
            table.shown,
            f"several treatments are compared with one and the same control ({arm!r}) in {_named(labels)}; "
            "it stands in each of the rows, and the column arm says that they share it.",
            fix,
        )
        for arm, labels in sorted(shared.items())
    ]


def _wanted(record: Record, mapping: Mapping) -> bool:
    return not mapping.treatment or plain(record.cells.get("arm_name", "")) in {plain(t) for t in mapping.treatment}


def _control(group: Sequence[Record], mapping: Mapping, common: Counter[str]) -> tuple[Record, str]:
    """The control of a study, and what leaves it in doubt; nothing where a name or the mapping says it."""
    by_name = {plain(r.cells.get("arm_name", "")): r for r in reversed(group)}
    for said in mapping.control:
        if plain(said) in by_name:
            return by_name[plain(said)], ""
    if mapping.treatment:
        rest = [r for n, r in by_name.items() if n not in {plain(t) for t in mapping.treatment}]
        if len(rest) == 1:
            return rest[0], ""
    book = names().control_arms
    exact = [r for n, r in by_name.items() if n in book]
    if exact:
        several = " and ".join(repr(r.cells.get("arm_name", "")) for r in reversed(exact))
        return exact[-1], f"more than one arm is a control by its name ({several})" if len(exact) > 1 else ""
    worded = [r for n, r in by_name.items() if any(f" {c} " in f" {n} " for c in book if len(c) > 2)]
    if len(worded) == 1:
        return worded[0], ""
    most = max(common[n] for n in by_name)
    shared = [r for n, r in by_name.items() if common[n] == most]
    if len(shared) == 1 and most > 1:
        return shared[0], "no name says which arm is the control"
    return group[-1], "no name says which arm is the control"


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
        cells["arm"] = f"{_with_year(treated)} {other}".strip()
    notes = [*treated.notes, *(n for n in control.notes if n not in treated.notes)]
    for key, value in control.cells.items():
        if key.startswith(COVARIATE_PREFIX) and cells.get(key) and cells[key] != value and value:
            notes.append(f"{key} in {other or 'the control'}: {value}")
    return Record(treated.line, cells, treated.outcome, notes, names_of, (*treated.lines, *control.lines))
