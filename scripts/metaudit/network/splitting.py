"""Direct against indirect evidence for every comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metaudit.errors import DataError
from metaudit.network.evidence import Evidence, Pair, components
from metaudit.network.fit import TAU2, Network, fit_network
from metaudit.pooling.intervals import two_sided_p

WAYS = ("back-calculation", "without-designs")
REST_TAU2 = ("own", "whole")
_ALL_DIRECT = 1e-10  # what is left for indirect evidence is rounding


@dataclass(frozen=True)
class Split:
    """Direct, indirect and network evidence for ``first`` minus ``second``; NaN where there is none of a kind.

    Attributes
    ----------
    k : number of studies with direct evidence
    proportion : share of direct evidence: variance of the network estimate over that of the direct one (König, Krahn and
        Binder 2013, section 3.4)
    network, direct, indirect, difference : estimates; the difference is direct minus indirect
    se_network, se_direct, se_indirect, se_difference : their standard errors
    z, p : of the difference
    """

    first: str
    second: str
    k: int
    proportion: float
    network: float
    se_network: float
    direct: float
    se_direct: float
    indirect: float
    se_indirect: float

    @property
    def difference(self) -> float:
        """Direct minus indirect."""
        return self.direct - self.indirect

    @property
    def se_difference(self) -> float:
        """Its standard error: the two are independent."""
        return math.hypot(self.se_direct, self.se_indirect)

    @property
    def z(self) -> float:
        """Statistic of the difference."""
        return self.difference / self.se_difference

    @property
    def p(self) -> float:
        """P value of the difference."""
        return two_sided_p(self.z, None)


def node_split(network: Network, *, way: str = "back-calculation", rest_tau2: str = "own") -> tuple[Split, ...]:
    """Split every comparison of a network.

    Network and direct estimates are at the network's tau².

    Parameters
    ----------
    network : fitted
    way : ``back-calculation`` (König et al. 2013; Dias et al. 2010, section 3): the indirect estimate is what makes the
        network estimate the inverse-variance mean of direct and indirect; ``without-designs`` (separate indirect from direct design
        evidence; Efthimiou et al. 2019): it is the estimate of the network without the designs that have both treatments
    rest_tau2 : tau² of that smaller network with ``without-designs``: ``own`` is estimated from it by the network's estimator, as
        netmeta does; ``whole`` is the network's

    Raises
    ------
    DataError
        for a way that is not known.
    """
    return tuple(split_pair(network, pair, way=way, rest_tau2=rest_tau2) for pair in network.evidence.pairs)


def split_pair(network: Network, pair: Pair, *, way: str = "back-calculation", rest_tau2: str = "own") -> Split:
    """Split one comparison (see ``node_split``)."""
    for value, known, what in ((way, WAYS, "way of splitting"), (rest_tau2, REST_TAU2, "tau² of the rest")):
        if value not in known:
            raise DataError(f"{what} {value!r} is not known; choose one of {', '.join(known)}")
    whole = network.compare(*pair)
    k, direct, se = direct_estimate(network.evidence, pair, tau2=network.tau2)
    se *= math.sqrt(network.scale)
    share = min(1.0, (whole.se / se) ** 2) if k else 0.0
    if way == "without-designs":
        indirect, se_indirect = _without_designs(network, pair, own=rest_tau2 == "own")
    elif k == 0:
        indirect, se_indirect = whole.estimate, whole.se
    elif 1 - share <= _ALL_DIRECT:
        indirect, se_indirect = math.nan, math.nan
    else:
        indirect = (whole.estimate - share * direct) / (1 - share)
        se_indirect = whole.se / math.sqrt(1 - share)
    return Split(*pair, k, share, whole.estimate, whole.se, direct, se, indirect, se_indirect)


def direct_estimate(evidence: Evidence, pair: Pair, *, tau2: float) -> tuple[int, float, float]:
    """Number of studies with both treatments, their inverse-variance mean and its standard error; NaN without a study."""
    found = [s.contrast(*pair) for s in evidence.studies if set(pair) <= set(s.treatments)]
    if not found:
        return 0, math.nan, math.nan
    yi, vi = np.array(found).T
    w = 1 / (vi + tau2)
    return len(found), float(w @ yi / w.sum()), 1 / math.sqrt(float(w.sum()))


def _without_designs(network: Network, pair: Pair, *, own: bool) -> tuple[float, float]:
    """Estimate of the part of the network that is left without studies of both treatments; NaN when it has not both."""
    rest = network.evidence.keep(lambda s: not set(pair) <= set(s.treatments))
    part = next((p for p in components(rest) if set(pair) <= set(p)), None)
    if part is None:
        return math.nan, math.nan
    inside = rest.keep(lambda s: s.treatments[0] in part)
    estimator = network.tau2_method if own and network.tau2_method in TAU2 else network.tau2
    found = fit_network(inside, tau2=estimator, level=network.level, multiarm=network.multiarm).compare(*pair)
    return found.estimate, found.se * math.sqrt(network.scale)
