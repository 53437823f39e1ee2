"""What lies in a folder of reviews under a name by which it is not read, and would be passed over in silence."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from metaudit.errors import Problem
from metaudit.formats.review import Review, shown_path
from metaudit.formats.text_file import instead, no_file, rename

_OF_A_REVIEW = ("extraction.csv", "claims.csv", "extraction.A.csv", "extraction.B.csv")
_MOST = 20  # folders that are named; who has more of them has understood by then
_AWAY = "or move the folder elsewhere; one whose name begins with a point is passed over"


def shown_in(folder: Path, name: str) -> str:
    """What lies in a folder as the user would type it: by its own name, where it is a link as well."""
    around = shown_path(folder)
    return name if around == "." else f"{around}/{name}"


def passed_over(place: Path, found: Collection[Path]) -> list[Problem]:
    """A problem for each folder among those of reviews that holds the data of a review, or reviews, and has no ``review.yaml``.

    Parameters
    ----------
    place : folder of the folders, such as that of a corpus
    found : folders of its reviews
    """
    known = {folder.name for folder in found}
    others = (p for p in sorted(place.iterdir()) if p.name not in known and not p.name.startswith("."))
    problems = [problem for other in others for problem in _passed_over(other)]
    more = len(problems) - _MOST
    if more > 0:
        message = f"{more:,} more folders are like the {_MOST} that are named."
        problems[_MOST:] = [Problem(shown_path(place), 0, "", "no-review", message, "Mend those first.")]
    return problems


def _passed_over(folder: Path) -> Iterator[Problem]:
    """What keeps one folder from being read as a review; nothing where it is plainly none."""
    shown = shown_in(folder.parent, folder.name)
    if not folder.is_dir():
        lost = folder.is_symlink() and "." not in folder.name and no_file(folder, shown)  # paper.pdf is no review
        yield from [lost] if lost else []
        return
    if not os.access(folder, os.R_OK | os.X_OK):
        message = "the folder may not be opened, and could be a review."
        yield Problem(shown, 0, "", "unreadable", message, f"Make it readable, {_AWAY}.")
        return
    meant = instead(folder, "review.yaml")
    data = [name for name in _OF_A_REVIEW if (folder / name).is_file()]
    inside = sorted(p.parent.name for p in folder.glob("*/review.yaml"))
    wrong = no_file(folder / "review.yaml", f"{shown}/review.yaml")
    if wrong:
        yield wrong
    elif inside and not meant:
        named = ", ".join(inside[:3]) + (" ..." if len(inside) > 3 else "")
        message = f"the folder is no review, and holds {len(inside):,}, which are not read: {named}."
        fix = f"Move them one folder up, name {shown} as a corpus of its own, {_AWAY}."
        yield Problem(shown, 0, "", "no-review", message, fix)
    elif meant and meant.suffix.lower() in (".yml", ".yaml", ".txt"):
        yield Problem(
            f"{shown}/review.yaml", 0, "", "missing-file", "the file is missing.", rename(meant, "review.yaml")
        )
    elif data:
        message = f"the file is missing, and beside it lies {data[0]}."
        yield Problem(f"{shown}/review.yaml", 0, "", "missing-file", message, f"Every review has one: add it, {_AWAY}.")


def under_other_id(review: Review, folder: Path) -> list[Problem]:
    """The problem that a folder of a corpus has another name than its review: a link, by which the review would count twice.

    Reviews are shared out, and found by those that refer to them, by the names of the folders that lie in the corpus.
    """
    if review.id == folder.name:
        return []
    message = f"the folder is a link to another name: the id is {review.id!r}, the folder {folder.name!r}."
    fix = f"Rename the link to {review.id}, or delete it when that review is in the corpus already."
    return [Problem(f"{folder}/review.yaml", 0, "id", "id", message, fix)]
