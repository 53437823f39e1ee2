"""Where things are: the files that come with metaudit, and the folder of a review.

In a checkout the files that come with metaudit (schemas, presets, the analytic choices that are searched) lie in the
top-level folder ``data/``; an installed package carries a copy of them inside itself (see ``setup.py``). Whoever reads
one of them takes its place from here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
"""Folder of the library itself."""


def shipped(package: Path = PACKAGE) -> Path:
    """Folder of the files that come with metaudit.

    Parameters
    ----------
    package : folder of the library: its own, or one a test has built

    Raises
    ------
    FileNotFoundError
        when neither the package nor the checkout around it has them: the installation is not whole
    """
    inside, around = package / "data", package.parents[1] / "data"
    for folder in (inside, around):
        if (folder / "schemas" / "review.schema.json").is_file():
            return folder
    raise FileNotFoundError(
        f"the schemas of metaudit are neither in {inside} nor in {around}: the installation is not whole; install it again"
    )


DATA = shipped()
SCHEMAS = DATA / "schemas"
LONGEST_ID = 100
"""Characters of the id of a review or of an analysis, as the schema has it: some files are named by both."""
ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9-]{{0,{LONGEST_ID - 1}}}")
"""What the id of a review or of an analysis looks like."""
ID_FIX = f"An id has letters, digits and hyphens only, {LONGEST_ID} at most, such as smith-2021 or 1-1; it names files of results."


def is_path(review: str) -> bool:
    """Whether a review is named by the path of its folder, and not by its name below ``data/reviews``."""
    return "/" in review or os.sep in review or review in {".", "..", "~"}


def as_path(folder: Path) -> str:
    """A folder written so that it is read as a path: ``./smith-2021``."""
    text = str(folder)
    return text if is_path(text) else f".{os.sep}{text}"


def review_folder(data_dir: str | Path, review: str) -> Path:
    """Folder of a review; the last part of it is the review's id, by which its results go.

    Parameters
    ----------
    data_dir : folder of the reviews that are named without a path
    review : a name below ``data_dir``, or (with a slash) the path of a folder anywhere: absolute, relative to the
        working directory, or below the home folder (``~/smith-2021``)
    """
    if not is_path(review):
        return Path(data_dir) / review
    folder = Path(review).expanduser()
    # A link has the name of what it points at, as everywhere else in the library; ".." and "." have no name of their own.
    plain = folder.name not in {"", ".", ".."} and not folder.is_symlink()
    return folder if plain else folder.resolve()


def review_folders(data_dir: str | Path, reviews: Iterable[str]) -> dict[str, Path]:
    """Folder of every review by its id, in the order given."""
    folders = (review_folder(data_dir, review) for review in reviews)
    return {folder.name: folder for folder in folders}


def read_of_review(folder: Path) -> list[Path]:
    """The files of a review that are read, in alphabetical order; no other file of its folder goes into any result.

    A link that leads nowhere is none of them: the reader of the review names it.
    """
    return sorted(p for kind in ("*.csv", "*.yaml") for p in folder.glob(kind) if p.is_file())
