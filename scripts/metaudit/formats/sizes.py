"""How large and how small a number may be: sizes that no study has would overflow where they are squared."""

from __future__ import annotations

from metaudit.printed import Printed, quoted

LARGEST, SMALLEST = 1e50, 1e-50
"""Sizes of a number in a table of studies, 0 apart: what is computed from them (squares, weights, fourth powers) stays finite."""
MANKIND = 10_000_000_000
"""More people than there are: no count of a table, and no group of which a percentage is one."""
LARGEST_PRINTED, SMALLEST_PRINTED = 1e100, 1e-300
"""Sizes of a number that a review prints, 0 apart: a P value of 1e-120 is one."""
# A P value is never squared; an interval of a lower level has no width that tells anything.
_SMALLEST_OF = {"p": SMALLEST_PRINTED, "ci_level": 1e-3}


def of_a_study(value: float, column: str = "") -> bool:
    """Whether a cell of a column may hold a number of this size."""
    return value == 0 or _SMALLEST_OF.get(column, SMALLEST) <= abs(value) <= LARGEST


def beyond_studies(number: Printed, column: str, *, people: bool = False) -> tuple[str, str] | None:
    """What is wrong with the size of a number in a table of studies, and what would be right; None where nothing is.

    Parameters
    ----------
    number : of a cell
    column : the name of its column
    people : whether it counts people
    """
    if people and number.value > MANKIND:
        return f"{quoted(number.text)} is more people than there are", "Type it again as it is printed."
    if of_a_study(number.value, column):
        return None
    return _refusal(number, _SMALLEST_OF.get(column, SMALLEST), LARGEST)


def beyond_print(number: Printed) -> tuple[str, str] | None:
    """What is wrong with the size of a number that a review is said to print, and what would be right; None where nothing is."""
    if number.value == 0 or SMALLEST_PRINTED <= abs(number.value) <= LARGEST_PRINTED:
        return None
    return _refusal(number, SMALLEST_PRINTED, LARGEST_PRINTED)


def broken_arithmetic(error: ArithmeticError) -> str:
    """In words, that some numbers could not be computed with: a case that the limits above should have kept away."""
    return f"the numbers could not be computed with ({type(error).__name__}: {error}); look for one that is far too large or too small."


def _refusal(number: Printed, smallest: float, largest: float) -> tuple[str, str]:
    text = quoted(number.text)
    if abs(number.value) > largest:
        fix = f"Numbers go up to {_short(largest)} here; type it again as it is printed."
        return f"{text} is larger than any number of a study", fix
    fix = f"No number but 0 lies nearer to 0 than {_short(smallest)} here; type it again as it is printed."
    return f"{text} is nearer to 0 than any number of a study", fix


def _short(limit: float) -> str:
    return f"{limit:g}".replace("+", "")
