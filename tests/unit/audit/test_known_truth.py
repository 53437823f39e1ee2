"""The auditor audited: correct reviews raise no alarm, and one error injected into a correct review is found where it is.

Every review is made up with a seed, pooled, and its numbers printed as a paper would print them, under a method stated in
full. Without data only what contradicts another printed number can be found.
"""

import math

import numpy as np
import pytest

from making import audited, claim, made
from metaudit.analyses import analysis_rows
from metaudit.effects.convert import convert
from metaudit.evaluate import evaluate
from metaudit.specs import Spec

WORSE = ("OTHER_SPEC", "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE", "INCONSISTENT", "IMPOSSIBLE")


def counts(rng, k):
    out = []
    for i in range(k):
        n_t, n_c = (int(n) for n in rng.integers(20, 120, 2))
        risk = rng.uniform(0.1, 0.6)
        treated = min(0.9, risk * math.exp(rng.normal(-0.3, 0.4)))
        out.append(
            {
                "study": f"S{i}",
                "events_t": int(rng.binomial(n_t, treated)),
                "n_t": n_t,
                "events_c": int(rng.binomial(n_c, risk)),
                "n_c": n_c,
            }
        )
    return out


def means(rng, k):
    def arm(s, mean):
        return {
            f"mean{s}": f"{rng.normal(mean, 1):.2f}",
            f"sd{s}": f"{rng.uniform(1.5, 3):.2f}",
            f"n{s}": int(rng.integers(10, 80)),
        }

    return [{"study": f"S{i}", **arm("_t", 4), **arm("_c", 5)} for i in range(k)]


def generic(rng, k):
    return [
        {"study": f"S{i}", "effect": f"{math.exp(rng.normal(-0.3, 0.4)):.3f}", "se": f"{rng.uniform(0.1, 0.5):.3f}"}
        for i in range(k)
    ]


def single(rng, k):
    return [
        {"study": f"S{i}", "events": int(rng.binomial(n, 0.4)), "n": n}
        for i, n in enumerate(int(x) for x in rng.integers(20, 100, k))
    ]


MAKERS = {
    "RR": counts,
    "OR": counts,
    "RD": counts,
    "MD": means,
    "SMD": means,
    "ROM": means,
    "GEN": generic,
    "GEN-LOG": generic,
    "PLO": single,
    "PR": single,
}
MODELS = [
    ("random", t, ci) for t in ("DL", "REML", "ML", "PM", "HE", "SJ", "HS", "EB") for ci in ("wald", "hksj", "t")
] + [("mantel-haenszel", "DL", "wald"), ("common", "DL", "wald"), ("common", "DL", "hksj")]


def choose(rng, measure):
    """A model that is one choice only for the measure: 'common effect' of counts leaves the weights open."""
    model, tau2, ci = MODELS[int(rng.integers(len(MODELS)))]
    if model == "mantel-haenszel" and MAKERS[measure] is not counts:
        model = "common"
    if model == "common" and MAKERS[measure] is counts:
        model = "mantel-haenszel" if ci == "wald" else "random"
    return model, tau2, ci


def a_review(folder, measure, seed):
    """Rows, analysis and printed numbers of one correct review."""
    rng = np.random.default_rng([seed, *measure.encode()])
    rows = MAKERS[measure](rng, int(rng.integers(3, 12)))
    model, tau2, ci = choose(rng, measure)
    level = float(rng.choice([0.95, 0.9]))
    method = {"model": model, "ci": ci, "level": level, "variance": "LS", "zero_cells": {"add": 0.5, "to": "only-zero"}}
    if model == "random":
        method |= {"tau2": tau2, "pi": "t-k-2"}
    main = {"measure": measure, "favours": "low", "method": method}
    review = made(folder / "truth", claims=[], rows=rows, **main)
    analysis = review.analyses["main"]
    spec = Spec(measure, model=model, tau2=tau2, ci=ci, level=level)
    e = evaluate(spec, analysis_rows(analysis, [convert(r) for r in review.rows]), analysis)
    return rows, main, printed_numbers(e, rows, decimals=int(rng.choice([2, 3])))


