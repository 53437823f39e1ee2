"""What the software that a review names decides where its authors say nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from metaudit.errors import DataError
from metaudit.presets.load import Preset
from metaudit.presets.resolve import resolve
from metaudit.specs import Spec, completions

# Pooled as they are: what a program decides for every measure holds for them.
_READY_MADE = ("GEN", "GEN-LOG")
# Names of ``method`` that a program's defaults may fill in.
_OF_ANY_MODEL = ("zero_cells", "variance", "counts", "rd_variance")
_FILLED = (*_OF_ANY_MODEL, "tau2", "ci", "i2", "pi")
_MODELS = ("random", "common")


def candidates(measures: Sequence[str], method: Mapping[str, Any], *, any_zero: bool, level: float) -> list[Spec]:
    """What a stated method leaves open, and what each program that is named would have done, as far as it differs.

    The choices that the named program decides are closed; where it is known by recollection only what it does, this is one
    candidate among the usual ones and closes nothing.

    Parameters
    ----------
    measures : the measures that are possible
    method : what is stated, with the software under ``software``
    any_zero : whether a study has a zero cell
    level : confidence level where none is stated

    Returns
    -------
    Specifications, the conventional one first.

    Raises
    ------
    DataError
        when the stated choices do not go together.
    """
    found: list[Spec] = []
    failure: DataError | None = None
    for measure in measures:
        for own in completed(method, measures):
            try:
                found += completions((measure,), own, any_zero=any_zero, level=level)
            except DataError as error:
                failure = failure or error
    if not found and failure is not None:
        raise failure
    for measure, own in by_program(method, measures):
        try:
            found += completions((measure,), own, any_zero=any_zero, level=level)
        except DataError:  # the program has no such method: what is stated was done elsewhere
            continue
    if "software" in method:
        found = [s for spec in found for s in _by_peto(spec, method, any_zero=any_zero)]
    return list(dict.fromkeys(found))


def _by_peto(spec: Spec, method: Mapping[str, Any], *, any_zero: bool) -> Iterator[Spec]:
    """A specification, under Peto's method with what the program does there.

    It leaves the counts as they are, whatever it adds for Mantel-Haenszel, and the studies' own effects have a rule of their own
    (PETO of the presets).
    """
    presets = presets_named(str(method["software"])) if spec.model == "peto" else ()
    if not presets:
        yield spec
        return
    rules = tuple(str(p.choice("zero_cells", "PETO", "none")) for p in presets)
    zeros = rules if any_zero and "zero_cells" not in method else (spec.zero_cells,)
    for zero in zeros:
        yield replace(spec, zero_cells=zero, counts=spec.counts if "counts" in method else "")


def with_software(method: Mapping[str, Any], measures: Sequence[str]) -> dict[str, Any]:
    """The stated method, completed by what the named software does by default, as one mapping.

    Where the model is open, what belongs to a tau2 is that of the random-effects model, and an interval that differs between
    the models is a tuple of both. See :func:`completed`.

    Parameters
    ----------
    method : what is stated
    measures : the measures that are possible
    """
    found = completed(method, measures)
    if len(found) == 1:
        return found[0]
    random, common = found
    out = {n: v for n, v in {**common, **random}.items() if n != "model"}
    if "ci" in out and out["ci"] != common.get("ci", "wald"):
        out["ci"] = (out["ci"], common.get("ci", "wald"))
    return out


def completed(method: Mapping[str, Any], measures: Sequence[str]) -> list[dict[str, Any]]:
    """The stated method, completed by what the named software does by default: once for each model that is open.

    A choice is filled in only where every preset that the name can mean agrees on it for every possible measure; where
    they differ (RevMan since 2025 offers two intervals) it stays open and is searched. What authors state stands. Who names
    a program and no model has said nothing of how it was used: then only that is filled in which the program offers nothing
    else for (RevMan 5 has one estimator of tau2), and its other defaults are candidates (:func:`by_program`).

    Parameters
    ----------
    method : what is stated
    measures : the measures that are possible

    Returns
    -------
    One mapping where the model is stated or no program is known, else one with random effects and one with a common effect.
    """
    if not _named(method, measures):
        return [dict(method)]
    return [_completed({**method, **said}, measures, closing="model" in method) for said in _models(method)]


def _models(method: Mapping[str, Any]) -> list[dict[str, str]]:
    """What to lay over the stated method for each model that it leaves open; an estimator of tau2 is one of random effects."""
    if "model" in method:
        return [{}]
    return [{"model": m} for m in _MODELS if m == "random" or "tau2" not in method]


def _completed(method: Mapping[str, Any], measures: Sequence[str], *, closing: bool) -> dict[str, Any]:
    """``closing``: whether every default of the program closes its choice, or that without another only."""
    stated = dict(method)
    model = str(stated["model"])
    named = _named(method, measures)
    found = [p.method("PETO" if (model, m) == ("peto", "OR") else m, model=model, verified=True) for p, m in named]
    if "q" not in stated and model == "random":
        # Counts are pooled by inverse variances or by Mantel-Haenszel, and Q is centred accordingly: the name does not say.
        centres = {"inverse-variance": None} | {str(f["q"]): None for f in found if "q" in f}
        if len(centres) > 1:
            stated["q"] = tuple(centres)
    ends = {p.stops_as(m): None for p, m in named}
    if "stopping" not in stated and model == "random" and any(ends):
        # Where the program ends its iterations is an option of it, and seldom seen in what is printed.
        stated["stopping"] = ("exact", *(e for e in ends if e))
    if model != "random" and all("ci" in p.only for p, _ in named):
        stated.setdefault("ci", named[0][0].choice("ci", named[0][1]))
    for name in _filled(model):
        if not (closing or name in _OF_ANY_MODEL or all(name in p.only for p, _ in named)):
            continue
        values = {str(f.get(name)) for f in found}
        if name not in stated and len(values) == 1 and found[0].get(name) is not None:
            stated[name] = found[0][name]
    return stated


def by_program(method: Mapping[str, Any], measures: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The stated method as each of the named programs would complete it, with the measure that it is for.

    Two programs (or two versions of one) that differ both are candidates, each with all of its own defaults, which the usual
    values of an open choice need not hold: RevMan's variance of a risk ratio is seldom any other program's. Each comes once
    with the defaults that a document or an output stands behind, and once with those that are only recalled as well: they
    close no choice, but what a program may well have done is as possible as a usual value.

    Parameters
    ----------
    method : what is stated, before any completion
    measures : the measures that are possible
    """
    for preset, measure in _named(method, measures):
        for said in _models(method):
            model = str(said.get("model", method.get("model", "")))
            for verified in (True, False):
                own = preset.method(measure, model=model, verified=verified)
                filled = {name: own[name] for name in _filled(model) if own.get(name) is not None}
                if model != "random" and "ci" in preset.only:
                    filled["ci"] = preset.choice("ci", measure)
                if model == "random" and "q" in own:
                    filled["q"] = ("inverse-variance", str(own["q"]))
                if model == "random" and preset.stops_as(measure):
                    filled["stopping"] = ("exact", preset.stops_as(measure))
                yield measure, {**filled, **method, **said}


@lru_cache(maxsize=1024)
def presets_named(software: str) -> tuple[Preset, ...]:
    """As :func:`resolve`; the methods of a library name the same few programs."""
    return resolve(software)


def _named(method: Mapping[str, Any], measures: Sequence[str]) -> list[tuple[Preset, str]]:
    """Every preset that the software's name can mean, with every possible measure that it computes."""
    presets = presets_named(str(method.get("software", "")))
    return [(p, m) for p in presets for m in measures if m in p.measures or m in _READY_MADE]


def has_no_other(choice: str, method: Mapping[str, Any]) -> bool:
    """Whether every program that the stated software can mean offers nothing but its default for a choice."""
    presets = presets_named(str(method.get("software", "")))
    return bool(presets) and all(choice in p.only for p in presets)


def _filled(model: str) -> tuple[str, ...]:
    return _FILLED if model == "random" else _OF_ANY_MODEL
