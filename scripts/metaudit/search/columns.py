"""Specifications field by field: which share a value, found once for a whole list and put together by arrays."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from operator import attrgetter
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from metaudit.records import record
from metaudit.specs import Spec

Ints = NDArray[np.int64]
T = TypeVar("T")


@record
class Part:
    """Classes of specifications that share something.

    Attributes
    ----------
    of : class of each specification, shape ``(s,)``; classes are numbered in the order in which they first appear
    first : the first specification of each class, shape ``(c,)``
    """

    of: Ints
    first: Ints


def numbered(values: Sequence[Hashable]) -> Part:
    """The classes of equal values."""
    number: dict[Hashable, int] = {}
    of = np.fromiter((number.setdefault(v, len(number)) for v in values), dtype=np.int64, count=len(values))
    return Part(of, firsts(of, len(number)))


def firsts(of: Ints, classes: int) -> Ints:
    """Where each class stands first, shape ``(classes,)``."""
    first = np.full(classes, of.size, dtype=np.int64)
    first[of[::-1]] = np.arange(of.size - 1, -1, -1)  # the last to be written is the first of its class
    return first


def longer(part: Part, more: Sequence[int]) -> Part:
    """The same classes with more members at the end; a class that is new has the number after the last.

    Parameters
    ----------
    more : the class of each new member
    """
    of = np.concatenate([part.of, np.array(more, dtype=np.int64)])
    first = part.first.tolist()
    for i, number in enumerate(more, part.of.size):
        if number == len(first):
            first.append(i)
    return Part(of, np.array(first, dtype=np.int64))


def together(*each: Ints) -> Part:
    """The classes of what agrees in every one of some numberings, shapes ``(s,)``; their numbers must be small."""
    group, size = each[0], int(each[0].max(initial=0)) + 1
    for of in each[1:]:
        number = int(of.max(initial=0)) + 1
        if size * number > 2**62:
            group = np.unique(group, return_inverse=True)[1].reshape(-1)
            size = int(group.max(initial=0)) + 1
        group, size = group * number + of, size * number
    _, first, of = np.unique(group, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    number_of = np.empty(order.size, dtype=np.int64)
    number_of[order] = np.arange(order.size)
    return Part(number_of[of.reshape(-1)], first[order].astype(np.int64))


class Columns:
    """A list of specifications, each field numbered when it is first asked for.

    Parameters
    ----------
    specs : in their order
    like : another list with which this one begins; what is known of it is not found again
    """

    def __init__(self, specs: Sequence[Spec], *, like: Columns | None = None) -> None:
        self.specs = tuple(specs)
        self._like = like
        self._fields: dict[str, Part] = {}
        self._values: dict[str, dict[Any, int]] = {}

    def field(self, name: str) -> Part:
        """The classes of specifications with one value of a field."""
        if name not in self._fields:
            self._fields[name], self._values[name] = self._numbered(name)
        return self._fields[name]

    def _numbered(self, name: str) -> tuple[Part, dict[Any, int]]:
        known = 0 if self._like is None else len(self._like.specs)
        rest = list(map(attrgetter(name), self.specs[known:]))
        number: dict[Any, int] = {} if self._like is None else dict(self._like.values(name))
        of = np.fromiter((number.setdefault(v, len(number)) for v in rest), dtype=np.int64, count=len(rest))
        if self._like is not None:
            of = np.concatenate([self._like.field(name).of, of])
        return Part(of, firsts(of, len(number))), number

    def values(self, name: str) -> Mapping[Any, int]:
        """The values of a field with the numbers of their classes."""
        self.field(name)
        return self._values[name]

    def of_field(self, function: Callable[[Any], Any], name: str, kind: Any) -> Any:
        """What a function of one field's value gives for every specification, shape ``(s,)``."""
        return values_of([function(v) for v in self.values(name)], self.field(name).of, kind)

    @cached_property
    def place(self) -> Mapping[Spec, int]:
        """Where each specification stands first."""
        known = 0 if self._like is None else len(self._like.specs)
        own = {s: i for i, s in reversed(list(enumerate(self.specs[known:], known)))}
        return own if self._like is None else ChainMap(self._like.place, own)  # type: ignore[arg-type]

    def fields(self, *names: str) -> Part:
        """The classes of specifications that agree in some fields."""
        return self.field(names[0]) if len(names) == 1 else together(*(self.field(n).of for n in names))

    def each(self, function: Callable[[Spec], T], *names: str) -> tuple[list[T], Ints]:
        """What a function of some fields gives.

        Parameters
        ----------
        function : of a specification; it must look at no other field than the named ones
        names : of the fields

        Returns
        -------
        Its value for each class, and the class of each specification, shape ``(s,)``.
        """
        part = self.fields(*names)
        return [function(self.specs[i]) for i in part.first.tolist()], part.of

    def by(self, function: Callable[[Spec], Hashable], *names: str) -> Part:
        """The classes of specifications for which a function of some fields gives one value."""
        values, of = self.each(function, *names)
        # Classes stand in the order of their first members, so that numbering the values in that order numbers the specifications.
        return _over(numbered(values), of)


def _over(values: Part, of: Ints) -> Part:
    found = values.of[of]
    return Part(found, firsts(found, values.first.size))


def values_of(values: Sequence[Any], of: Ints, kind: Any) -> Any:
    """Values of classes, spread over their members, shape ``(s,)``."""
    return np.array(values, dtype=kind)[of] if values else np.empty(0, dtype=kind)
