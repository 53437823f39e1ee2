"""From a search over the analyses of some studies' effects to the verdicts on its claims."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from metaudit.audit.intervals import Filed
from metaudit.audit.syntheses.inputs import context_of, in_part, not_answered, with_rounding
from metaudit.audit.syntheses.judging import judge_claims
from metaudit.audit.syntheses.study_effects import StudyEffects
from metaudit.audit.syntheses.tried import Tried
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.tables import Row


class EffectSearch(Protocol):
    """The sets of choices of one analysis of studies' effects.

    Attributes
    ----------
    ways : the effects that agree with what is stated, the conventional ones first
    """

    ways: list[StudyEffects]

    @property
    def stated(self) -> list[Tried]:
        """The sets of choices that agree with what is stated, the conventional one first."""

    @property
    def others(self) -> list[Tried]:
        """Those that depart from it."""

    def tried_of(self, spec: str) -> Tried:
        """The set of choices that a string stands for."""


def searched(
    search_of: Callable[[Sequence[Converted]], EffectSearch],
    analysis: Analysis,
    claims: Sequence[Claim],
    rows: Sequence[Row],
) -> Iterator[Filed]:
    """Verdicts on the claims of one analysis.

    Parameters
    ----------
    search_of : the search over some rows; a ``DataError`` of it is the reason why no claim is answered
    analysis, claims : what is judged
    rows : that the analysis pools
    """
    converted = [convert(r) for r in rows]
    try:
        search = search_of(converted)
        stated = search.stated
    except DataError as error:
        yield from not_answered(claims, str(error), analysis=analysis, rows=converted)
        return
    effects = search.ways[0].effects
    found = judge_claims(claims, stated, lambda: search.others, context=context_of(effects, rows))
    rounded = with_rounding(
        found, claims, converted, tried=stated, again=lambda others, spec: search_of(others).tried_of(spec)
    )
    yield from in_part(rounded, analysis, effects)
