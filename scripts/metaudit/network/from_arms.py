"""A network from rows that hold one arm each."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from metaudit.effects.zero_cells import Floats, ZeroCells
from metaudit.errors import InputError, Problem
from metaudit.formats.alike import alike
from metaudit.network.arm_effects import (
    CONVENTIONS,
    COUNTED,
    NEEDS,
    Cells,
    arm_outcomes,
    needs_correction,
    says_nothing,
    usual_zero_cells,
)
from metaudit.network.evidence import Evidence, Pair, Study


@dataclass(frozen=True)
class Arm:
    """One row of the table: one arm of one study.

    Attributes
    ----------
    study, treatment : labels
    cells : numbers by name, as the measure needs them (``arm_effects.NEEDS``); what is missing is left out or NaN
    row : line number as a spreadsheet shows it, for messages
    """

    study: str
    treatment: str
    cells: Mapping[str, float] = field(default_factory=dict)
    row: int = 0


def evidence_from_arms(
    arms: Sequence[Arm],
    measure: str,
    *,
    zero_cells: ZeroCells | None = None,
    convention: str = "escalc",
    distinct: Collection[Pair] = (),
    file: str = "extraction.csv",
) -> Evidence:
    """Contrasts of every study with the covariance inside it.

    Parameters
    ----------
    arms : the rows, arms of a study anywhere among them
    measure : one of ``arm_effects.NEEDS``
    zero_cells : the correction, for a whole study at a time; None is what is usual (``usual_zero_cells``)
    convention : how the correction enters (``arm_outcomes``)
    distinct : pairs of similar names that are two treatments
    file : named in messages

    Raises
    ------
    InputError
        for numbers that cannot be, arms that stand twice, a treatment spelled two ways, and choices that are not known.
    """
    _check_choices(measure, convention, file)
    problems = [
        *_row_problems(arms, measure, file),
        *spelling_problems(((a.treatment, a.row) for a in arms), distinct, file=file),
    ]
    if problems:
        raise InputError(problems)
    rule = usual_zero_cells(measure) if zero_cells is None else zero_cells
    if rule.treatment_arm:
        raise InputError([_no_treatment_arm(file)])
    by_study, left_out = _complete(arms, measure)
    for name in list(by_study):
        why = says_nothing(_cells(by_study[name], measure), measure, rule=rule)
        if why:
            left_out.append((name, why))
            del by_study[name]
    touched = _touched(by_study, measure, rule=rule, convention=convention)
    studies = []
    for name, found in by_study.items():
        add = rule.add if name in touched else 0.0
        values, covariance = _outcomes(found, measure, add=add, convention=convention)
        if np.all(np.isfinite(values)) and np.all(np.isfinite(covariance)) and np.all(np.diag(covariance) > 0):
            studies.append(Study(name, tuple(a.treatment for a in found), values, covariance))
        else:
            left_out.append((name, "a zero cell without a correction leaves no effect or no variance"))
            touched.discard(name)
    corrected = tuple(s.name for s in studies if s.name in touched)
    return Evidence(measure, tuple(studies), tuple(left_out), corrected)


def _no_treatment_arm(file: str) -> Problem:
    return Problem(
        file, 0, "", "network-zero-cells", "The treatment-arm correction (tacc) is made for two arms.",
        "Write a number, such as 0.5@only-zero.",
    )  # fmt: skip


def _check_choices(measure: str, convention: str, file: str) -> None:
    for value, known, what in ((measure, NEEDS, "measure"), (convention, CONVENTIONS, "zero-cell convention")):
        if value not in known:
            raise InputError([Problem(file, 0, "", f"network-{what.split()[0]}", f"The {what} {value!r} is none that networks of arms have.",
                                      f"Choose one of {', '.join(known)}.")])  # fmt: skip


def _touched(by_study: Mapping[str, Sequence[Arm]], measure: str, *, rule: ZeroCells, convention: str) -> set[str]:
    """The studies to whose cells something is added."""
    if rule.add == 0 or measure not in (*COUNTED, "IRR", "IRD"):
        return set()
    zero = {
        n for n, arms in by_study.items() if needs_correction(_cells(arms, measure), measure, convention=convention)
    }
    every = set(by_study)
    return {"only-zero": zero, "if-any-zero": every if zero else set(), "all": every, "none": set()}[rule.to]


def _outcomes(arms: Sequence[Arm], measure: str, *, add: float, convention: str) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return arm_outcomes(_cells(arms, measure), measure, add=add, convention=convention)


def _cells(arms: Sequence[Arm], measure: str) -> Cells:
    return {name: np.array([float(a.cells[name]) for a in arms]) for name in NEEDS[measure]}


def _complete(arms: Sequence[Arm], measure: str) -> tuple[dict[str, list[Arm]], list[tuple[str, str]]]:
    """The arms that have every number, by study, and what is left out for want of one."""
    found: dict[str, list[Arm]] = {}
    left_out = []
    for arm in arms:
        found.setdefault(arm.study, [])
        absent = [n for n in NEEDS[measure] if not math.isfinite(arm.cells.get(n, math.nan))]
        if absent:
            left_out.append((arm.study, f"arm {arm.treatment} has no {', '.join(absent)}"))
        else:
            found[arm.study].append(arm)
    for study, present in list(found.items()):
        if len(present) < 2:
            left_out.append((study, f"{'one arm' if present else 'no arm'} with every number; a comparison needs two"))
            del found[study]
    return found, left_out


def _row_problems(arms: Sequence[Arm], measure: str, file: str) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    for a in arms:
        for label, column in ((a.study, "study"), (a.treatment, "treatment")):
            if not label.strip():
                yield Problem(
                    file, a.row, column, "network-label", f"The row has no {column}.", f"Name the {column} of this arm."
                )
        if (a.study, a.treatment) in seen:
            yield Problem(
                file, a.row, "treatment", "network-arm-twice",
                f"Study {a.study} has an arm {a.treatment} in row {seen[a.study, a.treatment]} already.",
                "Merge the two arms into one row, or name the treatments apart.",
            )  # fmt: skip
        seen.setdefault((a.study, a.treatment), a.row)
        yield from _impossible(a, measure, file)


def _impossible(arm: Arm, measure: str, file: str) -> Iterator[Problem]:
    def number(name: str) -> float:
        return float(arm.cells.get(name, math.nan)) if name in NEEDS[measure] else math.nan

    least = {"events": (0.0, True), "n": (0.0, False), "time": (0.0, False), "sd": (0.0, False), "se": (0.0, False)}
    for name, (low, included) in least.items():
        x = number(name)
        if x < low or (x == low and not included):
            yield Problem(file, arm.row, name, "network-number", f"{name} is {x:g} in study {arm.study}, arm {arm.treatment}.",
                          f"It is {'0 or more' if included else 'above 0'}.")  # fmt: skip
    if number("events") > number("n"):
        yield Problem(file, arm.row, "events", "network-number",
                      f"{number('events'):g} events among {number('n'):g} people in study {arm.study}, arm {arm.treatment}.",
                      "There are no more events than people.")  # fmt: skip
    if measure == "ROM" and number("mean") <= 0:
        yield Problem(file, arm.row, "mean", "network-number", f"The mean is {number('mean'):g} in study {arm.study}, arm {arm.treatment}.",
                      "A ratio of means needs means above 0.")  # fmt: skip


def spelling_problems(
    named: Iterator[tuple[str, int]] | Sequence[tuple[str, int]], distinct: Collection[Pair], *, file: str
) -> Iterator[Problem]:
    """Treatments that are likely to be one under two spellings.

    Parameters
    ----------
    named : names of treatments with the rows they stand in
    distinct : pairs of similar names that are two treatments
    file : named in messages
    """
    rows: dict[str, int] = {}
    for name, row in named:
        rows.setdefault(name, row)
    for a, b in alike(rows, distinct=distinct):
        yield Problem(
            file, max(rows[a], rows[b]), "treatment", "network-spelling",
            f"{a!r} (row {rows[a]}) and {b!r} (row {rows[b]}) are two treatments of the network.",
            "Spell a treatment one way everywhere; if they are two treatments, say so.",
        )  # fmt: skip
