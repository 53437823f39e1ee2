"""Every route by which a number can be had from what a row reports, the preferred one first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scipy.special import ndtri, stdtrit

from metaudit.effects import medians
from metaudit.effects.between import t_of_p
from metaudit.effects.design import correlation_of_change, sd_of_change
from metaudit.formats.tables import Row
from metaudit.records import record


@dataclass(frozen=True)
class Route:
    """One way to one number.

    Attributes
    ----------
    name : the way in a few words, the same for every study
    value : the number
    words : the way with its numbers, for the log
    usual : whether the number is taken this way when nothing better is reported; else it is only shown beside
    """

    name: str
    value: float
    words: str
    usual: bool = True


@record
class Facts:
    """What a row reports.

    Attributes
    ----------
    row : the row
    given : its numbers, as reported (or shifted by rounding)
    counted : numbers of people and of events as they are used, percentages turned into counts
    """

    row: Row
    given: dict[str, float]
    counted: dict[str, float]

    def get(self, name: str) -> float:
        """A number, or NaN."""
        return self.given.get(name, math.nan)

    def people(self, suffix: str) -> float:
        """Size of an arm, or NaN."""
        return self.counted.get(f"n{suffix}", math.nan)

    @property
    def level(self) -> float:
        """Level of the row's intervals."""
        return level_of(self.row)

    def exact(self, name: str) -> float:
        """A number that is printed without < or >, or NaN."""
        printed = self.row.numbers.get(name)
        return self.get(name) if printed is not None and printed.relation == "=" else math.nan


Ways = Callable[[Facts, str], Iterator[Route]]


def level_of(row: Row) -> float:
    """The level of every interval of a row."""
    level = row.value("ci_level") or 0.95
    return level / 100 if level > 1 else level


def sd_ways(f: Facts, s: str) -> Iterator[Route]:
    """SD of one arm from its own numbers."""
    n, name = f.people(s), f"sd{s}"
    yield from _plus_minus(f, s, n)
    se, var = f.get(f"se{s}"), f.get(f"var{s}")
    if not math.isnan(se * n):
        yield Route("SE", se * math.sqrt(n), f"{name} = SE {se:g} × √{n:g}")
    if not math.isnan(var):
        yield Route("variance", math.sqrt(var), f"{name} = √ of the variance {var:g}")
    yield from _sd_from_ci(f, s, n)
    summary = summary_of(f, s)
    skew = skewness_words(summary)
    for way, value, usual, words in _sd_from_quantiles(summary):
        yield Route(way, value, f"{name} = {value:.6g}: {words}{skew}", usual)


def _plus_minus(f: Facts, s: str, n: float) -> Iterator[Route]:
    spread = f.get(f"pm{s}")
    if math.isnan(spread):
        return
    as_sd = f.row.text("pm_is") == "sd"
    yield Route("± read as SD", spread, f"sd{s} = {spread:g}: the number after ± read as SD", as_sd)
    if not math.isnan(n):
        words = f"sd{s} = {spread:g} × √{n:g}: the number after ± read as SE"
        yield Route("± read as SE", spread * math.sqrt(n), words, not as_sd)


def _sd_from_ci(f: Facts, s: str, n: float) -> Iterator[Route]:
    """Cochrane Handbook 6.5.2.2: width over twice the t quantile, times the root of n; z for large samples."""
    width = f.get(f"ci_high{s}") - f.get(f"ci_low{s}")
    if math.isnan(width) or not n >= 2:
        return
    for way, q in (("t", float(stdtrit(n - 1, 0.5 + f.level / 2))), ("z", float(ndtri(0.5 + f.level / 2)))):
        words = f"sd{s} = √{n:g} × width of the {f.level:.0%} CI / (2 × {way} {q:.4g})"
        yield Route(f"CI ({way})", width / (2 * q) * math.sqrt(n), words, way == "t")


def summary_of(f: Facts, s: str) -> medians.Summary:
    """Median, quartiles and range of one arm."""
    return medians.Summary(f.people(s), *(f.get(f"{q}{s}") for q in ("min", "q1", "median", "q3", "max")))


def skewness_words(s: medians.Summary) -> str:
    """A warning where the reported numbers are too lopsided for normal data."""
    test = medians.skewness_test(s)
    if test is None or not test.skewed:
        return ""
    return f"; the data look skewed (test {test.statistic:.3g} ≥ {test.critical:.3g}, Shi 2023): doubtful"


def _sd_from_quantiles(s: medians.Summary) -> Iterator[tuple[str, float, bool, str]]:
    both = s.has_range and s.has_quartiles
    if both:
        yield "range and quartiles (Shi 2020)", medians.sd_from_five(s), True, "range and quartiles (Shi 2020)"
        yield "range and quartiles (Wan 2014)", medians.sd_from_five_wan(s), False, "range and quartiles (Wan 2014)"
    if s.has_quartiles:
        yield "quartiles (Wan 2014)", medians.sd_from_quartiles(s), not both, "quartiles (Wan 2014)"
    if s.has_range:
        yield "range (Wan 2014)", medians.sd_from_range(s), not both, "range (Wan 2014)"
    if s.has_quartiles:
        yield "quartiles / 1.35", medians.sd_from_quartiles_crude(s), False, "interquartile range / 1.35"


