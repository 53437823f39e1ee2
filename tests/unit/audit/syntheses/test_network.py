"""Verdicts on networks, against netmeta's numbers of published tables (tests/data/network)."""

from __future__ import annotations

import json
import math
from functools import cache
from pathlib import Path

import pytest

from making import audited, claim, made
from metaudit.audit import audit
from metaudit.errors import InputError

DATA = Path(__file__).parents[3] / "data" / "network"
RANDOM = {"model": "random", "tau2": "DL", "ci": "wald"}
UNIT = {"hasselblad1998": "OR", "pagliaro1992": "RR", "stowe2010": "MD"}


@cache
def data(name: str):
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def rows(name: str):
    table = data(name)["arms"]
    columns = {"event": "events"}
    return [
        {columns.get(c, c): v for c, v in zip(table, cells, strict=True)} for cells in zip(*table.values(), strict=True)
    ]


def league(name: str, model: str = "DL", *, digits: int = 3):
    """netmeta's league table as a paper prints it."""
    unit = UNIT[name]
    found = data(name)["units"][unit]["reference"]
    cells = found["common"]["league"] if model == "common" else found["random"][model]["league"]
    back = (lambda x: x) if unit == "MD" else math.exp
    out = []
    for i, c in enumerate(cells):
        who = f"{c['treat1']} : {c['treat2']}"
        for quantity, key in (("estimate", "est"), ("ci_low", "lb"), ("ci_high", "ub")):
            out.append(claim(f"{i}-{key}", quantity, f"{back(c[key]):.{digits}f}", subject=who))
        out.append(claim(f"{i}-p", "p", f"{c['p']:.4f}", subject=who))
    return out


def of(folder, name: str, claims, *, method=RANDOM, network=None, table=None, **more):
    return audited(
        folder, claims=claims, rows=rows(name) if table is None else table, measure=UNIT[name],
        method=method, network=network or {}, kind="network meta-analysis", **more,
    )  # fmt: skip


def verdicts(found):
    return {name: row.verdict for name, row in found.items()}


@pytest.mark.parametrize("name", UNIT)
@pytest.mark.parametrize("model", ["common", "DL"])
def test_what_netmeta_prints_is_exact(tmp_path, name, model):
    method = (
        {**RANDOM, "variance": "meta"} if name == "pagliaro1992" else RANDOM
    )  # netmeta's way with zero cells of risk ratios
    method = (
        {"model": "common", "ci": "wald", **({"variance": "meta"} if name == "pagliaro1992" else {})}
        if model == "common"
        else method
    )
    rule = {} if name == "stowe2010" else {"zero_cells": {"add": 0.5, "to": "only-zero", "double_zero": "drop-empty"}}
    found = of(tmp_path / "r", name, league(name, model), method={**method, **rule})
    assert {v for k, v in verdicts(found).items()} == {"EXACT"}, {
        k: r.message for k, r in found.items() if r.verdict != "EXACT"
    }
    assert all(r.spec.startswith(f"network | {UNIT[name]}") and r.inputs for r in found.values())


