"""What a network meta-analysis pools: studies that compare some of several treatments, with the covariance inside each study."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

import numpy as np

from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

Pair = tuple[str, str]


@dataclass(frozen=True, eq=False)
class Study:
    """One study with two or more arms.

    Attributes
    ----------
    name : label of the study
    treatments : of its arms, shape ``(m,)``, each once
    values : outcome of each arm on the analysis scale, shape ``(m,)``; only differences between arms matter
    covariance : of ``values``, shape ``(m, m)``; only variances and covariances of differences matter, so that any
        constant may have been added to all of it. Independent arms have a diagonal one.
    """

    name: str
    treatments: tuple[str, ...]
    values: Floats
    covariance: Floats

    @property
    def design(self) -> tuple[str, ...]:
        """The set of treatments that the study compares, in order: its design (Higgins et al. 2012, section 2)."""
        return tuple(sorted(self.treatments, key=sort_key))

    def contrast(self, first: str, second: str) -> tuple[float, float]:
        """Effect of ``first`` minus ``second`` and its sampling variance."""
        i, j = self.treatments.index(first), self.treatments.index(second)
        v = self.covariance
        return float(self.values[i] - self.values[j]), float(v[i, i] + v[j, j] - 2 * v[i, j])


@dataclass(frozen=True, eq=False)
class Evidence:
    """The studies of one network.

    Attributes
    ----------
    measure : code of the effect measure (``OR``, ``RR``, ``MD`` ...)
    studies : those that can be pooled, in the order given
    left_out : studies and arms that cannot, each as (study, reason)
    corrected : studies to whose cells something was added
    """

    measure: str
    studies: tuple[Study, ...]
    left_out: tuple[tuple[str, str], ...] = field(default=())
    corrected: tuple[str, ...] = field(default=())

    @property
    def treatments(self) -> tuple[str, ...]:
        """Every treatment, in alphabetic order whatever the case of its letters."""
        return tuple(sorted({t for s in self.studies for t in s.treatments}, key=sort_key))

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """Every pair of treatments, each once, in the order of ``treatments``."""
        return tuple(combinations(self.treatments, 2))

    @property
    def direct_pairs(self) -> tuple[Pair, ...]:
        """The pairs that some study compares, in the same order."""
        compared = {pair for s in self.studies for pair in combinations(s.design, 2)}
        return tuple(pair for pair in self.pairs if pair in compared)

    @property
    def designs(self) -> dict[tuple[str, ...], tuple[Study, ...]]:
        """The studies of each design, in the order of the designs."""
        found: dict[tuple[str, ...], list[Study]] = defaultdict(list)
        for study in self.studies:
            found[study.design].append(study)
        return {d: tuple(found[d]) for d in sorted(found, key=lambda d: [sort_key(t) for t in d])}

    def keep(self, wanted: Callable[[Study], bool]) -> Evidence:
        """The same network with some of its studies; what is left may be disconnected, or empty."""
        return replace(self, studies=tuple(s for s in self.studies if wanted(s)))

    def without_arm(self, study: str, treatment: str) -> Evidence:
        """The same network without one arm of one study; a study left with a single arm is left out.

        Raises
        ------
        DataError
            when there is no such arm.
        """
        kept, found = [], False
        for s in self.studies:
            if s.name != study or treatment not in s.treatments:
                kept.append(s)
                continue
            found = True
            stay = [i for i, t in enumerate(s.treatments) if t != treatment]
            if len(stay) > 1:
                names = tuple(s.treatments[i] for i in stay)
                kept.append(Study(s.name, names, s.values[stay], s.covariance[np.ix_(stay, stay)]))
        if not found:
            raise DataError(f"study {study} has no arm {treatment}")
        return replace(self, studies=tuple(kept))


def sort_key(name: str) -> tuple[str, str]:
    """Alphabetic order whatever the case; capital letters first among names that differ by case only."""
    return name.casefold(), name


def components(evidence: Evidence) -> tuple[tuple[str, ...], ...]:
    """The parts of a network that no study connects, the largest first; one part when the network is connected."""
    part = {t: t for t in evidence.treatments}

    def root(t: str) -> str:
        while part[t] != t:
            part[t] = part[part[t]]
            t = part[t]
        return t

    for study in evidence.studies:
        first = root(study.treatments[0])
        for other in study.treatments[1:]:
            part[root(other)] = first
    groups: dict[str, list[str]] = defaultdict(list)
    for t in evidence.treatments:
        groups[root(t)].append(t)
    return tuple(sorted((tuple(g) for g in groups.values()), key=lambda g: (-len(g), [sort_key(t) for t in g])))


def part_with(evidence: Evidence, treatment: str) -> Evidence:
    """The part of a network that a treatment belongs to.

    Raises
    ------
    DataError
        when no study has the treatment.
    """
    part = next((p for p in components(evidence) if treatment in p), None)
    if part is not None:
        return evidence.keep(lambda s: s.treatments[0] in part)
    raise DataError(f"no study has the treatment {treatment}; there are {', '.join(evidence.treatments)}")


def check_connected(evidence: Evidence) -> None:
    """Refuse what cannot be one network.

    Raises
    ------
    DataError
        for a network without studies, and for one of several parts, which are named.
    """
    if not evidence.studies:
        reasons = "".join(f"; {study}: {why}" for study, why in evidence.left_out[:5])
        raise DataError(f"there is no study to pool{reasons}")
    parts = components(evidence)
    if len(parts) > 1:
        named = " | ".join(", ".join(p) for p in parts)
        raise DataError(
            f"the network falls into {len(parts)} parts that no study connects: {named}; pool each part on its own, or "
            "check for a treatment spelled two ways"
        )


def treatments_of(studies: Iterable[Study], order: Sequence[str]) -> tuple[str, ...]:
    """The treatments of some studies, in a given order."""
    present = {t for s in studies for t in s.treatments}
    return tuple(t for t in order if t in present)
