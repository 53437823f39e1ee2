"""The words of specifications in French, from ``specs_fr.yaml``."""

from __future__ import annotations

import re
from functools import cache

from metaudit.audit_words.texts import HERE, catalogue, fill


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
            # Groups named x and n are names and numbers; the others are words.
            given = {k: v if k in ("x", "n") else french(v) for k, v in match.groupdict().items()}
            return fill(str(told), **given)
    return part
