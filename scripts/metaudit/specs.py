"""A specification: every analytic choice behind one pooled result, as a value with one canonical string."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from metaudit.errors import DataError
from metaudit.measures import MEASURES, measure_of
from metaudit.records import ordered_record
from metaudit.space import load

MODELS = ("random", "common", "mantel-haenszel", "peto", "glmm", "user-weights")
COUNT_MODELS = ("mantel-haenszel", "peto", "glmm")
GLMM_KINDS = ("conditional-exact", "conditional-approximate", "unconditional-fixed", "unconditional-random")
ITERATED = ("REML", "ML", "EB", "PM", "PMM")  # estimators that a program may end short of the solution
AS_THEY_ARE = "as they are"  # counts that are pooled without a correction
PETO_ZERO = ("none", "0.5@only-zero")
Q_CENTRES = ("inverse-variance", "mantel-haenszel", "mantel-haenszel-corrected")
# The mixed model that a paper most likely means when it names none.
_FIRST_MIXED = {"IRR": "conditional-exact"}
_VARIANCE_NAMES = {"HO": "pooled-sd"}
_COUNTED = ("counts", "rates", "proportion")
WITH_TAU2 = ("random", "user-weights")
# Intervals that are those of one likelihood.
_NEEDS_TAU2 = {"profile": ("ML",), "kenward-roger": ("REML",), "profile-likelihood": ("REML", "ML")}
_NO_SPEC = "is not a specification such as 'RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%'"
_Q_WORDS = {"mantel-haenszel": "MH-Q", "mantel-haenszel-corrected": "MHc-Q"}


@ordered_record
class Spec:
    """One point of the specification space.

    The canonical string reads ``RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%``; parts that do not
    apply are left out, a variance other than the default stands behind the measure in brackets, and what is hardly
    ever chosen (Q's centre, the interval of tau2, the stopping rule) is written only where it is not the usual.
    ``counts`` is ``corrected`` where Mantel-Haenszel and Peto pool the counts after the zero-cell correction, as RevMan 5
    and meta do; empty where they pool them as they are. ``rd_variance`` is ``greenland-robins`` for RevMan's variance of
    the Mantel-Haenszel risk difference; empty for that of Sato, Greenland and Robins.
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
    glmm: str = ""
    q: str = "inverse-variance"
    tau2_ci: str = "q-profile"
    stopping: str = "exact"
    counts: str = ""
    rd_variance: str = ""

    def __post_init__(self) -> None:
        """Give what does not apply one value, so that equal strings are equal specifications."""
        if not self.has_tau2:
            object.__setattr__(self, "tau2", "")
        if self.model not in ("mantel-haenszel", "peto"):
            object.__setattr__(self, "counts", "")
        if (self.model, self.measure) != ("mantel-haenszel", "RD"):
            object.__setattr__(self, "rd_variance", "")
        if measure_of(self.measure).kind not in _COUNTED:
            object.__setattr__(self, "zero_cells", "0.5@only-zero")

    def __str__(self) -> str:
        """The canonical string."""
        measure = self.measure + (f" [{self.variance}]" if self.variance != "LS" else "")
        counts = measure_of(self.measure).kind in _COUNTED
        parts = [measure, *([self.zero_cells] if counts else [])]
        if self.has_tau2:
            centre = f" ({_Q_WORDS[self.q]})" if self.q in _Q_WORDS else ""
            parts += [f"{self.model} {self.tau2}{centre}", self.ci, f"I2:{self.i2}", f"PI:{self.pi}"]
            parts += [f"tau2 CI:{self.tau2_ci}"] if self.tau2_ci != "q-profile" else []
            parts += [f"stopping:{self.stopping}"] if self.stopping != "exact" else []
        else:
            inner = ", ".join(w for w in (self.glmm, self.counts, self.rd_variance) if w)
            parts += [self.model + (f" ({inner})" if inner else ""), self.ci]
        return " | ".join([*parts, f"{100 * self.level:g}%"])

    @property
    def has_tau2(self) -> bool:
        """Whether the model has a between-study variance that is estimated apart from the mean."""
        return self.model in WITH_TAU2

    @property
    def q_of_all(self) -> bool:
        """Whether Q of a Mantel-Haenszel fit takes in every study with an effect of its own, as RevMan's and meta's does."""
        return self.model == "mantel-haenszel" and (self.counts == "corrected" or self.variance == "revman")

    @property
    def fit_key(self) -> tuple[Any, ...]:
        """What the fit depends on: everything but how I2 and the prediction interval are read off it."""
        apart = (self.tau2, self.q, self.tau2_ci, self.stopping) if self.has_tau2 else ()
        return (
            self.measure, self.zero_cells, self.variance, self.model, self.glmm, self.ci, self.level,
            self.counts, self.rd_variance, *apart,
        )  # fmt: skip


def parse_spec(text: str) -> Spec:
    """Read a canonical string back.

    Raises
    ------
    ValueError
        for a text that is none: also for the strings of networks, posteriors and other syntheses.
    """
    parts = [p.strip() for p in text.split("|")]
    measure, _, variance = parts[0].partition(" [")
    if len(parts) < 4 or not parts[-1].endswith("%") or measure not in MEASURES:
        raise ValueError(f"{text!r} {_NO_SPEC}")
    rest = parts[1:-1]
    zero = rest.pop(0) if "@" in rest[0] or rest[0].startswith("none") else "0.5@only-zero"
    words, _, inner = rest[0].rstrip(")").partition(" (")
    model, _, tau2 = words.partition(" ")
    if model not in MODELS:
        raise ValueError(f"{text!r} {_NO_SPEC}")
    centre = {v: k for k, v in _Q_WORDS.items()}.get(inner, "inverse-variance")
    said = inner.split(", ")
    named = dict(p.split(":", 1) for p in rest[2:])
    return Spec(
        measure=measure, zero_cells=zero, variance=variance.rstrip("]") or "LS", model=model, tau2=tau2 or "DL", ci=rest[1],
        i2=named.get("I2", "tau2"), pi=named.get("PI", "t-k-2"), level=round(float(parts[-1][:-1]) / 100, 12),
        glmm=inner if model == "glmm" else "", q=centre, tau2_ci=named.get("tau2 CI", "q-profile"),
        stopping=named.get("stopping", "exact"), counts="corrected" if "corrected" in said else "",
        rd_variance="greenland-robins" if "greenland-robins" in said else "",
    )  # fmt: skip


def pooled_spec(text: str) -> Spec | None:
    """The specification of a canonical string; None for one of another synthesis, and for any other text."""
    try:
        return parse_spec(text)
    except ValueError:
        return None


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
    found: list[Spec] = []
    for measure in measures:
        zero = _zero_choices(measure, method, any_zero=any_zero)
        stated_variance = method.get("variance")
        variances = (
            (_VARIANCE_NAMES.get(stated_variance, stated_variance),)
            if stated_variance
            else load().codes("variance", of=measure, usual=True) or ("LS",)
        )
        for (model, tau2), z, variance in _pooled_ways(measure, method, zero, variances, any_zero=any_zero):
            random = model in WITH_TAU2
            cis = _intervals(model, method)
            pis = _open("pi", method) if random else ("t-k-2",)
            kinds = _mixed_models(measure, method) if model == "glmm" else ("",)
            i2s, at = _open("i2", method) if random else ("tau2",), float(method.get("level", level))
            for kind, ci, i2, pi in product(kinds, cis, i2s, pis):
                for rest in _stated_rest(measure, (model, tau2), method):
                    found.append(Spec(measure, z, variance, model, tau2, ci, i2, pi, at, kind, **rest))
    if not found:
        stated = ", ".join(f"{k} {v}" for k, v in method.items() if k in ("model", "tau2", "q", "ci"))
        raise DataError(f"the stated choices do not go together: {stated}")
    return list(dict.fromkeys(found))


def _open(dimension: str, method: Mapping[str, Any], *, of: str = "") -> tuple[str, ...]:
    """The stated value of a dimension, or its usual values, the conventional one first."""
    return (str(method[dimension]),) if dimension in method else load().codes(dimension, of=of, usual=True)


def usual_measures(kind: str) -> tuple[str, ...]:
    """Measures that a kind of data is usually analysed by, the commonest first; none for an unknown kind."""
    return load().codes("measure", of=kind, usual=True)


def _mixed_models(measure: str, method: Mapping[str, Any]) -> tuple[str, ...]:
    """Which mixed models of the counts; for two groups without a word on it, all of them."""
    if measure not in ("OR", "IRR") and "glmm" not in method:
        return ("",)
    found = _open("glmm", method, of=measure)
    first = _FIRST_MIXED.get(measure, "")
    return tuple(sorted(found, key=lambda kind: kind != first))


def _stated_rest(measure: str, pooling: tuple[str, str], method: Mapping[str, Any]) -> list[dict[str, str]]:
    """Choices that are hardly ever searched: as stated, or the usual. Q's centre and the stopping rule may be one of several.

    Parameters
    ----------
    pooling : model and estimator of tau2
    """
    model, tau2 = pooling
    if model in ("mantel-haenszel", "peto"):
        said = {k: str(method[k]) for k in ("counts", "rd_variance") if k in method}
        return [{k: "" if v == "sato" else v for k, v in said.items()}]
    if model not in WITH_TAU2:
        return [{}]
    rest = {k: str(method[k]) for k in ("tau2_ci",) if k in method}
    centres = method.get("q", "inverse-variance")
    centres = (centres,) if isinstance(centres, str) else tuple(centres)
    if len(centres) > 1 and (tau2 != "DL" or measure not in ("RR", "OR", "RD") or model != "random"):
        centres = ("inverse-variance",)
    ends = method.get("stopping", "exact")
    ends = (ends,) if isinstance(ends, str) else tuple(ends) if tau2 in ITERATED else ("exact",)
    return [{**rest, "q": str(c), "stopping": str(e)} for c in centres for e in ends]


def _zero_choices(measure: str, method: Mapping[str, Any], *, any_zero: bool) -> tuple[str, ...]:
    # Imported here so that a page that only says a specification in words does not pay for numpy.
    from metaudit.effects.compute import default_zero_cells
    from metaudit.effects.zero_cells import zero_cells_from

    if "zero_cells" in method:
        return (str(zero_cells_from(method["zero_cells"])),)
    default = str(default_zero_cells(measure))
    if any_zero and measure_of(measure).kind in ("counts", "proportion", "rates"):
        return (default, *(z for z in load().codes("zero_cells", usual=True) if z != default))
    return (default,)


def _pooled_ways(
    measure: str, method: Mapping[str, Any], zero: tuple[str, ...], variances: Sequence[str], *, any_zero: bool
) -> Iterator[tuple[tuple[str, str], str, str]]:
    """Model and estimator, rule for zero cells, and variance, as they go together."""
    for pooling in _models(measure, method):
        zeros = _zeros_of(pooling[0], zero, stated="zero_cells" in method, any_zero=any_zero)
        yield from product((pooling,), zeros, variances)


def _zeros_of(model: str, zero: tuple[str, ...], *, stated: bool, any_zero: bool) -> tuple[str, ...]:
    """Which of the rules for zero cells a model is to be tried with; those that pool the counts as they are need one.

    Peto's method needs none, and a study's own effect under it is mostly computed without (RevMan, meta, Stata); metafor's
    ``rma.peto`` corrects it, and counts studies without events, too.
    """
    if model == "peto" and not stated:
        return PETO_ZERO if any_zero else zero[:1]
    return zero[:1] if model in COUNT_MODELS else zero


def _intervals(model: str, method: Mapping[str, Any]) -> tuple[str, ...]:
    """Interval methods; Mantel-Haenszel, Peto and mixed models have the normal one only."""
    usual = load().codes("ci", usual=True) if model in ("random", "common") else ("wald",)
    if "ci" not in method:
        return usual
    stated = str(method["ci"])
    return (stated,) if model in ("random", "common", "user-weights") or stated in usual else ()


def _models(measure: str, method: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Pairs of model and tau2 estimator. 'Common effect' leaves open how counts are pooled, unless Q's mean is stated, too."""
    tau2 = _open("tau2", method)
    if isinstance(method.get("q", ()), str) and method["q"] != "inverse-variance":
        tau2 = tuple(t for t in tau2 if t == "DL")  # the other estimators are not functions of Q
    needed = _NEEDS_TAU2.get(str(method.get("ci")), _NEEDS_TAU2.get(str(method.get("tau2_ci")), ()))
    tau2 = tuple(t for t in tau2 if not needed or t in needed)
    stated = method.get("model")
    pairs: list[tuple[str, str]] = []
    if stated in (None, "random"):
        pairs += [("random", t) for t in tau2]
    if stated in (None, "common") and "tau2" not in method:
        models = load().codes("model", of=measure, usual=True)
        if stated == "common" and method.get("q") == "inverse-variance":
            models = ("common",)
        pairs += [(m, "") for m in models if m != "random"]
    if stated == "user-weights":
        pairs += [("user-weights", t) for t in tau2]
    if stated in COUNT_MODELS:
        pairs.append((str(stated), ""))
    return pairs


def other_transformations(base: Spec, method: Mapping[str, Any]) -> list[Spec]:
    """The other ways to pool proportions of single groups: every transformation with common and random effects, and the mixed model.

    Parameters
    ----------
    base : what is pooled, of a measure of proportions; neither it nor anything of its measure but the mixed model is in the list
    method : what is stated: the rule for zero cells holds for the measures that have one, tau2 for all
    """
    zero = {k: v for k, v in method.items() if k == "zero_cells"}
    models = ({"model": "common"}, {"model": "random", "tau2": base.tau2 if base.has_tau2 else "REML"})
    found = []
    for code in (m.code for m in MEASURES.values() if m.kind == "proportion" and m.code != base.measure):
        own = {"ci": "wald", "level": base.level, **(zero if code not in ("PAS", "PFT") else {})}
        found += [conventional((code,), {**own, **model}) for model in models]
    if base.model != "glmm":
        found.append(conventional(("PLO",), {"model": "glmm", "level": base.level}))
    return found


def conventional(measures: tuple[str, ...], method: Mapping[str, Any], *, level: float = 0.95) -> Spec:
    """The stated method with the conventional value of every open choice."""
    return completions(measures[:1], method, any_zero=True, level=level)[0]


def _idle(name: str, spec: Spec, other: Spec) -> bool:
    """Whether a dimension has no part in a difference: without tau2 there is no estimator, and nothing read off one."""
    if name in ("tau2", "counts", "rd_variance", "glmm"):
        return not value_of(spec, name)
    return name in ("i2", "pi", "q", "tau2_ci", "stopping") and not (spec.has_tau2 and other.has_tau2)


def value_of(spec: Spec, name: str) -> str:
    """A choice of a specification with a word for every value; empty where the specification has no such choice."""
    if name in ("tau2", "i2", "pi", "q", "tau2_ci", "stopping") and not spec.has_tau2:
        return ""
    if name == "counts":
        return (spec.counts or AS_THEY_ARE) if spec.model in ("mantel-haenszel", "peto") else ""
    if name == "rd_variance":
        return (spec.rd_variance or "sato") if (spec.model, spec.measure) == ("mantel-haenszel", "RD") else ""
    return str(getattr(spec, name))


def departures(spec: Spec, other: Spec) -> list[str]:
    """In words, the choices by which two specifications differ."""
    words = {
        "measure": "measure", "zero_cells": "zero cells", "variance": "variance", "model": "model", "tau2": "tau²",
        "ci": "interval", "i2": "I² from", "pi": "prediction interval", "level": "level", "glmm": "mixed model",
        "q": "Q centred on", "tau2_ci": "interval of tau²", "stopping": "stopping", "counts": "counts",
        "rd_variance": "variance of the risk difference",
    }  # fmt: skip
    out = []
    for name, word in words.items():
        if getattr(spec, name) != getattr(other, name) and not _idle(name, spec, other):
            out.append(f"{word} {value_of(spec, name)}")
    return out
