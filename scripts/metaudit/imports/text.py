"""Bytes to text: marks, encodings, and what is no text at all; and, from ``text_numbers``, cells to numbers."""

from __future__ import annotations

import re

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
from metaudit.imports.text_numbers import number, read_number, tidy

__all__ = ["decode", "number", "read_number", "tidy"]

# Taken when a file says nothing and is not UTF-8: Western Europe and America.
_FALLBACK = "cp1252"
# Code pages of other scripts, told by their letters.
_OTHER = ("cp1251", "cp1253", "koi8_r", "shift_jis", "gb18030", "euc_kr", "big5", "cp1255", "cp1256")
# Letters of older programs on a Mac (é is 0x8E) between small letters, where Windows has signs or nothing.
_MAC = re.compile(rb"[a-z][\x87-\x89\x8d-\x90][a-z]")
# A letter of two or three bytes in UTF-8, read as Windows-1252: a capital with tilde or circumflex, then a sign.
_GARBLED = re.compile(
    "[\u00c2-\u00c5\u00ce\u00cf\u00d0\u00d1][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]|\u00e2[\u0080-\u00bf\u20ac\u201a\u02c6][\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decode(content: bytes, shown: str = "the file", encoding: str | None = None) -> tuple[str, str, list[Notice]]:
    """The text of a file, its encoding, and what had to be guessed to read it.

    Parameters
    ----------
    content : the bytes
    shown : the file as it is named in messages
    encoding : said by the person; obeyed

    Raises
    ------
    InputError
        when the content is no text, or not in the encoding that was said.
    """
    if encoding is not None:
        return _as_said(content, shown, encoding), encoding, []
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _sound(_as_said(content, shown, name), shown), name, []
    name = _utf16_without_mark(content)
    if name:
        notice = Notice(
            "guessed", shown, f"the file was read as {name.upper()}, which it does not say.", "Save it as UTF-8."
        )
        return _sound(_as_said(content, shown, name), shown), name, [notice]
    try:
        text, notices = _ungarbled(_sound(content.decode("utf-8"), shown), shown)
        return text, "utf-8", notices
    except UnicodeDecodeError:
        return _mostly_utf8(content, shown) or _guessed(content, shown)


def _ungarbled(text: str, shown: str) -> tuple[str, list[Notice]]:
    """UTF-8 that a program once read as Windows-1252 and saved so: ``LefÃ¨vre`` is ``Lefèvre``."""
    rows: list[int] = []
    lines = text.split("\n")
    for i, line in enumerate(lines):
        if _GARBLED.search(line):
            mended = _GARBLED.sub(lambda found: _mended(found[0]), line)
            if mended != line:
                lines[i] = mended
                rows.append(i + 1)
    if not rows:
        return text, []
    shown_rows = ", ".join(map(str, rows[:12])) + (" ..." if len(rows) > 12 else "")
    message = "letters were garbled by a wrong encoding when the file was saved; they were mended."
    return "\n".join(lines), [Notice("converted", f"{shown}, row {shown_rows}", message, "Look at the names there.")]


def _mended(garbled: str) -> str:
    try:
        return garbled.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return garbled


def _mostly_utf8(content: bytes, shown: str) -> tuple[str, str, list[Notice]] | None:
    """UTF-8 into which a few bytes of Windows-1252 were pasted; None where it is not UTF-8 at all."""
    text = content.decode("utf-8", "surrogateescape")
    strays = [i for i, c in enumerate(text) if 0xDC80 <= ord(c) <= 0xDCFF]
    if len(strays) > sum(1 for c in text if 127 < ord(c) < 0xDC80):
        return None
    rows = ", ".join(str(text.count("\n", 0, i) + 1) for i in strays[:12])
    mixed = "".join(
        bytes([ord(c) - 0xDC00]).decode(_FALLBACK, "replace") if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text
    )
    message = "the file is UTF-8 but for single bytes in these rows; they were read as Windows-1252."
    return (
        _sound(mixed, shown),
        "utf-8",
        [Notice("guessed", f"{shown}, row {rows}", message, "Look at the names there.")],
    )


def _as_said(content: bytes, shown: str, encoding: str) -> str:
    try:
        text = content.decode(encoding)
    except LookupError:
        raise _refusal(
            shown, f"{encoding!r} is not the name of an encoding.", "Say utf-8, utf-16, cp1252 or latin-1."
        ) from None
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _refusal(
            shown, f"the file is not {encoding}: byte {error.start + 1} cannot be read.", "Save it as UTF-8.", line
        ) from None
    return text.removeprefix("\ufeff")


def _guessed(content: bytes, shown: str) -> tuple[str, str, list[Notice]]:
    """Neither a mark nor UTF-8: Western European, unless most letters are foreign and speak for another code page."""
    _sound(content.decode("latin-1"), shown)
    name, why = _FALLBACK, "Western European"
    foreign = [b for b in content if b > 127]
    letters = sum(1 for b in content if chr(b).isalpha())
    if len(foreign) > 0.25 * max(letters, 1):
        from charset_normalizer import from_bytes

        found = from_bytes(content[:200_000], cp_isolation=list(_OTHER)).best()
        if found is not None:
            name, why = found.encoding, f"its letters are those of {found.language}"
    elif _MAC.search(content):
        name, why = "mac_roman", "as older programs on a Mac write"
    try:
        text = content.decode(name)
    except UnicodeDecodeError:
        name = "latin-1"
        text = content.decode(name)
    line, word = _first_foreign(text)
    message = f"the file is not UTF-8; it was read as {name} ({why}): row {line} then says {word!r}."
    return (
        text,
        name,
        [
            Notice(
                "guessed",
                shown,
                message,
                "Look at that word; when it is wrong, say --encoding, or save the file as UTF-8.",
            )
        ],
    )


def _first_foreign(text: str) -> tuple[int, str]:
    at = next((i for i, c in enumerate(text) if ord(c) > 127), 0)
    word = re.split(r"[\s,;\t\"|]", text[:at])[-1] + re.split(r"[\s,;\t\"|]", text[at:])[0]
    return text.count("\n", 0, at) + 1, word[:40]


def _utf16_without_mark(content: bytes) -> str:
    """UTF-16 without a byte order mark: every other byte of plain text is zero."""
    head = content[:2000]
    if len(head) < 8:
        return ""
    even, odd = head[::2].count(0) / len(head[::2]), head[1::2].count(0) / len(head[1::2])
    if odd > 0.7 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 and odd < 0.1 else ""


def _sound(text: str, shown: str) -> str:
    """The text, or a refusal when it holds what no text holds."""
    text = text.removeprefix("\ufeff")
    at = text.find("\x00")
    if at >= 0:
        raise _refusal(
            shown,
            "the file holds NUL bytes: it is no text file, or was cut or damaged.",
            "Export the table again, as CSV UTF-8.",
            text.count("\n", 0, at) + 1,
        )
    strange = sum(1 for c in text[:5000] if c < " " and c not in "\t\r\n\f\v\x1a")
    if strange > 0.02 * max(len(text[:5000]), 50):
        raise _refusal(
            shown, "the file holds control characters: it is no text file.", "Export the table again, as CSV UTF-8."
        )
    return text


def _refusal(shown: str, message: str, fix: str, line: int = 0) -> InputError:
    return InputError([Problem(shown, line, "", "encoding", message, fix)])
