"""The rule for zero cells: what is added, and to which studies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metaudit.errors import DataError
from metaudit.formats.zero_cells import EXAMPLES, MOST_ADDED, TO, TREATMENT_ARM, added, zero_cells_parts
from metaudit.records import record

Floats = NDArray[np.float64]


@record
class ZeroCells:
    """Continuity correction, written ``0.5@only-zero``, ``0.5@only-zero+drop-empty`` or ``tacc@only-zero+drop``.

    Attributes
    ----------
    add : added to every cell of the studies concerned
    to : ``only-zero`` (studies with a zero cell), ``if-any-zero`` (all studies when any has one), ``all`` or ``none``
    double_zero : ``keep`` or ``drop`` studies with no event, or only events, in both arms; ``drop-empty`` drops those
        with no event only (RevMan and R's meta with the risk ratio)
    treatment_arm : whether what is added to an arm is proportional to the reciprocal of the other arm's size, the two
        numbers adding up to 1 (Sweeting, Sutton and Lambert 2004): n_t/N in the treatment arm, n_c/N in the control
        arm; ``add`` is then their mean, 0.5. Rates take person-time for size.
    """

    add: float = 0.5
    to: str = "only-zero"
    double_zero: str = "keep"
    treatment_arm: bool = False

    def __str__(self) -> str:
        """The canonical string."""
        drop = "" if self.double_zero == "keep" else f"+{self.double_zero}"
        if self.to == "none" or self.add == 0:
            return "none" + drop
        return f"{TREATMENT_ARM if self.treatment_arm else format(self.add, 'g')}@{self.to}{drop}"

    def adjust(
        self, *cells: Floats, sizes: Sequence[Floats] = (), left_out: NDArray[np.bool_] | None = None
    ) -> tuple[tuple[Floats, ...], NDArray[np.bool_]]:
        """Add the correction to tables given cell by cell.

        Parameters
        ----------
        cells : arrays of one shape ``(k, ...)``; the studies run along the first axis, the cells of the treatment
            arm come before those of the control arm
        sizes : size of each arm, for the treatment-arm correction
        left_out : studies that are not analysed (double zeros that are dropped): not corrected, and no reason to
            correct others

        Returns
        -------
        The corrected cells, and which studies were corrected (shape of one cell).
        """
        zero = np.zeros(cells[0].shape, dtype=bool)
        for c in cells:
            zero |= c == 0
        analysed = np.ones_like(zero) if left_out is None else ~left_out
        zero &= analysed
        if self.to == "if-any-zero":
            touched = np.broadcast_to(zero.any(axis=0, keepdims=True), zero.shape) & analysed
        elif self.to == "all":
            touched = analysed.copy()
        elif self.to == "none":
            touched = np.zeros_like(zero)
        else:
            touched = zero
        if self.add == 0:
            touched = np.zeros_like(zero)
        arms = self.added(sizes) if self.treatment_arm else (self.add,)
        per_arm = len(cells) // len(arms)
        return tuple(np.where(touched, c + arms[i // per_arm], c) for i, c in enumerate(cells)), touched

    def added(self, sizes: Sequence[Floats]) -> tuple[Floats, ...]:
        """What the treatment-arm correction adds to the cells of each arm.

        Raises
        ------
        DataError
            when there are not two arms.
        """
        if len(sizes) != 2:
            raise DataError(
                "the treatment-arm correction (tacc) needs two arms; with one group write a number, such as 0.5@only-zero"
            )
        n_t, n_c = (np.asarray(s, dtype=float) for s in sizes)
        return 2 * self.add * n_t / (n_t + n_c), 2 * self.add * n_c / (n_t + n_c)

    def words(self, touched: NDArray[np.bool_], sizes: Sequence[Floats] = ()) -> list[str]:
        """For each study, what was added; empty where nothing was."""
        if not self.treatment_arm:
            return [f"{self.add:g} added to each cell" if t else "" for t in touched]
        k_t, k_c = self.added(sizes)
        return [
            f"{t:.6g} added to each cell of the treatment arm and {c:.6g} to each of the control arm (tacc)"
            if on
            else ""
            for on, t, c in zip(touched, k_t, k_c, strict=True)
        ]


def zero_cells_from(stated: Mapping[str, Any] | str | ZeroCells | None) -> ZeroCells:
    """Read a rule from review.yaml's mapping or from its canonical string; None is metafor's default.

    Raises
    ------
    DataError
        when the rule is not understood.
    """
    if stated is None:
        return ZeroCells()
    if isinstance(stated, ZeroCells):
        return stated
    if isinstance(stated, str):
        parts = zero_cells_parts(stated)
        if parts is None:
            raise DataError(f"zero cells {stated!r} are not understood; write, for example, {EXAMPLES}")
        add, to, drop = parts
        return ZeroCells(added(add), to, drop or "keep", add == TREATMENT_ARM)
    to = str(stated.get("to", "only-zero"))
    add = str(stated.get("add", 0.5))
    number = added(add) if to != "none" else 0.0
    if to not in TO or not 0 <= number < MOST_ADDED:
        raise DataError(
            f"zero cells {dict(stated)} are not understood; add is a number or tacc, to one of {', '.join(TO)}"
        )
    return ZeroCells(number, to, str(stated.get("double_zero", "keep")), to != "none" and add == TREATMENT_ARM)
