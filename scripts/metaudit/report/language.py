"""Words of the interface: English in the page, marked so that the page's script can put the French in their place."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from markupsafe import Markup, escape
from ruamel.yaml import YAML

_BRACES = re.compile(r"\{(\w+)\}")
LANGUAGES = Path(__file__).parent / "languages"


@dataclass(frozen=True)
class Phrase:
    """A sentence of the interface with values in it.

    Parameters
    ----------
    key : the English sentence, ``{n} claims``; what the French is found by
    values : what stands in the braces; numbers and names, the same in every language
    """

    key: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        """The English sentence."""
        return filled(self.key, self.values)


def filled(key: str, values: Mapping[str, str]) -> str:
    """Sentence with its values; braces without a value stay."""
    return _BRACES.sub(lambda found: values.get(found[1], found[0]), key)


def counted(n: int | str, one: str, many: str) -> Phrase:
    """A number of things: the first sentence for one, the second for any other number."""
    return Phrase(one if str(n) == "1" else many, {"n": str(n)})


class Interface:
    """The functions that templates call for words; ``used`` collects the keys they asked for."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def text(self, said: str | Phrase, **values: object) -> Markup:
        """A span of words that follows the language of the page."""
        key, inside = self._taken(said, values)
        if not key:
            return Markup("")
        if not inside:
            return Markup(f"<span data-i18n>{escape(key)}</span>")
        data = escape(json.dumps(inside, ensure_ascii=False))
        shown = escape(filled(key, inside))
        return Markup(f'<span data-i18n="{escape(key)}" data-i18n-values="{data}">{shown}</span>')

    def plain(self, said: str | Phrase, **values: object) -> str:
        """The words alone, for an element that carries ``data-i18n`` itself (an option, a button, a summary)."""
        key, inside = self._taken(said, values)
        return filled(key, inside)

    def attributes(self, **words: str | Phrase) -> Markup:
        """Attributes that people hear or see: ``ta(aria_label="Search")`` gives it with its mark."""
        pairs = {name.replace("_", "-"): self.plain(said) for name, said in words.items()}
        given = " ".join(f'{name}="{escape(said)}"' for name, said in pairs.items())
        return Markup(f'{given} data-i18n-attr="{" ".join(pairs)}"')

    def number(self, n: int | str, one: str, many: str) -> Markup:
        """A number of things, as a span."""
        return self.text(counted(n, one, many))

    def _taken(self, said: str | Phrase, values: Mapping[str, object]) -> tuple[str, dict[str, str]]:
        key = said.key if isinstance(said, Phrase) else said
        inside = dict(said.values) if isinstance(said, Phrase) else {}
        inside |= {name: str(value) for name, value in values.items()}
        self.used.add(key)
        return key, inside


@cache
def french() -> Mapping[str, str]:
    """French of every sentence, by the English; one file a part of the site.

    Raises
    ------
    ValueError
        when two files translate one sentence.
    """
    found: dict[str, str] = {}
    for path in sorted(LANGUAGES.glob("fr*.yaml")):
        for key, words in YAML(typ="safe").load(path.read_text(encoding="utf-8")).items():
            if key in found and found[key] != words:
                raise ValueError(f"{path.name}: {key!r} has two translations, {found[key]!r} and {words!r}.")
            found[str(key)] = str(words)
    return MappingProxyType(found)


def french_script() -> str:
    """The file ``assets/fr.js``: the same as a table of the page's script."""
    table = json.dumps(dict(sorted(french().items())), ensure_ascii=False, indent=0)
    return f"window.metauditFrench = {table};\n"
