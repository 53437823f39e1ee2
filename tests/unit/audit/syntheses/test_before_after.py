"""Pooled changes whose correlation is not reported: the correlation behind the printed numbers is found, or said to be none."""

import math

import numpy as np
import pytest

from making import audited, claim
from metaudit.audit.syntheses.before_after import as_groups, with_correlation
from metaudit.audit.syntheses.dispatch import lacks_correlation
from metaudit.effects.convert import convert
from metaudit.effects.means import cohen_d, g_of_d
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.paired.change import BeforeAfter, changes
from metaudit.pooling.pool import pool
from metaudit.printed import parse_printed

# name, mean before and after, SD before and after, people
STUDIES = [
    ("A", 61.2, 55.1, 10.2, 11.0, 24), ("B", 58.0, 49.5, 9.1, 10.4, 40), ("C", 65.3, 60.2, 12.0, 12.5, 18),
    ("D", 60.1, 57.7, 8.8, 9.4, 33), ("E", 62.4, 54.0, 11.5, 10.9, 27),
]  # fmt: skip
ROWS = [{"study": n, "mean_t": a, "sd_t": sa, "mean_c": b, "sd_c": sb, "n_pairs": k} for n, b, a, sb, sa, k in STUDIES]
METHOD = {"model": "random", "tau2": "REML", "ci": "wald"}


def printed(measure, r, digits=3, method="REML", rows=STUDIES):
    """Claims of the numbers that one correlation gives, by the paired room's own arithmetic."""
    effects = changes([BeforeAfter(n, b, a, sb, sa, k) for n, b, a, sb, sa, k in rows], measure, r=r)
    p = pool(*effects, tau2=method)
    return [
        claim("e", "estimate", f"{p.estimate:.{digits}f}"),
        claim("lo", "ci_low", f"{p.ci_low:.{digits}f}"),
        claim("hi", "ci_high", f"{p.ci_high:.{digits}f}"),
        claim("t", "tau2", f"{p.tau2:.{digits}f}"),
        claim("k", "k", "5"),
    ]


@pytest.mark.parametrize(("measure", "r"), [("MC", 0.5), ("MC", 0.7), ("SMCC", 0.6), ("SMCR", 0.8)])
def test_a_usual_correlation(tmp_path, measure, r):
    found = audited(tmp_path / "r", rows=ROWS, measure=measure, method=METHOD, claims=printed(measure, r))
    assert {c: f.verdict for c, f in found.items()} == {
        **dict.fromkeys(("lo", "hi", "t"), "UNDERSPECIFIED"),
        "e": "UNDERSPECIFIED",
        "k": "EXACT",
    }
    assert f"correlation before and after {r:g}" in found["lo"].causes
    assert "is reported for A; B; C; D; E" in found["lo"].message


def test_a_correlation_between_the_usual_ones(tmp_path):
    found = audited(tmp_path / "r", rows=ROWS, measure="MC", method=METHOD, claims=printed("MC", 0.637, digits=4))
    assert {f.verdict for c, f in found.items() if c != "k"} == {"UNDERSPECIFIED"}
    (cause,) = (c for c in found["t"].causes if c.startswith("correlation"))
    low, high = cause.rpartition("(")[2].rstrip(")").split(" to ")
    assert float(low) - 1e-4 <= 0.637 <= float(high) + 1e-4
    assert float(high) - float(low) < 0.01


def test_a_wrong_number_is_seen_beside_right_ones(tmp_path):
    claims = [c | ({"printed": "9.876"} if c["claim"] == "t" else {}) for c in printed("MC", 0.5)]
    found = audited(tmp_path / "r", rows=ROWS, measure="MC", method=METHOD, claims=claims)
    assert found["t"].verdict in ("DIFFERENT", "OUT_OF_ENVELOPE")
    assert found["lo"].verdict == "UNDERSPECIFIED"
    assert "correlation before and after 0.5" in found["lo"].causes


