"""RevMan's lines of studies as rows of extraction.csv."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metaudit.drafts.draft import Notice
from metaudit.imports.revman_shared import Outcome, StudyRow, as_number, plain_number
from metaudit.imports.revman_shared_digits import claimed
from metaudit.imports.revman_shared_errors import row_errors
from metaudit.imports.revman_shared_studies import HUNDRED, LIMITS, has_effect, outside

COUNTS = ("events_t", "n_t", "events_c", "n_c")
MEANS = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
_LIKE_A_TOTAL = re.compile(
    r"(?:(?:sub-?|grand )?totals?|overall|pooled|(?:random|fixed|common)[- ]effects?|summary|heterogeneity)\b",
    re.IGNORECASE,
)
# Columns of extraction.csv that hold what RevMan wrote for a study, and its weight beside.
PRINTED = {"printed_effect": "estimate", "printed_ci_low": "ci_low", "printed_ci_high": "ci_high"}
_ARMS = (("events_t", "n_t"), ("events_c", "n_c"))


def outcome_name(outcome: Outcome) -> str:
    """What the rows of an outcome are selected by: its number and name, as RevMan shows them."""
    return f"{outcome.number} {outcome.name}".strip()


def study_rows(
    outcome: Outcome, *, shown: str, source: str, weighted: bool
) -> tuple[list[dict[str, str]], list[Notice]]:
    """The rows of one outcome, in the order of the file, and what had to be changed.

    Parameters
    ----------
    outcome : with all its studies
    shown : the file as messages name it
    source : key of sources.csv
    weighted : whether the weights belong to the analysis that the rows are selected by
    """
    notices: list[Notice] = []
    rows: list[dict[str, str]] = []
    taken: dict[tuple[str, str], int] = {}
    for group, study in _members(outcome):
        row, found = _row(outcome, study, shown, weighted=weighted)
        notices += [*found, *_renamed(study, row["study"], shown)]
        comparison = outcome.comparison
        if (row["study"], comparison) in taken and group:
            comparison = f"{comparison}: {group}"
        times = taken[row["study"], comparison] = taken.get((row["study"], comparison), 0) + 1
        if times > 1:
            comparison = f"{comparison} ({times})"
        row |= {"comparison": comparison, "source": source}
        if group:
            row["x_subgroup"] = group
        if study.applies != "both":
            row["x_applies"] = study.applies
        rows.append(row)
    return rows, notices


def label_of(study: StudyRow) -> str:
    """The study's label; one that is missing, or could be taken for a total, says where the study stands."""
    if not study.label:
        return f"Study without a name ({study.where})"
    return f"Study {study.label}" if _LIKE_A_TOTAL.match(study.label) else study.label


def _renamed(study: StudyRow, label: str, shown: str) -> list[Notice]:
    if label == study.label:
        return []
    said = f"is called {study.label!r}, which reads as a total" if study.label else "has no name"
    return [
        Notice("converted", f"{shown}, {study.where}", f"a study {said}; it stands as {label!r}.", "Write its name.")
    ]


def _members(outcome: Outcome) -> Iterator[tuple[str, StudyRow]]:
    yield from (("", r) for r in outcome.rows)
    for group in outcome.groups:
        yield from ((group.name, r) for r in group.rows)


def _row(outcome: Outcome, study: StudyRow, shown: str, *, weighted: bool) -> tuple[dict[str, str], list[Notice]]:
    where = f"{shown}, {study.where}"
    cells, notes, notices = _numbers(outcome, study, where)
    row = {"study": label_of(study), "outcome": outcome_name(outcome), **cells}
    year = plain_number(study.year)
    if year.isdigit() and 1800 <= int(year) <= 2099:
        row["year"] = year
    elif study.year.strip():
        notices.append(Notice("dropped", where, f"{study.year.strip()!r} is no year of publication ({study.label})."))
    printed = _printed(outcome, study, weighted=weighted and outcome.totals != "no")
    row |= printed
    if not printed and study.estimable and outside(study):
        numbers = ", ".join(f"{k} {study.printed[k]}" for k in LIMITS)
        notices.append(Notice("unread", where, f"{numbers} cannot be one interval ({study.label}); not carried over."))
    if any(k.startswith("printed_") and k != "printed_weight" for k in row) and outcome.study_level != outcome.level:
        row["ci_level"] = f"{outcome.study_level:g}"
    if not study.estimable:
        notes.append("not estimable in RevMan")
    if study.note:
        notes.append(study.note)
    certainty = "derived" if _computed(outcome, cells) else "read"
    return row | {"where": study.where, "certainty": certainty, "note": "; ".join(notes)}, notices


