"""The page of a corpus's summary: one file that needs no other but its figures, with the looks of the report."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from metaudit.audit_words.numbers import tied, typographic
from metaudit.audit_words.verdicts import BY_CODE, CERTAINTY_MEANING, REPRODUCED, SEVERE_FIRST, VERDICTS
from metaudit.corpus.schema import VERDICT_COLUMNS
from metaudit.corpus.summary import TABLES
from metaudit.corpus.summary_counts import NOT_STATED, STATED, Counted, Group
from metaudit.corpus.summary_figures import Picture, percent
from metaudit.corpus.summary_tables import by_size
from metaudit.files import write_text
from metaudit.report.assets import TEMPLATES
from metaudit.report.language import french

OWN = Path(__file__).parent / "templates"
SHOWN, SHOWN_SPREADS, SHOWN_METHODS = 20, 20, 12
_DISAGREE = ("IMPOSSIBLE", "INCONSISTENT")
_DIFFER = ("OUT_OF_ENVELOPE", "DIFFERENT", "NEAR", "OTHER_SPEC")


@dataclass(frozen=True)
class Line:
    """One group of analyses in a table of the page."""

    label: str
    analyses: int
    rederived: str
    claims: int
    counts: Mapping[str, int]


def write_page(counted: Counted, pictures: Mapping[str, Picture], path: Path, *, notes: Sequence[str]) -> None:
    """Write the page.

    Parameters
    ----------
    counted : the corpus
    pictures : the figures beside it, by name
    path : the page
    notes : what has to be known to read the verdicts, a sentence or two each
    """
    page = _environment().get_template("summary.html.j2").render(**_said(counted), pictures=pictures, notes=notes)
    write_text(path, page)


def _environment() -> Environment:
    """Templates of the report and the page's own; words are English, everything is escaped."""
    found = Environment(
        loader=FileSystemLoader([OWN, TEMPLATES]), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    found.filters["minus"] = _set_text
    found.filters["thousands"] = _thousands
    found.globals.update(
        t=str, k=str, verdicts=VERDICTS, verdict_of=BY_CODE, severe_first=[BY_CODE[c] for c in SEVERE_FIRST],
        certainty_meaning=CERTAINTY_MEANING, french=french(), percent=percent,
    )  # fmt: skip
    return found


def _set_text(text: str) -> str:
    return tied(typographic(text.replace("tau²", "τ²")))


def _thousands(n: int) -> str:
    """A whole number with narrow spaces, which no line ends in, from 10,000 on."""
    return f"{n:,}".replace(",", "\u202f") if n >= 10_000 else str(n)


def _said(counted: Counted) -> dict[str, Any]:
    whole, total = counted.whole, counted.claims.total()
    return {
        "counted": counted,
        "total": total,
        "counts": {v: counted.claims[v] for v in SEVERE_FIRST if counted.claims[v]},
        "headline": _headline(counted),
        "rederived": percent(whole.rederived, whole.judged),
        "years": [_line(str(y) if y is not None else NOT_STATED, g) for y, g in _by_year(counted)],
        "measures": [_line(m, g) for m, g in by_size(counted.measures)],
        "programs": [_line(p, g) for p, g in by_size(counted.programs)],
        "stated": [(name, counted.stated[name]) for name in STATED if name in counted.stated],
        "unstated": _unstated(counted),
        "departures": sorted(counted.departures.items(), key=lambda item: (-item[1], item[0])),
        "screens": [
            (m, counted.screens[m])
            for m in sorted(counted.screens, key=lambda m: (-counted.screens[m]["spreads"], m))
            if counted.screens[m]["spreads"] or counted.screens[m]["impossible_percentages"]
        ],
        "spreads": counted.spreads[:SHOWN_SPREADS],
        "all_spreads": len(counted.spreads),
        "first": counted.first[:SHOWN],
        "all_first": len(counted.first),
        "broken": sorted(counted.problems.items(), key=lambda item: (-item[1].reviews, item[0])),
        "files": TABLES,
        "sheet": _sheet(),
    }


def _by_year(counted: Counted) -> Sequence[tuple[int | None, Group]]:
    return sorted(counted.years.items(), key=lambda item: (item[0] is None, item[0] or 0))


def _line(label: str, group: Group) -> Line:
    counts = {v: group.claims[v] for v in VERDICT_COLUMNS if group.claims[v]}
    return Line(label, group.analyses, percent(group.rederived, group.judged), group.claims.total(), counts)


def _headline(counted: Counted) -> tuple[tuple[int, str, str], ...]:
    """Four figures over the page: number, words, and the verdict whose colour they carry."""
    claims = counted.claims
    return (
        (
            sum(claims[v] for v in _DISAGREE),
            "disagree with another printed number, or cannot come from any data",
            "inconsistent",
        ),
        (
            sum(claims[v] for v in _DIFFER),
            "differ from what the table and the stated method give",
            "different",
        ),
        (
            sum(claims[v] for v in REPRODUCED),
            f"reproduced ({_thousands(claims['UNDERSPECIFIED'])} of them by a choice that is left open)",
            "exact",
        ),
        (
            claims["NOT_CHECKABLE"],
            "could not be checked: study data or a second source are missing",
            "not-checkable",
        ),
    )


def _unstated(counted: Counted) -> list[tuple[str, int, int]]:
    """Methods of the analyses that say nothing, or name a program only: in words, how many, and of these the only ones."""
    methods: dict[str, list[int]] = {}
    for name in STATED[2:]:
        if name in counted.stated:
            for method, n in counted.stated[name].methods.items():
                both = methods.setdefault(method, [0, 0])
                both[0] += n
                both[1] += counted.stated[name].unique_methods[method]
    return sorted(((m, n, u) for m, (n, u) in methods.items()), key=lambda row: (-row[1], row[0]))[:SHOWN_METHODS]


def _sheet() -> str:
    """The report's style sheet with its font inside, so that the page is one file."""
    sheet = _environment().get_template("style.css.j2").render()
    for name in ("DejaVuSans.woff2", "DejaVuSans-Bold.woff2"):
        inside = base64.b64encode((TEMPLATES / name).read_bytes()).decode("ascii")
        sheet = sheet.replace(f'url("{name}")', f'url("data:font/woff2;base64,{inside}")')
    return sheet
