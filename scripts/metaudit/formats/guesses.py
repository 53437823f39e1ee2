"""What may be meant by names that there are not, where one review may have thousands of both."""

from __future__ import annotations

from collections.abc import Collection

from metaudit.formats.names import nearest

_MOST_COMPARED = 20_000_000  # letters of names times letters of what they are compared with: some three seconds


class Guesses:
    """Advice for the unknown names of one review: for as many of them as can be compared with all that is known in good time.

    To compare each of thousands of names with each of thousands of others would take hours.

    Parameters
    ----------
    most : letters of names times letters of known names that are compared
    """

    def __init__(self, most: int = _MOST_COMPARED) -> None:
        self._left = most
        self._said: dict[tuple[str, str], str] = {}

    def nearest(self, name: str, known: Collection[str], holder: str) -> str:
        """A 'did you mean' phrase as ``names.nearest`` has it; where no more may be compared, where to look.

        Parameters
        ----------
        name : what was written
        known : what may be written
        holder : where that stands, for the message: ``review.yaml``
        """
        if (holder, name) not in self._said:
            if self._left <= 0:  # not remembered: whatever is asked, it is the same
                return _look(holder)
            self._left -= len(name) * sum(map(len, known))
            self._said[holder, name] = nearest(name, known) if self._left >= 0 else _look(holder)
        return self._said[holder, name]


def _look(holder: str) -> str:
    return f"Look at the names in {holder}; they are too many for each to be compared with this one."
