"""What lies in a folder of reviews under a name by which it is not read, and would be passed over in silence."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path

from metaudit.errors import Problem
from metaudit.formats.review import Review, shown_path
from metaudit.formats.signs import clipped, printable
from metaudit.formats.text_file import files_and_links, no_file, rename, without_endings

_DATA = frozenset({"extraction", "claims", "extraction.a", "extraction.b"})  # tables of a review, without their endings
_BEGINNINGS = ("extraction", "claims", "review")
_DOCUMENTS = frozenset({"yaml", "yml", "txt"})
_MOST = 20  # folders that are named; who has more of them has understood by then
_DEEP = 5  # folders below one of the corpus in which reviews are looked for
_MOST_NAMES = 100_000  # files and folders looked at below one of the corpus: an archive does not hold the audit up
_AWAY = "or move the folder elsewhere; one whose name begins with a point is passed over"


def shown_in(folder: Path, name: str) -> str:
    """What lies in a folder as the user would type it: by its own name, where it is a link as well."""
    around = shown_path(folder)
    return name if around == "." else f"{around}/{name}"


def passed_over(place: Path, found: Collection[Path]) -> list[Problem]:
    """A problem for each folder among those of reviews that holds the data of a review without ``review.yaml``, or reviews further down.

    Parameters
    ----------
    place : folder of the folders, such as that of a corpus
    found : folders of its reviews
    """
    known = {folder.name for folder in found}
    read = {os.path.realpath(folder) for folder in found}
    problems: list[Problem] = []
    for one in sorted(p for p in place.iterdir() if p.name in known or not p.name.startswith(".")):
        if one.name not in known:
            problems += _passed_over(one)
        if one.is_dir() and os.access(one, os.R_OK | os.X_OK):
            problems += _further_down(one, read, is_review=one.name in known)
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
        yield _closed(shown)
        return
    wrong = no_file(folder / "review.yaml", f"{shown}/review.yaml")
    files = [(path, *without_endings(path.name)) for path in files_and_links(folder, _BEGINNINGS)]
    meant = [p for p, first, ends in files if first.lower() == "review" and _DOCUMENTS & set(ends.lower().split("."))]
    data = [p for p, first, ends in files if ends and first.lower() in _DATA]
    if wrong:
        yield wrong
    elif meant:
        fix = rename(meant[0], "review.yaml")
        yield Problem(f"{shown}/review.yaml", 0, "", "missing-file", "the file is missing.", fix)
    elif data:
        first = min(data, key=lambda path: not path.name.lower().startswith("extraction"))
        message = f"the file is missing, and beside it lies {printable(clipped(first.name))}."
        yield Problem(f"{shown}/review.yaml", 0, "", "missing-file", message, f"Every review has one: add it, {_AWAY}.")


def _further_down(folder: Path, read: Collection[str], *, is_review: bool) -> Iterator[Problem]:
    """The problems that reviews lie below a folder of the corpus, where nobody reads them, or folders that may not be opened."""
    shown = shown_in(folder.parent, folder.name)
    inside, closed = _below(folder, read)
    if inside:
        named = ", ".join(printable(clipped(name)) for name in inside[:3]) + (" ..." if len(inside) > 3 else "")
        what = f"{len(inside):,} reviews, which are" if len(inside) > 1 else "1 review, which is"
        message = f"the folder is {'a' if is_review else 'no'} review, and holds {what} not read: {named}."
        around = "/".join([shown, *inside[0].split("/")[:-1]])
        fix = f"Move them into the folder of the corpus, name {around} as a corpus of its own, {_AWAY}."
        if is_review:
            fix = "Move them beside it, or elsewhere; a folder whose name begins with a point is passed over."
        yield Problem(shown, 0, "", "no-review", message, fix)
    for name in closed:
        yield _closed(f"{shown}/{name}")


def _below(folder: Path, read: Collection[str]) -> tuple[list[str], list[str]]:
    """Folders of reviews below a folder, and those that may not be opened, by their ways from it: the nearest first.

    Links are looked at and not gone through: they may lead in circles.

    Parameters
    ----------
    folder : a folder of the corpus
    read : where the reviews of the corpus really lie, to which a link may lead
    """
    reviews: list[str] = []
    closed: list[str] = []
    left, waiting = _MOST_NAMES, [(folder, "", 0)]
    for place, way, depth in waiting:  # which grows
        try:
            with os.scandir(place) as entries:
                inside = sorted(islice(entries, left), key=lambda entry: entry.name)
        except OSError:
            closed.append(way)
            continue
        left -= len(inside)
        if depth and any(entry.name.lower() in ("review.yaml", "review.yml") for entry in inside):
            reviews.append(way)
        elif depth < _DEEP and not (depth and place.is_symlink()):
            folders = (entry for entry in inside if not entry.name.startswith(".") and _is_folder(entry))
            waiting += [
                (Path(entry), f"{way}/{entry.name}" if way else entry.name, depth + 1)
                for entry in folders
                if not (entry.is_symlink() and os.path.realpath(entry) in read)
            ]
    return reviews, closed


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or leads to one; a link in a circle does not."""
    return Path(entry).is_dir() if entry.is_symlink() else entry.is_dir(follow_symlinks=False)


def _closed(shown: str) -> Problem:
    message = "the folder may not be opened, and could be a review."
    return Problem(shown, 0, "", "unreadable", message, f"Make it readable, {_AWAY}.")


def alike(found: Collection[Path]) -> list[Problem]:
    """A problem for each review whose id is another one's but for capitals: files are named by ids, and not every disk tells them apart."""
    first: dict[str, Path] = {}
    problems = []
    for folder in sorted(found):
        other = first.setdefault(folder.name.casefold(), folder)
        if other is not folder:
            message = (
                f"the ids {other.name!r} and {folder.name!r} differ in capitals only, and files are named by them."
            )
            fix = "Give one of the two another id, and its folder the same name; or move it elsewhere, when it is the same review."
            problems.append(Problem(shown_in(folder.parent, folder.name), 0, "", "id", message, fix))
    return problems


def under_other_id(review: Review, folder: Path) -> list[Problem]:
    """The problem that a folder of a corpus has another name than its review: a link, by which the review would count twice.

    Reviews are shared out, and found by those that refer to them, by the names of the folders that lie in the corpus.
    """
    if review.id == folder.name:
        return []
    message = f"the folder is a link to another name: the id is {review.id!r}, the folder {folder.name!r}."
    fix = f"Rename the link to {review.id}, or delete it when that review is in the corpus already."
    return [Problem(f"{folder}/review.yaml", 0, "id", "id", message, fix)]
