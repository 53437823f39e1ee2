"""One network of one table, for the command line: read, pooled, and everything that is said beside it."""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import DataError, InputError, Problem
from metaudit.formats.columns import COVARIATE_PREFIX, EXTRACTION, Column
from metaudit.formats.headers import check_header
from metaudit.formats.review import shown_path
from metaudit.formats.rules import check_row, swapped_or_not
from metaudit.formats.select import column_name, known_columns, matches
from metaudit.formats.tables import (
    MOST_ROWS,
    Row,
    broken_csv,
    check_cells,
    duplicates,
    nearest,
    no_studies,
    ragged_row,
    too_many_rows,
)
from metaudit.formats.text_file import decoded
from metaudit.measures import MEASURES, Measure, measure_of
from metaudit.network.agree import Disagreement
from metaudit.network.designs import Decomposition, Interaction, decompose, interaction
from metaudit.network.evidence import Evidence, Pair
from metaudit.network.fit import Network, check_choices, fit_network
from metaudit.network.from_rows import COMPARATOR, TREATMENT, evidence_of_rows
from metaudit.network.ranking import Ranks, p_scores, ranks
from metaudit.network.splitting import Split, node_split

COLUMNS = (
    *EXTRACTION,
    Column(COMPARATOR, "text", "in a row that holds a comparison: the treatment that `treatment` is compared with"),
)
KEYS = ("study", "outcome", "timepoint", "comparison", TREATMENT, COMPARATOR)


@dataclass(frozen=True)
class Choices:
    """How a table is read as a network and pooled.

    Attributes
    ----------
    measure, zero_cells, convention, distinct : ``from_rows.evidence_of_rows``; empty ``zero_cells`` is what is usual
    tau2, ci, level, multiarm : ``fit.fit_network``
    reference : that the others are compared with; empty: the treatment of most studies
    small_is_good : whether the smaller effect is the better one; None where nobody said, and then nothing is ranked
    """

    measure: str
    tau2: str | float | None = "REML"
    ci: str = "wald"
    level: float = 0.95
    multiarm: str = "full"
    zero_cells: str = ""
    convention: str = "escalc"
    reference: str = ""
    small_is_good: bool | None = None
    distinct: tuple[Pair, ...] = ()


@dataclass(frozen=True, eq=False)
class NetworkResult:
    """A fitted network with what is said beside it.

    Attributes
    ----------
    network, choices : the fit, and how it was asked for
    reference : the treatment that the others are compared with
    decomposition, interaction : of heterogeneity and inconsistency
    splits : direct against indirect evidence of every pair
    disagreements : comparisons that the arms of the same study do not give
    """

    network: Network
    choices: Choices
    reference: str
    decomposition: Decomposition
    interaction: Interaction
    splits: tuple[Split, ...]
    disagreements: tuple[Disagreement, ...] = ()

    @property
    def measure(self) -> Measure:
        """The effect measure."""
        return measure_of(self.network.evidence.measure)

    @cached_property
    def scores(self) -> dict[str, float]:
        """P-score of each treatment; empty where nobody said which effects are good."""
        good = self.choices.small_is_good
        return {} if good is None else p_scores(self.network, small_is_good=good)

    @cached_property
    def ranks(self) -> Ranks | None:
        """Rank probabilities; None where nobody said which effects are good."""
        good = self.choices.small_is_good
        return None if good is None else ranks(self.network, small_is_good=good)

    @property
    def order(self) -> tuple[str, ...]:
        """The treatments, the best first; in alphabetic order where nobody said which effects are good."""
        return tuple(sorted(self.network.treatments, key=lambda t: -self.scores.get(t, 0.0)))

    @property
    def both_ways(self) -> tuple[Split, ...]:
        """The pairs with direct and with indirect evidence."""
        return tuple(s for s in self.splits if s.k and math.isfinite(s.indirect))


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
    measure = _checked(choices)
    shown = shown_path(Path(path))
    rows = _chosen(read_rows(Path(path)), select or {}, shown=shown)
    rule = zero_cells_from(choices.zero_cells) if choices.zero_cells else None
    try:
        evidence, disagreements = evidence_of_rows(
            rows, measure.code, zero_cells=rule, convention=choices.convention, distinct=choices.distinct, file=shown
        )
    except InputError as error:
        raise InputError([_with_option(p) for p in error.problems]) from error
    _check_size(evidence, shown)
    network = fit_network(
        evidence, tau2=choices.tau2, ci=choices.ci, level=choices.level, multiarm=choices.multiarm
    )  # fmt: skip
    reference = choices.reference or most_studied(evidence)
    if reference not in network.treatments:
        raise DataError(f"the network has no {reference!r}. {nearest(reference, network.treatments)}")
    return NetworkResult(
        network, choices, reference, decompose(evidence, detach=False), interaction(evidence, tau2=choices.tau2),
        node_split(network), disagreements,
    )  # fmt: skip


