"""Limits of I²: from those of τ², or test-based ones; what is stated or the named program decides which are the conventional."""

import math

import numpy as np
import pytest

from making import audited, claim

STANDING = {"EXACT", "UNDERSPECIFIED"}
Z = 1.959963984540054
Y = np.array([0.10, 0.52, 0.93, 0.31, 0.45, -0.05])
SE = np.array([0.12, 0.15, 0.20, 0.14, 0.11, 0.19])
ROWS = [
    {"study": s, "effect": f"{y:.2f}", "se": f"{e:.2f}", "x_site": site}
    for s, y, e, site in zip("ABCDEF", Y, SE, ("in", "in", "out", "out", "in", "out"), strict=True)
]
METHOD = {"model": "random", "tau2": "DL", "ci": "wald"}


def q_of(y, se):
    w = se**-2
    return float((w * (y - (w * y).sum() / w.sum()) ** 2).sum())


def from_q(q, k):
    """Higgins and Thompson (2002, Stat Med 21:1539), appendix, written out."""
    if q > k:
        se = 0.5 * (math.log(q) - math.log(k - 1)) / (math.sqrt(2 * q) - math.sqrt(2 * k - 3))
    else:
        se = math.sqrt(1 / (2 * (k - 2)) * (1 - 1 / (3 * (k - 2) ** 2)))
    ends = [max(1.0, math.exp(0.5 * math.log(q / (k - 1)) + side * Z * se)) for side in (-1, 1)]
    return [100 * (1 - h**-2) for h in ends]


LOW, HIGH = from_q(q_of(Y, SE), 6)
LIMITS = [claim("low", "i2_low", f"{LOW:.2f}%"), claim("high", "i2_high", f"{HIGH:.2f}%")]


def limits(tmp_path, claims=LIMITS, rows=ROWS, **said):
    override = {k: said.pop(k) for k in ("subgroups",) if k in said}
    return audited(tmp_path / "r", claims=claims, rows=rows, measure="GEN", method={**METHOD, **said}, **override)


@pytest.mark.parametrize("said", [{}, {"tau2_ci": "q-profile"}, {"tau2_ci": "jackson"}, {"software": "metafor 4.4"}])
def test_test_based_limits_are_another_way_whatever_interval_of_tau2_is_stated(tmp_path, said):
    found = limits(tmp_path, **said)
    for row, value in zip(found.values(), (LOW, HIGH), strict=True):
        assert (row.verdict, row.causes) == ("UNDERSPECIFIED", ("test-based limits of I²",))
        assert row.value == pytest.approx(value, rel=1e-9)
        assert "it comes out with test-based limits of I²." in row.message
        assert row.ask.endswith("test-based limits of I². Is that what was done?")


@pytest.mark.parametrize("said", [{"software": "R package meta 6.5"}, {"i2_ci": "test-based"}])
def test_they_are_the_conventional_ones_where_they_are_stated_or_the_program_has_them(tmp_path, said):
    found = limits(tmp_path, **said)
    assert {r.verdict for r in found.values()} == {"EXACT"}
    assert "test-based limits" in found["high"].message


def of_tau2(tmp_path):
    wrong = [claim(c["claim"], c["quantity"], "99.99%") for c in LIMITS]
    found = limits(tmp_path / "other", claims=wrong, i2_ci="tau2-ci")
    assert {r.verdict for r in found.values()} <= {"NEAR", "DIFFERENT", "INCONSISTENT"}
    return [claim(name, f"i2_{name}", f"{r.value:.2f}%") for name, r in found.items()]


def test_under_such_a_program_those_of_tau2_are_the_other_way(tmp_path):
    found = limits(tmp_path, claims=of_tau2(tmp_path), software="R package meta 6.5")
    assert {(r.verdict, r.causes) for r in found.values()} == {("UNDERSPECIFIED", ("limits of I² from those of τ²",))}


