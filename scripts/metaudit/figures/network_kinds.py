"""The figures of an analysis that is a network, and of a sequential one, each from what the pipeline knows of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metaudit.figures.drawn import Drawn
    from metaudit.figures.inputs import AnalysisInput

# Each function imports what it draws with: the figures of a review without a network pay for none of it.
_SIDES = {"low": ("treatment", "control"), "high": ("control", "treatment")}


def draw_graph(data: AnalysisInput) -> Drawn | None:
    """Which treatments are compared, and how often; None for an analysis that is no network."""
    if data.network is None:
        return None
    from metaudit.figures.network_graph import draw

    return draw(data.network.network.evidence, data.title)


def draw_forest(data: AnalysisInput) -> Drawn | None:
    """Every treatment against the reference, from the network and from direct and indirect evidence."""
    found = data.network
    if found is None:
        return None
    from metaudit.figures.network_all import orders
    from metaudit.figures.network_forest import draw

    down = orders(found.network, found.scores)[1]
    return draw(found.network, data.title, splits=found.splits, reference=found.reference, order=down)


def draw_league(data: AnalysisInput) -> Drawn | None:
    """Every pair of treatments, from the network and from direct comparisons alone."""
    found = data.network
    if found is None:
        return None
    from metaudit.figures.network_all import orders
    from metaudit.figures.network_league import draw

    order, good = orders(found.network, found.scores)[0], found.choices.small_is_good
    return draw(found.network, data.title, splits=found.splits, order=order, small_is_good=good)


def draw_ranks(data: AnalysisInput) -> Drawn | None:
    """The probability of every rank; None where nobody said which effects are good."""
    found = data.network
    if found is None or found.choices.small_is_good is None:
        return None
    from metaudit.figures.network_ranks import draw
    from metaudit.figures.refitted import ranks_of

    ranks = ranks_of(data, found)
    if ranks is None:
        return None
    return draw(ranks, data.title, scores=found.scores, small_is_good=found.choices.small_is_good)


def draw_heat(data: AnalysisInput) -> Drawn | None:
    """Which design disagrees with which; None where no design can."""
    found = data.network
    if found is None:
        return None
    from metaudit.figures.network_heat import draw
    from metaudit.network.heat import net_heat

    return draw(net_heat(found.network.evidence, tau2=found.interaction.tau2), data.title)


def draw_sequential(data: AnalysisInput) -> Drawn | None:
    """Cumulative z against the boundaries; None for an analysis without a sequential one."""
    if not data.sequential_summary:
        return None
    from metaudit.figures.refitted import sequential_of
    from metaudit.figures.sequential import draw

    found = sequential_of(data)
    if found is None:
        return None
    return draw(found.analysis, data.title, favours=_SIDES.get(str(data.described.get("favours") or "")))
