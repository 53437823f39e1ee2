"""What RevMan wrote of results and what is no claim, with the reason, and the digits that were left off: one notice for each place."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metaudit.drafts.draft import Notice
from metaudit.imports.revman_shared import Group, Outcome, Part, StudyRow, as_number
from metaudit.imports.revman_shared_claims import BETWEEN, HETEROGENEITY, TOTALS, calculated
from metaudit.imports.revman_shared_studies import LOGS, has_effect, is_square, outside

_P_VALUES = ("p", "q_p", "subgroup_p")
_SAME = 1e-6


@dataclass
class Ledger:
    """Which of RevMan's numbers became claims: names of quantities by place (``id`` of a part or study).

    ``shortened`` holds, by the same key, the P values of which only some digits are claimed.
    """

    taken: dict[int, set[str]] = field(default_factory=dict)
    shortened: dict[int, list[tuple[str, str, str]]] = field(default_factory=dict)

    def take(self, of: Part | StudyRow, names: Collection[str]) -> None:
        """Note that these have become claims, or numbers of a row."""
        self.taken.setdefault(id(of), set()).update(names)

    def shorten(self, part: Part, name: str, printed: str) -> None:
        """Note a P value that is claimed with fewer digits than RevMan wrote."""
        text = part.results.get(name, "")
        if name in _P_VALUES and _digits(printed) < _digits(text):
            self.shortened.setdefault(id(part), []).append((part.places.get(name, name), text, printed))

    def left(self, of: Part | StudyRow) -> dict[str, str]:
        """The numbers that are neither."""
        numbers = of.results if isinstance(of, Part) else of.printed
        taken = self.taken.get(id(of), set())
        return {k: v for k, v in numbers.items() if k not in taken and as_number(v) is not None}


def _digits(text: str) -> float:
    """Digits behind the point that a number is known to; a relation says none."""
    if text.startswith("<"):
        return -1.0
    mantissa, _, exponent = text.lower().partition("e")
    return len(mantissa.partition(".")[2]) - int(exponent or 0)


def left_over(outcome: Outcome, ledger: Ledger, shown: str) -> Iterator[Notice]:
    """Notices of an outcome: its numbers that are no claims, and P values whose last digits are not claimed."""
    title = f"{outcome.number} {outcome.name}".strip()
    parts = [(outcome.total, outcome.all_rows, None), *((g.part, g.rows, g) for g in outcome.groups)]
    for part, rows, group in parts:
        if part is None:
            continue
        named = f"{title}: {group.name}" if group else title
        reasons: dict[str, list[str]] = {}
        for name, text in ledger.left(part).items():
            reasons.setdefault(_why(name, part, outcome, rows, group), []).append(
                f"{part.places.get(name, name)} {text}"
            )
        if reasons:
            yield Notice("remark", f"{shown}, {part.where}", _said(named, reasons))
        yield from _short(named, ledger.shortened.get(id(part), ()), f"{shown}, {part.where}")
    reasons = _of_studies(outcome, ledger)
    if reasons:
        yield Notice("remark", f"{shown}, {outcome.where}", _said(f"{title}, studies", reasons))


def _said(title: str, reasons: Mapping[str, Sequence[str]]) -> str:
    found = "; ".join(f"{', '.join(numbers)} ({why})" for why, numbers in reasons.items())
    return f"{title}: numbers of RevMan's that are no claims: {found}."


def _short(title: str, found: Sequence[tuple[str, str, str]], where: str) -> Iterator[Notice]:
    if found:
        numbers = "; ".join(f"{place} {text} as {printed}" for place, text, printed in found)
        message = (
            f"{title}: RevMan's algorithms for P values are approximations, and their last digits no claims: {numbers}."
        )
        yield Notice("converted", where, message)


def _of_studies(outcome: Outcome, ledger: Ledger) -> dict[str, list[str]]:
    """Numbers of studies that are no claims, by reason; those that are the same for several stand once."""
    found: dict[tuple[str, str], list[str]] = {}
    for study in outcome.all_rows:
        for name, text in ledger.left(study).items():
            number = f"{study.places.get(name, name)} {text}"
            found.setdefault((_why_of_study(name, study, outcome), number), []).append(study.label)
    reasons: dict[str, list[str]] = {}
    for (why, number), labels in found.items():
        reasons.setdefault(why, []).append(
            f"{number} of {', '.join(labels) if len(labels) <= 3 else f'{len(labels)} studies'}"
        )
    return reasons


def _why(name: str, part: Part, outcome: Outcome, rows: Sequence[StudyRow], group: Group | None) -> str:
    """Why a number of a result is no claim."""
    if outcome.totals == "no" or (outcome.totals == "sub" and group is None and name not in BETWEEN):
        return "RevMan shows no such result"
    if name in BETWEEN:
        tested = bool(outcome.groups) and outcome.subgroup_test and group is None
        return "RevMan shows no test between these subgroups" if tested else "there is no test between subgroups"
    if not part.estimable:
        return "RevMan cannot estimate the result"
    if name in TOTALS and outcome.kind == "means" and name.startswith("events"):
        return "means have no events"
    if name in TOTALS:
        return "it is no sum over the studies that are pooled" if rows else "there are no studies"
    if not calculated(part):
        return "RevMan never calculated the result"
    if name == "k":
        return "it counts studies without an estimate, too"
    if name.startswith("tau2") and not outcome.random:
        return "a fixed-effect analysis has no tau²"
    if name in HETEROGENEITY:
        return "one study cannot differ from itself"
    if name in LOGS:
        return _no_logarithm(name, part.places)
    if name == "weight":
        return "it is a share of a result that is no analysis with these studies"
    return "it belongs to no analysis"


def _no_logarithm(name: str, places: Mapping[str, str]) -> str:
    of = name.removeprefix("log_")
    return f"it is no logarithm of {places.get(of, of)}"


def _why_of_study(name: str, study: StudyRow, outcome: Outcome) -> str:
    """Why a number of a study is no claim."""
    if not study.estimable:
        return "RevMan cannot estimate the study's effect"
    if outside(study):
        return "its effect and limits cannot be one interval"
    if name == "weight" and outcome.totals == "no":
        return "RevMan shows no result that it is a share of"
    if name == "weight":
        return (
            "it has no weight"
            if not as_number(study.printed["weight"])
            else "no analysis of these studies has this weight"
        )
    if not has_effect(study):
        return "RevMan never calculated the study's effect"
    if name in LOGS:
        return _no_logarithm(name, study.places)
    if name in ("variance", "o_e"):
        return _why_peto(name, study)
    return "it is not above 0" if name == "se" else "it belongs to no analysis"


def _why_peto(name: str, study: StudyRow) -> str:
    """O - E and V, from which Peto's method computes a study's effect: (O - E)/V with SE 1/sqrt(V) (Yusuf et al. 1985)."""
    o_e, v, se, effect = (as_number(study.printed.get(k)) or 0.0 for k in ("o_e", "variance", "se", "estimate"))
    if name == "o_e" and o_e == 0 and is_square(study.printed.get("variance"), study.printed.get("se")):
        return "O - E, which only Peto's method has"
    if v > 0 and se > 0 and abs(v * se * se - 1) <= _SAME:
        if name == "variance":
            return "V of Peto's method, which is 1/SE²: SE is a claim"
        if effect > 0 and abs(o_e - v * math.log(effect)) <= _SAME * max(1.0, abs(o_e)):
            return "O - E of Peto's method, which is V times the logarithm of the effect: both are claims"
    return "it does not follow from the study's effect and SE"
