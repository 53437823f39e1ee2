"""As reported -> as needed: spreads, percentages and test statistics, every step logged as a route."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from scipy.special import stdtrit

from metaudit.formats.tables import Row

_NUMERIC = (
    "n_t", "n_c", "n", "events_t", "events_c", "events", "time_t", "time_c", "time", "mean_t", "mean_c", "mean",
    "sd_t", "sd_c", "sd", "sd_change", "n_pairs", "r_pre_post", "r", "effect", "se", "variance",
)  # fmt: skip


@dataclass
class Converted:
    """One row with the numbers an effect size needs.

    Attributes
    ----------
    row : the row as given
    values : numbers, as given or converted
    slack : half a unit of the last digit of each given number that was rounded (counts have none)
    routes : what was converted, in words, by the number it gave
    given : every number of the row before conversion
    """

    row: Row
    values: dict[str, float] = field(default_factory=dict)
    slack: dict[str, float] = field(default_factory=dict)
    routes: dict[str, str] = field(default_factory=dict)
    given: dict[str, float] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """The study's name."""
        return self.row.text("study")

    def get(self, name: str) -> float:
        """A number, or NaN."""
        return self.values.get(name, math.nan)


def level_of(row: Row) -> float:
    """The level of every interval of a row."""
    level = row.value("ci_level") or 0.95
    return level / 100 if level > 1 else level


def convert(row: Row, shifts: dict[str, float] | None = None) -> Converted:
    """Fill in what an effect size needs from what the row reports.

    Parameters
    ----------
    row : the row as given
    shifts : added to given numbers before anything else (how far rounding of the inputs could move a result)
    """
    given = {name: p.value + (shifts or {}).get(name, 0.0) for name, p in row.numbers.items()}
    out = Converted(row, {k: v for k, v in given.items() if k in _NUMERIC})
    for name, printed in row.numbers.items():
        whole = name in ("n_t", "n_c", "n", "n_pairs") or (name.startswith("events") and not printed.percent)
        if not whole and printed.relation == "=":
            out.slack[name] = printed.unit / 2
    for suffix in ("_t", "_c", ""):
        _count_from_percent(out, row, suffix)
    for suffix in ("_t", "_c"):
        _sd(out, given, suffix)
    out.given = given
    return out


def _count_from_percent(out: Converted, row: Row, suffix: str) -> None:
    """A percentage becomes a count where only one whole number of n rounds to it."""
    name = f"events{suffix}"
    printed = row.numbers.get(name)
    if printed is None or not printed.percent:
        return
    del out.values[name]
    out.slack.pop(name, None)
    n = out.values.get(f"n{suffix}")
    if n is None:
        return
    window = printed.interval()
    counts = [x for x in range(int(n) + 1) if 100 * x / n in window]
    if len(counts) == 1:
        out.values[name] = float(counts[0])
        out.routes[name] = f"{name} = {counts[0]}: the only count of {n:g} that prints as {printed.text}"
    else:
        found = " or ".join(map(str, counts)) if counts else "no count"
        out.routes[name] = f"{name} not converted: {found} of {n:g} prints as {printed.text}"


def _sd(out: Converted, given: dict[str, float], s: str) -> None:
    """Standard deviation of one arm: the first route that its numbers allow, in this order."""
    if f"sd{s}" in out.values:
        return
    n = out.values.get(f"n{s}", math.nan)
    spread = given.get(f"pm{s}")
    if spread is not None:
        if out.row.text("pm_is") == "sd":
            out.values[f"sd{s}"] = spread
            out.routes[f"sd{s}"] = f"sd{s} = {spread:g}: the number after ± read as SD"
        elif not math.isnan(n):
            out.values[f"sd{s}"] = spread * math.sqrt(n)
            out.routes[f"sd{s}"] = f"sd{s} = {spread:g} × √{n:g}: the number after ± read as SE"
        return
    for route in (_sd_from_se, _sd_from_variance, _sd_from_ci):
        value = route(given, n, s, level_of(out.row))
        if value is not None:
            out.values[f"sd{s}"], out.routes[f"sd{s}"] = value
            return


def _sd_from_se(given: dict[str, float], n: float, s: str, level: float) -> tuple[float, str] | None:
    se = given.get(f"se{s}")
    if se is None or math.isnan(n):
        return None
    return se * math.sqrt(n), f"sd{s} = SE {se:g} × √{n:g}"


def _sd_from_variance(given: dict[str, float], n: float, s: str, level: float) -> tuple[float, str] | None:
    var = given.get(f"var{s}")
    return None if var is None else (math.sqrt(var), f"sd{s} = √ of the variance {var:g}")


def _sd_from_ci(given: dict[str, float], n: float, s: str, level: float) -> tuple[float, str] | None:
    """Cochrane Handbook 6.5.2.2: width over twice the t quantile, times the root of n."""
    low, high = given.get(f"ci_low{s}"), given.get(f"ci_high{s}")
    if low is None or high is None or math.isnan(n) or n < 2:
        return None
    t = float(stdtrit(n - 1, 0.5 + level / 2))
    return (high - low) / (2 * t) * math.sqrt(n), f"sd{s} = √{n:g} × width of the {level:.0%} CI / (2 × t {t:.4g})"
