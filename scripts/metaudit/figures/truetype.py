"""A font cut to a few glyphs, as a PDF embeds it: the outlines and their widths, and nothing a PDF says itself.

fontTools cuts fonts for every use and takes fifty times as long. A PDF names glyphs by their numbers, so of a TrueType font it
needs these tables only: ``glyf, head, hhea, hmtx, loca, maxp`` (ISO 32000-1:2008, 9.9, of fonts of type CIDFontType2 without
hints). Formats of the tables: the OpenType specification, chapters of the same names.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

_WORDS, _SCALE, _MORE, _TWO_SCALES, _MATRIX, _HINTED = 0x01, 0x08, 0x20, 0x40, 0x80, 0x100
"""Flags of a component of a composite glyph (OpenType, glyf)."""
_WHOLE = 0xB1B0AFBA
"""What all of a font, its ``checkSumAdjustment`` among it, adds up to (OpenType, head)."""
_LONG_OFFSETS, _ADJUSTMENT = 50, 8  # places in head


class Face:
    """A TrueType font read once, to be cut many times.

    Attributes
    ----------
    units : of the em square
    box : smallest x and y, largest x and y of all glyphs, units
    ascent, descent : units; descent is negative
    kerning : how much nearer or farther the second of two glyphs stands, units, where it is not nought
    """

    def __init__(self, content: bytes) -> None:
        tables = dict(_tables(content))
        self.head, self.hhea, self.maxp = tables["head"], tables["hhea"], tables["maxp"]
        self.units: int = struct.unpack_from(">H", self.head, 18)[0]
        self.box: tuple[int, int, int, int] = struct.unpack_from(">4h", self.head, 36)
        self.ascent, self.descent = struct.unpack_from(">2h", self.hhea, 4)
        self.count: int = struct.unpack_from(">H", self.maxp, 4)[0]
        wide: int = struct.unpack_from(">H", self.hhea, 34)[0]
        self._advances: tuple[int, ...] = struct.unpack_from(">" + "Hh" * wide, tables["hmtx"])[::2]
        bearings = struct.unpack_from(f">{self.count - wide}h", tables["hmtx"], 4 * wide)
        self._bearings: tuple[int, ...] = (*struct.unpack_from(">" + "Hh" * wide, tables["hmtx"])[1::2], *bearings)
        is_long = struct.unpack_from(">h", self.head, _LONG_OFFSETS)[0]
        places = struct.unpack_from(f">{self.count + 1}{'I' if is_long else 'H'}", tables["loca"])
        self._places: tuple[int, ...] = places if is_long else tuple(2 * p for p in places)
        self._glyf = tables["glyf"]
        self.kerning = _kerning(tables.get("kern", b""))

    def advance(self, glyph: int) -> int:
        """How far the pen moves, units."""
        return self._advances[min(glyph, len(self._advances) - 1)]

    def outline(self, glyph: int) -> bytes:
        """What ``glyf`` says of a glyph; nothing for one without an outline."""
        return self._glyf[self._places[glyph] : self._places[glyph + 1]]

    def cut(self, glyphs: Sequence[int]) -> bytes:
        """Make a font of some glyphs, without hints.

        Parameters
        ----------
        glyphs : numbers in this font; they are numbered from one in the new one, where nought stands for a missing glyph. The
            same one twice is there twice.

        Returns
        -------
        The font; behind the glyphs asked for stand those they are made of.
        """
        kept = [0, *glyphs]
        number = {g: i for i, g in reversed(list(enumerate(kept)))}
        outlines, places = [], [0]
        for glyph in kept:  # which grows while it is read
            outline, parts = _plain(self.outline(glyph))
            for place, part in parts:
                if part not in number:
                    number[part] = len(kept)
                    kept.append(part)
                struct.pack_into(">H", outline, place, number[part])
            outlines.append(bytes(outline) + bytes(-len(outline) % 4))
            places.append(places[-1] + len(outlines[-1]))
        head, hhea, maxp = bytearray(self.head), bytearray(self.hhea), bytearray(self.maxp)
        struct.pack_into(">h", head, _LONG_OFFSETS, 1)
        struct.pack_into(">I", head, _ADJUSTMENT, 0)
        struct.pack_into(">H", hhea, 34, len(kept))
        struct.pack_into(">H", maxp, 4, len(kept))
        struct.pack_into(">H", maxp, 26, 0)  # no instructions
        metrics = b"".join(struct.pack(">Hh", self.advance(g), self._bearings[g]) for g in kept)
        return _font(
            {
                "glyf": b"".join(outlines),
                "head": bytes(head),
                "hhea": bytes(hhea),
                "hmtx": metrics,
                "loca": struct.pack(f">{len(places)}I", *places),
                "maxp": bytes(maxp),
            }
        )


@cache
def face_of(path: str) -> Face:
    """Read a font from a file, once in a process."""
    return Face(Path(path).read_bytes())


def _tables(content: bytes) -> Iterator[tuple[str, bytes]]:
    (count,) = struct.unpack_from(">H", content, 4)
    for i in range(count):
        tag, _, start, length = struct.unpack_from(">4s3I", content, 12 + 16 * i)
        yield tag.decode("latin-1"), content[start : start + length]


def _kerning(table: bytes) -> dict[tuple[int, int], int]:
    """Pairs of the first part of a table ``kern``, which is of format nought (OpenType, kern)."""
    if not table:
        return {}
    (count,) = struct.unpack_from(">H", table, 10)
    entries = struct.iter_unpack(">HHh", table[18 : 18 + 6 * count])
    return {(left, right): value for left, right, value in entries if value}


def _plain(outline: bytes) -> tuple[bytearray, list[tuple[int, int]]]:
    """A glyph without its instructions, and of a composite one where it names its parts, and which."""
    if not outline:
        return bytearray(), []
    (contours,) = struct.unpack_from(">h", outline)
    if contours >= 0:
        end = 10 + 2 * contours
        (instructions,) = struct.unpack_from(">H", outline, end)
        return bytearray(outline[:end] + b"\0\0" + outline[end + 2 + instructions :]), []
    parts, place, flags = [], 10, _MORE
    plain = bytearray(outline)
    while flags & _MORE:
        flags, part = struct.unpack_from(">2H", outline, place)
        struct.pack_into(">H", plain, place, flags & ~_HINTED)
        parts.append((place + 2, part))
        place += 4 + (4 if flags & _WORDS else 2)
        place += 2 if flags & _SCALE else 4 if flags & _TWO_SCALES else 8 if flags & _MATRIX else 0
    return plain[:place], parts


def _font(tables: dict[str, bytes]) -> bytes:
    """Put tables together (OpenType, "Organization of an OpenType font"); their tags in order."""
    count = len(tables)
    step = count.bit_length() - 1
    start = struct.pack(">I4H", 0x00010000, count, 16 << step, step, 16 * (count - (1 << step)))
    offset, index, bodies = 12 + 16 * count, [], []
    for tag, body in tables.items():
        index.append(struct.pack(">4s3I", tag.encode(), _sum(body), offset, len(body)))
        bodies.append(body + bytes(-len(body) % 4))
        offset += len(bodies[-1])
    font = bytearray(b"".join([start, *index, *bodies]))
    place = 12 + 16 * count + len(tables["glyf"]) + -len(tables["glyf"]) % 4 + _ADJUSTMENT
    struct.pack_into(">I", font, place, (_WHOLE - _sum(bytes(font))) & 0xFFFFFFFF)
    return bytes(font)


def _sum(content: bytes) -> int:
    padded = content + bytes(-len(content) % 4)
    numbers: tuple[int, ...] = struct.unpack(f">{len(padded) // 4}I", padded)
    return sum(numbers) & 0xFFFFFFFF
