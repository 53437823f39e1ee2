"""Papers made up from a known plan, of which some is not said: the plan is found again, and a number of another plan is not called right."""

import numpy as np
import pytest

from metaudit.audit.syntheses import sequential_search
from metaudit.audit.syntheses.sequential_bounds import bounds_key, planned_looks
from metaudit.effects.convert import convert
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed
from metaudit.sequential.quantities import boundary_crossed, quantities
from metaudit.sequential_result import looked_at, sequential_result
from unit.audit.syntheses.made_up_sequential import BCG, RANDOM, claim, judged, review
from unit.audit.syntheses.made_up_sequential import rows as trials_of

GIVEN = ("EXACT", "UNDERSPECIFIED")
UNSAID = ("alpha", "power", "control_risk", "sd", "heterogeneity", "variance", "spending", "convention", "futility")


def table(rng, measure):
    """Some trials, with years; risks that differ from trial to trial, or means."""
    out = []
    for i in range(int(rng.integers(4, 11))):
        n = rng.integers(40, 400, 2)
        if measure == "MD":
            m, sd = np.round(rng.normal(20, 1, 2) - [1.0, 0.0], 1), np.round(rng.uniform(3, 5, 2), 1)
            cells = {"mean_t": m[0], "sd_t": sd[0], "n_t": n[0], "mean_c": m[1], "sd_c": sd[1], "n_c": n[1]}
        else:
            risk = rng.beta(3, 12)
            events = rng.binomial(n, np.clip([risk * np.exp(rng.normal(-0.25, 0.3)), risk], 0.02, 0.9)) + 1
            cells = {"events_t": events[0], "n_t": n[0], "events_c": events[1], "n_c": n[1]}
        texts = {c: str(v) for c, v in cells.items()}
        words = {"study": f"T{i}", "outcome": "o", "year": str(1980 + i)}
        out.append(Row(i + 2, {**words, **texts}, {c: parse_printed(t) for c, t in texts.items()}))
    return out


def plan(rng, measure):
    """Everything that can be said."""
    effect = {"RR": 0.75, "OR": 0.7, "RD": -0.05, "MD": -1.0}[measure]
    said = {
        "alpha": float(rng.choice([0.05, 0.01])), "power": float(rng.choice([0.8, 0.9])), "effect": effect,
        "heterogeneity": [{"D2": 0.25}, "D2", "none"][int(rng.integers(3))], "futility": "none",
        "spending": str(rng.choice(["obrien-fleming", "pocock"])), "convention": str(rng.choice(["tsa", "rtsa"], p=[0.8, 0.2])),
    }  # fmt: skip
    return said | ({"sd": 4.0} if measure == "MD" else {"control_risk": 0.2, "variance": "pooled"})


def printed(found, rng):
    """What the paper prints of the analysis."""
    q, s = quantities(found.analysis, found.effects.measure), found.analysis
    claims = [claim("ris", "ris", f"{q['ris']:,.0f}"), claim("bound", "tsa_boundary", f"{q['tsa_boundary']:.3f}")]
    claims += [claim(name, name, f"{q[name]:.3f}") for name in ("tsa_ci_low", "tsa_ci_high") if np.isfinite(q[name])]
    claims.append(
        claim("d2", "diversity", f"{q['diversity']:.1f}%")
        if s.plan.adjustment == "D2"
        else claim("fixed", "ris_fixed", f"{q['ris_fixed']:.0f}")
    )
    crossed = boundary_crossed(s) in ("upper", "lower")
    claims.append(claim("words", "text", "boundary crossed" if crossed else "boundary not crossed"))
    return [c for c in claims if rng.random() < 0.8 or c.id == "ris"]


