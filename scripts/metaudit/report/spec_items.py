"""A method as a fact of one claim: the words that matter for it, with the canonical string behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.choice_words import departure_words
from metaudit.audit_words.matters import essential
from metaudit.audit_words.spec_words import spec_words
from metaudit.audit_words.synthesis_words import synthesis_words
from metaudit.specs import Spec, departures, parse_spec
from metaudit.tables.reading import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPEC_AND_REST = re.compile(r"(?P<spec>[^|]+(?:\|[^|]+){2,}?\|\s*[\d.]+%)(?P<rest>.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One text of a fact, with a link where there is one, and the canonical string behind words."""

    text: str
    href: str = ""
    code: str = ""


def spec_item(text: str, quantity: str = "", *, zero_cells: bool = True) -> Item:
    """A specification in words, with its canonical string; what follows the string (a value) is kept.

    A text that holds no specification (the name of a test) stays as it is. With a quantity, choices that cannot matter
    for it are left out, and so is a rule for zero cells where no study has one (``zero_cells``).
    """
    found = _SPEC_AND_REST.fullmatch(text.strip())
    spec = parsed(found["spec"].strip()) if found else None
    if found is None or spec is None:
        words = synthesis_words(text, quantity)
        return Item(text=numbers.typographic(words), code=text if words != text else "")
    rest = found["rest"].strip()
    rest = "" if not rest else f": {rest.lstrip(':=>-→ ')}" if not rest.startswith("(") else f" {rest}"
    return Item(text=spec_words(spec, quantity, zero_cells=zero_cells) + rest, code=found["spec"].strip())


def parsed(text: str) -> Spec | None:
    """The specification of a canonical string; None for a text that is none."""
    try:
        return parse_spec(text)
    except (ValueError, KeyError, IndexError):
        return None


def alike(finding: Finding, zero_cells: bool) -> Iterator[Item]:
    """Alternatives by what they do otherwise than the method named before them; one line for what cannot be told apart."""
    main = parsed(finding.spec)
    seen = {} if main is None else {essential(main, finding.quantity, zero_cells=zero_cells): True}
    told = {spec_item(finding.spec, finding.quantity, zero_cells=zero_cells).text} if finding.spec else set()
    for text in finding.alternatives:
        spec = parsed(text)
        if spec is None or main is None:
            item = spec_item(text, finding.quantity, zero_cells=zero_cells)
            if item.text not in told:  # what tells them apart has no part in this number
                yield item
            told.add(item.text)
            continue
        key = essential(spec, finding.quantity, zero_cells=zero_cells)
        if key in seen:
            continue
        first = next(iter(seen))
        seen[key] = True
        yield Item(text=f"the same with {departure_words(departures(key, first), finding.quantity)}", code=text)
