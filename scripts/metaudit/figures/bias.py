"""Risk of bias beside a forest plot: one dot a domain, with a sign in it, so that no meaning rests on colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.figures.style import INK
from metaudit.figures.typeset import width

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metaudit.figures.sheet import Sheet

STEP = 11.5
HEADING = "Risk of bias"
_RADIUS = 4.4
_LOW, _SOME, _HIGH, _NONE = "#2fb38a", "#f0e442", "#e8743b", "#ffffff"
# Signs of RevMan (Cochrane Handbook 5.1, figure 8.6.c) and the words of RoB 1, RoB 2 and ROBINS-I. "Unclear" says that
# nobody knows, "some concerns" that something is wrong: two signs, since both are yellow.
_SIGNS: dict[str, tuple[str, str]] = {
    "low": ("+", _LOW),
    "unclear": ("?", _SOME),
    "some concerns": ("!", _SOME),
    "moderate": ("M", _SOME),
    "high": ("\u2212", _HIGH),
    "serious": ("S", _HIGH),
    "critical": ("C", _HIGH),
    "no information": ("n", _NONE),
}
_ALIKE = {"+": "low", "?": "unclear", "-": "high", "\u2212": "high", "some": "some concerns", "ni": "no information"}
_ALIKE |= {"low risk": "low", "high risk": "high", "unclear risk": "unclear", "!": "some concerns"}


def judgement(said: str) -> str:
    """Put a judgement into the words of the tools; what none of them says stays as it is."""
    plain = " ".join(said.strip().lower().replace("_", " ").split())
    return _ALIKE.get(plain, plain)


def sign(said: str) -> str:
    """The sign of a judgement; its first letter where the tools do not know it."""
    word = judgement(said)
    return _SIGNS[word][0] if word in _SIGNS else word[:1].upper()


def letters_of(domains: Sequence[str]) -> dict[str, str]:
    """Letter of each domain over its dots: A, B, C ... and O for an overall judgement."""
    rest = [d for d in domains if d.lower() != "overall"]
    found = {d: chr(ord("A") + i) if i < 14 else str(i + 1) for i, d in enumerate(rest)}
    return {d: found.get(d, "O") for d in domains}


def block_width(domains: Sequence[str], size: float) -> float:
    """Width of the dots and of their heading, points."""
    return max(STEP * len(domains), width(HEADING, size, bold=True)) if domains else 0.0


def legend(domains: Sequence[str], judgements: Sequence[str]) -> list[str]:
    """Explain the letters and the signs in use."""
    if not domains:
        return []
    named = ", ".join(f"{letter} {domain.replace('_', ' ')}" for domain, letter in letters_of(domains).items())
    words = dict.fromkeys(judgement(j) for j in judgements if j)
    order = sorted(words, key=lambda w: (list(_SIGNS).index(w) if w in _SIGNS else len(_SIGNS), w))
    return [f"{HEADING}: {named}. Signs: {', '.join(f'{sign(w)} {w}' for w in order)}"]


def draw_dots(
    sheet: Sheet, left: float, y: float, said: Mapping[str, str], domains: Sequence[str], *, size: float
) -> None:
    """Draw the dots of one study; a domain without a judgement stays empty.

    Parameters
    ----------
    left : left edge of the block
    y : centre of the row
    said : judgement by domain
    """
    for index, domain in enumerate(domains):
        word = judgement(said.get(domain, ""))
        if not word:
            continue
        x = left + (index + 0.5) * STEP
        fill = _SIGNS[word][1] if word in _SIGNS else _NONE
        sheet.disc((x, y), radius=_RADIUS, fill=fill, edge=INK, name=f"bias-{round(y)}-{index}")
        sheet.text(x, y + size * 0.36, sign(word), size=size, align="center", bold=True)
