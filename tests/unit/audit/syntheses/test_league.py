"""What printed networks say against themselves: no table is needed, and rounding is allowed for."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from making import audited, claim

EFFECTS = {"A": 0.0, "B": -0.31, "C": 0.22, "D": 0.87}


def cells(measure="MD", digits=2, effects=EFFECTS, **changed):
    back = math.exp if measure == "OR" else (lambda x: x)
    out = []
    for a, b in combinations(effects, 2):
        printed = changed.get(f"{a}{b}", f"{back(effects[a] - effects[b]):.{digits}f}")
        out.append(claim(f"{a}{b}", "estimate", printed, subject=f"{a} : {b}"))
    return out


def judged(folder, claims, measure="MD", network=None, **more):
    return audited(folder, claims=claims, measure=measure, network=network or {}, kind="network meta-analysis", **more)


def broken(found):
    return {n for n, r in found.items() if r.verdict == "INCONSISTENT"}


@pytest.mark.parametrize("measure", ["MD", "OR"])
def test_a_league_that_closes_has_nothing_to_say(tmp_path, measure):
    assert broken(judged(tmp_path / "r", cells(measure), measure)) == set()


@pytest.mark.parametrize(("measure", "wrong"), [("MD", "-1.52"), ("OR", "0.24")])
def test_the_cell_without_which_all_fit_is_named_alone(tmp_path, measure, wrong):
    found = judged(tmp_path / "r", cells(measure, BD=wrong), measure)
    assert broken(found) == {"BD"}
    assert "Without this cell the others fit each other" in found["BD"].message
    assert f"B : D {wrong}" in found["BD"].message
    assert found["AB"].verdict == "NOT_CHECKABLE"


def test_of_three_cells_nobody_can_say_which(tmp_path):
    found = judged(tmp_path / "r", cells(effects={"A": 0.0, "B": 1.0, "C": 3.0}, AC="-2.00"))
    assert broken(found) == {"AB", "AC", "BC"}
    assert "One of 3 cells is off" in found["AB"].message


def test_mirror_cells_turn(tmp_path):
    mirror = [claim("BA", "estimate", "1.36", subject="B : A")]
    well = judged(tmp_path / "a", [*cells("OR"), claim("BA", "estimate", "0.73", subject="B : A")], "OR")
    assert broken(well) == set()
    assert "BA" in broken(judged(tmp_path / "b", [*cells("OR"), *mirror], "OR"))


def test_a_treatment_alone_is_against_the_reference(tmp_path):
    alone = [claim("C", "estimate", "0.52", subject="C")]
    assert broken(judged(tmp_path / "a", [*cells(), *alone])) == set()  # nobody says what it is compared with
    assert broken(judged(tmp_path / "b", [*cells(), *alone], network={"reference": "A"})) == {"C"}
    right = [claim("C", "estimate", "0.22", subject="C")]
    assert broken(judged(tmp_path / "c", [*cells(), *right], network={"reference": "A"})) == set()


def test_a_league_of_unknown_scale_is_told_only_when_it_closes_on_none(tmp_path):
    ratios = {"analyses": {"main": {"title": "T", "select": {}, "data": "none"}}, "kind": "network meta-analysis"}
    assert broken(audited(tmp_path / "a", claims=cells("OR"), **ratios)) == set()
    assert broken(audited(tmp_path / "b", claims=cells("MD"), **ratios)) == set()
    assert broken(audited(tmp_path / "c", claims=cells("OR", BD="0.24"), **ratios)) != set()
    assert (
        broken(audited(tmp_path / "d", claims=cells("OR", BD="0.24"), **{**ratios, "kind": "meta-analysis"})) == set()
    )


def test_percent_reductions_and_logs_are_cells_too(tmp_path):
    effects = {"A": 0.0, "B": 0.4, "C": 0.9}
    less = [claim(f"{a}{b}", "estimate", f"{100 * (1 - math.exp(effects[a] - effects[b])):.0f}", subject=f"{a} : {b}", scale="percent-reduction")
            for a, b in combinations(effects, 2)]  # fmt: skip
    assert broken(judged(tmp_path / "a", less, "OR")) == set()
    less[2]["printed"] = "55"
    assert broken(judged(tmp_path / "b", less, "OR")) == {"AB", "AC", "BC"}
    logs = [
        claim(f"{a}{b}", "estimate", f"{effects[a] - effects[b]:.1f}", subject=f"{a} : {b}", scale="log")
        for a, b in combinations(effects, 2)
    ]
    assert broken(judged(tmp_path / "c", logs, "OR")) == set()


def scores(quantity, *printed):
    return [claim(f"{quantity}-{t}", quantity, p, subject=t) for t, p in zip(EFFECTS, printed, strict=False)]


@pytest.mark.parametrize(
    ("quantity", "well", "ill"),
    [
        ("p_score", ("0.46", "0.86", "0.63", "0.05"), ("0.46", "0.96", "0.63", "0.05")),
        ("sucra", ("46%", "86%", "63%", "5%"), ("46%", "76%", "63%", "5%")),
        ("mean_rank", ("2.6", "1.4", "2.1", "3.9"), ("2.6", "1.4", "2.1", "3.4")),
        ("best", ("0.05", "0.80", "0.15", "0.00"), ("0.25", "0.80", "0.15", "0.00")),
    ],
)
def test_scores_have_one_average_whatever_the_data(tmp_path, quantity, well, ill):
    count = [claim("n", "treatments", "4")]
    assert broken(judged(tmp_path / "a", [*count, *scores(quantity, *well)])) == set()
    assert broken(judged(tmp_path / "b", [*count, *scores(quantity, *ill)])) == {f"{quantity}-{t}" for t in EFFECTS}
    assert broken(judged(tmp_path / "c", [*cells(), *scores(quantity, *ill)])) >= {f"{quantity}-{t}" for t in EFFECTS}


def test_scores_of_some_treatments_say_nothing(tmp_path):
    three = scores("sucra", "0.46", "0.86", "0.63")
    assert broken(judged(tmp_path / "a", three)) == set()
    assert broken(judged(tmp_path / "b", [*three, claim("n", "treatments", "4")])) == set()
    assert broken(judged(tmp_path / "c", [*three, *cells()])) == set()
    assert broken(judged(tmp_path / "d", [*three, claim("n", "treatments", "3")])) == {c["claim"] for c in three}


def test_ranks_follow_scores(tmp_path):
    ranked = [claim(f"r{t}", "rank", r, subject=t) for t, r in {"A": "2", "B": "1", "C": "3", "D": "4"}.items()]
    found = judged(tmp_path / "a", [*ranked, *scores("sucra", "0.46", "0.86", "0.63", "0.05")])
    assert broken(found) == {"rA", "rC"}
    assert "A is ranked 2 and C 3" in found["rA"].message
    ranked[0]["printed"], ranked[2]["printed"] = "3", "2"
    assert broken(judged(tmp_path / "b", [*ranked, *scores("sucra", "0.46", "0.86", "0.63", "0.05")])) == set()
    assert broken(judged(tmp_path / "c", [*ranked, *scores("mean_rank", "2.6", "1.4", "2.1", "3.9")])) == set()
    assert broken(judged(tmp_path / "d", [*ranked, *scores("mean_rank", "2.0", "1.4", "2.6", "3.9")])) == {"rA", "rC"}
    ranked[0]["printed"] = "2"
    assert broken(judged(tmp_path / "e", [*ranked, *scores("sucra", "0.46", "0.86", "0.63", "0.05")])) == set()  # a tie


def test_q_is_the_sum_of_its_parts(tmp_path):
    def parts(total, p="0.005"):
        return [
            claim("q", "q", total), claim("w", "q_within", "46.91"), claim("b", "q_between", "1.24"), claim("wdf", "q_within_df", "25"),
            claim("wp", "q_within_p", p), claim("df", "q_df", "27"), claim("bdf", "q_between_df", "2"),
        ]  # fmt: skip

    assert broken(judged(tmp_path / "a", parts("48.15"))) == set()
    assert broken(judged(tmp_path / "b", parts("48.95"))) == {"q", "w", "b"}
    assert broken(judged(tmp_path / "c", parts("48.15", "0.05"))) == {"wp"}


def test_degrees_of_freedom_of_a_network_are_not_k_less_one(tmp_path):
    claims = [claim("k", "k", "29"), claim("df", "q_df", "27"), claim("q", "q", "48.15"), claim("p", "q_p", "0.0074")]
    assert broken(judged(tmp_path / "a", claims)) == set()
    assert broken(judged(tmp_path / "b", [c for c in claims if c["claim"] != "df"])) == set()
    assert broken(judged(tmp_path / "c", [*claims[:3], claim("p", "q_p", "0.04")])) == {"p"}


def test_the_difference_of_direct_and_indirect(tmp_path):
    def split(difference):
        numbers = {"direct": "0.80", "indirect": "1.10", "difference": difference}
        return [claim(q, q, x, subject="A : B") for q, x in numbers.items()]

    assert broken(judged(tmp_path / "a", split("0.73"), "OR")) == set()
    assert broken(judged(tmp_path / "b", split("-0.30"), "MD")) == set()
    assert broken(judged(tmp_path / "c", split("0.93"), "OR")) == {"direct", "indirect", "difference"}
    # 0.80 / 1.10 = 0.73; indirect against direct is 1.375, and programs that print sizes turn it
    assert not broken(judged(tmp_path / "d", split("1.37"), "OR"))


def test_cells_that_the_data_give_stand(tmp_path):
    """Re-derived cells keep their verdict when another cell is wrong."""
    table = [
        {"study": f"{i}", "treatment": t, "mean": m, "sd": 1, "n": 40}
        for i, arms in enumerate([{"A": 0.0, "B": -1.0}, {"B": 0.0, "C": 2.0}, {"A": 0.0, "C": 1.0}]) for t, m in arms.items()
    ]  # fmt: skip
    method = {"model": "common", "ci": "wald"}
    claims = [claim("AB", "estimate", "1.00", subject="A : B"), claim("BC", "estimate", "-2.00", subject="B : C"), claim("AC", "estimate", "1.00", subject="A : C")]  # fmt: skip
    found = audited(tmp_path / "r", claims=claims, rows=table, measure="MD", network={}, method=method)
    assert (found["AB"].verdict, found["BC"].verdict) == ("EXACT", "EXACT")
    assert found["AC"].verdict in ("OTHER_SPEC", "INCONSISTENT")


def test_a_ranking_against_mean_ranks_is_told_in_words(tmp_path):
    printed = [claim("r1", "rank", "1", subject="A"), claim("r2", "rank", "2", subject="B")]
    printed += [claim("m1", "mean_rank", "2.8", subject="A"), claim("m2", "mean_rank", "1.4", subject="B")]
    found = audited(tmp_path / "r", claims=printed, measure="OR", network={}, kind="network meta-analysis")
    assert {found[c].verdict for c in ("r1", "r2")} == {"INCONSISTENT"}
    assert "by the printed mean rank B is before" in found["r1"].message
