"""A draft without the signs that copying leaves behind and no table of a review may have; each is named."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from metaudit.drafts.draft import Draft, Notice
from metaudit.formats.signs import printable, unwanted, without_unwanted


def cleaned(draft: Draft, shown: str) -> Draft:
    """The same draft, changed in place: control signs and signs that turn a text around are left out, with a notice.

    Parameters
    ----------
    draft : what an importer made
    shown : the imported file, as named in messages
    """
    found: dict[str, int] = {}
    draft.title = _clean(draft.title, found)
    for table in (draft.rows, draft.claims, draft.sources):
        for row in table:
            row.update(_clean(dict(row), found))
    draft.citation = _clean(draft.citation, found)
    draft.analyses = _clean(draft.analyses, found)
    draft.notices = [
        replace(n, place=printable(n.place), message=printable(n.message), fix=printable(n.fix)) for n in draft.notices
    ]
    for sign, count in found.items():
        times = f"{count} cells" if count > 1 else "one cell"
        draft.notices.append(
            Notice("converted", shown, f"{times} held {sign}; it was left out.", "Look whether the text reads right.")
        )
    return draft


def _clean(value: Any, found: dict[str, int]) -> Any:
    """The value without such signs, and how often each stood first in a text."""
    if isinstance(value, str):
        sign = unwanted(value)
        if not sign:
            return value
        found[sign] = found.get(sign, 0) + 1
        return without_unwanted(value)
    if isinstance(value, dict):
        return {_clean(k, found): _clean(v, found) for k, v in value.items()}
    if isinstance(value, list):
        return [_clean(v, found) for v in value]
    return value
