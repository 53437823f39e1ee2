"""Numbers of a Delphi study or another survey against each other: shares of a panel, rounds, items, the threshold of consensus.

No data are needed: of n people only ``0/n, 1/n, ... n/n`` give an answer (Brown and Heathers 2017, Soc Psychol Personal Sci 8:363, of means).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from metaudit.audit.integers import fractions_in_words, smallest_pairs
from metaudit.audit.intervals import Filed
from metaudit.audit.scale import on_printed_scale
from metaudit.audit.survey_parts import Part, Survey, by_item, surveys_of
from metaudit.audit.survey_statements import answer_of, check_statements, shares_of_item
from metaudit.audit.verdict import Finding
from metaudit.consensus.shares import counts_behind, nearest, panel_sizes, whole_panel
from metaudit.formats.review import Review
from metaudit.formats.survey_subject import CONSENSUS
from metaudit.printed import Interval

_LARGEST = 100
"""People: panels that are listed where none is printed."""
_INTEGER = "integer check"


def check_surveys(review: Review) -> Iterator[Filed]:
    """Everything that the printed numbers of the surveys of a review say about each other."""
    for survey in surveys_of(review):
        yield from _shares(survey)
        yield from _one_panel(survey)
        yield from _answers_together(survey)
        yield from check_statements(survey)
        yield from _rounds(survey)
        yield from _items(survey)
        yield from _fitting_thresholds(survey)


def _shares(survey: Survey) -> Iterator[Filed]:
    """Every share of a panel against the people who gave the answer, or against those who could."""
    for part in survey.of("agreement"):
        if not part.share:
            continue
        panels = survey.nearest("panel", part.about)
        people = survey.paired("agreed", part.about)
        if people is not None and len(panels) == 1:
            yield part.id, _of_counts(part, people, panels[0])
        elif panels:
            yield part.id, _of_panels(part, panels)
        else:
            pairs = smallest_pairs(part.window(part.roundings[0]))
            if pairs:
                message = f"The smallest panels in which {part.claim.printed} is possible: {fractions_in_words(pairs)}."
                yield part.id, Finding(_INTEGER, message)
    for part in survey.of("agreed"):
        panels = survey.nearest("panel", part.about)
        if panels and part.people > max(p.people for p in panels) and not any(p.hedged for p in panels):
            message = f"{part.claim.printed} people gave the answer, but {panels[-1].claim.printed} answered at all."
            yield (
                part.id,
                Finding("answers within the panel", message, "IMPOSSIBLE", causes=("the panel of another round",)),
            )


def _of_counts(share: Part, part: Part, whole: Part) -> Finding:
    """A share against the two counts that it is printed beside; whole numbers of people or of items."""
    ours = Fraction(part.people, whole.people)
    inside = [r for r in share.roundings if float(ours) in share.window(r)]
    kind = (
        "INCONSISTENT"
        if not inside
        else "WITHIN_ROUNDING"
        if inside[0] == "truncated" and not share.claim.rounding
        else "EXACT"
    )
    if kind == "INCONSISTENT" and (part.hedged or whole.hedged):
        return Finding(_INTEGER, f"{part.people} of about {whole.people} are {100 * float(ours):.4g} %.")
    how = {"EXACT": "is", "WITHIN_ROUNDING": "is, cut instead of rounded,", "INCONSISTENT": "is not"}[kind]
    message = f"{share.claim.printed} {how} {part.people}/{whole.people} = {100 * float(ours):.4g} %, the counts printed beside it."
    assert share.printed is not None
    value = on_printed_scale(share.claim, share.printed, float(ours))
    causes = ("counts of another round", "people who did not answer", "a misprint") if kind == "INCONSISTENT" else ()
    return Finding("percentage of counts", message, kind, value=value, causes=causes)


def _of_panels(share: Part, panels: Sequence[Part]) -> Finding:
    """Whether a whole number of people gives the share, in the panel of the item or of its round."""
    for rounding in share.roundings:
        for panel in panels:
            counts = counts_behind(share.share, panel.people, rounding=rounding)
            if counts:
                cut = ", cut instead of rounded" if rounding == "truncated" and not share.claim.rounding else ""
                which = fractions_in_words((x, panel.people) for x in list(counts)[:3])
                only = "only " if len(counts) == 1 and not panel.hedged else ""
                return Finding(
                    _INTEGER, f"{share.claim.printed} of n = {panel.claim.printed} can be {only}{which}{cut}."
                )
    ns = list(dict.fromkeys(p.people for p in panels))
    near = "; ".join(nearest(share.share, n) for n in ns[:3])
    message = f"No whole number of n = {' or '.join(map(str, ns))} people gives {share.claim.printed}: the nearest are {near}."
    fewer = panel_sizes([share.share], smallest=1, largest=max(ns), rounding=share.roundings[0])[-3:]
    if fewer:
        message += f" It is possible among {', '.join(map(str, fewer))} people."
    if any(p.hedged for p in panels):
        return Finding(_INTEGER, message)
    own = all(p.about.item for p in panels)
    causes = ("people who did not answer this item", "the panel of another round", "a misprint")
    return Finding(
        _INTEGER, message, "IMPOSSIBLE" if own and ns else "INCONSISTENT", causes=causes[1:] if own else causes
    )


def _one_panel(survey: Survey) -> Iterator[Filed]:
    """Of each round: the panels in which all its shares are possible at once."""
    rounds: dict[str, list[Part]] = {}
    own = {p.about.item for p in survey.of("panel") if p.about.item}
    for part in survey.of("agreement"):
        if part.share and part.about.item not in own:
            rounds.setdefault(part.about.round, []).append(part)
    for parts in rounds.values():
        texts = list(dict.fromkeys(p.share for p in parts))
        panels = survey.nearest("panel", parts[0].about)
        if len(texts) < 2 or len({p.roundings[0] for p in parts}) > 1 or len(panels) > 1:
            continue
        largest = panels[0].people if panels else _LARGEST
        sizes = panel_sizes(texts, smallest=1, largest=largest, rounding=parts[0].roundings[0])
        if panels and largest in sizes:
            continue
        target = panels[0].id if panels else parts[0].id
        of = f"All {len(texts)} different shares of the round are possible at once"
        if sizes:
            yield (
                target,
                Finding(
                    "one panel",
                    f"{of} among {', '.join(map(str, sizes[-4:] if panels else sizes[:4]))} people{'' if len(sizes) <= 4 else ', for example'}.",
                ),
            )
        else:
            message = f"No panel of up to {largest} people allows all {len(texts)} shares of the round: different people answered the items."
            yield target, Finding("one panel", message)


def _answers_together(survey: Survey) -> Iterator[Filed]:
    """Shares of the answers to one item, which exclude one another."""
    for (_, _), parts in by_item(
        [p for p in survey.of("agreement") if p.share and p.printed and p.printed.relation == "="]
    ):
        answers = {p.about.answer: p for p in parts}
        if len(answers) < 2 or len(answers) < len(parts):
            continue
        members = list(answers.values())
        wide = [[p.window(r) for r in p.roundings] for p in members]
        low, high = (
            sum(f(w) for w in wide) for f in (lambda w: min(i.low for i in w), lambda w: max(i.high for i in w))
        )
        shown = " + ".join(p.claim.printed for p in members)
        whole = max(p.about.answers for p in members) == len(members)
        wrong = ""
        if low > 1 + 1e-9:
            wrong = f"{shown} are more than 100 %."
        elif whole and high < 1 - 1e-9:
            wrong = f"{shown} are less than 100 %, although these are all {len(members)} answers."
        elif whole:
            wrong = _not_whole(members, survey, shown)
        if wrong:
            causes = ("people who could give several answers", "people who gave none", "a misprint")
            for part in members:
                yield part.id, Finding("answers together", wrong, "INCONSISTENT", causes=causes)
        else:
            rest = (
                ""
                if low <= 1 <= high
                else f" and leave {100 * (1 - high):.3g} to {100 * (1 - low):.3g} % for other answers"
            )
            yield (
                members[0].id,
                Finding("answers together", f"{shown} {'add up to 100 %' if not rest else 'are below 100 %'}{rest}."),
            )


def _not_whole(members: Sequence[Part], survey: Survey, shown: str) -> str:
    """In words, that the people behind all answers cannot be the panel; empty where they can, or where a share has its own trouble."""
    panels = survey.nearest("panel", members[0].about)
    texts = [p.share for p in members]
    if len(panels) != 1 or panels[0].hedged:
        return ""
    n = panels[0].people
    for rounding in members[0].roundings:
        if not all(counts_behind(t, n, rounding=rounding) for t in texts) or whole_panel(texts, n, rounding=rounding):
            return ""
    return f"No whole numbers of people behind {shown} add up to the {n} who answered."


def _rounds(survey: Survey) -> Iterator[Filed]:
    """People who answered against people who were invited, and response rates."""
    for part in survey.of("panel"):
        invited = survey.paired("invited", part.about)
        if invited is not None and part.people > invited.people and not (part.hedged or invited.hedged):
            message = f"{part.claim.printed} people answered, but only {invited.claim.printed} were invited."
            yield (
                part.id,
                Finding(
                    "answers within invitations", message, "IMPOSSIBLE", causes=("another round", "columns swapped")
                ),
            )
    for part in survey.of("response_rate"):
        invited, answered = survey.paired("invited", part.about), survey.paired("panel", part.about)
        if invited and answered and invited.people and part.share:
            yield part.id, _of_counts(part, answered, invited)
        elif invited and invited.people and part.share:
            yield part.id, _of_panels(part, [invited])
    for quantity in ("panel", "invited"):
        named = [p for p in survey.of(quantity) if p.about.round.isdigit() and not p.about.item and p.people]
        for before, after in pairwise(named):
            if int(after.about.round) == int(before.about.round) + 1 and after.people > before.people:
                verb = "answered" if quantity == "panel" else "were invited"
                message = f"More people {verb} than in round {before.about.round} ({before.claim.printed}): had some not been asked before?"
                yield after.id, Finding("panel from round to round", message)


def _items(survey: Survey) -> Iterator[Filed]:
    """How many items reached consensus: the share against the counts, the count against the items' own shares."""
    for part in survey.of("consensus_rate"):
        whole = [p for p in survey.nearest("items", part.about) if p.people]
        count = survey.nearest("items_consensus", part.about)
        if not part.share or len(whole) != 1:
            continue
        yield part.id, _of_counts(part, count[0], whole[0]) if len(count) == 1 else _of_items(part, whole[0])
    for part in survey.of("items_consensus"):
        whole = survey.nearest("items", part.about)
        if len(whole) == 1 and part.people > whole[0].people and not whole[0].hedged:
            message = (
                f"{part.claim.printed} items reached consensus, but {whole[0].claim.printed} were put to the panel."
            )
            yield part.id, Finding("items within the survey", message, "IMPOSSIBLE", causes=("items of another round",))
        elif len(whole) == 1:
            yield from _counted(part, whole[0], survey)


