"""What a named program decides: under either model where none is named, with what is only recalled, and where it ends its steps."""

import math

import numpy as np
import pytest

from making import audited, claim, made
from metaudit.audit.bundles import search
from metaudit.audit.software import by_program, candidates, completed, with_software
from metaudit.effects.convert import convert
from metaudit.presets.load import load_presets
from metaudit.specs import Spec

STANDING = {"EXACT", "UNDERSPECIFIED"}
Z = 1.959963984540054
TRIALS = [
    {"study": f"T{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for i, (a, n, c, m) in enumerate(
        [(4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 1354, 248, 1287), (33, 507, 47, 489)], 1
    )
]


def risk_ratios():
    a, n, c, m = (np.array([t[x] for t in TRIALS], dtype=float) for x in ("events_t", "n_t", "events_c", "n_c"))
    return a, n, c, m, np.log(a * m / (n * c)), 1 / a - 1 / n + 1 / c - 1 / m


def revman_random():
    """DerSimonian-Laird with Q around the Mantel-Haenszel mean (Deeks and Higgins 2010), by hand."""
    a, n, c, m, y, v = risk_ratios()
    mh = math.log((a * m / (n + m)).sum() / (c * n / (n + m)).sum())
    w = 1 / v
    q, df = float((w * (y - mh) ** 2).sum()), y.size - 1
    tau2 = max(0.0, (q - df) / (w.sum() - (w**2).sum() / w.sum()))
    u = 1 / (v + tau2)
    mean, se = float((u * y).sum() / u.sum()), float(u.sum() ** -0.5)
    return {
        "q": q, "tau2": tau2, "estimate": math.exp(mean), "ci_low": math.exp(mean - Z * se), "ci_high": math.exp(mean + Z * se),
        "i2": 100 * (q - df) / q,
    }  # fmt: skip


def numbers(found, decimals=4):
    return [claim(name, name, f"{x:.{decimals}f}") for name, x in found.items()]


def test_revman_without_a_model_is_tried_as_revman_pools_random_effects(tmp_path):
    found = audited(
        tmp_path / "r", claims=numbers(revman_random()), rows=TRIALS, measure="RR", method={"software": "RevMan 5.3"}
    )
    assert {r.verdict for r in found.values()} == {"UNDERSPECIFIED"}
    assert "random DL (MH" in found["q"].spec
    assert any(c.startswith("centre of Q mantel-haenszel") for c in found["q"].causes)
    assert "Q around the Mantel-Haenszel mean" in found["q"].message
    assert not any(c.startswith(("interval", "definition of I²")) for r in found.values() for c in r.causes)


def test_the_centre_of_q_is_named_where_it_decides_and_the_model_is_stated(tmp_path):
    found = audited(
        tmp_path / "r", claims=numbers(revman_random()), rows=TRIALS, measure="RR",
        method={"model": "random", "software": "RevMan 5.3"},
    )  # fmt: skip
    assert {r.verdict for r in found.values()} <= STANDING
    assert {found[n].verdict for n in ("q", "tau2")} == {"UNDERSPECIFIED"}
    assert {c.partition(" mantel")[0] for r in found.values() for c in r.causes} == {"centre of Q"}


def test_revman_without_a_model_has_its_mantel_haenszel_mean_as_well(tmp_path):
    a, n, c, m, *_ = risk_ratios()
    mh = (a * m / (n + m)).sum() / (c * n / (n + m)).sum()
    found = audited(
        tmp_path / "r", claims=[claim("e", "estimate", f"{mh:.5f}")], rows=TRIALS, measure="RR", method={"software": "RevMan 5.3"}
    )  # fmt: skip
    assert found["e"].verdict == "UNDERSPECIFIED"
    assert found["e"].causes == ("model mantel-haenszel",)


def test_a_number_that_no_choice_decides_is_exact(tmp_path):
    """Without heterogeneity every model of RevMan gives one estimate."""
    rows = [{"study": s, "events_t": 10, "n_t": 100, "events_c": 20, "n_c": 100} for s in "AB"]
    found = audited(
        tmp_path / "r", claims=[claim("e", "estimate", "0.50"), claim("q", "q", "0.00")], rows=rows, measure="RR",
        method={"software": "RevMan 5.3"},
    )  # fmt: skip
    assert {r.verdict for r in found.values()} == {"EXACT"}


