"""Files from elsewhere, read without trusting them: sizes, archives and XML; nothing is ever written to disk."""

from __future__ import annotations

import re
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from html.entities import html5
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, Problem
from metaudit.formats.review import shown_path

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MEGABYTE = 1024 * 1024
# The largest reviews of the Cochrane Library are a few megabytes as XML.
FILE_LIMIT = 64 * MEGABYTE
MEMBER_LIMIT, TOTAL_LIMIT, COUNT_LIMIT = 32 * MEGABYTE, 96 * MEGABYTE, 5000
# Deflate packs text by 3 to 30 and cannot pack anything by more than 1032.
RATIO_LIMIT, RATIO_FROM = 250, MEGABYTE
DEPTH_LIMIT = 200
LINE_LIMIT, TAG_LIMIT = 200_000, 2_000_000
LONGEST_LINE = 2 * MEGABYTE
_DRIVE = re.compile(r"[A-Za-z]:")
_BARE_AMPERSAND = re.compile(r"&(?!(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);)")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_NAMES = {"amp", "lt", "gt", "quot", "apos"}
_NOT_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\\d|3[01])|x0*(?:[0-8bcBC]|[eE]|1[0-9a-fA-F]));"
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


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


@dataclass
class Budget:
    """What may still be unpacked, over all archives within one file."""

    total: int = TOTAL_LIMIT
    count: int = COUNT_LIMIT


@dataclass
class Unpacked:
    """The members of an archive that were wanted, and the names of the others.

    Attributes
    ----------
    members : path within the archive -> content, in the archive's order
    others : paths that were not unpacked
    """

    members: dict[str, bytes] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def unzip(
    content: bytes, shown: str, *, wanted: Callable[[str], bool] = lambda _: True, budget: Budget | None = None
) -> Unpacked:
    """Unpack an archive in memory.

    Parameters
    ----------
    content : the archive
    shown : how messages name it
    wanted : which members are unpacked, by their path; all are checked
    budget : how much may be unpacked in all; lessened

    Raises
    ------
    InputError
        when it is damaged or encrypted, names a path outside itself, holds a link or two members of one name, or would
        unpack to more than the limits allow.
    """
    budget = budget or Budget()
    try:
        archive = zipfile.ZipFile(BytesIO(content))
    except (zipfile.BadZipFile, zipfile.LargeZipFile, ValueError, NotImplementedError, OSError):
        message = "the file is no ZIP archive, or is damaged or cut off."
        raise refusal(shown, "archive", message, "Download or export it again.") from None
    with archive:
        infos = [i for i in archive.infolist() if not i.filename or not i.is_dir() or i.file_size]
        budget.count -= len(infos)
        if budget.count < 0:
            raise _bomb(shown, f"it holds more than {COUNT_LIMIT} files")
        _check_names(infos, shown)
        out = Unpacked()
        for info in infos:
            _check_member(info, shown)
            if wanted(info.filename):
                out.members[info.filename] = _unpacked(archive, info, shown, budget)
            else:
                out.others.append(info.filename)
    return out


def _bomb(shown: str, why: str) -> InputError:
    message = f"the archive is not unpacked: {why}."
    return refusal(
        shown,
        "archive-limits",
        message,
        "A review's data package is a few megabytes; check whether it is the right file.",
    )


def _check_names(infos: list[zipfile.ZipInfo], shown: str) -> None:
    seen: dict[str, str] = {}
    for info in infos:
        # What another program reads: zipfile ends a name at the first NUL and turns the separators of its own platform.
        name = info.orig_filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not name or "\x00" in name or ".." in parts or name.startswith(("/", "\\")) or _DRIVE.match(name):
            message = f"the archive names a file outside itself, {name!r}."
            raise refusal(
                shown, "archive-path", message, "Such an archive can overwrite other files; ask where it comes from."
            )
        key = unicodedata.normalize("NFC", name.replace("\\", "/")).casefold()
        if key in seen:
            message = f"the archive holds two files named {name!r}."
            raise refusal(shown, "archive-duplicate", message, "It is not clear which of them counts; export it again.")
        seen[key] = name


