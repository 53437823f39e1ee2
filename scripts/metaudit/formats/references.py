"""Which other reviews the verdicts on a review rest on, found without reading either."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from pathlib import Path

_ID_AND_SLASH = re.compile(r"([A-Za-z0-9-]+)/")
_REFERRING = (("claims.csv", "refers_to"), ("review.yaml", "beside"))


def referred(folder: Path, known: Collection[str]) -> list[str]:
    """Ids of the other reviews, of those known, that a review's claims (``refers_to``) or analyses (``beside``) may rest on.

    They are looked for as ``id/`` anywhere in a file that has such references: one too many costs a needless run, one too
    few would leave a verdict that is no longer true. A file that cannot be read is named when its review is read.
    """
    found: set[str] = set()
    for name, key in _REFERRING:
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if key in text:
            found.update(_ID_AND_SLASH.findall(text))
    return sorted((found & set(known)) - {folder.name})


def outside(folders: Iterable[Path]) -> list[Path]:
    """Folders of reviews that are none of these, and that one of these may rest on; sorted.

    They lie beside the folder that refers to them, where the readers look for them.
    """
    chosen = list(folders)
    among = {folder.resolve() for folder in chosen}
    found: set[Path] = set()
    beside: dict[Path, dict[str, Path]] = {}
    for folder in chosen:
        around = (folder.resolve() if folder.is_symlink() else folder).parent
        if around not in beside:
            there = (p for p in around.iterdir() if p.is_dir() and not p.name.startswith("."))
            beside[around] = {p.name: p for p in there if p.resolve() not in among}
        if beside[around]:
            found.update(beside[around][name] for name in referred(folder, beside[around].keys()))
    return sorted(found)
