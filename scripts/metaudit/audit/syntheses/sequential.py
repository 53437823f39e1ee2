"""Claims of a trial sequential analysis: required size, boundaries and what was crossed, under what is stated and what is open."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from metaudit.audit.intervals import Filed
from metaudit.audit.syntheses.inputs import MISSED, context_of, in_part, not_answered, with_rounding
from metaudit.audit.syntheses.judging import judge_claims
from metaudit.audit.syntheses.one_plan import OnePlan
from metaudit.audit.syntheses.sequential_search import Search
from metaudit.audit.syntheses.statements import with_plan
from metaudit.audit.syntheses.tried import Outcome
from metaudit.audit.verdict import Finding
from metaudit.effects.convert import Converted, convert
from metaudit.errors import DataError, InputError
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.stated import with_override
from metaudit.formats.tables import Row
from metaudit.sequential_result import ways_of_pooling

_OF_ORDER = frozenset(
    "tsa_boundary tsa_ci_low tsa_ci_high tsa_ci_level tsa_look tsa_p tsa_estimate conditional_power".split()
)
_HOLDS = "statement about boundaries"


def findings(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Row], *, review: Review, level: float
) -> Iterator[Filed]:
    """Verdicts on the claims about the sequential analysis of one analysis under one method override.

    Parameters
    ----------
    analysis : with ``sequential``, or with claims about one of which nothing else is stated
    claims : of the analysis
    rows : that it pools
    review : the review
    level : of confidence where none is stated
    """
    override = claims[0].method if claims else ""
    stated = replace(with_plan(analysis, override), method=with_override(analysis.method, override))
    for part, members in _parts(stated, claims, rows).items():
        if part is None:
            yield from (_without_trials(c) for c in members)
        else:
            yield from _of_part(stated, members, [rows[i] for i in part], level=level)


def _parts(
    analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Row]
) -> dict[tuple[int, ...] | None, list[Claim]]:
    """The claims by the rows that they are about, a subgroup or all; None for a number of which nobody can tell."""
    column = column_name(analysis.subgroups, known_columns(rows)) if analysis.subgroups else ""
    out: dict[tuple[int, ...] | None, list[Claim]] = {}
    for claim in claims:
        named, sign, level = (t.strip() for t in claim.subject.partition("="))
        wanted = level if sign and named.removeprefix("x_") == analysis.subgroups.removeprefix("x_") else claim.subject
        inside = tuple(i for i, r in enumerate(rows) if column and wanted and r.text(column) == wanted)
        everything = not claim.subject or claim.quantity == "text"  # a statement has its topic for subject
        key = inside or (tuple(range(len(rows))) if everything else None)
        out.setdefault(key, []).append(claim)
    return out


def _without_trials(claim: Claim) -> Filed:
    what = f"which trials make up {claim.subject!r}"
    message = f"The extraction table does not say {what}."
    return claim.id, Finding("re-derivation", message, "NOT_CHECKABLE", causes=(what,))


def _of_part(analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Row], *, level: float) -> Iterator[Filed]:
    """Verdicts on claims that are about the same trials."""
    converted = [convert(r) for r in rows]
    try:
        search = _best_search(analysis, claims, converted, level=level)
        stated = search.stated
    except (DataError, InputError) as error:
        yield from _refused(claims, error, analysis=analysis, rows=converted)
        return
    effects = search.trials.effects(search.ways[0])
    context = replace(context_of(effects, rows), plan=search.plan)
    judged = dict(judge_claims(search.asked, stated, lambda: search.others, context=context))
    numbers = [c for c in search.asked if c.id not in search.statements]
    found = [(c, f) for c, f in judged.items() if c not in search.statements]
    judged |= with_rounding(found, numbers, converted, tried=[search.plan.best.tried], again=search.again)
    said = _with_cut_off(_with_statements(judged, claims, search), search)
    yield from in_part(said, analysis, effects)
    yield from _order_notes(search)


def _best_search(analysis: Analysis, claims: Sequence[Claim], rows: Sequence[Converted], *, level: float) -> Search:
    """By the measure whose stated choices give most of the claims; the first of the possible ones among equals.

    Raises
    ------
    DataError
    InputError
        where there is no sequential analysis by any.
    """
    if not analysis.pairwise:
        raise DataError("a row of this analysis is an arm, and a sequential analysis compares two groups of each trial")
    ways = ways_of_pooling(analysis, rows, level=level)
    measures = list(dict.fromkeys(w.measure for w in ways))
    found: list[Search] = []
    refused: list[DataError | InputError] = []
    for measure in measures:
        try:
            search = Search(analysis, claims, rows, ways=[w for w in ways if w.measure == measure])
            _ = search.stated
            found.append(search)
        except (DataError, InputError) as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return found[0] if len(found) == 1 else max(found, key=lambda s: s.rank)


def _refused(
    claims: Sequence[Claim], error: DataError | InputError, *, analysis: Analysis, rows: Sequence[Converted]
) -> Iterator[Filed]:
    """No claim can be answered; statements in words neither."""
    numbers = [c if c.quantity != "text" else replace(c, quantity="count", printed="1") for c in claims]
    yield from not_answered(numbers, str(error), analysis=analysis, rows=rows)


def _with_statements(judged: Mapping[str, Finding], claims: Sequence[Claim], search: Search) -> Iterator[Filed]:
    """The findings, those about statements in words said as such; these were judged as a 1 (it holds) or a 0."""
    # Some departure makes nearly every statement true: it is believed only where it gives a missed number as well.
    departs = any(f.verdict == "OTHER_SPEC" for c, f in judged.items() if c not in search.statements)
    printed = {c.id: c.printed for c in claims}
    for claim, finding in judged.items():
        if claim in search.statements and finding.verdict not in ("", "NOT_CHECKABLE"):
            yield claim, _of_statement(finding, printed[claim], plan=search.plan, claim=claim, departs=departs)
        else:
            yield claim, finding


def _with_cut_off(found: Iterable[Filed], search: Search) -> Iterator[Filed]:
    """The same findings; of a miss it is said where not all that the paper leaves open was looked at."""
    for claim, f in found:
        if f.verdict in MISSED and search.cut_off:
            f = replace(f, message=f"{f.message} {search.cut_off}")
        yield claim, f


def _of_statement(finding: Finding, printed: str, *, plan: OnePlan[Outcome], claim: str, departs: bool) -> Finding:
    """The finding about one statement.

    Parameters
    ----------
    plan : what the stated choices give of all claims; the statement is one of them
    claim : its id
    departs : whether a departure that gives other numbers may explain it
    """
    nowhere = dict.fromkeys(("value", "value_low", "value_high", "margin", "envelope_low", "envelope_high"), math.nan)
    found = replace(finding, check=_HOLDS, printed_width=math.nan, **nowhere)  # type: ignore[arg-type]
    if finding.verdict in ("EXACT", "WITHIN_ROUNDING"):
        return replace(found, message=f"'{printed}' holds: {finding.formula}.", verdict="EXACT")
    if finding.verdict == "UNDERSPECIFIED":
        left = f"The paper leaves open what decides it; it holds with {', '.join(finding.causes)}"
        return replace(found, message=f"'{printed}' holds: {finding.formula}. {left}.{plan.note()}")
    ours = _ours(plan, claim)
    if finding.verdict == "OTHER_SPEC" and departs:
        other = f"It does with {', '.join(finding.causes)}, which other numbers point to: {finding.formula}"
        return replace(found, message=f"'{printed}' does not hold by the stated method: {ours}. {other}.")
    other = ""
    if claim in plan.apart:
        instead = plan.instead(claim)
        other = f" {instead[:1].upper()}{instead[1:]}: {plan.apart[claim].given[claim].ours.how}."
    message = f"'{printed}' does not hold: {ours}.{other}"
    return replace(found, message=message, verdict="DIFFERENT", impact="significance", causes=(), formula=ours)


def _ours(plan: OnePlan[Outcome], claim: str) -> str:
    """What is the case under the stated choices that give most of the claims, in words; under others where it cannot be told."""
    told = next((o for o in (plan.best, *plan.outcomes) if claim in o.given and not o.gives(claim)), None)
    return told.given[claim].ours.how if told is not None else str(plan.best.refused[claim])


def _order_notes(search: Search) -> Iterable[Filed]:
    """Says of numbers that hang on the order of the trials that some have no year."""
    undated = search.trials.undated
    if not undated:
        return
    which = (
        "no trial has a year"
        if len(undated) == len(search.trials.rows)
        else f"no year is given for {', '.join(undated)}"
    )
    for claim in search.asked:
        if claim.quantity in _OF_ORDER or claim.id in search.statements:
            yield claim.id, Finding("order of the trials", f"The trials are taken in the order of the table: {which}.")
