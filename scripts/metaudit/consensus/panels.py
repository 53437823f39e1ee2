"""Printed shares of one panel, for one panel size or for every size up to a largest one, with the threshold of consensus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metaudit.consensus.shares import Shares, panel_sizes, share_window, shares, whole_panel
from metaudit.consensus.threshold import Reached, Threshold, reached
from metaudit.enumeration.windows import first_count, last_count


@dataclass(frozen=True)
class Panel:
    """One panel size, and what it makes of printed shares.

    Attributes
    ----------
    shares : the shares with the whole numbers of people behind each
    adds_up : whether the shares can be all the answers there were; None where nobody asked
    answers : for each share whether it reaches the threshold; empty without a threshold
    """

    shares: Shares
    adds_up: bool | None = None
    answers: tuple[Reached, ...] = ()

    @property
    def n(self) -> int:
        """People."""
        return self.shares.n

    @property
    def possible(self) -> bool:
        """Whether every share is possible, and all of them together where they are all the answers."""
        return self.shares.possible and self.adds_up is not False

    def sentences(self) -> list[str]:
        """What there is to say, one statement a line."""
        out = []
        for place, (text, counts) in enumerate(zip(self.shares.printed, self.shares.counts, strict=True)):
            if self.answers and counts:
                out.append(self.answers[place].sentence)
            elif counts:
                out.append(f"{text} of {_people(self.n)}: {shown(counts)}.")
        if not self.shares.possible:
            out.append(self.shares.sentence)
        if self.adds_up is not None and self.shares.possible:
            verb = "can" if self.adds_up else "cannot"
            out.append(f"{', '.join(self.shares.printed)} {verb} add up to {_people(self.n)}.")
        return out


def shown(counts: range) -> str:
    """Whole numbers in words: ``13`` or ``13 to 15``."""
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


def _people(n: int) -> str:
    return "1 person" if n == 1 else f"{n} people"


@dataclass(frozen=True)
class Told:
    """What is printed about one panel.

    Attributes
    ----------
    printed : shares of one and the same panel
    by : the threshold of consensus, where there is one
    whole : whether the shares are all the answers there were
    rounding : ``nearest`` or ``truncated``
    """

    printed: tuple[str, ...]
    by: Threshold | None = None
    whole: bool = False
    rounding: str = "nearest"

    def panel(self, n: int) -> Panel:
        """The printed shares in a panel of n people.

        Raises
        ------
        DataError
            when a share is no share, or n is no number of people.
        """
        rounding = self.rounding
        answers = tuple(reached(text, n, by=self.by, rounding=rounding) for text in self.printed) if self.by else ()
        adds_up = whole_panel(self.printed, n, rounding=rounding) if self.whole else None
        return Panel(shares(self.printed, n, rounding=rounding), adds_up, answers)

    def possible_sizes(self, sizes: tuple[int, int]) -> tuple[int, ...]:
        """Every panel size from the smallest to the largest in which all shares are possible, and add up where they are to.

        Raises
        ------
        DataError
            when no share is given, one of them is no share, or the sizes are no range of people.
        """
        fit = panel_sizes(self.printed, smallest=sizes[0], largest=sizes[1], rounding=self.rounding)
        if not self.whole:
            return fit
        n = np.array(fit, dtype=np.int64)
        windows = [share_window(text, self.rounding) for text in self.printed]
        least = sum((first_count(w, n) for w in windows), np.zeros_like(n))
        most = sum((last_count(w, n) for w in windows), np.zeros_like(n))
        return tuple(int(size) for size in n[(least <= n) & (n <= most)])
