"""The rule for zero cells: what is added, and to which studies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metaudit.errors import DataError

Floats = NDArray[np.float64]
TO = ("only-zero", "if-any-zero", "all", "none")


@dataclass(frozen=True)
class ZeroCells:
    """Continuity correction, written ``0.5@only-zero`` or ``0.5@only-zero+drop``.

    Attributes
    ----------
    add : added to every cell of the studies concerned
    to : ``only-zero`` (studies with a zero cell), ``if-any-zero`` (all studies when any has one), ``all`` or ``none``
    double_zero : ``keep`` or ``drop`` studies with no event, or only events, in both arms
    """

    add: float = 0.5
    to: str = "only-zero"
    double_zero: str = "keep"

    def __str__(self) -> str:
        """The canonical string."""
        if self.to == "none" or self.add == 0:
            return "none" + ("+drop" if self.double_zero == "drop" else "")
        return f"{self.add:g}@{self.to}" + ("+drop" if self.double_zero == "drop" else "")

    def adjust(self, *cells: Floats) -> tuple[tuple[Floats, ...], NDArray[np.bool_]]:
        """Add the correction to tables given cell by cell.

        Parameters
        ----------
        cells : arrays of one shape ``(k, ...)``; the studies run along the first axis

        Returns
        -------
        The corrected cells, and which studies were corrected (shape of one cell).
        """
        zero = np.zeros(cells[0].shape, dtype=bool)
        for c in cells:
            zero |= c == 0
        if self.to == "if-any-zero":
            touched = np.broadcast_to(zero.any(axis=0, keepdims=True), zero.shape)
        elif self.to == "all":
            touched = np.ones_like(zero)
        elif self.to == "none":
            touched = np.zeros_like(zero)
        else:
            touched = zero
        if self.add == 0:
            touched = np.zeros_like(zero)
        return tuple(np.where(touched, c + self.add, c) for c in cells), touched


def zero_cells_from(stated: Mapping[str, Any] | str | ZeroCells | None) -> ZeroCells:
    """Read a rule from review.yaml's mapping or from its canonical string; None is metafor's default."""
    if stated is None:
        return ZeroCells()
    if isinstance(stated, ZeroCells):
        return stated
    if isinstance(stated, str):
        body, _, drop = stated.partition("+")
        add, sign, to = ("0", "@", "none") if body == "none" else body.partition("@")
        try:
            number = float(add)
        except ValueError:
            number = -1.0
        if not sign or to not in TO or not 0 <= number < 1e6 or drop not in ("", "drop"):
            raise DataError(
                f"zero cells {stated!r} are not understood; write, for example, 0.5@only-zero, 0.5@all or none"
            )
        return ZeroCells(number, to, "drop" if drop else "keep")
    to = str(stated.get("to", "only-zero"))
    return ZeroCells(float(stated.get("add", 0.5)) if to != "none" else 0.0, to, str(stated.get("double_zero", "keep")))
