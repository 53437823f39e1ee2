"""A network from rows that hold one comparison each."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import InputError, Problem
from metaudit.network.evidence import Evidence, Pair, Study, sort_key
from metaudit.network.from_arms import spelling_problems
from metaudit.network.rows import contrasts_of

CONSISTENT = 1e-3  # how far the effects of one study may be from closing: rounding to three decimals, as in netmeta
_RULES = {
    "same": "network-contrast-of-one", "twice": "network-contrast-twice", "missing": "network-contrast-missing",
    "variance": "network-contrast-variance", "effects": "network-contrast-closure", "negative": "network-negative-variance",
}  # fmt: skip


@dataclass(frozen=True)
class Contrast:
    """One row of the table: ``first`` minus ``second`` in one study, on the analysis scale.

    Attributes
    ----------
    study, first, second : labels
    yi, vi : effect and its sampling variance; NaN leaves the row out
    row : line number as a spreadsheet shows it
    half_effect, half_se : how far rounding of what was printed may have moved the effect and its standard error
    """

    study: str
    first: str
    second: str
    yi: float
    vi: float
    row: int = 0
    half_effect: float = 0.0
    half_se: float = 0.0


def evidence_from_contrasts(
    contrasts: Sequence[Contrast],
    measure: str,
    *,
    shared_variance: Mapping[str, float] | None = None,
    distinct: Collection[Pair] = (),
    tolerance: float = CONSISTENT,
    file: str = "extraction.csv",
) -> Evidence:
    """Studies with the covariance that the variances of all their comparisons imply (Rücker 2012, section on multi-arm studies).

    Parameters
    ----------
    contrasts : every pair of arms of a study; or every arm against one of them, when ``shared_variance`` names the study
    measure : code of the measure, for the record
    shared_variance : by study, the variance of the arm that all its comparisons share
    distinct : pairs of similar names that are two treatments
    tolerance : how far the effects of one study may be from closing (A - B plus B - C from A - C)
    file : named in messages

    Raises
    ------
    InputError
        for comparisons of a treatment with itself, that stand twice or are missing, effects of one study that contradict
        each other, variances that are not positive or imply a negative variance of an arm, and a treatment spelled two
        ways.
    """
    problems: list[Problem] = []
    named = [(t, c.row) for c in contrasts for t in (c.first, c.second)]
    problems += spelling_problems(named, distinct, file=file)
    by_study: dict[str, list[Contrast]] = {}
    left_out: list[tuple[str, str]] = []
    for c in contrasts:
        found = list(_row_problems(c, file))
        problems += found
        if found:
            continue
        if math.isfinite(c.yi) and math.isfinite(c.vi):
            by_study.setdefault(c.study, []).append(c)
        else:
            left_out.append((c.study, f"{c.first} against {c.second} has no effect or no variance"))
    studies = []
    for name, rows in by_study.items():
        shared = (shared_variance or {}).get(name)
        found = list(_shape_problems(rows, shared, file=file))
        if not found:
            study, found = _study(name, rows, shared, tolerance=tolerance, file=file)
            studies.append(study)
        problems += found
    if problems:
        raise InputError(problems)
    return Evidence(measure, tuple(studies), tuple(left_out))


def _row_problems(c: Contrast, file: str) -> Iterator[Problem]:
    if c.first == c.second:
        yield Problem(
            file,
            c.row,
            "treatment",
            _RULES["same"],
            f"Study {c.study} compares {c.first} with itself.",
            "Name two treatments.",
        )
    if math.isfinite(c.vi) and c.vi <= 0:
        yield Problem(file, c.row, "se", _RULES["variance"], f"The variance of {c.first} against {c.second} in study {c.study} is {c.vi:g}.",
                      "A variance is above 0; check whether the column holds logs.")  # fmt: skip


def _shape_problems(rows: Sequence[Contrast], shared: float | None, *, file: str) -> Iterator[Problem]:
    """Comparisons that stand twice, or that a study of several arms lacks."""
    seen: dict[frozenset[str], int] = {}
    for c in rows:
        pair = frozenset((c.first, c.second))
        if pair in seen:
            yield Problem(file, c.row, "treatment", _RULES["twice"],
                          f"Study {c.study} compares {c.first} with {c.second} in row {seen[pair]}.", "Keep one of the two rows.")  # fmt: skip
        seen[pair] = c.row
    arms = _arms(rows)
    missing = [p for p in combinations(arms, 2) if frozenset(p) not in seen]
    if missing and not (shared is not None and _hub(rows) and len(rows) == len(arms) - 1):
        first = rows[0]
        named = ", ".join(f"{a} with {b}" for a, b in missing[:6])
        yield Problem(file, first.row, "treatment", _RULES["missing"],
                      f"Study {first.study} has {len(arms)} arms and no comparison of {named}.",
                      "Give every pair of arms, or every arm against one of them and the variance of that arm.")  # fmt: skip


def _arms(rows: Sequence[Contrast]) -> list[str]:
    return sorted({t for c in rows for t in (c.first, c.second)}, key=sort_key)


def _hub(rows: Sequence[Contrast]) -> str:
    """The arm that all comparisons share; empty when there is none."""
    common = set.intersection(*({c.first, c.second} for c in rows))
    return min(common, key=sort_key) if common else ""


def _study(
    name: str, rows: Sequence[Contrast], shared: float | None, *, tolerance: float, file: str
) -> tuple[Study, list[Problem]]:
    """The study, and what is wrong with its numbers."""
    arms = _arms(rows)
    place = {t: i for i, t in enumerate(arms)}
    incidence = np.zeros((len(rows), len(arms)))
    for r, c in enumerate(rows):
        incidence[r, [place[c.first], place[c.second]]] = 1.0, -1.0
    yi, vi = np.array([c.yi for c in rows]), np.array([c.vi for c in rows])
    if len(rows) == 1:
        effect = incidence[0] * yi[0] / 2
        return Study(name, tuple(arms), effect, np.diag(np.array([vi[0] / 2, vi[0] / 2]))), []
    values = np.linalg.lstsq(incidence, yi, rcond=None)[0]
    problems = []
    gap = np.abs(yi - incidence @ values)
    row = rows[0].row
    if gap.max() > tolerance:
        worst = rows[int(gap.argmax())]
        problems.append(Problem(
            file, worst.row, "effect", _RULES["effects"],
            f"The effects of study {name} contradict each other: {worst.first} against {worst.second} is off by {gap.max():.3g}.",
            "The effects of one study add up: A - B plus B - C is A - C.",
        ))  # fmt: skip
    if shared is not None and len(rows) < len(arms) * (len(arms) - 1) // 2:
        arm_variances = np.array([shared if t == _hub(rows) else vi[_row_of(rows, t)] - shared for t in arms])
        covariance: Floats = np.diag(arm_variances)
    else:
        arm_variances = np.linalg.lstsq(np.abs(incidence), vi, rcond=None)[0]
        covariance = implied_covariance(np.abs(incidence), vi)
    negative = [f"{t} ({v:.3g})" for t, v in zip(arms, arm_variances, strict=True) if v <= 0]
    h = contrasts_of(len(arms))
    if negative or np.linalg.eigvalsh(h @ covariance @ h.T)[0] <= 0:
        which = f": {', '.join(negative)}" if negative else " of their differences"
        problems.append(Problem(
            file, row, "se", _RULES["negative"],
            f"The variances of the comparisons of study {name} imply a variance of an arm that is not positive{which}.",
            "The variance of A - B is that of arm A plus that of arm B; check the standard errors of this study.",
        ))  # fmt: skip
    return Study(name, tuple(arms), values, covariance), problems


def _row_of(rows: Sequence[Contrast], treatment: str) -> int:
    return next(r for r, c in enumerate(rows) if treatment in (c.first, c.second))


def implied_covariance(pairs: Floats, vi: Floats) -> Floats:
    """Covariance of arms, up to a constant, with these variances of differences: -HDH/2, H centring (Gower 1966).

    Parameters
    ----------
    pairs : ones in the two columns of the arms that a row compares, shape ``(m (m - 1)/2, m)``
    vi : variance of each row's difference
    """
    m = pairs.shape[1]
    d = np.zeros((m, m))
    for arms, v in zip(pairs, vi, strict=True):
        i, j = np.flatnonzero(arms)
        d[i, j] = d[j, i] = v
    centring = np.eye(m) - 1 / m
    return np.asarray(-centring @ d @ centring / 2)
