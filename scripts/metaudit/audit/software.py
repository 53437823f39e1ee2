"""What the software that a review names decides where its authors say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaudit.presets.load import Preset
from metaudit.presets.resolve import resolve

# Names of ``method`` that a program's defaults may fill in.
# Pooled as they are: what a program decides for every measure holds for them.
_READY_MADE = ("GEN", "GEN-LOG")
_OF_ANY_MODEL = ("zero_cells", "variance", "counts", "rd_variance")
_FILLED = (*_OF_ANY_MODEL, "tau2", "ci", "i2", "pi")


def with_software(method: Mapping[str, Any], measures: Sequence[str]) -> dict[str, Any]:
    """The stated method, completed by what the named software does by default.

    A choice is filled in only where every preset that the name can mean agrees on it for every possible measure; where
    they differ (RevMan since 2025 offers two intervals) it stays open and is searched. What authors state stands.

    Parameters
    ----------
    method : what is stated
    measures : the measures that are possible
    """
    stated = dict(method)
    model = str(stated.get("model", ""))
    found = [p.method(m, model=model, verified=True) for p, m in _named(method, measures)]
    if not found:
        return stated
    if "q" not in stated and model == "random":
        # Counts are pooled by inverse variances or by Mantel-Haenszel, and Q is centred accordingly: the name does not say.
        centres = {"inverse-variance": None} | {str(f["q"]): None for f in found if "q" in f}
        if len(centres) > 1:
            stated["q"] = tuple(centres)
    for name in _filled(model):
        values = {str(f.get(name)) for f in found}
        if name not in stated and len(values) == 1 and found[0].get(name) is not None:
            stated[name] = found[0][name]
    return stated


def by_program(method: Mapping[str, Any], measures: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The stated method as each of the named programs would complete it, with the measure that it is for.

    Two programs (or two versions of one) that differ both are candidates, each with all of its own defaults, which the usual
    values of an open choice need not hold: RevMan's variance of a risk ratio is seldom any other program's.

    Parameters
    ----------
    method : what is stated, before any completion
    measures : the measures that are possible
    """
    model = str(method.get("model", ""))
    for preset, measure in _named(method, measures):
        own = preset.method(measure, model=model, verified=True)
        filled = {name: own[name] for name in _filled(model) if own.get(name) is not None}
        centred = {"q": ("inverse-variance", str(own["q"]))} if model == "random" and "q" in own else {}
        yield measure, {**filled, **centred, **method}


def _named(method: Mapping[str, Any], measures: Sequence[str]) -> list[tuple[Preset, str]]:
    """Every preset that the software's name can mean, with every possible measure that it computes."""
    presets = resolve(str(method.get("software", "")))
    return [(p, m) for p in presets for m in measures if m in p.measures or m in _READY_MADE]


def _filled(model: str) -> tuple[str, ...]:
    return _FILLED if model == "random" else _OF_ANY_MODEL
