"""Bytes to text, and the text of a cell to a printed number: what programs, keyboards and typesetters do to both."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from metaudit.drafts.draft import Notice
from metaudit.errors import InputError, PrintedError, Problem
from metaudit.printed import parse_printed

# Tried in this order when a file says nothing and is not UTF-8; the first two cover Western Europe and America.
_FALLBACK = "cp1252"
# Code pages of other scripts, told by their letters.
_OTHER = ("cp1251", "cp1253", "koi8_r", "shift_jis", "gb18030", "euc_kr", "big5", "cp1255", "cp1256")
_MAC_SIGNS = {
    0xA0,
    0xA5,
    0xB1,
    0xCA,
    0xD0,
    0xD1,
    0xD2,
    0xD3,
    0xD4,
    0xD5,
}  # dagger, bullet, plus-minus, space, dashes and quotes
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
         (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))  # fmt: skip
# Words that stand where a number is not reported, without points, slashes and spaces. English, French, German, Spanish.
MISSING = frozenset(
    """nr na nan nd ns/nr notreported notavailable notapplicable notgiven notstated notestimable notextractable missing unknown
    unclear null none nil nc ne nonrapporté nonrapportée nonrapporte nonprécisé nonprecise nonconnu noncommuniqué noncommunique
    nondisponible manquant kangabe kA keineangabe fehlend noreportado nodisponible nodata noinformation tbd tba n""".split()
) - {"n", "kA"}
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_SPACES = "\u00a0\u2007\u2009\u200a\u202f\u2002\u2003\u2006\u2008\u3000"
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\x00"))
_TO_SPACE = dict.fromkeys(map(ord, _SPACES + "\t\r\n\v\f"), " ")
_MINUS = dict.fromkeys(map(ord, _DASHES), "-")
_MARK = re.compile(
    "(?<=[0-9%)\\]])\\s*(?:"
    "[*\u2020\u2021\u00a7\u00b6#\u2016]+"  # * † ‡ § ¶ # ‖
    "|[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+"  # superscript digits
    "|[\u1d43-\u1d5b\u1da0\u02b0-\u02b8\u00aa\u00ba]+"  # superscript letters
    "|\\^\\{?[a-z0-9*]{1,3}\\}?|\\[[a-d]\\]|\\([a-d]\\)|[a-df-z](?![a-z0-9])"
    ")+$"
)
_NUMBER = r"[-+]?(?:\d[\d., '\u2019]*\d|\d|[.,]\d+)(?:[eE][-+]?\d{1,3})?\.?"
NUMBER = re.compile(_NUMBER)
_DATE = re.compile(
    r"(?i)(?:\d{1,2}[-/ ](?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|janv|févr|fevr|avr|mai|juin|juil|août|aout|déc|okt|dez)\w*\.?(?:[-/ ]\d{2,4})?"
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|janv|févr|fevr|avr|mai|juin|juil|août|aout|déc|okt|dez)\w*\.?[-/ ]\d{1,4}"
    r"|\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2})?)?|\d{1,2}/\d{1,2}/(?:19|20)\d{2}|\d{1,2}\.\d{1,2}\.(?:19|20)\d{2})"
)
EXCEL_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!"})


@dataclass(frozen=True)
class Cell:
    """What the text of one cell says where a number is wanted.

    Attributes
    ----------
    text : the printed number, with a decimal point and without what does not belong to it; empty when none is reported
    changed : what was taken away or written otherwise, in words; empty when the text stands as it was
    missing : a word for "not reported" stood there
    """

    text: str
    changed: str = ""
    missing: bool = False


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
        return _sound(content.decode("utf-8"), shown), "utf-8", []
    except UnicodeDecodeError:
        return _guessed(content, shown)


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
    elif all(0x80 <= b <= 0x9F or b in _MAC_SIGNS for b in foreign):
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
    strange = sum(1 for c in text[:5000] if unicodedata.category(c) == "Cc" and c not in "\t\r\n\f\v\x1a")
    if strange > 0.02 * max(len(text[:5000]), 50):
        raise _refusal(
            shown, "the file holds control characters: it is no text file.", "Export the table again, as CSV UTF-8."
        )
    return text


def _refusal(shown: str, message: str, fix: str, line: int = 0) -> InputError:
    return InputError([Problem(shown, line, "", "encoding", message, fix)])


def tidy(text: str) -> str:
    """A cell without invisible signs, every kind of space as one space."""
    return " ".join(text.translate(_INVISIBLE).translate(_TO_SPACE).split())


def is_missing(text: str, codes: frozenset[str] = frozenset()) -> bool:
    """Whether a cell says that nothing is reported: a word, a dash, a full stop, or one of the file's own codes."""
    plain = tidy(text)
    if not plain or plain in codes or plain.translate(_MINUS).strip("-.?/ ") == "":
        return True
    return re.sub(r"[\s./_()\[\]-]", "", plain).lower() in MISSING or plain == "#N/A" or plain == "\\N"


