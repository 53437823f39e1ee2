"""Which distribution is behind a printed interval, when re-derivation knows the method that gives it."""

from __future__ import annotations

from dataclasses import dataclass

from metaudit.audit.bundles import Bundle
from metaudit.audit.groups import Group
from metaudit.audit.verdict import Dossier
from metaudit.audit_words.spec_words import CI
from metaudit.specs import Spec, parse_spec

_LIMITS = ("ci_low", "ci_high")
_STATED = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")
# With k - 1 degrees of freedom; what follows neither a normal nor this t distribution has a test of its own.
_OF_T = ("t", "hksj", "hksj-adhoc-se")


@dataclass(frozen=True)
class KnownInterval:
    """The kind of interval that gives both printed limits.

    Attributes
    ----------
    df : degrees of freedom of its t distribution; None for the normal one
    says : its kind in words
    tested : whether its P value follows from estimate and limits (not for a likelihood, permutations or draws)
    """

    df: float | None
    says: str
    tested: bool = True


def known_interval(group: Group, bundle: Bundle | None, dossier: Dossier) -> KnownInterval | None:
    """The interval behind a group's limits; None where no method is known or several kinds give them."""
    claims = [group.first(q) for q in _LIMITS]
    if bundle is None or bundle.best is None or any(c is None for c in claims):
        return None
    names = [c.id for c in claims if c is not None]
    verdicts = {dossier.verdict_of(n) for n in names}
    if verdicts == {"OTHER_SPEC"}:
        specs = _named(names, dossier)
    elif verdicts <= set(_STATED):
        answers = [bundle.answers.get(n, {}) for n in names]
        specs = {s for s in bundle.specs if all(s in a and a[s].comparison.hit for a in answers)}
    else:
        return None
    kinds = {_kind(s, _studies(group.key[2], bundle)) for s in specs}
    return kinds.pop() if len(kinds) == 1 else None


def _named(names: list[str], dossier: Dossier) -> set[Spec]:
    """The specification that all findings name; none when they name several."""
    texts = {f.spec for n in names for f in dossier.findings[n] if f.verdict == "OTHER_SPEC"}
    return {parse_spec(texts.pop())} if len(texts) == 1 else set()


def _studies(subject: str, bundle: Bundle) -> int:
    assert bundle.best is not None
    e = bundle.evaluated[bundle.best]
    part = e.subgroups.get(subject.partition("=")[2].strip() or subject)
    return e.effects.k if part is None else part[0].k


def _kind(spec: Spec, k: int) -> KnownInterval:
    says = CI.get(spec.ci, spec.ci)
    if spec.ci == "wald" or (k == 1 and spec.ci in _OF_T):
        return KnownInterval(None, CI["wald"])
    if spec.ci in _OF_T:
        return KnownInterval(k - 1.0, says)
    return KnownInterval(None, says, tested=False)