def test_everything_else_that_netmeta_prints(tmp_path):
    ref = data("hasselblad1998")["units"]["OR"]["reference"]
    heterogeneity, parts = ref["heterogeneity"], ref["decomposition"]
    test = ref["design_by_treatment"]["random_REML"]
    split = next(
        s for s in ref["netsplit"]["back_calculation"]["random_DL"] if s["comparison"] == "grp_counseling:no_contact"
    )
    who = split["comparison"]
    scores = ref["random"]["DL"]["pscore"]
    claims = [
        claim("q", "q", f"{heterogeneity['Q']:.2f}"), claim("df", "q_df", str(heterogeneity["df"])), claim("k", "k", "24"),
        claim("i2", "i2", f"{100 * heterogeneity['I2']:.1f}%"), claim("tau", "tau", f"{ref['random']['DL']['tau']:.3f}"),
        claim("qw", "q_within", f"{parts['Q_within']['Q']:.2f}"), claim("qb", "q_between", f"{parts['Q_between']['Q']:.2f}"),
        claim("qbp", "q_between_p", f"{parts['Q_between']['p']:.4f}"),
        claim("d", "direct", f"{math.exp(split['direct']):.3f}", subject=who),
        claim("ind", "indirect", f"{split['indirect']:.4f}", subject=who, scale="log"),
        claim("dse", "direct_se", f"{split['direct_se']:.4f}", subject=who),
        claim("diff", "difference", f"{math.exp(split['diff']):.3f}", subject=who),
        claim("dp", "difference_p", f"{split['p']:.4f}", subject=who),
        claim("dlow", "direct_ci_low", f"{math.exp(split['direct'] - 1.959964 * split['direct_se']):.3f}", subject=who),
        claim("reml", "interaction_p", f"{test['p']:.4f}", method="tau2=REML"),
        *(claim(f"ps-{t}", "p_score", f"{100 * s:.1f}%", subject=t) for t, s in scores.items()),
        claim("pi", "pi_high", f"{math.exp(ref['random']['DL']['league'][0]['pi_ub']):.3f}", subject="grp_counseling : ind_counseling"),
    ]  # fmt: skip
    method = {
        **RANDOM,
        "splitting": "back-calculation",
        "pi": "t-df",
        "zero_cells": {"add": 0.5, "to": "only-zero", "double_zero": "drop"},
    }
    found = of(tmp_path / "r", "hasselblad1998", claims, method=method, favours="high")
    assert set(verdicts(found).values()) == {"EXACT"}, {k: r.message for k, r in found.items() if r.verdict != "EXACT"}


def test_what_the_paper_leaves_open_is_named(tmp_path):
    found = of(tmp_path / "r", "stowe2010", league("stowe2010"), method={"model": "random"})
    assert found["0-lb"].verdict == "UNDERSPECIFIED"
    assert any("tau² by DL" in c for c in found["0-lb"].causes)
    assert "random DL" in found["0-lb"].spec


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"tau2": "REML"}, "model: random effects, tau² by DL instead of random effects, tau² by REML"),
        ({"model": "common", "ci": "wald"}, "model: random effects, tau² by DL instead of a common effect"),
        ({**RANDOM, "ci": "t"}, "interval: normal instead of of t with the df of Q"),
        ({**RANDOM, "level": 0.9}, "confidence level: 95 % instead of 90 %"),
        ({**RANDOM, "multiarm": "split"}, "multi-arm studies: with their covariance instead of split into comparisons"),
    ],
)
def test_another_stated_method_is_a_departure(tmp_path, change, cause):
    found = of(tmp_path / "r", "stowe2010", league("stowe2010", digits=4), method=change)
    missed = [r for r in found.values() if r.verdict != "EXACT"]
    assert missed
    assert {r.verdict for r in missed if r.quantity != "p"} == {"OTHER_SPEC"}
    assert any(c.startswith(cause[:60]) for r in missed for c in r.causes)


def test_another_measure_is_a_departure(tmp_path):
    claims = league("hasselblad1998", "common")
    method = {"model": "common", "ci": "wald", "zero_cells": {"add": 0.5, "to": "only-zero", "double_zero": "drop"}}
    found = audited(tmp_path / "r", claims=claims, rows=rows("hasselblad1998"), measure="RR", method=method, network={})
    assert {r.verdict for r in found.values() if r.quantity == "estimate"} == {"OTHER_SPEC"}
    assert "measure: OR instead of RR" in found["0-est"].causes


def test_split_multi_arm_studies_are_found(tmp_path):
    """Numbers of a paper that entered every comparison as a study, by netmeta of the comparisons' own rows."""
    from metaudit.network.fit import fit_network
    from metaudit.network.from_arms import Arm, evidence_from_arms

    table = rows("hasselblad1998")
    arms = [Arm(r["study"], r["treatment"], {"events": float(r["events"]), "n": float(r["n"])}) for r in table]
    studies = {}
    for a in arms:
        studies.setdefault(a.study, []).append(a)
    apart = [
        Arm(f"{name} {i}{j}", x.treatment, x.cells)
        for name, own in studies.items()
        for i in range(len(own)) for j in range(i + 1, len(own)) for x in (own[i], own[j])
    ]  # fmt: skip
    # Zero cells are corrected a study at a time, and no multi-arm study here has one.
    split = fit_network(evidence_from_arms(apart, "OR"), tau2="DL")
    claims = [
        claim(f"{i}-{q}", q, f"{math.exp(getattr(c, q)):.3f}", subject=f"{c.first} : {c.second}")
        for i, c in enumerate(split.league()) for q in ("estimate", "ci_low", "ci_high")
    ]  # fmt: skip
    found = of(tmp_path / "r", "hasselblad1998", claims)
    missed = [r for r in found.values() if r.verdict not in ("EXACT", "UNDERSPECIFIED")]
    assert missed
    assert {r.verdict for r in missed} == {"OTHER_SPEC"}
    assert all("multi-arm studies: split" in r.causes[0] for r in missed)


