"""Whether the comparisons that a paper prints for its studies are those of its arms."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.network.evidence import Evidence
from metaudit.network.from_contrasts import Contrast

_ROUNDING = 1e-6  # relative: computing twice in double precision, with room


@dataclass(frozen=True)
class Disagreement:
    """One number of one comparison.

    Attributes
    ----------
    study, first, second, row : which
    quantity : ``effect``, ``sign`` (the effect has the other direction), ``standard error`` or ``arms`` (there are none)
    from_arms, given : the two numbers; NaN where there is none
    """

    study: str
    first: str
    second: str
    row: int
    quantity: str
    from_arms: float
    given: float

    def __str__(self) -> str:
        """For a report."""
        what = f"{self.study}, {self.first} against {self.second}"
        if self.quantity == "arms":
            return f"{what}: there are no arms to compute it from"
        turned = "; the direction is turned" if self.quantity == "sign" else ""
        name = "effect" if self.quantity == "sign" else self.quantity
        return f"{what}: {name} {self.given:.6g} given, {self.from_arms:.6g} from the arms{turned}"


def disagreements(evidence: Evidence, contrasts: Sequence[Contrast]) -> tuple[Disagreement, ...]:
    """Comparisons that the arms do not give, beyond their rounding.

    Parameters
    ----------
    evidence : from arms
    contrasts : as printed, on the analysis scale
    """
    studies = {s.name: s for s in evidence.studies}
    found = []
    for c in contrasts:
        study = studies.get(c.study)
        key = (c.study, c.first, c.second, c.row)
        if study is None or not {c.first, c.second} <= set(study.treatments):
            found.append(Disagreement(*key, "arms", math.nan, math.nan))
            continue
        y, v = study.contrast(c.first, c.second)
        if math.isfinite(c.yi) and not _near(y, c.yi, c.half_effect):
            found.append(Disagreement(*key, "sign" if _near(-y, c.yi, c.half_effect) else "effect", y, c.yi))
        if math.isfinite(c.vi) and c.vi >= 0 and not _near(math.sqrt(v), math.sqrt(c.vi), c.half_se):
            found.append(Disagreement(*key, "standard error", math.sqrt(v), math.sqrt(c.vi)))
    return tuple(found)


def _near(x: float, given: float, half: float) -> bool:
    return abs(x - given) <= half + _ROUNDING * max(abs(x), abs(given))
