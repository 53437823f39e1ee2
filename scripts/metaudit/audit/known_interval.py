"""Which distribution is behind a printed interval, when re-derivation knows the method that gives it."""

from __future__ import annotations

from metaudit.audit.bundles import Bundle
from metaudit.audit.groups import Group
from metaudit.audit.incomplete import not_used
from metaudit.audit.verdict import Dossier
from metaudit.audit_words.vocabulary import CI
from metaudit.records import record
from metaudit.specs import Spec, pooled_spec

_LIMITS = ("ci_low", "ci_high")
_STATED = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")
# With k - 1 degrees of freedom; what follows neither a normal nor this t distribution has a test of its own.
_OF_T = ("t", "hksj", "hksj-adhoc-se")


@record
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
        answers = [bundle.answers.get(n) for n in names]
        specs = set.intersection(*(set(a.hits) if a is not None else set() for a in answers))
    else:
        return None
    kinds = {_kind(s, _residual_df(group.key[2], bundle)) for s in specs}
    return kinds.pop() if len(kinds) == 1 else None


def heterogeneity_ps(group: Group, bundle: Bundle | None) -> tuple[float, ...] | None:
    """Our P values of Cochran's Q under the methods the paper leaves open; None where the data are not all there."""
    if bundle is None or bundle.best is None or bundle.analysis.data == "partial" or not_used(bundle):
        return None
    subject = group.key[2]
    level = subject.partition("=")[2].strip() or subject
    return bundle.heterogeneity_ps(level) or None


def _named(names: list[str], dossier: Dossier) -> set[Spec]:
    """The specification that all findings name; none when they name several, or one of another synthesis."""
    texts = {f.spec for n in names for f in dossier.findings[n] if f.verdict == "OTHER_SPEC"}
    found = pooled_spec(texts.pop()) if len(texts) == 1 else None
    return set() if found is None else {found}


def _residual_df(subject: str, bundle: Bundle) -> float:
    """Studies less coefficients: those of Q, and of every t interval."""
    assert bundle.best is not None
    e = bundle.evaluated[bundle.best]
    part = e.subgroups.get(subject.partition("=")[2].strip() or subject)
    return (e.fit if part is None else part[1]).q_df


def _kind(spec: Spec, df: float) -> KnownInterval:
    says = CI.get(spec.ci, spec.ci)
    if spec.ci == "wald" or (df == 0 and spec.ci in _OF_T):
        return KnownInterval(None, CI["wald"])
    if spec.ci in _OF_T:
        return KnownInterval(float(df), says)
    return KnownInterval(None, says, tested=False)
