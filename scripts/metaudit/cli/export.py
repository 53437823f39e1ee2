"""``metaudit export``: a review as a file of another program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metaudit.cli.output import AsJson, app, guarded, print_json, refuse, say
from metaudit.cli.review import Folder
from metaudit.errors import InputError, Problem

File = Annotated[Path, typer.Argument(help="the file to write", show_default=False)]
Format = Annotated[
    str,
    typer.Option(
        "--as",
        help="rm5 (RevMan 5), revman-web (RevMan Web data package), revman-csv (RevMan 5 analysis export), mtv (RevMan 4), "
        "escalc (metafor), meta (R's meta), long (one row an arm), csv, xlsx (Excel), covidence, srdr (SRDR+), jasp, stata",
        show_default=False,
    ),
]
AnalysisOf = Annotated[
    list[str] | None,
    typer.Option("--analysis", help="only this analysis; may be given several times", show_default=False),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="replace the file when it exists")]


@app.command()
def export(
    folder: Folder,
    file: File,
    form: Format,
    analysis: AnalysisOf = None,
    overwrite: Overwrite = False,
    as_json: AsJson = False,
) -> None:
    """Write a review as a file of another program, numbers as typed; what the file does not hold is said on stderr.

    Example: [bold]metaudit export data/reviews/li-2007 li.rm5 --as rm5[/bold]. Exit 0: written; 2: the format cannot hold
    the data, or bad input.
    """
    from metaudit.exports import export as run
    from metaudit.formats.review import read_review

    if file.exists() and (file.is_dir() or not overwrite):
        what = "a folder of this name stands there." if file.is_dir() else "the file exists."
        fix = "Name a file." if file.is_dir() else "Name another file, or say --overwrite."
        refuse(InputError([Problem(str(file), 0, "", "file-exists", what, fix)]))
    review = guarded(lambda: read_review(folder))
    done = guarded(lambda: run(review, form, analyses=tuple(analysis or ())))
    guarded(lambda: _write(file, done.content))
    if as_json:
        print_json({"file": str(file), "format": form, "notices": [n.__dict__ for n in done.notices]})
        return
    for notice in done.notices:
        say(f"{notice.kind}: {notice.place}: {notice.message} {notice.fix}".rstrip())
    print(f"{file}: {len(done.content)} bytes ({form}).")


def _write(file: Path, content: bytes) -> None:
    """All or nothing; a folder that does not exist is more often a slip of the pen than a wish."""
    from metaudit.files import write_bytes

    if not file.absolute().parent.is_dir():
        fix = "Make the folder first, or name another."
        raise InputError([Problem(str(file), 0, "", "missing-folder", "its folder does not exist.", fix)])
    write_bytes(file, content)
