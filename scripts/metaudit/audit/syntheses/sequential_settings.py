"""Choices that authors may leave open, with their values, and the sets of values that are tried, the most usual first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import Any


@dataclass(frozen=True)
class Choice:
    """One value of a choice.

    ``way`` names how it comes about where it is taken from the trials: other trials have another value.
    """

    words: str
    value: Any
    way: str = ""


@dataclass(frozen=True)
class Axis:
    """A choice: its values that agree with what is stated, the most usual first, and the other usual ones."""

    name: str
    stated: tuple[Choice, ...]
    others: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Setting:
    """A value of every choice.

    Attributes
    ----------
    chosen : name of the axis -> its value
    moves : how many of them are not the most usual that agrees with what is stated
    departures : in words, those that do not agree with what is stated
    """

    chosen: Mapping[str, Choice]
    moves: int
    departures: tuple[str, ...] = ()

    def value(self, name: str, otherwise: Any = None) -> Any:
        """The value of a choice."""
        return self.chosen[name].value if name in self.chosen else otherwise

    def with_(self, other: Setting) -> Setting:
        """Both together, about different choices."""
        chosen = {**self.chosen, **other.chosen}
        return Setting(chosen, self.moves + other.moves, self.departures + other.departures)

    def open_words(self, names: Sequence[str]) -> dict[str, str]:
        """The values of some choices in words."""
        return {name: self.chosen[name].words for name in names if name in self.chosen}


def settings(axes: Sequence[Axis], *, departures: int, most: int) -> list[Setting]:
    """Values of all choices with so many departures from what is stated, those with the fewest unusual values first.

    Parameters
    ----------
    most : no more than so many; beyond, what moves the most choices away from the usual is left out
    """
    return list(islice(_settings(axes, departures), most))


def _settings(axes: Sequence[Axis], departures: int) -> Iterator[Setting]:
    first = {a.name: a.stated[0] for a in axes}
    may_move = [a for a in axes if len(a.stated) > 1]
    for moved in range(len(may_move) + 1):
        for departing in combinations([a for a in axes if a.others], departures):
            free = [a for a in may_move if a not in departing]
            for moving in combinations(free, moved):
                values = product(*(a.others for a in departing), *(a.stated[1:] for a in moving))
                for chosen in values:
                    named = {a.name: c for a, c in zip((*departing, *moving), chosen, strict=True)}
                    left = tuple(f"{a.name} {named[a.name].words}" for a in departing)
                    yield Setting({**first, **named}, moved + departures, left)
