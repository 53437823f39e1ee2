"""The result tables of networks and sequential analyses, held to netmeta's numbers and to the library's own."""

import math
from itertools import combinations

import pytest

from making_syntheses import network_review, reference, sequential_review, vendored, write_review
from metaudit.formats.review import load_review, read_review
from metaudit.stages.network import TABLES, network_tables
from metaudit.stages.sequential import sequential_tables

NET = "  net:\n    title: A network\n    select: {}\n    measure: OR\n    network: {}\n"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    review = read_review(network_review(tmp_path_factory.mktemp("network") / "net"))
    return network_tables(review, level=0.95)


def row_of(rows, **wanted):
    found = [r for r in rows if all(r[k] == v for k, v in wanted.items())]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize(("role", "model", "of_netmeta"), [("primary", "random", "DL"), ("alternative", "common", "")])
def test_every_comparison_is_that_of_netmeta(tables, role, model, of_netmeta):
    theirs = reference("hasselblad1998", "OR")
    theirs = theirs[model][of_netmeta] if of_netmeta else theirs[model]
    assert len(theirs["league"]) == 6
    for pair in theirs["league"]:
        row = row_of(tables["network"], role=role, treatment=pair["treat1"], treatment_c=pair["treat2"])
        assert row["model"] == model
        for name, key in (("estimate_yi", "est"), ("se", "se"), ("p", "p")):
            assert row[name] == pytest.approx(pair[key], rel=1e-8)
        assert row["estimate"] == pytest.approx(math.exp(pair["est"]), rel=1e-8)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((math.exp(pair["lb"]), math.exp(pair["ub"])), rel=1e-8)


def test_direct_and_indirect_evidence_are_those_of_netsplit(tables):
    theirs = reference("hasselblad1998", "OR")["netsplit"]["back_calculation"]["random_DL"]
    assert len(theirs) == 6
    for split in theirs if isinstance(theirs, list) else theirs.values():
        pair = {name.strip() for name in split["comparison"].split(":")}
        rows = (r for r in tables["network"] if r["role"] == "primary")
        row = next(r for r in rows if {r["treatment"], r["treatment_c"]} == pair)
        assert row["difference_p"] == pytest.approx(split["p"], rel=1e-6)
        assert row["proportion_direct"] == pytest.approx(split["prop_direct"], rel=1e-6)


def test_the_summary_says_how_large_and_how_consistent_the_network_is(tables):
    primary, other = tables["network_summary"]
    theirs = reference("hasselblad1998", "OR")
    assert (primary["k"], primary["treatments"], primary["pairs"], primary["multiarm_studies"]) == (24, 4, 6, 2)
    assert primary["n"] == sum(int(r["n"]) for r in vendored("hasselblad1998"))
    assert primary["tau2"] == pytest.approx(theirs["random"]["DL"]["tau2"], rel=1e-9)
    assert primary["i2"] == pytest.approx(100 * theirs["heterogeneity"]["I2"], rel=1e-9)
    assert (primary["model"], other["model"], other["tau2"]) == ("random", "common", "")
    assert primary["spec"] == "network | OR | 0.5@only-zero+drop | random DL | wald | PI:t-df | 95%"


def test_treatments_stand_in_the_order_of_their_scores_with_ranks_that_sum_to_one(tables):
    rows = tables["network_treatments"]
    assert [r["treatment"] for r in rows] == ["grp_counseling", "ind_counseling", "self_help", "no_contact"]
    shares = [[float(p) for p in r["ranks"].split("; ")] for r in rows]
    for own in (*shares, *zip(*shares, strict=True)):
        assert sum(own) == pytest.approx(1, abs=1e-5)
    for row, own in zip(rows, shares, strict=True):  # the mean rank is exact, the probabilities are drawn
        assert row["mean_rank"] == pytest.approx(sum(p * (i + 1) for i, p in enumerate(own)), abs=0.01)


def test_without_a_good_direction_nothing_is_ranked(tmp_path):
    rows = network_tables(read_review(network_review(tmp_path / "net", favours="")), level=0.95)["network_treatments"]
    assert [r["treatment"] for r in rows] == sorted(r["treatment"] for r in rows)
    assert not any("p_score" in r or "ranks" in r for r in rows)


