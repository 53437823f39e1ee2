"""A method that a synthesis is not fitted by is named before anything is fitted, and it is what the audit stumbles over."""

from __future__ import annotations

import pytest

from making import audited, claim, made
from metaudit.appraise.stated_methods import method_problems

ARMS = [
    {"study": s, "treatment": t, "events": e, "n": 40}
    for s, own in {"1": {"A": 9, "B": 4}, "2": {"B": 6, "C": 8}, "3": {"A": 7, "C": 0}}.items() for t, e in own.items()
]  # fmt: skip
EFFECTS = [{"study": s, "effect": e, "se": 0.2} for s, e in (("A", 0.1), ("B", 0.3), ("D", 0.2), ("C", 0.4))]
DOSES = [
    {"study": s, "dose": d, "events": e, "n": 100, "effect": rr, "se": se, "design": "cohort"}
    for s in "abc" for d, e, rr, se in ((0, 10, 1, ""), (5, 13, 1.3, 0.4), (10, 17, 1.7, 0.38))
]  # fmt: skip


def network(folder, method, claims=None, **main):
    claims = claims or [claim("tau2", "tau2", "0.05")]
    return method_problems(
        made(folder, claims=claims, rows=ARMS, measure=main.pop("measure", "OR"), method=method, network={}, **main)
    )


@pytest.mark.parametrize("method", [
    {}, {"model": "random", "tau2": "DL"}, {"tau2": "PM"}, {"model": "common", "ci": "t"}, {"ci": "hksj", "pi": "t-k-n"},
    {"zero_cells": {"add": 0.5, "to": "all"}},
])  # fmt: skip
def test_methods_that_networks_have(tmp_path, method):
    assert network(tmp_path / "r", method) == []


@pytest.mark.parametrize(("method", "key", "words", "fix"), [
    ({"tau2": "EB"}, "tau2", "not estimated by EB", "DL, REML, ML and PM"),
    ({"model": "mantel-haenszel"}, "model", "mantel-haenszel", "common and random"),
    ({"ci": "kenward-roger"}, "ci", "kenward-roger is no interval of a network", "wald, t and hksj"),
    ({"pi": "t-k-2"}, "pi", "t-k-2 is no prediction interval of a network", "t-df, t-df-1, t-k-n and normal"),
    ({"model": "common", "ci": "hksj"}, "ci", "one of random effects", "one of the two"),
    ({"zero_cells": {"add": "tacc", "to": "all"}}, "zero_cells", "two arms", "add: 0.5"),
])  # fmt: skip
def test_a_method_that_networks_lack_is_named_with_what_there_is(tmp_path, method, key, words, fix):
    (found,) = network(tmp_path / "r", method)
    assert (found.rule, found.column) == ("method-of-synthesis", f"analyses.main.method.{key}")
    assert found.file.endswith("review.yaml")
    lines = (tmp_path / "r" / "review.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[found.row - 1].strip().startswith(f"{key}:")
    assert words in found.message
    assert fix in found.fix
    verdict = audited(
        tmp_path / "s",
        claims=[claim("p", "pi_low", "0.3", subject="A : B")],
        rows=ARMS,
        measure="OR",
        method=method,
        network={},
    )
    assert verdict["p"].verdict == "NOT_CHECKABLE"


def test_a_measure_that_compares_nothing(tmp_path):
    (found,) = network(tmp_path / "r", {}, measure="COR")
    assert found.column == "analyses.main.measure"
    assert "COR compares no treatments" in found.message
    assert "OR" in found.fix


def test_a_claim_that_says_otherwise_is_named_in_its_own_row(tmp_path):
    (found,) = network(tmp_path / "r", {}, [claim("a", "tau2", "0.1"), claim("b", "tau2", "0.2", method="tau2=EB")])
    assert (found.row, found.column) == (3, "method")
    assert "claim 'b'" in found.message
    both = network(tmp_path / "s", {"tau2": "EB"}, [claim("b", "tau2", "0.2", method="ci=t")])
    assert [p.file.endswith("review.yaml") for p in both] == [True]


def test_without_rows_nothing_is_fitted_and_nothing_said(tmp_path):
    review = made(tmp_path / "r", claims=[claim("k", "k", "3")], measure="OR", method={"tau2": "EB"}, network={})
    assert method_problems(review) == []


def test_dependent_effects_and_curves(tmp_path):
    def of(name, rows, method, **main):
        return method_problems(made(tmp_path / name, claims=[claim("k", "k", "3")], rows=rows, method=method, **main))

    (levels,) = of("a", EFFECTS, {"tau2": "DL"}, measure="GEN", multilevel={"cluster": "study"})
    assert "REML and ML" in levels.fix
    assert of("b", EFFECTS, {"tau2": "ML"}, measure="GEN", multilevel={"cluster": "study"}) == []
    (curve,) = of("c", DOSES, {"tau2": "EB"}, measure="RR", dose_response={})
    assert "REML, ML and DL" in curve.fix
    (bent,) = of("d", DOSES, {"tau2": "DL"}, measure="RR", dose_response={"curve": "spline"})
    assert "REML and ML" in bent.fix
    assert of("e", DOSES, {"tau2": "DL"}, measure="RR", dose_response={"curve": "linear"}) == []
    assert of("f", DOSES, {"model": "common"}, measure="RR", dose_response={}) == []
    assert of("g", EFFECTS, {"tau2": "EB"}, measure="GEN") == []


def test_a_curve_of_what_is_no_ratio(tmp_path):
    rows = [{**r, "effect": ""} for r in DOSES]
    (found,) = method_problems(
        made(tmp_path / "r", claims=[claim("k", "k", "3")], rows=rows, measure="MD", dose_response={})
    )
    assert (found.column, found.rule) == ("analyses.main.measure", "method-of-synthesis")
    assert "RR, OR, IRR, GEN-LOG and GEN" in found.fix


def test_syntheses_that_exclude_each_other(tmp_path):
    both = {"network": {}, "multilevel": {"cluster": "study"}}
    (found,) = method_problems(made(tmp_path / "r", claims=[claim("k", "k", "3")], rows=ARMS, measure="OR", **both))
    assert (found.rule, found.column) == ("syntheses-at-once", "analyses.main.multilevel")
    assert "network and multilevel at once" in found.message
    bayes = made(tmp_path / "s", claims=[claim("k", "k", "3")], rows=ARMS, measure="OR", network={}, bayes={})
    assert method_problems(bayes) == []
