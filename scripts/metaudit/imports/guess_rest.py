"""Columns that are none of ours: judgements of bias, covariates, and what no analysis can use."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from metaudit.imports.grid_table import Table
from metaudit.imports.guess_cells import MAIN, is_judgement
from metaudit.imports.guess_effects import effect_candidate, spread_candidate
from metaudit.imports.guess_names import plain
from metaudit.imports.mapping import ColumnMapping
from metaudit.imports.text_numbers import is_missing

_LONG_TEXT = 120
_READY = ("yi", "vi", "sei", "te", "sete", "se te")


def left_over(table: Table, name: str, found: dict[str, ColumnMapping]) -> ColumnMapping:
    """A column that is none of ours: a judgement of bias, a covariate, or nothing that can be used."""
    cells = [c for c in table.cells(name) if not is_missing(c)]
    odd = name in found
    if not cells:
        return ColumnMapping(name, drop="the column is empty")
    if is_judgement(cells, name):
        return ColumnMapping(name, (f"rob_{slug(name)}",), score=0.8, reason="its cells are judgements of bias")
    numbers = [str(i) for i in range(1, len(table.lines) + 1)]
    if (
        plain(name) in ("row names", "x", "unnamed 0", "id", "rownames", "no", "index", "column a", "row number", "nr")
        and table.cells(name) == numbers
    ):
        return ColumnMapping(name, drop="it numbers the rows")
    if plain(name) in ("source", "certainty") and {"study", "outcome"} & {plain(c) for c in table.columns}:
        return ColumnMapping(name, drop="the provenance of another review; the rows were read in this file")
    if (
        plain(name) in ("title", "abstract", "doi", "pmid", "url", "link", "digest")
        or sum(map(len, cells)) / len(cells) > _LONG_TEXT
    ):
        return ColumnMapping(name, drop="free text or an identifier, which no analysis uses")
    used = _used_instead(name, found)
    reason = (
        used
        if used
        else f"its cells are not what {' and '.join(found[name].roles)} needs"
        if odd and found[name].roles
        else "the name is not known"
    )
    return ColumnMapping(name, (f"x_{slug(name)}",), score=0.5, reason=f"{reason}; kept as a covariate")


def _used_instead(name: str, found: dict[str, ColumnMapping]) -> str:
    """Why a column of effects or their variances is not used: there are the numbers it was computed from, or the ratio."""
    if name in found or (
        plain(name) not in _READY and effect_candidate(name) is None and spread_candidate(name) is None
    ):
        return ""
    raw = [
        n
        for n, c in found.items()
        if any(r.removesuffix("_t").removesuffix("_c") in (*MAIN, "r") and not r.startswith("x_") for r in c.roles)
    ]
    ratio = [n for n, c in found.items() if c.roles == ("effect",)]
    if raw:
        return f"the raw data are used instead ({', '.join(raw[:4])})"
    return f"the effect in {ratio[0]!r} is used instead" if ratio else ""


def slug(name: str) -> str:
    """A heading as the name of a covariate."""
    return plain(name).replace(" ", "_")[:60].strip("_") or "column"


def unlike_names(found: dict[str, ColumnMapping], table: Table) -> None:
    """Covariates whose headings come to the same name are numbered."""
    counts: Counter[str] = Counter()
    for name in table.columns:
        column = found[name]
        if len(column.roles) == 1 and column.roles[0].startswith(("x_", "rob_")):
            counts[column.roles[0]] += 1
            n = counts[column.roles[0]]
            if n > 1:
                found[name] = replace(column, roles=(f"{column.roles[0]}_{n}",))
