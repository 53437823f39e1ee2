"""Whether ready-made effects are ratios or differences, by where each lies between its own limits."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from metaudit.effects.convert import Converted
from metaudit.printed import Interval

_NAMES = ("effect", "ci_low", "ci_high")


def ready_made_measures(rows: Sequence[Converted]) -> tuple[str, ...]:
    """The measures that ready-made effects can be of, where none is stated; the conventional one first.

    The usual interval lies symmetrically about its estimate on the scale of the analysis: of a ratio, on the logarithmic one
    (Cochrane Handbook 5.1, sections 7.7.7.3 and 9.2.7). A study contradicts a scale where, whatever was rounded away, its effect
    cannot be the middle of its limits there. The scale that fewer studies contradict is taken; where they are even, and the
    effects could be ratios, both are possible.

    Parameters
    ----------
    rows : of one analysis; those without an effect and both limits say nothing

    Returns
    -------
    ``GEN``, ``GEN-LOG`` or both; ``GEN`` where no study has limits, or an effect or a limit is not above 0.
    """
    triples = list(_triples(rows))
    if not triples or not all(_above_zero(r) for r in rows):
        return ("GEN",)
    against = [sum(not _central(t, log=log) for t in triples) for log in (False, True)]
    if against[0] != against[1]:
        return ("GEN",) if against[0] < against[1] else ("GEN-LOG",)
    return ("GEN", "GEN-LOG")


def _above_zero(row: Converted) -> bool:
    return all(row.given.get(n, 1.0) > 0 for n in _NAMES)


def _triples(rows: Sequence[Converted]) -> Iterator[tuple[Interval, Interval, Interval]]:
    """What effect and limits of each study can have been before they were rounded."""
    for r in rows:
        numbers = [r.row.numbers.get(n) for n in _NAMES]
        found = [p.interval() for p in numbers if p is not None and p.relation == "="]
        if len(found) == len(_NAMES):
            yield found[0], found[1], found[2]


def _central(triple: tuple[Interval, Interval, Interval], *, log: bool) -> bool:
    """Whether an effect can be the middle of its limits."""
    effect, low, high = (_logarithm(i) if log else i for i in triple)
    middle = Interval((low.low + high.low) / 2, (low.high + high.high) / 2)
    return middle.overlaps(effect)


def _logarithm(i: Interval) -> Interval:
    return Interval(math.log(i.low) if i.low > 0 else -math.inf, math.log(i.high) if i.high > 0 else -math.inf)
