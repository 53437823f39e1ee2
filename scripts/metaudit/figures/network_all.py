"""Every figure of one network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from metaudit.figures import network_forest, network_graph, network_heat, network_league, network_ranks
from metaudit.network.heat import net_heat

if TYPE_CHECKING:
    from metaudit.figures.drawn import Drawn
    from metaudit.network.fit import Network
    from metaudit.network.ranking import Ranks
    from metaudit.network.splitting import Split


def orders(network: Network, scores: Mapping[str, float] | None) -> tuple[Sequence[str], Sequence[str]]:
    """Order of the treatments in a league table and in a forest plot: the best first, where it is known which effects are good.

    Parameters
    ----------
    network : fitted
    scores : P-scores; none where nobody said which effects are good: then in alphabetic order, and by their effects
    """
    names = network.treatments
    if scores:
        best: Sequence[str] = sorted(names, key=lambda t: -scores[t])
        return best, best
    return names, sorted(names, key=lambda t: network.effects[names.index(t)])


def network_figures(
    network: Network,
    title: str,
    *,
    splits: Sequence[Split],
    reference: str,
    ranks: Ranks | None = None,
    scores: Mapping[str, float] | None = None,
    heat_tau2: float = 0.0,
    small_is_good: bool | None = None,
) -> tuple[list[Drawn], list[str]]:
    """Draw what a network has.

    Parameters
    ----------
    network : fitted
    title : of the figures
    splits : direct and indirect evidence of its pairs
    reference : of the forest plot
    ranks, scores, small_is_good : of the treatments; None where nobody said which effects are good
    heat_tau2 : tau² of the net heat plot, that within designs

    Returns
    -------
    The figures, and a sentence for each that there is nothing for.
    """
    order, down = orders(network, scores)
    drawn = [
        network_graph.draw(network.evidence, title),
        network_forest.draw(network, title, splits=splits, reference=reference, order=down),
        network_league.draw(network, title, splits=splits, order=order, small_is_good=small_is_good),
    ]
    remarks = []
    if ranks is not None and scores and small_is_good is not None:
        drawn.append(network_ranks.draw(ranks, title, scores=scores, small_is_good=small_is_good))
    else:
        remarks.append("No figure of ranks: it was not said whether small values are good (--small-values).")
    heat = network_heat.draw(net_heat(network.evidence, tau2=heat_tau2), title)
    if heat is not None:
        drawn.append(heat)
    else:
        remarks.append("No net heat plot: no design can disagree with another.")
    return drawn, remarks
