"""The kinds of figures that a page shows, and which of them a review has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from metaudit.tables.reading import Row, rows_if_any

# What each kind is called and how it is read, in the order of a page; other kinds follow under their own name.
KINDS = {
    "network-graph": (
        "Network",
        "Treatments as discs, direct comparisons as lines; both grow with the number of studies.",
    ),
    "network-league": (
        "League table",
        "Every treatment against every other: below the diagonal from the whole network, above it from direct comparisons alone.",
    ),
    "network-forest": (
        "Forest plot of the network",
        "Every treatment against the reference; below it, direct and indirect evidence where there are both.",
    ),
    "network-ranks": ("Ranks", "How probable each rank is for each treatment."),
    "network-heat": (
        "Net heat plot",
        "Which design disagrees with which: warm where detaching the design of the column takes inconsistency away.",
    ),
    "forest": ("Forest plot", "Each study with its interval, and the pooled result below as a diamond."),
    "sequential": (
        "Trial sequential analysis",
        "The cumulative z after every trial against the boundaries that allow for looking repeatedly, and the required size.",
    ),
    "numberline": (
        "Printed against ours",
        "Every printed number of this analysis as the interval it stands for, and where ours lies.",
    ),
    "curve": (
        "Specification curve",
        "The result under every usual way of pooling, from low to high; below, the choices behind each.",
    ),
    "gosh": ("Subsets of the studies", "The result of every subset of the studies against its heterogeneity."),
    "funnel": (
        "Funnel plot",
        "Effects against their standard errors; a lopsided cloud hints at studies not published.",
    ),
    "baujat": ("Baujat plot", "Studies to the right add to heterogeneity; studies at the top move the result."),
    "radial": ("Radial plot", "Standardised effects against precision; the slope is the pooled result."),
    "labbe": ("L'Abbé plot", "Event rates of the two groups; the curve is the pooled effect."),
    "pvalue": ("P-value function", "For every hypothetical effect, the P value with which the data speak against it."),
    "bubble": ("Meta-regression", "Effects against a moderator, with the fitted line and its band."),
    "compatible": ("Compatible tables", "Every set of counts that gives the printed result."),
    "forest-cumulative": ("Cumulative forest plot", "The pooled result as the studies came in, one by one."),
    "forest-leave-one-out": ("Leave-one-out forest plot", "The pooled result without one study at a time."),
    "influence": ("Influence panel", "How far each study pulls the result; a study beyond the lines stands out."),
}
FOLDER = "figures"


def figure_rows(folder: Path) -> tuple[Row, ...]:
    """Rows of ``figures/index.csv``, and without it the SVG files of the known kinds, by analysis and kind."""
    listed = rows_if_any(folder / "index.csv")
    return listed or tuple(_unlisted(folder))


def _unlisted(folder: Path) -> Iterator[Row]:
    for path in sorted(folder.glob("*.*.svg")):
        analysis, kind = path.stem.split(".", 1)
        if kind in KINDS:
            yield {"analysis": analysis, "figure": kind, "file": path.name}
