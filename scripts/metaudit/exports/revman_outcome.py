"""An analysis as RevMan sees it: its settings, its studies and its totals."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from scipy.special import ndtri

from metaudit.effects.convert import Converted
from metaudit.exports.content import Part
from metaudit.measures import Measure
from metaudit.presets import load_presets
from metaudit.specs import Spec


@dataclass(frozen=True)
class Settings:
    """How RevMan is told to pool: ``method`` is MH, IV or PETO."""

    measure: Measure
    method: str
    random: bool
    level: float

    @property
    def spec(self) -> Spec:
        """RevMan's specification for these settings."""
        preset = load_presets()["revman5"]
        base = preset.spec(self.measure.code, model="random" if self.random else "common", level=self.level)
        if self.method != "IV":
            return base
        if self.random:
            return replace(base, q="inverse-variance")
        return replace(base, model="common", counts="", rd_variance="")


@dataclass(frozen=True)
class Line:
    """One study: its label and cells as the file prints them, and its effect on the analysis scale (NaN: not estimable)."""

    row: Converted
    label: str
    cells: dict[str, str]
    yi: float
    se: float
    weight: float

    @property
    def estimable(self) -> bool:
        """Whether RevMan can compute an effect."""
        return not math.isnan(self.yi)


@dataclass(frozen=True)
class Total:
    """A pooled result on the analysis scale; NaN where RevMan has none."""

    estimate: float = math.nan
    ci_low: float = math.nan
    ci_high: float = math.nan
    z: float = math.nan
    p: float = math.nan
    se: float = math.nan
    q: float = math.nan
    q_df: int = 0
    q_p: float = math.nan
    i2: float = math.nan
    tau2: float = math.nan
    k: int = 0


@dataclass(frozen=True)
class Group:
    """A subgroup, or all studies where an analysis has none (then without a name)."""

    name: str
    lines: tuple[Line, ...]
    total: Total

    def sum(self, column: str) -> int:
        """People or events over all studies, those without an effect included."""
        return round(math.fsum(float(line.cells.get(column) or 0) for line in self.lines))

    @property
    def weight(self) -> float:
        """Share of the overall result, percent."""
        return math.fsum(line.weight for line in self.lines)


@dataclass(frozen=True)
class Outcome:
    """One analysis as RevMan sees it."""

    part: Part
    settings: Settings
    groups: tuple[Group, ...]
    total: Total
    between: Total = field(default_factory=Total)

    @property
    def lines(self) -> list[Line]:
        """Every study."""
        return [line for g in self.groups for line in g.lines]

    @property
    def grouped(self) -> bool:
        """Whether it has subgroups."""
        return bool(self.part.analysis.subgroups)

    def sum(self, column: str) -> int:
        """People or events over all studies."""
        return sum(g.sum(column) for g in self.groups)


def limits(line: Line, level: float) -> tuple[float, float]:
    """Confidence limits of one study on the analysis scale."""
    half = float(ndtri(0.5 + level / 2)) * line.se
    return line.yi - half, line.yi + half
