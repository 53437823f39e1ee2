"""What the explorer of an analysis looks up: the usual methods, for all studies, each subgroup and without each, as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from metaudit.analyses import analysis_rows, converted_rows
from metaudit.audit.judge import CUT
from metaudit.audit.scale import PERCENT_QUANTITIES, is_percent, printed_of
from metaudit.audit.verdict import AuditRow
from metaudit.audit.wanted import targets
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated
from metaudit.files import cell, write_rows
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.measures import Measure, measure_of
from metaudit.pooling.intervals import quantile
from metaudit.pooling.pool import SEED
from metaudit.printed import Interval
from metaudit.search.batch import effects_key
from metaudit.specs import Spec, parse_spec, pooled_spec
from metaudit.stages.effects import natural_scale, primary_spec
from metaudit.stages.universe_fits import (
    QUICK,
    Alone,
    Looked,
    Part,
    Reading,
    Variant,
    alone_of,
    batched,
    fit_of,
    look_up,
    parts_of,
    reading_of,
    readings_of,
    usual_fits,
    variants_of,
)

METHODS = (
    "analysis", "fit", "subgroup", "effects", "measure", "variance", "zero_cells", "model", "tau2", "q", "counts", "rd_variance",
    "glmm", "stopping",
)  # fmt: skip
FITS = ("analysis", "fit", "left_out", "k", "estimate", "tau2", "i2", "i2_q", "q", "q_df", "q_p")
INTERVALS = ("analysis", "fit", "left_out", "ci", "level", "pi", "ci_low", "ci_high", "p", "pi_low", "pi_high")
STUDIES = ("analysis", "effects", "row", "study", "estimate", "ci_low", "ci_high")
WEIGHTS = ("analysis", "fit", "left_out", "weights")
PRINTED = (
    "analysis", "subgroup", "method", "claim", "quantity", "asked", "scale", "printed", "low", "high", "low_open", "high_open",
    "cut_low", "cut_high", "cut_low_open", "cut_high_open", "verdict", "spec", "stated_spec",
)  # fmt: skip
TABLES: Mapping[str, tuple[str, ...]] = {
    "universe_methods": METHODS, "universe": FITS, "universe_intervals": INTERVALS, "universe_studies": STUDIES,
    "universe_weights": WEIGHTS, "universe_printed": PRINTED,
}  # fmt: skip
# Quantities of a printed result that the tables hold.
SHOWN = ("estimate", "ci_low", "ci_high", "p", "pi_low", "pi_high", "tau2", "i2", "q", "q_df", "q_p", "k")
_EFFECTS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
# Squares of a forest plot are drawn anew for every study left out; beyond this they would fill the page's data alone.
MOST_WEIGHTS = 20
Rows = dict[str, list[dict[str, Any]]]


def write_universe(
    review: Review, audited: Sequence[AuditRow], results_dir: str | Path, *, level: float, seed: int = SEED
) -> None:
    """Write the six tables of ``TABLES`` for every analysis of at least two studies; a meta-regression has none.

    Parameters
    ----------
    audited : the verdicts of the review, whose specifications are in the tables, too
    level : confidence level where none is stated
    """
    rows: Rows = {name: [] for name in TABLES}
    converted = converted_rows(review.rows)
    for analysis in review.analyses.values():
        own = analysis_rows(analysis, converted) if analysis.poolable else []
        if len(own) < 2 or analysis.moderators:
            continue
        try:
            primary = primary_spec(analysis, own, level=level)
        except DataError:  # the audit gives the reason beside the claims of the analysis
            continue
        printed = list(_printed(review, analysis, audited, primary))
        asked = {p["subgroup"]: [primary] for p in [{"subgroup": ""}, *printed]}
        for p in printed:
            asked[p["subgroup"]] += [parse_spec(p[name]) for name in ("spec", "stated_spec") if p[name]]
        every = [*usual_fits(analysis, own, primary), *(fit_of(s) for some in asked.values() for s in some)]
        specs = list(dict.fromkeys(every))
        for part in parts_of(analysis, variants_of(specs, own)):
            specs_asked = asked.get(part.subgroup, [primary])
            if _add(rows, analysis, part, specs=specs, asked=specs_asked, lines=[r.row.line for r in own], seed=seed):
                rows["universe_printed"] += [p for p in printed if p["subgroup"] == part.subgroup]
    for name, columns in TABLES.items():
        write_rows(Path(results_dir) / f"{name}.csv", columns, rows[name])


def _add(
    rows: Rows,
    analysis: Analysis,
    part: Part,
    *,
    specs: Sequence[Spec],
    asked: Sequence[Spec],
    lines: Sequence[int],
    seed: int,
) -> bool:
    """Enter what all studies or one subgroup give, ``asked`` beginning with the primary specification; False for nothing."""
    primary, variants = asked[0], part.variants
    plain = [s for s in asked if batched(s)]
    found = look_up(
        [s for s in specs if batched(s)], variants, readings=[r for r in readings_of(primary, plain) if _arrayed(r)]
    )
    alone = list(
        alone_of(
            list(dict.fromkeys(s for s in asked if not batched(s))), variants, analysis, primary=primary, seed=seed
        )
    )
    arrayed = {looked.spec for looked in found}
    apart = [a for a in alone if fit_of(a.spec) not in arrayed]
    # The primary fit comes first: it is what a page opens with.
    before = [fit_of(a.spec) for a in apart if a.spec == primary]
    order = dict.fromkeys([*before, *(looked.spec for looked in found), *(fit_of(a.spec) for a in apart)])
    before_this = sum(m["analysis"] == analysis.id for m in rows["universe_methods"])
    numbers = {spec: i for i, spec in enumerate(order, start=before_this + 1)}
    used = {variants[effects_key(spec)].number: variants[effects_key(spec)] for spec in numbers}
    rows["universe_methods"] += [
        {
            "analysis": analysis.id,
            "fit": n,
            "subgroup": part.subgroup,
            "effects": variants[effects_key(s)].number,
            **_method(s),
        }
        for s, n in numbers.items()
    ]
    for looked in found:
        _enter(rows, analysis.id, looked, number=numbers[looked.spec], lines=lines)
    entered = set(arrayed)
    for a in alone:
        fit = fit_of(a.spec)
        _enter_alone(
            rows, analysis.id, a, number=numbers[fit], variant=variants[effects_key(fit)], known=fit in entered
        )
        entered.add(fit)
    for number in sorted(used):
        rows["universe_studies"] += _studies(analysis.id, used[number], level=primary.level)
    return bool(numbers)


def _arrayed(reading: Reading) -> bool:
    """Whether arrays know how to read this off; the interval of some methods needs more than the fit holds."""
    return batched(Spec("GEN", ci=reading.ci, level=reading.level, pi=reading.pi or "t-k-2"))


def _method(spec: Spec) -> dict[str, Any]:
    names = ("measure", "variance", "zero_cells", "model", "tau2", "glmm", "counts", "rd_variance")
    own = {n: getattr(spec, n) for n in names}
    return own | ({"q": spec.q, "stopping": spec.stopping} if spec.has_tau2 else {})


def _enter(rows: Rows, analysis: str, looked: Looked, *, number: int, lines: Sequence[int]) -> None:
    variant = looked.variant
    defined = np.flatnonzero(np.isfinite(looked.fit["estimate"])).tolist()
    for j in defined:
        out = "" if looked.left_out[j] < 0 else lines[looked.left_out[j]]
        at = {"analysis": analysis, "fit": number, "left_out": out}
        fit = {n: x[j] for n, x in looked.fit.items()}
        rows["universe"].append({**at, **fit, "k": int(fit["k"]), "q_df": int(fit["q_df"])})
        for reading, numbers in looked.intervals.items():
            rows["universe_intervals"].append(
                {
                    **at,
                    "ci": reading.ci,
                    "level": reading.level,
                    "pi": reading.pi,
                    **{n: x[j] for n, x in numbers.items()},
                }
            )
        if j == 0 or len(lines) <= MOST_WEIGHTS:
            weights = "; ".join(cell(float(w)) for w in looked.weights[variant.place, j])
            rows["universe_weights"].append({**at, "weights": weights})


def _enter_alone(rows: Rows, analysis: str, alone: Alone, *, number: int, variant: Variant, known: bool) -> None:
    reading = reading_of(alone.spec)
    for line, e in alone.fits:
        f, at = e.fit, {"analysis": analysis, "fit": number, "left_out": "" if line < 0 else line}
        if not known:
            tau2 = f.tau2 if e.spec.model not in ("common", "mantel-haenszel", "peto") else math.nan
            rows["universe"].append(
                {**at, "k": int(f.k), "estimate": e.natural(f.estimate), "tau2": tau2, "i2": f.i2, "i2_q": f.i2_q, "q": f.q,
                 "q_df": int(f.q_df) if math.isfinite(f.q_df) else "", "q_p": f.q_p}
            )  # fmt: skip
            rows["universe_weights"].append({**at, "weights": _spread_weights(e, variant)})
        limits = {n: e.natural(getattr(f, n)) for n in ("ci_low", "ci_high", "pi_low", "pi_high")}
        if line >= 0 and alone.spec.pi != QUICK:
            limits |= {"pi_low": math.nan, "pi_high": math.nan}
        rows["universe_intervals"].append(
            {**at, "ci": reading.ci, "level": reading.level, "pi": reading.pi, **limits, "p": f.p}
        )


def _spread_weights(e: Evaluated, variant: Variant) -> str:
    own = {s.row.line: cell(float(w)) for s, w in zip(e.effects.studies, e.fit.weights, strict=True)}
    return "; ".join(own.get(s.row.line, "") for s in variant.effects.studies)


def _studies(analysis: str, variant: Variant, *, level: float) -> Iterator[dict[str, Any]]:
    """Each study's own effect with its normal interval, as in ``effects.csv``."""
    effects = variant.effects
    half = quantile(level, None) * np.sqrt(effects.vi)
    ends = [effects.yi, effects.yi - half, effects.yi + half]
    scales = [natural_scale(effects.measure, x, effects.cells.get("n")) for x in ends]
    for i, study in enumerate(effects.studies):
        numbers = dict(zip(("estimate", "ci_low", "ci_high"), (s[i] for s in scales), strict=True))
        yield {
            "analysis": analysis, "effects": variant.number, "row": study.row.line, "study": study.label, **numbers
        }  # fmt: skip


