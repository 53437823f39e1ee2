"""The inputs of a number in words: rows of the extraction table without the names of its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metaudit.formats.columns import EXTRACTION

_ARMS = {"t": "treatment", "c": "control"}
_COLUMNS = {
    "sd": "SD", "se": "SE", "p": "P", "sd_change": "SD of the change", "r_pre_post": "correlation before and after",
    "n_pairs": "pairs", "printed_weight": "printed weight", "ci_low": "lower limit", "ci_high": "upper limit",
    "time": "person-time", "r": "correlation",
}  # fmt: skip
_LINE = re.compile(r"(?P<head>extraction\.csv row \d+ \(.*?\)): (?P<cells>.*?); (?P<rest>.*)", re.DOTALL)
_CELL = re.compile(r"(?P<column>[a-z][a-z0-9_]*) (?P<value>.+)", re.DOTALL)
_SUMMED = re.compile(
    r"(?P<head>extraction\.csv), (?P<n>\d+) rows from (?P<a>\d+) to (?P<b>\d+); (?P<from>.*); (?P<sure>.*)"
)
# Columns of the extraction table; moderators begin with x_. A claim or a file may bear the same name after a slash.
_NAMES = sorted({c.name for c in EXTRACTION if "_" in c.name} | {"printed_weight"}, key=len, reverse=True)
_NAMED = re.compile(rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, _NAMES))}|x_[a-z0-9_]+)(?![\w/-])")


def input_words(line: str) -> str:
    """One line of a finding's inputs, as the audit writes it, for people.

    ``extraction.csv row 5 (A): events_t 4, n_t 20, events_c 1, n_c 20; Table 2, read`` becomes ``extraction.csv row 5
    (A): treatment: events 4, n 20; control: events 1, n 20. Table 2, read``. A line of another form keeps its form.
    """
    summed = _SUMMED.fullmatch(line)
    if summed:
        return (
            f"{summed['head']}, rows {summed['a']} to {summed['b']}, {summed['n']} of them used; "
            f"{summed['from']}; {_certainties(summed['sure'], int(summed['n']))}"
        )
    found = _LINE.fullmatch(line)
    if not found:
        return column_words(line)
    cells = [_CELL.fullmatch(part) for part in re.split(r", (?=[a-z][a-z0-9_]* )", found["cells"])]
    if not all(cells):
        return f"{found['head']}: {column_words(found['cells'])}. {found['rest']}"
    return f"{found['head']}: {_by_arm([(c['column'], c['value']) for c in cells if c])}. {found['rest']}"


def column_words(text: str) -> str:
    """A text with the names of columns (``events_t``) in words; what is no such name stays."""
    return _NAMED.sub(lambda m: _column(m[0]), text)


def _by_arm(cells: Sequence[tuple[str, str]]) -> str:
    """Cells put together by arm, those of no arm first."""
    groups: dict[str, list[str]] = {}
    for column, value in cells:
        stem, _, arm = column.rpartition("_")
        of = _ARMS.get(arm, "") if stem else ""
        groups.setdefault(of, []).append(f"{_name(stem) if of else _column(column)} {value}")
    return "; ".join(
        f"{arm}: {', '.join(told)}" if arm else ", ".join(told) for arm, told in sorted(groups.items(), key=_order)
    )


def _order(group: tuple[str, list[str]]) -> int:
    return ("", "treatment", "control").index(group[0])


def _column(column: str) -> str:
    if column.startswith("x_"):
        return f"“{column.removeprefix('x_').replace('_', ' ')}”"
    stem, _, arm = column.rpartition("_")
    if stem and arm in _ARMS and column not in _COLUMNS:
        return f"{_name(stem)} ({_ARMS[arm]})"
    return _name(column)


def _name(column: str) -> str:
    return _COLUMNS.get(column, column.replace("_", " "))


def _certainties(text: str, n: int) -> str:
    """``secondary 9`` of nine rows as ``all of certainty secondary``."""
    parts = [part.rpartition(" ")[::2] for part in text.split(", ")]
    if len(parts) == 1 and parts[0][1] == str(n):
        return f"all of certainty “{parts[0][0]}”"
    return "of certainty " + ", ".join(f"“{name}” {many}" for name, many in parts)


def covariate_name(name: str) -> str:
    """A covariate's name between quotation marks, so that one called ``random`` is not taken for the model."""
    return f"\u201c{name}\u201d"


def subgroup_label(covariate: str, level: str) -> str:
    """A subgroup by its covariate and level, since a level alone (``1``) says nothing; the level where there is no name."""
    return f"{covariate_name(covariate)}: {level}" if covariate and level else level
