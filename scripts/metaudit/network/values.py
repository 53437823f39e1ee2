"""Every number that a network meta-analysis prints, by its name: what a claim asks for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from metaudit.errors import DataError
from metaudit.network.designs import Decomposition, decompose, interaction
from metaudit.network.fit import TAU2, Comparison, Network
from metaudit.network.ranking import Ranks, p_scores, ranks
from metaudit.network.splitting import Split, split_pair

# What is asked of the whole network, of one treatment, and of a pair.
WHOLE = (
    "k", "treatments", "pairs", "designs", "multiarm", "tau2", "tau", "i2", "i2_low", "i2_high", "q", "q_df", "q_p", "q_within",
    "q_within_df", "q_within_p", "q_between", "q_between_df", "q_between_p", "interaction", "interaction_df", "interaction_p",
)  # fmt: skip
OF_TREATMENT = ("p_score", "sucra", "mean_rank", "best", "rank")
OF_PAIR = (
    "estimate", "se", "ci_low", "ci_high", "z", "p", "pi_low", "pi_high", "k_direct", "proportion_direct", "direct", "direct_se",
    "indirect", "indirect_se", "difference", "difference_se", "difference_z", "difference_p",
)  # fmt: skip


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
    """

    network: Network
    small_is_good: bool | None = None
    pi: str = "t-df"
    way: str = "back-calculation"

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
        return decompose(self.network.evidence, detach=False)

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
            test = interaction(evidence, tau2=estimator)
            return {"interaction": test.q, "interaction_df": float(test.df), "interaction_p": test.p}[quantity]
        if quantity.startswith(("q_within", "q_between")):
            part, _, rest = quantity.removeprefix("q_").partition("_")
            found = self.decomposition.within if part == "within" else self.decomposition.between
            return {"": found.q, "df": float(found.df), "p": found.p}[rest]
        known: dict[str, Callable[[], float]] = {
            "k": lambda: float(n.k), "treatments": lambda: float(len(n.treatments)), "pairs": lambda: float(len(evidence.direct_pairs)),
            "designs": lambda: float(len(evidence.designs)),
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
        return float(getattr(self._split(first, second), _OF_SPLIT[quantity]))

    def _compared(self, first: str, second: str) -> Comparison:
        return self.network.compare(first, second, pi=self.pi)

    def _split(self, first: str, second: str) -> Split:
        return split_pair(self.network, (first, second), way=self.way)


_SAID = ("the whole network", "one treatment", "two treatments")
_OF_COMPARISON = {
    "estimate": "estimate", "se": "se", "ci_low": "ci_low", "ci_high": "ci_high", "z": "stat", "p": "p", "pi_low": "pi_low", "pi_high": "pi_high",
}  # fmt: skip
_OF_SPLIT = {
    "k_direct": "k", "proportion_direct": "proportion", "direct": "direct", "direct_se": "se_direct", "indirect": "indirect",
    "indirect_se": "se_indirect", "difference": "difference", "difference_se": "se_difference", "difference_z": "z", "difference_p": "p",
}  # fmt: skip