def _of_items(rate: Part, items: Part) -> Finding:
    n = items.people
    for rounding in rate.roundings:
        counts = counts_behind(rate.share, n, rounding=rounding)
        if counts:
            cut = ", cut instead of rounded" if rounding == "truncated" and not rate.claim.rounding else ""
            about = "about " if items.hedged else ""
            which = fractions_in_words((x, n) for x in list(counts)[:3])
            return Finding(_INTEGER, f"{rate.claim.printed} of {about}{n} items is {which}{cut}.")
    message = f"No whole number of {n} items is {rate.claim.printed}: the nearest are {nearest(rate.share, n)}."
    causes = ("items that were dropped or added between rounds", "a misprint")
    return Finding(_INTEGER, message, "" if items.hedged else "INCONSISTENT", causes=causes)


def _counted(part: Part, whole: Part, survey: Survey) -> Iterator[Filed]:
    """The number of items with consensus against the items' own shares, where every item's are printed."""
    cuts = survey.nearest("threshold", part.about)
    items = [
        (i, p) for (i, r), p in by_item(survey.of("agreement")) if not part.about.round or r in ("", part.about.round)
    ]
    last = dict(items)
    if len(last) != whole.people or whole.hedged or len(cuts) != 1:
        return
    found = [[answer_of(p, cuts[0], survey)[0] for p in parts if p.share] for parts in last.values()]
    least = sum(any(a == {"yes"} for a in of_item) for of_item in found)
    most = sum(any("yes" in a or not a for a in of_item) for of_item in found)
    counted = f"{least}" if least == most else f"{least} to {most}"
    message = f"By their printed shares, {counted} of the {len(last)} items reach {cuts[0].claim.printed}; printed is {part.claim.printed}."
    if least <= part.people <= most:
        yield part.id, Finding("items with consensus", message, "EXACT" if least == most else "", value=float(least))
    else:
        yield (
            part.id,
            Finding(
                "items with consensus",
                message,
                "INCONSISTENT",
                value=float(least),
                causes=("another threshold", "items of another round"),
            ),
        )


def _fitting_thresholds(survey: Survey) -> Iterator[Filed]:
    """Which thresholds agree with everything that is said to have reached consensus, or not."""
    for cut in survey.of("threshold"):
        shares: dict[bool, list[Interval]] = {True: [], False: []}
        for part in survey.statements():
            own = [s.window() for s in shares_of_item(part, survey)]
            if own and cut in survey.nearest("threshold", part.about):
                shares[CONSENSUS[part.claim.printed.strip().lower()]].append(max(own, key=lambda w: w.high))
        ends = []
        if shares[False]:
            ends.append(f"above {100 * max(w.low for w in shares[False]):.4g} % by the items without consensus")
        if shares[True]:
            ends.append(f"at most {100 * min(w.high for w in shares[True]):.4g} % by the items with consensus")
        if ends:
            message = f"As far as rounded shares tell, the threshold is {' and '.join(ends)}."
            yield cut.id, Finding("thresholds that fit", message)
