"""Render the site: every page whole or not at all, the same bytes every time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from metaudit.audit_words.numbers import tied, typographic
from metaudit.audit_words.verdicts import BY_CODE, CERTAINTIES, CERTAINTY_MEANING, SEVERE_FIRST, VERDICTS
from metaudit.files import write_text
from metaudit.report.analysis import analysis_pages
from metaudit.report.anchors import claim_addresses, page, source_ids
from metaudit.report.assets import TEMPLATES, write_assets
from metaudit.report.board import count, headline, write_board
from metaudit.report.explorer import explorers
from metaudit.report.index import FIRST, MOST, about_parts, entries, quantities, ranked, review_lines, search_script
from metaudit.report.language import Interface, french
from metaudit.report.results import Files, shown
from metaudit.report.review import review_view
from metaudit.tables.quantities import quantity_words
from metaudit.tables.reading import Review, read_review

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from metaudit.report.index import Entry


def environment(interface: Interface | None = None) -> Environment:
    """Jinja environment of the templates, escaping everything; ``interface`` gives them their words."""
    said = interface or Interface()
    found = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    found.filters["minus"] = set_text
    found.globals.update(
        t=said.text,
        k=said.plain,
        ta=said.attributes,
        tn=said.number,
        verdicts=VERDICTS,
        severe_first=[BY_CODE[code] for code in SEVERE_FIRST],
        verdict_of=BY_CODE,
        certainties=CERTAINTIES,
        certainty_meaning=CERTAINTY_MEANING,
        quantity_words=quantity_words,
        quantities=quantities,
        about_parts=about_parts,
        french=french(),
    )
    return found


def set_text(text: str) -> str:
    """A sentence as a page sets it: true minus signs, τ² in Greek, and no line that ends within a number."""
    return tied(typographic(text.replace("tau²", "τ²")))


def index_html(templates: Environment, reviews: list[Review], found: list[Entry]) -> str:
    """Front page."""
    first = ranked(found)
    return templates.get_template("index.html.j2").render(
        counts=count(entry.finding for entry in found),
        headline=headline(reviews),
        findings=[entry.finding for entry in found],
        first=first[:FIRST],
        more=first[FIRST:MOST],
        first_total=len(first),
        lines=review_lines(reviews),
        kinds=sorted({review.kind for review in reviews if review.kind}),
    )


def review_files(
    templates: Environment, review: Review, *, addresses: Mapping[str, str], home: str
) -> Iterator[tuple[str, str]]:
    """Page of one review, then the pages of its analyses and their data: file name in the site, and text."""
    files = Files(review.figures.parent, home.replace("{review}", review.id))
    results = shown(files.folder)
    view = review_view(review, addresses=addresses, shown=results, files=files)
    yield page(review.id), templates.get_template("review.html.j2").render(view=view)
    sources = {key: f"{page(review.id)}#{anchor}" for key, anchor in source_ids(review).items()}
    template = templates.get_template("analysis_page.html.j2")
    subgroups = {a.id: a.subgroups for a in review.analyses}
    own = explorers(files.folder, review.id, addresses=addresses, subgroups=subgroups)
    for one in analysis_pages(review, view.analyses, sources=sources, shown=results, files=files, explorers=own):
        yield one.view.href, template.render(page=one)
        if one.explorer is not None:
            yield one.explorer.file, one.explorer.text


def remove_stale(folder: Path, kept: Iterable[str]) -> None:
    """Delete pages of reviews and analyses, and their data, that are no longer part of the site."""
    names = set(kept)
    for path in sorted([*folder.glob("*.html"), *folder.glob("explorer/*.js")]):
        if path.relative_to(folder).as_posix() not in names:
            path.unlink()


def write_report(
    data_dir: str | Path,
    results_dir: str | Path,
    *,
    reviews: Iterable[str],
    home: str = "../{review}",
    interface: Interface | None = None,
) -> list[Path]:
    """Write ``report/index.html``, the pages of reviews and analyses, ``report/assets/``, and ``board.csv``.

    Parameters
    ----------
    data_dir : folder with one folder per review, as typed in
    results_dir : folder with one folder per review, as computed
    reviews : which reviews: names, or paths of folders that lie elsewhere
    home : where a page finds the results of its review, seen from the folder of the pages
    interface : collects the sentences of the interface that the pages use

    Returns
    -------
    The files written.
    """
    results = Path(results_dir)
    report = results / "report"
    found = sorted((read_review(data_dir, results, name) for name in set(reviews)), key=lambda review: review.id)
    templates, addresses, claims = environment(interface), claim_addresses(found), entries(found)
    names = ["index.html"]
    write_text(report / "index.html", index_html(templates, found, claims))
    for review in found:
        for name, text in review_files(templates, review, addresses=addresses, home=home):
            write_text(report / name, text)
            names.append(name)
    remove_stale(report, names)
    assets = write_assets(report / "assets", templates, search=search_script(claims))
    board = results / "board.csv"
    write_board(board, found)
    return [*(report / name for name in names), *assets, board]


main = write_report
