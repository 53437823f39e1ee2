"""What a table prints of a one-group study itself: the observed proportion, with limits that need no transformation."""

from __future__ import annotations

import math
from collections.abc import Iterator

from metaudit.audit.own_value import Ours
from metaudit.audit_words.other_ways import EXACT_LIMITS, WILSON_LIMITS
from metaudit.effects.convert import Converted
from metaudit.pooling.proportions import clopper_pearson, wilson

OF_ROW = frozenset(("study_estimate", "study_ci_low", "study_ci_high"))


def observed(asked: str, study: Converted, *, level: float) -> Iterator[tuple[Ours, str]]:
    """The observed proportion of a study, or its limits by ways that papers print beside a pooled transformation.

    Programs add to zero cells, and transform, for pooling only; in the rows of a forest plot R's metaprop prints events over n
    with exact limits by default. So nothing had to be chosen for the proportion itself, while limits have their choice named.

    Parameters
    ----------
    asked : one of ``OF_ROW``
    level : of the study's interval
    """
    events, n = study.get("events"), study.get("n")
    if math.isnan(events) or not (n > 0 and 0 <= events <= n):
        return
    counts = f"{events:g}/{n:g}"
    if asked == "study_estimate":
        yield Ours(events / n, f"{counts}, as observed; zero cells are added to for pooling only"), ""
        return
    side = int(asked == "study_ci_high")
    for of, choice, words in (
        (clopper_pearson, EXACT_LIMITS, "exact (Clopper-Pearson)"),
        (wilson, WILSON_LIMITS, "Wilson's"),
    ):
        yield Ours(of(events, n, level=level)[side], f"{words} {100 * level:g} % limits of {counts}"), choice
