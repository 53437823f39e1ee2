"""Which specification explains most of what is printed, and how much that is worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.search.match import Matched
from metaudit.search.stated import adds_to_all as adds_to_all
from metaudit.search.stated import departing
from metaudit.search.stated import violates as violates
from metaudit.search.stated import without_zero_cells as without_zero_cells
from metaudit.specs import Spec

# A number that comes out only when digits are cut counts half, so that rounding is preferred.
CUT = 0.5
# Two results are the same when their values agree to this, relative; far below any printed digit.
SAME = 1e-9
TINY = 1e-15  # what rounding leaves of a zero
_MOST_CODES = 2**62
_LOOKED_AT = 1024  # specifications among which the best results are mostly found


@dataclass(frozen=True)
class Ranked:
    """One distinct result and the simplest specification that gives it.

    Attributes
    ----------
    spec : the member with the fewest departures from what is stated, then the likeliest
    score : weights of the claims it explains, added up
    explained, missed : names of the claims it gives and does not give
    departures : dimensions in which it goes against what is stated
    twins : other specifications with the same numbers
    prior : how likely the specification is beforehand
    """

    spec: Spec
    score: float
    explained: frozenset[str]
    missed: frozenset[str]
    departures: tuple[str, ...]
    twins: tuple[Spec, ...]
    prior: float


def scores(matched: Matched) -> Floats:
    """Weights of the claims that each specification explains, shape ``(s,)``; a cut number counts half."""
    out = np.zeros(len(matched.specs))
    for row, t in enumerate(matched.targets):
        c = matched.classes(row)
        out += (t.weight * (c.hits + CUT * c.cuts))[c.of]
    return out


def distinct(values: Floats) -> Any:
    """For each specification the number of its distinct result, shape ``(s,)``; the numbers run from 0 without a gap.

    Parameters
    ----------
    values : shape ``(t, s)``; results are the same where all ``t`` values agree to ``SAME``, NaN with NaN
    """
    return _combined(_steps(values))


def distinct_of(matched: Matched, rows: Sequence[int]) -> Any:
    """The same for some targets of a match, whose steps are found once for each class of specifications."""
    return _combined([_row_steps(matched, i) for i in rows])


def _row_steps(matched: Matched, row: int) -> Any:
    step, of = _class_steps(matched, row)
    return step[of]


def _class_steps(matched: Matched, row: int) -> tuple[Any, Any]:
    """The number of the distinct value of each class of one target, and the class of each specification."""
    c = matched.classes(row)
    return _steps(c.values[None, :])[0], c.of


def _combined(steps: Any) -> Any:
    """Numbers of columns, equal for those whose steps are equal in all rows, from 0 without a gap."""
    group, size = np.zeros(len(steps[0]), dtype=np.int64), 1
    for row in steps:
        number = int(row.max(initial=0)) + 1
        if size * number >= _MOST_CODES:
            group, size = np.unique(group, return_inverse=True)[1].reshape(-1), row.size
        group, size = group * number + row, size * number
    return np.unique(group, return_inverse=True)[1].reshape(-1)


def _steps(values: Floats) -> Any:
    """The values of each row in order of size, numbered; a new number begins where the next is further away than ``SAME``.

    Unlike rounding this never parts two equal results that lie on either side of a rounding edge.
    """
    order = np.argsort(values, axis=1)  # NaN last; in which order equal ones come is the same to what follows
    x = np.take_along_axis(values, order, axis=1)
    before, after = x[:, :-1], x[:, 1:]
    with np.errstate(invalid="ignore"):
        close = (after - before <= SAME * np.abs(after) + TINY) & np.isfinite(after)
    new = ~(close | (np.isnan(after) & np.isnan(before)) | (after == before))
    out = np.zeros(values.shape, dtype=np.int64)
    np.put_along_axis(out, order[:, 1:], np.cumsum(new, axis=1), axis=1)
    return out


def rank(
    matched: Matched,
    *,
    stated: Mapping[str, Any],
    prior: Floats,
    among: Any = None,
    most: int = 20,
    any_zero: bool = True,
) -> tuple[Ranked, ...]:
    """The best distinct results, best first.

    Parameters
    ----------
    matched : targets against specifications
    stated : keys of ``method`` (and ``measure``) that the paper states
    prior : of every specification
    among : which specifications are considered, shape ``(s,)``; all by default
    most : how many results to return
    any_zero : whether a study has a zero cell, as in :func:`violates`

    Returns
    -------
    Ordered by claims explained, then by the fewest departures from what is stated, then by prior, then by the order in
    which the specifications stand.
    """
    if not matched.targets:
        return ()
    score = scores(matched)
    allowed = matched.finite if among is None else matched.finite & np.asarray(among, dtype=bool)
    order = np.argsort(-np.round(score, 9), kind="stable")
    order = order[allowed[order]]
    if not order.size:
        return ()
    order, group = _best(matched, order, score, most=most)
    number = departing(matched, stated, any_zero=any_zero)
    return tuple(
        _ranked(matched, members, score=score, stated=stated, prior=prior, any_zero=any_zero)
        for members in _simplest(order, group, score=score, number=number, prior=prior)[:most]
    )


def _best(matched: Matched, order: Any, score: Floats, *, most: int) -> tuple[Any, Any]:
    """Of specifications in the order of their scores those that may be among the best distinct results, with these.

    Parameters
    ----------
    most : how many results are wanted; whatever explains as much as the last of them is looked at, too
    """
    steps = [_class_steps(matched, i) for i in range(len(matched.targets))]
    for size in (_LOOKED_AT, order.size):
        some = order[:size]
        group = _combined([step[of[some]] for step, of in steps])
        firsts = np.sort(np.unique(group, return_index=True)[1])
        if firsts.size >= most:
            least = score[some[firsts[most - 1]]] - 1e-9
            below = np.flatnonzero((score[some] < least) & (np.arange(some.size) > firsts[most - 1]))
            if below.size:
                return some[: below[0]], group[: below[0]]
        if some.size == order.size:
            break
    return some, group


def _simplest(order: Any, group: Any, *, score: Floats, number: Any, prior: Floats) -> list[list[int]]:
    """The members of each distinct result, the simplest first, the best and simplest result before the others."""
    members: dict[int, list[int]] = {}
    best = np.lexsort((order, -prior[order], number[order]))
    for i, g in zip(order[best].tolist(), group[best].tolist(), strict=True):
        members.setdefault(g, []).append(i)
    return sorted(members.values(), key=lambda m: (-round(float(score[m[0]]), 9), number[m[0]], -prior[m[0]], m[0]))


def _ranked(
    matched: Matched,
    members: Sequence[int],
    *,
    score: Floats,
    stated: Mapping[str, Any],
    prior: Floats,
    any_zero: bool,
) -> Ranked:
    i = members[0]
    each = [matched.classes(row) for row in range(len(matched.targets))]
    got = [bool(c.hits[c.of[i]] or c.cuts[c.of[i]]) for c in each]
    names = [t.name for t in matched.targets]
    return Ranked(
        spec=matched.specs[i],
        score=float(score[i]),
        explained=frozenset(n for n, g in zip(names, got, strict=True) if g),
        missed=frozenset(n for n, g in zip(names, got, strict=True) if not g),
        departures=violates(matched.specs[i], stated, any_zero=any_zero),
        twins=tuple(matched.specs[j] for j in members[1:]),
        prior=float(prior[i]),
    )


@dataclass(frozen=True)
class Specificity:
    """How often a result of the space would match by chance.

    Attributes
    ----------
    results : number of distinct results in the space, in the values of the claims
    matching : how many of them give all the claims in question
    """

    results: int
    matching: int

    @property
    def share(self) -> float:
        """Matching results over all of them; NaN without a result."""
        return self.matching / self.results if self.results else float("nan")


def specificity(matched: Matched, names: Collection[str]) -> Specificity:
    """How many distinct results of the space give all of some claims.

    Distinct are results that differ in the value of any of these claims; specifications that are not defined for the
    rows do not count. An estimate printed with two decimals is given by many results, a whole bundle by few: a match is
    worth what this says.

    Parameters
    ----------
    matched : targets against specifications
    names : claims that are to be given together
    """
    rows = [i for i, t in enumerate(matched.targets) if t.name in names]
    if not rows:
        return Specificity(0, 0)
    if len(rows) == 1:
        return _of_one(matched, rows[0])
    defined = np.logical_or.reduce([np.isfinite(matched.value_of(i)) for i in rows])
    if not defined.any():
        return Specificity(0, 0)
    group = distinct_of(matched, rows)[defined]
    all_of = np.logical_and.reduce([matched.given_of(i) for i in rows])[defined]
    return Specificity(np.unique(group).size, np.unique(group[all_of]).size)


def _of_one(matched: Matched, row: int) -> Specificity:
    """The same for one claim, by the classes of its values."""
    c = matched.classes(row)
    there = np.zeros(c.values.size, dtype=bool)
    there[c.of] = True
    there &= np.isfinite(c.values)
    step = _steps(c.values[None, :])[0]
    return Specificity(_different(step[there]), _different(step[there & (c.hits | c.cuts)]))


def _different(numbers: Any) -> int:
    """How many of the small whole numbers there are, without sorting them."""
    return int(np.count_nonzero(np.bincount(numbers)))


@dataclass(frozen=True)
class Chance:
    """What a match by one number alone is worth, beside that of all numbers together.

    Attributes
    ----------
    alone : by claim
    together : of all of them
    """

    alone: Mapping[str, Specificity]
    together: Specificity

    @property
    def words(self) -> str:
        """In a sentence: the number that most results give, against the bundle."""
        if self.together.results <= 1:
            return "The searched space has only one result, so that a match says nothing about the method."
        name, weakest = max(self.alone.items(), key=lambda pair: pair[1].share)
        return (
            f"{weakest.matching} of {weakest.results} distinct results of the searched space give {name} alone; "
            f"{self.together.matching} of {self.together.results} give all {len(self.alone)} numbers together."
        )


def chance(matched: Matched, names: Collection[str]) -> Chance | None:
    """How weak a fingerprint each of some claims is alone, and how strong they are together; None when none is known."""
    known = [t.name for t in matched.targets if t.name in names]
    if not known:
        return None
    return Chance({n: specificity(matched, {n}) for n in known}, specificity(matched, known))
