"""Made-up reviews in memory: two-group counts and means, ready-made effects, subgroups, single studies, rows that lack numbers."""

from pathlib import Path

import numpy as np

from metaudit.effects.convert import convert
from metaudit.errors import DataError
from metaudit.evaluate import evaluate
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed
from metaudit.specs import Spec

WORDS = ("study", "outcome", "source", "certainty", "x_group")
Z = 1.959963984540054


def row(line, texts):
    return Row(line, dict(texts), {n: parse_printed(t) for n, t in texts.items() if n not in WORDS})


def cells(rng, kind, k):
    """The cells of k studies; rare events, so that some are empty."""
    n = np.exp(rng.normal(4, 0.7, (k, 2))).astype(int) + 6
    if kind == "counts":
        risk = rng.beta(1, 9, k)
        events = rng.binomial(n, np.column_stack([np.clip(risk * np.exp(rng.normal(-0.3, 0.4, k)), 0, 0.9), risk]))
        names = ("events_t", "n_t", "events_c", "n_c")
        return [dict(zip(names, map(str, (a, m, c, o)), strict=True)) for (a, c), (m, o) in zip(events, n, strict=True)]
    if kind == "means":
        m, d, sd = rng.normal(20, 2, k), rng.normal(1, 1.5, k), np.round(rng.uniform(3, 6, (k, 2)), 1)
        return [
            {"mean_t": f"{m[i] + d[i]:.1f}", "sd_t": str(sd[i, 0]), "n_t": str(n[i, 0]),
             "mean_c": f"{m[i]:.1f}", "sd_c": str(sd[i, 1]), "n_c": str(n[i, 1])}
            for i in range(k)
        ]  # fmt: skip
    return [
        {"effect": f"{e:.2f}", "se": f"{s:.2f}"}
        for e, s in zip(rng.normal(0.3, 0.3, k), rng.uniform(0.1, 0.4, k), strict=True)
    ]


def stated(rng, spec):
    """What the review says of its method: all, some or nothing of it."""
    said = {"model": spec.model, "ci": spec.ci, **({"tau2": spec.tau2, "i2": "tau2"} if spec.has_tau2 else {})}
    kind = rng.random()
    if kind < 0.15:
        return {}
    return said if kind < 0.6 else {n: v for n, v in said.items() if rng.random() < 0.6}


def printed(e, rng):
    """What the analysis prints, as texts by quantity; one digit of some is mistyped."""
    f = e.fit
    out = {n: f"{e.natural(getattr(f, n)):.2f}" for n in ("estimate", "ci_low", "ci_high")}
    out |= {"p": "<0.001" if f.p < 0.001 else f"{f.p:.3f}", "k": str(f.k), "q": f"{f.q:.2f}", "i2": f"{f.i2:.0f}%"}
    if e.spec.has_tau2:
        out |= {"tau2": f"{f.tau2:.3f}", "pi_low": f"{e.natural(f.pi_low):.1f}", "tau2_high": f"{f.tau2_high:.2f}"}
    out = {n: t for n, t in out.items() if "nan" not in t and "inf" not in t}
    if rng.random() < 0.12:
        name = str(rng.choice([n for n in out if n not in ("k", "p")]))
        digits = [i for i, c in enumerate(out[name]) if c.isdigit()]
        i = int(rng.choice(digits))
        out[name] = out[name][:i] + str((int(out[name][i]) + int(rng.integers(1, 9))) % 10) + out[name][i + 1 :]
    return out


def of_subgroups(e):
    """Printed estimates of the subgroups, by level, and the test between them."""
    found = [("estimate", f"x_group={level}", f"{e.natural(f.estimate):.2f}") for level, (_, f) in e.subgroups.items()]
    return found + ([("subgroup_p", "", f"{e.between.p:.2f}")] if e.between and np.isfinite(e.between.p) else [])


SPECS = {
    "counts": [Spec(m, tau2=t, ci=c) for m in ("RR", "OR") for t, c in (("DL", "wald"), ("REML", "hksj"), ("PM", "wald"))]
    + [Spec(m, model="mantel-haenszel") for m in ("RR", "OR", "RD")] + [Spec("OR", model="peto"), Spec("RD", model="common")],
    "means": [Spec(m, tau2=t) for m in ("MD", "SMD") for t in ("DL", "REML")] + [Spec("MD", model="common", ci="t")],
    "generic": [Spec("GEN", tau2="DL"), Spec("GEN", tau2="ML", ci="hksj-adhoc-ci"), Spec("GEN", model="common")],
}  # fmt: skip


def review(rng, i, *, analyses=1):
    """One review with some analyses; a few of them of a single study, with subgroups, printed rows, or a row that lacks numbers."""
    rows, found, claims = [], {}, []
    for j in range(analyses):
        kind = str(rng.choice(list(SPECS), p=[0.6, 0.3, 0.1]))
        k = 1 if rng.random() < 0.07 else int(min(2 + rng.geometric(0.2), 30))
        group = rng.random() < 0.15 and k > 3
        spec = SPECS[kind][int(rng.integers(len(SPECS[kind])))]
        name, outcome = f"a{j}", f"o{j}"
        texts = [
            {"study": f"Study {s + 1}", "outcome": outcome, "source": "paper", "certainty": "read", **c,
             **({"x_group": "ab"[s % 2]} if group else {})}
            for s, c in enumerate(cells(rng, kind, k))
        ]  # fmt: skip
        if rng.random() < 0.08 and k > 2:
            texts[0].pop(next(reversed([n for n in texts[0] if n not in WORDS])))
        measures = (spec.measure,) if rng.random() < 0.85 else ()
        analysis = Analysis(
            name, f"Analysis {j}", {"outcome": outcome}, measures=measures, method=stated(rng, spec), favours="low",
            subgroups="x_group" if group else "",
        )  # fmt: skip
        line = len(rows) + 2
        try:
            e = evaluate(spec, [convert(row(line + s, t)) for s, t in enumerate(texts)], analysis)
        except DataError:
            continue
        if rng.random() < 0.25:
            for study, y, v in zip(e.effects.studies, e.effects.yi, np.sqrt(e.effects.vi), strict=True):
                own = {"printed_effect": y, "printed_ci_low": y - Z * v, "printed_ci_high": y + Z * v}
                texts[study.row.line - line] |= {n: f"{e.natural(x):.2f}" for n, x in own.items()}
        rows += [row(line + s, t) for s, t in enumerate(texts)]
        found[name] = analysis
        numbers = [(q, "", t) for q, t in printed(e, rng).items()] + (of_subgroups(e) if group else [])
        for q, subject, text in numbers:
            claims.append(
                Claim(f"c{len(claims)}", len(claims) + 2, name, q, subject, text, "", "natural", "", "", "", "paper", "",
                      "read", "")
            )  # fmt: skip
    citation = {"authors": "Author", "year": 2020, "journal": "Journal"}
    return Review(
        Path(f"/nowhere/made-{i}"), f"made-{i}", "Made up", "meta-analysis", citation, found, tuple(rows), tuple(claims),
        {"paper": {"source": "paper", "citation": "A paper", "read": "full text"}},
    )  # fmt: skip


def library(seed, number):
    """Reviews with one to three analyses each."""
    rng = np.random.default_rng(seed)
    return [review(rng, i, analyses=int(rng.integers(1, 4))) for i in range(number)]
