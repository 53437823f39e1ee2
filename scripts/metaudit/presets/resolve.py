"""Which preset a review's words about its software mean, and which presets a specification is the default of."""

from __future__ import annotations

import re
from dataclasses import replace

from metaudit.presets.load import Preset, load_presets
from metaudit.specs import Spec


def resolve(software: str) -> tuple[Preset, ...]:
    """The presets that a text such as ``RevMan 5.3`` or ``R package meta 4.9-5`` can mean.

    Parameters
    ----------
    software : as the review says it

    Returns
    -------
    Empty when no preset is known for the program; several where versions of it differ and none is named (or the program
    offers a choice, as RevMan does since 2025).
    """
    text = " ".join(software.lower().split())
    return tuple(p for p in load_presets().values() if any(re.search(pattern, text) for pattern in p.software))


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
