"""What RevMan wrote of an outcome's results, as rows of claims.csv."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from metaudit.drafts.draft import Notice
from metaudit.imports.revman_shared import Outcome, Part, StudyRow, as_number, plain_number
from metaudit.imports.revman_shared_digits import claimed, claimed_p, claimed_q_p
from metaudit.imports.revman_shared_errors import RATIOS, part_errors
from metaudit.imports.revman_shared_studies import HUNDRED, LOGS, log_scale

if TYPE_CHECKING:
    from metaudit.imports.revman_shared_plan import Result

EFFECT = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
TEST = ("z", "p")
HETEROGENEITY = ("tau2", "tau2_low", "tau2_high", "q", "q_df", "q_p", "i2")
TOTALS = ("events_t", "n_t", "events_c", "n_c")
BETWEEN = ("subgroup_q", "subgroup_df", "subgroup_p", "subgroup_i2")
_KINDS = {"counts": TOTALS, "means": ("n_t", "n_c"), "generic": ("n_t", "n_c"), "o-e": TOTALS}


def result_claims(
    outcome: Outcome, result: Result, *, analysis: str, df: int = 0
) -> Iterator[tuple[str, dict[str, str]]]:
    """The claims of one result without their ids, each with RevMan's number that it is.

    Parameters
    ----------
    outcome : what it is a result of
    result : the numbers, what they are about, and the studies behind them
    analysis : id of the analysis that computes it
    df : degrees of freedom of the test between subgroups
    """
    part, rows = result.part, result.rows
    results, errors = part.results, part_errors(outcome, part, rows)
    names = [] if result.between else [*_totals(outcome, part, rows), *_pooled(outcome, part, rows)]
    between = BETWEEN if df > 0 and not result.subject else ()
    for name in (*names, *(k for k in between if as_number(results.get(k)) is not None)):
        yield (
            name,
            _claim(name, outcome, result, analysis=analysis, printed=_printed(name, outcome, result, errors, df=df)),
        )
    if not result.between and calculated(part):
        yield from _repeats(outcome, result, errors, analysis=analysis)


def _claim(name: str, outcome: Outcome, result: Result, *, analysis: str, printed: str) -> dict[str, str]:
    place, where = result.part.places.get(name, ""), result.part.where
    scale = log_scale(result.part.results[name], result.part.results.get(name.removeprefix("log_")), outcome.code)
    return {
        "analysis": analysis, "quantity": name.removeprefix("log_"), "subject": result.subject, "printed": printed,
        **({"scale": scale} if name in LOGS else {}), "where": f"{where}, {place}" if place else where, "certainty": "read",
    }  # fmt: skip


def _repeats(
    outcome: Outcome, result: Result, errors: Mapping[str, float], *, analysis: str
) -> Iterator[tuple[str, dict[str, str]]]:
    """The same results once more: as logarithms, by their standard error, and the weight that their studies have together."""
    found = result.part.results
    names = [n for n in LOGS if log_scale(found.get(n), found.get(n.removeprefix("log_")), outcome.code)]
    names += ["se"] if (as_number(found.get("se")) or 0) > 0 else []
    weight = as_number(found.get("weight"))
    names += ["weight"] if result.weighed and weight is not None and 0 < weight <= HUNDRED else []
    for name in names:
        printed = claimed(found[name], error=errors[name])
        yield name, _claim(name, outcome, result, analysis=analysis, printed=printed)


def calculated(part: Part) -> bool:
    """Whether RevMan has computed a result: one that it has not has empty fields, or a row of zeros."""
    values = [as_number(part.results.get(k)) for k in ("estimate", "ci_low", "ci_high")]
    return part.estimable and all(v is not None for v in values) and values[1] != values[2]


def _pooled(outcome: Outcome, part: Part, rows: Sequence[StudyRow]) -> Iterator[str]:
    if not calculated(part):
        return
    found = {k for k, v in part.results.items() if as_number(v) is not None}
    several = (as_number(part.results.get("q_df")) or 0) > 0
    yield from (k for k in (*EFFECT, *TEST) if k in found)
    for name in HETEROGENEITY:
        if name in found and several and not (name.startswith("tau2") and not outcome.random):
            yield name
    if "k" in found and _counts_pooled(part.results["k"], rows):
        yield "k"


def _counts_pooled(text: str, rows: Sequence[StudyRow]) -> bool:
    """Whether a number of studies is one of those that are pooled, and not of all that are listed."""
    pooled = sum(r.estimable for r in rows)
    return plain_number(text).isdigit() and (pooled == len(rows) or int(plain_number(text)) != len(rows))


def _totals(outcome: Outcome, part: Part, rows: Sequence[StudyRow]) -> Iterator[str]:
    """Totals that are sums of what the pooled studies report; a total of what was not entered is 0 and says nothing."""
    yield from (name for name, whole in _reported_totals(outcome, part, rows) if not whole)


def _reported_totals(outcome: Outcome, part: Part, rows: Sequence[StudyRow]) -> Iterator[tuple[str, bool]]:
    """Each total with whether it counts studies too that have no estimate."""
    for name in _KINDS.get(outcome.kind, ()):
        value = as_number(part.results.get(name))
        if value is None or value != int(value) or (value == 0 and not name.startswith("events")):
            continue
        entered = [as_number(r.numbers.get(name)) for r in rows]
        people = [as_number(r.numbers.get(name.replace("events", "n"))) for r in rows]
        if not entered or any(v is None for v in entered) or not all(people):
            continue
        total = as_number(_total(name, part.results[name], outcome, rows))
        pooled = [r for r in rows if r.estimable]
        yield name, len(pooled) < len(rows) and total == _sum(name, rows, outcome) != _sum(name, pooled, outcome)


def _sum(name: str, rows: Sequence[StudyRow], outcome: Outcome) -> float:
    values = [as_number(r.numbers.get(name)) or 0.0 for r in rows]
    if not (outcome.swap and name.startswith("events")):
        return sum(values)
    return sum(as_number(r.numbers.get(name.replace("events", "n"))) or 0.0 for r in rows) - sum(values)


def totals_of_all(outcome: Outcome, part: Part, rows: Sequence[StudyRow], shown: str) -> list[Notice]:
    """A notice on totals that count studies without an estimate, which no pooled result rests on."""
    names = [name for name, whole in _reported_totals(outcome, part, rows) if whole]
    if not names:
        return []
    total = ", ".join(f"{n} {plain_number(part.results[n])}" for n in names)
    without = ", ".join(r.label for r in rows if not r.estimable)
    message = f"totals that count people of studies without an estimate too ({without}) agree with the studies and are no claims: {total}."
    return [Notice("remark", f"{shown}, {part.where}", message)]


def _printed(name: str, outcome: Outcome, result: Result, errors: Mapping[str, float], *, df: int) -> str:
    """A number with the digits that are claimed."""
    results, text = result.part.results, result.part.results[name]
    if name in ("q_df", "k", "subgroup_df"):
        return plain_number(text)
    if name in TOTALS:
        return _total(name, text, outcome, result.rows)
    if name == "q_p":
        return claimed_q_p(text, results.get("q", ""), int(as_number(results.get("q_df")) or 0), error=errors["q"])
    if name == "subgroup_p":
        return claimed_q_p(text, results.get("subgroup_q", ""), df, error=errors["subgroup_q"])
    if name == "p":
        return claimed_p(text, results.get("z", ""), error=errors["z"])
    if name == "z":
        return _signed(text, outcome, results, errors["z"])
    return claimed(text, error=errors.get(name))


def _signed(text: str, outcome: Outcome, results: Mapping[str, str], error: float) -> str:
    """Z with the sign of the effect: RevMan writes its size."""
    number, estimate = claimed(text, error=error), as_number(results.get("estimate"))
    below = estimate is not None and estimate < (1.0 if outcome.code in RATIOS else 0.0)
    return f"-{number}" if below and not number.startswith("-") and as_number(number) else number


def _total(name: str, text: str, outcome: Outcome, rows: Sequence[StudyRow]) -> str:
    """A total; where events are exchanged for the people without them, so is their total when it was saved as entered."""
    if not (outcome.swap and name.startswith("events")):
        return plain_number(text)
    entered = sum(as_number(r.numbers.get(name)) or 0.0 for r in rows)
    return f"{_sum(name, rows, outcome):.0f}" if as_number(text) == entered else plain_number(text)


def uncalculated(outcome: Outcome, part: Part, shown: str) -> list[Notice]:
    """A notice where RevMan pooled nothing although it was to."""
    if calculated(part) or not outcome.all_rows or outcome.totals == "no":
        return []
    why = (
        "RevMan says that it cannot be estimated"
        if not part.estimable
        else "its fields are empty or all zero: RevMan never calculated it"
    )
    message = f"no result of {outcome.number} {outcome.name} becomes a claim: {why}."
    return [
        Notice(
            "remark",
            f"{shown}, {part.where}",
            message,
            "" if not part.estimable else "Open the file in RevMan and save it again.",
        )
    ]
