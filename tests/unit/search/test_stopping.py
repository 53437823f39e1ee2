"""Specifications that end tau2 where metafor does: arrays give what the exact path gives, and nothing where metafor stops."""

import math

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.search.batch import evaluate_specs
from metaudit.search.fits import can_be_batched
from metaudit.search.plan import fit_key
from metaudit.specs import ITERATED, Spec

READ = ("estimate", "ci_low", "ci_high", "p", "q", "i2", "tau2", "se", "pi_low", "pi_high")
SPECS = tuple(
    Spec("GEN", tau2=t, ci=ci, stopping=s)
    for t in ITERATED
    if t != "PMM"  # which no specification of review.yaml has
    for ci in ("wald", "hksj")
    for s in ("exact", "metafor")
)  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_arrays_and_the_exact_path_agree(make_rows, plain, seed):
    rng = np.random.default_rng(seed)
    k, scale = int(rng.integers(2, 12)), 10.0 ** rng.uniform(-3, 0)
    se = np.exp(rng.normal(-1, 1, k)) * scale
    rows = make_rows(
        [{"effect": repr(float(y)), "se": repr(float(s))} for y, s in zip(rng.normal(0, 1.5 * se), se, strict=True)]
    )
    found = evaluate_specs(SPECS, rows, plain)
    for i, spec in enumerate(SPECS):
        try:
            fit = evaluate(spec, rows, plain).fit
        except DataError:
            assert math.isnan(found.values["estimate"][i]), spec
            continue
        for name in READ:
            assert found.values[name][i] == pytest.approx(getattr(fit, name), rel=1e-8, abs=1e-12, nan_ok=True), (
                spec,
                name,
            )


def test_specifications_with_another_end_are_other_fits():
    for tau2 in ITERATED:
        exact, stopped = (Spec("GEN", tau2=tau2, stopping=s) for s in ("exact", "metafor"))
        assert can_be_batched(exact)
        assert can_be_batched(stopped)
        assert fit_key(exact) != fit_key(stopped)
        assert len(fit_key(stopped)) == len(fit_key(exact))
    assert not can_be_batched(Spec("GEN", tau2="DL", stopping="metafor"))
