"""Every number that a network meta-analysis prints, by its name: what a claim asks for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from metaudit.errors import DataError
from metaudit.network.designs import ChiSquared, Decomposition, Interaction, decompose, interaction
from metaudit.network.evidence import Evidence, Pair
from metaudit.network.fit import TAU2, Comparison, Network
from metaudit.network.ranking import Ranks, p_scores, ranks
from metaudit.network.splitting import Split, split_pair
from metaudit.pooling.intervals import quantile, two_sided_p

# What is asked of the whole network, of one treatment, and of a pair.
WHOLE = (
    "k", "treatments", "pairs", "comparisons", "designs", "multiarm", "tau2", "tau", "i2", "i2_low", "i2_high", "q", "q_df", "q_p", "q_within",
    "q_within_df", "q_within_p", "q_between", "q_between_df", "q_between_p", "interaction", "interaction_df", "interaction_p",
    "interaction_tau2", "interaction_tau",
)  # fmt: skip
OF_TREATMENT = ("p_score", "sucra", "mean_rank", "best", "rank")
OF_PAIR = (
    "estimate", "se", "ci_low", "ci_high", "z", "p", "pi_low", "pi_high", "k_direct", "proportion_direct", "direct", "direct_se",
    "indirect", "indirect_se", "difference", "difference_se", "difference_z", "difference_p", "direct_ci_low", "direct_ci_high",
    "direct_p", "indirect_ci_low", "indirect_ci_high", "indirect_p", "difference_ci_low", "difference_ci_high",
)  # fmt: skip
OF_DESIGN = ("q_within", "q_within_df", "q_within_p", "q_between", "q_between_df", "q_between_p")


class Parts:
    """Q in its parts and the test of inconsistency of some studies: no tau², interval or level of a fit changes them.

    Parameters
    ----------
    evidence : the studies
    """

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._interactions: dict[str | None, Interaction] = {}

    @cached_property
    def decomposition(self) -> Decomposition:
        """Q within and between designs."""
        return decompose(self._evidence, detach=False)

    @cached_property
    def detached(self) -> Decomposition:
        """The same with Q between designs that is left when each design in turn has effects of its own."""
        return decompose(self._evidence)

    def interaction(self, tau2: str | None) -> Interaction:
        """Design-by-treatment interaction at the tau² within designs of an estimator; None for 0."""
        if tau2 not in self._interactions:
            self._interactions[tau2] = interaction(self._evidence, tau2=tau2)
        return self._interactions[tau2]


@dataclass(frozen=True, eq=False)
class Values:
    """The numbers of one fitted network, each computed when it is first asked for.

    Only ``best``, the probability to be the best, is simulated, and that with more than three treatments.

    Attributes
    ----------
    network : fitted
    small_is_good : whether the smaller effect is the better one; only ranks need it
    pi : degrees of freedom of prediction intervals (``fit.PREDICTION``)
    way : how direct and indirect evidence are told apart (``splitting.WAYS``)
    parts : of the same studies, shared with other fits of them; its own where none are given
    """

    network: Network
    small_is_good: bool | None = None
    pi: str = "t-df"
    way: str = "back-calculation"
    parts: Parts | None = None

    def value(self, quantity: str, *treatments: str) -> float:
        """One number on the analysis scale; I² in percent; NaN where the network has none.

        Parameters
        ----------
        quantity : one of ``WHOLE``, of ``OF_TREATMENT`` with one treatment, or of ``OF_PAIR`` with two (the first minus the
            second)

        Raises
        ------
        DataError
            for a quantity that is not known, another number of treatments, a treatment that the network does not have,
            and a rank when the direction is not known.
        """
        kinds: tuple[tuple[tuple[str, ...], Callable[..., float]], ...] = (
            (WHOLE, self._whole), (OF_TREATMENT, self._of_treatment), (OF_PAIR, self._of_pair),
        )  # fmt: skip
        for wanted, (names, find) in enumerate(kinds):
            if quantity not in names:
                continue
            if len(treatments) != wanted:
                raise DataError(f"{quantity} is asked of {_SAID[wanted]}; {len(treatments)} were named")
            unknown = [t for t in treatments if t not in self.network.treatments]
            if unknown:
                raise DataError(f"the network has no {unknown[0]}; it has {', '.join(self.network.treatments)}")
            return find(quantity, *treatments)
        raise DataError(
            f"{quantity!r} is no quantity of a network; choose one of {', '.join((*WHOLE, *OF_TREATMENT, *OF_PAIR))}"
        )

    @cached_property
    def decomposition(self) -> Decomposition:
        """Q within and between designs."""
        return self._parts.decomposition

    @cached_property
    def _parts(self) -> Parts:
        return self.parts or Parts(self.network.evidence)

    def of_design(self, quantity: str, *treatments: str) -> float:
        """Q within one design, or Q between designs without it (Krahn et al. 2013).

        Parameters
        ----------
        quantity : one of ``OF_DESIGN``
        treatments : of the design, in any order

        Raises
        ------
        DataError
            for a quantity that no design has, and a design that no study has.
        """
        if quantity not in OF_DESIGN:
            raise DataError(f"{quantity!r} is no quantity of a design; choose one of {', '.join(OF_DESIGN)}")
        design = next((d for d in self.network.evidence.designs if set(d) == set(treatments)), None)
        if design is None:
            raise DataError(f"no study compares exactly {', '.join(treatments)}")
        within = quantity.startswith("q_within")
        found = self.decomposition.by_design[design] if within else self._parts.detached.detached[design]
        return _of_chi_squared(found, quantity)

    @cached_property
    def ranks(self) -> Ranks:
        """Rank probabilities."""
        return ranks(self.network, small_is_good=self._direction)

    @property
    def _direction(self) -> bool:
        if self.small_is_good is None:
            raise DataError("ranks need to know whether small or large effects are good; say so")
        return self.small_is_good

    @cached_property
    def _scores(self) -> dict[str, float]:
        return p_scores(self.network, small_is_good=self._direction)

    def _whole(self, quantity: str) -> float:
        n, evidence = self.network, self.network.evidence
        if quantity.startswith("interaction"):
            estimator = n.tau2_method if n.tau2_method in TAU2 else None
            test = self._parts.interaction(estimator)
            return {
                "interaction": test.q, "interaction_df": float(test.df), "interaction_p": test.p, "interaction_tau2": test.tau2,
                "interaction_tau": math.sqrt(test.tau2),
            }[quantity]  # fmt: skip
        if quantity in OF_DESIGN:
            parts = self.decomposition
            return _of_chi_squared(parts.within if quantity.startswith("q_within") else parts.between, quantity)
        known: dict[str, Callable[[], float]] = {
            "k": lambda: float(n.k), "treatments": lambda: float(len(n.treatments)), "pairs": lambda: float(len(evidence.direct_pairs)),
            "designs": lambda: float(len(evidence.designs)),
            "comparisons": lambda: float(sum(math.comb(len(s.treatments), 2) for s in evidence.studies)),
            "multiarm": lambda: float(sum(len(s.treatments) > 2 for s in evidence.studies)),
            "tau2": lambda: n.tau2, "tau": lambda: math.sqrt(n.tau2), "i2": lambda: n.i2, "i2_low": lambda: n.i2_limits[0],
            "i2_high": lambda: n.i2_limits[1], "q": lambda: n.q, "q_df": lambda: float(n.df), "q_p": lambda: n.q_p,
        }  # fmt: skip
        return known[quantity]()

    def _of_treatment(self, quantity: str, treatment: str) -> float:
        score = self._scores[treatment]
        if quantity in ("p_score", "sucra"):  # one and the same under normality (Rücker and Schwarzer 2015)
            return score
        if quantity == "mean_rank":
            return 1 + (1 - score) * (len(self.network.treatments) - 1)
        if quantity == "rank":  # by P-score, the best first
            return float(1 + sum(s > score for s in self._scores.values()))
        return float(self.ranks.probability[self.ranks.treatments.index(treatment), 0])

    def _of_pair(self, quantity: str, first: str, second: str) -> float:
        if quantity in _OF_COMPARISON:
            return float(getattr(self._compared(first, second), _OF_COMPARISON[quantity]))
        split = self._split(first, second)
        if quantity in _OF_SPLIT:
            return float(getattr(split, _OF_SPLIT[quantity]))
        name, _, rest = quantity.partition("_")
        estimate, se = getattr(split, name), getattr(split, f"se_{name}")
        df = None if self.network.ci == "wald" else float(self.network.df)
        if rest == "p":
            return two_sided_p(estimate / se, df)
        half = quantile(self.network.level, df) * se
        return float(estimate - half if rest == "ci_low" else estimate + half)

    def _compared(self, first: str, second: str) -> Comparison:
        return self.network.compare(first, second, pi=self.pi)

    def _split(self, first: str, second: str) -> Split:
        if (first, second) not in self._splits:
            self._splits[first, second] = split_pair(self.network, (first, second), way=self.way)
        return self._splits[first, second]

    @cached_property
    def _splits(self) -> dict[Pair, Split]:
        return {}


def _of_chi_squared(found: ChiSquared, quantity: str) -> float:
    """Q, its degrees of freedom or its P value, by the end of a quantity's name."""
    if quantity.endswith("_df"):
        return float(found.df)
    return found.p if quantity.endswith("_p") else found.q


_SAID = ("the whole network", "one treatment", "two treatments")
_OF_COMPARISON = {
    "estimate": "estimate", "se": "se", "ci_low": "ci_low", "ci_high": "ci_high", "z": "stat", "p": "p", "pi_low": "pi_low", "pi_high": "pi_high",
}  # fmt: skip
_OF_SPLIT = {
    "k_direct": "k", "proportion_direct": "proportion", "direct": "direct", "direct_se": "se_direct", "indirect": "indirect",
    "indirect_se": "se_indirect", "difference": "difference", "difference_se": "se_difference", "difference_z": "z", "difference_p": "p",
}  # fmt: skip
