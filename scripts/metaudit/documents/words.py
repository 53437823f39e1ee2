"""The sentences of ``letter.yaml`` in one language."""

from __future__ import annotations

import re
from pathlib import Path

from metaudit.audit_words.texts import capital, catalogue, fill, joined

_BEFORE = re.compile(r" (?=[;:?!»%])")
_AFTER = re.compile(r"(?<=«) ")
LANGUAGES = ("en", "fr")


class Words:
    """What the letter says, in English or French.

    Parameters
    ----------
    language : ``en`` or ``fr``

    Raises
    ------
    ValueError
        for another language.
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ValueError(f"language {language!r}: the letter speaks {' and '.join(LANGUAGES)}")
        self.language = language
        self._texts = catalogue(Path(__file__).parent / "letter.yaml")

    def __call__(self, key: str, **values: object) -> str:
        """One sentence, its first letter a capital."""
        return self.set(capital(self.part(key, **values)))

    def part(self, key: str, **values: object) -> str:
        """A part of a sentence."""
        return fill(self._texts[key][self.language], **values)

    def certainty(self, level: str) -> str:
        """How something was read; the level itself where it has no words."""
        found = self._texts["certainty"].get(level)
        return str(found[self.language]) if found else level

    def plural(self, what: str) -> str:
        """What is asked for about several numbers; empty where there is no word for it."""
        found = self._texts["plural"].get(what)
        return str(found[self.language]) if found else ""

    def cause(self, cause: str) -> str:
        """A cause of the audit in this language, as far as it is known."""
        return cause if self.language == "en" else str(self._texts["causes_fr"].get(cause, cause))

    def chain(self, items: list[str]) -> str:
        """Several things one after the other, apart from each other."""
        return (" ; " if self.language == "fr" else "; ").join(items)

    def listed(self, items: list[str]) -> str:
        """Several things in one sentence."""
        return joined(items, self.language)

    def set(self, text: str) -> str:
        """A sentence with the no-break spaces that French sets before and inside its punctuation (Imprimerie nationale)."""
        if self.language != "fr":
            return text
        return _AFTER.sub("\u00a0", _BEFORE.sub("\u00a0", text))