def test_revman_5_has_one_estimator_of_tau2_whatever_is_said_of_the_model():
    open_model = candidates(("RR",), {"software": "RevMan 5.3"}, any_zero=True, level=0.95)
    assert {s.model for s in open_model} == {"random", "common", "mantel-haenszel"}
    random = [s for s in open_model if s.has_tau2]
    assert {(s.tau2, s.ci, s.i2) for s in random} == {("DL", "wald", "Q")}
    assert {s.q for s in random} == {"inverse-variance", "mantel-haenszel-corrected"}
    assert {s.counts for s in open_model if s.model == "mantel-haenszel"} == {"corrected"}


def test_a_program_with_several_estimators_leaves_them_open_until_a_model_is_named():
    """Who says metafor has not said rma() with its defaults; who says random effects by metafor has, as far as is known."""
    unnamed = candidates(("MD",), {"software": "metafor 3.0"}, any_zero=False, level=0.95)
    named = candidates(("MD",), {"software": "metafor 3.0", "model": "random"}, any_zero=False, level=0.95)
    assert {"DL", "REML", "PM"} <= {s.tau2 for s in unnamed}
    assert {"wald", "hksj"} <= {s.ci for s in unnamed if s.model == "random"}
    assert {(s.tau2, s.ci) for s in named} == {("REML", "wald")}
    assert set(named) <= set(unnamed)


def test_stated_choices_stand_whatever_the_program_does():
    found = candidates(("RR",), {"software": "RevMan 5.3", "tau2": "REML", "ci": "hksj"}, any_zero=False, level=0.95)
    assert {(s.model, s.tau2, s.ci) for s in found} == {("random", "REML", "hksj")}
    assert {s.q for s in found} == {"inverse-variance"}


def test_without_a_program_nothing_is_filled_in():
    for method in ({}, {"software": "SPSS 20"}, {"model": "random"}):
        assert completed(method, ("RR",)) == [method]
        assert with_software(method, ("RR",)) == method
        assert list(by_program(method, ("RR",))) == []


def test_with_an_open_model_what_is_filled_in_is_that_of_both():
    revman = with_software({"software": "RevMan 5.3"}, ("RR",))
    assert "model" not in revman
    assert (revman["tau2"], revman["i2"], revman["counts"]) == ("DL", "Q", "corrected")
    assert revman["q"] == ("inverse-variance", "mantel-haenszel-corrected")


def test_peto_pools_the_counts_as_they_are_also_where_mantel_haenszel_corrects_them():
    for method in ({"software": "RevMan 5.3"}, {"software": "RevMan 5.3", "model": "common"}):
        found = candidates(("OR",), method, any_zero=True, level=0.95)
        assert {s.counts for s in found if s.model == "peto"} == {""}
        assert {s.counts for s in found if s.model == "mantel-haenszel"} == {"corrected"}
    stated = candidates(("OR",), {"model": "peto", "counts": "corrected"}, any_zero=True, level=0.95)
    assert {s.counts for s in stated} == {"corrected"}


def test_only_what_is_verified_is_said_to_be_the_only_choice():
    for preset in load_presets().values():
        for name in preset.only:
            for measure in preset.measures:
                assert name not in preset.unverified(measure), (preset.id, name, measure)


# What is only recalled -----------------------------------------------------------------------------------------------


def test_what_is_recalled_of_a_program_is_one_candidate_and_closes_nothing(tmp_path):
    """RevMan's variance of the Mantel-Haenszel risk difference is recalled to be Greenland and Robins's (1985)."""
    a, n, c, m, *_ = risk_ratios()
    weights = n * m / (n + m)
    b, d = n - a, m - c
    mean = float((a * m / (n + m) - c * n / (n + m)).sum() / weights.sum())
    se = math.sqrt(float(((a * b * m**3 + c * d * n**3) / (n * m * (n + m) ** 2)).sum())) / float(weights.sum())
    printed = {"ci_low": mean - Z * se, "ci_high": mean + Z * se}
    method = {"model": "mantel-haenszel", "software": "RevMan 5.3"}
    found = audited(tmp_path / "r", claims=numbers(printed, 5), rows=TRIALS, measure="RD", method=method)
    assert {r.verdict for r in found.values()} == {"UNDERSPECIFIED"}
    assert {r.causes for r in found.values()} == {("variance of the risk difference greenland-robins",)}
    assert "Greenland-Robins variance of the risk difference" in found["ci_low"].message
    both = candidates(("RD",), method, any_zero=False, level=0.95)
    assert {s.rd_variance for s in both} == {"", "greenland-robins"}
    assert "rd_variance" not in with_software(method, ("RD",))


