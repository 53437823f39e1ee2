"""One network of one table, for the command line: read, pooled, and everything that is said beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from metaudit.appraise.stated_measures import ratio_problems, what_no_row_has
from metaudit.effects.convert import convert
from metaudit.errors import DataError, InputError, Problem
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.indexed import column_name, indexed, known_columns
from metaudit.formats.review import shown_path
from metaudit.formats.row_rules import check_row, swapped_or_not
from metaudit.formats.tables import Row, nearest, read_table
from metaudit.network.fit import check_choices
from metaudit.network.from_rows import COMPARATOR, TREATMENT
from metaudit.network.result import Choices as Choices
from metaudit.network.result import NetworkResult as NetworkResult
from metaudit.network.result import check_measure, network_of_rows


def network_table(
    path: str | Path, choices: Choices, *, select: Mapping[str, Sequence[str]] | None = None
) -> NetworkResult:
    """Read a table of arms, comparisons, or both, and fit its network.

    Parameters
    ----------
    path : CSV in the columns of ``extraction.csv`` and ``treatment_c``
    choices : how
    select : column -> the values whose rows are used; ``*`` among them for all

    Raises
    ------
    InputError
        when the table breaks its rules, with every row; also when it holds several outcomes or time points and none is
        selected.
    DataError
        for choices that are not known, a network that is disconnected or has one study only, and a reference that it lacks.
    """
    check_measure(choices.measure)
    check_choices(choices.tau2, ci=choices.ci, level=choices.level)
    shown = shown_path(Path(path))
    rows = _chosen(read_rows(Path(path)), select or {}, shown=shown)
    _check_numbers(rows, choices.measure, shown)
    _check_reference(rows, choices.reference)
    try:
        return network_of_rows(rows, choices, file=shown)
    except InputError as error:
        raise InputError([_with_option(p) for p in error.problems]) from error
    except DataError as error:
        raise DataError(str(error) if str(error).startswith(shown) else f"{shown}: {error}") from error


def _check_numbers(rows: Sequence[Row], measure: str, shown: str) -> None:
    """Refuse a table of which no row can give the measure, and effects that no ratio can be."""
    lacking = what_no_row_has([convert(r) for r in rows], (measure,), network=True)
    if lacking:
        which, absent, fix = lacking
        raise InputError(
            [Problem(shown, 0, "", "measure-of-no-row", f"no row can give {which}: {absent}.", _for_a_table(fix))]
        )
    wrong = list(ratio_problems(rows, (measure,), shown))
    if wrong:
        raise InputError(wrong)


def _for_a_table(fix: str) -> str:
    """What would be right, where no review.yaml says that data are not public."""
    return fix.replace("correct measure", "choose another --measure").replace(
        ", or say data: none where they are not public", ""
    )


def _check_reference(rows: Sequence[Row], reference: str) -> None:
    known = list(dict.fromkeys(t for r in rows for t in (r.text(TREATMENT), r.text(COMPARATOR)) if t))
    if reference and reference not in known:
        raise DataError(f"--reference: the network has no {reference!r}. {nearest(reference, known)}")


def _with_option(problem: Problem) -> Problem:
    """A problem that an option solves, with the option."""
    if problem.rule != "network-spelling":
        return problem
    fix = "Spell a treatment one way everywhere; if they are two treatments, say so with --distinct 'NAME=OTHER NAME'."
    return replace(problem, fix=fix)


def read_rows(path: Path) -> list[Row]:
    """The rows of a table, each an arm or a comparison.

    Raises
    ------
    InputError
        with every problem, its row and its column.
    DataError
        where there is no table, or nothing in it.
    """
    shown = shown_path(path)
    if not path.is_file():
        raise DataError(f"{shown}: {'this is a folder' if path.is_dir() else 'there is no such file'}")
    rows, problems = read_table(Path(path), shown, kind="extraction.csv")
    if problems and not rows:
        raise InputError(problems)
    problems += swapped_or_not([p for row in rows for p in check_row(row, shown)], rows)
    if rows and not any(r.text(TREATMENT) for r in rows):
        message = "no row names a treatment: the column treatment is missing or empty."
        fix = "A network has one arm a row (study, treatment, and the arm's numbers), or one comparison a row (treatment, treatment_c, effect)."
        problems.insert(0, Problem(shown, 0, TREATMENT, "network-treatment", message, fix))
    if problems:
        raise InputError(problems)
    if not rows:
        raise DataError(f"{shown}: the table has a header and no row. Write one arm, or one comparison, a row.")
    return rows


def _chosen(rows: Sequence[Row], select: Mapping[str, Sequence[str]], *, shown: str) -> list[Row]:
    known = known_columns(rows)
    pick = {}
    for name, values in select.items():
        column = column_name(name, known)
        if column not in known:
            names = [n.removeprefix(COVARIATE_PREFIX) for n in known]
            raise InputError([Problem(shown, 0, name, "select", "the table has no such column.", nearest(name, names))])
        if "*" not in values:
            pick[column] = list(values)
    chosen = [rows[i] for i in indexed(rows).places_with(pick)]
    if not chosen:
        wanted = ", ".join(f"{name}={value}" for name, values in select.items() for value in values)
        raise InputError(
            [Problem(shown, 0, ", ".join(select), "select", f"no row has all of {wanted}.", "Select less.")]
        )
    problems = list(_several(chosen, {column_name(n, known) for n in select}, shown=shown))
    if problems:
        raise InputError(problems)
    return chosen


def _several(rows: Sequence[Row], told: set[str], *, shown: str) -> Iterator[Problem]:
    """Outcomes or time points that nobody chose among."""
    for column, what in (("outcome", "outcomes"), ("timepoint", "time points")):
        there = sorted({row.text(column) for row in rows})
        if len(there) > 1 and column not in told:
            named = ", ".join(map(repr, there[:10])) + (" ..." if len(there) > 10 else "")
            fix = f"Choose one with --select '{column}={there[-1]}'."
            yield Problem(
                shown,
                0,
                column,
                f"several-{what.replace(' ', '')}",
                f"the table holds {len(there)} {what}: {named}.",
                fix,
            )
