"""Statements in words about a network, held against its fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from metaudit.audit.intervals import Filed, p_is
from metaudit.audit.own_value import Unanswerable
from metaudit.audit.syntheses.network_table import NetworkTable, Reading
from metaudit.audit.syntheses.network_values import pair_of
from metaudit.audit.verdict import Finding
from metaudit.audit.words import HETEROGENEITY_ALPHA, Truth
from metaudit.errors import DataError
from metaudit.formats.review import Analysis, Claim
from metaudit.measures import measure_of
from metaudit.network.values import Values

if TYPE_CHECKING:
    from metaudit.audit.syntheses.network_choices import Choice

CHECK = "words against numbers"
OF_PAIR = ("significant", "not significant", "favours treatment", "favours control")
OF_WHOLE = ("heterogeneous", "not heterogeneous", "consistent", "inconsistent")
OF_TREATMENT = {"ranks first": 1, "ranks second": 2, "ranks third": 3, "ranks last": -1}
ALPHA = 0.05


def judge_words(
    claim: Claim,
    fits: Sequence[tuple[Choice, Values]],
    table: NetworkTable,
    *,
    analysis: Analysis,
    reading: Reading,
) -> Iterator[Filed]:
    """Judge one statement under every specification that fits the numbers; statements of other words are left alone.

    Parameters
    ----------
    claim : of quantity ``text``
    fits : the specifications that agree with the paper, with their numbers
    table, reading : how its subject is read
    analysis : which effects are good
    """
    statement = claim.printed.strip().lower()
    truths: list[tuple[Choice, Truth]] = []
    refused: list[Unanswerable] = []
    for choice, values in fits:
        try:
            truth = _truth(claim, statement, values, table, analysis=analysis, reading=reading)
        except Unanswerable as reason:
            refused.append(reason)
        except DataError as error:
            refused.append(Unanswerable(str(error).rstrip(".")))
        else:
            truths += [(choice, truth)] if truth is not None else []
    if not truths:
        if refused:  # nothing is said of other words than these
            words, missing = str(refused[0]), refused[0].missing
            yield claim.id, Finding(CHECK, f"{words[:1].upper()}{words[1:]}.", "NOT_CHECKABLE", causes=missing)
        return
    holding = [(c, t) for c, t in truths if t.holds]
    choice, truth = (holding or truths)[0]
    if len(holding) == len(truths):
        message = f"'{claim.printed}' agrees with our own result: {truth.why}."
        yield claim.id, Finding(CHECK, message, "EXACT", spec=str(choice.spec))
    elif holding:
        message = (
            f"'{claim.printed}' agrees with our own result under some choices that the paper leaves open: {truth.why}."
        )
        yield claim.id, Finding(CHECK, message, "UNDERSPECIFIED", spec=str(choice.spec), causes=(str(choice.spec),))
    else:
        impact = "direction" if statement.startswith("favours") else "significance"
        message = f"'{claim.printed}' contradicts our own result: {truth.why}."
        yield claim.id, Finding(CHECK, message, "DIFFERENT", spec=str(choice.spec), impact=impact)


def _truth(
    claim: Claim, statement: str, values: Values, table: NetworkTable, *, analysis: Analysis, reading: Reading
) -> Truth | None:
    if statement in OF_WHOLE:
        return _of_whole(statement, values)
    if statement in OF_TREATMENT:
        return _of_rank(claim, statement, values, table)
    if statement in OF_PAIR:
        return _of_pair(claim, statement, values, table, analysis=analysis, reading=reading)
    return None


def _of_whole(statement: str, values: Values) -> Truth:
    if "heterogeneous" in statement:
        n = values.network
        if n.df < 1:
            raise Unanswerable("the studies of this network cannot disagree: no comparison has two sources of evidence")
        holds = (n.q_p < HETEROGENEITY_ALPHA) == (statement == "heterogeneous")
        return Truth(holds, f"Q = {n.q:.4g} on {n.df} df, {p_is(n.q_p)}")
    p, df = values.value("interaction_p"), values.value("interaction_df")
    if df < 1:
        raise Unanswerable("the designs of this network cannot disagree: no loop of them has two sources of evidence")
    why = f"design-by-treatment interaction: chi² = {values.value('interaction'):.4g} on {df:g} df, {p_is(p)}"
    return Truth((p < ALPHA) == (statement == "inconsistent"), why)


def _of_rank(claim: Claim, statement: str, values: Values, table: NetworkTable) -> Truth:
    named = table.subject(claim.subject).treatments
    if len(named) != 1:
        raise Unanswerable(f"'{claim.printed}' is said of one treatment", "the treatment as subject")
    if values.small_is_good is None:
        raise Unanswerable(
            "review.yaml does not say whether small or large effects are good, without which nothing is ranked",
            "favours: low or high in review.yaml",
        )
    n, wanted = len(values.network.treatments), OF_TREATMENT[statement]
    rank = int(values.value("rank", named[0]))
    score = values.value("p_score", named[0])
    why = f"by P-score ({score:.3f}) {named[0]} is number {rank} of {n}"
    return Truth(rank == (n if wanted < 0 else wanted), why)


def _of_pair(
    claim: Claim, statement: str, values: Values, table: NetworkTable, *, analysis: Analysis, reading: Reading
) -> Truth:
    named = pair_of(claim, table.subject(claim.subject), values, reading=reading)
    c = values.network.compare(*named)
    measure = measure_of(values.network.evidence.measure)
    e, low, high = (measure.to_natural(x) for x in (c.estimate, c.ci_low, c.ci_high))
    why = f"{named[0]} : {named[1]} is {e:.3g} ({low:.3g} to {high:.3g}), {p_is(c.p)}"
    excluded = c.ci_low > 0 or c.ci_high < 0
    if statement.endswith("significant"):
        return Truth(excluded == (statement == "significant"), why)
    if not analysis.favours:
        raise Unanswerable(
            "review.yaml does not say whether small or large effects are good, without which no treatment is favoured",
            "favours: low or high in review.yaml",
        )
    good = (c.estimate > 0) == (analysis.favours == "high")
    return Truth(excluded and good == (statement == "favours treatment"), f"{why}; {analysis.favours} values are good")