def test_a_miss_that_the_rounding_of_the_inputs_is_enough_for(tmp_path):
    """The authors had two decimals of the means, the table one: the limits are off by no more than that can do, at the same correlation."""
    more = [(n, b + 0.04, a - 0.03, sb, sa, k) for n, b, a, sb, sa, k in STUDIES]
    claims = [c for c in printed("MC", 0.5, digits=2, rows=more) if c["claim"] in ("lo", "hi", "t")]
    found = audited(tmp_path / "r", rows=ROWS, measure="MC", method=METHOD, claims=claims)
    assert found["t"].verdict == "UNDERSPECIFIED"
    assert {found[c].verdict for c in ("lo", "hi")} == {"WITHIN_ROUNDING"}
    far = [c | ({"printed": "-9.91"} if c["claim"] == "lo" else {}) for c in claims]
    missed = audited(tmp_path / "far", rows=ROWS, measure="MC", method=METHOD, claims=far)
    assert missed["lo"].verdict not in ("EXACT", "UNDERSPECIFIED", "WITHIN_ROUNDING")


def test_one_study_reports_its_correlation(tmp_path):
    rows = [{**r, **({"r_pre_post": "0.9"} if r["study"] == "A" else {})} for r in ROWS]
    studies = [BeforeAfter(n, b, a, sb, sa, k, r=0.9 if n == "A" else math.nan) for n, b, a, sb, sa, k in STUDIES]
    p = pool(*changes(studies, "MC", r=0.5), tau2="REML")
    claims = [
        claim("e", "estimate", f"{p.estimate:.3f}"),
        claim("lo", "ci_low", f"{p.ci_low:.3f}"),
        claim("hi", "ci_high", f"{p.ci_high:.3f}"),
    ]
    found = audited(tmp_path / "r", rows=rows, measure="MC", method=METHOD, claims=claims)
    assert {f.verdict for f in found.values()} == {"UNDERSPECIFIED"}
    assert "assumed for 4 of 5 rows" in found["e"].formula


def test_reported_correlations_are_not_searched(tmp_path):
    rows = [{**r, "r_pre_post": "0.5"} for r in ROWS]
    found = audited(tmp_path / "r", rows=rows, measure="MC", method=METHOD, claims=printed("MC", 0.5))
    assert {f.verdict for f in found.values()} == {"EXACT"}


def test_two_occasions_pooled_as_two_groups(tmp_path):
    """Hedges' g of two groups, which no correlation gives; a single limit may come out by one."""
    cells = [
        np.array(x, dtype=float) for x in zip(*[(a, sa, k, b, sb, k) for _, b, a, sb, sa, k in STUDIES], strict=True)
    ]
    g, v = g_of_d(cohen_d(*cells), cells[2], cells[5], "LS")
    p = pool(g, v, tau2="REML")
    numbers = {"estimate": p.estimate, "ci_low": p.ci_low, "ci_high": p.ci_high}
    claims = [claim(q, q, f"{x:.4f}") for q, x in numbers.items()]
    found = audited(tmp_path / "r", rows=ROWS, measure="SMCR", method=METHOD, claims=claims)
    assert [f.verdict for f in found.values()].count("OTHER_SPEC") >= 2
    assert found["estimate"].verdict == "OTHER_SPEC"
    assert "two groups" in found["estimate"].causes[0]


def converted(**cells):
    return convert(
        Row(
            2,
            {k: str(v) for k, v in cells.items()},
            {k: parse_printed(str(v)) for k, v in cells.items() if k != "study"},
        )
    )


def test_what_is_assumed_for_a_row():
    row = converted(**ROWS[0])
    assert with_correlation(row, 0.5).get("sd_change") == pytest.approx(math.sqrt(10.2**2 + 11**2 - 10.2 * 11))
    assert with_correlation(row, 0.5).get("r_pre_post") == 0.5
    assert math.isnan(row.get("sd_change"))
    known = converted(**{**ROWS[0], "sd_change": "7"})
    assert with_correlation(known, 0.5).get("sd_change") == 7
    assert as_groups(row).get("n_t") == as_groups(row).get("n_c") == 24
    assert math.isnan(as_groups(row).get("n_pairs"))


def test_who_is_searched():
    rows = [converted(**r).row for r in ROWS]
    assert lacks_correlation(Analysis("a", "A", {}, measures=("MC",)), rows)
    assert not lacks_correlation(Analysis("a", "A", {}, measures=("MD",)), rows)
    assert not lacks_correlation(Analysis("a", "A", {}, measures=()), rows)
    assert not lacks_correlation(
        Analysis("a", "A", {}, measures=("MC",)), [converted(**{**ROWS[0], "sd_change": "7"}).row]
    )