def _computed(outcome: Outcome, cells: Mapping[str, str]) -> bool:
    """Whether numbers of a row are arithmetic on what stands in the file, which its note says."""
    if outcome.kind == "counts":
        return outcome.swap and "events_t" in cells
    return "effect" in cells and (outcome.kind == "o-e" or (outcome.kind == "generic" and bool(outcome.log)))


def _printed(outcome: Outcome, study: StudyRow, *, weighted: bool) -> dict[str, str]:
    """What RevMan wrote for this study; nothing where it could not compute an effect, or did not."""
    out: dict[str, str] = {}
    if not has_effect(study):
        return out
    errors = row_errors(outcome, study)
    for column, name in PRINTED.items():
        out[column] = claimed(study.printed[name], error=errors[name])
    weight = as_number(study.printed.get("weight"))
    if weighted and weight is not None and 0 < weight <= HUNDRED:
        out["printed_weight"] = claimed(study.printed["weight"], error=errors["weight"])
    return out


def _numbers(outcome: Outcome, study: StudyRow, where: str) -> tuple[dict[str, str], list[str], list[Notice]]:
    """The data of a row in the columns of its kind, notes on them, and what had to be changed or left out."""
    given = {k: plain_number(v) for k, v in study.numbers.items()}
    notices = [
        Notice(
            "unread",
            where,
            f"{study.numbers[k].strip()!r} is no number ({k} of {study.label}).",
            "Type it from the paper.",
        )
        for k, v in given.items()
        if not v and study.numbers[k].strip()
    ]
    notes: list[str] = []
    if outcome.kind == "counts":
        cells, notes = _counts(given, swap=outcome.swap)
    elif outcome.kind == "means":
        cells = {k: given[k] for k in MEANS if given.get(k)}
    elif outcome.kind == "o-e":
        cells, notes = _of_o_e(given)
    else:
        cells, notes = _generic(given, log=bool(outcome.log))
    cells = {
        k: _whole(v) if k in COUNTS else v
        for k, v in cells.items()
        if v and not (k in ("n_t", "n_c") and as_number(v) == 0)
    }
    for names, why in _impossible(cells):
        left_out = ", ".join(f"{n} {cells.pop(n)}" for n in names if n in cells)
        notices.append(
            Notice("unread", where, f"{left_out} left out: {why} ({study.label}).", "Type what the paper says.")
        )
    return cells, notes, notices


def _whole(text: str) -> str:
    """A count as a whole number where it is one: ``12.00`` as ``12``."""
    value = as_number(text)
    return f"{value:.0f}" if value is not None and value == int(value) else text


