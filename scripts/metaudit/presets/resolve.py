"""Which preset a review's words about its software mean, and which presets a specification is the default of."""

from __future__ import annotations

from dataclasses import replace

from metaudit.presets.load import Preset, load_presets
from metaudit.presets.software import Mention, Rule, mentions
from metaudit.specs import Spec


def resolve(software: str) -> tuple[Preset, ...]:
    """The presets that a text such as ``RevMan 5.3`` or ``R package meta 4.9-5`` can mean.

    The version decides; where it leaves several, the year does. A text may name several programs.

    Parameters
    ----------
    software : as the review says it

    Returns
    -------
    Empty when no preset is known for the program or for its version; several where versions of it differ and none is
    named (or the program offers a choice, as RevMan does since 2025).
    """
    text = " ".join(software.lower().split())
    presets = tuple(load_presets().values())
    names = tuple(dict.fromkeys(r.name for p in presets for r in p.software))
    found: list[tuple[Preset, Mention, Rule]] = []
    for preset in presets:
        for rule in preset.software:
            others = tuple(n for n in names if n != rule.name)
            found += [(preset, m, rule) for m in mentions(text, rule, others=others) if rule.admits(m.version)]
    kept: set[str] = set()
    for program in dict.fromkeys(p.program for p in presets):
        own = [hit for hit in found if hit[0].program == program]
        current = [hit for hit in own if not hit[1].year or hit[2].current_in(hit[1].year)]
        several = len({p.id for p, _, _ in own}) > 1
        kept |= {p.id for p, _, _ in (current if several and current else own)}
    return tuple(p for p in presets if p.id in kept)


def named_by(spec: Spec) -> tuple[Preset, ...]:
    """Presets of which a specification is the default for its measure, whatever its prediction interval.

    Parameters
    ----------
    spec : any specification; its interval of tau2, prediction interval and definition of I2 are not compared
    """
    found = []
    for preset in load_presets().values():
        if spec.measure not in preset.measures and preset.measures.keys() & {"OR", "MD"}:
            continue
        for model in ("random", "common"):
            own = preset.spec(spec.measure, model=model, level=spec.level)
            if replace(own, pi=spec.pi, tau2_ci=spec.tau2_ci, i2=spec.i2) == spec:
                found.append(preset)
                break
    return tuple(found)
