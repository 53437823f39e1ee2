"""Which other reviews the verdicts on a review rest on, found without reading either."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_ID_AND_SLASH = re.compile(r"([A-Za-z0-9-]+)/")
_REFERRING = (("claims.csv", "refers_to"), ("review.yaml", "beside"))


def referred(folder: Path) -> list[Path]:
    """Folders of the other reviews that a review's claims (``refers_to``) or analyses (``beside``) may rest on, sorted.

    They lie beside the review's own, or beside the one that it is a link to, where the readers look for them. They are
    looked for as ``id/`` anywhere in a file that has such references: one too many costs a needless run, one too few would
    leave a verdict that is no longer true. A file that cannot be read is named when its review is read.
    """
    found: set[str] = set()
    for name, key in _REFERRING:
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if key in text:
            found.update(_ID_AND_SLASH.findall(text))
    place = folder.resolve() if folder.is_symlink() else folder
    return [place.parent / n for n in sorted(found - {place.name}) if (place.parent / n / "review.yaml").is_file()]


def outside(folders: Iterable[Path]) -> list[Path]:
    """Folders of reviews that are none of these, and that one of these may rest on; sorted."""
    chosen = list(folders)
    among = {folder.resolve() for folder in chosen}
    others = {other for folder in chosen for other in referred(folder)}
    return sorted(other for other in others if other.resolve() not in among)
