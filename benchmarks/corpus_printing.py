"""Numbers as reviews print them.

P values in three styles: ``plain`` (three decimals, <0.001), ``jama`` (two decimals from .01 on, three below and where two would
cross .05, <.001 and >.99, no zero before the point; AMA Manual of Style, 11th ed., 19.5) and ``revman`` (two decimals from 0.01
on, one digit below, <0.0001 and <0.00001), the last two as the library's forest plots have them (``metaudit.figures.journals``).
A review has one style.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from corpus_pooling import Result

AMOUNTS: Mapping[str, tuple[str, ...]] = {
    "abstract": ("estimate", "ci_low", "ci_high"),
    "text": ("estimate", "ci_low", "ci_high", "p", "i2", "k"),
    "forest": ("estimate", "ci_low", "ci_high", "p", "q", "q_p", "i2", "tau2", "k"),
}
_RATIOS = ("RR", "OR", "GEN-LOG")
_EFFECTS = ("estimate", "ci_low", "ci_high")


@dataclass(frozen=True)
class Style:
    """How one analysis is printed: what of it, decimals of the effects, the style of P values, and of a line for each study."""

    amount: str
    decimals: int
    p: str

    @property
    def rows(self) -> bool:
        """Whether every study has its line."""
        return self.amount == "rows"

    @property
    def quantities(self) -> tuple[str, ...]:
        """What is printed of the pooled result."""
        return AMOUNTS["forest" if self.rows else self.amount]


def rounded(value: float, decimals: int) -> str:
    """A number with its decimals; minus nought is nought."""
    text = f"{value:.{decimals}f}"
    return text.lstrip("-") if float(text) == 0 else text


def p_text(p: float, style: str) -> str:
    """A P value, without the letter P and the equals sign."""
    if style == "jama":
        if p < 0.001 or p > 0.99:
            return "<.001" if p < 0.001 else ">.99"
        crosses = p != 0.05 and (p < 0.05) != (float(rounded(p, 2)) < 0.05)
        return rounded(p, 3 if p < 0.01 or crosses else 2).replace("0.", ".", 1)
    if style == "revman":
        bound = next((b for b in ("0.00001", "0.0001") if p < float(b)), "")
        if bound:
            return f"<{bound}"
        return rounded(p, 2 if p >= 0.01 else -math.floor(math.log10(p)))
    return "<0.001" if p < 0.001 else rounded(p, 3)


def natural(value: float, measure: str) -> float:
    """A number of the analysis scale as it is printed."""
    return math.exp(value) if measure in _RATIOS else value


def pooled_texts(result: Result, measure: str, style: Style) -> dict[str, str]:
    """What is printed of a pooled result, by quantity; what is not defined is left out."""
    found = {}
    for quantity in style.quantities:
        value = float(getattr(result, quantity))
        if math.isfinite(value):
            found[quantity] = _text(quantity, value, measure, style)
    return found


def _text(quantity: str, value: float, measure: str, style: Style) -> str:
    if quantity in ("p", "q_p"):
        return p_text(value, style.p)
    if quantity in _EFFECTS:
        return rounded(natural(value, measure), style.decimals)
    if quantity == "i2":
        return rounded(value, 0) + "%"
    return rounded(value, 0 if quantity == "k" else 2)


def row_texts(result: Result, measure: str, style: Style) -> list[dict[str, str]]:
    """What is printed of every study: effect, limits at 95 % and weight."""
    found = []
    for y, v, weight in zip(result.y, result.v, result.weights, strict=True):
        half = 1.959963984540054 * math.sqrt(v)
        values = {"printed_effect": y, "printed_ci_low": y - half, "printed_ci_high": y + half}
        cells = {n: rounded(natural(float(x), measure), style.decimals) for n, x in values.items()}
        found.append(cells | ({"printed_weight": rounded(float(weight), 1)} if math.isfinite(weight) else {}))
    return found
