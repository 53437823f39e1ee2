"""Files from elsewhere, read without trusting their sizes; archives and XML have modules of their own."""

from __future__ import annotations

from pathlib import Path

from metaudit.errors import InputError, Problem
from metaudit.formats.review import shown_path

MEGABYTE = 1024 * 1024
# The largest reviews of the Cochrane Library are a few megabytes as XML.
FILE_LIMIT = 64 * MEGABYTE
LINE_LIMIT = 200_000
LONGEST_LINE = 2 * MEGABYTE


def refusal(shown: str, rule: str, message: str, fix: str, *, row: int = 0) -> InputError:
    """An error about one file, for :func:`raise`."""
    return InputError([Problem(shown, row, "", rule, message, fix)])


def read_bytes(path: Path, limit: int = FILE_LIMIT) -> bytes:
    """The content of a file that is not too large.

    Raises
    ------
    InputError
        when it is missing, no plain file, cannot be read, is empty, or is larger than ``limit`` bytes.
    """
    shown = shown_path(path)
    if path.is_dir():
        raise refusal(shown, "not-a-file", "this is a folder.", "Name one file.")
    if not path.exists():
        raise refusal(shown, "missing-file", "there is no such file.", "Check the path.")
    if not path.is_file():
        raise refusal(shown, "not-a-file", "this is no plain file.", "Name one file.")
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise refusal(
            shown, "unreadable-file", f"the file cannot be read: {error.strerror}.", "Check its permissions."
        ) from None
    if len(content) > limit:
        message = f"the file is larger than {limit // MEGABYTE} MB, far more than any review."
        raise refusal(shown, "too-large", message, "Check whether it is the right file.")
    if not content:
        raise refusal(shown, "empty-file", "the file is empty.", "Export it again.")
    return content


def check_lines(path: Path) -> None:
    """Refuse a file with more lines, or longer ones, than any table of studies has, before it is taken apart.

    Raises
    ------
    InputError
        when it has more than ``LINE_LIMIT`` lines, or one of some megabytes.
    """
    shown, lines, unbroken = shown_path(path), 0, 0
    with path.open("rb") as file:
        for _ in range(FILE_LIMIT // MEGABYTE + 1):  # what is larger is refused for its size
            part = file.read(MEGABYTE)
            ends = max(part.count(b"\n"), part.count(b"\r"))
            lines, unbroken = lines + ends, 0 if ends else unbroken + len(part)
            if unbroken > LONGEST_LINE:
                message = f"a line of the file has more than {LONGEST_LINE // MEGABYTE} MB."
                raise refusal(
                    shown, "too-large", message, "A table has a line for each row; export it again.", row=lines + 1
                )
            if not part or lines > LINE_LIMIT:
                break
    if lines > LINE_LIMIT:
        message = f"the file has more than {LINE_LIMIT:,} lines, far more than any review."
        raise refusal(shown, "too-large", message, "Check whether it is the right file.")