@pytest.mark.parametrize("seed", range(16))
def test_a_plan_that_is_not_wholly_said_is_found_again(seed):
    rng = np.random.default_rng([20261129, seed])
    measure = str(rng.choice(["RR", "OR", "RD", "MD"]))
    rows, whole = table(rng, measure), plan(rng, measure)
    method = {**RANDOM, "variance": "LS"} if measure == "MD" else RANDOM
    made = review(rows, [], whole, measure=measure, method=method).analyses["a"]
    found = sequential_result(made, [convert(r) for r in rows])
    assert np.isfinite(found.analysis.result.last.boundary), (
        "so little of the required size is there that nothing is spent"
    )
    claims = printed(found, rng)
    own = ("control_risk", "sd")  # the paper's own are no usual ones, so that they must be said
    said = {k: v for k, v in whole.items() if k not in UNSAID or k in own or v == {"D2": 0.25} or rng.random() < 0.5}
    got = judged(rows, claims, said, measure=measure, method=method)
    assert {c: r.verdict for c, r in got.items() if r.verdict not in GIVEN} == {}
    wholly = judged(rows, claims, whole, measure=measure, method=method)
    assert {r.verdict for r in wholly.values()} == {"EXACT"}

    wrong = [
        claim("ris", "ris", f"{round(1.37 * found.analysis.size.participants) + 7:,}") if c.id == "ris" else c
        for c in claims
    ]
    missed = judged(rows, wrong, whole, measure=measure, method=method)
    assert missed["ris"].verdict not in (*GIVEN, "WITHIN_ROUNDING", "NEAR")
    assert {r.verdict for c, r in missed.items() if c != "ris"} <= {"EXACT"}


@pytest.mark.parametrize(
    ("unsaid", "method", "printed"),
    [
        (("power", "spending", "convention"), {"model": "random", "ci": "hksj"}, "7 0.34 0.70 95.27%"),
        (("spending", "convention", "control_risk"), {"model": "random"}, "? 0.30 0.80 99.31%"),
        (("spending", "power", "alpha"), {}, "4 0.28 0.85 99.67%"),
    ],
)
def test_without_a_printed_size_every_open_choice_is_looked_at(unsaid, method, printed):
    """Numbers of one plan each, the control risk a mean, tau² by REML, SJ: not among the first 40 sets of choices."""
    said = {k: v for k, v in {**BCG, "effect": 0.8}.items() if k not in unsaid}
    quantities_ = ("tsa_look", "tsa_ci_low", "tsa_ci_high", "tsa_ci_level")
    claims = [claim(q, q, x) for q, x in zip(quantities_, printed.split(), strict=True) if x != "?"]
    found = judged(trials_of("bcg.RR"), claims, said, method=method)
    assert {r.verdict for r in found.values()} == {"UNDERSPECIFIED"}


OPEN = {k: v for k, v in {**BCG, "effect": 0.8}.items() if k not in ("power", "control_risk", "spending")}
NO_SUCH = [claim("level", "tsa_ci_level", "77%"), claim("words", "text", "futility boundary crossed")]


def test_a_miss_says_where_not_everything_was_looked_at(monkeypatch):
    """2 powers, 3 control risks and 2 spending functions."""
    everything = judged(trials_of("bcg.RR"), NO_SUCH, OPEN)
    assert not any("were looked at" in r.message for r in everything.values())
    monkeypatch.setattr(sequential_search, "_LOOKED_STATED", 5)
    some = judged(trials_of("bcg.RR"), NO_SUCH, OPEN)
    assert len(some) == 2
    for row in some.values():
        assert row.verdict not in GIVEN
        assert row.message.endswith(" 5 of the 12 sets of choices that the paper leaves open were looked at.")
    monkeypatch.setattr(sequential_search, "_LOOKED_STATED", 600)
    monkeypatch.setattr(sequential_search, "_SIZES", 4)
    sizes = judged(trials_of("bcg.RR"), [claim("ris", "ris", "12")], OPEN)["ris"]
    assert sizes.message.endswith(" 4 of the 6 sets of choices that the paper leaves open were looked at.")


def test_boundaries_are_shared_by_what_has_the_same_looks():
    rows = [convert(r) for r in trials_of("bcg.RR")]
    for convention in ("tsa", "rtsa"):
        said = {**BCG, "heterogeneity": {"D2": 0.5}, "convention": convention}
        made = [
            sequential_result(review(trials_of("bcg.RR"), [], said, method={**RANDOM, "tau2": t}).analyses["a"], rows)
            for t in ("DL", "REML")
        ]
        keys, bounds = [], []
        for found in made:
            size = found.analysis.size.participants
            plan = looked_at(found.effects, found.analysis.plan, size=size)
            looks, own = planned_looks(found.analysis.cumulative.participants, size, plan)
            assert looks == found.analysis.looks
            assert np.array_equal(own.upper, found.analysis.bounds.upper)
            keys.append(bounds_key(found.analysis.cumulative.participants, size, plan))
            bounds.append(own)
        assert keys[0] == keys[1]
        assert np.array_equal(bounds[0].upper, bounds[1].upper)
        other = bounds_key(made[0].analysis.cumulative.participants, 10, made[0].analysis.plan)
        assert other != keys[0]
