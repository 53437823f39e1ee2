"""As reported -> as needed: spreads, percentages and test statistics, every step logged as a route."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from metaudit.effects.routes import (
    Facts,
    Route,
    Ways,
    change_ways,
    correlation_ways,
    level_of,
    mean_ways,
    pooled_sd_ways,
    sd_ways,
)  # fmt: skip
from metaudit.formats.tables import Row
from metaudit.printed import Printed

__all__ = ["Converted", "convert", "every_route", "level_of", "reconvert"]

_NUMERIC = frozenset((
    "n_t", "n_c", "n", "events_t", "events_c", "events", "time_t", "time_c", "time", "mean_t", "mean_c", "mean",
    "sd_t", "sd_c", "sd", "sd_change", "n_pairs", "r_pre_post", "r", "effect", "se", "variance", "icc", "cluster_size",
))  # fmt: skip
_PEOPLE = frozenset(("n_t", "n_c", "n", "n_pairs"))
# Columns of which at least one is filled where means or SDs can be converted; most rows have none and are done at once.
_SPREADS = {
    f"{stem}{s}" for stem in ("mean", "pm", "se", "var", "ci_low", "min", "q1", "median") for s in ("_t", "_c")
}  # fmt: skip
_CONVERTED = frozenset(_SPREADS | {"n_pairs"})
_OF_MEANS = frozenset(("mean_t", "sd_t", "mean_c", "sd_c"))  # where all of them are reported, none is converted


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

    @cached_property
    def plain(self) -> bool:
        """Whether every number is as reported, so that there is nothing that another cell could convert."""
        events = (self.row.numbers.get(f"events{s}") for s in ("_t", "_c", ""))
        converted = _CONVERTED - _SPREADS if self.with_means else _CONVERTED
        return self.row.numbers.keys().isdisjoint(converted) and not any(p is not None and p.percent for p in events)

    @cached_property
    def with_means(self) -> bool:
        """Whether means and SDs of both arms are reported."""
        return self.row.numbers.keys() >= _OF_MEANS

    @property
    def label(self) -> str:
        """The study's name."""
        return self.row.cells.get("study", "")

    def get(self, name: str) -> float:
        """A number, or NaN."""
        return self.values.get(name, math.nan)


def convert(row: Row, shifts: dict[str, float] | None = None) -> Converted:
    """Fill in what an effect size needs from what the row reports.

    Parameters
    ----------
    row : the row as given
    shifts : added to given numbers before anything else (how far rounding of the inputs could move a result)
    """
    given = {name: p.value for name, p in row.numbers.items()}
    for name, shift in (shifts or {}).items():
        if name in given:
            given[name] += shift
    slack = {name: p.unit / 2 for name, p in row.numbers.items() if _is_rounded(name, p)}
    out = Converted(row, {k: v for k, v in given.items() if k in _NUMERIC}, slack, given=given)
    for suffix in ("_t", "_c", ""):
        _count_from_percent(out, row, suffix)
    facts = Facts(row, given, out.values)
    if not given.keys().isdisjoint(_SPREADS):
        for suffix in ("_t", "_c"):
            _take(out, f"mean{suffix}", mean_ways, facts, suffix)
            _take(out, f"sd{suffix}", sd_ways, facts, suffix)
        _one_sd_for_both(out, facts)
    if "n_pairs" in out.values:
        _take(out, "sd_change", change_ways, facts)
        _take(out, "r_pre_post", correlation_ways, facts)
    return out


def reconvert(study: Converted, row: Row, columns: Collection[str]) -> Converted:
    """A converted row after some of its cells were changed; what :func:`convert` gives for the row.

    Parameters
    ----------
    study : the row as it was
    row : the same with other cells in ``columns``
    """
    numbers = {c: row.numbers.get(c) for c in columns}
    if changed_values(study, numbers) is None:
        return convert(row)
    out = Converted(row, dict(study.values), dict(study.slack), given=dict(study.given))
    for name, p in numbers.items():
        for known in (out.given, out.values, out.slack):
            if p is None:
                known.pop(name, None)
        if p is None:
            continue
        out.given[name] = p.value
        if name in _NUMERIC:
            out.values[name] = p.value
        if _is_rounded(name, p):
            out.slack[name] = p.unit / 2
        else:
            out.slack.pop(name, None)
    return out


