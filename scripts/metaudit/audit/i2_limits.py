"""The limits of I², which follow from those of τ² or from Q itself: papers print either, and few say which."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from metaudit.audit.own_value import Ours
from metaudit.audit.software import presets_named
from metaudit.audit_words.other_ways import I2_FROM_TAU2, I2_TEST_BASED, I2_TEST_BASED_AT_ONE
from metaudit.evaluate import Evaluated
from metaudit.formats.review import Analysis, Claim
from metaudit.formats.stated import with_override
from metaudit.pooling.heterogeneity import I2_CI_METHODS
from metaudit.pooling.tau2_intervals import h2_test_based

OF_I2 = frozenset(("i2_low", "i2_high"))


def i2_limits(
    claim: Claim, asked: str, e: Evaluated, analysis: Analysis, *, from_tau2: Ours
) -> Iterator[tuple[Ours, str]]:
    """A limit of I² by each way that the method allows, with the choice that leads to it; the first is the conventional one.

    Test-based limits rest on Q alone (Higgins and Thompson 2002, Stat Med 21:1539, appendix), so that a stated interval of τ²
    says nothing of them. What is stated as ``i2_ci`` is the only way; without it the named software decides which comes first.

    Parameters
    ----------
    asked : ``i2_low`` or ``i2_high``
    e : evaluated, of the subgroup where the claim is about one
    from_tau2 : the limit that follows from the interval of τ²
    """
    method = with_override(analysis.method, claim.method)
    by_software = _by_software(method, e.spec.measure)
    stated = str(method.get("i2_ci", ""))
    based = list(_test_based(asked, e, cut_first=by_software == "test-based"))
    ways = {"tau2-ci": [(from_tau2, I2_FROM_TAU2)], "test-based": based}
    order = [stated] if stated else sorted(I2_CI_METHODS, key=lambda way: way != by_software)
    found = [way for name in order for way in ways[name]]
    yield found[0][0], ""
    yield from found[1:]


def _test_based(asked: str, e: Evaluated, *, cut_first: bool) -> Iterator[tuple[Ours, str]]:
    """The limits around H = √(Q/df), and around an H that is not below 1, as R's meta has it, where that differs."""
    q, df = e.fit.q, e.fit.q_df
    if math.isnan(q):  # a model that has no Q
        yield Ours(math.nan, ""), I2_TEST_BASED
        return
    ways = [(q, I2_TEST_BASED), (float(df), I2_TEST_BASED_AT_ONE)] if q < df else [(q, I2_TEST_BASED)]
    for of_q, choice in reversed(ways) if cut_first else ways:
        limits = h2_test_based(of_q, df, level=e.fit.level)
        value = 100 * (1 - 1 / limits[asked == "i2_high"])
        around = "H = 1, since Q is below its degrees of freedom" if choice == I2_TEST_BASED_AT_ONE else "H = √(Q/df)"
        yield (
            Ours(value, f"test-based limits (Higgins and Thompson 2002) around {around}: Q = {q:.4g}, df = {df}"),
            choice,
        )


def _by_software(method: dict[str, Any], measure: str) -> str:
    """The way of the named program, where every version that the name can mean agrees and a document or an output says so."""
    presets = presets_named(str(method.get("software", "")))
    found = {"" if "i2_ci" in p.unverified(measure) else str(p.choice("i2_ci", measure)) for p in presets}
    return "test-based" if found == {"test-based"} else "tau2-ci"
