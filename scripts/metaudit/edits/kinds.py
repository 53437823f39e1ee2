"""Every single edit of the rows of an analysis."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from metaudit.edits.cells import (
    count_edits,
    digit_edits,
    edit_of,
    log_edits,
    precision_edits,
    size_edits,
    spread_edits,
)
from metaudit.edits.edit import Change, Edit, kinds
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.review import Analysis
from metaudit.formats.select import known_columns, matches
from metaudit.formats.tables import Row

KINDS = tuple(kinds())
# Cells whose digits may be wrong: those that effects are made of.
TYPED = (
    "events_t", "n_t", "events_c", "n_c", "mean_t", "sd_t", "mean_c", "sd_c", "events", "n", "mean", "sd", "time_t", "time_c",
    "r", "effect", "se", "variance", "ci_low", "ci_high", "se_t", "se_c", "sd_change", "n_pairs", "pm_t", "pm_c",
)  # fmt: skip
_MOST_LEVELS = 6
_KEYS = ("outcome", "timepoint", "comparison")


def single_edits(
    rows: Sequence[Row], analysis: Analysis, *, everything: Sequence[Row] = (), measure: str = ""
) -> list[Edit]:
    """All edits of one thing, in the order of rows and kinds.

    Parameters
    ----------
    rows : the rows that the analysis pools
    analysis : its subgroups and what it selects
    everything : all rows of the extraction table, for rows that could have been used instead
    measure : code of the effect measure, for the direction of ready-made effects

    Returns
    -------
    Edits that change something; what they give may still be undefined (an SD of 0, a logarithm of a negative number).
    """
    out: list[Edit] = []
    for row in rows:
        out += _of_row(row, len(rows), measure)
    out += _of_all(rows)
    out += _other_rows(rows, analysis, everything or rows)
    out += _subgroups(rows)
    out += _shared_controls(rows)
    return list(dict.fromkeys(out))


def _of_row(row: Row, k: int, measure: str) -> Iterator[Edit]:
    label, at = row.text("study"), (row.line,)
    if k > 1:
        yield Edit("row-dropped", label, at, without=frozenset(at))
    yield Edit("row-doubled", label, at, twice=frozenset(at))
    yield from _direction(row, measure)
    yield from spread_edits(row)
    yield from precision_edits(row)
    yield from log_edits(row)
    yield from count_edits(row)
    yield from size_edits(row)
    yield from digit_edits(row, TYPED)


def _direction(row: Row, measure: str) -> Iterator[Edit]:
    """Arms exchanged, and the sign of the effect turned."""
    label, at = row.text("study"), (row.line,)
    swaps = []
    for column in row.cells:
        other = column[:-2] + {"_t": "_c", "_c": "_t"}.get(column[-2:], "")
        if column.endswith(("_t", "_c")) and other in row.cells and row.text(column) != row.text(other):
            swaps.append(Change(row.line, column, row.text(column), row.text(other)))
    if swaps:
        yield Edit("arms-swapped", label, at, tuple(swaps))
    means = {n: row.value(n) for n in ("mean_t", "mean_c", "mean")}
    given = {n: -v for n, v in means.items() if v is not None}
    if given:
        yield from edit_of("sign-flipped", row, dict(given))
    effect = row.value("effect")
    if effect is not None:
        yield from edit_of("sign-flipped", row, _turned(row, effect, ratio=measure == "GEN-LOG"))
    r = row.value("r")
    if r:
        yield from edit_of("sign-flipped", row, {"r": -r})


def _turned(row: Row, effect: float, *, ratio: bool) -> dict[str, float | None]:
    def turn(x: float | None) -> float | None:
        if x is None or (ratio and x == 0):
            return None
        return 1 / x if ratio else -x

    return {"effect": turn(effect), "ci_low": turn(row.value("ci_high")), "ci_high": turn(row.value("ci_low"))}


def _of_all(rows: Sequence[Row]) -> Iterator[Edit]:
    """Standard errors for SDs in every study, and the reverse."""
    for kind, power in (("se-is-sd-all", -0.5), ("sd-is-se-all", 0.5)):
        changes = []
        for row in rows:
            for arm in ("_t", "_c", ""):
                sd, n = row.value(f"sd{arm}"), row.value(f"n{arm}")
                if sd is not None and n:
                    changes.append(
                        Change(row.line, f"sd{arm}", row.text(f"sd{arm}"), format(sd * math.pow(n, power), ".10g"))
                    )
        if len({c.line for c in changes}) > 1:
            yield Edit(kind, "", tuple(sorted({c.line for c in changes})), tuple(changes))


def _other_rows(rows: Sequence[Row], analysis: Analysis, everything: Sequence[Row]) -> Iterator[Edit]:
    """Another row of the same study in place of one, and rows of the table that the analysis leaves out."""
    used = {r.line for r in rows}
    for row in rows:
        for other in everything:
            if other.line not in used and other.text("study") == row.text("study"):
                place = ", ".join(other.text(k) for k in _KEYS if other.text(k) and other.text(k) != row.text(k))
                yield Edit(
                    "other-row", row.text("study"), (row.line,), without=frozenset({row.line}), with_rows=(other,),
                    about=f"row {other.line}" + (f": {place}" if place else ""),
                )  # fmt: skip
    known = known_columns(everything)
    studies = {r.text("study") for r in rows}
    for other in everything:
        left_out = other.line not in used and (
            matches(other, analysis.select, known)
            or other.text("outcome") == (rows[0].text("outcome") if rows else None)
        )
        if left_out and other.text("study") not in studies:
            yield Edit("row-added", other.text("study"), (other.line,), with_rows=(other,))


def _subgroups(rows: Sequence[Row]) -> Iterator[Edit]:
    """Only the studies with one value of a covariate."""
    for column in known_columns(rows):
        if not column.startswith(COVARIATE_PREFIX):
            continue
        levels = sorted({r.text(column) for r in rows})
        if not 1 < len(levels) <= _MOST_LEVELS:
            continue
        for level in levels:
            out = frozenset(r.line for r in rows if r.text(column) != level)
            if 1 < len(out) < len(rows):
                name = column.removeprefix(COVARIATE_PREFIX)
                yield Edit(
                    "subgroup-only", "", tuple(sorted(out)), without=out, about=f"{name} = {level or 'not reported'}"
                )


def _shared_controls(rows: Sequence[Row]) -> Iterator[Edit]:
    """A control group that several rows declare as one, divided evenly among them (Cochrane Handbook 23.3.4)."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.text("arm"):
            groups.setdefault(row.text("arm"), []).append(row)
    for arm, members in sorted(groups.items()):
        if len(members) < 2:
            continue
        changes = [
            Change(r.line, column, r.text(column), format((r.value(column) or 0.0) / len(members), ".10g"))
            for r in members
            for column in ("n_c", "events_c", "time_c")
            if r.value(column) is not None
        ]
        if changes:
            lines = tuple(r.line for r in members)
            yield Edit("control-split", "", lines, tuple(changes), about=f"control {arm}")
