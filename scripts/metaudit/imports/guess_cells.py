"""What the cells of a column say of what it can be."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metaudit.imports.grid_table import Table
from metaudit.imports.guess_names import Heading, plain
from metaudit.imports.shapes_cells import decimal_signs, usual_shape
from metaudit.imports.text_numbers import is_missing, tidy

# Statistics that an arm has, without the suffix.
ARM_STATISTICS = frozenset(
    "events nonevents n time mean sd se var median q1 q3 min max pm ci_low ci_high percent proportion".split()
)
# Statistics of an arm that make it data; the others need them.
MAIN = frozenset({"events", "nonevents", "mean", "median", "percent", "proportion"})
# What the shape of the cells adds to a heading that names the first number only.
_SHAPES: dict[str, dict[str, tuple[str, ...]]] = {
    "events": {
        "#/#": ("events", "n"),
        "#/#(#%": ("events", "n", "percent"),
        "#/#(#": ("events", "n", "percent"),
        "#(#%": ("events", "percent"),
        "#(#": ("events", "percent"),
        "#%": ("percent",),
        "#(#/#": ("percent", "events", "n"),
        "#%(#/#": ("percent", "events", "n"),
    },
    "n": {
        "#/#": ("events", "n"),
        "#/#(#%": ("events", "n", "percent"),
        "#(#%": ("events", "percent"),
        "#/#(#": ("events", "n", "percent"),
    },
    "percent": {
        "#%(#/#": ("percent", "events", "n"),
        "#(#/#": ("percent", "events", "n"),
        "#%(#": ("percent", "events"),
        "#/#": ("events", "n"),
        "#(#%": ("events", "percent"),
    },
    "mean": {
        "#±#": ("mean", "pm"),
        "#(#": ("mean", "pm"),
        "#(±#": ("mean", "pm"),
        "#(#-#": ("mean", "ci_low", "ci_high"),
        "#-#": (),
    },
    "median": {"#(#-#": ("median", "q1", "q3"), "#-#": ()},
    "ci": {
        "#-#": ("ci_low", "ci_high"),
        "(#-#": ("ci_low", "ci_high"),
        "#/#": ("ci_low", "ci_high"),
        "#(#-#": ("effect", "ci_low", "ci_high"),
    },
    "iqr": {"#-#": ("q1", "q3"), "(#-#": ("q1", "q3")},
    "range": {"#-#": ("min", "max"), "(#-#": ("min", "max")},
    "": {
        "#/#": ("events", "n"),
        "#/#(#%": ("events", "n", "percent"),
        "#(#%": ("events", "percent"),
        "#±#": ("mean", "pm"),
        "#/#(#": ("events", "n", "percent"),
    },
}
_PAIRS = {"ci": ("ci_low", "ci_high"), "iqr": ("q1", "q3"), "range": ("min", "max")}
_BIAS = re.compile(
    r"(?i)bias|\brob\b|sequence generation|allocation conceal|blinding|incomplete outcome|selective|"
    r"randomi[sz]ation process|deviations|missing outcome|"
    r"measurement of|selection of|confounding|\bd[1-7]\b|domain|judgement|judgment|biais"
)
_JUDGEMENTS = {
    "low": "low",
    "low risk": "low",
    "low risk of bias": "low",
    "high": "high",
    "high risk": "high",
    "high risk of bias": "high",
    "unclear": "unclear",
    "unclear risk": "unclear",
    "unclear risk of bias": "unclear",
    "some concerns": "some concerns",
    "some concern": "some concerns",
    "moderate": "moderate",
    "moderate risk": "moderate",
    "serious": "serious",
    "serious risk": "serious",
    "critical": "critical",
    "critical risk": "critical",
    "no information": "no information",
    "not applicable": "",
}


def judgement(text: str) -> str | None:
    """A judgement of bias in the words of the format; empty where it does not apply, None when it is none."""
    return _JUDGEMENTS.get(plain(text))


def is_judgement(cells: Sequence[str], name: str) -> bool:
    """Whether a column holds judgements of bias and nothing else; low and high alone may be levels of anything."""
    said = [judgement(c) for c in cells]
    telling = (
        bool(_BIAS.search(name))
        or any(s in ("unclear", "some concerns", "serious", "critical") for s in said)
        or any("risk" in c.lower() for c in cells)
    )
    return telling and bool(said) and all(s is not None for s in said) and any(said)


def is_text(cells: Sequence[str]) -> bool:
    """Whether most cells of a column are words."""
    return usual_shape(cells) == "text"


def column_decimals(table: Table, columns: Sequence[str]) -> tuple[int, int]:
    """Cells with a decimal comma and with a decimal point, over the columns that hold numbers."""
    commas = points = 0
    for name in columns:
        cells = table.cells(name)
        if not is_text(cells):
            c, p = decimal_signs(cells)
            commas, points = commas + c, points + p
    return commas, points


def fits(cells: Sequence[str], roles: Sequence[str], decimal: str, *, told: bool = False) -> bool:
    """Whether a column's cells can be what its roles say.

    Parameters
    ----------
    cells, roles : the column
    decimal : the decimal sign of the file
    told : the heading leaves no doubt; then a count that is no whole number is for a person to correct
    """
    filled = [tidy(c) for c in cells if not is_missing(c)]
    if not roles or not filled:
        return not roles
    role = roles[0]
    if role == "year":
        return sum(bool(re.fullmatch(r"(1[89]|20)\d\d(?:[a-z]|\.0)?", c)) for c in filled) >= 0.8 * len(filled)
    if role.startswith(("x_", "rob_")) or role in (
        "study",
        "author",
        "outcome",
        "timepoint",
        "comparison",
        "subgroup",
        "arm",
        "arm_name",
        "treatment",
        "statistic",
        "note",
        "where",
        "effect_type",
        "control_name",
        "pm_is",
    ):
        return True
    shape = usual_shape(filled, decimal)
    if shape == "text":
        return False
    if len(roles) > 1:
        return shape.count("#") >= 2
    if role == "printed_weight" and any(
        re.fullmatch(r"\d{4,}.*|[1-9]\d\d[.,].*|1[1-9]\d|10[1-9]|[2-9]\d\d", c) for c in filled
    ):
        return False  # weights in other units than percent
    if role.split("_")[0] in ("n", "events", "nonevents") and not told and role not in ("n_pairs",) and shape == "#":
        return _mostly_whole(filled, decimal)
    return shape in ("#", "#%", "date")


def _mostly_whole(filled: Sequence[str], decimal: str) -> bool:
    whole = sum(
        1
        for c in filled
        if not re.search(rf"{re.escape(decimal)}\d*[1-9]\d?(?!\d)", c) or re.fullmatch(r"\d{1,3},\d{3}", c)
    )
    return whole >= 0.6 * len(filled)


def both_arms(head: Heading, cells: Sequence[str], decimal: str) -> tuple[str, ...]:
    """Roles of a column that holds one number of each arm, such as ``N (drug/placebo)`` over ``20/21``; empty for others."""
    found = re.search(r"arms ([tc]) ([tc])$", head.rest)
    if not found or len(head.statistics) != 1 or usual_shape(cells, decimal) not in ("#/#", "#-#"):
        return ()
    return tuple(f"{head.statistics[0]}_{arm}" for arm in found.groups())


def expanded(name: str, head: Heading, cells: Sequence[str], *, decimal: str) -> tuple[tuple[str, ...], str]:
    """The statistics that a column's cells hold, in order, from its heading and the shape of its cells."""
    shape, said = usual_shape(cells, decimal), list(head.statistics)
    if shape == "text":
        return (), ""
    raw = name.lower()
    if re.search(
        r"\bn\s*/\s*n\b|events?\s*/\s*(?:n|total|patients)|(?:number|no\.?)\s*/\s*total", raw
    ) and shape.startswith("#/#"):
        return _SHAPES["events"].get(shape, ("events", "n")), f"n/N: cells such as {_example(cells)}"
    if "plusminus" in said:
        said.remove("plusminus")
    for pair, two in _PAIRS.items():
        if pair in said and shape.count("#") > len(said) - 1 and len(said) > 1:
            at = said.index(pair)
            said[at : at + 1] = two
    if set(said) == {"events", "percent"} and shape == "#" and "%" in name:
        return ("percent",), "percentages, as the heading says"
    if set(said) == {"n", "percent"}:
        said = ["events", "percent"]
    if len(said) > 1 and shape in ("#", "#%"):
        # "number of events", "n with": the more telling of two names for one number
        told = [s for s in said if s not in ("n", "percent" if shape == "#" else "n")]
        said = told[:1] or said[:1]
    if len(said) == shape.count("#") and len(said) > 1:
        return tuple(said), f"the heading names {len(said)} numbers, and cells such as {_example(cells)} hold them"
    if len(said) <= 1 and shape not in ("#", "#%", "", "date"):
        found = _SHAPES.get(said[0] if said else "", {}).get(shape)
        if found and (said or head.arm):
            return found, f"cells such as {_example(cells)}"
        return (), ""
    if shape == "#%" and said == ["events"]:
        return ("percent",), "percentages"
    return tuple(said[:1]), "the heading names it"


def _example(cells: Sequence[str]) -> str:
    return repr(next((c for c in cells if not is_missing(c)), ""))
