"""Which choices of method a quantity depends on: naming the others would only lead a reader astray.

The table follows from the formulas: an estimate does not depend on how its interval is made, Q not on the estimator of
τ², a standard error on the kind of interval only where the interval has a standard error of its own (Hartung and
Knapp 2001, equation 4; Kenward and Roger 1997). ``tests/unit/audit_words/test_matters.py`` holds it against fits.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, replace
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from metaudit.specs import Spec

_EFFECT = frozenset({"measure", "zero_cells", "variance"})
# Peto's method has effects of its own, for the studies, too; every other model has the measure's.
_OF_STUDY = _EFFECT | {"model"}
_MODEL = _EFFECT | {"model", "glmm", "counts", "rd_variance", "q"}
_MEAN = _MODEL | {"tau2", "stopping"}
# Which studies are in: without a zero cell all are, whatever the method.
_STUDIES = frozenset({"measure", "zero_cells", "model"})
_COUNTED = frozenset(
    "k q_df subgroup_df n n_t n_c events_t events_c proportion_t proportion_c proportion k_with_events".split()
)
ALL = frozenset(f.name for f in fields(Spec))
_PER_QUANTITY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(
            ("estimate", "weight", "tau2", "tau", "se_tau2", "coef", "predicted", "loglik", "r2", "h2"), _MEAN
        ),
        **dict.fromkeys(("trimfill_k", "trimfill_estimate", "nnt"), _MEAN),
        **dict.fromkeys(("subgroup_q", "subgroup_p", "subgroup_i2"), _MEAN | {"ci"}),
        **dict.fromkeys(("se", "z", "coef_se", "p", "coef_p", "qm", "qm_p"), _MEAN | {"ci"}),
        **dict.fromkeys(("ci_low", "ci_high"), _MEAN | {"ci", "level"}),
        **dict.fromkeys(("pi_low", "pi_high"), _MEAN | {"ci", "pi", "level"}),
        **dict.fromkeys(("q", "q_p"), _MODEL),
        **dict.fromkeys(("i2",), _MEAN | {"i2"}),
        **dict.fromkeys(("i2_low", "i2_high"), _MEAN | {"i2", "tau2_ci", "level"}),
        **dict.fromkeys(("tau2_low", "tau2_high"), _MEAN | {"tau2_ci", "level"}),
        **dict.fromkeys(sorted(_COUNTED), _STUDIES),
        **dict.fromkeys(("study_estimate", "study_se", "study_variance"), _OF_STUDY),
        **dict.fromkeys(("study_ci_low", "study_ci_high"), _OF_STUDY | {"level"}),
        **dict.fromkeys(("egger_p", "egger_intercept", "begg_p"), _OF_STUDY),
        **dict.fromkeys(("mean_t", "mean_c", "sd_t", "sd_c"), frozenset()),
    }
)
_DEFAULTS = {f.name: f.default for f in fields(Spec) if f.name != "measure"}
# Quantities that the studies' own effects give, whatever is fitted to them.
OF_EFFECTS = frozenset(q for q, asked in _PER_QUANTITY.items() if asked - {"level"} == _OF_STUDY)
# Quantities that see an interval only by the standard error that goes with it.
BY_STANDARD_ERROR = frozenset({"se", "z", "coef_se", "subgroup_q", "subgroup_p", "subgroup_i2"})
BY_TEST = frozenset({"p", "coef_p", "qm", "qm_p"})
OWN_STANDARD_ERROR = ("hksj", "hksj-adhoc-se", "kenward-roger")


def matters(quantity: str, *, zero_cells: bool = True) -> frozenset[str]:
    """The fields of a specification that a quantity depends on; all of them for a quantity that is not in the table.

    Parameters
    ----------
    quantity : as in claims.csv
    zero_cells : whether any study has a zero cell; without one, no method leaves a study out
    """
    return frozenset() if not zero_cells and quantity in _COUNTED else _PER_QUANTITY.get(quantity, ALL)


def essential(spec: Spec, quantity: str, *, zero_cells: bool = True) -> Spec:
    """A specification with everything that cannot matter for a quantity set to one value.

    Two specifications with equal essentials give the quantity the same value, so that only one of them is worth naming.

    Parameters
    ----------
    spec : the specification
    quantity : as in claims.csv; an unknown one, or an empty text, keeps every choice
    zero_cells : whether any study has a zero cell; without one, a rule for zero cells alone changes nothing
    """
    asked = matters(quantity, zero_cells=zero_cells)
    ones = {name: default for name, default in _DEFAULTS.items() if name not in asked}
    return replace(spec, **{**ones, **_set_to_one(spec, quantity, zero_cells=zero_cells)})


def essence(quantity: str, *, zero_cells: bool = True) -> Callable[[Spec], tuple[Any, ...]]:
    """A key of specifications, equal for two of them exactly where their :func:`essential` specifications are equal.

    Parameters
    ----------
    quantity, zero_cells : as in :func:`essential`
    """
    names = tuple(sorted(matters(quantity, zero_cells=zero_cells) | {"measure"}))
    several = attrgetter(*names) if len(names) > 1 else lambda s: (s.measure,)

    def key(spec: Spec) -> tuple[Any, ...]:
        ones = _set_to_one(spec, quantity, zero_cells=zero_cells)
        if not ones:
            return several(spec)
        return tuple(ones.get(n, getattr(spec, n)) for n in names)

    return key


def alike(quantity: str) -> tuple[Hashable, ...]:
    """A key of quantities, equal for those whose :func:`essence` is."""
    own = quantity in BY_STANDARD_ERROR, quantity.startswith("pi_"), quantity == "i2"
    return (matters(quantity), *own)


def _set_to_one(spec: Spec, quantity: str, *, zero_cells: bool) -> dict[str, Any]:
    """Fields that a quantity depends on for other specifications than this."""
    ones: dict[str, Any] = {}
    if not zero_cells and only_for_zeros(spec.zero_cells):
        ones["zero_cells"] = "0.5@only-zero"
    if quantity in OF_EFFECTS and spec.model != "peto":
        ones["model"] = "random"
    if quantity in BY_STANDARD_ERROR and spec.ci not in OWN_STANDARD_ERROR:
        ones["ci"] = "wald"
    if quantity.startswith("pi_") and spec.pi == "tau-only":
        ones["ci"] = "wald"
    if quantity == "i2" and spec.has_tau2 and spec.i2 == "Q":
        ones |= {"tau2": "DL", "stopping": "exact"}
    return ones


def only_for_zeros(rule: str) -> bool:
    """Whether a zero-cell rule changes nothing where no study has a zero cell."""
    base = rule.removesuffix("+drop")
    return base == "none" or base.endswith(("@only-zero", "@if-any-zero"))


def zero_cell(cells: Mapping[str, str]) -> bool:
    """Whether a row of counts, as typed or as converted, has no event, or nobody without one, in an arm."""
    for events, n in (("events_t", "n_t"), ("events_c", "n_c"), ("events", "n")):
        count, people = cells.get(events, "").strip(), cells.get(n, "").strip()
        if count and (float(count) == 0 or (people and float(people) == float(count))):
            return True
    return False
