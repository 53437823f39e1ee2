"""Claims that are of one plan: one set of choices has to give them all, and where none does, it is said what each needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Generic, Protocol, TypeVar

from metaudit.audit.syntheses.tried import Outcome, Tried, outcome_of
from metaudit.audit_words.synthesis_words import synthesis_words
from metaudit.formats.review import Claim

_NAMED = 4


class Gives(Protocol):
    """Which of some claims one set of choices gives: an ``Outcome``, or what is like it."""

    @property
    def tried(self) -> Tried:
        """The set of choices."""

    @property
    def explained(self) -> float:
        """How much of the claims it gives."""

    def gives(self, claim: str) -> bool:
        """Whether it gives a claim."""


G = TypeVar("G", bound=Gives)


@dataclass(frozen=True)
class OnePlan(Generic[G]):
    """What the stated sets of choices give of the claims of one plan.

    Attributes
    ----------
    outcomes : of every set of choices that agrees with what is stated, the most conventional first; at least one
    named : claim id -> the claim in a sentence: ``'boundary crossed'``, ``ris 1,502,896``
    elsewhere : of further sets that agree with what is stated and give less than the best: asked only for what that does not give
    """

    outcomes: Sequence[G]
    named: Mapping[str, str]
    elsewhere: Sequence[G] = ()

    @cached_property
    def best(self) -> G:
        """The set of choices that gives most; among equals the first."""
        return max(self.outcomes, key=self.rank)

    def rank(self, outcome: G) -> tuple[int, float]:
        """How many of the claims a set of choices gives, then how much of them: one that is given by cutting digits is given, too."""
        return sum(outcome.gives(c) for c in self.named), outcome.explained

    @cached_property
    def joint(self) -> list[G]:
        """Those that give everything that the best one gives, itself among them."""
        return [o for o in self.outcomes if not self._lost(o)]

    @cached_property
    def apart(self) -> dict[str, G]:
        """What the best one does not give and another one does: by claim, the one that gives most with it, and differs least."""
        out: dict[str, G] = {}
        for claim in self.named:
            givers = [o for o in (*self.outcomes, *self.elsewhere) if o.gives(claim)]
            if givers and not self.best.gives(claim):
                out[claim] = max(givers, key=lambda o: (*self.rank(o), -len(self._differing(o))))
        return out

    def note(self) -> str:
        """What the choices behind a claim that is given do not give, with what that needs; empty where they give all that any do."""
        if not self.apart:
            return ""
        parts = [f"{self.named[c]} (needs {self.needed(c)})" for c in list(self.apart)[:_NAMED]]
        more = f" and {len(self.apart) - _NAMED} more" if len(self.apart) > _NAMED else ""
        return f" The same choices do not give {', '.join(parts)}{more}, though it is one plan."

    def instead(self, claim: str) -> str:
        """What would give a claim of ``apart``, and which of the others it would not give."""
        lost = [self.named[c] for c in self._lost(self.apart[claim])]
        more = f" and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        return f"{self.needed(claim)} (left open) would give it, but not {', '.join(lost[:_NAMED])}{more}, though it is one plan"

    def needed(self, claim: str) -> str:
        """The choices, in words, in which what gives a claim of ``apart`` differs from the best."""
        other = self.apart[claim]
        return ", ".join(self._differing(other)) or synthesis_words(other.tried.spec)

    def _lost(self, outcome: G) -> list[str]:
        """The claims that the best one gives and another does not."""
        return [c for c in self.named if self.best.gives(c) and not outcome.gives(c)]

    def _differing(self, outcome: G) -> list[str]:
        own = self.best.tried.choices
        return [f"{name} {choice}".strip() for name, choice in outcome.tried.choices.items() if choice != own.get(name)]


def one_plan(stated: Sequence[Tried], claims: Sequence[Claim], named: Mapping[str, str]) -> OnePlan[Outcome]:
    """Ask every stated set of choices for all claims of a plan.

    Parameters
    ----------
    stated : the most conventional first; at least one
    claims : of one analysis, those that stand for statements in words among them
    named : claim id -> the claim in a sentence
    """
    return OnePlan([outcome_of(t, claims) for t in stated], named)
