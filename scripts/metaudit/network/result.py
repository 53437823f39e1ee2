"""One network of some rows: pooled, and everything that is said beside it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from metaudit.effects.convert import convert
from metaudit.effects.ready_made import ready_made_measures
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import DataError
from metaudit.formats.review import Analysis
from metaudit.formats.signs import clipped
from metaudit.formats.tables import Row, nearest
from metaudit.measures import MEASURES, Measure, measure_of
from metaudit.network.agree import Disagreement
from metaudit.network.designs import Decomposition, Interaction, decompose, interaction
from metaudit.network.evidence import Evidence, Pair
from metaudit.network.fit import PREDICTION, Network, check_choices, fit_network
from metaudit.network.from_rows import COMPARATOR, evidence_of_rows
from metaudit.network.ranking import Ranks, p_scores, ranks
from metaudit.network.splitting import WAYS, Split, node_split

COMPARES = tuple(code for code, m in MEASURES.items() if m.null is not None and m.kind not in ("correlation", "change"))
"""Measures that compare treatments."""
_USUAL_TAU2 = "REML"
_OF_DATA = (
    ("events", "n", ("OR", "RR", "RD")),
    ("events", "time", ("IRR", "IRD")),
    ("mean", "sd", ("MD", "SMD", "ROM")),
)


@dataclass(frozen=True)
class Choices:
    """How a table is read as a network and pooled.

    Attributes
    ----------
    measure, zero_cells, convention, distinct : ``from_rows.evidence_of_rows``; empty ``zero_cells`` is what is usual
    tau2, ci, level, multiarm : ``fit.fit_network``
    reference : that the others are compared with; empty: the treatment of most studies
    small_is_good : whether the smaller effect is the better one; None where nobody said, and then nothing is ranked
    pi : degrees of freedom of prediction intervals (``fit.PREDICTION``)
    splitting : how direct and indirect evidence are told apart (``splitting.WAYS``)
    """

    measure: str
    tau2: str | float | None = "REML"
    ci: str = "wald"
    level: float = 0.95
    multiarm: str = "full"
    zero_cells: str = ""
    convention: str = "escalc"
    reference: str = ""
    small_is_good: bool | None = None
    distinct: tuple[Pair, ...] = ()
    pi: str = "t-df"
    splitting: str = "back-calculation"


@dataclass(frozen=True, eq=False)
class NetworkResult:
    """A fitted network with what is said beside it.

    Attributes
    ----------
    network, choices : the fit, and how it was asked for
    reference : the treatment that the others are compared with
    decomposition, interaction : of heterogeneity and inconsistency
    splits : direct against indirect evidence of every pair
    disagreements : comparisons that the arms of the same study do not give
    """

    network: Network
    choices: Choices
    reference: str
    decomposition: Decomposition
    interaction: Interaction
    splits: tuple[Split, ...]
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return measure_of(self.network.evidence.measure)

    @cached_property
    def scores(self) -> dict[str, float]:
        """P-score of each treatment; empty where nobody said which effects are good."""
        good = self.choices.small_is_good
        return {} if good is None else p_scores(self.network, small_is_good=good)

    @cached_property
    def ranks(self) -> Ranks | None:
        """Rank probabilities; None where nobody said which effects are good."""
        good = self.choices.small_is_good
        return None if good is None else ranks(self.network, small_is_good=good)

    @property
    def order(self) -> tuple[str, ...]:
        """The treatments, the best first; in alphabetic order where nobody said which effects are good."""
        return tuple(sorted(self.network.treatments, key=lambda t: -self.scores.get(t, 0.0)))

    @property
    def both_ways(self) -> tuple[Split, ...]:
        """The pairs with direct and with indirect evidence."""
        return tuple(s for s in self.splits if s.k and math.isfinite(s.indirect))


def network_of_rows(rows: Sequence[Row], choices: Choices, *, file: str = "extraction.csv") -> NetworkResult:
    """Fit the network of some rows.

    Parameters
    ----------
    rows : arms or comparisons, those of one outcome at one time
    choices : how
    file : named in messages

    Raises
    ------
    InputError
        for what cannot be pooled, with the rows it stands in.
    DataError
        for choices that are not known, a network that is disconnected or has one study only, and a reference that it lacks.
    """
    measure = check_measure(choices.measure)
    check_choices(choices.tau2, ci=choices.ci, level=choices.level)
    rule = zero_cells_from(choices.zero_cells) if choices.zero_cells else None
    evidence, disagreements = evidence_of_rows(
        rows, measure.code, zero_cells=rule, convention=choices.convention, distinct=choices.distinct, file=file
    )
    _check_size(evidence, file)
    network = fit_network(
        evidence, tau2=choices.tau2, ci=choices.ci, level=choices.level, multiarm=choices.multiarm
    )  # fmt: skip
    reference = choices.reference or most_studied(evidence)
    if reference not in network.treatments:
        raise DataError(f"the network has no {reference!r}. {nearest(reference, network.treatments)}")
    return NetworkResult(
        network, choices, reference, decompose(evidence, detach=False), interaction(evidence, tau2=choices.tau2),
        node_split(network, way=choices.splitting), disagreements,
    )  # fmt: skip


def check_measure(code: str) -> Measure:
    """A measure that compares treatments.

    Raises
    ------
    DataError
        for any other.
    """
    if code not in COMPARES:
        raise DataError(f"{clipped(code)!r} is no measure that compares treatments. {nearest(code, COMPARES)}")
    return measure_of(code)


def _check_size(evidence: Evidence, shown: str) -> None:
    if len(evidence.studies) == 1:
        name = evidence.studies[0].name
        out = "".join(f" {study} is not used: {why}." for study, why in evidence.left_out[:5])
        raise DataError(f"{shown}: there is one study that can be used, {name}; a network needs two or more.{out}")


def most_studied(evidence: Evidence) -> str:
    """The treatment of most studies; of several, the first in alphabetic order."""
    counts = Counter(t for s in evidence.studies for t in s.treatments)
    return max(evidence.treatments, key=lambda t: counts[t])


def usual_measures(rows: Sequence[Row]) -> tuple[str, ...]:
    """The measures that arms are usually compared by, by what most of them report; the conventional one first.

    An arm that lacks a number is no reason to take the others for ready-made effects: its study is left out, and said to be.

    Parameters
    ----------
    rows : of the network

    Returns
    -------
    Codes; empty where a row is a comparison, or no arm reports counts, rates or means: then effects are taken as they are.
    """
    if any(r.text(COMPARATOR) for r in rows):
        return ()
    reporting = {codes: sum(bool(r.text(x) and r.text(y)) for r in rows) for x, y, codes in _OF_DATA}
    most = max(reporting, key=lambda codes: reporting[codes])
    given = sum(bool(r.text("effect")) and not any(r.text(x) and r.text(y) for x, y, _ in _OF_DATA) for r in rows)
    return most if reporting[most] > given else ()


def conventional_choices(analysis: Analysis, rows: Sequence[Row], *, level: float) -> Choices:
    """What the authors of a network state, with the usual value of what they leave out.

    Parameters
    ----------
    analysis : with the key ``network``
    rows : those that it selects; they say what is compared where no measure is stated
    level : of intervals where none is stated

    Raises
    ------
    DataError
        where a stated choice is not computed for networks.
    """
    method, own = analysis.method, analysis.syntheses["network"]
    model = str(method.get("model", "random"))
    if model not in ("random", "common"):
        raise DataError(f"model {model!r} is not computed for networks; random and common are")
    measures = analysis.measures or usual_measures(rows) or ready_made_measures([convert(r) for r in rows])
    return Choices(
        measure=measures[0], tau2=None if model == "common" else method.get("tau2", _USUAL_TAU2),
        ci=str(method.get("ci", "wald")), level=float(method.get("level", level)), multiarm=str(method.get("multiarm", "full")),
        zero_cells=str(zero_cells_from(method["zero_cells"])) if "zero_cells" in method else "",
        convention=_convention(method), reference=str(own.get("reference", "")),
        small_is_good={"low": True, "high": False}.get(analysis.favours),
        distinct=tuple((str(a), str(b)) for a, b in own.get("distinct", ())),
        pi=_known(method, "pi", PREDICTION), splitting=_known(method, "splitting", WAYS),
    )  # fmt: skip


def _convention(method: Mapping[str, Any]) -> str:
    """The way of netmeta with a study's zero cells is stated as the variance of R's meta."""
    return "meta" if method.get("variance") == "meta" else "escalc"


def _known(method: Mapping[str, Any], key: str, values: Sequence[str]) -> str:
    found = str(method.get(key, values[0]))
    if found not in values:
        raise DataError(f"{key} {found!r} is not known for networks; choose one of {', '.join(values)}")
    return found


def network_result(
    analysis: Analysis, rows: Sequence[Row], *, level: float, file: str = "extraction.csv"
) -> NetworkResult:
    """The network of one analysis of a review, fitted as its authors state; ``conventional_choices`` fills the rest.

    Parameters
    ----------
    analysis : with the key ``network``
    rows : those that it selects
    level : of intervals where none is stated
    file : named in messages

    Raises
    ------
    InputError, DataError
        as ``conventional_choices`` and ``network_of_rows``.
    """
    return network_of_rows(rows, conventional_choices(analysis, rows, level=level), file=file)
