"""A review in which every text that a person types is a trap: for a browser, a spreadsheet, a template, LaTeX and Markdown."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from making import CLAIM_COLUMNS, write_table
from metaudit.formats.review import Review, read_review

# Each ends in something of its own, so that a page shows which one is where.
TRAPS = {
    "script": "<script>window.owned='{}'</script>",
    "image": "\"><img src=x onerror=\"window.owned='{}'\">",
    "single": "' onmouseover='window.owned=1' x='{}",
    "closing": "</script></title></style></textarea></svg><script>window.owned='{}'</script>",
    "svg": "]]></text><svg onload=window.owned='{}'><![CDATA[",
    "template": "{{{{7*7}}}}{{% for x in ().__class__.__base__.__subclasses__() %}}{}",
    "braces": "{{0.__class__}} %(x)s ${{window.owned='{}'}} `{}`",
    "latex": "\\input{{/etc/passwd}}\\write18{{id}} $x_{{1}}$ % # & ~ ^ _ {}",
    "math": "cost $\\frac{{ $5 \\undefined_^ {} $x$",
    "markdown": "[a](javascript:window.owned='{}') ![b](x) | `c` **d** <b>e</b>",
    "formula": "=HYPERLINK(\"http://127.0.0.1/{}\")",
    "at": "@SUM(1+1)*cmd|' /C calc'!A0 {}",
    "entity": "&lt;script&gt;window.owned='{}'&lt;/script&gt; &#60;b&#62;",
    "line": "line\u2028separator\u2029 \u00a0 {}",
    "right": "\u05d0\u05d1 \u0645\u0631\u062d\u0628\u0627 \u200f{}",
}  # fmt: skip

PATH = "../../../outside"
"""A name that would be a file elsewhere if it were taken for one."""


def trap(kind: str, where: str) -> str:
    """A trap that says where it was laid."""
    return TRAPS[kind].format(where, where) if TRAPS[kind].count("{}") > 1 else TRAPS[kind].format(where)


def write_hostile(folder: Path) -> Path:
    """Write the review's folder."""
    folder.mkdir(parents=True)
    outcome, site = trap("script", "outcome"), trap("image", "site")
    document: dict[str, Any] = {
        "id": folder.name,
        "title": f"{trap('closing', 'title')} {trap('script', 'title')}",
        "kind": "meta-analysis",
        "citation": {
            "authors": trap("image", "authors"), "year": 2020, "journal": trap("script", "journal"),
            "doi": "10.1000/\"><script>window.owned='doi'</script>",
        },
        "note": trap("template", "review-note"),
        "analyses": {
            "main": {
                "title": f"{trap('closing', 'analysis')} {trap('latex', 'analysis')}",
                "select": {"outcome": outcome},
                "exclude": {"study": trap("svg", "excluded")},
                "reason": trap("script", "reason"),
                "measure": "RR",
                "method": {"model": "random", "tau2": "DL", "software": trap("script", "software")},
                "subgroups": "site",
                "moderators": [PATH],
                "note": trap("markdown", "analysis-note"),
            },
            "words": {"title": trap("braces", "words"), "select": {}, "data": "none"},
        },
    }  # fmt: skip
    with (folder / "review.yaml").open("w", encoding="utf-8") as handle:
        YAML().dump(document, handle)
    kinds = list(TRAPS)
    rows = [
        {
            "study": trap(kind, f"study{i}"), "year": 1990 + i, "outcome": outcome, "comparison": trap(kind, f"comparison{i}"),
            "events_t": 3 + i, "n_t": 50, "events_c": 5 + i % 3, "n_c": 49, "x_site": site if i % 2 else trap("single", "site"),
            f"x_{trap('script', 'column')}": trap(kind, f"cell{i}"), "rob_overall": "low",
            f"x_{PATH}": i, "printed_effect": "0.6", "source": "paper", "where": trap(kind, f"where{i}"), "certainty": "read", "note": trap(kind, f"note{i}"),
        }
        for i, kind in enumerate(kinds)
    ]  # fmt: skip
    rows.append({**rows[0], "study": trap("svg", "excluded"), "comparison": ""})
    write_table(folder / "extraction.csv", list(rows[0]), rows)
    claims = [
        {"claim": f"{trap(kind, f'claim{i}')}", "analysis": "main", "quantity": quantity, "subject": subject, "printed": printed, "source": "paper",
         "where": trap(kind, f"place{i}"), "certainty": "read", "note": trap(kind, f"remark{i}")}
        for i, (kind, quantity, subject, printed) in enumerate(
            (
                ("script", "estimate", "", "0.91"), ("image", "ci_low", "", "0.7"), ("closing", "k", "", str(len(kinds))), ("svg", "study_estimate", rows[1]["study"], "0.9"),
                ("single", "estimate", f"site={site}", "0.8"), ("latex", "text", "", trap("script", "words")), ("braces", "value", trap("closing", "subject"), "5"),
                ("markdown", "i2", "", "12%"),
            )
        )
    ]  # fmt: skip
    claims.append({"claim": PATH, "analysis": "", "quantity": "count", "subject": trap("image", "counted"), "printed": "7", "unit": trap("script", "unit"), "source": "paper", "certainty": "read"})  # fmt: skip
    write_table(folder / "claims.csv", CLAIM_COLUMNS, claims)
    source = {"source": "paper", "citation": trap("image", "source"), "url": "javascript:window.owned='url'", "read": "full text", "note": trap("script", "source-note")}  # fmt: skip
    write_table(folder / "sources.csv", list(source), [source])
    return folder


def hostile(folder: Path) -> Review:
    """Write the review and read it."""
    return read_review(write_hostile(folder))


def cells(path: Path) -> list[Mapping[str, str]]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))
