"""The analyses that a table allows: one for each outcome, time point and comparison, and their measure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from metaudit.drafts.draft import Notice
from metaudit.drafts.write import id_of
from metaudit.errors import InputError, Problem
from metaudit.formats.tables import nearest
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_effects import effect_candidate
from metaudit.imports.guess_names import plain
from metaudit.imports.mapping import Mapping
from metaudit.imports.options import Options
from metaudit.measures import MEASURES
from metaudit.printed import parse_printed
from metaudit.specs import usual_measures

MOST_ANALYSES = 60
# Kinds of data, the first that the table has; what each needs at least, any line of it.
_KINDS: tuple[tuple[str, tuple[set[str], ...]], ...] = (
    ("counts", ({"events_t", "events_c", "n_t", "n_c"}, {"events_t", "events_c", "nonevents_t", "nonevents_c"}, {"nonevents_t", "nonevents_c", "n_t", "n_c"},
                {"percent_t", "percent_c", "n_t", "n_c"}, {"proportion_t", "proportion_c", "n_t", "n_c"})),
    ("change", ({"mean_t", "mean_c", "n_pairs"},)),
    ("means", ({"mean_t", "mean_c"}, {"median_t", "median_c"})),
    ("rates", ({"events_t", "events_c", "time_t", "time_c"},)),
    ("generic", ({"effect"}, {"log_effect"}, {"oe", "oe_variance"})),
    ("proportion", ({"events", "n"}, {"events", "nonevents"}, {"percent", "n"}, {"proportion", "n"})),
    ("correlation", ({"r", "n"},)),
    ("mean", ({"mean", "sd", "n"},)),
    ("one rate", ({"events", "time"},)),
)  # fmt: skip
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
    if mapping.layout == "arms":
        roles |= {f"{stem}{s}" for stem in _ARM_STEMS if stem in roles for s in ("_t", "_c")}
    return _kind(roles)


def _kind(columns: set[str]) -> str:
    return next((kind for kind, needs in _KINDS if any(need <= columns for need in needs)), "")


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
    return log < 0.2 * natural and natural / len(rows) > 0.02


def _values_or_nan(cells: Iterable[str]) -> list[float]:
    out = []
    for cell in cells:
        found = _values([cell])
        out.append(found[0] if found else math.nan)
    return out


def analyses_of(
    rows: Sequence[dict[str, str]], table: Table, mapping: Mapping, *, title: str
) -> tuple[dict[str, dict[str, Any]], list[Notice]]:
    """Analysis id -> its entry of review.yaml, and what was decided.

    Parameters
    ----------
    rows : rows of extraction.csv
    table, mapping : where they came from
    title : title of the review, for an analysis whose outcome has no name
    """
    analyses: dict[str, dict[str, Any]] = {}
    notices: list[Notice] = []
    left: list[str] = []
    for select, some in _groups(rows):
        kind = _usual_kind(some)
        if kind in ("", "one rate"):
            left.append(" / ".join(select.values()) or "the table")
            continue
        name = ", ".join(select.values()) or title
        entry: dict[str, Any] = {"title": name, "select": select, **_measure(kind, mapping)}
        if len(analyses) < MOST_ANALYSES:
            analyses[_id(name, analyses)] = entry
    if left:
        what = (
            "holds no data that an effect is computed from"
            if len(left) == 1
            else "hold no data that an effect is computed from"
        )
        notices.append(
            Notice(
                "remark",
                table.shown,
                f"{', '.join(left[:10])} {what}; no analysis was made of it.",
                "The rows stand in extraction.csv.",
            )
        )
    listed = {tuple(a["measure"]) for a in analyses.values() if isinstance(a.get("measure"), list)}
    for measures in sorted(listed):
        notices.append(Notice("guessed", table.shown, f"the table does not say the effect measure; {', '.join(measures)} are all possible, and the audit searches them.",
                              "Say it with --measure, or leave one in review.yaml."))  # fmt: skip
    if mapping.measure and not _suits(mapping.measure, rows):
        notices.append(
            Notice(
                "remark",
                table.shown,
                f"the measure {mapping.measure} needs other columns than the table has.",
                "Correct measure in review.yaml.",
            )
        )
    notices.append(
        Notice(
            "remark",
            table.shown,
            "the table does not say how the studies were pooled; no method is stated.",
            "Write what the authors state into method in review.yaml.",
        )
    )
    return analyses, notices


def _usual_kind(rows: Sequence[dict[str, str]]) -> str:
    """The kind of data that most rows have."""
    counts = Counter(kind for row in rows for kind, needs in _KINDS if any(need <= row.keys() for need in needs))
    most = max(counts.values(), default=0)
    return next((kind for kind, _ in _KINDS if most and counts[kind] == most), "") or _kind(
        {k for row in rows for k in row}
    )


def _suits(measure: str, rows: Sequence[dict[str, str]]) -> bool:
    kind = _usual_kind(rows)
    return MEASURES[measure].kind == kind or (kind == "means" and MEASURES[measure].kind == "means") or kind == ""


def _measure(kind: str, mapping: Mapping) -> dict[str, Any]:
    if mapping.measure and (MEASURES[mapping.measure].kind == kind or kind == "generic"):
        return {"measure": mapping.measure}
    if mapping.measure and kind in ("means", "counts") and MEASURES[mapping.measure].kind not in ("generic",):
        return {"measure": mapping.measure}
    if kind == "generic":
        return {"measure": "GEN"}
    found = usual_measures(kind)
    return {"measure": found[0] if len(found) == 1 else list(found)} if found else {}


def _groups(rows: Sequence[dict[str, str]]) -> list[tuple[dict[str, str], list[dict[str, str]]]]:
    """Rows by outcome and time point; by comparison too where those are against different controls."""
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in rows:
        groups.setdefault((row.get("outcome", ""), row.get("timepoint", "")), []).append(row)
    out = []
    for (outcome, timepoint), some in groups.items():
        select = {k: v for k, v in (("outcome", outcome), ("timepoint", timepoint)) if v}
        if not timepoint and len(groups) > 1 and any(o == outcome and t for o, t in groups):
            some = [r for r in rows if r.get("outcome", "") == outcome]
        compared = list(dict.fromkeys(r["comparison"] for r in some if " vs " in r.get("comparison", "")))
        controls = {plain(c.rpartition(" vs ")[2]) for c in compared}
        often = [c for c in compared if sum(r.get("comparison") == c for r in some) > 1]
        if len(controls) <= 1 or not often:
            out.append((select, some))
        if len(compared) > 1:
            out += [(select | {"comparison": c}, [r for r in some if r.get("comparison") == c]) for c in often]
    return out


def _id(name: str, taken: dict[str, Any]) -> str:
    stem = id_of(name)[:50].strip("-") or "all"
    out, n = stem, 1
    while out in taken:
        n += 1
        out = f"{stem}-{n}"
    return out
