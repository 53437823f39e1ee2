"""One file of another program, imported as `metaudit import` does it: read, and written as a review that reads back."""

from __future__ import annotations

from pathlib import Path

from fuzz.harness import check_notice, watched
from metaudit.drafts import write_draft
from metaudit.imports import read_file
from metaudit.imports.options import Options


def imported(name: str, data: bytes, *, mapping: bytes = b"", seconds: float = 10.0) -> None:
    """Import one file.

    Parameters
    ----------
    name : the file's name
    data : its content
    mapping : content of a mapping.yaml, when one is given
    seconds : processor time it may take
    """
    with watched(seconds=seconds) as folder:
        (folder / name).write_bytes(data)
        options = Options()
        if mapping:
            (folder / "mapping.yaml").write_bytes(mapping)
            options = Options(mapping=folder / "mapping.yaml")
        draft = read_file(folder / name, options)
        for notice in draft.notices:
            check_notice(notice)
        write_draft(draft, Path(folder / "smith-2021"))
