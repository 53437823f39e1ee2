"""The letters of a page embedded in its PDF: a font of the glyphs used, their widths, and the characters they stand for."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

from metaudit.figures.shaping import font_file
from metaudit.figures.truetype import face_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from metaudit.figures.pdf_file import PdfFile
    from metaudit.figures.shaping import Glyph

_NAMES = {False: "DejaVuSans", True: "DejaVuSans-Bold"}
_MOST = 100  # entries of one block of a map of characters (Adobe Technical Note 5014, 4.4)


class Embedded:
    """One face of the font in one PDF; glyphs are numbered as they are used."""

    def __init__(self, bold: bool) -> None:
        self._bold, self._face = bold, face_of(font_file(bold))
        self._numbers: dict[tuple[str, int], int] = {}

    def runs(self, glyphs: Iterable[Glyph], size: float) -> Iterator[tuple[float, str]]:
        """Write the glyphs of a text as the operator ``TJ`` takes them, by stretches that are placed apart.

        A letter beyond Latin-1 begins another stretch, and so does the next within it, so that the widths, which a PDF rounds
        to a thousandth, do not add up.

        Yields
        ------
        Where a stretch begins, points from the start of the text, and its glyphs with what is between them.
        """
        start, shown, common = 0.0, "", None
        for glyph in glyphs:
            is_common = len(glyph.characters) == 1 and ord(glyph.characters) < 0x100
            if is_common is not common:
                if shown:
                    yield start, f"{shown}>"
                start, shown, common = glyph.x, "<", is_common
            if glyph.kern:
                shown += f">{-1000 * glyph.kern / size:.10f}<"
            shown += f"{self._number(glyph):04x}"
        if shown:
            yield start, f"{shown}>".replace("<>", "")

    def _number(self, glyph: Glyph) -> int:
        key = (glyph.characters, glyph.number)
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def write(self, file: PdfFile) -> int:
        """Write the font into a file (ISO 32000-1:2008, 9.7); the number of its object."""
        used = [number for _, number in self._numbers]
        content = self._face.cut(used)
        # The six letters before the name say which glyphs there are (9.6.4).
        digest = hashlib.sha256(repr(used).encode()).digest()
        name = "".join(chr(65 + b % 26) for b in digest[:6]) + "+" + _NAMES[self._bold]
        program = file.add_stream(content, f" /Length1 {len(content)}")
        box = " ".join(str(self._outwards(v)) for v in self._face.box)
        descriptor = file.add(
            f"<< /Type /FontDescriptor /FontName /{name} /Flags 32 /FontBBox [{box}] /ItalicAngle 0 "
            f"/Ascent {self._outwards(self._face.ascent)} /Descent {self._outwards(self._face.descent)} "
            f"/CapHeight 729 /StemV 0 /FontFile2 {program} 0 R >>"
        )
        widths = " ".join(str(round(1000 * self._face.advance(g) / self._face.units)) for g in used)
        single = file.add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /FontDescriptor {descriptor} 0 R "
            f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/W [1 [{widths}]] /CIDToGIDMap /Identity >>"
        )
        meant = file.add_stream(_meanings([c for c, _ in self._numbers]))
        return file.add(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H "
            f"/DescendantFonts [{single} 0 R] /ToUnicode {meant} 0 R >>"
        )

    def _outwards(self, units: int) -> int:
        value = 1000 * units / self._face.units
        return math.floor(value) if value < 0 else math.ceil(value)


def _meanings(characters: Sequence[str]) -> bytes:
    """Write which characters the glyphs stand for, so that text can be searched and copied (9.10.3)."""
    entries = [f"<{i:04x}> <{c.encode('utf-16-be').hex()}>" for i, c in enumerate(characters, start=1)]
    blocks = [entries[i : i + _MOST] for i in range(0, len(entries), _MOST)]
    lines = [f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks]
    return "\n".join([_MEANINGS, *lines, _END]).encode("ascii")


_MEANINGS = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange"""
_END = """endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