def test_a_cell_the_other_way_round(tmp_path):
    claims = league("stowe2010")
    for c in claims[:3]:
        c["subject"] = " : ".join(reversed(c["subject"].split(" : ")))
    found = of(tmp_path / "r", "stowe2010", claims)
    assert {found[n].verdict for n in ("0-lb", "0-ub")} == {"OTHER_SPEC"}
    assert found["0-lb"].causes == (f"the other way round: {claims[0]['subject']}",)
    assert found["0-est"].verdict == "INCONSISTENT"  # with the rest of the league table
    assert "OTHER_SPEC" not in {r.verdict for n, r in found.items() if not n.startswith("0-")}


def test_another_reference_treatment(tmp_path):
    ref = data("stowe2010")["units"]["MD"]["reference"]["random"]["DL"]["league"]
    cells = [c for c in ref if "COMTI" in (c["treat1"], c["treat2"])]
    claims = []
    for i, c in enumerate(cells):
        sign = 1 if c["treat2"] == "COMTI" else -1
        low, high = sorted((sign * c["lb"], sign * c["ub"]))
        who = c["treat1"] if sign == 1 else c["treat2"]
        numbers = {"estimate": sign * c["est"], "ci_low": low, "ci_high": high}
        claims += [claim(f"{i}-{q}", q, f"{x:.2f}", subject=who) for q, x in numbers.items()]
    right = of(tmp_path / "right", "stowe2010", claims, network={"reference": "COMTI"})
    assert set(verdicts(right).values()) == {"EXACT"}
    wrong = of(tmp_path / "wrong", "stowe2010", claims, network={"reference": "Placebo"})
    assert {r.causes for r in wrong.values() if r.verdict == "OTHER_SPEC"} == {
        ("compared with COMTI instead of Placebo",)
    }
    assert sum(r.verdict == "OTHER_SPEC" for r in wrong.values()) >= 6
    unsaid = of(tmp_path / "unsaid", "stowe2010", claims)
    assert set(verdicts(unsaid).values()) == {"NOT_CHECKABLE"}
    assert unsaid["0-estimate"].causes == ("network: reference in review.yaml",)


def test_a_study_and_an_arm_left_out(tmp_path):
    table = rows("stowe2010")
    more = [*table, {**table[0], "study": "Late", "mean": "-5.0"}, {**table[1], "study": "Late", "mean": "1.5"}]
    found = of(tmp_path / "study", "stowe2010", league("stowe2010"), table=more)
    assert {r.causes for r in found.values() if r.verdict == "OTHER_SPEC"} == {("study Late left out",)}
    pair = [r for r in table if r["study"] == table[0]["study"]]
    other = next(r for r in table if r["treatment"] not in {p["treatment"] for p in pair})
    third = [*table, {**pair[0], "treatment": other["treatment"], "mean": "-9.0"}]
    found = of(tmp_path / "arm", "stowe2010", league("stowe2010"), table=third)
    assert any(r.causes == (f"arm {other['treatment']} of study {pair[0]['study']} left out",) for r in found.values())


def test_a_wrong_number_is_told_with_ours(tmp_path):
    claims = league("stowe2010")[:4]
    claims[0]["printed"] = "5.11"
    found = of(tmp_path / "r", "stowe2010", claims)["0-est"]
    assert found.verdict in ("INCONSISTENT", "OUT_OF_ENVELOPE")
    assert found.value == pytest.approx(
        data("stowe2010")["units"]["MD"]["reference"]["random"]["DL"]["league"][0]["est"]
    )


