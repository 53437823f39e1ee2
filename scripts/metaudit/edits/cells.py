"""Edits of single cells: digits, and what an SD, a standard error, a count or a logarithm may have been mistaken for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import product

from metaudit.edits.edit import Change, Edit
from metaudit.formats.sizes import of_a_study
from metaudit.formats.tables import Row

Z = 1.959964  # quantile of the normal distribution behind a 95 % interval
IQR_OF_SD = 1.35  # width of the middle half of a normal distribution (Cochrane Handbook 6.5.2.5)
_ARMS = ("_t", "_c", "")
_MOST_COUNTS = 16


def new_text(x: float) -> str:
    """A computed number as a cell: up to ten significant digits."""
    return format(x, ".10g")


def changed(row: Row, values: dict[str, float | None]) -> tuple[Change, ...]:
    """Changes of several cells of a row; values that do not differ or do not exist are left out."""
    out = []
    for column, value in values.items():
        # A number that no table may hold was not typed.
        if value is not None and of_a_study(value, column) and row.text(column):
            new = new_text(value)
            if value != row.value(column):
                out.append(Change(row.line, column, row.text(column), new))
    return tuple(out)


def edit_of(kind: str, row: Row, values: dict[str, float | None]) -> Iterator[Edit]:
    """An edit of one row, unless it changes nothing."""
    changes = changed(row, values)
    if changes:
        yield Edit(kind, row.text("study"), (row.line,), changes)


Way = Callable[[float, float], float]
# What an SD may be, from the SD as it stands and the number of people, by kind; each kind in both directions.
SPREADS: tuple[tuple[str, Way], ...] = (
    ("se-is-sd", lambda sd, n: sd / math.sqrt(n)),
    ("sd-is-se", lambda sd, n: sd * math.sqrt(n)),
    ("variance-is-sd", lambda sd, n: sd**2),
    ("variance-is-sd", lambda sd, n: math.sqrt(sd)),
    ("half-width-is-sd", lambda sd, n: Z * sd / math.sqrt(n)),
    ("half-width-is-sd", lambda sd, n: sd * math.sqrt(n) / Z),
    ("iqr-is-sd", lambda sd, n: sd * IQR_OF_SD),
    ("iqr-is-sd", lambda sd, n: sd / IQR_OF_SD),
)


def spread_edits(row: Row) -> Iterator[Edit]:
    """What the SDs of a row may have been: standard errors, variances, half widths of intervals, interquartile ranges."""
    for kind, way in SPREADS:
        for some in _together_and_alone(arms_with_sd(row)):
            yield from edit_of(kind, row, spreads_by(way, row, some))


def arms_with_sd(row: Row) -> list[str]:
    """Suffixes of the arms whose SD and number of people are given."""
    return [s for s in _ARMS if row.value(f"sd{s}") is not None and row.value(f"n{s}")]


def spreads_by(way: Way, row: Row, arms: Sequence[str]) -> dict[str, float | None]:
    """The SDs of some arms of a row, each taken for something else."""
    return {f"sd{a}": _applied(way, row.value(f"sd{a}"), row.value(f"n{a}")) for a in arms}


def _together_and_alone(arms: Sequence[str]) -> list[list[str]]:
    return [list(arms)] if len(arms) < 2 else [list(arms), *([a] for a in arms)]


def _applied(way: Way, sd: float | None, n: float | None) -> float | None:
    return way(sd, n) if sd is not None and sd >= 0 and n else None


def reported_edits(row: Row) -> Iterator[Edit]:
    """A spread that the row reports as what it is, used for the SD as it stands; and the other reading of a ±."""
    for kind, used in (
        ("se-is-sd", lambda s: row.text(f"se{s}")),
        ("variance-is-sd", lambda s: row.text(f"var{s}")),
        ("half-width-is-sd", lambda s: _width(row, f"ci_low{s}", f"ci_high{s}", 2)),
        ("iqr-is-sd", lambda s: _width(row, f"q1{s}", f"q3{s}", 1)),
    ):
        given = {s: used(s) for s in _ARMS[:2] if not row.text(f"sd{s}")}
        for some in _together_and_alone([s for s, text in given.items() if text]):
            if some:
                changes = tuple(Change(row.line, f"sd{s}", "", given[s]) for s in some)
                yield Edit(kind, row.text("study"), (row.line,), changes)
    reading = row.text("pm_is")
    if reading in ("sd", "se"):
        kind, other = ("sd-is-se", "se") if reading == "sd" else ("se-is-sd", "sd")
        yield Edit(kind, row.text("study"), (row.line,), (Change(row.line, "pm_is", reading, other),))


def _width(row: Row, low: str, high: str, parts: float) -> str:
    a, b = row.value(low), row.value(high)
    return new_text((b - a) / parts) if a is not None and b is not None and b > a else ""


def precision_edits(row: Row) -> Iterator[Edit]:
    """What the precision of a ready-made effect may have been."""
    for column, way in PRECISIONS:
        value = row.value(column)
        if value is not None and value > 0:
            yield from edit_of("se-is-variance", row, {column: way(value)})
    se = row.value("se")
    n = row.value("n") or ((row.value("n_t") or 0) + (row.value("n_c") or 0))
    if se is not None and se > 0 and n:
        yield from edit_of("se-is-sd", row, {"se": se * math.sqrt(n)})
        yield from edit_of("sd-is-se", row, {"se": se / math.sqrt(n)})


PRECISIONS: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("se", lambda x: x**2), ("se", math.sqrt), ("variance", lambda x: x**2), ("variance", math.sqrt),
)  # fmt: skip


def log_edits(row: Row) -> Iterator[Edit]:
    """Logarithm for natural value and the reverse, and percent for fraction, of an effect with its limits."""
    for kind, values in logs_of(row):
        yield from edit_of(kind, row, values)
    given = _effect_of(row)
    if given:
        yield from edit_of("percent-is-fraction", row, {n: v / 100 for n, v in given.items()})
        yield from edit_of("percent-is-fraction", row, {n: v * 100 for n, v in given.items()})


def logs_of(row: Row) -> Iterator[tuple[str, dict[str, float | None]]]:
    """The logarithm of an effect with its limits, and the antilogarithm; empty where there is none."""
    given = _effect_of(row)
    small, positive = all(abs(v) < 20 for v in given.values()), all(v > 0 for v in given.values())
    yield "log-is-natural", {n: math.log(v) for n, v in given.items()} if positive else {}
    yield "log-is-natural", {n: math.exp(v) for n, v in given.items()} if small else {}


def _effect_of(row: Row) -> dict[str, float]:
    values = {n: row.value(n) for n in ("effect", "ci_low", "ci_high")}
    return {n: v for n, v in values.items() if v is not None} if values["effect"] is not None else {}


def count_edits(row: Row) -> Iterator[Edit]:
    """Counts that were percentages, people with and without the event, and numbers of people of something else."""
    arms = [s for s in _ARMS if row.value(f"events{s}") is not None and row.value(f"n{s}")]
    for some in ([arms] if len(arms) < 2 else [arms, *([a] for a in arms)]) if arms else ():
        pairs = {a: (row.value(f"events{a}") or 0.0, row.value(f"n{a}") or 1.0) for a in some}
        yield from edit_of("non-events", row, {f"events{a}": n - x for a, (x, n) in pairs.items()})
        percent = {f"events{a}": float(round(100 * x / n)) for a, (x, n) in pairs.items()}
        if all((row.value(f"n{a}") or 0) >= percent[f"events{a}"] for a in some):
            yield from edit_of("percent-is-count", row, dict(percent))
        for counts in product(
            *(_counts_behind(x, n, int(_MOST_COUNTS ** (1 / len(pairs)))) for x, n in pairs.values())
        ):
            yield from edit_of("percent-is-count", row, {f"events{a}": c for a, c in zip(pairs, counts, strict=True)})


def _counts_behind(percent: float, n: float, most: int) -> list[float]:
    """The counts that are a whole percentage of n people; of more than ``most``, the nearest alone."""
    low, high = math.ceil((percent - 0.5) * n / 100), math.floor((percent + 0.5) * n / 100)
    each = [float(x) for x in range(max(low, 0), min(high, int(n)) + 1)] if high - low < most else []
    return each or [float(round(percent * n / 100))]


def size_edits(row: Row) -> Iterator[Edit]:
    """The total for an arm and an arm for the total, the other arm's size, both exchanged, both halved."""
    t, c = row.value("n_t"), row.value("n_c")
    if t is None or c is None:
        return
    for values in (
        {"n_t": t + c}, {"n_c": t + c}, {"n_t": t + c, "n_c": t + c}, {"n_t": c}, {"n_c": t}, {"n_t": c, "n_c": t},
        {"n_t": t - c} if t > c else {}, {"n_c": c - t} if c > t else {},
        {"n_t": t / 2, "n_c": c / 2} if t % 2 == 0 and c % 2 == 0 else {},
    ):  # fmt: skip
        if all(
            row.value(f"events{s}") is None or values.get(f"n{s}", math.inf) >= (row.value(f"events{s}") or 0)
            for s in ("_t", "_c")
        ):
            yield from edit_of("wrong-n", row, dict(values))


