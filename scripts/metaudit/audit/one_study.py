"""One study under a stated interval that needs two: what stands in its place is the study's own interval."""

from __future__ import annotations

from dataclasses import replace

from metaudit.audit.scale import quantity_asked
from metaudit.audit_words.vocabulary import CI
from metaudit.effects.compute import Effects
from metaudit.evaluate import Evaluated, evaluate_effects
from metaudit.formats.review import Analysis, Claim

_OF_INTERVAL = frozenset({"ci_low", "ci_high", "se", "z", "p"})


def with_own_interval(claim: Claim, e: Evaluated, analysis: Analysis) -> tuple[Evaluated, str] | None:
    """The one study behind a claim with its Wald interval, and why that one; None where the stated interval is defined.

    The Hartung-Knapp standard error and the t distribution have k - 1 degrees of freedom (Knapp and Hartung 2003, Stat Med
    22:2693): with one study they give nothing, and metafor's rma() likewise. What a paper prints there can only be the
    study's own result. Whether that is by Wald is left open by what it states.
    """
    effects = _one_study(claim, e, analysis)
    if effects is None or e.spec.ci == "wald" or quantity_asked(claim) not in _OF_INTERVAL:
        return None
    plain = replace(analysis, subgroups="", moderators=())
    found = evaluate_effects(replace(e.spec, ci="wald"), effects, plain)
    interval = CI.get(e.spec.ci, e.spec.ci)
    return found, f"the study's own Wald interval (a {interval} needs two studies)"


def _one_study(claim: Claim, e: Evaluated, analysis: Analysis) -> Effects | None:
    """The effects behind a claim, when they are those of one study."""
    effects: Effects | None = e.effects
    if claim.subject:
        column, sign, level = claim.subject.partition("=")
        same = not sign or column.strip().removeprefix("x_") == analysis.subgroups.removeprefix("x_")
        part = e.subgroups.get(level.strip() if sign else claim.subject) if same else None
        effects = part[0] if part else None
    return effects if effects is not None and effects.k == 1 and not e.mods else None
