"""How many problems of one thing are told: who has thousands of them mends what repeats."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from metaudit.errors import Problem

MOST_PROBLEMS = 1000
"""What repeats that often is known by then."""


def told(problems: Iterable[Problem], what: str) -> list[Problem]:
    """The first thousand of them; where there are more, a line that says so, at the place of the next.

    The others are not looked for: that would take its time, too.

    Parameters
    ----------
    problems : found one by one
    what : in what they were found: ``the review``
    """
    found = iter(problems)
    first = list(islice(found, MOST_PROBLEMS))
    after = next(found, None)
    if after is not None:
        message = f"more than {MOST_PROBLEMS:,} things are wrong with {what}; the others are not told."
        fix = "Mend what repeats, and check again."
        first.append(Problem(after.file, after.row, "", "too-many", message, fix))
    return first
