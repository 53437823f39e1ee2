"""What no file of RevMan can hold: such a file is damaged or was edited by hand, and is refused with every place in it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from metaudit.drafts.draft import Notice
from metaudit.errors import Problem
from metaudit.formats.tables import nearest
from metaudit.imports.revman_shared import MEASURE_WORDS, Outcome, StudyRow, as_number, plain_number

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_NEEDED = {
    "counts": ("events_t", "n_t", "events_c", "n_c"),
    "means": ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
    "generic": ("effect", "se"),
    "o-e": ("o_e", "variance"),
}
_COUNTS = ("events_t", "n_t", "events_c", "n_c")
# What our columns are called in RevMan's files, for a person who looks for them there.
NAMES = {
    "events_t": "EVENTS_1, Experimental cases or Events 1", "n_t": "TOTAL_1, Experimental N or Total 1",
    "events_c": "EVENTS_2, Control cases or Events 2", "n_c": "TOTAL_2, Control N or Total 2",
    "mean_t": "MEAN_1 or Experimental mean", "mean_c": "MEAN_2 or Control mean", "sd_t": "SD_1 or Experimental SD",
    "sd_c": "SD_2 or Control SD", "effect": "ESTIMATE or GIV Mean", "se": "SE or GIV SE", "o_e": "O_E or O-E", "variance": "VAR or Variance",
}  # fmt: skip
_DATA = {f"{kind}_DATA" for kind in ("DICH", "CONT", "IV", "IPD", "OTHER")}
_METHODS = ("MH", "IV", "PETO")
_IN_REVMAN = "Correct it in RevMan, and export the file again."


def unsound(outcomes: Iterable[Outcome], shown: str, *, measure_said: bool) -> list[Problem]:
    """Everything in the outcomes of a file that cannot be.

    Parameters
    ----------
    outcomes : as read
    shown : the file as messages name it
    measure_said : whether the person says the effect measure, so that the file need not
    """
    found: list[Problem] = []
    for outcome in outcomes:
        if outcome.kind != "text":
            found += _settings(outcome, shown, measure_said=measure_said)
            found += [p for row in outcome.all_rows for p in _study(outcome, row, shown)]
    return found


def _settings(outcome: Outcome, shown: str, *, measure_said: bool) -> Iterator[Problem]:
    place = f"{shown}, {outcome.where}"
    if outcome.kind == "counts" and outcome.method and outcome.method not in _METHODS:
        message = f"METHOD (statistical method) {outcome.method!r} is none of RevMan's."
        yield Problem(place, 0, "", "method", message, f"Known: {', '.join(_METHODS)}.")
    if outcome.kind in ("counts", "means") and outcome.measure and not outcome.code and not measure_said:
        known = [w.upper() for w in MEASURE_WORDS if len(w) < 8]
        message = f"EFFECT_MEASURE (effect measure) {outcome.measure!r} is none of RevMan's."
        fix = f"{nearest(outcome.measure, known)} Or say it with --measure."
        yield Problem(place, 0, "", "measure", message, fix)
    if math.isnan(outcome.level) or math.isnan(outcome.study_level):
        message = "the confidence level (CI_TOTAL, CI_STUDY) is no percentage."
        yield Problem(place, 0, "", "level", message, f"RevMan's levels are 90, 95 and 99. {_IN_REVMAN}")


def _study(outcome: Outcome, row: StudyRow, shown: str) -> Iterator[Problem]:
    """What is wrong with the numbers of one study."""
    place = f"{shown}, {row.where}"
    values = {k: as_number(plain_number(row.numbers.get(k))) for k in (*_NEEDED[outcome.kind], *_COUNTS)}
    calculated = row.estimable and any(
        as_number(row.printed.get(k)) for k in ("estimate", "ci_low", "ci_high", "weight")
    )

    def wrong(rule: str, message: str) -> Problem:
        return Problem(place, 0, "", rule, f"{message} ({row.label or 'a study without a name'}).", _IN_REVMAN)

    for name in dict.fromkeys((*_NEEDED[outcome.kind], *(n for n in _COUNTS if n in row.numbers))):
        text, value = row.numbers.get(name, "").strip(), values[name]
        if text and value is None:
            yield wrong("number", f"{_called(name)} is {text[:40]!r}, which is no number")
        elif not text and calculated and name in _NEEDED[outcome.kind]:
            yield wrong("missing-number", f"{_called(name)} is missing, and RevMan has a result for the study")
        elif value is not None and name in _COUNTS and (value < 0 or value != int(value)):
            yield wrong("count", f"{_called(name)} is {text}; people are counted in whole numbers")
        elif value is not None and name in ("sd_t", "sd_c") and value < 0:
            yield wrong("negative", f"{_called(name)} is {text}; a standard deviation is not negative")
        elif value is not None and name in ("se", "variance") and value <= 0 and calculated:
            yield wrong("range", f"{_called(name)} is {text}; it is above 0 where RevMan has a result")
    for events, n in (("events_t", "n_t"), ("events_c", "n_c")):
        x, size = values[events], values[n]
        if outcome.kind == "counts" and x is not None and size is not None and x > size >= 0:
            yield wrong("events-above-n", f"{row.numbers[events]} events among {row.numbers[n]} people")


def _called(column: str) -> str:
    return f"{column} ({NAMES[column]})"


def unsound_references(root: Element, data: Element, shown: str) -> list[Problem]:
    """Ids of a RevMan 5 file that name several studies, or several analyses.

    Parameters
    ----------
    root : the whole document
    data : its analyses
    shown : the file as messages name it
    """
    problems = []
    studies = Counter(e.get("ID", "") for e in root.iter("STUDY"))
    for key, times in studies.items():
        if times > 1:
            message = f"{times} studies have the id {key!r}; it is not clear whose data are meant."
            problems.append(Problem(f"{shown}, {key}", 0, "", "duplicate-id", message, _IN_REVMAN))
    outcomes = Counter(e.get("ID", "") for e in data.iter() if e.tag.endswith(("_OUTCOME", "_SUBGROUP")))
    for key, times in outcomes.items():
        if key and times > 1:
            message = f"{times} analyses have the id {key!r}."
            problems.append(Problem(f"{shown}, {key}", 0, "", "duplicate-id", message, _IN_REVMAN))
    return problems


def undeclared(root: Element, data: Element, shown: str) -> list[Notice]:
    """A notice of data whose study is not in the list of studies: it is called by its id."""
    studies = {e.get("ID", "") for e in root.iter("STUDY")}
    used = dict.fromkeys(e.get("STUDY_ID", "") for e in data.iter() if e.tag in _DATA)
    strange = [key or "(no id)" for key in used if key not in studies]
    if not studies or not strange:
        return []
    message = f"data of studies that are not in the list of studies, called by their ids: {', '.join(strange)}."
    return [Notice("guessed", shown, message, "Check their names.")]


def unsound_rows(rows: Sequence[Mapping[str, str]], known: Iterable[tuple[str, str]], shown: str) -> list[Problem]:
    """Rows of a RevMan Web package that belong to an analysis without settings.

    Parameters
    ----------
    rows : of the table of studies
    known : group and number of every analysis that has settings; none where there is no table of them
    shown : the table as messages name it
    """
    described = set(known)
    strange: dict[str, str] = {}
    for row in rows:
        key = (row.get("analysis group", "").strip(), row.get("analysis number", "").strip())
        if described and key not in described:
            strange.setdefault(".".join(key), row["#"])
    return [
        Problem(
            shown,
            int(line),
            "Analysis number",
            "unknown-analysis",
            f"analysis {number} is not in the table of settings.",
            "Export the data package again.",
        )
        for number, line in strange.items()
    ]
