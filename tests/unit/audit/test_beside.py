"""Claims about what is computed beside a pooled result, and about rarer models; values from metafor 3.8-1 (R 4.2.2).

``e <- escalc("RR", tpos, tneg, cpos, cneg, data=dat.bcg); r <- rma(yi, vi, data=e, control=list(threshold=1e-13))``, then
``regtest(e$yi, e$vi, model="lm")``, ``ranktest(r)``, ``trimfill(r)``, ``fsn(yi, vi, data=e)``, ``logLik(r)``,
``predict(rma(yi, vi, mods=~ablat, data=e), newmods=33)``.
"""

import csv
from pathlib import Path

import pytest

from making import DIFFERS, audited, claim
from metaudit.audit_words.vocabulary import GLMM

BCG = Path(__file__).resolve().parents[3] / "data" / "reviews" / "colditz-1994" / "extraction.csv"
METHOD = {"model": "random", "tau2": "REML", "ci": "wald"}
# R's lm by the formulas of Peters et al. 2006 (yi ~ 1/n, weights d h/n) and Harbord, Harris and Sterne 2009 (Z/V ~ 1/sqrt(V),
# weights V, Z = (a n - d n1)/h, V = d n1 n2/(n h)), with d events and h non-events among n people.
PETERS, HARBORD = ".2302", ".2783"
COUNTS = ("study", "events_t", "n_t", "events_c", "n_c", "x_ablat")


@pytest.fixture(scope="module")
def rows():
    with BCG.open(encoding="utf-8", newline="") as handle:
        return [{c: r[c] for c in COUNTS} for r in csv.DictReader(handle)]


@pytest.mark.parametrize(
    ("quantity", "printed", "cells"),
    [
        ("egger_p", ".1887", {}),
        ("egger_intercept", "-2.1120", {}),
        ("begg_p", ".9524", {}),
        ("trimfill_k", "1", {}),
        ("trimfill_estimate", "-0.6571", {"scale": "analysis"}),
        ("trimfill_estimate", "0.518", {}),
        ("failsafe_n", "598", {"method": "kind=rosenthal"}),
        ("failsafe_n", "13", {"method": "kind=orwin"}),
        ("failsafe_n", "370", {"method": "kind=rosenberg"}),
        ("se_tau2", "0.1664", {}),
        ("loglik", "-12.2024", {}),
    ],
)
def test_the_number_that_metafor_gives_is_reproduced(tmp_path, rows, quantity, printed, cells):
    found = audited(
        tmp_path / "r", claims=[claim("c", quantity, printed, **cells)], rows=rows, measure="RR", method=METHOD
    )["c"]
    assert found.verdict in ("EXACT", "UNDERSPECIFIED"), found.message


@pytest.mark.parametrize(("kind", "p"), [("harbord", HARBORD), ("peters", PETERS), ("Peters", PETERS)])
def test_a_test_of_asymmetry_is_the_one_that_the_claim_names(tmp_path, rows, kind, p):
    claims = [claim("c", "egger_p", p, method=f"kind={kind}"), claim("e", "egger_p", ".1887", method="kind=egger")]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="RR", method=METHOD)
    assert (found["c"].verdict, found["e"].verdict) == ("EXACT", "EXACT"), found["c"].message
    assert f"{kind.capitalize()}'" in found["c"].message


def test_a_test_of_asymmetry_that_nobody_knows_is_not_taken_for_another(tmp_path, rows):
    claims = [claim("c", "egger_p", ".1887", method="kind=harbrod")]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="RR", method=METHOD)["c"]
    assert found.verdict == "NOT_CHECKABLE"
    assert "'harbrod' is not known; known: egger, harbord, peters" in found.message


def test_another_way_is_named(tmp_path, rows):
    claims = [claim("k", "trimfill_k", "4"), claim("wrong", "egger_p", ".21"), claim("n", "failsafe_n", "370")]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="RR", method=METHOD)
    assert "common effect" in found["k"].message
    assert "Rosenberg" in found["n"].message
    assert found["wrong"].verdict in DIFFERS
    assert "-1.401" in found["wrong"].message  # the t statistic it stands on


def test_a_prediction_at_a_value_of_the_moderator(tmp_path, rows):
    claims = [
        claim("at", "predicted", "0.492", subject="ablat=33"),
        claim("log", "predicted", "-0.7089", subject="ablat=33", scale="analysis"),
        claim("off", "predicted", "0.60", subject="ablat=33"),
        claim("what", "predicted", "0.49", subject="year=1960"),
    ]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="RR", method=METHOD, moderators=["ablat"])
    assert [found[c].verdict for c in ("at", "log", "off", "what")] == ["EXACT", "EXACT", "DIFFERENT", "NOT_CHECKABLE"]
    assert "a value of ablat" in found["what"].message


