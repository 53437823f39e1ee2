"""An effect with its limits as people type and paste it: any dash, any bracket, with or without the level."""

from __future__ import annotations

import re

# One character for one: dashes, special blanks and raised decimal points.
PLAIN = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-")
    | dict.fromkeys("\u00a0\u202f\u2009", " ")
    | dict.fromkeys("\u00b7\u2219", ".")
)


def split_effect(text: str) -> tuple[str | None, str | None, str | None, str | None] | None:
    """Estimate, limits and their level as texts, None for what is not given; None for a text of another form.

    Limits stand in brackets, or behind a comma, a semicolon or ``95% CI``, and are joined by ``to``, ``,``, ``;`` or any dash.
    A dash directly before a digit and after another dash, a word or a bracket is a minus.
    """
    number = r"(?:[<>≤≥]=?\s?)?[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?\s?%?"
    label = r"(?:(?P<level>\d{2}(?:\.\d+)?)\s?%\s?(?:CI|confidence interval)|CI)?\s?[:,=]?\s?"
    limits = rf"(?P<low>{number})\s*(?P<between>to|,\s|,|;|-)\s*(?P<high>{number})"
    plain = text.translate(PLAIN).strip()
    bracketed = rf"(?P<estimate>{number})?(?:\s*[,;:]?\s*[(\[]\s*{label}{limits}\s*[)\]])?"
    open_ended = rf"(?:(?P<estimate>{number})\s*[,;:]?\s+)?{label}{limits}"
    found = re.fullmatch(bracketed, plain, re.IGNORECASE) or re.fullmatch(open_ended, plain, re.IGNORECASE)
    if not found or not any(found.groups()):
        return None
    if found["between"] == "," and "." not in (found["low"] + found["high"]):
        return None  # a decimal comma, most likely
    estimate, low, high, level = (found[name] and found[name].strip() for name in ("estimate", "low", "high", "level"))
    return estimate, low, high, level
