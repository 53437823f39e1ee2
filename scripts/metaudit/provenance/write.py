"""The last stage: write ``provenance.json`` and ``ro-crate-metadata.json`` beside the results."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from metaudit.errors import InputError, Problem
from metaudit.files import write_json
from metaudit.formats.tables import read_table
from metaudit.formats.yaml_file import read_yaml
from metaudit.provenance.crate import crate
from metaudit.provenance.crate_files import IN_PLACE
from metaudit.provenance.places import CRATE, PROVENANCE, absolute, there
from metaudit.provenance.record import Run, of_own, record

_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def write_provenance(run: Run) -> None:
    """Write both files into the results folder.

    Raises
    ------
    InputError
        when results are no longer what their stages wrote, or CITATION.cff names no date
    """
    results = absolute(run.places.results)
    found = record(run)
    write_json(
        results / CRATE, crate(found, IN_PLACE, published=published(run.places.workflow), titles=titles(run.reviews))
    )
    found["outputs"] = dict(sorted({**found["outputs"], **of_own(results, [CRATE])}.items()))
    write_json(results / PROVENANCE, found)


def published(workflow: Path) -> str:
    """Date of the release, from CITATION.cff: results name no time of their own, so that two runs have the same bytes.

    Raises
    ------
    InputError
        when the file has none
    """
    path = workflow / "CITATION.cff"
    shown = path.name
    document, problems = read_yaml(path, shown) if there(path) and path.is_file() else ({}, [])
    date = str(document.get("date-released", "")) if isinstance(document, Mapping) else ""
    if not problems and not _DATE.fullmatch(date):
        message = f"date-released is {date!r}, and the date of publication of the results is taken from it."
        problems = [Problem(shown, 0, "date-released", "date", message, "Write the day of the release: 2026-11-29.")]
    if problems:
        raise InputError(problems)
    return date


def titles(reviews: Mapping[str, Path]) -> dict[str, str]:
    """Title of every review, from its review.yaml."""
    found = {}
    for review, folder in reviews.items():
        document, problems = read_yaml(folder / "review.yaml", f"{review}/review.yaml")
        if problems:
            raise InputError(problems)
        title = document.get("title") if isinstance(document, Mapping) else None
        found[review] = str(title or review)
    return found


def beside(reviews: Mapping[str, Path]) -> dict[str, list[str]]:
    """Ids of the reviews that the claims of every review refer to, or its analyses are shown beside."""
    found = {}
    for review, folder in reviews.items():
        path = folder / "claims.csv"
        rows, problems = read_table(path, f"{review}/claims.csv") if path.is_file() else ([], [])
        document, wrong = read_yaml(folder / "review.yaml", f"{review}/review.yaml")
        if problems or wrong:
            raise InputError([*problems, *wrong])
        analyses = document.get("analyses", {}).values() if isinstance(document, Mapping) else ()
        shown = [str(name) for analysis in analyses for name in analysis.get("beside", ())]
        named = [*(row.text("refers_to") for row in rows), *shown]
        found[review] = sorted({name.partition("/")[0] for name in named} - {"", review})
    return found
