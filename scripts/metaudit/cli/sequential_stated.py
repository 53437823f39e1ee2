"""What is typed about a sequential analysis, as values: shares, numbers, spending functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from metaudit.errors import DataError

_NUMBER = r"[-+\u2212]?\d+(?:\.\d+)?|[-+\u2212]?\.\d+"
_SPENDING = re.compile(rf"([a-z-]+)\s*\(\s*({_NUMBER})\s*\)")
_HETEROGENEITY = re.compile(r"(?:(D2|I2|D²|I²)\s*=\s*)?(\S.*)", re.IGNORECASE)


def stated_of(texts: Mapping[str, str], measure: str) -> dict[str, Any]:
    """What is stated, by the keys of ``metaudit.sequential.stated.KEYS``.

    Parameters
    ----------
    texts : what was typed, by the same keys; what was not typed is not there
    measure : its code

    Raises
    ------
    DataError
        for a text that is not understood, and for two that say the same.
    """
    if "effect" in texts and "relative_reduction" in texts:
        raise DataError("--effect and --relative-reduction say the same. Give one of them.")
    if "beta_spending" in texts and texts.get("futility", "none") == "none":
        raise DataError("--beta-spending is about the boundary of futility. Add --futility non-binding.")
    read: dict[str, Callable[[str, str], Any]] = {
        "effect": share if measure == "RD" else plain,
        "relative_reduction": share,
        "control_risk": _share_or_trials,
        "sd": _plain_or_trials,
        "heterogeneity": _heterogeneity,
        "required": people,
        "alpha": share,
        "power": share,
        "spending": spending,
        "beta_spending": spending,
    }
    return {key: read.get(key, _word)(text, f"--{key.replace('_', '-')}") for key, text in texts.items()}


def _word(text: str, option: str) -> str:
    return text


def plain(text: str, option: str) -> float:
    """A number with a decimal point.

    Raises
    ------
    DataError
        when it is none.
    """
    if not re.fullmatch(_NUMBER, text):
        raise DataError(f"{option} {text}: not a number. Write it with a decimal point, such as 0.8.")
    return float(text.replace("\u2212", "-"))


def share(text: str, option: str) -> float:
    """A share of 1: ``20%`` or ``0.2``.

    Raises
    ------
    DataError
        when it is none, and when it is 1 or more without a percent sign.
    """
    number = text.removesuffix("%").strip()
    if not re.fullmatch(_NUMBER, number):
        raise DataError(f"{option} {text}: not a share. Write 20% or 0.2.")
    value = float(number.replace("\u2212", "-"))
    if text.endswith("%"):
        return value / 100
    if abs(value) >= 1:
        raise DataError(f"{option} {text}: a share is below 1. Write {abs(value):g}% if percent are meant.")
    return value


def people(text: str, option: str) -> int:
    """A number of participants: ``4500``, ``4,500``.

    Raises
    ------
    DataError
        when it is not a whole number above 0.
    """
    digits = re.sub(r"(?<=\d)[,\u202f\u00a0 ](?=\d{3}(?!\d))", "", text)
    if not re.fullmatch(r"\d{1,12}", digits) or not int(digits):
        raise DataError(f"{option} {text}: not a number of participants. Write it as in 4500.")
    return int(digits)


def _share_or_trials(text: str, option: str) -> float | str:
    return text if text == "trials" else share(text, option)


def _plain_or_trials(text: str, option: str) -> float | str:
    return text if text == "trials" else plain(text, option)


def _heterogeneity(text: str, option: str) -> str | dict[str, float]:
    name = text.upper().replace("²", "2")
    if name in ("D2", "I2", "NONE"):
        return "none" if name == "NONE" else name
    found = _HETEROGENEITY.fullmatch(text)
    assert found is not None  # a text that is not blank
    try:
        value = share(found[2], option)
    except DataError as error:
        message = f"{option} {text}: not understood. Write D2, I2, none, 60% (a D2) or I2=60%."
        raise DataError(message) from error
    if not 0 <= value < 1:
        raise DataError(
            f"{option} {text}: the size is divided by 1 less this share, which is 0 or more and below 100%."
        )
    return {(found[1] or "D2").upper().replace("²", "2"): value}


def spending(text: str, option: str) -> str | dict[str, float]:
    """A spending function: ``pocock``, ``rho(3)``.

    Raises
    ------
    DataError
        when there is none of that name, or its parameter is missing or not wanted.
    """
    from metaudit.formats.names import nearest
    from metaudit.sequential.spending import FAMILIES, Spending

    found = _SPENDING.fullmatch(text)
    name, parameter = (found[1], plain(found[2], option)) if found else (text, math.nan)
    if name not in FAMILIES:
        raise DataError(f"{option} {text}: not known. {nearest(name, list(FAMILIES))} Known: {', '.join(FAMILIES)}.")
    try:
        Spending(name, parameter)
    except DataError as error:
        raise DataError(
            f"{option} {text}: {error}. Write obrien-fleming, pocock, hwang-shih-decani(-4) or rho(3)."
        ) from error
    return {name: parameter} if found else name
