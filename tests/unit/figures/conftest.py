"""Made-up analyses of every kind, and a way to see where things stand in a drawn figure."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.text import Text

from metaudit.figures.content import Fit, ForestData, PrintedResult, Study, SubgroupTest
from metaudit.files import write_rows
from metaudit.measures import measure_of

if TYPE_CHECKING:
    from pathlib import Path

SLACK = 0.3
"""Points by which boxes may overlap: the rounding of the renderer."""
LONG = "A multicentre randomised double-blind placebo-controlled trial of something rather long"
EFFECTS = [
    "analysis",
    "row",
    "study",
    "year",
    "timepoint",
    "comparison",
    "subgroup",
    "measure",
    "yi",
    "vi",
    "estimate",
    "ci_low",
    "ci_high",
    "events_t",
    "n_t",
    "events_c",
    "n_c",
    "events",
    "n",
    "mean",
    "sd",
    "r",
    "certainty",
]
POOLED = [
    "analysis",
    "fit",
    "role",
    "subgroup",
    "measure",
    "model",
    "tau2_method",
    "ci_method",
    "level",
    "k",
    "estimate_yi",
    "se",
    "stat",
    "p",
    "q",
    "q_df",
    "q_p",
    "tau2",
    "i2",
    "estimate",
    "ci_low",
    "ci_high",
    "pi_low",
    "pi_high",
    "subgroup_q",
    "subgroup_df",
    "subgroup_p",
]
VALUES = {
    "counts": {"events_t": 12, "n_t": 1200, "events_c": 20, "n_c": 1190},
    "means": {"mean_t": 55.25, "sd_t": 7.5, "n_t": 155, "mean_c": 1075, "sd_c": 64, "n_c": 156},
    "rates": {"events_t": 7, "time_t": 1.34, "events_c": 11, "time_c": 1991.5},
    "proportion": {"events": 11, "n": 32},
    "mean": {"mean": 3.25, "sd": 1.5, "n": 40},
    "correlation": {"r": 0.187, "n": 109},
}


def _study(index: int, measure_code: str, generator: random.Random, *, label: int, certainty: str) -> Study:
    measure = measure_of(measure_code)
    yi, sei = generator.gauss(-0.2, 0.3), generator.uniform(0.1, 0.6)
    name = f"Study {index}"
    if measure_code in ("PR", "PAS", "PFT"):
        yi, sei = 0.4 + 0.1 * yi, 0.1 * sei
    natural = [measure.to_natural(v) for v in (yi, yi - 1.96 * sei, yi + 1.96 * sei)]
    return Study(
        label=f"{name} {LONG}"[:label] if label else name,
        estimate=natural[0],
        ci_low=natural[1],
        ci_high=natural[2],
        weight=generator.uniform(0.5, 12.0),
        subgroup="ab"[index % 2],
        certainty=certainty,
        values=VALUES.get(measure.kind, {}),
    )


def make_forest(
    k: int = 5,
    measure: str = "RR",
    *,
    label: int = 0,
    subgroups: bool = False,
    printed: PrintedResult | None = None,
    favours: str = "low",
    certainty: str = "read",
    title: str = "An analysis",
) -> ForestData:
    """A forest plot's data with ``k`` studies; the same arguments give the same data."""
    generator = random.Random(k)
    studies = tuple(_study(i, measure, generator, label=label, certainty=certainty) for i in range(k))
    middle = measure_of(measure).to_natural(-0.2 if measure != "PR" else 0.38)
    sides = [measure_of(measure).to_natural(v) for v in ((-0.35, -0.05) if measure != "PR" else (0.3, 0.45))]
    common = {"estimate": middle, "ci_low": sides[0], "ci_high": sides[1], "model": "random", "tau2_method": "REML"}
    common |= {"ci_method": "wald", "tau2": 0.0312, "q": 15.2, "q_df": k - 1.0, "q_p": 0.02, "i2": 45.1}
    pooled = Fit(k=k, stat=-2.1, p=0.036, pi_low=sides[0] * 0.9, pi_high=sides[1] * 1.1, **common)
    fits = tuple(Fit(k=math.ceil(k / 2), subgroup=level, **common) for level in "ab") if subgroups else ()
    return ForestData(
        title=title,
        measure=measure,
        studies=studies,
        pooled=pooled,
        subgroups=fits,
        subgroup_name="allocation" if subgroups else "",
        subgroup_test=SubgroupTest(4.51, 1, 0.034) if subgroups else None,
        printed=printed,
        favours=favours,
    )


