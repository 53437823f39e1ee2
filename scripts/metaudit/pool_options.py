"""What one analysis is asked for beside its specification, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaudit.catalogue import entries
from metaudit.effects.adjust import DESIGNS
from metaudit.effects.arms import POLICIES
from metaudit.effects.compute import VARIANTS, default_zero_cells
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import DataError
from metaudit.formats.tables import nearest
from metaudit.measures import MEASURES
from metaudit.pooling.mantel_haenszel import RD_VARIANCES
from metaudit.specs import COUNT_MODELS, GLMM_KINDS, MODELS, Q_CENTRES, Spec

SEED = 20260101
DIAGNOSTICS = ("leave-one-out", "influence", "cumulative", "baujat", "radial", "labbe", "gosh")
ROBUST = ("CR0", "CR1", "CR2", "CR2-whitened")


@dataclass(frozen=True)
class Options:
    """What is asked beside the specification.

    Attributes
    ----------
    shared_control : keep, split or combine rows that share a control group
    design : adjust for crossovers and clusters where a study reports what it takes, or ignore them
    corrected_counts, rd_variance : how Mantel-Haenszel and Peto take the counts
    quadrature : nodes of a mixed model's integrals; 0 for as many as it takes
    weights : column with the weights of the user-weights model or of GENQ
    i2_ci : ``tau2-ci`` or ``test-based``
    seed : of permutations, bootstraps and samples of subsets
    mods, subgroups, subgroup_tau2 : meta-regression and subgroups
    cluster, robust, three_level : dependent effects
    permutation_test : of the mean or of the moderators
    diagnostics, small_study : which of them; ``all`` stands for every one
    bayes, mu : priors of tau and the prior of the mean of a Bayesian analysis; none without priors of tau
    """

    shared_control: str = "keep"
    design: str = "adjust"
    corrected_counts: bool = False
    rd_variance: str = "sato"
    quadrature: int = 0
    weights: str = ""
    i2_ci: str = "tau2-ci"
    seed: int = SEED
    mods: tuple[str, ...] = ()
    subgroups: str = ""
    subgroup_tau2: str = "separate"
    cluster: str = ""
    robust: str = ""
    three_level: bool = False
    permutation_test: bool = False
    diagnostics: tuple[str, ...] = ()
    small_study: tuple[str, ...] = ()
    bayes: tuple[str, ...] = ()
    mu: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that are named."""
        return tuple(c for c in (*self.mods, self.subgroups, self.cluster, self.weights) if c)


def check_choices(choices: Mapping[str, Any], options: Options) -> Spec:
    """The specification, once every choice is known and goes with the others.

    Raises
    ------
    DataError
        for a value that is not known, with the nearest known one, and for choices that do not go together.
    """
    measure, model, level = (choices[k] for k in ("measure", "model", "level"))
    known = {**_known(measure), **_known_options()}
    given = {
        **choices,
        **{
            k: getattr(options, k)
            for k in ("shared_control", "design", "rd_variance", "i2_ci", "subgroup_tau2", "robust")
        },
    }
    for name, values in known.items():
        _require(f"--{name.replace('_', '-')}", given[name], values)
    for name, wanted, values in (
        ("--diagnostics", options.diagnostics, [*DIAGNOSTICS, "all"]),
        ("--small-study", options.small_study, [*(e.code for e in entries("small_study")), "all"]),
    ):
        for value in wanted:
            _require(name, value, values)
    if not 0 < level < 1:
        raise DataError(f"--level {level}: not between 0 and 1. Write 0.95 for 95 %.")
    _go_together(choices, options)
    zero = default_zero_cells(measure) if choices["zero_cells"] is None else zero_cells_from(choices["zero_cells"])
    return Spec(
        measure, str(zero), choices["variance"], model, choices["tau2"], choices["ci"], "tau2", choices["pi"], level,
        _glmm(choices), choices["q"], choices["tau2_ci"], choices["stopping"],
    )  # fmt: skip


def _glmm(choices: Mapping[str, Any]) -> str:
    """The mixed model, named even where it is the usual one; of one group there is only one."""
    usual = "conditional-exact" if choices["measure"] in ("OR", "IRR") else ""
    return (choices["glmm"] or usual) if choices["model"] == "glmm" else ""


def _require(option: str, value: str, values: Sequence[str]) -> None:
    if value not in values:
        raise DataError(f"{option} {value}: not known. {nearest(value, list(values), option.removeprefix('--'))}")


