"""What a verdict says of the choices that a paper leaves open: which of them are enough, and which only go with others."""

from __future__ import annotations

from collections.abc import Sequence

from metaudit.audit.bundles import OPEN_CHOICES, Answer, Bundle
from metaudit.audit_words.choice_words import choice_words
from metaudit.formats.review import Claim

_LEAD = "The stated method leaves choices open that decide this number"


def left_open(bundle: Bundle, claim: Claim, a: Answer) -> tuple[str, tuple[str, ...]]:
    """The sentence and the choices that decide a number; empty when nothing that is left open does.

    A choice is enough when the number comes out with it whatever the other choices are; one that is not enough gives the
    number together with some setting of the others.
    """
    causes = (*bundle.open_choices(claim.id), *([a.choice] if a.choice else []))
    if not causes:
        return "", ()
    enough, partly = [], []
    for cause in causes:
        whole, part = _parted(bundle, claim.id, cause)
        enough += [whole] if whole else []
        partly += [part] if part else []
    if not partly:
        return f" {_LEAD}; it comes out with {_words(enough, claim)}.", causes
    one = len(partly) == 1 and " or " not in partly[0]
    gives = "this gives it" if one else "each of these gives it"
    together = f"{gives} together with some setting of the others, not with every one: {_words(partly, claim)}."
    if not enough:
        return f" {_LEAD}. {together[0].upper()}{together[1:]}", causes
    return f" {_LEAD}. It comes out with {_words(enough, claim)}, whatever the others; {together}", causes


def _words(causes: Sequence[str], claim: Claim) -> str:
    return "; ".join(choice_words(cause, claim.quantity) for cause in causes)


def _parted(bundle: Bundle, claim: str, cause: str) -> tuple[str, str]:
    """A choice as the part whose values are enough, and the part whose values are not; either may be empty."""
    field = next((f for f, name in OPEN_CHOICES.items() if cause.startswith(f"{name} ")), "")
    if not field:
        return cause, ""  # chosen beside the specification
    name = OPEN_CHOICES[field]
    values = cause.removeprefix(f"{name} ").split(" or ")
    answers = bundle.answers[claim]
    enough = [v for v in values if answers.hit[answers.given & bundle.with_choice(field, v)].all()]
    partly = [v for v in values if v not in enough]
    whole, part = (f"{name} {' or '.join(some)}" if some else "" for some in (enough, partly))
    return whole, part
