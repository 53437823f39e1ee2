"""A network in words, tables and JSON: what ``metaudit network`` prints."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from metaudit.audit_words import numbers
from metaudit.figures.wording import effect
from metaudit.network.contribution import Contributions
from metaudit.network.evidence import Evidence
from metaudit.network.fit import Comparison
from metaudit.network.result import NetworkResult

_NOTHING = 5e-4  # a share that would print as 0.0 percent
Grid = list[list[str]]


def opening_lines(result: NetworkResult) -> list[str]:
    """What the network is, and how much its studies disagree, one statement a line."""
    e, net = result.network.evidence, result.network
    name = result.measure.name
    lines = [
        f"Network: {size_words(e)}",
        f"Treatments (studies): {', '.join(f'{t} ({n})' for t, n in studies_of(e).items())}",
        f"{name[:1].upper()}{name[1:]}; {_model(result)}",
        f"Heterogeneity and inconsistency: {_q(net.q, net.df, net.q_p)}; I² = {net.i2:.1f} % "
        f"({_span(*net.i2_limits, decimals=1)})",
    ]
    d, i = result.decomposition, result.interaction
    lines.append(
        f"Within designs: {_q(d.within.q, d.within.df, d.within.p)}; between designs: {_q(d.between.q, d.between.df, d.between.p)}"
    )
    if i.df > 0:
        tau2 = f" (tau² within designs = {numbers.variance(i.tau2)})" if i.tau2_method else ""
        lines.append(f"Design-by-treatment interaction: chi² = {i.q:.2f} (df = {i.df}, {p_words(i.p)}){tau2}")
    else:
        lines.append("Design-by-treatment interaction: no two designs compare the same treatments, so nothing tests it")
    if result.scores:
        good = "small" if result.choices.small_is_good else "large"
        scores = ", ".join(f"{t} {result.scores[t]:.3f}" for t in result.order)
        lines.append(f"P-scores ({good} values are good): {scores}")
    else:
        lines.append("P-scores: not given, because it was not said whether small values are good (--small-values)")
    return lines


def closing_lines(result: NetworkResult) -> list[str]:
    """What was corrected, left out or found at odds."""
    e = result.network.evidence
    lines = []
    if e.corrected:
        lines.append(f"Zero cells corrected in {_some(len(e.corrected), 'study', 'studies')}: {', '.join(e.corrected)}")
    lines += [f"Not used: {study}: {why}" for study, why in e.left_out]
    if result.network.multiarm == "split":
        lines.append(
            "Studies of more than two arms enter as if their comparisons were independent: standard errors are too small. "
            "Q by design and the interaction keep them whole."
        )
    if result.network.ci != "wald" and result.network.df == 0:
        lines.append(
            "The network has no degrees of freedom, so that intervals of t are infinite; --ci wald has finite ones."
        )
    lines += [f"The table contradicts itself: {d}" for d in result.disagreements]
    return lines


def size_words(e: Evidence) -> str:
    """``8 treatments, 20 studies (3 of more than two arms), 13 designs, 15 of 28 pairs compared directly``."""
    many = sum(len(s.treatments) > 2 for s in e.studies)
    more = f" ({many} of more than two arms)" if many else ""
    pairs = f"{len(e.direct_pairs)} of {_some(len(e.pairs), 'pair')} compared directly"
    return (
        f"{_some(len(e.treatments), 'treatment')}, {_some(len(e.studies), 'study', 'studies')}{more}, "
        f"{_some(len(e.designs), 'design')}, {pairs}"
    )


def studies_of(e: Evidence) -> dict[str, int]:
    """Number of studies of each treatment."""
    counts = Counter(t for s in e.studies for t in s.treatments)
    return {t: counts[t] for t in e.treatments}


def _some(n: int, one: str, more: str = "") -> str:
    return f"{n} {one if n == 1 else more or one + 's'}"


def _model(result: NetworkResult) -> str:
    net = result.network
    words = {"wald": "", "t": ", intervals of t", "hksj": ", Hartung-Knapp intervals"}[net.ci]
    if net.common:
        return f"common effect{words}"
    method = "tau² as given" if net.tau2_method == "given" else net.tau2_method
    return f"random effects, {method}: tau² = {numbers.variance(net.tau2)}{words}"


def _q(q: float, df: int, p: float) -> str:
    return f"Q = {q:.2f} (df = {df}, {p_words(p)})" if df > 0 else "Q = 0 (df = 0)"


def p_words(p: float) -> str:
    """``P = 0.012``; three decimals, ``P < 0.001`` below."""
    return "P not defined" if math.isnan(p) else f"P {numbers.compared(numbers.p_value(p))}"


def _span(low: float, high: float, decimals: int) -> str:
    return (
        "interval not defined" if math.isnan(low) or math.isnan(high) else f"{low:.{decimals}f} to {high:.{decimals}f}"
    )


def league_grid(result: NetworkResult) -> Grid:
    """Every treatment against every other, a row against its column, on the natural scale; the head first."""
    order = result.order
    rows = [["", *order]]
    for a in order:
        cells = ["" if a == b else shown(result, result.network.compare(a, b)) for b in order]
        rows.append([a, *cells])
    return rows


def shown(result: NetworkResult, c: Comparison) -> str:
    """``0.49 (0.34 to 0.70)`` on the natural scale."""
    middle, low, high = (result.measure.to_natural(x) for x in (c.estimate, c.ci_low, c.ci_high))
    if not result.measure.ratio:
        return numbers.interval(middle, low, high)
    return f"{_ratio(middle, result)} ({_ratio(low, result)} to {_ratio(high, result)})"


def _ratio(value: float, result: NetworkResult) -> str:
    return effect(value, 2, result.measure).replace(numbers.MINUS, "-")  # it is meant to be pasted


def _one(value: float, result: NetworkResult) -> str:
    return _ratio(value, result) if result.measure.ratio else numbers.significant(value)


def reference_grid(result: NetworkResult) -> Grid:
    """Every treatment against the reference: studies, effect, prediction interval, P; the head first."""
    level = f"{100 * result.network.level:g} %"
    rows = [["treatment", "studies", f"effect ({level} CI)", "P", f"{level} prediction interval"]]
    counts = studies_of(result.network.evidence)
    for t in result.order:
        if t != result.reference:
            c = result.network.compare(t, result.reference)
            low, high = (result.measure.to_natural(x) for x in (c.pi_low, c.pi_high))
            wide = f"{_one(low, result)} to {_one(high, result)}" if math.isfinite(low) and math.isfinite(high) else ""
            rows.append([t, str(counts[t]), shown(result, c), numbers.p_value(c.p), wide])
    return [r[:-1] for r in rows] if not any(r[-1] for r in rows[1:]) else rows


def split_grid(result: NetworkResult) -> Grid:
    """Direct against indirect evidence of each pair that has both; the head first."""
    rows = [["pair", "studies", "direct share", "direct", "indirect", "network", "P"]]
    natural = result.measure.to_natural
    for s in result.both_ways:
        values = [_one(natural(v), result) for v in (s.direct, s.indirect, s.network)]
        rows.append([f"{s.first} : {s.second}", str(s.k), f"{100 * s.proportion:.0f} %", *values, numbers.p_value(s.p)])
    return rows


def contribution_grid(found: Contributions) -> Grid:
    """Contributions in percent, an estimate a row, a direct comparison a column; empty where there is none; the head first."""
    rows = [["", *(f"{a} : {b}" for a, b in found.direct)]]
    for (a, b), shares in zip(found.estimates, found.share, strict=True):
        rows.append([f"{a} : {b}", *(f"{100 * s:.1f}" if s > _NOTHING else "" for s in shares.tolist())])
    return rows


def contribution_rows(found: Contributions) -> list[dict[str, Any]]:
    """The same as one object an estimate: its treatments, and the share of every direct comparison, 0 to 1."""
    direct = [f"{a} : {b}" for a, b in found.direct]
    return [
        {"treatment": a, "treatment_c": b, "share": dict(zip(direct, shares.tolist(), strict=True))}
        for (a, b), shares in zip(found.estimates, found.share, strict=True)
    ]


def as_json(result: NetworkResult) -> dict[str, Any]:
    """Every number: effects on the analysis scale, and ``natural`` beside them."""
    net, e = result.network, result.network.evidence
    d, i = result.decomposition, result.interaction
    ranked = result.ranks
    return {
        "measure": e.measure,
        "scale": result.measure.scale,
        "treatments": list(net.treatments),
        "reference": result.reference,
        "studies": [{"study": s.name, "treatments": list(s.treatments)} for s in e.studies],
        "designs": [{"treatments": list(design), "studies": len(found)} for design, found in e.designs.items()],
        "multiarm_studies": [s.name for s in e.studies if len(s.treatments) > 2],
        "multiarm": net.multiarm,
        "model": "common" if net.common else "random",
        "tau2_method": net.tau2_method,
        "tau2": net.tau2,
        "ci": net.ci,
        "level": net.level,
        "q": {"q": net.q, "df": net.df, "p": net.q_p},
        "i2": {"i2": net.i2, "low": net.i2_limits[0], "high": net.i2_limits[1]},
        "within_designs": {"q": d.within.q, "df": d.within.df, "p": d.within.p},
        "between_designs": {"q": d.between.q, "df": d.between.df, "p": d.between.p},
        "within_each_design": [
            {"treatments": list(design), "q": t.q, "df": t.df, "p": t.p} for design, t in d.by_design.items() if t.df > 0
        ],
        "interaction": {"q": i.q, "df": i.df, "p": i.p, "tau2": i.tau2, "tau2_method": i.tau2_method},
        "small_values": {None: None, True: "good", False: "bad"}[result.choices.small_is_good],
        "p_scores": result.scores or None,
        "sucra": ranked.sucra if ranked else None,
        "mean_ranks": ranked.mean_rank if ranked else None,
        "rank_probabilities": _rank_rows(result),
        "league": list(_league_rows(result)),
        "splits": list(_split_rows(result)),
        "corrected": list(e.corrected),
        "not_used": [{"study": study, "reason": why} for study, why in e.left_out],
        "disagreements": [{**x.__dict__, "words": str(x)} for x in result.disagreements],
    }  # fmt: skip


def _rank_rows(result: NetworkResult) -> dict[str, list[float]] | None:
    found = result.ranks
    if found is None:
        return None
    return {t: [float(p) for p in found.probability[i]] for i, t in enumerate(found.treatments)}


def _league_rows(result: NetworkResult) -> Iterator[dict[str, Any]]:
    natural = result.measure.to_natural
    for a, b in combinations(result.network.treatments, 2):
        c = result.network.compare(a, b)
        names = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
        yield {**c.__dict__, "natural": {n: natural(getattr(c, n)) for n in names}}


def _split_rows(result: NetworkResult) -> Iterator[dict[str, Any]]:
    names: Sequence[str] = ("direct", "indirect", "network")
    for s in result.splits:
        natural = {n: result.measure.to_natural(getattr(s, n)) for n in names}
        more = {n: getattr(s, n) for n in ("difference", "se_difference", "z", "p")}
        yield {**s.__dict__, **more, "natural": natural}
