"""One row a study, under the column names of several programs.

The names are those of the programs' manuals: metafor's ``escalc`` and ``rma``, R's ``meta`` (``metabin``, ``metacont``,
``metainc``, ``metaprop``, ``metamean``, ``metacor``, ``metagen``), Stata's ``meta esize`` and ``meta set``. Columns that a
program has no name for keep metaudit's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from metaudit.effects.convert import Converted
from metaudit.exports.content import Content, Part
from metaudit.exports.numbers import csv_text, guard_all, plain
from metaudit.exports.ready_made import ready_made, tell_ready_made

Names = Mapping[str, str]
PROVENANCE = ("source", "where", "certainty", "note")
# What says nothing beside an effect and its spread on the analysis scale, or says it on another scale.
_BESIDE_EFFECT = ("ci_low", "ci_high", "ci_level", "effect_type", "p", "t", "f")


@dataclass(frozen=True)
class Layout:
    """How a program names its columns.

    Parameters
    ----------
    study : heading of the study's label
    names : kind of data -> our column -> the program's
    spreads : names of ``variance`` and ``se`` of a ready-made effect, those that the program takes
    """

    study: str
    names: Mapping[str, Names]
    spreads: Names


ESCALC = Layout(
    "study",
    {
        "counts": {"events_t": "ai", "n_t": "n1i", "events_c": "ci", "n_c": "n2i"},
        "means": {"mean_t": "m1i", "sd_t": "sd1i", "n_t": "n1i", "mean_c": "m2i", "sd_c": "sd2i", "n_c": "n2i"},
        "rates": {"events_t": "x1i", "time_t": "t1i", "events_c": "x2i", "time_c": "t2i"},
        "proportion": {"events": "xi", "n": "ni"},
        "mean": {"mean": "mi", "sd": "sdi", "n": "ni"},
        "correlation": {"r": "ri", "n": "ni"},
        "generic": {"effect": "yi"},
    },
    {"variance": "vi", "se": "sei"},
)
META = Layout(
    "studlab",
    {
        "counts": {"events_t": "event.e", "n_t": "n.e", "events_c": "event.c", "n_c": "n.c"},
        "means": {
            "mean_t": "mean.e",
            "sd_t": "sd.e",
            "n_t": "n.e",
            "mean_c": "mean.c",
            "sd_c": "sd.c",
            "n_c": "n.c",
        },
        "rates": {"events_t": "event.e", "time_t": "time.e", "events_c": "event.c", "time_c": "time.c"},
        "proportion": {"events": "event", "n": "n"},
        "mean": {"mean": "mean", "sd": "sd", "n": "n"},
        "correlation": {"r": "cor", "n": "n"},
        "generic": {"effect": "TE"},
    },
    {"se": "seTE"},
)
STATA = Layout(
    "study",
    {
        "means": {"mean_t": "m1", "sd_t": "sd1", "n_t": "n1", "mean_c": "m2", "sd_c": "sd2", "n_c": "n2"},
        "generic": {"effect": "es"},
    },
    {"se": "se"},
)
JASP = Layout("Study", {"generic": {"effect": "Effect size"}}, {"se": "Standard error"})


def own(content: Content) -> bytes:
    """Metaudit's own columns, every cell as typed."""
    header, rows = own_table(content)
    return csv_text(header, guard_all(rows, content)).encode()


def own_table(content: Content) -> tuple[list[str], list[dict[str, str]]]:
    """Header and cells of the rows: metaudit's own columns in the order of extraction.csv, every cell as typed."""
    rows = content.review.rows if content.whole else [r.row for r in content.rows()]
    cells = [r.cells for r in rows]
    return list(dict.fromkeys(c for row in cells for c in row)), cells


def escalc(content: Content) -> bytes:
    """For ``escalc`` and ``rma`` of R's metafor."""
    return _named(content, ESCALC)


def meta(content: Content) -> bytes:
    """For R's meta."""
    return _named(content, META)


def jasp(content: Content) -> bytes:
    """For JASP, which lets its user say what each column is."""
    return _named(content, JASP)


def stata(content: Content) -> bytes:
    """For Stata's meta, which takes events and people without an event: ``n11 n12 n21 n22``."""
    return _named(content, STATA, cells_of_tables=True)


def _named(content: Content, layout: Layout, *, cells_of_tables: bool = False) -> bytes:
    """The table under a program's names."""
    tell_ready_made(content, tuple(layout.spreads))
    kinds = {line: part for part in reversed(content.parts) for line in (r.row.line for r in part.rows)}
    table = [_cells(r, kinds[r.row.line], layout, content, cells_of_tables=cells_of_tables) for r in content.rows()]
    dropped = [c for c in PROVENANCE if any(c in r.row.cells for r in content.rows())]
    if dropped:
        content.tell("dropped", "extraction.csv", f"where the numbers were read is not carried: {', '.join(dropped)}.")
    header = list(dict.fromkeys(c for row in table for c in _sorted(row, layout)))
    return csv_text(header, guard_all(table, content)).encode()


def _sorted(row: Mapping[str, str], layout: Layout) -> list[str]:
    """Label and year first, the user's own columns last."""
    first = [c for c in (layout.study, "year", "outcome", "timepoint", "comparison") if c in row]
    last = [c for c in row if c.startswith(("x_", "rob_"))]
    return [*first, *(c for c in row if c not in first and c not in last), *last]


def _cells(row: Converted, part: Part, layout: Layout, content: Content, *, cells_of_tables: bool) -> dict[str, str]:
    """One study under a program's names; what the program has no name for stands under our own."""
    names = layout.names.get(part.kind, {})
    given = {c: t for c, t in row.row.cells.items() if c not in PROVENANCE and c != "study"}
    out = {layout.study: row.label}
    if part.kind == "generic":
        found = ready_made(row, part.measure, content)
        out[names["effect"]] = found["effect"]
        out |= {name: found[c] for c, name in _spreads(row, layout, log=part.measure.code == "GEN-LOG").items()}
        taken = {"effect", "variance", "se", *_BESIDE_EFFECT}
    elif cells_of_tables and part.kind == "counts":
        out |= _four_cells(row, content)
        taken = {"events_t", "n_t", "events_c", "n_c"}
    else:
        out |= {name: plain(row, c, content) for c, name in names.items()}
        taken = set(names)
    beside = [c for c in _BESIDE_EFFECT if c in given and c in taken]
    if beside:
        content.tell("dropped", content.row_place(row), f"{', '.join(beside)} of {row.label}: the effect stands there.")
    return out | {c: t for c, t in given.items() if c not in taken}


def _spreads(row: Converted, layout: Layout, *, log: bool) -> Names:
    """The spread of a ready-made effect under the program's name: the one that is typed, if the program takes it."""
    typed = {c: n for c, n in layout.spreads.items() if c in row.given and not log}
    first = next(iter(layout.spreads.items()))
    return dict([next(iter(typed.items()), first)])


def _four_cells(row: Converted, content: Content) -> dict[str, str]:
    """Events and people without an event in both groups."""
    out = {}
    for events, n, names in (("events_t", "n_t", ("n11", "n12")), ("events_c", "n_c", ("n21", "n22"))):
        a, b = plain(row, events, content), plain(row, n, content)
        out[names[0]] = a
        out[names[1]] = str(round(float(b) - float(a))) if a and b else ""
    return out
