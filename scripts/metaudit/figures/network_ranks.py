"""Rank probabilities of every treatment as small columns, with its P-score and mean rank.

Sources: Salanti, Ades and Ioannidis 2011, J Clin Epidemiol 64:163 (rankograms); Rücker and Schwarzer 2015, BMC Med Res
Methodol 15:58 (P-scores).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from metaudit.figures.drawn import Drawn
from metaudit.figures.plot import MARGIN, WIDTH, Page, shorten
from metaudit.figures.style import FAINT, MUTED, RULE, SMALL, STUDY
from metaudit.figures.typeset import width
from metaudit.figures.wording import number

if TYPE_CHECKING:
    from metaudit.network.ranking import Ranks

COLUMNS = ("mark", "treatment", "rank", "probability", "p_score", "mean_rank")

_ROW, _HIGH = 26.0, 15.0  # of a treatment, and of a column that stands for certainty
_NAME = 116.0
_NARROW, _BROAD = 17.0, 34.0
_NUMBERS = 42.0


def draw(ranks: Ranks, title: str, *, scores: Mapping[str, float], small_is_good: bool) -> Drawn:
    """Draw the rank probabilities.

    Parameters
    ----------
    ranks : of the treatments
    title : of the network
    scores : P-scores; the treatments stand in their order
    small_is_good : which effects are the better ones, for the note
    """
    order = sorted(ranks.treatments, key=lambda t: -scores[t])
    n = len(order)
    whole = f"Ranks: {title}"
    step = min(_BROAD, max(_NARROW, (WIDTH - 2 * MARGIN - _NAME - 2 * _NUMBERS - 10) / n))
    name_width = min(_NAME, max(width(t, SMALL) for t in order) + 2)
    needed = name_width + 8 + n * step + 2 * _NUMBERS + 2 * MARGIN
    sheet = max(WIDTH, needed)
    page = Page(whole, _notes(ranks, small_is_good), body=_ROW * n + 24, sheet_width=sheet)
    start = MARGIN + (sheet - needed) / 2
    left = start + name_width + 8
    right = left + n * step
    mean = ranks.mean_rank
    _head(page, left, step, n, right)
    for i, treatment in enumerate(order):
        base = page.body_top + 12 + (i + 1) * _ROW
        p = ranks.probability[ranks.treatments.index(treatment)]
        page.line([(left, base), (right, base)], colour=RULE, width=0.5, order=2)
        page.text(left - 6, base - 3, shorten(treatment, name_width), size=SMALL, align="right", name=f"name-{i}")
        for r in range(n):
            _column(page, left + r * step, base, step=step, share=float(p[r]), name=f"{i}-{r + 1}")
        for column, value, decimals in ((1, scores[treatment], 3), (2, mean[treatment], 1)):
            x = right + column * _NUMBERS - 4
            page.text(x, base - 3, number(value, decimals), size=SMALL, align="right", name=f"number-{i}-{column}")
    rows = list(_rows(ranks, order, scores))
    return Drawn("network-ranks", page.figure, whole, _alt(ranks, title, order, scores), COLUMNS, rows)


def _head(page: Page, left: float, step: float, n: int, right: float) -> None:
    y = page.body_top + 7
    for r in range(n):
        page.text(
            left + (r + 0.5) * step, y, str(r + 1), size=SMALL, align="center", colour=MUTED, name=f"rank-{r + 1}"
        )
    page.text(left - 6, y, "Rank", size=SMALL, align="right", colour=MUTED, name="heading-rank")
    for column, words in ((1, "P-score"), (2, "Mean rank")):
        page.text(
            right + column * _NUMBERS - 4, y, words, size=SMALL, align="right", colour=MUTED, name=f"heading-{column}"
        )


def _column(page: Page, left: float, base: float, *, step: float, share: float, name: str) -> None:
    """A column as high as the probability, and the percentage above it where that rounds to something."""
    top = base - _HIGH * share
    inner = 2.0
    page.polygon(
        [(left + inner, top), (left + step - inner, top), (left + step - inner, base), (left + inner, base)],
        fill=STUDY if share >= 0.005 else FAINT,
        order=3,
        name=f"probability-{name}",
    )
    if share >= 0.005:
        page.text(left + step / 2, top - 2, f"{100 * share:.0f}", size=SMALL, align="center", name=f"percent-{name}")


def _notes(ranks: Ranks, small_is_good: bool) -> list[str]:
    good = "small" if small_is_good else "large"
    way = "exact" if ranks.exact else "from random draws"
    return [
        f"Columns: probability of each rank, % ({way}); rank 1 is the best, {good} values are good",
        "P-score: mean certainty of being better than another treatment, from 0 to 1",
    ]


def _alt(ranks: Ranks, title: str, order: Sequence[str], scores: Mapping[str, float]) -> str:
    first = {t: float(ranks.probability[i, 0]) for i, t in enumerate(ranks.treatments)}
    likely = max(order, key=lambda t: first[t])
    said = ", ".join(f"{t} {scores[t]:.2f}" for t in order)
    return (
        f"Rank probabilities of {title}: {len(order)} treatments. P-scores from best to worst: {said}. Most often first is "
        f"{likely} (probability {100 * first[likely]:.0f} %)."
    )


def _rows(ranks: Ranks, order: Sequence[str], scores: Mapping[str, float]) -> Iterator[dict[str, object]]:
    mean = ranks.mean_rank
    for t in order:
        yield {"mark": "treatment", "treatment": t, "p_score": scores[t], "mean_rank": mean[t]}
        for r, p in enumerate(ranks.probability[ranks.treatments.index(t)], start=1):
            yield {"mark": "rank", "treatment": t, "rank": r, "probability": float(p)}
