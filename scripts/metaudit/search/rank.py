"""Which specification explains most of what is printed, and how much that is worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats, zero_cells_from
from metaudit.measures import measure_of
from metaudit.search.match import Matched
from metaudit.specs import Spec

# A number that comes out only when digits are cut counts half, so that rounding is preferred.
CUT = 0.5
# Two results are the same when their values agree to this, relative; far below any printed digit.
SAME = 1e-9
TINY = 1e-15  # what rounding leaves of a zero
_MOST_CODES = 2**62
# Variants that differ from the large-sample variance in tables with a zero cell only.
_OF_ZERO_CELLS = ("revman", "meta")
_STATED = (
    "measure",
    "zero_cells",
    "variance",
    "model",
    "tau2",
    "ci",
    "i2",
    "pi",
    "level",
    "glmm",
    "q",
    "counts",
    "rd_variance",
)


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
    weights = np.array([t.weight for t in matched.targets])
    if not matched.targets:
        return np.zeros(len(matched.specs))
    return np.asarray(weights @ (matched.hits + CUT * matched.cuts))


def adds_to_all(spec: Spec) -> bool:
    """Whether a specification adds to the cells of every study, which moves results without a zero cell, too."""
    counted = measure_of(spec.measure).kind in ("counts", "rates", "proportion")
    return counted and spec.zero_cells.partition("@")[2].partition("+")[0] == "all"


def without_zero_cells(spec: Spec) -> Spec:
    """A specification with one value for every rule that cannot matter where no study has a zero cell.

    0.5 added to all studies still counts: it moves every result.
    """
    kind = measure_of(spec.measure).kind
    if kind not in ("counts", "rates", "proportion"):
        return spec
    everywhere = adds_to_all(spec)
    zero = spec.zero_cells.partition("+")[0] if everywhere else "none"
    variance = "LS" if spec.variance in _OF_ZERO_CELLS and kind == "counts" else spec.variance
    return replace(spec, zero_cells=zero, variance=variance, counts=spec.counts if everywhere else "")


def violates(spec: Spec, stated: Mapping[str, Any], *, any_zero: bool = True) -> tuple[str, ...]:
    """Dimensions in which a specification goes against what a paper states; what it does not state cannot be violated.

    A model without tau2 departs in the model only, not in what belongs to a tau2. "Common effect" leaves open how counts
    are pooled unless Q's mean is stated, as in ``specs.completions``. A key that leaves several values open holds them as a tuple.

    Parameters
    ----------
    any_zero : whether a study has a zero cell; without one, rules for them depart only where they move results
    """
    if not any_zero:
        spec, stated = without_zero_cells(spec), _stated_without(stated, spec.measure)
    of_tau2 = () if spec.has_tau2 else ("tau2", "i2", "pi", "q")
    asked = [n for n in _STATED if n in stated and n not in of_tau2]
    open_pooling = stated.get("model") == "common" and stated.get("q") != "inverse-variance"
    if open_pooling and spec.model in ("mantel-haenszel", "peto"):
        asked.remove("model")
    return tuple(n for n in asked if _differs(n, getattr(spec, n), stated[n]))


def _stated_without(stated: Mapping[str, Any], measure: str) -> dict[str, Any]:
    """What is stated, with one value for every rule that cannot matter without a zero cell."""
    known: dict[str, Any] = {n: stated[n] for n in ("variance", "counts") if isinstance(stated.get(n), str)}
    if known.get("counts") == "as-they-are":
        known["counts"] = ""
    if "zero_cells" in stated:
        known["zero_cells"] = str(zero_cells_from(stated["zero_cells"]))
    bare = without_zero_cells(Spec(measure, model="mantel-haenszel", ci="wald", **known))
    return {**stated, **{n: getattr(bare, n) or "as-they-are" for n in known}}


def _differs(name: str, ours: Any, stated: Any) -> bool:
    if name == "measure":
        return ours not in ((stated,) if isinstance(stated, str) else tuple(stated))
    if isinstance(stated, (tuple, list)):
        return all(_differs(name, ours, one) for one in stated)
    if name == "level":
        return abs(float(ours) - float(stated)) > 1e-9
    if name == "zero_cells":
        return str(ours) != str(zero_cells_from(stated))
    if name == "variance":
        same = {"HO": "pooled-sd"}
        return same.get(str(ours), str(ours)) != same.get(str(stated), str(stated))
    if name == "counts":
        return str(ours or "as-they-are") != str(stated)
    if name == "rd_variance":
        return str(ours or "sato") != str(stated)
    return str(ours) != str(stated)


def distinct(values: Floats) -> Any:
    """For each specification the number of its distinct result, shape ``(s,)``; the numbers run from 0 without a gap.

    Parameters
    ----------
    values : shape ``(t, s)``; results are the same where all ``t`` values agree to ``SAME``, NaN with NaN
    """
    group, size = np.zeros(values.shape[1], dtype=np.int64), 1
    for row in _steps(values):
        number = int(row.max(initial=0)) + 1
        if size * number >= _MOST_CODES:
            group, size = np.unique(group, return_inverse=True)[1].reshape(-1), row.size
        group, size = group * number + row, size * number
    return np.unique(group, return_inverse=True)[1].reshape(-1)


def _steps(values: Floats) -> Any:
    """The values of each row in order of size, numbered; a new number begins where the next is further away than ``SAME``.

    Unlike rounding this never parts two equal results that lie on either side of a rounding edge.
    """
    order = np.argsort(values, axis=1, kind="stable")  # NaN last
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
    allowed = np.ones(score.size, dtype=bool) if among is None else np.asarray(among, dtype=bool)
    group = distinct(matched.values)
    departs = {}
    order = np.argsort(-np.round(score, 9), kind="stable")
    best_of: dict[int, list[int]] = {}
    threshold = -np.inf
    for i in order:
        if not allowed[i] or not np.isfinite(matched.values[:, i]).any():
            continue
        if score[i] < threshold:
            break
        best_of.setdefault(int(group[i]), []).append(int(i))
        if len(best_of) >= most and threshold == -np.inf:
            threshold = score[i] - 1e-9
    for members in best_of.values():
        for i in members:
            departs[i] = violates(matched.specs[i], stated, any_zero=any_zero)
        members.sort(key=lambda i: (len(departs[i]), -prior[i], i))
    simplest = sorted(
        best_of.values(), key=lambda m: (-round(float(score[m[0]]), 9), len(departs[m[0]]), -prior[m[0]], m[0])
    )
    return tuple(
        _ranked(matched, members, score=score, departures=departs[members[0]], prior=prior)
        for members in simplest[:most]
    )


def _ranked(
    matched: Matched, members: Sequence[int], *, score: Floats, departures: tuple[str, ...], prior: Floats
) -> Ranked:
    i = members[0]
    got = matched.hits[:, i] | matched.cuts[:, i]
    names = [t.name for t in matched.targets]
    return Ranked(
        spec=matched.specs[i],
        score=float(score[i]),
        explained=frozenset(n for n, g in zip(names, got, strict=True) if g),
        missed=frozenset(n for n, g in zip(names, got, strict=True) if not g),
        departures=departures,
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
    values = matched.values[rows]
    defined = np.isfinite(values).any(axis=0)
    if not defined.any():
        return Specificity(0, 0)
    group = distinct(values[:, defined])
    all_of = (matched.hits[rows] | matched.cuts[rows]).all(axis=0)[defined]
    return Specificity(int(group.max()) + 1, len(set(group[all_of].tolist())))


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
