"""One trial's two-by-two table: the tests and intervals that its P value and its limits may come from."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.special import chdtrc, gammaln, ndtr

from metaudit.effects.convert import Converted
from metaudit.pooling.intervals import quantile


@dataclass(frozen=True)
class Table:
    """Events and people of two arms."""

    a: int
    n1: int
    c: int
    n2: int

    def __str__(self) -> str:
        """As a sentence needs it."""
        return f"{self.a}/{self.n1} against {self.c}/{self.n2}"


def table_of(rows: list[Converted] | tuple[Converted, ...]) -> Table | None:
    """The table of an analysis of one study with counts."""
    if len(rows) != 1:
        return None
    cells = [rows[0].get(n) for n in ("events_t", "n_t", "events_c", "n_c")]
    return None if any(math.isnan(x) for x in cells) else Table(*(int(x) for x in cells))


# Tests of the table itself; the others belong to an effect measure.
# Fisher's test adds up every table with the same margins; it is left out where there are more, which would take minutes.
_MOST_TABLES = 1_000_000
TABLE_TESTS = ("chi-square without correction", "chi-square with Yates's correction", "Fisher's exact test")


def p_values(t: Table) -> dict[str, float]:
    """P value of every usual test of the table, two-sided; tests that are not defined are left out."""
    out: dict[str, float] = {}
    n, m = t.n1 + t.n2, t.a + t.c
    if 0 < m < n:
        expected = t.n1 * m / n
        v = t.n1 * t.n2 * m * (n - m) / n**3
        out["chi-square without correction"] = float(chdtrc(1, (t.a - expected) ** 2 / v))
        out["chi-square with Yates's correction"] = float(chdtrc(1, max(0.0, abs(t.a - expected) - 0.5) ** 2 / v))
        if min(m, t.n1) - max(0, m - t.n2) < _MOST_TABLES:
            out["Fisher's exact test"] = _fisher(t)
    p1, p2 = t.a / t.n1, t.c / t.n2
    se = math.sqrt(p1 * (1 - p1) / t.n1 + p2 * (1 - p2) / t.n2)
    if se > 0:
        out["z test of the risk difference"] = _two_sided((p1 - p2) / se)
    a, b, c, d = (float(x) for x in (t.a, t.n1 - t.a, t.c, t.n2 - t.c))
    if 0 in (a, b, c, d):
        a, b, c, d = a + 0.5, b + 0.5, c + 0.5, d + 0.5
    out["z test of the log risk ratio"] = _two_sided(
        math.log(a * (c + d) / (c * (a + b))) / math.sqrt(1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))
    )
    out["z test of the log odds ratio"] = _two_sided(
        math.log(a * d / (b * c)) / math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)
    )
    return out


def _two_sided(z: float) -> float:
    return float(2 * ndtr(-abs(z)))


def _log_choose(n: int, k: int) -> float:
    return float(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))


def _fisher(t: Table) -> float:
    """Sum of the probabilities of all tables with the same margins that are no likelier than this one."""
    m = t.a + t.c
    support = range(max(0, m - t.n2), min(m, t.n1) + 1)
    logs = {x: _log_choose(t.n1, x) + _log_choose(t.n2, m - x) for x in support}
    top = max(logs.values())
    weights = {x: math.exp(v - top) for x, v in logs.items()}
    here = weights[t.a] * (1 + 1e-7)
    return min(1.0, sum(w for w in weights.values() if w <= here) / sum(weights.values()))


def risk_difference_intervals(t: Table, *, level: float) -> dict[str, tuple[float, float]]:
    """Intervals of the risk difference: Wald, and Wald with the continuity correction (1/n1 + 1/n2)/2 (Fleiss 1981)."""
    p1, p2 = t.a / t.n1, t.c / t.n2
    half = quantile(level, None) * math.sqrt(p1 * (1 - p1) / t.n1 + p2 * (1 - p2) / t.n2)
    correction = (1 / t.n1 + 1 / t.n2) / 2
    d = p1 - p2
    return {
        "Wald": (d - half, d + half),
        "Wald with continuity correction": (d - half - correction, d + half + correction),
    }
