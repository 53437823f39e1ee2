"""``data/README.md``, written from the declaration of the columns: ``python -m metaudit.formats.document``."""

from __future__ import annotations

from pathlib import Path

from metaudit.formats.columns import EXTRACTORS, KEYS, TABLES, Column
from metaudit.formats.places import DATA, SCHEMAS
from metaudit.formats.syntheses import SYNTHESES
from metaudit.formats.yaml_file import load_schema

TARGET = DATA / "README.md"

_HEAD = """# How a review enters

A *review* is one folder under `data/reviews/`, named by letters, digits and hyphens. Everything in it is plain text.
Adding one needs no Python: write the files below, run `metaudit check data/reviews/<id>`, then `make`.

| file | one row is | must exist |
|---|---|---|
| `review.yaml` | the review: who, what kind, which analyses, by which stated method | always |
| `sources.csv` | one document that numbers were read in | always |
| `extraction.csv` | one study's data for one outcome and comparison, as reported | when anything is re-derived |
| `claims.csv` | one printed number | when anything is audited |
| `candidates.csv` | one trial that may be behind a pooled claim without a public table | optional |
| `extraction.A.csv`, `extraction.B.csv` | the same as `extraction.csv`, each filled in by one of two people who did not see the other's | optional |
| `reconciliation.csv` | one difference between the two, and who was right; written by `metaudit extractors` | optional |

CSV files are UTF-8 with commas and a header row; `.` is the decimal point, an empty cell means *not reported*. Every
printed number is typed exactly as printed (`-1.83`, `0.50`, `<.0001`, `51.3%`): trailing zeros, `<` and `%` are
information. Unknown columns are an error that names the nearest known one. Columns that a file does not need may be
left out. In `extraction.csv` any further column that starts with `x_` is a covariate, named without its prefix elsewhere,
and one that starts with `rob_` the judgement of one domain of bias (`rob_overall` the overall one), drawn beside the forest plot: low, unclear,
some concerns, moderate, high, serious, critical or no information.

In a network a row is one arm of one study: `treatment` with `events` and `n`, or `mean`, `sd` and `n`, or `events` and `time`, or `effect` and
`se`; or one comparison, `treatment` against `treatment_c` with `effect` and `se` or an interval. Whom a claim about a network speaks of stands in
`subject`: nothing (the whole), `A`, `A : B`, or `STUDY : A : B` ([networks](../docs/networks.md)).

In a dose-response analysis a row is one dose of one study: `dose`, `events` with `n` (cases and controls, or people) or `time`, and
`effect` (the ratio against the reference dose, or its logarithm with measure `GEN`) with `se` (of the logarithm) or its interval. One row
of a study is the reference: its `effect` is empty or 1, and it has neither `se` nor interval. Without any `effect` the ratios follow from
the counts, against the lowest dose. Rows hang together by study, outcome, time point and comparison, so that strata of one study differ
in `comparison`.

This page is written from `scripts/metaudit/formats/columns.py` and `data/schemas/review.schema.json`
(`python -m metaudit.formats.document`); a test fails when it is out of date.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for name, columns in TABLES.items():
        if name in EXTRACTORS.values():
            continue  # the same columns as extraction.csv
        parts += [f"\n## {name}\n", f"Unique together: {', '.join(f'`{k}`' for k in KEYS[name])}.\n", _table(columns)]
    parts += ["\n## review.yaml\n", _keys()]
    return "\n".join(parts)


def _table(columns: tuple[Column, ...]) -> str:
    rows = ["| column | what it holds | kind |", "|---|---|---|"]
    rows += [f"| `{c.name}`{' (required)' if c.required else ''} | {c.meaning} | {_kind(c)} |" for c in columns]
    return "\n".join(rows) + "\n"


def _kind(column: Column) -> str:
    if column.choices:
        return "one of " + " ".join(f"`{c}`" for c in column.choices)
    limits = []
    if column.low is not None:
        limits.append(f"{column.low:g} or more")
    if column.above is not None:
        limits.append(f"above {column.above:g}")
    if column.high is not None:
        limits.append(f"at most {column.high:g}")
    words = {"count": "whole number", "number": "printed number", "printed": "as printed", "doi": "DOI"}
    return ", ".join([words.get(column.kind, column.kind), *limits])


def _keys() -> str:
    schema = load_schema(SCHEMAS / "review.schema.json")
    rows = ["| key | what it holds |", "|---|---|"]
    rows += [
        f"| `{k}` | {v.get('description', 'who published it, where and when')} |"
        for k, v in schema["properties"].items()
    ]
    rows += [
        f"| `analyses.<id>.{k}` | {v.get('description', 'what the authors state')} |"
        for k, v in schema["$defs"]["analysis"]["properties"].items()
    ]
    for synthesis in SYNTHESES:
        own = schema["$defs"]["analysis"]["properties"][synthesis]["$ref"].rpartition("/")[2]
        for key, rule in schema["$defs"][own]["properties"].items():
            values = ": " + " ".join(f"`{v}`" for v in rule["enum"]) if "enum" in rule else ""
            rows.append(f"| `analyses.<id>.{synthesis}.{key}` | {rule['description']}{values} |")
    for key, rule in schema["$defs"]["method"]["properties"].items():
        values = ": " + " ".join(f"`{v}`" for v in rule["enum"]) if "enum" in rule else ""
        rows.append(f"| `analyses.<id>.method.{key}` | {rule['description']}{values} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    Path(TARGET).write_text(page(), encoding="utf-8")
