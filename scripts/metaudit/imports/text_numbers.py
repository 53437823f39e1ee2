"""The text of a cell as a printed number: marks, dashes, decimal commas, thousands, and words for "not reported"."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from metaudit.errors import PrintedError
from metaudit.printed import parse_printed, quoted

# Words that stand where a number is not reported, without points, slashes and spaces. English, French, German, Spanish.
MISSING = frozenset(
    """nr na nan nd ns/nr notreported notavailable notapplicable notgiven notstated notestimable notextractable missing unknown
    unclear null none nil nc ne nonrapporté nonrapportée nonrapporte nonprécisé nonprecise nonconnu noncommuniqué noncommunique
    nondisponible manquant kangabe kA keineangabe fehlend noreportado nodisponible nodata noinformation tbd tba n""".split()
) - {"n", "kA"}
LONGEST_CELL = 300
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_SPACES = "\u00a0\u2007\u2009\u200a\u202f\u2002\u2003\u2006\u2008\u3000"
_INVISIBLE = dict.fromkeys(
    map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)
_INVISIBLE |= dict.fromkeys(c for c in (*range(0x20), *range(0x7F, 0xA0)) if c not in b"\t\n\v\f\r\x85")
_TO_SPACE = dict.fromkeys(map(ord, _SPACES + "\t\r\n\v\f"), " ")
_MINUS = dict.fromkeys(map(ord, _DASHES), "-")
# One sign at a time under the one repetition: repeated groups of repeated signs would be tried in every division.
_MARK = re.compile(
    "(?<=[0-9%)\\]])\\s*(?:"
    "[*\u2020\u2021\u00a7\u00b6#\u2016]"  # * † ‡ § ¶ # ‖
    "|[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]"  # superscript digits
    "|[\u1d43-\u1d5b\u1da0\u02b0-\u02b8\u00aa\u00ba]"  # superscript letters
    "|\\^\\{?[a-z0-9*]{1,3}\\}?|\\[[a-d]\\]|\\([a-d]\\)|[a-df-z](?![a-z0-9])"
    ")+$"
)
_NUMBER = r"[-+]?(?:\d[\d., '\u2019]*\d|\d|[.,]\d+)(?:[eE][-+]?\d{1,3})?\.?"
NUMBER = re.compile(_NUMBER)
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|janv|févr|fevr|avr|mai|juin|juil|août|aout|déc|okt|dez)\w*\.?"
)
_DATE = re.compile(
    rf"(?i)(?:\d{{1,2}}[-/ ]{_MONTH}(?:[-/ ]\d{{2,4}})?|{_MONTH}[-/ ]\d{{1,4}}"
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


@lru_cache(maxsize=20_000)  # the cells of a table are looked at many times, and most are alike
def tidy(text: str) -> str:
    """A cell without invisible signs, every kind of space as one space."""
    return " ".join(text.translate(_INVISIBLE).translate(_TO_SPACE).split())


@lru_cache(maxsize=20_000)
def is_missing(text: str, codes: frozenset[str] = frozenset()) -> bool:
    """Whether a cell says that nothing is reported: a word, a dash, a full stop, or one of the file's own codes."""
    plain = tidy(text)
    if not plain or plain in codes or plain.translate(_MINUS).strip("-.?/ ") == "":
        return True
    return re.sub(r"[\s./_()\[\]-]", "", plain).lower() in MISSING or plain == "#N/A" or plain == "\\N"


def check_length(text: str) -> None:
    """Refuse a cell that is too long for numbers before it is compared with their patterns.

    Raises
    ------
    PrintedError
        when it is longer than several numbers with all that stands around them.
    """
    if len(text) > LONGEST_CELL:
        raise PrintedError(f"{quoted(text)} has {len(text):,} characters, which is no number.")


@lru_cache(maxsize=20_000)
def usual_digits(text: str, decimal: str = ".") -> str:
    """A cell with the digits 0 to 9 for those of other scripts (fullwidth, Arabic-Indic, Devanagari ...), which mean the same.

    Parameters
    ----------
    text : a tidy cell
    decimal : the file's decimal sign, written for the Arabic one
    """
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text) if re.search("[\uff05\uff0c-\uff0e\uff10-\uff19]", text) else text
    signs = {"\u066b": decimal, "\u066c": "," if decimal == "." else ".", "\u066a": "%"}
    if not any(c.isdecimal() and not c.isascii() for c in folded):
        return folded
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else signs.get(c, c) for c in folded)


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
    check_length(plain)
    if plain in EXCEL_ERRORS:
        raise PrintedError(f"{quoted(text)} is an error of the spreadsheet.")
    if looks_like_date(plain):
        raise PrintedError(f"{quoted(text)} is a date.")
    changes: list[str] = []
    folded = usual_digits(plain, decimal)
    if folded != plain:
        changes.append("digits of another script")
    bare, marks = without_marks(folded)
    if marks:
        changes.append(f"footnote mark {marks}")
    found = _parts(bare)
    if found is None:
        raise PrintedError(f"{quoted(text)} is not a number.")
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
        raise PrintedError(f"{quoted(body)} is not a number with the decimal sign {decimal!r}.")
    if point and decimal == ",":
        changed.append("decimal comma")
    return f"{whole}{'.' if point else ''}{fraction}{sign}{exponent}", ", ".join(changed)
