"""The file around a page: objects, streams, the table that says where they are (ISO 32000-1:2008, 7.5)."""

from __future__ import annotations

import zlib
from collections.abc import Mapping

_ESCAPES = str.maketrans({"\\": r"\\", "(": r"\(", ")": r"\)", "\n": r"\n", "\r": r"\r"})
_CATALOG, _PAGES = 1, 2


def number(value: float, digits: int = 6) -> str:
    """Write a number to so many digits, without an exponent, as PDF wants it."""
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def string(text: str) -> bytes:
    """Write a text string: ASCII as it is, anything else in UTF-16 (7.9.2.2)."""
    plain = text.encode("ascii") if text.isascii() else b"\xfe\xff" + text.encode("utf-16-be")
    return b"(" + plain.decode("latin-1").translate(_ESCAPES).encode("latin-1") + b")"


class PdfFile:
    """A file of one page; objects are numbered as they are added, the catalogue and the list of pages come first."""

    def __init__(self) -> None:
        self._objects: dict[int, bytes] = {_CATALOG: b"<< /Type /Catalog /Pages 2 0 R >>", _PAGES: b""}

    def add(self, content: str) -> int:
        """Add an object; its number."""
        self._objects[len(self._objects) + 1] = content.encode("ascii")
        return len(self._objects)

    def add_stream(self, content: bytes, said: str = "") -> int:
        """Add a stream, compressed; ``said`` goes into its dictionary. Its number."""
        packed = zlib.compress(content, 6)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode{said} >>\nstream\n".encode("ascii")
        self._objects[len(self._objects) + 1] = head + packed + b"\nendstream"
        return len(self._objects)

    def add_page(self, width: float, height: float, *, contents: int, named: Mapping[str, Mapping[str, str]]) -> None:
        """Add the page, points; ``named`` are its resources, by kind and by the name its contents call them."""
        resources = " ".join(
            f"/{kind} << {' '.join(f'/{name} {what}' for name, what in entries.items())} >>"
            for kind, entries in named.items()
            if entries
        )
        page = self.add(
            f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {number(width)} {number(height)}] "
            f"/Contents {contents} 0 R /Resources << {resources} >> >>"
        )
        self._objects[_PAGES] = f"<< /Type /Pages /Kids [{page} 0 R] /Count 1 >>".encode("ascii")

    def finish(self, title: str) -> bytes:
        """The bytes of the file."""
        info = 0
        if title:
            info = len(self._objects) + 1
            self._objects[info] = b"<< /Title " + string(title) + b" >>"
        parts, places, size = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"], [], 15
        for index, content in self._objects.items():
            places.append(size)
            parts.append(f"{index} 0 obj\n".encode("ascii") + content + b"\nendobj\n")
            size += len(parts[-1])
        table = "".join(f"{place:010d} 00000 n \n" for place in places)
        named = f" /Info {info} 0 R" if info else ""
        parts.append(
            f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}trailer\n"
            f"<< /Size {len(places) + 1} /Root {_CATALOG} 0 R{named} >>\nstartxref\n{size}\n%%EOF\n".encode("ascii")
        )
        return b"".join(parts)
