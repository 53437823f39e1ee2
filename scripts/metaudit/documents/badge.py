"""A badge: how many of the printed numbers that can be checked come out as printed, and the gravest of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metaudit.audit_words.verdicts import BY_CODE, REPRODUCED, worst

LABEL = "claims"
LABEL_COLOUR = "#3d444d"
# Verdana's letters at 11 px, on the average; textLength makes the rest of the difference up.
NARROW, WIDE = 3.6, 6.7
PADDING = 12


@dataclass(frozen=True, kw_only=True)
class Badge:
    """What a badge shows.

    Parameters
    ----------
    label, value : the two texts
    title : the same as a sentence, for those who do not see it
    colour : background of the value; white text on it has a contrast of 4.5 or more
    """

    label: str
    value: str
    title: str
    colour: str
    label_colour: str = LABEL_COLOUR

    @property
    def left(self) -> int:
        """Width of the label's half, in pixels."""
        return _width(self.label)

    @property
    def right(self) -> int:
        """Width of the value's half, in pixels."""
        return _width(self.value)

    @property
    def width(self) -> int:
        """Width of the whole, in pixels."""
        return self.left + self.right


def _width(text: str) -> int:
    return round(sum(NARROW if letter in "Iijlft.,:;/·' ()" else WIDE for letter in text)) + PADDING


def badge_of(verdicts: Sequence[str], *, about: str) -> Badge:
    """The badge of some claims.

    Parameters
    ----------
    verdicts : code of each claim's verdict
    about : what the claims belong to, for the title: ``Colditz et al. 1994``
    """
    checkable = [code for code in verdicts if code != "NOT_CHECKABLE"]
    good = sum(code in REPRODUCED for code in checkable)
    if not checkable:
        value = f"{len(verdicts)} not checkable" if verdicts else "none"
        title = f"{about}: none of {len(verdicts)} claims can be checked" if verdicts else f"{about}: no claims"
        return Badge(label=LABEL, value=value, title=title, colour=BY_CODE["NOT_CHECKABLE"].light)
    differing = [code for code in checkable if code not in REPRODUCED]
    gravest = worst(differing)
    value = f"{good}/{len(checkable)}"
    title = f"{about}: {good} of {len(checkable)} claims that can be checked come out as printed"
    if gravest:
        count, words = differing.count(gravest), BY_CODE[gravest].label.lower()
        value, title = f"{value} · {count} {words}", f"{title}; {count} {words}"
    return Badge(label=LABEL, value=value, title=title, colour=BY_CODE[gravest or "EXACT"].light)