def test_every_arm_says_whether_it_is_used(tmp_path):
    arms = [
        ("A", "x", 3, 20),
        ("A", "y", 5, 20),
        ("B", "x", 0, 30),
        ("B", "y", 0, 30),
        ("C", "x", 4, 20),
        ("C", "y", 6, 25),
    ]
    rows = [dict(zip(("study", "treatment", "events", "n"), map(str, a), strict=True)) for a in arms]
    found = network_tables(read_review(write_review(tmp_path / "small", rows, NET)), level=0.95)
    said = {(r["study"], r["treatment"]): (r["arms"], r["left_out"]) for r in found["network_studies"]}
    assert said["A", "x"] == (2, "")
    assert said["B", "x"] == ("", "no event in any arm")
    assert "B: no event in any arm" in found["network_summary"][0]["left_out"]
    assert found["network_summary"][0]["n"] == 20 + 20 + 20 + 25


def test_a_network_that_falls_apart_has_its_reason_and_no_numbers(tmp_path):
    arms = [("A", "x", 3, 20), ("A", "y", 5, 20), ("B", "u", 4, 30), ("B", "v", 2, 30)]
    rows = [dict(zip(("study", "treatment", "events", "n"), map(str, a), strict=True)) for a in arms]
    review, _ = load_review(write_review(tmp_path / "apart", rows, NET))  # its rules would refuse it
    found = network_tables(review, level=0.95)
    (row,) = found["network_summary"]
    assert "k" not in row
    assert "falls into 2 parts" in row["reason"]
    assert not any(found[name] for name in TABLES if name != "network_summary")


def test_pairs_that_nobody_compared_have_indirect_evidence_only(tmp_path):
    rows = vendored("stowe2010")
    analyses = "  net:\n    title: Off\n    select: {}\n    measure: MD\n    method: {tau2: DL}\n    network: {}\n"
    found = network_tables(read_review(write_review(tmp_path / "stowe", rows, analyses)), level=0.95)["network"]
    row = row_of(found, role="primary", treatment="COMTI", treatment_c="Dopamine Agonist")
    assert row["studies"] == 0
    assert row["proportion_direct"] == 0
    assert math.isnan(row["direct"])
    assert row["indirect"] == pytest.approx(row["estimate"])
    assert math.isnan(row["difference_p"])
    assert len([r for r in found if r["role"] == "primary"]) == len(list(combinations(range(4), 2)))


def test_a_common_effect_has_no_prediction_interval(tables):
    row = row_of(tables["network"], role="alternative", treatment="grp_counseling", treatment_c="no_contact")
    assert math.isnan(row["pi_low"])
    assert math.isnan(row["pi_high"])


def test_looks_and_sizes_of_a_sequential_analysis(tmp_path):
    found = sequential_tables(read_review(sequential_review(tmp_path / "seq")), level=0.95)
    (size,) = found["sequential_summary"]
    looks = [r for r in found["sequential"] if r["study"]]
    assert size["analysis"] == "bcg"
    assert size["k"] == 5
    assert size["alpha"] == 0.05
    assert size["effect"] == 0.8
    assert [r["study"] for r in looks] == [r["study"] for r in sorted(looks, key=lambda r: r["year"])]
    assert looks[-1]["participants"] == size["participants"] == 262 + 609 + 2992 + 26465 + 176782
    assert looks[-1]["share"] == pytest.approx(size["participants"] / size["required"], rel=1e-3)


def test_a_sequential_analysis_that_cannot_be_computed_says_why(tmp_path):
    folder = sequential_review(tmp_path / "seq", "{relative_reduction: 0.0001}")
    found = sequential_tables(read_review(folder), level=0.95)
    assert not found["sequential"]
    assert found["sequential_summary"][0]["reason"]
    assert "k" not in found["sequential_summary"][0]


def test_other_reviews_have_no_row(tmp_path):
    rows = [{"study": "A", "events_t": "1", "n_t": "10", "events_c": "2", "n_c": "10"}]
    folder = write_review(tmp_path / "plain", rows, "  one:\n    title: One\n    select: {}\n    measure: RR\n")
    review = read_review(folder)
    assert not any(network_tables(review, level=0.95).values())
    assert not any(sequential_tables(review, level=0.95).values())


def test_the_other_model_of_a_common_effect_needs_no_stated_estimator(tmp_path):
    """Empirical Bayes is no estimator of networks here: beside a common effect it stands unused, and REML takes its place."""
    stated = NET + "    method: {model: common, tau2: EB, splitting: without-designs}\n"
    review = read_review(write_review(tmp_path / "net", vendored("hasselblad1998"), stated))
    primary, other = network_tables(review, level=0.95)["network_summary"]
    assert (primary["model"], primary.get("reason", "")) == ("common", "")
    assert (other["model"], other["tau2_method"]) == ("random", "REML")
    assert "indirect evidence without designs" in primary["spec"]
