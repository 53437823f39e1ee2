"""Clean reviews: made-up studies with the rounding of real tables, and claims computed from what the tables hold.

Every design says what is measured, how many studies there are, what the review prints and what it states of its method. The
studies' sizes, risks, means and spreads are drawn from wide distributions of ours (no source; they are to look like the
tables of published reviews). The claims are exact: computed from the rounded table under the true specification and
rounded once, to the digits that reviews print.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from metaudit.analyses import analysis_rows
from metaudit.audit.values import our_value
from metaudit.effects.convert import convert
from metaudit.evaluate import Evaluated, evaluate
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.inject.rows import made_row
from metaudit.specs import Spec, parse_spec

Cells = dict[str, str]

# What a review prints of an analysis: an abstract, a results section, a forest plot with a line for each study.
ABSTRACT = ("estimate", "ci_low", "ci_high")
TEXT = (*ABSTRACT, "p", "i2", "k")
FOREST = (*ABSTRACT, "p", "i2", "q", "q_p", "tau2", "k")
AMOUNTS: Mapping[str, tuple[str, ...]] = {"abstract": ABSTRACT, "text": TEXT, "forest": FOREST}
_DECIMALS = {"i2": 0, "q": 2, "tau2": 2, "k": 0}
_PRINTED_ROW = {
    "study_estimate": "printed_effect", "study_ci_low": "printed_ci_low", "study_ci_high": "printed_ci_high",
    "weight": "printed_weight",
}  # fmt: skip


@dataclass(frozen=True)
class Design:
    """One kind of clean review.

    Attributes
    ----------
    data : ``counts``, ``means``, ``generic``, ``proportion`` or ``correlation``
    spec : the true specification, as a canonical string
    k : number of studies
    prints : ``abstract``, ``text`` or ``forest``
    stated : what review.yaml says of the method
    more : rows that the table holds beside those pooled: ``setting`` (studies of another setting), ``timepoint`` (a second
        time point of every other study), or none
    """

    data: str
    spec: str
    k: int
    prints: str
    stated: tuple[tuple[str, str], ...]
    more: str = ""

    @property
    def name(self) -> str:
        """For tables: what is pooled, how, of how many studies, and what is printed."""
        more = f", {self.more}s" if self.more else ""
        return f"{self.spec.split(' | ')[0]}, {self.spec.split(' | ')[-5 if 'PI:' in self.spec else -3]}, k = {self.k}, {self.prints}{more}"


def _design(data: str, spec: str, k: int, prints: str, more: str = "", **stated: str) -> Design:
    return Design(data, spec, k, prints, tuple(stated.items()), more)


_DL, _COMMON = "random DL | wald | I2:Q | PI:t-k-2 | 95%", "common | wald | 95%"
DESIGNS = (
    _design("counts", f"RR | 0.5@only-zero | {_DL}", 8, "forest", model="random", tau2="DL"),
    _design("counts", f"RR | 0.5@only-zero | {_DL}", 15, "text", model="random"),
    _design("counts", f"OR | 0.5@only-zero | {_DL}", 5, "abstract", model="random", tau2="DL"),
    _design("counts", "OR | 0.5@only-zero | random REML | hksj | I2:tau2 | PI:t-k-2 | 95%", 12, "forest", model="random", tau2="REML", ci="hksj"),
    _design("counts", "RR | 0.5@only-zero | mantel-haenszel | wald | 95%", 6, "forest", model="mantel-haenszel"),
    _design("counts", f"RD | none | {_DL}", 7, "text", model="random", tau2="DL"),
    _design("means", f"MD | {_DL}", 9, "forest", model="random", tau2="DL"),
    _design("means", f"MD | {_COMMON}", 4, "text", model="common"),
    _design("means", "SMD [revman] | random DL | wald | I2:Q | PI:t-k-2 | 95%", 10, "forest", model="random", tau2="DL", variance="revman"),
    _design("means", "SMD | random REML | wald | I2:tau2 | PI:t-k-2 | 95%", 18, "text", model="random", tau2="REML"),
    _design("means", "SMD | random REML | wald | I2:tau2 | PI:t-k-2 | 95%", 6, "abstract", model="random"),
    _design("counts", f"RR | 0.5@only-zero | {_DL}", 8, "text", "setting", model="random", tau2="DL"),
    _design("counts", f"OR | 0.5@only-zero | {_COMMON}", 7, "text", "timepoint", model="common"),
    _design("means", f"MD | {_DL}", 7, "forest", "setting", model="random", tau2="DL"),
    _design("means", "SMD | random REML | wald | I2:tau2 | PI:t-k-2 | 95%", 8, "text", "timepoint", model="random", tau2="REML"),
    _design("generic", f"GEN-LOG | {_DL}", 14, "text", model="random", tau2="DL"),
    _design("generic", f"GEN-LOG | {_COMMON}", 5, "forest", model="common"),
    _design("proportion", f"PLO | 0.5@only-zero | {_DL}", 11, "text", model="random", tau2="DL"),
    _design("correlation", "ZCOR | random REML | wald | I2:tau2 | PI:t-k-2 | 95%", 13, "text", model="random", tau2="REML"),
)  # fmt: skip


@dataclass(frozen=True)
class Clean:
    """A clean review, the analysis to break, and the specification its claims come from."""

    review: Review
    analysis: str
    spec: Spec
    design: str


def clean_review(design: Design, *, seed: int) -> Clean:
    """A review made up under a design; the same seed gives the same review."""
    rng = np.random.default_rng([seed, *design.name.encode()])
    spec = parse_spec(design.spec)
    rows = tuple(made_row(i + 2, cells) for i, cells in enumerate(_table(rng, design)))
    select = {"outcome": "pain", **_SELECTED[design.more]}
    analysis = Analysis("main", "Made up", select, measures=(spec.measure,), favours="low", method=dict(design.stated))
    name = f"made-up-{seed}"
    review = Review(Path(name), name, "A made-up review", "meta-analysis", {}, {"main": analysis}, rows, (), {})
    e = evaluate(spec, analysis_rows(analysis, [convert(r) for r in rows]), analysis)
    if design.prints == "forest":
        review = _with_printed_rows(review, e)
    claims = tuple(
        _claim(q, i, _text(q, e, review, spec)) for i, q in enumerate(_asked(design, spec)) if _text(q, e, review, spec)
    )
    return Clean(replace(review, claims=claims), "main", spec, design.name)


_SELECTED: Mapping[str, dict[str, str]] = {
    "": {}, "setting": {"x_setting": "hospital"}, "timepoint": {"timepoint": "6 weeks"},
}  # fmt: skip


def _table(rng: np.random.Generator, design: Design) -> list[Cells]:
    """The cells of all rows; the studies of another setting, or the second time points, come last."""
    studies = _STUDIES[design.data](rng, design.k)
    table = [_with_provenance(i, {**c, **_SELECTED[design.more]}) for i, c in enumerate(studies)]
    if design.more == "setting":
        others = _STUDIES[design.data](rng, max(3, design.k // 2))
        table += [_with_provenance(design.k + i, {**c, "x_setting": "home"}) for i, c in enumerate(others)]
    elif design.more == "timepoint":
        again = _STUDIES[design.data](rng, design.k)[::2]
        table += [_with_provenance(2 * i, {**c, "timepoint": "12 weeks"}) for i, c in enumerate(again)]
    return table


def _with_provenance(i: int, cells: Cells) -> Cells:
    return {
        "study": f"Study {chr(65 + i % 26)}{i // 26 or ''} {1990 + i}", "outcome": "pain", **cells, "source": "paper",
        "certainty": "read",
    }  # fmt: skip


def _asked(design: Design, spec: Spec) -> list[str]:
    return [q for q in AMOUNTS[design.prints] if q != "tau2" or spec.has_tau2]


def _claim(quantity: str, i: int, printed: str, subject: str = "") -> Claim:
    return Claim(
        quantity, i + 2, "main", quantity, subject, printed, "", "natural", "", "", "", "paper", "Fig. 2", "read", ""
    )


def _text(quantity: str, e: Evaluated, review: Review, spec: Spec) -> str:
    """The number as a review prints it; empty where it is not defined."""
    analysis = review.analyses["main"]
    blank = _claim(quantity, 0, "0")
    value = our_value(blank, e, analysis, analysis_rows(analysis, [convert(r) for r in review.rows])).value
    if math.isnan(value):
        return ""
    if quantity in ("p", "q_p"):
        return "<0.001" if value < 0.0005 else f"{value:.3f}"
    decimals = _DECIMALS.get(quantity, 3 if spec.measure in ("RD", "PLO") else 2)
    return _rounded(value, decimals) + ("%" if quantity == "i2" else "")


def _rounded(value: float, decimals: int) -> str:
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def _with_printed_rows(review: Review, e: Evaluated) -> Review:
    """What a forest plot prints for each study: effect, limits, weight in percent at one decimal."""
    analysis = review.analyses["main"]
    studies = analysis_rows(analysis, [convert(r) for r in review.rows])
    rows = []
    pooled = {s.row.line for s in studies}
    for row in review.rows:
        if row.line not in pooled:
            rows.append(row)
            continue
        cells = dict(row.cells)
        for quantity, column in _PRINTED_ROW.items():
            value = our_value(_claim(quantity, 0, "0", f"row {row.line}"), e, analysis, studies).value
            cells[column] = _rounded(value, 1 if quantity == "weight" else 2)
        rows.append(made_row(row.line, cells))
    return replace(review, rows=tuple(rows))


def _sizes(rng: np.random.Generator) -> tuple[int, int]:
    """Two arms of about the same size; medians near 35, a few in the hundreds."""
    n = int(np.clip(round(math.exp(rng.normal(3.6, 0.8))), 8, 900))
    return n, max(6, n + int(rng.integers(-3, 4)))


def _counts(rng: np.random.Generator, k: int) -> list[Cells]:
    risk, effect, spread = rng.uniform(0.1, 0.5), rng.normal(-0.3, 0.3), rng.uniform(0.0, 0.35)
    out = []
    for _ in range(k):
        n_t, n_c = _sizes(rng)
        logit = math.log(risk / (1 - risk)) + rng.normal(0, 0.4)
        p_c = 1 / (1 + math.exp(-logit))
        p_t = 1 / (1 + math.exp(-logit - rng.normal(effect, spread)))
        a, c = int(rng.binomial(n_t, p_t)), int(rng.binomial(n_c, p_c))
        out.append({"events_t": str(a), "n_t": str(n_t), "events_c": str(c), "n_c": str(n_c)})
    return out


def _means(rng: np.random.Generator, k: int) -> list[Cells]:
    sd, effect, spread = math.exp(rng.uniform(0.3, 3.0)), rng.normal(-0.4, 0.25), rng.uniform(0.0, 0.3)
    centre, decimals = sd * rng.uniform(1.5, 4.0), 2 if sd < 5 else 1
    out = []
    for _ in range(k):
        n_t, n_c = _sizes(rng)
        own = sd * math.exp(rng.normal(0, 0.15))
        level = centre + rng.normal(0, 0.3) * sd
        cells: Cells = {}
        for arm, n, mean in (("t", n_t, level + own * rng.normal(effect, spread)), ("c", n_c, level)):
            cells[f"mean_{arm}"] = f"{mean + rng.normal(0, own / math.sqrt(n)):.{decimals}f}"
            cells[f"sd_{arm}"] = f"{own * math.sqrt(rng.chisquare(n - 1) / (n - 1)):.{decimals}f}"
            cells[f"n_{arm}"] = str(n)
        out.append(cells)
    return out


def _generic(rng: np.random.Generator, k: int) -> list[Cells]:
    effect, spread = rng.normal(0.2, 0.3), rng.uniform(0.0, 0.25)
    out = []
    for _ in range(k):
        se = float(np.clip(math.exp(rng.normal(-1.4, 0.5)), 0.05, 0.8))
        y = rng.normal(effect, spread) + rng.normal(0, se)
        low, high = y - 1.959964 * se, y + 1.959964 * se
        out.append({n: f"{math.exp(v):.2f}" for n, v in (("effect", y), ("ci_low", low), ("ci_high", high))})
    return out


def _proportions(rng: np.random.Generator, k: int) -> list[Cells]:
    centre, spread = rng.normal(-0.8, 0.6), rng.uniform(0.2, 0.6)
    out = []
    for _ in range(k):
        n = int(np.clip(round(math.exp(rng.normal(4.3, 0.8))), 15, 2000))
        events = int(rng.binomial(n, 1 / (1 + math.exp(-rng.normal(centre, spread)))))
        out.append({"events": str(events), "n": str(n)})
    return out


def _correlations(rng: np.random.Generator, k: int) -> list[Cells]:
    centre, spread = rng.normal(0.25, 0.15), rng.uniform(0.05, 0.2)
    out = []
    for _ in range(k):
        n = int(np.clip(round(math.exp(rng.normal(4.4, 0.7))), 20, 1500))
        z = rng.normal(centre, spread) + rng.normal(0, 1 / math.sqrt(n - 3))
        out.append({"r": f"{math.tanh(z):.2f}", "n": str(n)})
    return out


_STUDIES: Mapping[str, Callable[[Any, int], list[Cells]]] = {
    "counts": _counts, "means": _means, "generic": _generic, "proportion": _proportions, "correlation": _correlations,
}  # fmt: skip
