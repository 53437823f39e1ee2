"""Level lines of a function on a grid, and the straight line that crosses them at right angles.

Copas and Shi 2001 read the adjusted effect along the line that is orthogonal to the contours of the effect over the
selection parameters; the R package metasens finds that line by regression through the points of each contour. The levels
are R's "pretty" numbers (Becker, Chambers and Wilks 1988).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from metaudit.effects.zero_cells import Floats

Node = tuple[str, int, int]  # an edge of the grid: along x ("h") or along y ("v") from a grid point


@dataclass(frozen=True)
class Contour:
    """A level line with the straight line through its points.

    Attributes
    ----------
    level : the level
    x, y : points where it crosses the edges of the grid; the first again at the end when it is closed
    slope, intercept : least-squares line y = intercept + slope x; NaN for fewer than two different x
    adjusted_r2 : adjusted R² of that line; -inf where it is not defined
    """

    level: float
    x: Floats
    y: Floats
    slope: float
    intercept: float
    adjusted_r2: float


def pretty(low: float, high: float, n: int = 10) -> list[float]:
    """About ``n`` steps of 1, 2, 5 or 10 times a power of ten that cover a range."""
    cell = (high - low) / n
    if cell <= 1e-14 * max(abs(low), abs(high)):
        return [low]
    base = 10.0 ** math.floor(math.log10(cell))
    unit = base
    for factor, bias in ((2, 1.5), (5, 2.75), (10, 1.5)):
        if factor * base - cell < bias * (cell - unit):
            unit = factor * base
    first, last = math.floor(low / unit + 1e-7), math.ceil(high / unit - 1e-7)
    return [i * unit for i in range(first, last + 1)]


def contours(x: Floats, y: Floats, z: Floats, *, levels: list[float]) -> list[Contour]:
    """Level lines of ``z`` over the grid, straight between the edges.

    Parameters
    ----------
    x, y : grid, shapes ``(n,)`` and ``(m,)``, ascending
    z : values, shape ``(n, m)``
    levels : levels to draw
    """
    out = []
    for level in levels:
        nodes = _crossings(x, y, z, level=level)
        for line in _lines(_links(nodes, z.shape)):
            points = np.array([nodes[node] for node in line])
            out.append(_with_line(level, points[:, 0], points[:, 1]))
    return out


def _crossings(x: Floats, y: Floats, z: Floats, *, level: float) -> dict[Node, tuple[float, float]]:
    found: dict[Node, tuple[float, float]] = {}
    above = z - level
    above[above == 0] = 1e-14 * float(np.ptp(z))  # a value on the level counts as above it
    for kind, first, second in (("h", above[:-1], above[1:]), ("v", above[:, :-1], above[:, 1:])):
        for i, j in np.argwhere(first * second < 0):
            f = float(first[i, j] / (first[i, j] - second[i, j]))
            if kind == "h":
                found[kind, int(i), int(j)] = (float(x[i] + f * (x[i + 1] - x[i])), float(y[j]))
            else:
                found[kind, int(i), int(j)] = (float(x[i]), float(y[j] + f * (y[j + 1] - y[j])))
    return found


def _links(nodes: dict[Node, tuple[float, float]], shape: tuple[int, ...]) -> dict[Node, list[Node]]:
    """Which crossings are joined: the two of a cell, or, when there are four, neighbours in order of x."""
    links: dict[Node, list[Node]] = {node: [] for node in nodes}
    for i in range(shape[0] - 1):
        for j in range(shape[1] - 1):
            edges: list[Node] = [("h", i, j), ("v", i, j), ("h", i, j + 1), ("v", i + 1, j)]
            here = sorted((e for e in edges if e in nodes), key=lambda e: nodes[e])
            for a, b in zip(here[::2], here[1::2], strict=False):
                links[a].append(b)
                links[b].append(a)
    return links


def _lines(links: dict[Node, list[Node]]) -> list[list[Node]]:
    """Chains of joined crossings, open ones from an end; a closed one repeats its first point."""
    left = dict(links)
    out: list[list[Node]] = []
    for start in sorted(links, key=lambda node: (len(links[node]), node)):
        if start not in left or not links[start]:
            continue
        chain = [start]
        del left[start]
        while step := next((n for n in links[chain[-1]] if n in left), None):
            chain.append(step)
            del left[step]
        if len(chain) > 2 and chain[0] in links[chain[-1]]:
            chain.append(chain[0])
        out.append(chain)
    return out


def _with_line(level: float, x: Floats, y: Floats) -> Contour:
    dx, dy = x - x.mean(), y - y.mean()
    sxx = float(dx @ dx)
    if sxx <= 1e-24:
        return Contour(level, x, y, math.nan, math.nan, -math.inf)
    slope = float(dx @ dy) / sxx
    intercept = float(y.mean() - slope * x.mean())
    total, n = float(dy @ dy), x.size
    if n < 3 or total <= 1e-24:
        return Contour(level, x, y, slope, intercept, -math.inf)
    rest = float(np.sum((dy - slope * dx) ** 2))
    return Contour(level, x, y, slope, intercept, 1 - (rest / (n - 2)) / (total / (n - 1)))


def orthogonal_slope(lines: list[Contour]) -> float:
    """Slope of the line at right angles to the contours: their slopes averaged by their numbers of points; else NaN."""
    good = [c for c in lines if c.adjusted_r2 > 0]
    if not good:
        return math.nan
    weights = np.array([float(c.x.size) for c in good])
    mean = float(weights @ np.array([c.slope for c in good]) / weights.sum())
    return -1 / mean if mean else math.nan
