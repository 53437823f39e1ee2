"""A whole survey: its rounds, and its statements with what was printed about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.consensus.shares import counts_behind, nearest, panel_sizes, whole_panel
from metaudit.consensus.threshold import Threshold, reached
from metaudit.errors import DataError


@dataclass(frozen=True)
class Round:
    """One round of a survey.

    Attributes
    ----------
    name : as the paper calls it
    invited, answered : people
    rate : response rate as printed; empty when not printed
    newcomers : whether people who were not in the round before were invited
    """

    name: str
    invited: int
    answered: int
    rate: str = ""
    newcomers: bool = False


@dataclass(frozen=True)
class Statement:
    """One statement that a panel judged.

    Attributes
    ----------
    label : its number or first words
    agree : share that agreed, as printed
    others : shares of the other answers, when all are printed (neutral, disagree ...)
    n : people who answered it; 0 for the whole panel
    consensus : whether the paper says that consensus was reached; None when it does not say
    """

    label: str
    agree: str
    others: tuple[str, ...] = ()
    n: int = 0
    consensus: bool | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that a survey's numbers say about each other.

    Attributes
    ----------
    about : the round or statement
    rule : ``rate``, ``more-answers``, ``panel-grows``, ``share``, ``whole``, ``threshold``, ``total`` or ``missing-answers``
    fits : whether the printed numbers agree
    sentence : the finding
    """

    about: str
    rule: str
    fits: bool
    sentence: str


def check_rounds(rounds: Sequence[Round], *, rounding: str = "nearest") -> list[Finding]:
    """Answers against invitations, printed response rates, and who can have been invited to the next round."""
    out: list[Finding] = []
    for number, here in enumerate(rounds):
        if here.invited < 1 or here.answered < 0:
            raise DataError(f"round {here.name!r} invites {here.invited} people and has {here.answered} answers")
        if here.answered > here.invited:
            said = f"{here.answered} answers, but only {here.invited} people were invited."
            out.append(Finding(here.name, "more-answers", False, said))
        elif here.rate:
            fits = here.answered in counts_behind(here.rate, here.invited, rounding=rounding)
            actual = f"{here.answered} of {here.invited} are {100 * here.answered / here.invited:.1f} %"
            out.append(Finding(here.name, "rate", fits, f"{actual}; printed is {here.rate}."))
        before = rounds[number - 1] if number else None
        if before and not here.newcomers and here.invited > before.invited:
            said = f"{here.invited} people were invited, more than the {before.invited} of the round before, and no newcomers are named."
            out.append(Finding(here.name, "panel-grows", False, said))
    return out


def check_statements(
    statements: Sequence[Statement], *, n: int, by: Threshold | None = None, rounding: str = "nearest"
) -> list[Finding]:
    """Every printed share against the people who answered, and every "consensus reached" against the threshold.

    Parameters
    ----------
    statements : with their printed shares
    n : the panel, for statements that do not say how many answered
    by : the threshold of consensus, where the paper states one
    rounding : ``nearest`` or ``truncated``
    """
    out: list[Finding] = []
    for statement in statements:
        people = statement.n or n
        for share in (statement.agree, *statement.others):
            counts = counts_behind(share, people, rounding=rounding)
            said = (
                f"{share} of {people} people are {counts[0]}" + (f" to {counts[-1]}." if len(counts) > 1 else ".")
                if counts
                else f"No whole number of {people} people is {share}; the nearest are {nearest(share, people)}."
            )
            if not counts:
                said += _with_fewer(share, people, rounding)
            out.append(Finding(statement.label, "share", bool(counts), said))
        possible = all(counts_behind(s, people, rounding=rounding) for s in (statement.agree, *statement.others))
        if statement.others and possible:
            fits = whole_panel((statement.agree, *statement.others), people, rounding=rounding)
            end = "can add up" if fits else "cannot add up"
            said = f"{', '.join((statement.agree, *statement.others))} {end} to {people} people."
            out.append(Finding(statement.label, "whole", fits, said))
        if (
            by is not None
            and statement.consensus is not None
            and counts_behind(statement.agree, people, rounding=rounding)
        ):
            out.append(_consensus(statement, people, by, rounding))
    return out


def _with_fewer(share: str, people: int, rounding: str) -> str:
    """The panel sizes next below that allow a share: people who did not answer."""
    fewer = panel_sizes([share], smallest=1, largest=people, rounding=rounding)[-3:]
    return f" It is possible among {', '.join(map(str, fewer))} people." if fewer else ""


def _consensus(statement: Statement, people: int, by: Threshold, rounding: str) -> Finding:
    found = reached(statement.agree, people, by=by, rounding=rounding)
    fits = found.answer == "either" or (found.answer == "yes") is bool(statement.consensus)
    printed = "consensus" if statement.consensus else "no consensus"
    return Finding(statement.label, "threshold", fits, f"{found.sentence} Printed: {printed}.")


def check_total(
    statements: Sequence[Statement], *, n: int, by: Threshold, printed: int, rounding: str = "nearest"
) -> Finding:
    """How many statements reach consensus against the printed number, where every statement's share is given."""
    answers = [reached(s.agree, s.n or n, by=by, rounding=rounding).answer for s in statements]
    least, most = answers.count("yes"), answers.count("yes") + answers.count("either")
    unknown = answers.count("impossible")
    fits = least <= printed <= most + unknown
    people = f"{least}" if least == most else f"{least} to {most}"
    said = f"{people} of {len(statements)} statements reach {by.text}; printed are {printed}."
    if unknown:
        said += f" {unknown} shares are possible for no count and are left open."
    return Finding("all statements", "total", fits, said)


def common_panel(statements: Sequence[Statement], *, n: int, rounding: str = "nearest", missing: int = 0) -> Finding:
    """Whether one panel size, at most ``missing`` people below n, allows every printed share at once."""
    texts = [share for s in statements if not s.n for share in (s.agree, *s.others)]
    sizes = panel_sizes(texts, smallest=max(1, n - missing), largest=n, rounding=rounding) if texts else (n,)
    if n in sizes:
        return Finding("panel", "missing-answers", True, f"Every share is possible among all {n} people.")
    if sizes:
        return Finding(
            "panel", "missing-answers", False, f"Not among {n}, but among {sizes[-1]} people every share is possible."
        )
    said = f"No one panel size from {max(1, n - missing)} to {n} allows every share: the statements had different numbers of answers."
    return Finding("panel", "missing-answers", False, said)
