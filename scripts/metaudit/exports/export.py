"""One review, or some of its analyses, as a file of another program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from metaudit.errors import InputError, Problem
from metaudit.exports.content import Content, Exported, content_of
from metaudit.exports.holds import AS_TYPED, FORMATS, keep_what_it_holds
from metaudit.formats.review import Review
from metaudit.formats.tables import nearest

Writer = Callable[[Content], bytes]
# Format -> module and function that write it.
_WRITERS = {
    "csv": ("wide", "own"),
    "xlsx": ("workbook", "write"),
    "escalc": ("wide", "escalc"),
    "meta": ("wide", "meta"),
    "stata": ("wide", "stata"),
    "jasp": ("wide", "jasp"),
    "long": ("long", "write"),
    "covidence": ("tools", "covidence"),
    "srdr": ("tools", "srdr"),
    "rm5": ("rm5", "write"),
    "revman-web": ("revman_web", "write"),
    "revman-csv": ("revman_csv", "write"),
    "mtv": ("mtv", "write"),
}


def export(review: Review, fmt: str, *, analyses: Sequence[str] = ()) -> Exported:
    """A review as a file of another program; numbers stand there as typed wherever the format can hold them so.

    Parameters
    ----------
    review : the review
    fmt : one of ``FORMATS``
    analyses : ids of the analyses to export; all of them by default

    Returns
    -------
    The file's content, with a notice for everything that it does not hold or holds otherwise.

    Raises
    ------
    InputError
        for a format or an analysis that is not known, and where the format cannot hold the data.
    """
    if fmt not in FORMATS:
        raise InputError([Problem("--as", 0, "", "format", f"{fmt!r} is no format.", nearest(fmt, FORMATS))])
    content = content_of(review, analyses, whole=fmt in AS_TYPED)
    keep_what_it_holds(content, fmt, named=bool(analyses))
    module, function = _WRITERS[fmt]
    writer: Writer = getattr(import_module(f"metaudit.exports.{module}"), function)
    written = writer(content)
    return Exported(written, tuple(sorted(set(content.notices))))
