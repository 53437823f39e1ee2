"""What to write instead of a cell that is not one number: the mistakes that spreadsheets and printed tables bring along."""

from __future__ import annotations

import re

from metaudit.formats.signs import instead_in_number

_LONGEST = 60  # no number of a table is longer with all that stands around it
_NUMBER = r"[-\u2212\u2013]?\d+(?:\.\d+)?"
_MONTHS = (
    "jan|feb|fev|fév|mar|mär|mrz|apr|avr|may|mai|jun|juin|jul|juil|aug|aou|aoû|sep|oct|okt|nov|dec|dez|déc|ene|ago|dic"
)
_DATES = re.compile(
    rf"\d{{1,2}}[-/. ](?:{_MONTHS})[a-zéûä]*\.?(?:[-/. ]\d{{2,4}})?|(?:{_MONTHS})[a-zéûä]*\.?[-/. ]\d{{2,4}}"
    r"|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}(?:[T ].*)?",
    re.IGNORECASE,
)
_NOT_REPORTED = re.compile(
    r"(?:n\.?\s?[rad]\.?|n/[aesrd]|nil|none|null|nan|missing|unknown|not (?:reported|available|applicable|estimable|stated|given)"
    r"|[-\u2010-\u2015\u2212.?*]+|\.\.\.|…|x+)",
    re.IGNORECASE,
)
_MARKS = r"[*†‡§¶#‖ᵃᵇᶜᵈᵉᶠ\u00b9\u00b2\u00b3\u2070-\u2079]+|(?<=\d)\s?[a-f]"


def instead_of(text: str, column: str) -> str:
    """What to write, or an empty string when nothing tells what was meant.

    Parameters
    ----------
    text : the cell
    column : the column it stands in
    """
    plain = text.strip()
    if len(plain) > _LONGEST:
        return ""
    if any(c.isdecimal() and not c.isascii() for c in plain):
        return instead_in_number(plain) or "Write it with the digits 0 to 9."
    if re.fullmatch(r"#(?:REF|DIV/0|N/A|NAME|VALUE|NUM|NULL|NOM|BEZUG|WERT|VALEUR)[!?]?", plain, re.IGNORECASE):
        return "It is an error of a spreadsheet; type the number that is printed."
    if plain.startswith("=") and re.search(r"[A-Za-z(*+/]", plain):
        return "It is a formula; save the table with its values, and say in note how a number was worked out."
    if _DATES.fullmatch(plain):
        return "A spreadsheet made a date of it; format the column as text, and type again what is printed."
    if _NOT_REPORTED.fullmatch(plain):
        return "An empty cell means: not reported."
    if re.fullmatch(r"[\d.,]+[OoI]+[\d.,]*", plain):  # no unit is written so close to its number
        return instead_in_number(plain)
    return _several_numbers(plain, column) or _one_number(plain) or instead_in_number(plain)


def _several_numbers(text: str, column: str) -> str:
    arm = next((a for a in ("_t", "_c") if column.endswith(a)), "")
    found = re.fullmatch(rf"({_NUMBER})\s*(?:\(\s*({_NUMBER})\s*%\s*\)|\[\s*({_NUMBER})\s*%\s*\])", text)
    if found:
        return f"One number in a cell: {found[1]}; the percentage follows from it and needs no column."
    found = re.fullmatch(r"(\d+)\s*/\s*(\d+)", text)
    if found and column.startswith("events"):
        return f"One number in a cell: {found[1]} in events{arm}, {found[2]} in n{arm}."
    found = re.fullmatch(rf"({_NUMBER})\s*(?:±|\+/?-)\s*({_NUMBER})", text)
    if found:
        there = f"pm{arm} with pm_is, or sd{arm} or se{arm} where the paper says which" if arm else "sd or se"
        return f"One number in a cell: {found[1]} in {column}, and {found[2]} in {there}."
    found = re.fullmatch(rf"({_NUMBER})\s*[(\[]\s*({_NUMBER})\s*[)\]]", text)
    if found:
        return f"One number in a cell: {found[1]} in {column}, and {found[2]} in a column of its own, such as sd{arm} or se{arm}."
    found = re.fullmatch(
        rf"({_NUMBER})\s*[(\[]\s*(?:95\s?%\s?CI)?[:,]?\s*({_NUMBER})\s*(?:to|,|;|[-\u2013\u2014])\s*({_NUMBER})\s*[)\]]",
        text,
        re.IGNORECASE,
    )
    if found:
        places = ("ci_low and ci_high" if not arm else f"ci_low{arm} and ci_high{arm}") + " (or quartiles, or a range)"
        if column == "printed":
            return f"One row for each number: estimate {found[1]}, ci_low {found[2]}, ci_high {found[3]}."
        return f"One number in a cell: {found[1]} in {column}, {found[2]} and {found[3]} in {places}."
    found = re.fullmatch(rf"[(\[]?\s*({_NUMBER})\s*(?:to|;|,\s|[\u2013\u2014]|\s-\s|-)\s*({_NUMBER})\s*[)\]]?", text)
    if found and column == "printed":
        return f"One row for each number: ci_low {found[1]}, ci_high {found[2]}."
    if found:
        pairs = ", ".join(
            f"{low}{arm} {high}{arm}" for low, high in (("ci_low", "ci_high"), ("q1", "q3"), ("min", "max"))
        )
        return f"One number in a cell: {found[1]} and {found[2]} in two columns, such as {pairs}."
    return ""


def _one_number(text: str) -> str:
    """A number with something around it."""
    found = re.fullmatch(rf"({_NUMBER}%?)(?:{_MARKS})", text)
    if found:
        return f"Write {found[1]}; what the footnote says goes into note."
    found = re.fullmatch(rf"[A-Za-zτχ][A-Za-z0-9²]*\s*([=<>≤≥])\s*({_NUMBER}%?|\.\d+)", text)
    if found:
        return f"Write {'' if found[1] == '=' else found[1]}{found[2]}."
    found = re.fullmatch(rf"(?:about|approx\.?|ca\.?|circa|~|≈|n\s?=)\s*({_NUMBER}%?)", text, re.IGNORECASE)
    if found:
        return (
            f"Write {found[1]}; say in note that it is approximate." if text[0].lower() != "n" else f"Write {found[1]}."
        )
    found = re.fullmatch(rf"({_NUMBER})\s*([A-Za-zµ°/%]{{1,12}}(?:\s?/\s?[a-z]+)?)", text)
    if found:
        return f"Write {found[1]} without its unit {found[2]}."
    return ""
