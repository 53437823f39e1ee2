"""XML from elsewhere, parsed without trusting it, and repaired where old programs wrote what no parser accepts."""

from __future__ import annotations

import re
from html.entities import html5
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError
from metaudit.imports.safe import refusal

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TAG_LIMIT, DEPTH_LIMIT = 2_000_000, 200
_BARE_AMPERSAND = re.compile(r"&(?!(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);)")
_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
_XML_NAMES = {"amp", "lt", "gt", "quot", "apos"}
_NOT_XML = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\\d|3[01])|x0*(?:[0-8bcBC]|[eE]|1[0-9a-fA-F]));"
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


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
