"""Numbers by name, and specifications."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from metaudit.errors import DataError, InputError
from metaudit.formats.tables import Row
from metaudit.network.choices import Fits, NetworkSpec, leaving_out, specifications
from metaudit.network.designs import decompose, interaction
from metaudit.network.evidence import Evidence
from metaudit.network.fit import fit_network
from metaudit.network.from_arms import Arm, evidence_from_arms
from metaudit.network.ranking import p_scores, ranks
from metaudit.network.splitting import node_split
from metaudit.network.values import OF_PAIR, OF_TREATMENT, WHOLE, Values
from metaudit.printed import parse_printed

Network_of = Callable[..., Evidence]
Make = Callable[..., list[Arm]]


def test_every_quantity_has_a_value(network_of: Network_of) -> None:
    values = Values(fit_network(network_of(2, studies=20)), small_is_good=True)
    for quantity in WHOLE:
        assert math.isfinite(values.value(quantity)), quantity
    for quantity in OF_TREATMENT:
        assert math.isfinite(values.value(quantity, "drug A")), quantity
    for quantity in OF_PAIR:
        assert math.isfinite(values.value(quantity, "drug A", "drug B")), quantity


def test_values_are_those_of_the_parts(network_of: Network_of) -> None:
    found = fit_network(network_of(2, studies=20), tau2="DL")
    values, test = Values(found, small_is_good=False), interaction(found.evidence, tau2="DL")
    between = decompose(found.evidence).between
    split = next(s for s in node_split(found) if (s.first, s.second) == ("drug A", "drug B"))
    assert [values.value(q) for q in ("interaction", "interaction_df", "interaction_p")] == [test.q, test.df, test.p]
    assert [values.value(q) for q in ("q_between", "q_between_df", "q_between_p")] == [between.q, between.df, between.p]
    assert values.value("tau") == pytest.approx(math.sqrt(found.tau2))
    assert values.value("treatments") == 5
    assert values.value("difference_p", "drug A", "drug B") == split.p
    assert values.value("difference", "drug B", "drug A") == pytest.approx(-split.difference)
    assert values.value("estimate", "drug B", "drug A") == -found.compare("drug A", "drug B").estimate
    scores = p_scores(found, small_is_good=False)
    assert {t: values.value("rank", t) for t in scores} == {
        t: 1 + sum(x > s for x in scores.values()) for t, s in scores.items()
    }
    drawn = ranks(found, small_is_good=False)
    for t in scores:
        assert values.value("sucra", t) == scores[t] == pytest.approx(drawn.sucra[t], abs=0.002)
        assert values.value("mean_rank", t) == pytest.approx(drawn.mean_rank[t], abs=0.01)
    assert sum(values.value("best", t) for t in scores) == pytest.approx(1)


def test_what_a_network_has_not_is_refused_or_nan(network_of: Network_of) -> None:
    values = Values(fit_network(network_of(2), tau2=None))
    assert math.isnan(values.value("pi_low", "drug A", "drug B"))
    assert values.value("interaction_df") == values.value("q_between_df")
    for asked, said in (
        (("hue",), "'hue' is no quantity of a network"), (("estimate", "drug A"), "estimate is asked of two treatments; 1 were named"),
        (("tau2", "drug A"), "tau2 is asked of the whole network"), (("p_score", "sugar"), "the network has no sugar"),
        (("p_score", "drug A"), "small or large effects are good"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=said):
            values.value(*asked)


def test_specifications_have_one_string_each() -> None:
    every = list(specifications(["OR", "RR", "MD"]))
    assert len({str(s) for s in every}) == len(every) == len(set(every))
    assert str(every[0]) == "network | OR | 0.5@only-zero+drop | random REML | wald | PI:t-df | 95%"
    assert str(NetworkSpec("MD", tau2="", multiarm="split", without=(("3", ""), ("4", "B")))) == (
        "network | MD | common | wald | multi-arm studies split | without 3 | without 4: B | 95%"
    )
    assert NetworkSpec("OR", convention="meta") == NetworkSpec("OR")
    assert NetworkSpec("RR", convention="meta") != NetworkSpec("RR")
    assert {s.multiarm for s in specifications(["OR"], any_multiarm=False)} == {"full"}
    assert len({s.zero_cells for s in specifications(["OR"], any_zero=False)}) == 1


def test_fits_of_many_specifications_are_those_of_each(arms: Make) -> None:
    table = arms(6, studies=16)
    table[0] = Arm(table[0].study, table[0].treatment, {**table[0].cells, "events": 0.0}, 2)
    fits, seen = Fits(table), set()
    for spec in specifications(["OR", "RR"]):
        found = fits.fit(spec)
        if spec.pi == "t-df" and spec.ci != "t":
            alone = fit_network(fits.evidence(spec), tau2=spec.tau2 or None, ci=spec.ci, multiarm=spec.multiarm)
            assert (found.tau2, found.tau2_method, found.common) == (
                pytest.approx(alone.tau2),
                alone.tau2_method,
                alone.common,
            )
            assert found.compare("drug A", "drug B") == pytest.approx(alone.compare("drug A", "drug B"))
        seen.add(round(found.compare("drug A", "drug B").ci_low, 9))
    assert len(seen) > 50  # the choices matter


def test_studies_and_arms_can_be_left_out(arms: Make) -> None:
    table = arms(6, studies=16)
    fits, spec = Fits(table), NetworkSpec("OR")
    evidence = fits.evidence(spec)
    left = list(leaving_out(spec, evidence))
    assert {s.without[0][0] for s in left if not s.without[0][1]} <= {s.name for s in evidence.studies}
    for one in (left[0], left[-1]):
        study, treatment = one.without[0]
        rest = [a for a in table if a.study != study or (treatment and a.treatment != treatment)]
        assert fits.fit(one).tau2 == pytest.approx(fit_network(evidence_from_arms(rest, "OR")).tau2, rel=1e-9)
    assert left[-1].without[0][1]
    with pytest.raises(DataError, match="there is no study 99 to leave out"):
        fits.fit(NetworkSpec("OR", without=(("99", ""),)))


def test_what_would_cut_the_network_is_not_left_out(network_of: Network_of) -> None:
    evidence = network_of(1, treatments=4, studies=3, largest=2)  # a tree
    assert list(leaving_out(NetworkSpec("OR"), evidence)) == []


def test_quantities_of_a_design_are_those_of_the_decomposition(network_of: Network_of) -> None:
    values = Values(fit_network(network_of(2, studies=20), tau2="DL"))
    whole = decompose(values.network.evidence)
    for design in whole.by_design:
        for part, found in (("q_within", whole.by_design[design]), ("q_between", whole.detached[design])):
            turned = tuple(reversed(design))
            assert values.of_design(part, *turned) == pytest.approx(found.q, abs=1e-9)
            assert values.of_design(f"{part}_df", *design) == found.df
            if found.df:
                assert values.of_design(f"{part}_p", *design) == pytest.approx(found.p, abs=1e-9)
    for asked, said in (
        (("tau2", "drug A", "drug B"), "no quantity of a design"),
        (("q_within", "drug A"), "no study compares exactly"),
    ):
        with pytest.raises(DataError, match=said):
            values.of_design(*asked)


def test_limits_of_direct_and_indirect_estimates(network_of: Network_of) -> None:
    """A normal interval is the estimate and 1.96 standard errors to either side; turned, the limits change places."""
    values, pair = Values(fit_network(network_of(2, studies=20))), ("drug A", "drug B")
    for name in ("direct", "indirect", "difference"):
        x, se = values.value(name, *pair), values.value(f"{name}_se", *pair)
        assert values.value(f"{name}_ci_low", *pair) == pytest.approx(x - 1.959963984540054 * se)
        assert values.value(f"{name}_ci_high", *pair) == pytest.approx(-values.value(f"{name}_ci_low", *reversed(pair)))
        assert values.value(f"{name}_p", *pair) == pytest.approx(math.erfc(abs(x) / se / math.sqrt(2)))


def test_fits_of_rows_are_those_of_their_arms(arms: Make) -> None:
    table = arms(2, studies=12)
    rows = [
        Row(a.row, {"study": a.study, "treatment": a.treatment}, {n: parse_printed(str(x)) for n, x in a.cells.items()})
        for a in table
    ]
    spec = NetworkSpec("OR", tau2="DL")
    of_rows, of_arms = Fits(rows).values(spec), Fits(table).values(spec)
    assert of_rows.value("tau2") == of_arms.value("tau2")
    assert of_rows.value("q_between") == of_arms.value("q_between") == decompose(of_arms.network.evidence).between.q
    fits = Fits(rows)
    assert fits.values(spec) is fits.values(spec)
    assert fits.values(spec).parts is fits.values(NetworkSpec("OR", tau2="REML")).parts  # Q has no tau²
    for _ in range(2):  # what cannot be is remembered, too
        with pytest.raises(InputError, match="none that networks of arms have"):
            fits.values(NetworkSpec("COR"))
