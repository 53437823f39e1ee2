"""What is typed about a sequential analysis, as values: shares, numbers, spending functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from metaudit.errors import DataError
from metaudit.formats.names import nearest
from metaudit.formats.plans import wrong_in_design

_NUMBER = r"[-+\u2212]?\d+(?:\.\d+)?|[-+\u2212]?\.\d+"
_SPENDING = re.compile(rf"([a-z-]+)\s*\(\s*({_NUMBER})\s*\)")
_REDUCIBLE = ("RR", "OR")
_BINDING = "binding"  # known, and refused later with what it is that designs of two sides have
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
    from metaudit.sequential.analysis import CONVENTIONS
    from metaudit.sequential.design import FUTILITY
    from metaudit.sequential.information import VARIANCES

    ratio = measure in _REDUCIBLE
    read: dict[str, Callable[[str, str], Any]] = {
        "effect": share if measure == "RD" else _ratio if ratio else plain,
        "relative_reduction": share,
        "control_risk": _risk_or_trials,
        "sd": _plain_or_trials,
        "variance": _one_of(VARIANCES),
        "heterogeneity": _heterogeneity,
        "required": people,
        "alpha": _probability,
        "power": _probability,
        "spending": spending,
        "futility": _one_of([f for f in FUTILITY if f != _BINDING], _BINDING),
        "beta_spending": spending,
        "convention": _one_of(CONVENTIONS),
    }
    found = {key: read[key](text, _option(key)) for key, text in texts.items()}
    for key, message, fix in wrong_in_design(found, measure, named=_option):
        raise DataError(f"{_option(key)} {texts[key]}: {message.rstrip('.')}. {fix}")
    return found


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _one_of(known: Sequence[str], *refused_later: str) -> Callable[[str, str], str]:
    """A reader of words that are known, or have a refusal of their own later."""

    def read(text: str, option: str) -> str:
        if text.lower() not in (*known, *refused_later):
            raise DataError(f"{option} {text}: not known. {nearest(text, known)}")
        return text.lower()

    return read


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


def _probability(text: str, option: str) -> float:
    """A share that is neither 0 nor 1."""
    value = share(text, option)
    if not 0 < value < 1:
        raise DataError(f"{option} {text}: not between 0 and 1. Write a share such as 5% or 0.05.")
    return value


def _ratio(text: str, option: str) -> float:
    """A risk or odds ratio, which is no share."""
    if text.endswith("%"):
        raise DataError(
            f"{option} {text}: a ratio is no percentage. Write the ratio, such as 0.8, or {_option('relative_reduction')} {text}."
        )
    return plain(text, option)


def _risk_or_trials(text: str, option: str) -> float | str:
    return text if text == "trials" else _probability(text, option)


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
    from metaudit.sequential.spending import FAMILIES, Spending

    found = _SPENDING.fullmatch(text)
    name, parameter = (found[1], plain(found[2], option)) if found else (text.lower(), math.nan)
    if name not in FAMILIES:
        known = f"Known: {', '.join(FAMILIES)}."
        near = nearest(name, list(FAMILIES))
        raise DataError(f"{option} {text}: not known. {known if near == known else f'{near} {known}'}")
    try:
        Spending(name, parameter)
    except DataError as error:
        raise DataError(
            f"{option} {text}: {error}. Write obrien-fleming, pocock, hwang-shih-decani(-4) or rho(3)."
        ) from error
    return {name: parameter} if found else name