def changed_values(study: Converted, cells: Mapping[str, Printed | None]) -> dict[str, float] | None:
    """The ``values`` of a row that differ when some of its cells do; NaN where one is gone.

    Parameters
    ----------
    study : the row as it stands
    cells : the numbers that cells would hold, by column; None without one

    Returns
    -------
    None where a number is, or would be, converted from others, so that :func:`convert` must say what follows.
    """
    if not study.plain:
        return None
    converted = _CONVERTED - _SPREADS if study.with_means else _CONVERTED
    for column, p in cells.items():
        if p is None and study.with_means and column in _OF_MEANS:
            return None
        if p is not None and (column in converted or (p.percent and column.startswith("events"))):
            return None
    return {c: math.nan if p is None else p.value for c, p in cells.items() if c in _NUMERIC}


def _is_rounded(name: str, printed: Printed) -> bool:
    """Whether a number may differ from what was rounded to it by half a unit; counts of people and events are whole."""
    return printed.relation == "=" and name not in _PEOPLE and (printed.percent or not name.startswith("events"))


def _take(out: Converted, number: str, ways: Ways, facts: Facts, suffix: str = "") -> None:
    """The first usual route, where the number is not reported itself."""
    if number in out.values:
        return
    found = next((r for r in ways(facts, suffix) if r.usual), None)
    if found is not None:
        out.values[number], out.routes[number] = found.value, found.words


def _one_sd_for_both(out: Converted, facts: Facts) -> None:
    if "sd_t" in out.values or "sd_c" in out.values:
        return
    found = next(pooled_sd_ways(facts), None)
    if found is not None:
        for number in ("sd_t", "sd_c"):
            out.values[number], out.routes[number] = found.value, f"{number}: {found.words}"


def every_route(study: Converted) -> Iterator[tuple[str, list[Route], Route]]:
    """The numbers of a row that can be had in more ways than one, or in another way than as reported.

    Yields
    ------
    The number's name, its routes in order of preference (``as reported`` first), and the one that was taken.
    """
    given = study.given
    known = {k: v for k, v in study.values.items() if k != "sd_change" or k in given}
    facts = Facts(study.row, given, known)
    for number, ways, suffix in (
        ("mean_t", mean_ways, "_t"), ("mean_c", mean_ways, "_c"), ("sd_t", sd_ways, "_t"), ("sd_c", sd_ways, "_c"),
        ("sd of both arms", pooled_sd_ways, ""), ("sd_change", change_ways, ""), ("r_pre_post", correlation_ways, ""),
    ):  # fmt: skip
        found = list(ways(facts, suffix)) if suffix or "n_pairs" in given or number == "sd of both arms" else []
        if not found:
            continue
        reported = given.get(number, _pooled(study) if number == "sd of both arms" else math.nan)
        if not math.isnan(reported):
            found.insert(0, Route("as reported" if number in given else "the SDs of the arms", reported, ""))
        yield number, found, next((r for r in found if r.usual), found[0])


def _pooled(study: Converted) -> float:
    """SD within arms from their own SDs; NaN where both were had from the test of the difference."""
    s_t, s_c, n_t, n_c = (study.get(n) for n in ("sd_t", "sd_c", "n_t", "n_c"))
    if "one SD for both arms" in study.routes.get("sd_t", "") or not n_t + n_c > 2:
        return math.nan
    return math.sqrt(((n_t - 1) * s_t**2 + (n_c - 1) * s_c**2) / (n_t + n_c - 2))


def counts_that_print(percent: Printed, n: float) -> list[int]:
    """Numbers of people of ``n`` that print as a percentage, in order."""
    window = percent.interval()
    return [x for x in range(int(n) + 1) if 100 * x / n in window]


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
    counts = counts_that_print(printed, n)
    if len(counts) == 1:
        out.values[name] = float(counts[0])
        out.routes[name] = f"{name} = {counts[0]}: the only count of {n:g} that prints as {printed.text}"
    else:
        found = " or ".join(map(str, counts)) if counts else "no count"
        out.routes[name] = f"{name} not converted: {found} of {n:g} prints as {printed.text}"