def _checked(choices: Choices) -> Measure:
    """The measure of choices that can be met before any file is read."""
    compared = [code for code, m in MEASURES.items() if m.null is not None and m.kind not in ("correlation", "change")]
    if choices.measure not in compared:
        raise DataError(
            f"{choices.measure!r} is no measure that compares treatments. {nearest(choices.measure, compared)}"
        )
    check_choices(choices.tau2, ci=choices.ci, level=choices.level)
    return measure_of(choices.measure)


def _with_option(problem: Problem) -> Problem:
    """A problem that an option solves, with the option."""
    if problem.rule != "network-spelling":
        return problem
    fix = "Spell a treatment one way everywhere; if they are two treatments, say so with --distinct 'NAME=OTHER NAME'."
    return replace(problem, fix=fix)


def _check_size(evidence: Evidence, shown: str) -> None:
    if len(evidence.studies) == 1:
        name = evidence.studies[0].name
        out = "".join(f" {study} is not used: {why}." for study, why in evidence.left_out[:5])
        raise DataError(f"{shown}: there is one study that can be used, {name}; a network needs two or more.{out}")


def most_studied(evidence: Evidence) -> str:
    """The treatment of most studies; of several, the first in alphabetic order."""
    counts = Counter(t for s in evidence.studies for t in s.treatments)
    return max(evidence.treatments, key=lambda t: counts[t])


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
        raise DataError(f"{shown}: there is no such file")
    text, unreadable = decoded(path, shown, "CSV UTF-8")
    if unreadable:
        raise InputError([unreadable])
    records = _records(text, shown)
    columns = {c.name: c for c in COLUMNS}
    header = [h.strip() for h in records[0]] if records else []
    problems = check_header([header, *records[1:]], columns, shown, "extraction.csv")
    if problems:
        raise InputError(problems)
    rows = []
    for line, cells in enumerate(records[1:], start=2):
        if not any(c.strip() for c in cells):
            continue
        if len(cells) != len(header):
            problems.append(ragged_row(cells, len(header), shown, line))
            continue
        row = Row(line, {name: c.strip() for name, c in zip(header, cells, strict=True) if c.strip()})
        problems += check_cells(row, columns, shown)
        rows.append(row)
    problems += no_studies(rows, shown, wide=len(header) > 2)
    problems += duplicates(rows, KEYS, shown)
    problems += swapped_or_not([p for row in rows for p in check_row(row, shown)], rows)
    if rows and not any(r.text(TREATMENT) for r in rows):
        message = "no row names a treatment." if TREATMENT in header else "the table has no column treatment."
        fix = "A network has one arm a row (study, treatment, and the arm's numbers), or one comparison a row (treatment, treatment_c, effect)."
        problems.insert(0, Problem(shown, 0, TREATMENT, "network-treatment", message, fix))
    if problems:
        raise InputError(problems)
    if not rows:
        raise DataError(f"{shown}: the table has a header and no row")
    return rows


def _records(text: str, shown: str) -> list[list[str]]:
    records: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), strict=True):
            records.append(record)
            if len(records) > MOST_ROWS:
                raise InputError([too_many_rows(shown)])
    except csv.Error as error:
        raise InputError([broken_csv(error, shown, len(records) + 1)]) from error
    return records


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
    chosen = [row for row in rows if matches(row, pick, known)]
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
