"""Figures on disk: SVG, PDF, PNG and the numbers drawn; whole or not at all, and the same bytes every time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from metaudit.figures.pdf import pdf_bytes
from metaudit.figures.svg import letters, svg_text, with_font
from metaudit.files import write_bytes, write_rows, write_text

if TYPE_CHECKING:
    from metaudit.figures.drawn import Drawn
    from metaudit.figures.scene import Scene

FORMATS = ("svg", "pdf", "png")
PNG_DPI = 300


def write(drawings: Sequence[Drawn], folder: str | Path, analysis: str, *, formats: Iterable[str]) -> list[Path]:
    """Write the figures of one analysis: each as ``<analysis>.<kind>.csv`` and in every format asked for.

    Parameters
    ----------
    drawings : figures of one analysis; their SVGs carry one font, with the letters of all of them
    folder : where to
    analysis : first part of the file names
    formats : ``svg``, ``pdf``, ``png`` for every kind, or ``forest.pdf`` for one

    Returns
    -------
    The files written, in the order of the drawings.
    """
    target = Path(folder)
    used = letters(d.figure for d in drawings)
    asked = list(formats)
    written = []
    for drawn in drawings:
        stem = f"{analysis}.{drawn.kind}"
        for file_format in FORMATS:
            if file_format not in asked and f"{drawn.kind}.{file_format}" not in asked:
                continue
            path = target / f"{stem}.{file_format}"
            if file_format == "svg":
                plain = svg_text(drawn.figure, title=drawn.title, alt=drawn.alt, name=f"{analysis}-{drawn.kind}")
                write_text(path, with_font(plain, *used))
            else:
                write_bytes(path, render(drawn.figure, file_format, title=drawn.title))
            written.append(path)
        data = target / f"{stem}.csv"
        write_rows(data, drawn.columns, drawn.rows)
        written.append(data)
    return written


def check_formats(formats: Iterable[str], kinds: Iterable[str]) -> None:
    """Refuse a format nobody knows.

    Raises
    ------
    ValueError
        naming the format and the known ones
    """
    known = [*FORMATS, *(f"{kind}.{f}" for kind in kinds for f in FORMATS)]
    for asked in formats:
        if asked not in known:
            message = f"figure format {asked!r} is not known; known: {', '.join(FORMATS)}, and one of them for one kind: forest.pdf"
            raise ValueError(message)


def save(figure: Scene, path: str | Path, *, title: str = "", alt: str = "") -> None:
    """Write one figure in the format its suffix names (.svg, .pdf, .png), with the font it needs.

    Parameters
    ----------
    figure : ``Sheet.figure``
    path : a killed run leaves the old file or the new one
    title, alt : carried in the file (SVG: both, PDF and PNG: the title)
    """
    target = Path(path)
    write_bytes(target, render(figure, target.suffix.removeprefix("."), title=title, alt=alt))


def render(figure: Scene, file_format: str, *, title: str = "", alt: str = "") -> bytes:
    """Render a figure in one of FORMATS, without time stamps, program versions or random identifiers."""
    if file_format not in FORMATS:
        message = f"figure format {file_format!r} is not known; known: {', '.join(FORMATS)}"
        raise ValueError(message)
    if file_format == "svg":
        return with_font(svg_text(figure, title=title, alt=alt), *letters([figure])).encode("utf-8")
    if file_format == "pdf":
        return pdf_bytes(figure, title)
    import matplotlib

    buffer = io.BytesIO()
    with matplotlib.rc_context({"path.simplify": False}):
        figure.as_matplotlib().savefig(
            buffer, format="png", dpi=PNG_DPI, metadata={"Software": None, **({"Title": title} if title else {})}
        )
    return buffer.getvalue()
