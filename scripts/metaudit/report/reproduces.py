"""The method the authors state beside the method that reproduces their numbers, analysis by analysis."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from metaudit.audit_words.choice_words import departure_words
from metaudit.audit_words.spec_words import spec_words
from metaudit.audit_words.synthesis_words import parts_words, synthesis_words
from metaudit.audit_words.verdicts import REPRODUCED
from metaudit.audit_words.vocabulary import CI
from metaudit.formats.stated import with_override
from metaudit.measures import MEASURES
from metaudit.report.methods import LABELS, SYNTHESIS_LABELS, choice_words, stated
from metaudit.specs import COUNT_MODELS, Spec, departures, parse_spec

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from metaudit.tables.reading import Analysis, Finding

GIVEN = (*REPRODUCED, "OTHER_SPEC")
# What stands before a choice whose words do not say what they are about.
_LEADS = {"tau2": "τ² by ", "q": "Q around ", "pi": "prediction interval by ", "i2": "I² from ", "tau2_ci": "interval of τ² by ",
          "i2_ci": "interval of I²: ", "subgroup_tau2": "τ² ", "software": "with "}  # fmt: skip
SEARCHED = (*GIVEN, "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """One analysis: what the authors state, what gives their numbers, and how many of them.

    Parameters
    ----------
    anchor, title : of the analysis
    stated : what the authors state of the method, in words; empty where they state nothing
    taken : what is taken here where they state nothing, in words
    by : the method that reproduces the most numbers, in words; empty when none does
    code : its canonical string
    apart : by what it departs from what is stated and taken; empty when it does not
    differs : whether it departs from something that is stated
    given, checkable : numbers it reproduces, of how many that depend on the method
    """

    anchor: str
    title: str
    stated: str
    taken: str
    by: str
    code: str
    apart: str
    differs: bool
    given: int
    checkable: int


def reproduced(analysis: Analysis, anchor: str) -> Reproduced | None:
    """The line of one analysis; None where no printed number was searched for."""
    searched = [f for f in analysis.findings if f.spec and f.verdict in SEARCHED and _is_spec(f.spec)]
    if not searched:
        return None
    first = next((f for f in sorted(searched, key=lambda f: bool(f.typed("method"))) if _is_spec(f.stated_spec)), None)
    base = first.stated_spec if first else ""
    said = _said(analysis, first.typed("method") if first else "")
    best = _most_often(searched)
    return Reproduced(
        anchor=anchor,
        title=analysis.title,
        stated=", ".join(stated_words(key, text) for key, text in said.items()),
        taken=", ".join(taken_words(parse_spec(base), frozenset(said))) if base else "",
        by=spec_words(best) if best else "",
        code=best,
        apart=departure_words(departures(parse_spec(best), parse_spec(base))) if best and base else "",
        differs=bool(best and base) and _departs(parse_spec(best), parse_spec(base), frozenset(said)),
        given=sum(_gives(f, best) for f in searched) if best else 0,
        checkable=len(searched),
    )


def others_reproduced(analysis: Analysis, anchor: str) -> Reproduced | None:
    """The same of another synthesis (a network, a sequential analysis, a posterior); None where none of its numbers was searched."""
    searched = [f for f in analysis.findings if " | " in f.spec and f.verdict in SEARCHED and not _is_spec(f.spec)]
    if not searched:
        return None
    base = next((f.stated_spec for f in sorted(searched, key=lambda f: bool(f.typed("method"))) if f.stated_spec), "")
    choices = stated(analysis)
    best = _most_often(searched)
    known = parts_words(base)
    return Reproduced(
        anchor=anchor,
        title=f"{analysis.title}: trial sequential analysis" if base.startswith("TSA ") else analysis.title,
        stated=", ".join(stated_words(key, text) for key, text in choices.items()),
        taken=", ".join(parts_words(" | ".join(_not_stated(base, choices)))),
        by=synthesis_words(best),
        code=best,
        apart=", ".join(words for words in parts_words(best) if words not in known) if base else "",
        differs=bool(best and base and best != base),
        given=sum(_gives(f, best) for f in searched) if best else 0,
        checkable=len(searched),
    )


def _not_stated(text: str, said: Collection[str]) -> Iterator[str]:
    """The parts of a network's specification that nobody stated; of other syntheses, which name what they take by itself, none."""
    head, *parts = text.split(" | ")
    if head != "network":
        return
    place = iter(("measure", "zero_cells") if any("@" in p or p.startswith("none") for p in parts) else ("measure",))
    for part in parts:
        key = next(place, "")
        if not key:
            key = "pi" if part.startswith("PI:") else "level" if part.endswith("%") else "ci" if part in CI else "model"
        model = {"model", "tau2"} if part.startswith("random ") else {key}
        if not model <= set(said):
            yield part


def _said(analysis: Analysis, override: str) -> dict[str, str]:
    """What ``review.yaml`` states, with what one claim states otherwise, by choice."""
    own = with_override(analysis.method, override)
    measure = str(own.pop("measure", analysis.measure) or "")
    return stated(replace(analysis, measure=measure, method=own, syntheses={}))


def stated_words(key: str, value: str) -> str:
    """One stated choice in words that stand alone."""
    words = choice_words(key, value)
    if key in SYNTHESIS_LABELS:
        return f"{SYNTHESIS_LABELS[key][:1].lower()}{SYNTHESIS_LABELS[key][1:]}: {words}"
    lead = _LEADS.get(key, "" if key in LABELS else f"{key.replace('_', ' ')}: ")
    return lead + words


def taken_words(spec: Spec, said: Collection[str]) -> list[str]:
    """The choices of a specification that nobody stated; the usual ones that no paper names are left out."""
    counted = MEASURES[spec.measure].kind in ("counts", "rates", "proportion")
    applies = {
        "measure": True,
        "zero_cells": counted and (spec.model not in COUNT_MODELS or bool(spec.counts)),
        "model": True,
        "glmm": bool(spec.glmm),
        "tau2": spec.has_tau2,
        "variance": spec.variance != "LS",
        "ci": True,
        "level": True,
        "i2": spec.has_tau2 and spec.i2 != "tau2",
        "pi": spec.has_tau2 and spec.pi != "t-k-2",
        "q": spec.has_tau2 and spec.q != "inverse-variance",
        "tau2_ci": spec.has_tau2 and spec.tau2_ci != "q-profile",
    }
    return [stated_words(key, str(getattr(spec, key))) for key, does in applies.items() if does and key not in said]


def _departs(best: Spec, first: Spec, said: Collection[str]) -> bool:
    named = {f.name for f in fields(Spec)}.intersection(said)
    return any(getattr(best, name) != getattr(first, name) for name in named)


def _most_often(findings: list[Finding]) -> str:
    """Method that gives the most of the numbers; the first named wins a tie."""
    count: Counter[str] = Counter()
    for finding in findings:
        if finding.verdict in GIVEN:
            count.update({finding.spec, *(a for a in finding.alternatives if _is_spec(a) == _is_spec(finding.spec))})
    named = [f.spec for f in findings if f.verdict in GIVEN]
    return max(named, key=lambda spec: count[spec], default="")


def _gives(finding: Finding, spec: str) -> bool:
    return finding.verdict in GIVEN and spec in (finding.spec, *finding.alternatives)


def _is_spec(text: str) -> bool:
    try:
        parse_spec(text)
    except (ValueError, KeyError, IndexError):
        return False
    return True
