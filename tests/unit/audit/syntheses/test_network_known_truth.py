"""Networks drawn at random, printed as a paper would: what is right is never called wrong, and what is wrong is found."""

from __future__ import annotations

import math
import random

import pytest

from making import audited, claim
from metaudit.network.choices import Fits, NetworkSpec
from metaudit.network.from_arms import Arm

ACCEPTED = {"EXACT", "UNDERSPECIFIED", "WITHIN_ROUNDING"}
STATED = {
    "": {"model": "common", "ci": "wald"},
    "DL": {"model": "random", "tau2": "DL", "ci": "wald"},
    "REML": {"model": "random", "tau2": "REML", "ci": "hksj"},
}


def table(draw: random.Random, measure: str, treatments: int, studies: int):
    """Arms of a connected network; every fifth study has three."""
    names = [f"drug {chr(65 + i)}" for i in range(treatments)]
    effects = [draw.gauss(0, 0.5) for _ in names]
    rows = []
    for s in range(studies):
        first = s % (treatments - 1)
        arms = [first, first + 1] if s < treatments - 1 else draw.sample(range(treatments), 3 if s % 5 == 0 else 2)
        base = draw.gauss(-0.8, 0.4)
        for a in arms:
            n = draw.randint(30, 120)
            x = base + effects[a] + draw.gauss(0, 0.2)
            if measure == "MD":
                numbers = {"mean": f"{x:.3f}", "sd": f"{draw.uniform(0.8, 1.6):.3f}"}
            else:
                numbers = {"events": sum(draw.random() < 1 / (1 + math.exp(-x)) for _ in range(n))}
            rows.append({"study": f"Trial {s}", "treatment": names[a], **numbers, "n": n})
    return names, rows


def printed(rows, spec: NetworkSpec, names):
    """The league table against the first treatment, heterogeneity and ranks, as a paper prints them."""
    needs = ("mean", "sd", "n") if spec.measure == "MD" else ("events", "n")
    arms = [Arm(r["study"], r["treatment"], {c: float(r[c]) for c in needs}) for r in rows]
    values = Fits(arms).values(spec, small_is_good=True)
    back = (lambda x: x) if spec.measure == "MD" else math.exp
    out = []
    for i, a in enumerate(names):
        for b in names[:i]:
            who, key = f"{a} : {b}", f"{a[-1]}{b[-1]}"
            for q in ("estimate", "ci_low", "ci_high"):
                out.append(claim(f"{key}-{q}", q, f"{back(values.value(q, a, b)):.2f}", subject=who))
            out.append(claim(f"{key}-p", "p", f"{values.value('p', a, b):.3f}", subject=who))
        out.append(claim(f"{a[-1]}-score", "p_score", f"{values.value('p_score', a):.2f}", subject=a))
        out.append(claim(f"{a[-1]}-rank", "rank", f"{values.value('rank', a):.0f}", subject=a))
    whole = (
        ("tau2", 4),
        ("i2", 1),
        ("q", 2),
        ("q_df", 0),
        ("q_p", 4),
        ("q_within", 2),
        ("q_between", 2),
        ("k", 0),
        ("treatments", 0),
    )
    return out + [claim(q, q, f"{values.value(q):.{digits}f}") for q, digits in whole]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_right_is_never_called_wrong(tmp_path, seed):
    draw = random.Random(seed)
    measure, tau2 = draw.choice(["OR", "RR", "MD"]), draw.choice(["", "DL", "REML"])
    names, rows = table(draw, measure, treatments=draw.randint(3, 5), studies=draw.randint(8, 14))
    spec = NetworkSpec(measure, tau2=tau2, ci=STATED[tau2]["ci"])
    claims = printed(rows, spec, names)
    for folder, method in (("stated", STATED[tau2]), ("open", {})):
        found = audited(
            tmp_path / folder, claims=claims, rows=rows, measure=measure, network={}, method=method, favours="low",
            kind="network meta-analysis",
        )  # fmt: skip
        wrong = {n: (r.verdict, r.message) for n, r in found.items() if r.verdict not in ACCEPTED}
        assert wrong == {}
        if folder == "stated" and not any(r.get("events") == 0 for r in rows):
            assert {r.verdict for n, r in found.items() if not n.endswith("-p")} == {"EXACT"}


@pytest.mark.parametrize("seed", range(4))
def test_a_changed_number_is_found(tmp_path, seed):
    draw = random.Random(100 + seed)
    names, rows = table(draw, "MD", treatments=4, studies=10)
    claims = printed(rows, NetworkSpec("MD", tau2="DL"), names)
    for c in draw.sample([c for c in claims if c["quantity"] in ("estimate", "p_score", "q", "ci_high")], 3):
        c["printed"] = f"{float(c['printed']) * 1.3 + 0.4:.2f}"
        c["note"] = "changed"
    found = audited(
        tmp_path / "r", claims=claims, rows=rows, measure="MD", network={}, method=STATED["DL"], favours="low",
        kind="network meta-analysis",
    )  # fmt: skip
    changed = {c["claim"] for c in claims if c.get("note")}
    assert all(found[n].verdict not in ACCEPTED for n in changed)
    # A P score above 1 makes all of them average more than 0.5: of those, nothing but a fit tells which is wrong.
    assert all(found[c["claim"]].verdict in ACCEPTED for c in claims if c["claim"] not in changed)
