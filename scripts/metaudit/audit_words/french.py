"""The words of specifications in French, from ``specs_fr.yaml``."""

from __future__ import annotations

import re
from functools import cache

from metaudit.audit_words.texts import HERE, catalogue, fill

_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


@cache
def french(part: str) -> str:
    """One part of a specification in words, in French; what the file has no words for stays as it is.

    Parameters
    ----------
    part : in English, as ``spec_words`` and ``synthesis_words`` say it
    """
    texts = catalogue(HERE / "specs_fr.yaml")
    if part in texts["words"]:
        return str(texts["words"][part])
    for pattern, told in texts["parts"].items():
        match = re.fullmatch(pattern, part)
        if match:
            return fill(str(told), **{name: _group(name, text) for name, text in match.groupdict().items()})
    return part


def _group(name: str, text: str) -> str:
    """What stands in a group: ``x`` and ``n`` are names and numbers, ``size`` a number of people, the others are words."""
    if name in ("x", "n"):
        return text
    return _THOUSANDS.sub("\u202f", text) if name == "size" else french(text)
