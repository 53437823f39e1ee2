"""What was found about each analysis of a review, as one row: verdicts, the method that explains most, and the screens of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metaudit.analyses import ConvertedRows, analysis_rows, converted_rows
from metaudit.audit.beside import BESIDE
from metaudit.audit.bundles import BESIDE_WEIGHT, Asked, Bundle, search_many
from metaudit.audit.engine import Audited
from metaudit.audit.judge import HIT
from metaudit.audit.options import Options
from metaudit.audit.verdict import VERDICTS, AuditRow
from metaudit.audit.wide import Wide
from metaudit.corpus.schema import VERDICT_COLUMNS
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.formats.review import Analysis, Review
from metaudit.formats.stated import method_schema
from metaudit.rowchecks.se_as_sd import SCALE_COLUMNS, SE_AS_SD, Reading
from metaudit.search.rank import CUT, distinct, specificity
from metaudit.specs import Spec
from metaudit.stages.row_checks import odd_percentages, spread_readings


def analyses_found(review: Review, audited: Audited, *, level: float) -> list[dict[str, Any]]:
    """The rows of ``analyses.parquet`` for one review, in the order of its analyses; columns in ``schema.ANALYSES``.

    Parameters
    ----------
    review : the review
    audited : what its audit found
    level : confidence level where none is stated
    """
    rows = converted_rows(review.rows)
    # In tables, an analysis says itself what is measured on one scale; a folder's rows have no such column.
    readings: dict[int, list[Reading]] = {}
    for reading in spread_readings(review, rows, level=level, scale=("analysis", *SCALE_COLUMNS)):
        readings.setdefault(reading.line, []).append(reading)
    odd = Counter(found["row"] for found in odd_percentages(rows))
    keys = _keys(audited)
    verdicts: dict[str, list[AuditRow]] = {}
    for row in audited.rows:
        verdicts.setdefault(row.analysis, []).append(row)
    return [
        {
            "review": review.id,
            "analysis": analysis.id,
            "year": review.citation.get("year"),
            **_stated(analysis),
            **_verdicts(verdicts.get(analysis.id, [])),
            **_identified(analysis, audited, keys),
            **_screens(analysis, rows, readings, odd),
        }
        for analysis in review.analyses.values()
    ]


def _stated(analysis: Analysis) -> dict[str, Any]:
    said = {k: analysis.method[k] for k in method_schema() if k in analysis.method and k != "software"}
    if "zero_cells" in said:
        said["zero_cells"] = str(zero_cells_from(said["zero_cells"]))
    return {
        "measure_stated": len(analysis.measures) == 1,
        "stated_method": "; ".join(f"{k}={_text(v)}" for k, v in said.items()),
        "software": str(analysis.method.get("software", "")),
    }


def _text(value: object) -> str:
    return format(value, "g") if isinstance(value, float) else str(value)


def _verdicts(rows: Sequence[AuditRow]) -> dict[str, Any]:
    counts = {v: sum(r.verdict == v for r in rows) for v in VERDICTS}
    judged = [v for v in VERDICTS if counts[v] and v != "NOT_CHECKABLE"]
    worst = judged[-1] if judged else "NOT_CHECKABLE" if rows else ""
    return {"claims": len(rows), **{VERDICT_COLUMNS[v]: n for v, n in counts.items()}, "worst": worst}


_HAIR = 1e-9  # two sums of weights are the same within this


@dataclass(frozen=True)
class _Method:
    """The specification that explains most of a bundle."""

    spec: str
    measure: str
    explained: frozenset[str]
    of: int
    departures: tuple[str, ...] = ()


def _keys(audited: Audited) -> Mapping[str, tuple[str, str]]:
    """By analysis, the bundle of its own method, or else the first there is."""
    found: dict[str, tuple[str, str]] = {}
    for key in audited.bundles:
        if not key[1] or key[0] not in found:
            found[key[0]] = key
    return found


def _identified(analysis: Analysis, audited: Audited, keys: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """The method that explains most, and how many others would do as well.

    A claim's override of the method makes a bundle of its own; what is identified is the method of the analysis's own.
    """
    key = keys.get(analysis.id)
    bundle = audited.bundles[key] if key else None
    measure = analysis.measures[0] if len(analysis.measures) == 1 else ""
    out: dict[str, Any] = {
        "measure": measure, "method": "", "departures": "", "explained": 0, "explainable": 0, "open_results": 0,
        "open_matching": 0, "searched": analysis.id in audited.searched,
    }  # fmt: skip
    if bundle is None or bundle.best is None:
        return out
    wide = audited.wide.get(key) if key else None
    method = _best(bundle, wide)
    results, matching = _open(bundle, method.explained)
    out |= {
        "measure": measure or method.measure, "method": method.spec, "departures": "; ".join(method.departures),
        "explained": len(method.explained), "explainable": method.of, "open_results": results, "open_matching": matching,
    }  # fmt: skip
    return out | (_in_space(wide, method.explained) if wide is not None else {})


def _best(bundle: Bundle, wide: Wide | None) -> _Method:
    """The best of the searched space where it explains more than every specification that agrees with what is stated.

    The space is held in arrays, which do not hold every number that may be printed. Where some are printed that they do not hold,
    its best is worked out for those, too, so that both are counted over the same numbers: what either of them speaks of.
    """
    best = bundle.best
    assert best is not None
    stated = _Method(str(best), best.measure, _given(bundle, best), len(bundle.answers))
    if wide is None or wide.best is None or not wide.explains_more:
        return stated
    found, held = wide.best, {t.name for t in wide.matched.targets}
    other = _Method(str(found.spec), found.spec.measure, found.explained, len(held), wide.departures)
    if bundle.answers.keys() <= held:
        return other
    asked = Asked(bundle.analysis, bundle.claims, bundle.rows, bundle.settings, Options([found.spec]))
    (alone,) = search_many([asked])
    if _worth(alone, found.spec) <= _worth(bundle, best) + _HAIR:
        return stated
    return replace(other, explained=_given(alone, found.spec), of=len(bundle.answers.keys() | alone.answers.keys()))


def _given(bundle: Bundle, spec: Spec) -> frozenset[str]:
    """The claims that a specification of a bundle gives."""
    return frozenset(c for c, answers in bundle.answers.items() if answers.gives(spec))


def _worth(bundle: Bundle, spec: Spec) -> float:
    """How much that is, weighed as where the best of a bundle is looked for."""
    beside = {c.id for c in bundle.claims if c.quantity in BESIDE}
    hits = ((c, bundle.answers[c][spec].comparison.kind == HIT) for c in sorted(_given(bundle, spec)))
    return sum((BESIDE_WEIGHT if c in beside else 1.0) * (1.0 if rounds else CUT) for c, rounds in hits)


def _open(bundle: Bundle, explained: frozenset[str]) -> tuple[int, int]:
    """How many distinct results the open choices give in the printed quantities, and how many give all of some claims."""
    claims = sorted(bundle.answers)
    if not claims:
        return 0, 0
    groups = distinct(np.array([bundle.answers[c].values_of for c in claims]))
    asked = [bundle.answers[c].hit for c in explained if c in bundle.answers]
    # What only the searched space gives, no open choice gives.
    matching = set(groups[np.logical_and.reduce(asked)].tolist()) if asked and explained <= set(claims) else set()
    return len(set(groups.tolist())), len(matching)


def _in_space(wide: Wide, explained: frozenset[str]) -> dict[str, Any]:
    """The same in the whole space; of claims that its arrays hold. Where nothing is explained nothing matches."""
    found = specificity(wide.matched, explained or {t.name for t in wide.matched.targets})
    told = explained and found.results
    return {
        "results": found.results,
        "matching": found.matching if explained else 0,
        "specificity": float(f"{found.share:.10g}") if told else None,
    }


def _screens(
    analysis: Analysis, rows: ConvertedRows, readings: Mapping[int, Sequence[Reading]], odd: Mapping[int, int]
) -> Mapping[str, Any]:
    """What the screens say of an analysis's rows; ``readings`` and ``odd`` (impossible percentages) by their lines."""
    lines = {r.row.line for r in analysis_rows(analysis, rows)} if analysis.data != "none" else set()
    own = [r for line in lines for r in readings.get(line, ())] if analysis.poolable else []
    flagged = [r for r in own if r.flagged()]
    return {
        "k": len(lines),
        "spreads": len(own),
        "se_as_sd": sum(r.kind == SE_AS_SD for r in flagged),
        "sd_as_se": sum(r.kind != SE_AS_SD for r in flagged),
        "spread_ratio": float(f"{max(r.ratio for r in own):.10g}") if own else None,
        "implausible": sum(bool(r.implausible) for r in own),
        "impossible_percentages": sum(odd.get(line, 0) for line in lines),
    }
