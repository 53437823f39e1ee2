"""From rows of the extraction table, one for each dose, to the studies of a dose-response meta-analysis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metaudit.doseresponse.study import DoseStudy
from metaudit.effects.convert import Converted
from metaudit.effects.generic import variance_ways
from metaudit.errors import DataError
from metaudit.formats.doses import from_counts, is_reference, studies_of

CODES = {"case-control": "cc", "cohort": "ci", "person-time": "ir"}
_RATIO = {"cc": "odds ratios", "ci": "risk ratios", "ir": "rate ratios"}


@dataclass(frozen=True)
class Doses:
    """The studies, and how each came by its relative risks.

    Attributes
    ----------
    studies : in the order of the table
    routes : a sentence for each study
    labels : of the publication of each: strata of one study share it
    open_design : names of studies whose design is neither said nor follows from what they count
    """

    studies: tuple[DoseStudy, ...]
    routes: tuple[str, ...]
    labels: tuple[str, ...]
    open_design: tuple[str, ...]

    def without(self, name: str) -> Doses:
        """The same without one study."""
        kept = [i for i, s in enumerate(self.studies) if s.name != name]
        studies, routes, labels = (tuple(of[i] for i in kept) for of in (self.studies, self.routes, self.labels))
        return Doses(studies, routes, labels, self.open_design)  # type: ignore[arg-type]  # each keeps its kind


def doses_of(rows: Sequence[Converted], *, column: str, log: bool, design: str = "cc") -> Doses:
    """The studies of some rows.

    Parameters
    ----------
    rows : converted, one for each dose of each study
    column : that holds the dose
    log : whether effects are ratios (their SEs those of the logarithms); else they are logarithms already
    design : ``cc``, ``ci`` or ``ir`` of studies that do not say it and count no person-time

    Raises
    ------
    DataError
        when a relative risk or its spread is missing.
    """
    by_line = {r.row.line: r for r in rows}
    studies, routes, open_design = [], [], []
    groups = studies_of([r.row for r in rows])
    names = _names(list(groups))
    for key, members in groups.items():
        own = [by_line[m.line] for m in members]
        said = next((CODES[m.text("design")] for m in members if m.text("design")), "")
        timed = all(not math.isnan(c.get("time")) for c in own)
        code = said or ("ir" if timed else design)
        if not said and not timed:
            open_design.append(names[key])
        people = [c.get("time") if code == "ir" else c.get("n") for c in own]
        cases = [c.get("events") for c in own]
        dose = [float(m.text(column)) for m in members]
        if from_counts(members):
            log_rr, se = _crude(names[key], code, cases, people, dose)
            routes.append(f"{_RATIO[code]} of the counts")
        else:
            log_rr, se = _reported(own, names[key], log=log)
            routes.append("relative risks as reported")
        studies.append(DoseStudy(names[key], code, dose, cases, people, log_rr, se))
    return Doses(tuple(studies), tuple(routes), tuple(key[0] for key in groups), tuple(open_design))


def _names(keys: Sequence[tuple[str, ...]]) -> Mapping[tuple[str, ...], str]:
    """Names that tell strata of one study apart."""
    labels = [k[0] for k in keys]
    return {k: k[0] if labels.count(k[0]) == 1 else " ".join(part for part in k if part) for k in keys}


def _reported(own: Sequence[Converted], name: str, *, log: bool) -> tuple[list[float], list[float]]:
    """Log relative risks and their SEs as reported; 0 and NaN at the reference."""
    out: list[tuple[float, float]] = []
    for c in own:
        if is_reference(c.row):
            out.append((0.0, math.nan))
            continue
        effect = c.get("effect")
        if math.isnan(effect) or (log and effect <= 0):
            raise DataError(
                f"{name}, row {c.row.line}: the relative risk is {'missing' if math.isnan(effect) else f'{effect:g}'}"
            )
        way = next(variance_ways(c, log=log), None)
        if way is None or not way.value > 0:
            raise DataError(f"{name}, row {c.row.line}: the relative risk has no standard error or interval")
        out.append((math.log(effect) if log else effect, math.sqrt(way.value)))
    return [y for y, _ in out], [s for _, s in out]


def _crude(
    name: str, code: str, cases: Sequence[float], people: Sequence[float], dose: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Log ratios of the counts against the lowest dose, and their SEs (Rothman, Greenland and Lash 2008, Modern Epidemiology, ch. 14)."""
    if any(not (a > 0 and n > 0) or (code != "ir" and a >= n) for a, n in zip(cases, people, strict=True)):
        raise DataError(
            f"{name}: a dose without, or with only, cases has no crude ratio; its relative risks are needed"
        )
    if code == "cc":
        logs = [math.log(a / (n - a)) for a, n in zip(cases, people, strict=True)]
        each = [1 / a + 1 / (n - a) for a, n in zip(cases, people, strict=True)]
    else:
        logs = [math.log(a / n) for a, n in zip(cases, people, strict=True)]
        each = [1 / a - (1 / n if code == "ci" else 0.0) for a, n in zip(cases, people, strict=True)]
    at = min(range(len(dose)), key=lambda i: dose[i])
    return [x - logs[at] for x in logs], [math.nan if i == at else math.sqrt(v + each[at]) for i, v in enumerate(each)]
