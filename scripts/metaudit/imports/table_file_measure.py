"""The kind of data that a table holds, and the effect measure that was said or that its headings name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
from metaudit.formats.tables import nearest
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_effects import effect_candidate
from metaudit.imports.guess_names import plain
from metaudit.imports.mapping import Mapping
from metaudit.imports.options import Options
from metaudit.measures import MEASURES
from metaudit.printed import parse_printed

# What an effect needs beside it; a type of effect (d, g, r, z) has a variance by the number of people.
_SPREADS = ("se", "variance", "ci_low", "log_ci_low", "p", "t", "f", "effect_type")
# Kinds of data, the first that the table has; what each needs at least, any line of it.
KINDS: tuple[tuple[str, tuple[set[str], ...]], ...] = (
    (
        "counts",
        (
            {"events_t", "events_c", "n_t", "n_c"},
            {"events_t", "events_c", "nonevents_t", "nonevents_c"},
            {"nonevents_t", "nonevents_c", "n_t", "n_c"},
            {"percent_t", "percent_c", "n_t", "n_c"},
            {"proportion_t", "proportion_c", "n_t", "n_c"},
        ),
    ),
    ("change", ({"mean_t", "mean_c", "n_pairs"},)),
    ("means", ({"mean_t", "mean_c"}, {"median_t", "median_c"})),
    ("rates", ({"events_t", "events_c", "time_t", "time_c"},)),
    (
        "generic",
        (*({effect, spread} for effect in ("effect", "log_effect") for spread in _SPREADS), {"oe", "oe_variance"}),
    ),
    ("proportion", ({"events", "n"}, {"events", "nonevents"}, {"percent", "n"}, {"proportion", "n"})),
    ("correlation", ({"r", "n"},)),
    ("mean", ({"mean", "sd", "n"},)),
    ("one rate", ({"events", "time"},)),
)
_ARM_STEMS = (
    "events",
    "nonevents",
    "n",
    "mean",
    "sd",
    "se",
    "median",
    "time",
    "percent",
    "proportion",
    "pm",
    "ci_low",
    "q1",
    "min",
    "var",
)


def data_roles(mapping: Mapping) -> str:
    """The kind of data that the columns hold; empty when no effect can be computed from them."""
    roles = set(mapping.roles)
    if mapping.layout == "statistics":
        return "long" if "value" in roles else ""
    if typed_effect(mapping) and roles & {"n", "n_t"}:
        roles.add("effect_type")
    if mapping.layout == "arms":
        roles |= {f"{stem}{s}" for stem in _ARM_STEMS if stem in roles for s in ("_t", "_c")}
    return kind_of(roles)


def typed_effect(mapping: Mapping) -> str:
    """The type of effect (``d``, ``g``, ``r``, ``z``) that the heading of the effect names; empty for none."""
    columns = mapping.named("effect")
    told = effect_candidate(columns[0].name) if columns else None
    return told.effect.type if told and told.effect else ""


def kind_of(columns: set[str]) -> str:
    """The first kind of data that columns suffice for; empty for none."""
    return next((kind for kind, needs in KINDS if any(need <= columns for need in needs)), "")


def choose_measure(mapping: Mapping, table: Table, options: Options) -> tuple[str, list[Notice]]:
    """The measure that was said, or that the headings name; empty when they do not tell.

    Raises
    ------
    InputError
        when the measure that was said is not known.
    """
    said = options.measure or ""
    if said and said not in MEASURES:
        known = {m.upper(): m for m in MEASURES}
        if said.upper() not in known:
            raise InputError(
                [Problem(table.shown, 0, "", "measure", f"--measure {said!r} is not known.", nearest(said, MEASURES))]
            )
        said = known[said.upper()]
    kind = data_roles(mapping)
    if kind == "generic":
        return _generic(said, mapping, table)
    if said:
        return said, []
    for column in mapping.columns:
        effect = effect_candidate(column.name)
        of = effect.effect.of if effect and effect.effect else ""
        if of in MEASURES and MEASURES[of].kind == kind and "printed_effect" in column.roles:
            return of, [
                Notice(
                    "guessed",
                    table.shown,
                    f"the measure is {of}: the heading {column.name!r} names it.",
                    "Correct measure in review.yaml.",
                )
            ]
    return "", []


def _generic(said: str, mapping: Mapping, table: Table) -> tuple[str, list[Notice]]:
    """GEN, or GEN-LOG where the effects are ratios or their logarithms."""
    place = table.shown
    if {"log_effect", "oe"} & mapping.roles:
        return "GEN-LOG", []
    column = mapping.named("effect")[0]
    values = _values(table.cells(column.name))
    told = effect_candidate(column.name)
    ratio = told is not None and told.effect is not None and told.effect.measure == "GEN-LOG"
    log_asked = bool(said) and said != "GEN-LOG" and MEASURES[said].ratio
    conventional = (
        plain(column.name) in ("yi", "te", "es", "effect size", "effectsize", "meta es", "metaes")
        or min(values, default=0.0) <= 0
    )
    ratio = ratio or (log_asked and (_around_a_ratio(mapping, table) or not conventional))
    if log_asked and not ratio:
        mapping.columns = tuple(
            replace(
                c,
                roles=tuple(
                    {"effect": "log_effect", "ci_low": "log_ci_low", "ci_high": "log_ci_high"}.get(r, r)
                    for r in c.roles
                ),
            )
            for c in mapping.columns
        )
        message = f"column {column.name!r} was read as logarithms, since the measure was said to be {said} and the column holds effects ready-made."
        return "GEN-LOG", [Notice("guessed", place, message, "If they are ratios, say --measure GEN-LOG.")]
    if said and said not in ("GEN", "GEN-LOG") and not ratio:
        return "GEN", [
            Notice(
                "guessed",
                place,
                f"the effects are ready-made, so they are pooled as they stand (GEN); {said} is what they measure.",
            )
        ]
    if said == "GEN" and told is not None and told.effect is not None and told.effect.measure == "GEN-LOG":
        return said, [_natural_ratio(column.name, place, around=_around_a_ratio(mapping, table))]
    if said in ("GEN", "GEN-LOG"):
        return said, []
    if ratio and min(values, default=1.0) <= 0:
        message = f"column {column.name!r} has the name of a ratio and holds values of 0 or less; it was read as an effect on its own scale (GEN)."
        return "GEN", [
            Notice("guessed", place, message, "If it holds logarithms, write log_effect for it in mapping.yaml.")
        ]
    if ratio or _around_a_ratio(mapping, table):
        why = (
            f"the heading {column.name!r} or --measure names it"
            if ratio
            else "its limits are symmetric on the logarithmic scale"
        )
        return "GEN-LOG", [
            Notice(
                "guessed",
                place,
                f"the effects are ratios, pooled as logarithms (GEN-LOG): {why}.",
                "Correct measure in review.yaml.",
            )
        ]
    message = f"column {column.name!r} was read as effects to be pooled as they stand (GEN)."
    fix = "If they are logarithms of ratios, say --measure OR (or RR, IRR): then they become ratios."
    return "GEN", [Notice("guessed", place, message, fix)]


def _natural_ratio(name: str, place: str, *, around: bool) -> Notice:
    """A person may pool ratios as they stand, but hardly means to."""
    message = f"column {name!r} has the name of a ratio; GEN pools it as it stands, on its natural scale."
    if around:
        message += " Its limits lie unevenly around it there, and evenly on the logarithmic scale."
    return Notice("guessed", place, message, "GEN-LOG pools its logarithm: --measure GEN-LOG.")


def _values(cells: Iterable[str]) -> list[float]:
    out = []
    for cell in cells:
        try:
            out.append(parse_printed(cell.replace(",", ".").split(" ")[0]).value)
        except ValueError:
            continue
    return out


def _around_a_ratio(mapping: Mapping, table: Table) -> bool:
    """Whether limits lie around their effects as those of ratios do."""
    columns = [mapping.named(r) for r in ("effect", "ci_low", "ci_high")]
    if not all(columns) or any(len(c[0].roles) > 1 for c in columns):
        return False
    rows = [
        r for r in zip(*(_values_or_nan(table.cells(c[0].name)) for c in columns), strict=True) if all(x > 0 for x in r)
    ]
    if len(rows) < 3 or len(rows) < len(table.lines) / 2:
        return False
    natural = sum(abs(e - (lo + hi) / 2) / max(hi - lo, 1e-12) for e, lo, hi in rows)
    log = sum(abs(math.log(e) - math.log(lo * hi) / 2) / max(math.log(hi / lo), 1e-12) for e, lo, hi in rows)
    return bool(log < 0.2 * natural and natural / len(rows) > 0.02)


def _values_or_nan(cells: Iterable[str]) -> list[float]:
    out = []
    for cell in cells:
        found = _values([cell])
        out.append(found[0] if found else math.nan)
    return out