def test_what_is_stated_is_the_only_way(tmp_path):
    assert not STANDING & {r.verdict for r in limits(tmp_path / "a", i2_ci="tau2-ci").values()}
    found = limits(tmp_path / "b", claims=of_tau2(tmp_path), i2_ci="test-based", software="metafor 4.4")
    assert not STANDING & {r.verdict for r in found.values()}


def test_a_claim_may_state_its_own_way(tmp_path):
    own = [{**c, "method": "i2_ci=test-based"} for c in LIMITS]
    assert {r.verdict for r in limits(tmp_path, claims=own).values()} == {"EXACT"}


def test_a_subgroup_has_its_own(tmp_path):
    inside = np.array([r["x_site"] == "in" for r in ROWS])
    _, high = from_q(q_of(Y[inside], SE[inside]), 3)
    claims = [claim("high", "i2_high", f"{high:.2f}%", subject="in")]
    found = limits(tmp_path, claims=claims, subgroups="site")["high"]
    assert (found.verdict, found.causes) == ("UNDERSPECIFIED", ("test-based limits of I²",))


def test_with_q_below_its_degrees_of_freedom_meta_takes_an_h_of_one(tmp_path):
    """R's meta cuts H at 1 before it takes the limits; the formula itself does not."""
    y = np.array([0.30, 0.32, 0.29, 0.36, 0.27, 0.33])
    rows = [{**r, "effect": f"{x:.2f}"} for r, x in zip(ROWS, y, strict=True)]
    q = q_of(y, SE)
    assert q < 2
    at_one = from_q(5.0, 6)[1]
    claims = [claim("high", "i2_high", f"{at_one:.1f}%")]
    assert limits(tmp_path / "a", claims=claims, rows=rows, software="meta 6.5")["high"].verdict == "EXACT"
    elsewhere = limits(tmp_path / "b", claims=claims, rows=rows)["high"]
    assert elsewhere.causes == ("test-based limits of I² around an H not below 1",)


def test_a_mixed_model_has_those_of_its_q(tmp_path):
    """It has no interval of τ²; the limits that rest on Q are another way, or the stated one."""
    rows = [
        {"study": s, "events_t": a, "n_t": 40, "events_c": c, "n_c": 40}
        for s, a, c in zip("ABCD", (3, 5, 19, 2), (6, 9, 4, 8), strict=True)
    ]

    def high(folder, printed, **said):
        claims = [claim("q", "q", "9"), claim("high", "i2_high", printed)]
        method = {"model": "glmm", "glmm": "unconditional-fixed", **said}
        found = audited(tmp_path / folder, claims=claims, rows=rows, measure="OR", method=method)
        return found["high"], from_q(found["q"].value, 4)[1]

    nothing, wanted = high("a", "12%")
    assert nothing.verdict == "NOT_CHECKABLE"
    assert high("b", f"{wanted:.2f}%")[0].causes == ("test-based limits of I²",)
    assert high("c", f"{wanted:.2f}%", i2_ci="test-based")[0].verdict == "EXACT"


def test_a_mantel_haenszel_mean_has_either(tmp_path):
    """Those of τ² are the Q-profile's; the test-based ones rest on Q around the Mantel-Haenszel mean."""
    rows = [
        {"study": s, "events_t": a, "n_t": 40, "events_c": c, "n_c": 40}
        for s, a, c in zip("ABCD", (3, 5, 19, 2), (6, 9, 4, 8), strict=True)
    ]
    claims = [claim("q", "q", "9"), claim("high", "i2_high", "12%")]
    method = {"model": "mantel-haenszel"}
    found = audited(tmp_path / "a", claims=claims, rows=rows, measure="OR", method=method)
    assert "Q-profile interval around tau² = 0" in found["high"].message
    high = from_q(found["q"].value, 4)[1]
    claims = [claim("high", "i2_high", f"{high:.2f}%")]
    found = audited(tmp_path / "b", claims=claims, rows=rows, measure="OR", method=method)
    assert (found["high"].verdict, found["high"].causes) == ("UNDERSPECIFIED", ("test-based limits of I²",))