def _printed(
    review: Review, analysis: Analysis, audited: Sequence[AuditRow], primary: Spec
) -> Iterator[dict[str, Any]]:
    """Every printed number of the whole or of a subgroup that the tables hold, with the values that come out as it.

    ``asked`` is the quantity the tables hold it as: the limits of a reduction are those of the ratio the other way round.
    The values are on the natural scale; those that are cut to it are given where the audit found that its digits were cut.
    """
    judged = {row.claim: row for row in audited}
    claims = {c.id: c for c in review.claims if c.analysis == analysis.id}
    for target in targets(list(claims.values()), analysis):
        if target.quantity not in SHOWN or target.name not in judged:
            continue
        row, claim = judged[target.name], claims[target.name]
        if any(spec and pooled_spec(spec) is None for spec in (row.spec, row.stated_spec)):
            continue  # a number of a posterior or of a model of dependent effects: these tables hold neither
        measure = None
        if not target.natural and target.quantity in _EFFECTS:
            measure = measure_of(parse_spec(row.spec or row.stated_spec or str(primary)).measure)
        cut = target.cut if row.criterion == CUT else None
        yield {
            "analysis": analysis.id, "subgroup": target.subject, "method": claim.method, "claim": target.name,
            "quantity": claim.quantity, "asked": target.quantity, "scale": _scale(claim), "printed": claim.printed, **_ends(target.window, measure),
            **({f"cut_{name}": end for name, end in _ends(cut, measure).items()} if cut else {}),
            "verdict": row.verdict, "spec": row.spec, "stated_spec": row.stated_spec,
        }  # fmt: skip


def _scale(claim: Claim) -> str:
    """The scale a number is printed on, where it is not the one of the tables."""
    printed = printed_of(claim)
    if printed and is_percent(claim, printed):
        return "percent"
    usual = "percent" if claim.quantity in PERCENT_QUANTITIES else "fraction"
    return "" if claim.scale in (usual, "natural") else claim.scale


def _ends(window: Interval, measure: Measure | None) -> dict[str, Any]:
    """Both ends in full on the natural scale, so that a value on one falls on the side it does in the audit.

    A window on the scale of the analysis comes with its measure.
    """
    slack, ends = window._slack if measure is None else 0.0, (window.low, window.high)
    low, high = ends if measure is None else (measure.to_natural(end) for end in ends)
    return {
        "low": _end(low, 0.0 if window.low_open else -slack), "high": _end(high, 0.0 if window.high_open else slack),
        "low_open": window.low_open, "high_open": window.high_open,
    }  # fmt: skip


def _end(x: float, slack: float) -> str:
    """An end as text; nothing for one without bound."""
    return repr(x + slack) if math.isfinite(x) else ""
