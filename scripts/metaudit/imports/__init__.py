"""Files of other programs, read into drafts of reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from metaudit.drafts.draft import Draft
    from metaudit.imports.options import Options

__all__ = ["read_file"]


def read_file(path: str | Path, options: Options | None = None) -> Draft:
    """Read a file of any known format into a draft of a review; see :func:`metaudit.imports.detect.read_file`.

    Raises
    ------
    InputError
        when there is no such file, its kind cannot be imported, or its content is broken.
    """
    from metaudit.imports.detect import read_file as read

    return read(path, options)
