"""One edit of an extraction table: what it changes, in which rows, and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from metaudit.errors import InputError, PrintedError
from metaudit.formats.places import DATA
from metaudit.formats.tables import Row
from metaudit.formats.yaml_file import check_schema, load_schema, plain, read_yaml
from metaudit.printed import Printed, parse_printed
from metaudit.records import ordered_record, record


@ordered_record
class Change:
    """One cell: what it holds, and what it would hold."""

    line: int
    column: str
    old: str
    new: str

    @property
    def number(self) -> Printed | None:
        """The number that the cell would hold; None where it would hold none."""
        try:
            return parse_printed(self.new) if self.new else None
        except PrintedError:
            return None


@dataclass(frozen=True)
class Kind:
    """One kind of edit, as data/edits.yaml declares it."""

    code: str
    weight: float
    cells: int
    words: str
    source: str


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds of edits by their code.

    Raises
    ------
    InputError
        with every problem of data/edits.yaml.
    """
    shown = "data/edits.yaml"
    document, problems = read_yaml(DATA / "edits.yaml", shown)
    problems = problems or check_schema(document, load_schema(DATA / "schemas" / "edits.schema.json"), shown)
    if problems:
        raise InputError(problems)
    return {
        code: Kind(code, float(k["weight"]), int(k["cells"]), k["words"], k["source"])
        for code, k in plain(document).items()
    }


@record
class Edit:
    """A typed edit of a table.

    It says with which other table the printed numbers come out, not who was mistaken: the authors, or we.

    Attributes
    ----------
    kind : one of ``KINDS``
    study : label of the study it is about; empty when it is about several
    lines : rows of the table that it touches
    changes : cells that change, in order
    without, twice : rows that are left out, or counted twice
    with_rows : rows of the table that come in, in place of nothing or of those in ``without``
    about : what the words add: which level of which subgroup, which other row
    """

    kind: str
    study: str
    lines: tuple[int, ...]
    changes: tuple[Change, ...] = ()
    without: frozenset[int] = frozenset()
    twice: frozenset[int] = frozenset()
    with_rows: tuple[Row, ...] = field(default=(), repr=False, compare=False)
    about: str = ""

    @property
    def column(self) -> str:
        """The column of the first cell that changes; empty when none does."""
        return self.changes[0].column if self.changes else ""

    @property
    def plausibility(self) -> float:
        """How likely the edit is beforehand: the weight of its kind, less the more has to go wrong by itself."""
        kind = kinds()[self.kind]
        return float(kind.weight / 10 ** (kind.cells - 1))

    def apply(self, rows: Sequence[Row]) -> list[Row]:
        """The rows of an analysis with the edit made; rows that are counted twice come last.

        Parameters
        ----------
        rows : the rows that the analysis pools
        """
        by_line: dict[int, list[Change]] = {}
        for c in self.changes:
            by_line.setdefault(c.line, []).append(c)
        kept = [edited_row(r, by_line.get(r.line, ())) for r in rows if r.line not in self.without]
        known = {r.line for r in kept}
        return [*kept, *(r for r in self.with_rows if r.line not in known), *(r for r in kept if r.line in self.twice)]

    @property
    def cause(self) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
        """What the edit blames: the confusion, the rows, the columns."""
        group = next((g[0] for g in _ALIKE if self.kind in g), self.kind)
        return group, tuple(sorted(self.lines)), tuple(sorted({c.column for c in self.changes}))

    def words(self) -> str:
        """The edit as a clause that follows "with": which row, which study, what is otherwise."""
        what = kinds()[self.kind].words
        who = f"row {self.lines[0]} ({self.study})" if self.study and len(self.lines) == 1 else self.study
        shown = str if self.kind in _TYPED else _short  # what somebody typed is shown digit by digit
        cells = ", ".join(f"{c.column} {shown(c.new)} instead of {c.old or 'nothing'}" for c in self.changes[:4])
        more = f" and {len(self.changes) - 4} more cells" if len(self.changes) > 4 else ""
        tail = "; ".join(t for t in (self.about, cells + more) if t)
        return f"{who + ': ' if who else ''}{what}" + (f" ({tail})" if tail else "")


def _short(text: str) -> str:
    """A cell as people read it: a computed number to five digits."""
    if len(text) <= 8:
        return text or "nothing"
    try:
        return format(float(text), ".5g")
    except ValueError:
        return text


def edited_row(row: Row, changes: Sequence[Change]) -> Row:
    """A row with some cells changed."""
    if not changes:
        return row
    cells, numbers = dict(row.cells), dict(row.numbers)
    for c in changes:
        numbers.pop(c.column, None)
        if not c.new:
            cells.pop(c.column, None)
            continue
        cells[c.column] = c.new
        number = c.number
        if number is not None:
            numbers[c.column] = number
    return Row(row.line, cells, numbers)


# Kinds that are one mistake seen from two sides, or that no printed number can tell apart.
_ALIKE = (
    ("arms-swapped", "sign-flipped"),
    ("arms-swapped-all", "sign-flipped-all"),
    ("sd-is-se", "se-is-sd"),
    ("sd-is-se-all", "se-is-sd-all"),
    ("digit", "digits-exchanged", "decimal-point"),
)
_TURNED = _ALIKE[0] + _ALIKE[1]
_TYPED = (*_ALIKE[-1], "other-extractor", "other-extractor-all")


def same_cause(a: Edit, b: Edit) -> bool:
    """Whether two edits name the same cause: the same rows, and the same kind of mistake in the same cells.

    An exchange of arms and a turned sign give the same effects; an SD taken for a standard error and the reverse are one
    confusion seen from two sides; a wrong digit is one whatever the digit.
    """
    (kind, lines, columns), (other, others, theirs) = a.cause, b.cause
    if lines != others or kind != other:
        return False
    return a.kind in _TURNED or bool(set(columns) & set(theirs)) or columns == theirs == ()
