"""The smallest edit of an extraction table in French, from ``edits_fr.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from metaudit.audit_words.texts import HERE, catalogue, fill

_CELLS = re.compile(r"(?:(?P<about>.*?); )?(?P<cells>\w+ \S.* instead of .+?)(?: and (?P<more>\d+) more cells?)?")
_CELL = re.compile(r"(?P<cell>\w+ )(?P<new>\S+(?: \S+)*?) instead of (?P<old>.+?)(?P<end>, (?=\w+ \S.* instead of )|$)")


def _texts() -> Mapping[str, Any]:
    return catalogue(HERE / "edits_fr.yaml")


def french_edit(words: str) -> str:
    """An edit of an extraction table in French; names, columns and cells stay as they are typed.

    Parameters
    ----------
    words : as ``metaudit.edits.edit.Edit.words`` says it; anything else is given back
    """
    texts = _texts()
    kinds = "|".join(map(re.escape, texts["kinds"]))
    found = re.fullmatch(rf"(?:(?P<who>.+?): )?(?P<kind>{kinds})(?: \((?P<tail>.+)\))?", words)
    if not found:
        return words
    who = f"{_about(found['who'])} : " if found["who"] else ""
    tail = f" ({_tail(found['tail'])})" if found["tail"] else ""
    return f"{who}{texts['kinds'][found['kind']]}{tail}"


def _about(text: str) -> str:
    """What an edit is about: a row with its study, an extractor, a level; a name stays as it is."""
    for pattern, told in _texts()["about"].items():
        match = re.fullmatch(pattern, text)
        if match:
            return fill(str(told), **match.groupdict())
    return text


def _tail(text: str) -> str:
    """What stands in brackets: what the edit is about, then the cells that change."""
    found = _CELLS.fullmatch(text)
    if not found:
        return _about(text)
    words = _texts()["cells"]

    def cell(m: re.Match[str]) -> str:
        new, old = (words["nothing"] if value == "nothing" else value for value in (m["new"], m["old"]))
        return f"{m['cell']}{new}{words['instead']}{old}{m['end']}"

    more = found["more"] or ""
    after = words["one more"] if more == "1" else fill(words["more"], n=more) if more else ""
    return " ; ".join(filter(None, [_about(found["about"] or ""), _CELL.sub(cell, found["cells"]) + after]))