def _check_member(info: zipfile.ZipInfo, shown: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refusal(
            shown,
            "archive-link",
            f"{info.filename!r} in the archive is a link or device, no file.",
            "Pack the files themselves.",
        )
    if info.flag_bits & 0x1:
        raise refusal(
            shown,
            "archive-password",
            f"{info.filename!r} in the archive is encrypted.",
            "Unpack it with its password, and pack it without one.",
        )
    if info.file_size > MEMBER_LIMIT:
        raise _bomb(shown, f"{info.filename!r} would be {info.file_size // MEGABYTE} MB")
    if info.file_size > RATIO_FROM and info.file_size > RATIO_LIMIT * max(info.compress_size, 1):
        raise _bomb(
            shown,
            f"{info.filename!r} would be {info.file_size // max(info.compress_size, 1)} times as large as it is packed",
        )


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str, budget: Budget) -> bytes:
    """One member; what its header says of its size is not believed."""
    most = min(MEMBER_LIMIT, budget.total)
    try:
        with archive.open(info) as member:
            content = member.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        message = f"{info.filename!r} in the archive cannot be unpacked ({error})."
        raise refusal(shown, "archive", message, "Download or export it again.") from None
    if len(content) > most:
        raise _bomb(shown, f"it would be more than {TOTAL_LIMIT // MEGABYTE} MB")
    budget.total -= len(content)
    return content


def parse_xml(content: bytes, shown: str) -> tuple[Element, list[Notice]]:
    """The root of an XML document, and what had to be repaired to read it.

    Nothing outside the document is fetched and no entity is expanded. What old programs write and no parser accepts is
    repaired, with a notice: another encoding than declared, a bare ``&``, names of HTML such as ``&nbsp;``, control signs.

    Raises
    ------
    InputError
        when it declares entities or refers outside itself, is far too large, or is not well-formed after the repairs.
    """
    if content.count(b"<") > TAG_LIMIT:
        message = f"the file has more than {TAG_LIMIT:,} tags, far more than any review."
        raise refusal(shown, "too-large", message, "Check whether it is the right file.")
    root = _root(content, shown)
    notices: list[Notice] = []
    if isinstance(root, ParseError):
        text, notices = _repaired(content, shown)
        root = _root(text.encode("utf-8"), shown) if notices else root
    if isinstance(root, ParseError):
        raise _malformed(root, shown)
    _check_depth(root, shown)
    return root, notices


def _root(content: bytes, shown: str) -> Element | ParseError:
    """The root element, or the parser's complaint."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root: Element = fromstring(content, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except ParseError as error:
        return error
    except DefusedXmlException:
        message = "the file declares entities or refers to other files, which RevMan never does."
        raise refusal(
            shown, "xml-entities", message, "Such declarations can read files or fill the memory; remove the DOCTYPE."
        ) from None
    except (LookupError, ValueError) as error:
        raise refusal(
            shown, "xml-encoding", f"its XML declaration cannot be followed: {error}.", "Save it as UTF-8."
        ) from None
    return root


def _check_depth(root: Element, shown: str) -> None:
    """Refuse elements that are nested deeper than those of any document."""
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > DEPTH_LIMIT:
            raise refusal(
                shown,
                "xml",
                f"its elements are nested more than {DEPTH_LIMIT} deep.",
                "Check whether it is the right file.",
            )
        level = [child for element in level for child in element]


def _malformed(error: ParseError, shown: str) -> InputError:
    line = error.position[0] if getattr(error, "position", None) else 0
    what = str(error).split(":")[0]
    return refusal(
        shown,
        "xml",
        f"the file is not well-formed XML: {what}.",
        "It may be cut off or edited by hand; export it again.",
        row=line,
    )


def _repaired(content: bytes, shown: str) -> tuple[str, list[Notice]]:
    """The document as text that is well-formed in what can be mended, without its declaration of an encoding."""
    text, notices = _as_text(content, shown)
    for pattern, replacement, what in (
        (_BARE_AMPERSAND, "&amp;", "an & that was not written &amp;"),
        (_NOT_XML, "", "control signs, which XML cannot hold"),
    ):
        text, count = pattern.subn(replacement, text)
        if count:
            notices.append(Notice("converted", shown, f"{what} ({count} times)."))
    named = sorted({m for m in _NAMED.findall(text) if m not in _XML_NAMES and f"{m};" in html5})
    if named and "<!ENTITY" not in text:
        text = _NAMED.sub(lambda m: escape(html5[f"{m[1]};"]) if m[1] in named else m[0], text)
        notices.append(
            Notice("converted", shown, f"names of HTML that XML does not know: {', '.join(f'&{n};' for n in named)}.")
        )
    return text, notices


def _as_text(content: bytes, shown: str) -> tuple[str, list[Notice]]:
    head = content[:200].decode("latin-1")
    declared = re.search(r"encoding\s*=\s*[\"']([\w.-]+)", head)
    name = declared[1] if declared else "utf-8"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        name = "utf-16"
    for encoding in (name, "utf-8", "cp1252", "latin-1"):
        try:
            text = content.decode(encoding)
        except (LookupError, UnicodeDecodeError):
            continue
        if encoding == "utf-16" and content[:1] == b"<":
            continue
        break
    notices = []
    if encoding != name:
        notices.append(
            Notice(
                "guessed",
                shown,
                f"the file says it is {name} and is not; it was read as {encoding}.",
                "Look at names with accents.",
            )
        )
    return _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1), notices
