"""What an analysis with the key ``dose_response`` needs of its rows: a row for each dose of each study, one of them the reference.

Rows of one study hang together by study, outcome, time point and comparison. The reference row has no SE and no interval, and its
relative risk is empty or 1; where no row of a study has a relative risk, they follow from the counts, against the lowest dose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from metaudit.errors import Problem
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Analysis, Review
from metaudit.formats.select import select_rows
from metaudit.formats.tables import Row

_TOGETHER = ("study", "outcome", "timepoint", "comparison")
_SPREADS = ("se", "variance", "ci_low", "ci_high", "p")


def dose_problems(review: Review, *, yaml: str, table: str) -> Iterator[Problem]:
    """Every problem of the rows of a review's dose-response analyses.

    Parameters
    ----------
    review : the review
    yaml, table : review.yaml and extraction.csv as they are written in messages
    """
    seen: set[Problem] = set()
    for analysis in review.analyses.values():
        if "dose_response" not in analysis.syntheses:
            continue
        found = list(_stated(analysis, yaml))
        if analysis.data != "none":
            rows = select_rows(analysis, review.rows)[0]
            found += _of_rows(dose_column(analysis, rows), rows, table) if rows else []
        yield from (p for p in found if p not in seen)
        seen.update(found)


def dose_column(analysis: Analysis, rows: Sequence[Row]) -> str:
    """The column that holds the dose."""
    return column_name(str(analysis.syntheses["dose_response"].get("dose", "dose")), known_columns(rows))


def studies_of(rows: Sequence[Row]) -> Mapping[tuple[str, ...], list[Row]]:
    """The rows of each study, in the order of the table; strata of a study that differ in a comparison stand alone."""
    out: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        out.setdefault(tuple(row.text(c) for c in _TOGETHER), []).append(row)
    return out


def is_reference(row: Row) -> bool:
    """Whether a row is the one that the others are compared with: no relative risk, or 1 (its logarithm 0), and nothing of its spread."""
    effect, spreads = row.value("effect"), [row.value(c) for c in _SPREADS if row.value(c) is not None]
    if effect == 1.0:
        return all(x == 1.0 for x in spreads)  # some print the reference as 1 (1 to 1)
    return effect in (None, 0.0) and not spreads


def from_counts(rows: Sequence[Row]) -> bool:
    """Whether no row of a study has a relative risk, so that they follow from its counts."""
    return all(row.value("effect") is None for row in rows)


def _stated(analysis: Analysis, shown: str) -> Iterator[Problem]:
    said = analysis.syntheses["dose_response"]
    knots = said.get("knots")
    place, line = f"analyses.{analysis.id}.dose_response", analysis.line("dose_response")
    if knots is not None and said.get("curve", "spline") != "spline":
        message = f"a {said['curve']} curve has no knots."
        yield Problem(shown, line, f"{place}.knots", "dose-knots", message, "Leave knots out, or write curve: spline.")
    if isinstance(knots, list) and any(b <= a for a, b in pairwise(knots)):
        message = f"the knots {', '.join(f'{k:g}' for k in knots)} do not increase."
        yield Problem(
            shown,
            line,
            f"{place}.knots",
            "dose-knots",
            message,
            "Write the doses of the knots from the lowest to the highest.",
        )


def _of_rows(column: str, rows: Sequence[Row], table: str) -> list[Problem]:
    found = [
        Problem(
            table, r.line, column, "no-dose", f"the row has no dose (study {r.text('study')!r}).",
            "Write the dose of the group, the midpoint of a range; that of the reference group, too.",
        )
        for r in rows
        if not _is_number(r.text(column))
    ]  # fmt: skip
    if found:
        return found
    for members in studies_of(rows).values():
        found += _of_study(column, members, table)
    return found


def _of_study(column: str, rows: Sequence[Row], table: str) -> Iterator[Problem]:
    name, first = rows[0].text("study"), rows[0].line
    doses = [float(r.text(column)) for r in rows]
    if len(set(doses)) < 2:
        message = f"study {name!r} has one dose."
        yield Problem(
            table, first, column, "one-dose", message, "A study needs a reference dose and another one; or exclude it."
        )
        return
    twice = next((r for i, r in enumerate(rows) if doses.index(doses[i]) < i), None)
    if twice is not None:
        message = f"study {name!r} has the dose {twice.text(column)} in two rows."
        fix = "Tell strata of one study apart by comparison; else correct the dose."
        yield Problem(table, twice.line, column, "dose-twice", message, fix)
        return
    if from_counts(rows):
        yield from _counts(rows, table)
        return
    references = [r for r in rows if is_reference(r)]
    bare = next((r for r in rows if r not in references and not any(r.text(c) for c in (*_SPREADS, "t", "f"))), None)
    if bare is not None:
        message = f"the relative risk of study {name!r} at dose {bare.text(column)} has no SE and no interval."
        yield Problem(
            table,
            bare.line,
            "se",
            "no-spread",
            message,
            "Add se (of the logarithm) or ci_low and ci_high; the reference alone has none.",
        )
        return
    if not references:
        message = f"study {name!r} has no reference dose: every row has a relative risk with its spread."
        fix = "Add the row of the reference group: its dose, its counts, effect 1 or empty, and no SE or interval."
        yield Problem(table, first, column, "no-reference-dose", message, fix)
    elif len(references) > 1:
        lines = ", ".join(str(r.line) for r in references)
        message = f"study {name!r} has {len(references)} reference doses (rows {lines})."
        fix = "One row alone has no relative risk and no SE or interval; add them to the others, or exclude these."
        yield Problem(table, references[1].line, column, "two-reference-doses", message, fix)


def _counts(rows: Sequence[Row], table: str) -> Iterator[Problem]:
    for row in rows:
        events, people = row.value("events"), row.value("n") if row.value("n") is not None else row.value("time")
        if events is None or people is None:
            missing = "events" if events is None else "n (or time)"
            message = f"study {row.text('study')!r} has no relative risk, and this row no {missing} to work one out."
            yield Problem(
                table,
                row.line,
                missing.split()[0],
                "no-relative-risk",
                message,
                "Add effect with se or its interval, or the counts.",
            )
            return


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
