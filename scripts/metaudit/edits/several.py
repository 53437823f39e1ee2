"""Edits of several studies at once: one mistake made in every row, a subgroup, a control group that comparisons share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from metaudit.edits.cells import PRECISIONS, SPREADS, arms_with_sd, changed, logs_of, new_text, spreads_by
from metaudit.edits.direction import direction_edits
from metaudit.edits.edit import Change, Edit
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.indexed import known_columns
from metaudit.formats.tables import Row

_MOST_LEVELS = 6


def of_several(rows: Sequence[Row], measure: str) -> Iterator[Edit]:
    """Edits that touch more than one row.

    Parameters
    ----------
    measure : code of the effect measure, for the direction of ready-made effects
    """
    yield from _spreads(rows)
    yield from _ready_made(rows)
    yield from _directions(rows, measure)
    yield from _subgroups(rows)
    yield from _shared_controls(rows)


def _merged(kind: str, changes: Iterable[Change], about: str = "") -> Iterator[Edit]:
    """One edit of several rows, unless fewer than two change."""
    each = tuple(changes)
    lines = tuple(sorted({c.line for c in each}))
    if len(lines) > 1:
        yield Edit(kind, "", lines, each, about=about)


def _spreads(rows: Sequence[Row]) -> Iterator[Edit]:
    """Standard errors, variances, half widths, interquartile ranges for SDs in every study, and the reverse."""
    for kind, way in SPREADS:
        yield from _merged(f"{kind}-all", (c for r in rows for c in changed(r, spreads_by(way, r, arms_with_sd(r)))))


def _ready_made(rows: Sequence[Row]) -> Iterator[Edit]:
    """Standard errors for variances, and logarithms for natural values, in every study."""
    for column, way in PRECISIONS:
        held = [(r, r.value(column)) for r in rows]
        found = (c for r, x in held if x is not None and x > 0 for c in changed(r, {column: way(x)}))
        yield from _merged("se-is-variance-all", found)
    for i in range(2):
        values = [(r, list(logs_of(r))[i][1]) for r in rows if r.value("effect") is not None]
        if all(v for _, v in values):
            yield from _merged("log-is-natural-all", (c for r, v in values for c in changed(r, v)))


def _directions(rows: Sequence[Row], measure: str) -> Iterator[Edit]:
    """Arms exchanged in every study; the sign turned in all, or in those with one value of a covariate, such as a scale."""
    turned = {r.line: {e.kind: e.changes for e in direction_edits(r, measure)} for r in rows}
    groups: dict[tuple[int, ...], str] = {tuple(r.line for r in rows): ""}
    for name, level, members in _levels(rows):
        groups.setdefault(tuple(r.line for r in members), f"{name} = {level or 'not reported'}")
    for lines, about in groups.items():
        for kind in ("arms-swapped", "sign-flipped"):
            yield from _merged(f"{kind}-all", (c for n in lines for c in turned[n].get(kind, ())), about)


def _levels(rows: Sequence[Row]) -> Iterator[tuple[str, str, list[Row]]]:
    """Covariate, level, and the rows that have it, of covariates with few levels."""
    for column in known_columns(rows):
        if not column.startswith(COVARIATE_PREFIX):
            continue
        levels = sorted({r.text(column) for r in rows})
        if 1 < len(levels) <= _MOST_LEVELS:
            for level in levels:
                yield column.removeprefix(COVARIATE_PREFIX), level, [r for r in rows if r.text(column) == level]


def _subgroups(rows: Sequence[Row]) -> Iterator[Edit]:
    """Only the studies with one value of a covariate; leaving out a single study is an edit of its own."""
    for name, level, members in _levels(rows):
        out = frozenset(r.line for r in rows) - frozenset(r.line for r in members)
        if len(out) > 1:
            about = f"{name} = {level or 'not reported'}"
            yield Edit("subgroup-only", "", tuple(sorted(out)), without=out, about=about)


def _shared_controls(rows: Sequence[Row]) -> Iterator[Edit]:
    """A control group of several rows: divided evenly among them (Cochrane Handbook 23.3.4), or whole in each again."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.text("arm"):
            groups.setdefault(row.text("arm"), []).append(row)
    for arm, members in sorted(groups.items()):
        m = len(members)
        for kind, way in (("control-split", _divided(m)), ("control-whole", _multiplied(m))):
            columns = ("n_c", "events_c", "time_c")
            held = [(r, c, r.value(c)) for r in members for c in columns]
            cells = (Change(r.line, c, r.text(c), new_text(way(x))) for r, c, x in held if x)
            yield from _merged(kind, cells, f"control {arm}")


def _divided(m: int) -> Callable[[float], float]:
    return lambda x: x / m


def _multiplied(m: int) -> Callable[[float], float]:
    return lambda x: x * m