def digit_edits(row: Row, columns: Sequence[str]) -> Iterator[Edit]:
    """Every other digit in every place, every exchange of two neighbours, the decimal point one or two places off."""
    study, lines = row.text("study"), (row.line,)
    for column in columns:
        text = row.text(column)
        if not text or column not in row.numbers:
            continue
        for kind, new in _slips(text):
            if _allowed(row, column, new):
                yield Edit(kind, study, lines, (Change(row.line, column, text, new),))


@lru_cache(maxsize=4096)
def _slips(text: str) -> tuple[tuple[str, str], ...]:
    """The same few numbers stand in many cells."""
    return tuple(typed_otherwise(text))


def typed_otherwise(text: str) -> Iterator[tuple[str, str]]:
    """Kind of slip and the cell it leaves: one digit, two neighbours exchanged, the decimal point moved."""
    seen = {text}
    for i, ch in enumerate(text):
        if not ch.isdigit():
            continue
        for d in "0123456789":
            new = text[:i] + d + text[i + 1 :]
            if new not in seen:
                seen.add(new)
                yield "digit", new
        if i + 1 < len(text) and text[i + 1].isdigit():
            new = text[:i] + text[i + 1] + ch + text[i + 2 :]
            if new not in seen:
                seen.add(new)
                yield "digits-exchanged", new
    try:
        value = float(text)
    except ValueError:
        return
    for factor in (10.0, 0.1, 100.0, 0.01):
        new = new_text(value * factor)
        if new not in seen:
            seen.add(new)
            yield "decimal-point", new


def _allowed(row: Row, column: str, new: str) -> bool:
    """Whether a cell may hold the number at all: people and events are whole, no more events than people, SDs positive."""
    try:
        value = float(new.rstrip("%"))
    except ValueError:
        return False
    if not of_a_study(value, column):
        return False
    if column.startswith(("sd", "se", "variance")):
        return value > 0
    if column.startswith(("n_", "events", "time")) or column in ("n", "events"):
        if value < 0 or (value != int(value) and not column.startswith("time")):
            return False
        arm = column[-2:] if column.endswith(("_t", "_c")) else ""
        n = value if column.startswith("n") else row.value(f"n{arm}")
        events = value if column.startswith("events") else row.value(f"events{arm}")
        return (n is None or n > 0) and (n is None or events is None or events <= n or "%" in row.text(f"events{arm}"))
    return column != "r" or abs(value) < 1