def test_studies_without_events_are_counted_or_not(tmp_path):
    table = [
        {"study": s, "treatment": t, "events": e, "n": 100}
        for s, arms in {"1": {"A": 10, "B": 20}, "2": {"B": 9, "C": 14}, "3": {"A": 0, "C": 0}}.items() for t, e in arms.items()
    ]  # fmt: skip
    both = [
        claim("k", "k", "3"),
        claim("n", "n", "600"),
        claim("of", "k", "1", subject="A : C"),
        claim("p", "proportion", "8.8%"),
    ]
    found = audited(tmp_path / "all", claims=both, rows=table, measure="OR", network={})
    assert set(verdicts(found).values()) == {"EXACT"}
    some = [claim("k", "k", "2"), claim("n", "n", "400")]
    found = audited(tmp_path / "some", claims=some, rows=table, measure="OR", network={})
    assert set(verdicts(found).values()) == {"UNDERSPECIFIED"}
    assert "studies without a usable comparison not counted" in found["k"].message


def test_simulated_ranks_may_miss_by_what_their_draws_vary(tmp_path):
    exact = data("hasselblad1998")["units"]["OR"]["reference"]["random"]["DL"]["pscore"]
    method = {**RANDOM, "zero_cells": {"add": 0.5, "to": "only-zero", "double_zero": "drop"}}

    def one(folder, off, draws):
        claims = [claim("s", "sucra", f"{exact['self_help'] + off:.4f}", subject="self_help")]
        return of(tmp_path / folder, "hasselblad1998", claims, method=method, favours="high", network=draws)["s"]

    assert one("near", 0.01, {"draws": 1000}).criterion == "resampling"
    assert one("near", 0.01, {"draws": 1000}).verdict == "WITHIN_ROUNDING"
    assert one("many", 0.01, {"draws": 1_000_000}).verdict != "WITHIN_ROUNDING"
    assert "If it was simulated" in one("unsaid", 0.01, {}).message


def test_a_number_that_the_network_has_not_says_what_is_missing(tmp_path):
    claims = [
        claim("who", "estimate", "1.0", subject="MAOI : Placebo"), claim("score", "p_score", "0.9", subject="COMTI"),
        claim("none", "direct", "1.0", subject="COMTI : Dopamine Agonist"), claim("pi", "pi_low", "1.0", subject="COMTI : Placebo"),
        claim("whole", "estimate", "1.0"), claim("odd", "egger_p", "0.04"),
    ]  # fmt: skip
    found = of(tmp_path / "r", "stowe2010", claims, method={"model": "common", "ci": "wald"})
    assert set(verdicts(found).values()) == {"NOT_CHECKABLE"}
    assert "MAOBI" in found["who"].message
    assert found["score"].causes == ("favours: low or high in review.yaml",)
    assert "no direct evidence" in found["none"].message
    assert "common-effect network has no prediction interval" in found["pi"].message


def test_words_are_held_against_the_fit(tmp_path):
    said = {
        "a": ("significant", "COMTI : Placebo", "EXACT"), "b": ("not significant", "COMTI : Placebo", "DIFFERENT"),
        "c": ("favours treatment", "COMTI : Placebo", "EXACT"), "d": ("favours control", "Placebo : COMTI", "EXACT"),
        "e": ("ranks first", "Dopamine Agonist", "EXACT"), "f": ("ranks last", "COMTI", "DIFFERENT"),
        "g": ("heterogeneous", "", "EXACT"), "h": ("inconsistent", "", "DIFFERENT"), "i": ("significant", "COMTI : MAOBI", "DIFFERENT"),
        "j": ("favours treatment", "Placebo : COMTI", "DIFFERENT"),
    }  # fmt: skip
    claims = [claim(n, "text", words, subject=who) for n, (words, who, _) in said.items()]
    found = of(tmp_path / "r", "stowe2010", claims, favours="low")
    assert verdicts(found) == {n: v for n, (_, _, v) in said.items()}


def test_words_that_an_open_choice_decides(tmp_path):
    """Q is significant, so that common and random effects part for one comparison of made-up trials."""
    table = [
        {"study": str(i), "treatment": t, "mean": m, "sd": 1, "n": 50}
        for i, (a, b) in enumerate([(0, 0.9), (0, -0.35), (0, 0.8), (0, 0.1)])
        for t, m in (("A", a), ("B", b), *([("C", 0.2)] if i == 0 else []))
    ]
    claims = [claim("s", "text", "significant", subject="B : A")]
    found = audited(tmp_path / "r", claims=claims, rows=table, measure="MD", network={})["s"]
    assert found.verdict == "UNDERSPECIFIED"