def test_a_rule_for_zero_cells_that_is_recalled_is_tried(tmp_path):
    rows = [*TRIALS, {"study": "T6", "events_t": 0, "n_t": 40, "events_c": 0, "n_c": 44}]
    method = {"model": "random", "software": "CMA version 2.2"}
    assert "zero_cells" in load_presets()["cma"].unverified("RR")
    for k in ("5", "6"):
        row = audited(tmp_path / k, claims=[claim("k", "k", k)], rows=rows, measure="RR", method=method)["k"]
        assert row.verdict == "UNDERSPECIFIED"
        assert row.causes[0].startswith("zero cells")


def test_another_programs_recollection_is_no_candidate(tmp_path):
    specs = candidates(("SMD",), {"model": "random", "software": "RevMan 5.4"}, any_zero=False, level=0.95)
    assert {s.variance for s in specs} == {"revman"}


# Where iterations end ------------------------------------------------------------------------------------------------

# metafor 3.8-1, rma(yi, sei = sei), run on 2026-11-29: Fisher scoring from Hedges's estimate ends at a lower maximum of the
# restricted likelihood; the higher one is at tau2 = 0.505.
SCORED = [(1.57, 0.05), (0.6, 2.14), (-0.57, 1.86), (-0.31, 0.69), (1.41, 0.07)]
METAFOR = {
    "tau2": 2.13935152903949e-02,
    "estimate": 1.44026962180542,
    "ci_low": 1.22435280356194,
    "ci_high": 1.65618644004890,
    "i2": 59.4664074710200,
    "q": 11.8677996100457,
}


def effects():
    return [{"study": f"S{i}", "effect": y, "se": s} for i, (y, s) in enumerate(SCORED)]


@pytest.mark.parametrize("method", [{}, {"model": "random"}, {"model": "random", "tau2": "REML", "ci": "wald"}])
def test_a_number_from_where_metafor_stops_is_found_where_metafor_is_named(tmp_path, method):
    named = {**method, "software": "R package metafor 3.8-1"}
    found = audited(tmp_path / "r", claims=numbers(METAFOR), rows=effects(), measure="GEN", method=named)
    assert {r.verdict for r in found.values()} <= STANDING
    assert found["tau2"].verdict == "UNDERSPECIFIED"
    assert "end of the iterations metafor" in found["tau2"].causes
    assert "iterations ended where metafor's default control ends" in found["tau2"].message
    assert found["tau2"].value == pytest.approx(METAFOR["tau2"], rel=1e-6)


def test_a_number_from_where_metafor_stops_is_another_method_where_nothing_says_metafor(tmp_path):
    method = {"model": "random", "tau2": "REML", "ci": "wald"}
    found = audited(tmp_path / "r", claims=numbers(METAFOR), rows=effects(), measure="GEN", method=method)
    assert found["tau2"].verdict not in STANDING


def test_a_stated_stopping_rule_stands():
    method = {"model": "random", "tau2": "REML", "software": "metafor 3.0", "stopping": "exact"}
    assert {s.stopping for s in candidates(("MD",), method, any_zero=False, level=0.95)} == {"exact"}


def test_closed_forms_end_nowhere_else():
    found = candidates(("MD",), {"software": "metafor 3.0"}, any_zero=False, level=0.95)
    assert {s.tau2 for s in found if s.stopping == "metafor"} == {"REML", "PM", "ML"}
    assert len(found) == len(set(found))


def test_the_solution_comes_before_where_a_program_ends(tmp_path):
    """What both give is by the solution, so that a specification names the rule only where it decides."""
    review = made(
        tmp_path / "r", claims=[claim("k", "k", "5")], rows=effects(), measure="GEN", method={"software": "metafor 3.0"}
    )
    rows = [convert(r) for r in review.rows]
    bundle = search(review.analyses["main"], review.claims, rows, level=0.95)
    assert bundle.specs[0].stopping == "exact"
    assert Spec("GEN", tau2="REML", stopping="metafor", pi="normal") in bundle.specs