def _impossible(cells: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Cells that no study can have together, and why."""
    for name in COUNTS:
        value = as_number(cells.get(name))
        if value is not None and (value < 0 or value != int(value)):
            yield (name,), "people are counted in whole numbers"
    for events, n in _ARMS:
        x, size = as_number(cells.get(events)), as_number(cells.get(n))
        if x is not None and size is None:
            yield (events,), "nobody was analysed"
        elif x is not None and size is not None and x > size:
            yield (events, n), "more events than people"
    for name in ("sd_t", "sd_c", "se"):
        spread = as_number(cells.get(name))
        if spread is not None and (spread < 0 or (spread == 0 and name == "se")):
            yield (name,), "a spread is above 0"


def _counts(given: Mapping[str, str], *, swap: bool) -> tuple[dict[str, str], list[str]]:
    """Counts; where RevMan analyses the people without the event, those are the events of the row."""
    cells = {k: given.get(k, "") for k in COUNTS}
    if not swap or not all(cells.values()):
        return cells, []
    numbers = [as_number(cells[k]) or 0.0 for k in COUNTS]
    cells |= {"events_t": f"{numbers[1] - numbers[0]:.0f}", "events_c": f"{numbers[3] - numbers[2]:.0f}"}
    said = f"{given['events_t']} of {given['n_t']} and {given['events_c']} of {given['n_c']}"
    return cells, [f"people without the event, as RevMan analyses them; entered as {said} with it"]


def _of_o_e(given: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Observed less expected events and their variance as a ratio: exp((O - E)/V), SE of its logarithm 1/sqrt(V).

    Deeks and Higgins (2010), Statistical algorithms in Review Manager 5, "Peto" and "O - E and variance"; Yusuf et al.
    (1985), Prog Cardiovasc Dis 27:335.
    """
    cells = {k: given.get(k, "") for arm in _ARMS if as_number(given.get(arm[1])) for k in arm}
    difference, variance = as_number(given.get("o_e")), as_number(given.get("variance"))
    if difference is None or variance is None or variance <= 0:
        return cells, [
            f"O - E {given.get('o_e') or 'missing'}, variance {given.get('variance') or 'missing'}: no effect follows"
        ]
    cells |= _ratio(difference / variance) | {"se": repr(1 / math.sqrt(variance))}
    return cells, [f"from O - E = {given['o_e']} and V = {given['variance']}"]


def _generic(given: Mapping[str, str], *, log: bool) -> tuple[dict[str, str], list[str]]:
    """An effect and its standard error; entered as a logarithm where the effect is a ratio."""
    cells = {k: given.get(k, "") for k in ("effect", "se", "n_t", "n_c")}
    value = as_number(cells["effect"])
    if not log or value is None:
        return cells, []
    return cells | _ratio(value), [f"entered as the logarithm {cells['effect']}"]


def _ratio(logarithm: float) -> dict[str, str]:
    return {"effect": repr(math.exp(logarithm))} if abs(logarithm) < 700 else {}


def conversion_notices(outcomes: Sequence[Outcome], shown: str) -> list[Notice]:
    """What was typed otherwise than it stood, once for each outcome."""
    out = []
    for outcome in outcomes:
        place = f"{shown}, {outcome.where}"
        if outcome.kind == "o-e":
            message = "observed less expected events and their variance are ratios here: effect = exp((O - E)/V), se = 1/sqrt(V)."
            out.append(Notice("converted", place, message, "Both numbers stand in the notes of the rows."))
        if outcome.kind == "generic" and outcome.log:
            message = "effects entered as logarithms are ratios here; se stays that of the logarithm."
            out.append(Notice("converted", place, message, "The logarithms stand in the notes of the rows."))
        if outcome.kind == "counts" and outcome.swap:
            message = "RevMan analyses the people without the event; events_t and events_c are those people."
            out.append(Notice("converted", place, message, "The counts as entered stand in the notes of the rows."))
    return out


def as_entered(outcome: Outcome) -> Outcome:
    """The outcome with the counts that its effects belong to: some versions save them already exchanged.

    RevMan's saved effects decide: they are those of the people without the event, or of the counts as they stand.
    """
    if not outcome.swap or outcome.code not in ("OR", "RR"):
        return outcome
    for study in outcome.all_rows:
        found = _orientation(study, outcome.code)
        if found:
            return outcome if found == "swapped" else replace(outcome, swap=False)
    return outcome


def _orientation(study: StudyRow, code: str) -> str:
    numbers = [as_number(study.numbers.get(k)) for k in COUNTS]
    effect = as_number(study.printed.get("estimate"))
    if not study.estimable or effect is None or any(v is None for v in numbers):
        return ""
    a, n1, c, n2 = (v or 0.0 for v in numbers)
    if min(a, c, n1 - a, n2 - c) <= 0:
        return ""

    def ratio(x: float, y: float) -> float:
        return (x / (n1 - x)) / (y / (n2 - y)) if code == "OR" else (x / n1) / (y / n2)

    as_is, swapped = (
        abs(ratio(x, y) / effect - 1) < 1e-4 if effect > 0 else False for x, y in ((a, c), (n1 - a, n2 - c))
    )
    return "" if as_is == swapped else "as it is" if as_is else "swapped"