def test_a_statement_beside_printed_numbers_when_no_data_are_public(tmp_path):
    claims = [
        claim("lo", "ci_low", "1.10", subject="A : B"), claim("hi", "ci_high", "1.90", subject="A : B"),
        claim("yes", "text", "significant", subject="A : B"), claim("no", "text", "not significant", subject="A : B"),
        claim("other", "text", "significant", subject="A : C"),
    ]  # fmt: skip
    found = audited(tmp_path / "r", claims=claims, measure="OR", network={}, kind="network meta-analysis")
    assert (found["yes"].verdict, found["no"].verdict, found["other"].verdict) == (
        "EXACT",
        "INCONSISTENT",
        "NOT_CHECKABLE",
    )


def test_comparisons_and_mixtures_are_judged_as_arms_are(tmp_path):
    """Every comparison of the contrasts table that netmeta's pairwise made, and half arms, half comparisons."""
    table = data("stowe2010")["units"]["MD"]["contrasts"]
    contrasts = [dict(zip(table, cells, strict=True)) for cells in zip(*table.values(), strict=True)]
    as_rows = [
        {"study": c["study"] if "study" in c else c["studlab"], "treatment": c["treat1"], "treatment_c": c["treat2"], "effect": c["yi"], "se": c["sei"]}
        for c in contrasts
    ]  # fmt: skip
    claims = league("stowe2010")
    found = of(tmp_path / "contrasts", "stowe2010", claims, table=as_rows)
    assert set(verdicts(found).values()) == {"EXACT"}
    arms = rows("stowe2010")
    first = set(list(dict.fromkeys(r["study"] for r in arms))[:12])
    mixed = [*(r for r in arms if r["study"] in first), *(r for r in as_rows if r["study"] not in first)]
    assert set(verdicts(of(tmp_path / "mixed", "stowe2010", claims, table=mixed)).values()) == {"EXACT"}


def test_a_table_that_is_public_in_part_is_not_judged(tmp_path):
    found = of(tmp_path / "r", "stowe2010", league("stowe2010"), data="partial")
    assert {r.verdict for r in found.values() if r.quantity != "p"} == {
        "NOT_CHECKABLE"
    }  # P agrees with its printed interval
    assert found["0-est"].message.startswith("Only part of the per-study table")
    assert found["0-est"].value == found["0-est"].value


def test_rounded_inputs_may_be_enough(tmp_path):
    """Means rounded to whole hours cannot give two decimals, and nothing says that the authors had the rounded ones."""
    coarse = [{**r, "mean": f"{float(r['mean']):.0f}"} for r in rows("stowe2010")]
    claims = [c for c in league("stowe2010") if c["claim"] in ("0-est", "2-est", "4-est")]
    found = of(tmp_path / "r", "stowe2010", claims, table=coarse)
    assert {r.verdict for r in found.values()} <= {"WITHIN_ROUNDING", "EXACT"}
    assert any(r.criterion == "input rounding" for r in found.values())


def test_an_analysis_beside_the_network_is_pooled_as_ever(tmp_path):
    pair = [{"study": "S1", "outcome": "pair", "events_t": 5, "n_t": 20, "events_c": 9, "n_c": 21}, {"study": "S2", "outcome": "pair", "events_t": 7, "n_t": 30, "events_c": 9, "n_c": 31}]  # fmt: skip
    analyses = {
        "net": {"title": "N", "select": {"outcome": "pain"}, "measure": "MD", "method": RANDOM, "network": {}},
        "pw": {"title": "P", "select": {"outcome": "pair"}, "measure": "OR", "method": {"model": "common"}},
    }  # fmt: skip
    cell = league("stowe2010")[0] | {"analysis": "net"}
    claims = [
        cell,
        claim("k", "k", "2", analysis="pw"),
        claim("df", "q_df", "27", analysis="net"),
        claim("kn", "k", "29", analysis="net"),
    ]
    found = audited(tmp_path / "r", claims=claims, rows=[*rows("stowe2010"), *pair], analyses=analyses)
    assert set(verdicts(found).values()) == {"EXACT"}
    assert not any("do not belong" in r.message for r in found.values())  # df is k - 1 for one pooled effect only


