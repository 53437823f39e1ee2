"""Figures of networks as they are seen: nothing overlaps, nothing leaves the sheet, all of it is what was computed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from metaudit.figures import network_forest, network_graph, network_heat, network_ranks
from metaudit.figures.network_all import network_figures
from metaudit.figures.network_cells import COLD, WARM, signed_shade
from metaudit.figures.output import write
from metaudit.network.designs import interaction
from metaudit.network.fit import fit_network
from metaudit.network.from_arms import Arm, evidence_from_arms
from metaudit.network.heat import net_heat
from metaudit.network.ranking import p_scores, ranks
from metaudit.network.splitting import node_split

VENDORED = Path(__file__).resolve().parents[2] / "data" / "network"
REAL = {
    "hasselblad1998": "OR",
    "dogliotti2014": "OR",
    "stowe2010": "MD",
    "gurusamy2011": "OR",
    "jalota2011": "OR",
    "pagliaro1992": "OR",
}
KINDS = ("network-graph", "network-forest", "network-league", "network-ranks", "network-heat")
LONG = "A treatment with a name that is rather long, twice daily, number {}"


def real(name):
    """The arms of a vendored network."""
    found = json.loads((VENDORED / f"{name}.json").read_text(encoding="utf-8"))["arms"]
    numbers = {("events" if k == "event" else k): v for k, v in found.items() if k not in ("study", "treatment")}
    return [
        Arm(s, t, {k: float(v[i]) for k, v in numbers.items()}, i + 2)
        for i, (s, t) in enumerate(zip(found["study"], found["treatment"], strict=True))
    ]


def made(treatments, studies, *, name="drug {}", largest=3, n=80):
    """Arms of connected made-up trials."""
    rng = np.random.default_rng(treatments * 1000 + studies)
    arms = []
    for s in range(studies):
        chosen = rng.permutation(treatments)[: int(rng.integers(2, min(largest, treatments) + 1))]
        if s < treatments - 1:
            chosen = np.array([s + 1, int(rng.integers(0, s + 1))])
        arms += [
            Arm(f"study {s}", name.format(t + 1), {"events": float(rng.integers(3, n - 3)), "n": float(n)})
            for t in chosen
        ]
    return arms


def figures(arms, measure="OR", *, small=True, tau2="REML", title="An outcome"):
    """Every figure of a network, by kind."""
    names = {a.treatment for a in arms}
    evidence = evidence_from_arms(arms, measure, distinct=[(a, b) for a in names for b in names])
    network = fit_network(evidence, tau2=tau2)
    scores = None if small is None else p_scores(network, small_is_good=small)
    ranked = None if small is None else ranks(network, small_is_good=small, draws=20_000)
    drawn, remarks = network_figures(
        network, title, splits=node_split(network), reference=evidence.treatments[0], ranks=ranked, scores=scores,
        heat_tau2=interaction(evidence, tau2=tau2).tau2, small_is_good=small,
    )  # fmt: skip
    return {d.kind: d for d in drawn}, remarks, network


CASES = {
    **{name: (lambda n=name, m=measure: figures(real(n), m)) for name, measure in REAL.items()},
    "two": lambda: figures(made(2, 4)),
    "three, no direction": lambda: figures(made(3, 9), small=None),
    "thirteen, large good": lambda: figures(made(13, 40), small=False),
    "thirty": lambda: figures(made(30, 60)),
    "long names": lambda: figures(made(9, 20, name=LONG)),
    "all with all": lambda: figures(made(7, 80, largest=5)),
    "common effect": lambda: figures(made(5, 12), tau2=None),
    "a long title": lambda: figures(made(4, 8), title="An outcome that goes on " * 8),
}


@pytest.fixture(scope="module", params=CASES)
def case(request):
    return CASES[request.param]()


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_overlaps_or_leaves_the_sheet(seen, case, kind):
    drawn = case[0].get(kind)
    if drawn is None:
        assert any({"network-ranks": "ranks", "network-heat": "net heat"}[kind] in r for r in case[1])
        return
    view = seen(drawn.figure)
    assert view.collisions() == []
    assert view.outside() == []
    assert all(set(row) <= set(drawn.columns) for row in drawn.rows)
    assert drawn.alt.endswith(".")
    assert drawn.alt.count(". ") >= 1
    assert "nan" not in drawn.alt
    assert len({a.get_gid() for a in drawn.figure.as_matplotlib().artists if a.get_gid()}) == sum(
        bool(a.get_gid()) for a in drawn.figure.as_matplotlib().artists
    )


def test_names_stand_off_the_discs_of_a_graph(seen, case):
    view = seen(case[0]["network-graph"].figure)
    discs = [view.box(view.named(n)) for n in view.names("treatment-")]
    for name in view.names("name-") + view.names("studies-"):
        left, top, right, bottom = view.box(view.named(name))
        for west, north, east, south in discs:
            x, y = (west + east) / 2, (north + south) / 2
            near = min(max(x, left), right), min(max(y, top), bottom)
            assert math.dist(near, (x, y)) > (east - west) / 2, name


def test_a_graph_counts_studies():
    drawn = network_graph.draw(evidence_from_arms(real("hasselblad1998"), "OR"), "smoking")
    rows = {(r["mark"], r["treatments"]): r["studies"] for r in drawn.rows}
    assert rows["treatment", "no_contact"] == 19
    assert rows["comparison", "ind_counseling : no_contact"] == 15
    assert rows["design", "grp_counseling : ind_counseling : no_contact"] == 1
    assert "4 treatments and 24 studies, 2 of them of more than two arms, in 8 designs" in drawn.alt


def test_a_league_table_compares_the_upper_with_the_lower():
    drawn, _, network = figures(real("hasselblad1998"), small=False)
    league = drawn["network-league"]
    order = sorted(network.treatments, key=lambda t: -p_scores(network, small_is_good=False)[t])
    assert [(r["first"], r["second"]) for r in league.rows if r["mark"] == "network"] == [
        (a, b) for i, a in enumerate(order) for b in order[i + 1 :]
    ]
    for row in league.rows:
        if row["mark"] == "network":
            assert row["estimate_yi"] == pytest.approx(network.compare(row["first"], row["second"]).estimate)
            assert row["estimate_yi"] > 0, "the better one, of which large values are good, stands above"


def test_a_league_table_is_coloured_by_who_does_better(seen):
    """Dopamine agonists lower off-time more than placebo does, with P far below 0.001 (z of netmeta, vendored)."""
    for small, shade in ((True, COLD[2]), (None, COLD[2])):
        drawn, _, network = figures(real("stowe2010"), "MD", small=small)
        view = seen(drawn["network-league"].figure)
        scores = p_scores(network, small_is_good=True)
        order = sorted(network.treatments, key=lambda t: -scores[t]) if small else list(network.treatments)
        i, j = order.index("Dopamine Agonist"), order.index("Placebo")
        fill = view.named(f"cell-network-{j}-{i}").get_facecolor()
        assert fill[:3] == pytest.approx([int(shade[k : k + 2], 16) / 255 for k in (1, 3, 5)], abs=1e-9)


def test_shades_go_by_steps():
    assert [signed_shade(v, (1.0, 2.0, 3.0)) for v in (0.5, 1.0, -2.5, 9.0, math.nan)] == [
        "white",
        COLD[0],
        WARM[1],
        COLD[2],
        "white",
    ]


def test_ranks_are_those_computed():
    arms = made(3, 9)
    network = fit_network(evidence_from_arms(arms, "OR"))
    found, scores = ranks(network, small_is_good=True), p_scores(network, small_is_good=True)
    drawn = network_ranks.draw(found, "x", scores=scores, small_is_good=True)
    heads = [r for r in drawn.rows if r["mark"] == "treatment"]
    assert [r["treatment"] for r in heads] == sorted(scores, key=lambda t: -scores[t])
    assert {r["treatment"]: r["p_score"] for r in heads} == scores
    for treatment in scores:
        shown = [r["probability"] for r in drawn.rows if r["mark"] == "rank" and r["treatment"] == treatment]
        assert shown == found.probability[found.treatments.index(treatment)].tolist()
    assert "(exact)" in " ".join(t.get_text() for t in drawn.figure.as_matplotlib().artists if hasattr(t, "get_text"))


def test_net_heat_is_what_was_computed(seen):
    heat = net_heat(evidence_from_arms(real("hasselblad1998"), "OR"))
    drawn = network_heat.draw(heat, "x")
    own = {r["design"]: r["value"] for r in drawn.rows if r["mark"] == "inconsistency"}
    assert list(own.values()) == heat.inconsistency.tolist()
    changes = [r["value"] for r in drawn.rows if r["mark"] == "change"]
    assert changes == [float(v) for i, row in enumerate(heat.change) for j, v in enumerate(row) if i != j]
    view = seen(drawn.figure)
    i, j = np.unravel_index(np.argmax(heat.change), heat.change.shape)
    warm = view.named(f"cell-{i}-{j}").get_facecolor()
    assert warm[0] > warm[2], "what is at odds is warm"
    tree = net_heat(evidence_from_arms(made(4, 3), "OR"))
    assert network_heat.draw(tree, "x") is None


def test_a_forest_plot_splits_what_has_both_kinds_of_evidence():
    arms = real("hasselblad1998")
    network = fit_network(evidence_from_arms(arms, "OR"))
    splits = node_split(network)
    drawn = network_forest.draw(
        network, "x", splits=splits, reference="no_contact", order=["self_help", "ind_counseling", "grp_counseling"]
    )
    assert [(r["mark"], r["treatment"]) for r in drawn.rows] == [
        (mark, t)
        for t in ("self_help", "ind_counseling", "grp_counseling")
        for mark in ("network", "direct", "indirect")
    ]
    first = next(s for s in splits if {s.first, s.second} == {"no_contact", "self_help"})
    way = 1 if first.first == "self_help" else -1
    direct = drawn.rows[1]
    assert direct["estimate_yi"] == way * first.direct
    assert direct["ci_high_yi"] - direct["estimate_yi"] == pytest.approx(1.959964 * first.se_direct, rel=1e-6)
    assert direct["studies"] == first.k
    assert drawn.rows[0]["pi_low_yi"] < drawn.rows[0]["ci_low_yi"]
    assert "3 treatments against no_contact" in drawn.alt


def test_the_files_are_the_same_every_time(tmp_path):
    files = []
    for folder in ("a", "b"):
        drawn, _, _ = figures(made(5, 12), title="<& more")
        written = write(list(drawn.values()), tmp_path / folder, "network", formats=["svg"])
        files.append([p.read_bytes() for p in written])
    assert files[0] == files[1]
    assert all(b"&lt;&amp; more" in f for f in files[0] if f.startswith(b"<"))
