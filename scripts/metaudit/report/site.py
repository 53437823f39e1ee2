"""Render the site: every page whole or not at all, the same bytes every time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from metaudit.files import write_text
from metaudit.report.anchors import claim_addresses, page
from metaudit.report.board import count, headline, write_board
from metaudit.report.index import FIRST, entries, ranked, review_lines, searchable
from metaudit.report.review import review_view
from metaudit.tables.numbers import typographic
from metaudit.tables.reading import Review, read_review
from metaudit.tables.verdicts import BY_CODE, CERTAINTIES, CERTAINTY_MEANING, SEVERE_FIRST, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterable

TEMPLATES = Path(__file__).parent / "templates"


def environment() -> Environment:
    """Jinja environment of the templates, escaping everything."""
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["minus"] = typographic
    found.globals.update(
        css=Markup((TEMPLATES / "style.css").read_text(encoding="utf-8")),
        script=Markup((TEMPLATES / "page.js").read_text(encoding="utf-8")),
        verdicts=VERDICTS,
        severe_first=[BY_CODE[code] for code in SEVERE_FIRST],
        verdict_of=BY_CODE,
        certainties=CERTAINTIES,
        certainty_meaning=CERTAINTY_MEANING,
        many=many,
    )
    return found


def many(n: int, what: str) -> str:
    """A number of things: ``1 review``, ``2 reviews``."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def index_html(templates: Environment, reviews: list[Review]) -> str:
    """Front page."""
    found = entries(reviews)
    first = ranked(found)
    return templates.get_template("index.html.j2").render(
        counts=count(entry.finding for entry in found),
        headline=headline(reviews),
        claims=len(found),
        first=first[:FIRST],
        first_total=len(first),
        lines=review_lines(reviews),
        kinds=sorted({review.kind for review in reviews if review.kind}),
        searchable=searchable(found),
    )


def remove_stale(folder: Path, kept: Iterable[str]) -> None:
    """Delete pages of reviews that are no longer part of the site."""
    names = set(kept)
    for path in sorted(folder.glob("*.html")):
        if path.name not in names:
            path.unlink()


def write_report(data_dir: str | Path, results_dir: str | Path, *, reviews: Iterable[str]) -> None:
    """Write ``report/index.html``, one page per review, and ``board.csv`` into the results folder.

    Parameters
    ----------
    data_dir : folder with one folder per review, as typed in
    results_dir : folder with one folder per review, as computed
    reviews : which reviews
    """
    results = Path(results_dir)
    found = [read_review(data_dir, results, name) for name in sorted(set(reviews))]
    templates, addresses = environment(), claim_addresses(found)
    pages = {"index.html": index_html(templates, found)}
    template = templates.get_template("review.html.j2")
    for review in found:
        pages[page(review.id)] = template.render(view=review_view(review, addresses=addresses))
    for name, text in pages.items():
        write_text(results / "report" / name, text)
    remove_stale(results / "report", pages)
    write_board(results / "board.csv", found)


main = write_report