def test_the_audit_is_the_same_in_both_ways_to_search(tmp_path):
    claims = league("stowe2010")
    claims[0]["printed"] = "0.91"
    review = made(tmp_path / "r", claims=claims, rows=rows("stowe2010"), measure="MD", method=RANDOM, network={})
    assert list(audit(review)) == list(audit(review, search="missed"))


def test_networks_that_cannot_be_are_refused(tmp_path):
    islands = [r for r in rows("stowe2010") if r["treatment"] != "Placebo"]
    with pytest.raises(InputError, match="network"):
        made(tmp_path / "x", claims=[], rows=islands, measure="MD", network={})


@pytest.mark.parametrize("method", [{"model": "peto"}, {"model": "random", "tau2": "SJ"}, {**RANDOM, "ci": "profile"}])
def test_a_stated_method_that_networks_have_not_is_named(tmp_path, method):
    found = of(tmp_path / "r", "stowe2010", league("stowe2010")[:3], method=method)
    assert set(verdicts(found).values()) == {"NOT_CHECKABLE"}
    assert any(word in found["0-est"].message for word in ("peto", "SJ", "profile"))


def test_only_prediction_intervals_need_a_known_prediction_interval(tmp_path):
    claims = [*league("stowe2010")[:3], claim("pi", "pi_low", "0.1", subject="COMTI : Placebo")]
    found = of(tmp_path / "r", "stowe2010", claims[:3], method={**RANDOM, "pi": "t-k-2"})
    assert set(verdicts(found).values()) == {"EXACT"}
    assert of(tmp_path / "s", "stowe2010", claims, method={**RANDOM, "pi": "t-k-2"})["pi"].verdict == "NOT_CHECKABLE"


def test_a_bayesian_network_is_not_called_different(tmp_path):
    claims = league("stowe2010")
    claims[1]["printed"] = "-0.001"
    found = of(tmp_path / "r", "stowe2010", claims, bayes={"tau": "uniform(0, 2)"})
    assert found["0-lb"].verdict != "DIFFERENT"
    assert found["1-est"].verdict == "EXACT"


def test_stated_choices_that_exclude_each_other_are_named(tmp_path):
    found = of(tmp_path / "r", "stowe2010", league("stowe2010")[:1], method={"model": "common", "ci": "hksj"})["0-est"]
    assert (found.verdict, "do not go together" in found.message) == ("NOT_CHECKABLE", True)


def test_events_given_as_percentages_are_counted_as_people(tmp_path):
    table = [
        {"study": s, "treatment": t, "events": e, "n": n}
        for s, arms in {"1": {"A": ("10.0%", 200), "B": ("20", 100)}, "2": {"B": ("9", 90), "C": ("25.0%", 40)}}.items()
        for t, (e, n) in arms.items()
    ]
    found = audited(tmp_path / "r", claims=[claim("p", "proportion", "13.7%")], rows=table, measure="OR", network={})[
        "p"
    ]
    assert (found.verdict, "59/430" in found.formula) == ("EXACT", True)


TREE = [
    {"study": s, "treatment": t, "mean": f"{m}.000", "sd": "4.000", "n": 50}
    for s, arms in {"S1": {"A": 10, "B": 8}, "S2": {"A": 11, "C": 8}}.items()
    for t, m in arms.items()
]


def small(folder, claims, table, **content):
    return audited(
        folder / "r",
        claims=claims,
        rows=table,
        kind="network meta-analysis",
        **{"network": {"reference": "A"}, **content},
    )


def test_an_arm_without_its_sd_is_no_reason_to_take_the_others_for_ready_made_effects(tmp_path):
    """B - A = 8 - 10, C - A = 8 - 11, by the two studies that report everything."""
    table = [*TREE, {**TREE[0], "study": "S3"}, {"study": "S3", "treatment": "B", "mean": "9.000", "n": 50}]
    claims = [claim("b", "estimate", "-2.00", subject="B : A"), claim("c", "estimate", "-3.00", subject="C : A")]
    found = small(tmp_path, claims, table)
    assert {(r.verdict, r.causes) for r in found.values()} == {("UNDERSPECIFIED", ("measure MD",))}


