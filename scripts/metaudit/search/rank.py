"""Which specification explains most of what is printed, and how much that is worth."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from metaudit.effects.zero_cells import Floats, zero_cells_from
from metaudit.search.match import Matched
from metaudit.specs import Spec

# A number that comes out only when digits are cut counts half, so that rounding is preferred.
CUT = 0.5
# Two results are the same when their values agree to this, relative; far below any printed digit.
SAME = 1e-9
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


def violates(spec: Spec, stated: Mapping[str, Any]) -> tuple[str, ...]:
    """Dimensions in which a specification goes against what a paper states; what it does not state cannot be violated."""
    out = []
    for name in _STATED:
        if name not in stated or (name in ("tau2", "i2", "pi", "q") and not spec.has_tau2 and "model" not in stated):
            continue
        if name in ("tau2", "i2", "pi", "q") and not spec.has_tau2:
            continue  # the model is what departs
        if _differs(name, getattr(spec, name), stated[name]):
            out.append(name)
    return tuple(out)


def _differs(name: str, ours: Any, stated: Any) -> bool:
    if name == "measure":
        return ours not in ((stated,) if isinstance(stated, str) else tuple(stated))
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
    """For each specification the number of its distinct result, shape ``(s,)``.

    Parameters
    ----------
    values : shape ``(t, s)``; results are the same where all ``t`` values agree to ``SAME``, NaN with NaN
    """
    if values.shape[0] == 1:
        return np.unique(_coarse(values[0]), return_inverse=True)[1].reshape(-1)
    return np.unique(_coarse(values).T, axis=0, return_inverse=True)[1].reshape(-1)


def _coarse(values: Floats) -> Floats:
    """Values to so many significant digits that equal results are equal numbers."""
    with np.errstate(divide="ignore", invalid="ignore"):
        size = 10.0 ** np.floor(np.log10(np.abs(values)) + np.log10(SAME))
        rounded = np.round(values / size) * size
    return np.where(
        np.isfinite(values) & (values != 0), rounded, np.nan_to_num(values, nan=1e300, posinf=1e301, neginf=-1e301)
    )


def rank(
    matched: Matched,
    *,
    stated: Mapping[str, Any],
    prior: Floats,
    among: Any = None,
    most: int = 20,
) -> tuple[Ranked, ...]:
    """The best distinct results, best first.

    Parameters
    ----------
    matched : targets against specifications
    stated : keys of ``method`` (and ``measure``) that the paper states
    prior : of every specification
    among : which specifications are considered, shape ``(s,)``; all by default
    most : how many results to return

    Returns
    -------
    Ordered by claims explained, then by the fewest departures from what is stated, then by prior, then by the order of
    specifications.
    """
    if not matched.targets:
        return ()
    score = scores(matched)
    allowed = np.ones(score.size, dtype=bool) if among is None else np.asarray(among, dtype=bool)
    group = distinct(matched.values)
    departs = {}
    out: list[Ranked] = []
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
            departs[i] = violates(matched.specs[i], stated)
        members.sort(key=lambda i: (len(departs[i]), -prior[i], matched.specs[i]))
        out.append(_ranked(matched, members, score=score, departures=departs[members[0]], prior=prior))
    out.sort(key=lambda r: (-round(r.score, 9), len(r.departures), -r.prior, r.spec))
    return tuple(out[:most])


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
