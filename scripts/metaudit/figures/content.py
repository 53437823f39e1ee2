"""What a figure shows, as frozen values; a missing number is nan.

Effects are on the natural scale unless named ``yi``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAN = math.nan


@dataclass(frozen=True)
class Study:
    """One study of one analysis.

    Attributes
    ----------
    label : as printed at the left; unique within a figure
    estimate, ci_low, ci_high : natural scale
    weight : percent, of the primary fit
    subgroup : level it belongs to, empty when there are none
    certainty : certainty of its row (FORMATS.md); empty is taken as ``read``
    values : the numbers it was computed from, by column name (``events_t``, ``mean_c``, ``r`` ...); ``yi`` and its ``se``
    bias : judgement of each domain of the risk of bias, as typed (``low``, ``some concerns`` ...)
    """

    label: str
    estimate: float
    ci_low: float
    ci_high: float
    weight: float = NAN
    subgroup: str = ""
    certainty: str = "read"
    values: Mapping[str, float] = field(default_factory=dict)
    bias: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Fit:
    """One pooled result; the names are those of pooled.csv."""

    estimate: float
    ci_low: float
    ci_high: float
    k: int
    subgroup: str = ""
    model: str = ""
    tau2_method: str = ""
    ci_method: str = ""
    level: float = 0.95
    pi_low: float = NAN
    pi_high: float = NAN
    stat: float = NAN
    p: float = NAN
    q: float = NAN
    q_df: float = NAN
    q_p: float = NAN
    tau2: float = NAN
    i2: float = NAN


@dataclass(frozen=True)
class PrintedResult:
    """The pooled result as the paper prints it.

    Attributes
    ----------
    estimate, ci_low, ci_high : natural scale
    decimals : decimals to show it with, on the scale the figure shows
    method : the method it was printed for, when the paper prints several
    certainty : worst certainty of its numbers
    """

    estimate: float
    ci_low: float = NAN
    ci_high: float = NAN
    decimals: int = 2
    method: str = ""
    certainty: str = "read"


@dataclass(frozen=True)
class SubgroupTest:
    """The test for differences between subgroups."""

    q: float
    df: float
    p: float


@dataclass(frozen=True)
class ForestData:
    """Everything a forest plot shows.

    ``covariates`` names the moderators of a meta-regression, whose pooled result is an intercept.
    """

    title: str
    measure: str
    studies: tuple[Study, ...]
    pooled: Fit | None = None
    subgroups: tuple[Fit, ...] = ()
    subgroup_name: str = ""
    subgroup_test: SubgroupTest | None = None
    printed: PrintedResult | None = None
    favours: str = ""
    covariates: tuple[str, ...] = ()

    @property
    def domains(self) -> tuple[str, ...]:
        """Domains of the risk of bias that any study was judged in, in the order of the table; the overall judgement last."""
        domains = dict.fromkeys(domain for s in self.studies for domain in s.bias)
        judged = (d for d in domains if any(s.bias.get(d) for s in self.studies))
        return tuple(sorted(judged, key=lambda d: d.lower() == "overall"))
