"""A review read in a scratch copy, so that nothing of the folder is touched before everything is known to be right."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from metaudit.errors import InputError
from metaudit.formats.columns import TABLES
from metaudit.formats.review import Review, read_review, shown_path


def read_as(folder: Path, texts: Mapping[str, str] | None = None) -> Review:
    """Read a review as it would be with some of its files replaced; its draft of claims is passed over.

    Parameters
    ----------
    folder : the review's folder; reviews beside it are there for claims that refer to them
    texts : file -> content instead of what stands there

    Raises
    ------
    InputError
        with the problems of the review, under the names of the files in ``folder``.
    """
    place = folder.resolve()
    if not place.is_dir():
        return read_review(folder)
    with tempfile.TemporaryDirectory(prefix="metaudit-") as scratch:
        copy = Path(scratch) / place.name
        copy.mkdir()
        for name in ("review.yaml", *TABLES):
            if (place / name).is_file():
                shutil.copyfile(place / name, copy / name)
        for name, text in (texts or {}).items():
            (copy / name).write_text(text, encoding="utf-8", newline="")
        for other in place.parent.iterdir():
            if other.name != place.name and (other / "review.yaml").is_file():
                (Path(scratch) / other.name).symlink_to(other, target_is_directory=True)
        try:
            review = read_review(copy)
        except InputError as error:
            shown = shown_path(folder)
            raise InputError(replace(p, file=_renamed(p.file, copy, shown)) for p in error.problems) from None
        return replace(review, folder=folder)


def _renamed(name: str, copy: Path, shown: str) -> str:
    for prefix in {str(copy), shown_path(copy), str(copy.resolve())}:
        if name.startswith(prefix):
            return shown + name[len(prefix) :]
    return name
