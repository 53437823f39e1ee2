"""What the printed numbers of a network say against each other; no data are needed.

League cells add up (A - C = A - B plus B - C) and turn (B - A = -(A - B)), P-scores and SUCRA are 0.5 on average, ranks follow
scores (``network.printed_league``; Rücker and Schwarzer 2014, 2015); parts of a whole are those of ``network_parts``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from metaudit.audit.intervals import Filed
from metaudit.audit.scale import printed_of
from metaudit.audit.syntheses.network_parts import check_differences, check_parts
from metaudit.audit.syntheses.network_printed import Pair, Printed, printed_network
from metaudit.audit.syntheses.subjects import split_subject
from metaudit.audit.verdict import NOTE, Finding
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.measures import Measure
from metaudit.network.printed_league import Broken, league_problems, mean_problem, order_problems
from metaudit.printed import Interval

KIND = "network meta-analysis"
_CAUSES = (
    "a digit or a sign mistyped",
    "cells of different models",
    "medians of a simulated posterior, which need not add up",
)
_SCORES = {
    "p_score": ("P-score", "P-scores"),
    "sucra": ("SUCRA", "SUCRA values"),
    "mean_rank": ("mean rank", "mean ranks"),
}
_NAMED = 4


def check_leagues(review: Review) -> Iterator[Filed]:
    """Findings about the printed numbers of every network of a review.

    An analysis is one when review.yaml has its ``network``, or when the document is a network meta-analysis and its claims name
    pairs of treatments.
    """
    grouped: dict[tuple[str, str], list[Claim]] = {}
    for claim in review.claims:
        if claim.quantity != "text" and printed_of(claim) is not None:
            grouped.setdefault((claim.analysis, claim.method), []).append(claim)
    for (name, override), claims in grouped.items():
        analysis = review.analyses.get(name)
        if not _is_network(review, analysis, claims):
            continue
        printed = printed_network(analysis, claims, override)
        simulated = analysis is not None and "bayes" in analysis.syntheses
        for check in (_league, _means, _order, check_parts, check_differences):
            for claim_id, finding in check(printed):
                # Medians of a posterior need not add up: of a Bayesian network this is said, and not judged.
                adds = finding.check in ("league table", "direct less indirect")
                yield claim_id, replace(finding, verdict=NOTE) if simulated and adds else finding


def _is_network(review: Review, analysis: Analysis | None, claims: Sequence[Claim]) -> bool:
    if analysis is not None and "network" in analysis.syntheses:
        return True
    return review.kind == KIND and any(len(split_subject(c.subject)) == 2 for c in claims if c.quantity == "estimate")


def _league(printed: Printed) -> Iterator[Filed]:
    """Cells that no effects of the treatments can give, on no scale that is possible."""
    claims = {p: c for c in reversed(printed.of("estimate")) if (p := printed.pair(c)) is not None}
    found: list[tuple[Broken, ...]] = []
    cells: dict[Pair, Interval] = {}
    for measure in printed.measures:
        windows = {p: printed.window(c, measure) for p, c in claims.items()}
        if any(w is None for w in windows.values()):
            continue
        cells = {p: w for p, w in windows.items() if w is not None}
        found.append(league_problems(cells))
    if not found or not all(found):
        return
    problems = found[0]
    measure = printed.measures[0]
    first = {p: w for p, c in claims.items() if (w := printed.window(c, measure)) is not None}
    guilty = _guilty(first, problems)
    for pair in sorted(guilty):
        about = [b for b in problems if set(pair) <= set(b.where)] or list(problems)
        message = "; ".join(dict.fromkeys(_broken(b, claims, measure) for b in about[:_NAMED]))
        more = f" (and {len(about) - _NAMED} more)" if len(about) > _NAMED else ""
        alone = "" if len(guilty) > 1 else " Without this cell the others fit each other."
        one = f" One of {len(guilty)} cells is off: {_cells(sorted(guilty), claims)}." if 1 < len(guilty) <= 3 else ""
        text = f"The league table contradicts itself: {message}{more}.{alone}{one}"
        yield claims[pair].id, Finding("league table", text, "INCONSISTENT", causes=_CAUSES)


def _guilty(cells: Mapping[Pair, Interval], problems: Sequence[Broken]) -> set[Pair]:
    """The cell without which all fit; where there are several such, or none, every cell of a broken rule."""
    involved = {p for p in cells if any(set(p) <= set(b.where) for b in problems)}
    alone = {p for p in involved if not league_problems({q: w for q, w in cells.items() if q != p})}
    return alone or involved


def _broken(b: Broken, claims: Mapping[Pair, Claim], measure: Measure) -> str:
    """One broken rule in a sentence, in the numbers as printed."""
    back = measure.to_natural
    expected = f"{back(b.expected.low):.3g} to {back(b.expected.high):.3g}"
    if b.rule == "turned":
        first, second = b.where
        return (
            f"{first} : {second} is {claims[b.where[0], b.where[1]].printed} and {second} : {first} "
            f"{claims[second, first].printed}, which turned is {expected}"
        )
    if b.rule == "triangle":
        x, y, z = b.where
        return (
            f"{_cell((x, z), claims)} does not follow from {_cell((x, y), claims)} and {_cell((y, z), claims)}, "
            f"which together give {x} : {z} {expected}"
        )
    return f"no effects of {', '.join(b.where)} give all cells at once"


def _cell(pair: Pair, claims: Mapping[Pair, Claim]) -> str:
    found = pair if pair in claims else (pair[1], pair[0])
    return f"{' : '.join(found)} {claims[found].printed}"


def _cells(pairs: Sequence[Pair], claims: Mapping[Pair, Claim]) -> str:
    return ", ".join(_cell(p, claims) for p in pairs)


def _means(printed: Printed) -> Iterator[Filed]:
    """P-scores and SUCRA average 0.5, mean ranks (n + 1)/2, and chances to be best add up to 1, over all treatments."""
    for quantity in _SCORES:
        claims = {c.subject: c for c in printed.of(quantity) if c.subject}
        windows = {s: w for s, c in claims.items() if (w := printed.natural(c)) is not None}
        if len(windows) < 2 or not _complete(printed, set(windows)):
            continue
        broken = mean_problem(windows, of_ranks=quantity == "mean_rank")
        if broken is None:
            continue
        message = (
            f"The {_SCORES[quantity][1]} of all {len(windows)} treatments average {broken.found.low:.4g} to {broken.found.high:.4g}; "
            f"whatever the data, they average {broken.expected.low:.4g}."
        )
        for claim in claims.values():
            yield claim.id, Finding(
                "mean of the ranking", message, "INCONSISTENT", causes=("a digit mistyped", "a treatment left out"),
            )  # fmt: skip
    yield from _best(printed)


def _best(printed: Printed) -> Iterator[Filed]:
    claims = {c.subject: c for c in printed.of("best") if c.subject}
    windows = {s: w for s, c in claims.items() if (w := printed.natural(c)) is not None}
    low, high = sum(max(w.low, 0.0) for w in windows.values()), sum(w.high for w in windows.values())
    if low > 1 + 1e-9 or (len(windows) > 1 and _complete(printed, set(windows)) and high < 1 - 1e-9):
        message = f"The probabilities to be the best add up to {low:.4g} to {high:.4g}; one treatment is the best, so that they add up to 1."
        for claim in claims.values():
            yield claim.id, Finding("mean of the ranking", message, "INCONSISTENT", causes=("a digit mistyped",))


def _complete(printed: Printed, scored: set[str]) -> bool:
    """Whether scores are known to be those of all treatments: their number is printed, or the league table names them all."""
    numbers = [p.value for c in printed.of("treatments") if (p := printed_of(c)) is not None and p.relation == "="]
    if numbers:
        return all(n == len(scored) for n in numbers)
    pairs = [printed.pair(c) for c in printed.of("estimate")]
    in_league = {t for pair in pairs if pair is not None for t in pair}
    return len(in_league) > 1 and in_league == scored


def _order(printed: Printed) -> Iterator[Filed]:
    """Printed ranks against P-scores, SUCRA and mean ranks, and these against each other."""
    scores: dict[str, dict[str, Interval]] = {}
    for quantity in _SCORES:
        windows = {c.subject: w for c in printed.of(quantity) if c.subject and (w := printed.natural(c)) is not None}
        # The larger score is the better one, and the smaller mean rank.
        found = {s: Interval(-w.high, -w.low) for s, w in windows.items()} if quantity == "mean_rank" else windows
        if found:
            scores[quantity] = found
    ranks = {c.subject: c for c in printed.of("rank") if c.subject}
    order = sorted(ranks, key=lambda s: (p.value if (p := printed_of(ranks[s])) is not None else 0.0, s))
    for quantity, found in scores.items():
        for b in order_problems(order, found):
            better, worse = b.where
            if ranks[better].printed == ranks[worse].printed:
                continue  # a tie
            name = _SCORES[quantity][0]
            message = (
                f"{better} is ranked {ranks[better].printed} and {worse} {ranks[worse].printed}, but by the printed {name} {worse} is "
                "before."
            )
            causes = ("rows exchanged", "ranks of another measure")
            for s in (better, worse):
                yield ranks[s].id, Finding("order of the ranking", message, "INCONSISTENT", causes=causes)