def printed_numbers(e, rows, *, decimals):
    f, null = e.fit, e.effects.measure.null_analysis
    out = {q: f"{e.natural(getattr(f, q)):.{decimals}f}" for q in ("estimate", "ci_low", "ci_high")}
    out |= {"q": f"{f.q:.2f}", "q_df": str(f.q_df), "k": str(f.k)}
    out |= {q: f"{getattr(f, q):.3f}" if getattr(f, q) >= 0.001 else "<0.001" for q in ("p", "q_p")}
    if e.spec.model == "random":
        out |= {
            "tau2": f"{f.tau2:.4f}",
            **{q: f"{e.natural(getattr(f, q)):.{decimals}f}" for q in ("pi_low", "pi_high")},
        }
    if e.spec.model != "random" or e.spec.tau2 == "DL":
        out["i2"] = f"{f.i2:.0f}%"
    if "n_t" in rows[0]:
        n_t, n_c = (sum(r[n] for r in rows) for n in ("n_t", "n_c"))
        out |= {"n_t": str(n_t), "n_c": str(n_c), "n": str(n_t + n_c)}
    if "events_t" in rows[0]:
        events = sum(r["events_t"] for r in rows)
        out |= {"events_t": str(events), "proportion_t": f"{100 * events / n_t:.1f}%"}
    if null is not None:
        out["text"] = "significant" if f.ci_low > null or f.ci_high < null else "not significant"
    return out


def verdicts(folder, rows, main, values):
    claims = [claim(q, q, v) for q, v in values.items()]
    return {q: r.verdict for q, r in audited(folder, claims=claims, rows=rows, **main).items()}


@pytest.mark.parametrize("measure", MAKERS)
@pytest.mark.parametrize("seed", range(8))
def test_a_correct_review_raises_no_alarm(tmp_path, measure, seed):
    rows, main, values = a_review(tmp_path, measure, seed)
    found = verdicts(tmp_path / "data", rows, main, values)
    assert set(found.values()) == {"EXACT"}, found
    without = verdicts(tmp_path / "none", None, main, values)
    assert not {q: v for q, v in without.items() if v in WORSE}


def typo(number):
    sign = number[-1] if number.endswith("%") else ""
    body = number.removesuffix("%")
    decimals = len(body.partition(".")[2])
    return f"{float(body) + 3 * 10**-decimals:.{decimals}f}{sign}"


def errors(values):
    """Name -> the claims changed; each change makes exactly these claims wrong."""
    flip = {"significant": "not significant", "not significant": "significant"}
    out = {
        "a digit of the estimate": {"estimate": typo(values["estimate"])},
        "limits swapped": {"ci_low": values["ci_high"], "ci_high": values["ci_low"]},
        # more than the rounding of the inputs, to which Q is most sensitive, could explain
        "a digit of Q": {"q": f"{1.1 * float(values['q']) + 0.5:.2f}"},
        "another number of studies": {"k": str(int(values["k"]) + 1)},
        "degrees of freedom": {"q_df": str(int(values["q_df"]) + 1)},
    }
    if values["p"] != values["q_p"]:
        out["P of another test"] = {"p": values["q_p"]}
    if "n" in values:
        out["n is not the sum"] = {"n": str(int(values["n"]) + 7)}
    if "i2" in values:
        i2 = int(values["i2"][:-1])
        out["I² is not of Q"] = {"i2": f"{i2 - 15 if i2 > 80 else i2 + 15}%"}
    if "text" in values:
        out["words"] = {"text": flip[values["text"]]}
    return out


@pytest.mark.parametrize("measure", ["RR", "OR", "RD", "MD", "SMD", "GEN", "GEN-LOG"])
@pytest.mark.parametrize("seed", range(3))
def test_one_error_is_found_where_it_is_and_nowhere_else(tmp_path, measure, seed):
    rows, main, values = a_review(tmp_path, measure, seed)
    for i, (name, change) in enumerate(errors(values).items()):
        found = verdicts(tmp_path / f"e{i}", rows, main, {**values, **change})
        assert {q for q, v in found.items() if v in WORSE} == set(change), name
        assert {v for q, v in found.items() if q not in change} == {"EXACT"}, name


@pytest.mark.parametrize("measure", ["RR", "MD", "GEN"])
@pytest.mark.parametrize("seed", range(3))
def test_without_data_contradictions_are_found(tmp_path, measure, seed):
    _, main, values = a_review(tmp_path, measure, seed)
    for i, (name, change) in enumerate(errors(values).items()):
        if name in (
            "a digit of the estimate",
            "a digit of Q",
            "P of another test",
            "words",
            "another number of studies",
        ):
            continue  # these may stay inside what rounding allows
        found = verdicts(tmp_path / f"e{i}", None, main, {**values, **change})
        assert {found[q] for q in change} <= {"INCONSISTENT", "IMPOSSIBLE"}, name