def _known(measure: str) -> dict[str, list[str]]:
    from metaudit.pooling.pool import CI_METHODS, PI_METHODS, TAU2_CI_METHODS
    from metaudit.pooling.tau2 import ESTIMATORS, NEEDS_WEIGHTS, STOPPING

    return {
        "measure": list(MEASURES),
        "variance": ["LS", *VARIANTS.get(measure, ())],
        "model": list(MODELS),
        "glmm": ["", *GLMM_KINDS],
        "tau2": [t for t in (*ESTIMATORS, *NEEDS_WEIGHTS) if t != "FE"],
        "q": list(Q_CENTRES),
        "stopping": list(STOPPING),
        "ci": list(CI_METHODS),
        "tau2_ci": list(TAU2_CI_METHODS),
        "pi": list(PI_METHODS),
    }


def _known_options() -> dict[str, list[str]]:
    return {
        "shared_control": list(POLICIES),
        "design": list(DESIGNS),
        "rd_variance": list(RD_VARIANCES),
        "i2_ci": ["tau2-ci", "test-based"],
        "subgroup_tau2": ["separate", "common"],
        "robust": ["", *ROBUST],
    }


def _go_together(choices: Mapping[str, Any], options: Options) -> None:
    model, tau2, ci = choices["model"], choices["tau2"], choices["ci"]
    if model in COUNT_MODELS and ci != "wald":
        raise DataError(
            f"--ci {ci}: the {model} model has the normal interval only. Leave --ci out, or choose --model random."
        )
    if choices["glmm"] and model != "glmm":
        raise DataError(f"--glmm {choices['glmm']} names a mixed model. Choose --model glmm with it.")
    if options.rd_variance != "sato" and (model, choices["measure"]) != ("mantel-haenszel", "RD"):
        raise DataError(
            "--rd-variance is about the Mantel-Haenszel risk difference: --model mantel-haenszel --measure RD."
        )
    if options.three_level and ci not in ("wald", "t"):
        raise DataError(
            f"--ci {ci}: the three-level model has wald and t intervals. Choose one of them with --three-level."
        )
    if options.corrected_counts and model not in ("mantel-haenszel", "peto"):
        raise DataError("--corrected-counts is about Mantel-Haenszel and Peto; other models follow --zero-cells.")
    if options.quadrature and (model != "glmm" or not 1 <= options.quadrature <= 200):
        raise DataError("--quadrature is the number of nodes of a mixed model, 1 to 200. Give it with --model glmm.")
    if choices["q"] != "inverse-variance" and (model, tau2) != ("random", "DL"):
        raise DataError(
            f"--q {choices['q']}: only the DL estimator is a function of Q. Choose --model random --tau2 DL."
        )
    if (model == "user-weights" or (model == "random" and tau2 == "GENQ")) != bool(options.weights):
        raise DataError(
            "--weights COLUMN goes with --model user-weights or --tau2 GENQ, and they need it. Give both or neither."
        )
    if (model, tau2) == ("user-weights", "GENQ"):
        raise DataError(
            "--tau2 GENQ uses the weights for tau2 and pools by inverse variances. Choose --model random with it."
        )
    if (options.robust or options.three_level) and not options.cluster:
        raise DataError(
            "--robust and --three-level need to know which effects belong together: name the column with --cluster."
        )
    if options.cluster and not (options.robust or options.three_level):
        raise DataError("--cluster alone changes nothing: add --robust CR2 or --three-level.")
    if options.mods and model not in ("random", "common"):
        raise DataError(
            f"--mods: a meta-regression is not defined for the {model} model. Choose --model random or common."
        )
    if options.bayes or options.mu:
        _bayes_goes(model, options)


def _bayes_goes(model: str, options: Options) -> None:
    from metaudit.appraise.bayesian import chosen_prior
    from metaudit.bayes.priors import mu_prior

    if not options.bayes:
        raise DataError('--mu is a prior of the mean. Give a prior of tau with it, as in --bayes "half-normal(0.5)".')
    if model != "random":
        raise DataError(f"--bayes is a random-effects analysis, not one of the {model} model. Choose --model random.")
    if options.mods:
        raise DataError("--bayes has no moderators. Leave --mods out, or --bayes.")
    if options.cluster:
        raise DataError("--bayes takes every effect as a study of its own. Leave --cluster out, or --bayes.")
    for option, text, read in (*(("--bayes", t, chosen_prior) for t in options.bayes), ("--mu", options.mu, mu_prior)):
        try:
            if option == "--bayes" or text:
                read(text)
        except DataError as error:
            raise DataError(f"{option} {text}: {error}") from error
