"""The look of every figure, and how one is saved: whole or not at all, and the same bytes every time."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"
BODY = 7.5
SMALL = 6.5
TITLE = 9.0

INK = "#1a1a1a"
MUTED = "#5f6368"
RULE = "#9aa0a6"
FAINT = "#d5d8dc"
STUDY = "#33566f"
POOLED = "#0b5394"
PRINTED = "#b45309"
SHADES = ("#c3ccd6", "#d9dfe6", "#edf0f3")

THIN = 0.6
MEDIUM = 0.9

FORMATS = ("svg", "pdf", "png")
PNG_DPI = 200
MEASURING_DPI = 288.0
"""Texts are measured finer than they are drawn, so that hinting does not round their widths."""

_RC = {
    "svg.hashsalt": "metaudit",
    "svg.fonttype": "path",
    "pdf.fonttype": 3,
    "pdf.compression": 6,
    "path.simplify": False,
}
_METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
_GLYPH_ID = re.compile(r'(id="|href="#)DejaVuSans-(Bold-)?')
_GLYPH_SHIFT = re.compile(r'(<use xlink:href="#\w+") transform="translate\(([-\d.]+) 0\)"/>')


def save(figure: Figure, path: str | Path, *, title: str = "") -> None:
    """Write a figure in the format its suffix names.

    Parameters
    ----------
    figure : what to write
    path : a file ending in .svg, .pdf or .png; a killed run leaves the old file or the new one
    title : one line carried as the document's title (read out by screen readers)
    """
    target = Path(path)
    content = render(figure, target.suffix.removeprefix("."), title=title)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        scratch.write_bytes(content)
        os.replace(scratch, target)  # noqa: PTH105  (the same call as Path.replace; named for what it guarantees)
    finally:
        scratch.unlink(missing_ok=True)


def render(figure: Figure, file_format: str, *, title: str = "") -> bytes:
    """Render a figure in one of FORMATS, without time stamps, program versions or random identifiers."""
    if file_format not in FORMATS:
        message = f"figure format {file_format!r} is not known; known: {', '.join(FORMATS)}"
        raise ValueError(message)
    metadata: dict[str, str | None] = dict(_METADATA[file_format])
    if title:
        metadata["Title"] = title
    buffer = io.BytesIO()
    with matplotlib.rc_context(_RC):  # type: ignore[arg-type]
        figure.savefig(buffer, format=file_format, dpi=PNG_DPI if file_format == "png" else 72, metadata=metadata)
    return _slim(buffer.getvalue()) if file_format == "svg" else buffer.getvalue()


def _slim(svg: bytes) -> bytes:
    """Write the same drawing in fewer bytes: short glyph names, shifts as x in hundredths of an em, no indents."""
    text = _GLYPH_ID.sub(lambda m: m[1] + ("b" if m[2] else "g"), svg.decode("utf-8"))
    text = _GLYPH_SHIFT.sub(lambda m: f'{m[1]} x="{float(m[2]):.1f}"/>', text)
    return re.sub(r"\n +", "\n", text).encode("utf-8")