def mean_ways(f: Facts, s: str) -> Iterator[Route]:
    """Mean of one arm from its median."""
    q = summary_of(f, s)
    if not q.has_median:
        return
    skew = skewness_words(q)
    both = q.has_range and q.has_quartiles
    found: list[tuple[str, float, bool]] = []
    if both:
        found.append(("median, range and quartiles (Luo 2018)", medians.mean_from_five(q), True))
        found.append(("median, range and quartiles (Wan 2014)", medians.mean_from_five_wan(q), False))
    if q.has_quartiles:
        found.append(("median and quartiles (Luo 2018)", medians.mean_from_quartiles(q), not both))
        found.append(("median and quartiles (Wan 2014)", medians.mean_from_quartiles_wan(q), False))
    if q.has_range:
        found.append(("median and range (Luo 2018)", medians.mean_from_range(q), not both))
        found.append(("median and range (Hozo 2005)", medians.mean_from_range_wan(q), False))
    for way, value, usual in found:
        yield Route(way, value, f"mean{s} = {value:.6g}: {way}{skew}", usual)


def pooled_sd_ways(f: Facts, s: str = "") -> Iterator[Route]:
    """One SD for both arms from the test of their mean difference (Cochrane Handbook 6.5.2.3)."""
    n_t, n_c, difference = f.people("_t"), f.people("_c"), f.get("mean_t") - f.get("mean_c")
    if math.isnan(n_t * n_c * difference) or n_t + n_c <= 2 or not math.isnan(f.get("n_pairs")):
        return
    unit = math.sqrt(1 / n_t + 1 / n_c)
    for way, se, words in _se_of_difference(f, difference, n_t + n_c - 2):
        said = f"one SD for both arms = {se / unit:.6g}: {words}, over √(1/{n_t:g} + 1/{n_c:g})"
        yield Route(way, se / unit, said)


def _se_of_difference(f: Facts, difference: float, df: float) -> Iterator[tuple[str, float, str]]:
    """SE of a mean difference from its SE, variance, interval, t, F or P; t distribution with ``df``."""
    se, variance, width = f.get("se"), f.get("variance"), f.get("ci_high") - f.get("ci_low")
    t, F, p = f.get("t"), f.get("f"), f.exact("p")
    if not math.isnan(se):
        yield "SE of the difference", se, f"SE {se:g} of the difference"
    if not math.isnan(variance):
        yield "variance of the difference", math.sqrt(variance), f"√ of the variance {variance:g} of the difference"
    if not math.isnan(width):
        q = float(stdtrit(df, 0.5 + f.level / 2))
        yield "CI of the difference", width / (2 * q), f"width of the {f.level:.0%} CI / (2 × t {q:.4g})"
    for way, value, words in (
        ("t of the difference", abs(t), f"|difference| / t {abs(t):g}"),
        ("F of the difference", math.sqrt(F) if F > 0 else math.nan, f"|difference| / √F {F:g}"),
        ("P of the difference", t_of_p(p, df), f"|difference| / t of P = {p:g} with {df:g} df"),
    ):
        if value > 0 and abs(difference) > 0:
            yield way, abs(difference) / value, words


def change_ways(f: Facts, s: str = "") -> Iterator[Route]:
    """SD of the paired differences (Cochrane Handbook 6.5.2.8 and 23.2.7)."""
    n, difference = f.get("n_pairs"), f.get("mean_t") - f.get("mean_c")
    if n >= 2:
        for way, se, words in _se_of_difference(f, difference, n - 1):
            yield Route(way, se * math.sqrt(n), f"sd_change = √{n:g} × {words}")
    sds, r = [f.counted.get("sd_t", math.nan), f.counted.get("sd_c", math.nan)], f.get("r_pre_post")
    if not math.isnan(sds[0] * sds[1] * r):
        value = sd_of_change(sds[1], sds[0], r)
        yield Route("correlation", value, f"sd_change = {value:.6g}: √(sd_t² + sd_c² - 2 r sd_t sd_c) with r = {r:g}")


def correlation_ways(f: Facts, s: str = "") -> Iterator[Route]:
    """Correlation of paired values from three SDs (Cochrane Handbook 6.5.2.8)."""
    sds = [f.counted.get(name, math.nan) for name in ("sd_c", "sd_t", "sd_change")]
    r = correlation_of_change(*sds)
    if -1 <= r <= 1:
        yield Route("SDs", r, f"r_pre_post = {r:.6g}: from the SDs of both occasions and of the change")
