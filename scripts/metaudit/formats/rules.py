"""Checks across the files of a review, and across reviews."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from metaudit.errors import Problem
from metaudit.formats.claim_rules import beside_of, check_claim
from metaudit.formats.columns import EXTRACTION, EXTRACTORS
from metaudit.formats.doses import dose_problems
from metaudit.formats.guesses import Guesses
from metaudit.formats.indexed import column_name, indexed
from metaudit.formats.names import nearest
from metaudit.formats.networks import network_problems
from metaudit.formats.plans import plan_problems
from metaudit.formats.review import Analysis, Review, load_review, shown_path
from metaudit.formats.row_rules import check_row, of_study, swapped_or_not
from metaudit.formats.tables import same_letters


def check_review(review: Review) -> list[Problem]:
    """Every problem that needs more than one cell to be seen."""
    shown, guesses = shown_path(review.folder), Guesses()
    problems: list[Problem] = []
    extracted = {"extraction.csv": review.rows, **{EXTRACTORS[who]: rows for who, rows in review.extractors.items()}}
    for name, rows in extracted.items():
        problems += swapped_or_not([p for row in rows for p in check_row(row, f"{shown}/{name}")], rows)
        sources = [(r.line, r.text("source")) for r in rows]
        place = f"{shown}/{name}", "source", "sources.csv"
        problems += check_keys(sources, review.sources, place, guesses)
    for column, known, holder in (
        ("source", review.sources, "sources.csv"),
        ("analysis", review.analyses, "review.yaml"),
    ):
        cells = [(c.line, getattr(c, column)) for c in review.claims]
        problems += check_keys(cells, known, (f"{shown}/claims.csv", column, holder), guesses)
    computed = [a.id for a in review.analyses.values() if a.data != "none"]
    if computed and not (review.folder / "extraction.csv").is_file():
        message = f"the file is missing, and analysis {computed[0]!r} is to be computed from it."
        fix = "Add it, or say data: none in review.yaml."
        if len(review.extractors) == len(EXTRACTORS):
            fix = f"Reconcile the two extractors' tables first: metaudit extractors {shown} --write."
        problems.append(Problem(f"{shown}/extraction.csv", 0, "", "missing-file", message, fix))
        return problems
    problems += _alike_ids(review, f"{shown}/review.yaml")
    problems += _check_analyses(review, f"{shown}/review.yaml", guesses)
    problems += _check_beside(review, f"{shown}/review.yaml")
    problems += _spelled_otherwise(review, f"{shown}/extraction.csv")
    problems += dose_problems(review, yaml=f"{shown}/review.yaml", table=f"{shown}/extraction.csv")
    problems += network_problems(review, yaml=f"{shown}/review.yaml", table=f"{shown}/extraction.csv")
    problems += plan_problems(review, yaml=f"{shown}/review.yaml")
    beside = beside_of(review, guesses)
    for claim in review.claims:
        problems += check_claim(claim, f"{shown}/claims.csv", beside=beside, guesses=guesses)
    return problems


def check_keys(
    cells: list[tuple[int, str]], known: Collection[str], place: tuple[str, str, str], guesses: Guesses
) -> Iterator[Problem]:
    """One problem for each name that is no key of another file, at the first row that has it.

    Parameters
    ----------
    cells : row and text of each cell of one column
    known : the keys there are
    place : file and column of the cells, and the file that has the keys, as they are written in messages
    guesses : what may be meant, of the review
    """
    shown, column, holder = place
    rows: dict[str, list[int]] = {}
    for line, text in cells:
        for name in _split(text):
            if name not in known:
                rows.setdefault(name, []).append(line)
    for name, lines in rows.items():
        more = f" (and in {len(lines) - 1} more rows)" if len(lines) > 1 else ""
        what = "a key" if column == "source" else "an analysis"
        yield Problem(
            shown,
            lines[0],
            column,
            f"unknown-{column}",
            f"{name!r} is not {what} of {holder}{more}.",
            guesses.nearest(name, known, holder),
        )


def _check_analyses(review: Review, shown: str, guesses: Guesses) -> Iterator[Problem]:
    if not review.rows and (review.folder / "extraction.csv").is_file():
        return  # a table that is still to be filled in: nothing can be looked up in it yet
    known = indexed(review.rows).known
    allowed = {c.name for c in EXTRACTION} | set(known)
    for analysis in review.analyses.values():
        unresolved = list(_check_picks(analysis, review, (known, allowed), shown, guesses))
        yield from unresolved
        if analysis.data == "none":
            continue
        if not unresolved and not indexed(review.rows).places_with(analysis.select):
            place = f"analyses.{analysis.id}.select"
            yield Problem(
                shown,
                analysis.line("select"),
                place,
                "unresolvable-select",
                "no row of extraction.csv has all of these values.",
                "Correct select, or say data: none when the table is not public.",
            )
        for name, *key in _columns_named(analysis):
            if column_name(name, known) not in known:
                yield Problem(
                    shown,
                    analysis.line(*key),
                    f"analyses.{analysis.id}.{'.'.join(key)}",
                    "unknown-covariate",
                    f"{name!r} is not a filled column of extraction.csv.",
                    guesses.nearest(name, [k.removeprefix("x_") for k in known], "the table"),
                )


def alike_ids(analyses: Iterable[Analysis]) -> Iterator[tuple[Analysis, Analysis]]:
    """Analyses whose ids differ in capitals only, each after the first of its kind: not every disk tells files of theirs apart."""
    first: dict[str, Analysis] = {}
    for analysis in analyses:
        other = first.setdefault(analysis.id.casefold(), analysis)
        if other.id != analysis.id:
            yield other, analysis


def _alike_ids(review: Review, shown: str) -> Iterator[Problem]:
    for other, analysis in alike_ids(review.analyses.values()):
        message = f"the ids {other.id!r} and {analysis.id!r} differ in capitals only, and files are named by them."
        place = f"analyses.{analysis.id}"
        yield Problem(shown, analysis.line(), place, "id", message, "Give one of the two another id.")


def _columns_named(analysis: Analysis) -> Iterator[tuple[str, ...]]:
    """Columns of extraction.csv that an analysis names beside those it selects by, each with the keys that hold it."""
    for moderator in analysis.moderators:
        yield moderator if isinstance(moderator, str) else moderator["column"], "moderators"
    if analysis.subgroups:
        yield analysis.subgroups, "subgroups"
    for synthesis, key in (("multilevel", "cluster"), ("dose_response", "dose")):
        if key in analysis.syntheses.get(synthesis, {}):
            yield str(analysis.syntheses[synthesis][key]), synthesis, key


def _check_picks(
    analysis: Analysis, review: Review, columns: tuple[list[str], set[str]], shown: str, guesses: Guesses
) -> Iterator[Problem]:
    known, allowed = columns
    for part, pick in (("select", analysis.select), ("exclude", analysis.exclude)):
        for name, wanted in pick.items():
            place, line = f"analyses.{analysis.id}.{part}.{name}", analysis.line(part, name)
            column = column_name(name, known)
            if column not in allowed:
                yield Problem(
                    shown,
                    line,
                    place,
                    "unresolvable-select",
                    f"{name!r} is not a column of extraction.csv.",
                    guesses.nearest(name, sorted(allowed), "extraction.csv"),
                )
                continue
            if analysis.data == "none":
                continue
            rows = indexed(review.rows)
            for value in wanted if isinstance(wanted, list) else [wanted]:
                if not rows.cells_with(column, value) - {""}:
                    values = sorted(rows.places_by(column).keys() - {""})
                    fix = guesses.nearest(str(value), values, f"column {column}") if values else "The column is empty."
                    yield Problem(shown, line, place, "unresolvable-select", f"no row has {name} = {value!r}.", fix)


def _check_beside(review: Review, shown: str) -> Iterator[Problem]:
    """Analyses that are to be shown beside a printed result have to be there, with public rows."""
    for analysis in (a for a in review.analyses.values() if a.beside):
        around = review.folder.resolve().parent
        for name, _, wanted in (reference.partition("/") for reference in analysis.beside):
            place, line = f"analyses.{analysis.id}.beside", analysis.line("beside")
            if not (around / name / "review.yaml").is_file():
                known = sorted(p.parent.name for p in around.glob("*/review.yaml"))
                message = f"there is no review {name!r} beside this one."
                yield Problem(shown, line, place, "unresolvable-reference", message, nearest(name, known))
                continue
            other = review if name == review.id else load_review(around / name)[0]
            if other is None:
                continue  # that review's own problems are named where it is checked
            public = [a.id for a in other.analyses.values() if a.poolable]
            if wanted not in public:
                message = f"{name} has no analysis {wanted!r} with public rows."
                yield Problem(shown, line, place, "unresolvable-reference", message, nearest(wanted, public))


def _spelled_otherwise(review: Review, shown: str) -> Iterator[Problem]:
    """Rows that an analysis passes over because a cell differs from what it selects in capitals or blanks only."""
    known = indexed(review.rows).known
    wanted: dict[str, dict[str, str]] = {}  # column -> selected text -> an analysis that selects it
    for analysis in review.analyses.values():
        for name, values in analysis.select.items():
            for value in values if isinstance(values, list) else [values]:
                wanted.setdefault(column_name(name, known), {}).setdefault(str(value), analysis.id)
    for column, texts in wanted.items():
        alike = {same_letters(text): text for text in texts}
        for row in review.rows:
            text = row.text(column)
            meant = alike.get(same_letters(text)) if text and text not in texts else None
            if meant is not None:
                message = f"{text!r} is not {meant!r}, which analysis {texts[meant]!r} selects: the row would be left out{of_study(row)}."
                yield Problem(shown, row.line, column, "spelling", message, f"Write {meant!r}, as the analysis does.")


def _split(text: str) -> list[str]:
    return [s.strip() for s in text.split(";") if s.strip()]