def test_a_miss_where_a_number_is_missing_is_not_held_against_the_paper(tmp_path):
    table = [*TREE, {**TREE[0], "study": "S3"}, {"study": "S3", "treatment": "B", "mean": "9.000", "n": 50}]
    claims = [claim("b", "estimate", "-1.50", subject="B : A"), claim("c", "estimate", "-3.00", subject="C : A")]
    found = small(tmp_path, claims, table, measure="MD")
    assert verdicts(found) == {"b": "NOT_CHECKABLE", "c": "EXACT"}
    assert found["b"].causes == ("S3, B: SD",)
    assert found["b"].message.endswith("Numbers are missing of: S3, B (SD).")
    whole = [*table[:-1], {**table[-1], "sd": "4.000"}]  # (8 - 10 + 9 - 10)/2 = -1.5
    assert verdicts(small(tmp_path / "whole", claims, whole, measure="MD")) == {"b": "EXACT", "c": "EXACT"}


def test_a_study_of_one_arm_lacks_what_the_arm_is_compared_with(tmp_path):
    claims = [claim("b", "estimate", "-1.50", subject="B : A"), claim("c", "estimate", "-3.00", subject="C : A")]
    found = small(tmp_path, claims, [*TREE, {**TREE[0], "study": "S3"}], measure="MD")
    assert verdicts(found) == {"b": "NOT_CHECKABLE", "c": "EXACT"}
    assert found["b"].causes == ("S3, A: the arm that it is compared with",)


def test_a_comparison_without_its_spread_is_missing_too(tmp_path):
    table = [
        {"study": "S1", "treatment": "B", "treatment_c": "A", "effect": "-2.000", "se": "0.8000"},
        {"study": "S2", "treatment": "C", "treatment_c": "A", "effect": "-3.000", "se": "0.8000"},
        {"study": "S3", "treatment": "B", "treatment_c": "A", "effect": -1},
    ]
    found = small(tmp_path, [claim("b", "estimate", "-1.50", subject="B : A")], table, measure="GEN")["b"]
    assert (found.verdict, found.causes) == (
        "NOT_CHECKABLE",
        ("S3, B : A: effect with its standard error or interval",),
    )


def test_why_a_statement_cannot_be_held_against_a_network(tmp_path):
    said = {
        "q": ("heterogeneous", "", "cannot disagree"), "d": ("inconsistent", "", "cannot disagree"),
        "none": ("significant", "D : A", "No study with D can be pooled"), "one": ("significant", "A", "compared with itself"),
        "good": ("favours treatment", "B : A", "no treatment is favoured"), "rank": ("ranks first", "C", "nothing is ranked"),
    }  # fmt: skip
    claims = [claim(n, "text", words, subject=who) for n, (words, who, _) in said.items()]
    table = [
        *TREE,
        {"study": "S3", "treatment": "A", "mean": 10, "sd": 4, "n": 50},
        {"study": "S3", "treatment": "D", "mean": 9, "n": 50},
    ]
    found = small(tmp_path, claims, table, measure="MD")
    assert set(verdicts(found).values()) == {"NOT_CHECKABLE"}
    assert {n: reason in found[n].message for n, (_, _, reason) in said.items()} == dict.fromkeys(said, True)


def test_a_rule_for_zero_cells_that_leaves_no_network_does_not_silence_the_others(tmp_path):
    """Without a correction nothing is left of A : C, and the network of that rule falls apart; statements are judged by the others."""
    table = [
        {"study": s, "treatment": t, "events": e, "n": 100}
        for s, arms in {"S1": {"A": 20, "B": 5}, "S2": {"A": 9, "C": 0}, "S3": {"C": 9, "D": 20}}.items()
        for t, e in arms.items()
    ]
    stated = {"measure": "OR", "method": {"model": "common", "ci": "wald"}}
    found = small(tmp_path, [claim("b", "text", "significant", subject="B : A")], table, **stated)["b"]
    assert found.verdict == "EXACT"
    assert "B : A is 0.211" in found.message  # 5 * 80 / (95 * 20)