def looks_like_date(text: str) -> bool:
    """Whether a cell is a date, as spreadsheets make of ``12-5`` or ``3/40``."""
    return _DATE.fullmatch(tidy(text)) is not None


def without_marks(text: str) -> tuple[str, str]:
    """A cell without the footnote marks behind its number, and the marks."""
    found = _MARK.search(text)
    if not found or not found.group().strip():
        return text, ""
    return text[: found.start()].rstrip(), found.group().strip()


def number(text: str, decimal: str = ".", codes: frozenset[str] = frozenset()) -> str:
    """The printed number of a cell, with a decimal point; empty when nothing is reported.

    Parameters
    ----------
    text : the cell
    decimal : the file's decimal sign, ``.`` or ``,``; the other one then separates thousands
    codes : the file's own words for "not reported", such as ``-99``

    Raises
    ------
    PrintedError
        when the cell holds something else than one number.
    """
    return read_number(text, decimal, codes).text


def read_number(text: str, decimal: str = ".", codes: frozenset[str] = frozenset()) -> Cell:
    """The same, with what was changed; see :func:`number`."""
    plain = tidy(text)
    if is_missing(plain, codes):
        return Cell("", missing=bool(plain))
    if plain in EXCEL_ERRORS:
        raise PrintedError(f"{text!r} is an error of the spreadsheet.")
    if looks_like_date(plain):
        raise PrintedError(f"{text!r} is a date.")
    changes: list[str] = []
    folded = unicodedata.normalize("NFKC", plain) if re.search("[\uff10-\uff19\uff0e\uff0c]", plain) else plain
    bare, marks = without_marks(folded)
    if marks:
        changes.append(f"footnote mark {marks}")
    found = _parts(bare)
    if found is None:
        raise PrintedError(f"{text!r} is not a number.")
    relation, body, percent = found
    value, changed = plain_digits(body, decimal)
    if changed:
        changes.append(changed)
    if re.search("[\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d]", body):
        changes.append("typographic minus")
    out = f"{relation}{value}{percent}"
    parse_printed(out)
    return Cell(out, ", ".join(changes))


def _parts(text: str) -> tuple[str, str, str] | None:
    """Relation, digits and percent sign of a cell that holds one number."""
    bare = re.sub(r"(?i)^(?:n|p|p value|p-value)\s*(?==|<|>|≤|≥)", "", text).strip()
    head = re.match(r"(<=|>=|≤|≥|<|>|=|~|≈)?\s*", bare)
    relation = (head[1] or "") if head else ""
    body = bare[head.end() :] if head else bare
    percent = "%" if body.rstrip().endswith("%") else ""
    body = body.rstrip().removesuffix("%").strip()
    if relation in ("~", "≈") or not NUMBER.fullmatch(body.translate(_MINUS)):
        return None
    return {"=": "", "≤": "<=", "≥": ">="}.get(relation, relation), body, percent


def plain_digits(body: str, decimal: str = ".") -> tuple[str, str]:
    """Digits with a decimal point and nothing between thousands, and what was changed, in words.

    Raises
    ------
    PrintedError
        when commas, points and spaces do not stand as they do in a number with this decimal sign.
    """
    text = (
        body.translate(_MINUS).replace("\u2019", "'").removesuffix(".")
        if body.count(".") != 1 or not body.endswith(".")
        else body.translate(_MINUS)[:-1]
    )
    other = "," if decimal == "." else "."
    mantissa, sign, exponent = re.match(r"([^eE]*)([eE]?)(.*)", text).groups()  # type: ignore[union-attr]
    whole, point, fraction = mantissa.partition(decimal)
    changed = []
    grouped = re.fullmatch(rf"[-+]?\d{{1,3}}(?:([{re.escape(other)} '])\d{{3}})(?:\1\d{{3}})*", whole)
    if grouped:
        whole = whole.replace(grouped[1], "")
        changed.append("thousands separator")
    if re.search(r"[^\d+-]", whole) or re.search(r"\D", fraction) or (point and not fraction and not whole.strip("+-")):
        raise PrintedError(f"{body!r} is not a number with the decimal sign {decimal!r}.")
    if point and decimal == ",":
        changed.append("decimal comma")
    return f"{whole}{'.' if point else ''}{fraction}{sign}{exponent}", ", ".join(changed)
