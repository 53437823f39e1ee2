"""The fits that the figures of networks and sequential analyses are drawn from: those behind the result tables, made again.

They take a few milliseconds. The rank probabilities, which take a million draws, are read from ``network_treatments.csv``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.figures.inputs import AnalysisInput, number

if TYPE_CHECKING:
    from metaudit.network.ranking import Ranks
    from metaudit.network.result import NetworkResult
    from metaudit.sequential_result import Sequenced


def network_of(data: AnalysisInput) -> NetworkResult | None:
    """The network of an analysis as the pool stage fitted it; None where it is none, or could not be pooled.

    Parameters
    ----------
    data : everything about the analysis
    """
    summary = next((r for r in data.network_summary if r["role"] == "primary" and r["k"]), None)
    if summary is None or data.typed is None:
        return None
    from metaudit.formats.select import select_rows
    from metaudit.network.result import network_result

    analysis = data.typed.analyses[data.analysis]
    return network_result(analysis, select_rows(analysis, data.typed.rows)[0], level=number(summary, "level"))


def ranks_of(data: AnalysisInput, found: NetworkResult) -> Ranks | None:
    """The rank probabilities of a network; None where nobody said which effects are good.

    Parameters
    ----------
    data : everything about the analysis
    found : its network
    """
    rows = {r["treatment"]: r for r in data.network_treatments if r["ranks"]}
    if not rows:
        return None
    import numpy as np

    from metaudit.network.ranking import Ranks

    names = found.network.treatments
    shares = np.array([[float(p) for p in rows[t]["ranks"].split("; ")] for t in names])
    return Ranks(names, shares, exact=rows[names[0]]["exact"] == "yes")


def sequential_of(data: AnalysisInput) -> Sequenced | None:
    """The sequential analysis of an analysis as the pool stage made it; None where it has none.

    Parameters
    ----------
    data : everything about the analysis
    """
    summary = next((r for r in data.sequential_summary if r["k"]), None)
    if summary is None or data.typed is None or data.primary is None:
        return None
    from metaudit.analyses import analysis_rows
    from metaudit.effects.convert import convert
    from metaudit.sequential_result import sequential_result

    analysis = data.typed.analyses[data.analysis]
    rows = analysis_rows(analysis, [convert(r) for r in data.typed.rows])
    return sequential_result(analysis, rows, level=number(data.primary, "level"))
