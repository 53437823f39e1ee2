"""A specification: every analytic choice behind one pooled result, as a value with one canonical string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from metaudit.effects.compute import default_zero_cells
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import DataError
from metaudit.measures import measure_of

# What a paper leaves open is searched over these values, the conventional one first.
OPEN_TAU2 = ("DL", "REML", "PM", "ML", "HE", "SJ", "HS")
OPEN_CI = ("wald", "hksj", "t")
OPEN_PI = ("t-k-2", "t-k-1", "normal", "tau-only")
OPEN_I2 = ("tau2", "Q")
OPEN_VARIANCE = {"MD": ("LS", "pooled-sd"), "SMD": ("LS", "LS2", "UB", "revman")}
OPEN_ZERO = ("0.5@only-zero", "0.5@all", "none")
MEASURES_OF_DATA = {
    "counts": ("RR", "OR", "RD"),
    "means": ("MD", "SMD"),
    "rates": ("IRR", "IRD"),
    "proportion": ("PR", "PLO"),
    "correlation": ("ZCOR", "COR"),
    "mean": ("MN",),
    "generic": ("GEN",),
}
COUNT_MODELS = ("mantel-haenszel", "peto", "glmm")
_COUNT_POOLING = {
    "RR": ("mantel-haenszel",),
    "OR": ("mantel-haenszel", "peto"),
    "RD": ("mantel-haenszel",),
    "IRR": ("mantel-haenszel",),
}
_VARIANCE_NAMES = {"HO": "pooled-sd"}
_NOT_COMPUTED = {
    "tau2": ("HSk", "DL2", "PM2", "GENQ"),
    "ci": ("kenward-roger", "profile"),
    "pi": ("bootstrap",),
    "q": ("mantel-haenszel", "mantel-haenszel-corrected"),
    "tau2_ci": ("profile-likelihood", "jackson", "biggerstaff"),
    "model": ("user-weights",),
    "glmm": ("conditional-approximate", "unconditional-fixed", "unconditional-random"),
}


@dataclass(frozen=True, order=True)
class Spec:
    """One point of the specification space.

    The canonical string reads ``RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%``; parts that do not
    apply are left out, and a variance other than the default stands behind the measure in brackets.
    """

    measure: str
    zero_cells: str = "0.5@only-zero"
    variance: str = "LS"
    model: str = "random"
    tau2: str = "DL"
    ci: str = "wald"
    i2: str = "tau2"
    pi: str = "t-k-2"
    level: float = 0.95

    def __str__(self) -> str:
        """The canonical string."""
        measure = self.measure + (f" [{self.variance}]" if self.variance != "LS" else "")
        counts = measure_of(self.measure).kind in ("counts", "rates", "proportion")
        parts = [measure, *([self.zero_cells] if counts else [])]
        if self.model == "random":
            parts += [f"random {self.tau2}", self.ci, f"I2:{self.i2}", f"PI:{self.pi}"]
        else:
            parts += [self.model, self.ci]
        return " | ".join([*parts, f"{100 * self.level:g}%"])

    @property
    def fit_key(self) -> tuple[Any, ...]:
        """What the fit depends on: everything but how I2 and the prediction interval are read off it."""
        tau2 = self.tau2 if self.model == "random" else ""
        return (self.measure, self.zero_cells, self.variance, self.model, tau2, self.ci, self.level)


def parse_spec(text: str) -> Spec:
    """Read a canonical string back."""
    parts = [p.strip() for p in text.split("|")]
    if len(parts) < 4 or not parts[-1].endswith("%"):
        raise ValueError(
            f"{text!r} is not a specification such as 'RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%'"
        )
    measure, _, variance = parts[0].partition(" [")
    rest = parts[1:-1]
    zero = rest.pop(0) if "@" in rest[0] or rest[0].startswith("none") else "0.5@only-zero"
    model, _, tau2 = rest[0].partition(" ")
    named = dict(p.split(":", 1) for p in rest[2:])
    return Spec(
        measure=measure, zero_cells=zero, variance=variance.rstrip("]") or "LS", model=model, tau2=tau2 or "DL", ci=rest[1],
        i2=named.get("I2", "tau2"), pi=named.get("PI", "t-k-2"), level=round(float(parts[-1][:-1]) / 100, 12),
    )  # fmt: skip


def refuse_not_computed(method: Mapping[str, Any]) -> None:
    """Say which stated choice this version does not compute, rather than compute another.

    Raises
    ------
    DataError
    """
    for key, values in _NOT_COMPUTED.items():
        if method.get(key) in values:
            raise DataError(f"the stated {key} {method[key]} is not computed by this version")


def completions(
    measures: tuple[str, ...], method: Mapping[str, Any], *, any_zero: bool, level: float = 0.95
) -> list[Spec]:
    """Every specification that agrees with what is stated, the conventional one first.

    Parameters
    ----------
    measures : the measures that are possible
    method : what is stated; missing keys are open
    any_zero : whether a study has a zero cell (else the zero-cell rule cannot matter)
    level : confidence level where none is stated
    """
    refuse_not_computed(method)
    found: list[Spec] = []
    for measure in measures:
        zero = _zero_choices(measure, method, any_zero=any_zero)
        stated_variance = method.get("variance")
        variances = (
            (_VARIANCE_NAMES.get(stated_variance, stated_variance),)
            if stated_variance
            else OPEN_VARIANCE.get(measure, ("LS",))
        )
        for (model, tau2), z, variance in product(_models(measure, method), zero, variances):
            if model in COUNT_MODELS and z != zero[0]:
                continue  # they pool the counts as they are
            random = model == "random"
            cis = _intervals(model, method)
            pis = (str(method["pi"]),) if "pi" in method else OPEN_PI
            for ci, i2, pi in product(cis, OPEN_I2 if random else ("tau2",), pis if random else ("t-k-2",)):
                found.append(Spec(measure, z, variance, model, tau2, ci, i2, pi, float(method.get("level", level))))
    if not found:
        stated = ", ".join(f"{k} {v}" for k, v in method.items() if k in ("model", "tau2", "ci"))
        raise DataError(f"the stated choices do not go together: {stated}")
    return list(dict.fromkeys(found))


def _zero_choices(measure: str, method: Mapping[str, Any], *, any_zero: bool) -> tuple[str, ...]:
    if "zero_cells" in method:
        return (str(zero_cells_from(method["zero_cells"])),)
    default = str(default_zero_cells(measure))
    if any_zero and measure_of(measure).kind in ("counts", "proportion", "rates"):
        return (default, *(z for z in OPEN_ZERO if z != default))
    return (default,)


def _intervals(model: str, method: Mapping[str, Any]) -> tuple[str, ...]:
    """Interval methods; Mantel-Haenszel, Peto and mixed models have the normal one only."""
    usual = OPEN_CI if model in ("random", "common") else ("wald",)
    if "ci" not in method:
        return usual
    stated = str(method["ci"])
    return (stated,) if model in ("random", "common") or stated in usual else ()


def _models(measure: str, method: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of model and tau2 estimator. 'Common effect' leaves open how counts are pooled."""
    tau2 = (str(method["tau2"]),) if "tau2" in method else OPEN_TAU2
    stated = method.get("model")
    pairs: list[tuple[str, str]] = []
    if stated in (None, "random") or (stated is None and "tau2" in method):
        pairs += [("random", t) for t in tau2]
    if stated in (None, "common") and "tau2" not in method:
        pairs += [("common", "")] + [(m, "") for m in _COUNT_POOLING.get(measure, ())]
    if stated in COUNT_MODELS:
        pairs.append((str(stated), ""))
    return pairs


def conventional(measures: tuple[str, ...], method: Mapping[str, Any], *, level: float = 0.95) -> Spec:
    """The stated method with the conventional value of every open choice."""
    return completions(measures[:1], method, any_zero=False, level=level)[0]


def departures(spec: Spec, other: Spec) -> list[str]:
    """In words, the choices by which two specifications differ."""
    words = {
        "measure": "measure", "zero_cells": "zero cells", "variance": "variance", "model": "model", "tau2": "tau²",
        "ci": "interval", "i2": "I² from", "pi": "prediction interval", "level": "level",
    }  # fmt: skip
    out = []
    for name, word in words.items():
        a, b = getattr(spec, name), getattr(other, name)
        if a != b and not (name == "tau2" and spec.model != "random"):
            out.append(f"{word} {a}")
    return out