MEANS = [
    {
        "study": f"S{i}",
        "mean_t": t,
        "sd_t": 1.2,
        "n_t": 20 + i,
        "mean_c": 5,
        "sd_c": 1.3,
        "n_c": 22,
        "printed_weight": w,
    }
    for i, (t, w) in enumerate([(4, "20"), (3.5, "30"), (4.4, "50")])
]


@pytest.mark.parametrize(
    "method",
    [
        {"model": "user-weights", "tau2": "DL", "ci": "wald"},
        {"tau2": "REML", "ci": "kenward-roger"},
        {"tau2": "ML", "ci": "profile"},
        {"tau2": "DL2"},
        {"tau2": "PM2"},
        {"tau2": "HSk"},
        {"tau2": "DL", "pi": "bootstrap"},
        {"tau2": "DL", "tau2_ci": "jackson"},
        {"tau2": "REML", "tau2_ci": "biggerstaff"},
    ],
)
def test_a_stated_method_is_computed(tmp_path, method):
    claims = [claim(q, q, "77.77") for q in ("estimate", "ci_low", "tau2_high", "pi_high")]
    found = audited(
        tmp_path / "r", claims=claims, rows=MEANS, measure="MD", method={"model": "random", "variance": "LS", **method}
    )
    for row in (found[c["claim"]] for c in claims):
        assert row.verdict in (*DIFFERS, "INCONSISTENT"), row.message
        assert row.value == row.value


def test_given_weights_make_the_mean(tmp_path):
    wanted = 0.2 * -1 + 0.3 * -1.5 + 0.5 * -0.6
    found = audited(
        tmp_path / "r", claims=[claim("e", "estimate", f"{wanted:.3f}")], rows=MEANS, measure="MD",
        method={"model": "user-weights", "tau2": "DL", "ci": "wald"},
    )["e"]  # fmt: skip
    assert found.verdict == "EXACT"


@pytest.mark.parametrize(
    "kind", ["unconditional-fixed", "unconditional-random", "conditional-exact", "conditional-approximate"]
)
def test_every_mixed_model_of_odds_ratios(tmp_path, rows, kind):
    found = audited(
        tmp_path / "r",
        claims=[claim("e", "estimate", "9.99")],
        rows=rows,
        measure="OR",
        method={"model": "glmm", "glmm": kind},
    )["e"]
    assert found.verdict in DIFFERS
    assert GLMM[kind] in found.message
    assert 0.45 < found.value < 0.5


def test_a_bootstrapped_limit_is_not_held_against_another_seed(tmp_path):
    method = {"model": "random", "tau2": "DL", "ci": "wald", "pi": "bootstrap", "variance": "LS"}

    def limit(printed):
        return audited(tmp_path / "r", claims=[claim("c", "pi_low", printed)], rows=MEANS, measure="MD", method=method)[
            "c"
        ]

    ours = limit("-99.99").value
    near = limit(f"{ours + 0.004:.4f}")
    assert (near.verdict, near.criterion) == ("WITHIN_ROUNDING", "resampling")
    assert limit(f"{ours - 1000:.4f}").verdict in DIFFERS


def test_the_seed_of_the_configuration_is_used(tmp_path):
    from making import made
    from metaudit.audit import audit

    method = {"model": "random", "tau2": "DL", "ci": "wald", "pi": "bootstrap", "variance": "LS"}
    review = made(tmp_path / "r", claims=[claim("c", "pi_low", "-99.99")], rows=MEANS, measure="MD", method=method)
    values = [next(r for r in audit(review, seed=s) if r.claim == "c").value for s in (1, 1, 2)]
    assert values[0] == values[1] != values[2]


def test_a_test_beside_the_result_does_not_overrule_the_estimate(tmp_path, rows):
    claims = [
        claim("e", "estimate", "0.489"),
        claim("f", "failsafe_n", "2222"),
        claim("g", "egger_p", ".8"),
        claim("b", "begg_p", ".1"),
    ]
    found = audited(tmp_path / "r", claims=claims, rows=rows, measure="RR", method={"model": "random"})
    assert found["e"].verdict in ("EXACT", "UNDERSPECIFIED")