class Seen:
    """A drawn figure as its viewer sees it; lengths are in points, y grows downward."""

    def __init__(self, scene) -> None:
        self.figure = scene.as_matplotlib()
        self.renderer = self.figure.canvas.get_renderer()
        self.width, self.height = scene.width, scene.height

    def named(self, name: str):
        """The one artist of this name."""
        found = [a for a in self.figure.artists if a.get_gid() == name]
        assert len(found) == 1, f"{len(found)} artists are named {name}"
        return found[0]

    def names(self, start: str) -> list[str]:
        """Names that start with ``start``."""
        return sorted(a.get_gid() for a in self.figure.artists if (a.get_gid() or "").startswith(start))

    def texts(self) -> list[Text]:
        """All texts."""
        return [a for a in self.figure.artists if isinstance(a, Text)]

    def words(self) -> list[str]:
        """What the texts say."""
        return [t.get_text() for t in self.texts()]

    def box(self, artist) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of an artist."""
        box = artist.get_window_extent(self.renderer)
        point = 72 / self.figure.dpi
        return box.x0 * point, self.height - box.y1 * point, box.x1 * point, self.height - box.y0 * point

    def collisions(self) -> list[tuple[str, str]]:
        """Pairs of texts that overlap, and texts that lie over a mark."""
        texts = [(t.get_text(), self.box(t)) for t in self.texts()]
        marks = [(n, self.box(self.named(n))) for p in ("interval-", "arrow-", "estimate-") for n in self.names(p)]
        every = [*texts, *marks]
        left, top, right, bottom = np.array([box for _, box in every]).T
        wide = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
        high = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
        over = np.triu((wide > SLACK) & (high > SLACK), k=1)
        over[len(texts) :] = False
        return [(every[a][0], every[b][0]) for a, b in zip(*np.nonzero(over), strict=True)]

    def outside(self) -> list[str]:
        """Texts that leave the sheet."""
        boxes = [(t.get_text(), self.box(t)) for t in self.texts()]
        return [w for w, b in boxes if b[0] < 0 or b[1] < 0 or b[2] > self.width or b[3] > self.height]

    def ticks(self) -> dict[str, float]:
        """Where the labels of the effect axis stand, by label."""
        spots = {}
        for name in self.names("tick-"):
            left, _, right, _ = self.box(self.named(name))
            spots[name.removeprefix("tick-")] = (left + right) / 2
        return spots


@pytest.fixture
def forest():
    """The maker of forest data."""
    return make_forest


@pytest.fixture
def seen():
    """The viewer of a drawn figure."""
    return Seen


@pytest.fixture
def folders(tmp_path: Path):
    """A review and its results, written from a few numbers: ``review, results, write``."""
    review, results = tmp_path / "data" / "bcg", tmp_path / "results" / "bcg"
    review.mkdir(parents=True)
    results.mkdir(parents=True)

    def write(k: int = 6, *, analyses: tuple[str, ...] = ("tb",), yaml: str = "", claims: str = "", **columns) -> None:
        listed = "".join(f"  {a}: {{title: Analysis {a}, favours: low}}\n" for a in analyses)
        (review / "review.yaml").write_text(yaml or f"id: bcg\nanalyses:\n{listed}", encoding="utf-8")
        if claims:
            header = "claim,analysis,quantity,subject,printed,scale,method,certainty\n"
            (review / "claims.csv").write_text(header + claims, encoding="utf-8")
        rows, fits, weights = [], [], []
        for analysis in analyses:
            for i in range(k):
                yi = -0.5 + 0.1 * i
                row = {"analysis": analysis, "row": i + 2, "study": f"Study {i}", "measure": "RR", "yi": yi, "vi": 0.04}
                row |= {"estimate": math.exp(yi), "ci_low": math.exp(yi - 0.392), "ci_high": math.exp(yi + 0.392)}
                rows.append(row | VALUES["counts"] | {"certainty": "read"} | columns)
                weights.append({"analysis": analysis, "row": i + 2, "study": f"Study {i}", "weight": 100 / k})
            fit = {"analysis": analysis, "fit": 1, "role": "primary", "measure": "RR", "model": "random", "level": 0.95}
            fit |= {"k": k, "estimate_yi": -0.25, "estimate": 0.78, "ci_low": 0.66, "ci_high": 0.91, "i2": 12.5}
            fits.append(fit | {"tau2_method": "DL", "ci_method": "wald", "q": 5.7, "q_df": k - 1, "q_p": 0.33})
        write_rows(results / "effects.csv", EFFECTS, rows)
        write_rows(results / "pooled.csv", POOLED, fits)
        write_rows(results / "weights.csv", ["analysis", "row", "study", "weight"], weights)

    return review, results, write
