"""Inputs to begin from: exports of a shipped review, and the malformed files of tests/inputs."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path

from fuzz.harness import ROOT, as_parts

REVIEWS = ROOT / "data" / "reviews"
MALFORMED = ROOT / "tests" / "inputs" / "malformed"
SMALL = 20_000


@cache
def exported(fmt: str) -> tuple[bytes, ...]:
    """Shipped reviews of several kinds of data as files of another program."""
    from metaudit.errors import InputError
    from metaudit.exports import export
    from metaudit.formats.review import read_review

    out = []
    for name in ("colditz-1994", "normand-1999-stroke", "berkey-1995", "hackshaw-1997", "lipsey-2001"):
        try:
            content = export(read_review(REVIEWS / name), fmt).content
        except InputError:  # the format cannot hold this kind of data
            continue
        if len(content) <= SMALL:
            out.append(content)
    assert out, fmt
    return tuple(out)


def malformed(*endings: str) -> list[bytes]:
    """Files of tests/inputs/malformed with one of these endings."""
    return [p.read_bytes() for p in sorted(MALFORMED.iterdir()) if p.suffix in endings and p.stat().st_size <= SMALL]


def folder(name: str, *, rows: int = 8) -> dict[str, bytes]:
    """The files of a shipped review, its tables cut to a few rows."""
    out = {}
    for path in sorted((REVIEWS / name).iterdir()):
        if path.suffix in (".csv", ".yaml"):
            lines = path.read_bytes().split(b"\n")
            out[path.name] = b"\n".join(lines if path.suffix == ".yaml" else lines[: rows + 1]) + b"\n"
    return out


def reviews() -> list[bytes]:
    """Whole review folders as inputs."""
    named = ("colditz-1994", "normand-1999-stroke", "berkey-1995", "lipsey-2001", "kim-2015")
    return [as_parts(folder(n)) for n in named if (REVIEWS / n).is_dir()]


def unpacked(archive: bytes) -> bytes:
    """The members of a ZIP file, smaller than a table needs, as one input."""
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return as_parts({n: file.read(n) for n in file.namelist()})


def packed(files: dict[str, bytes]) -> bytes:
    """Files as a ZIP archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def files(folder: Path, content: dict[str, bytes], allowed: frozenset[str]) -> None:
    """Write the files of one input whose names a reader looks for."""
    folder.mkdir()
    for name, data in content.items():
        if name in allowed:
            (folder / name).write_bytes(data)
