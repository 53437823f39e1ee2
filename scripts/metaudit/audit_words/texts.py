"""The sentences of ``texts.yaml`` and the quantities of ``quantities.yaml``, in English and French."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from metaudit.errors import DataError
from metaudit.formats.yaml_file import plain, read_yaml

HERE = Path(__file__).parent
LANGUAGES = ("en", "fr")
PER_STUDY = "per study: "


@cache
def catalogue(path: Path) -> Mapping[str, Any]:
    """One YAML file of texts.

    Raises
    ------
    DataError
        when the file cannot be read.
    """
    document, problems = read_yaml(path, path.name)
    if problems:
        raise DataError("\n".join(map(str, problems)))
    found: Mapping[str, Any] = plain(document)
    return found


def fill(text: str, **values: object) -> str:
    """Put values into the braces of a text."""
    return re.sub(r"\{(\w+)\}", lambda m: str(values[m[1]]), text)


def capital(text: str) -> str:
    """A text as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def sentence(key: str, language: str, **values: object) -> str:
    """One of the questions of ``texts.yaml``."""
    return capital(fill(catalogue(HERE / "texts.yaml")["ask"][key][language], **values))


def joined(items: tuple[str, ...] | list[str], language: str) -> str:
    """A list in words: ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + str(catalogue(HERE / "texts.yaml")["join"][language]) + items[-1]


def quantity_name(quantity: str, language: str = "en", *, synthesis: str = "") -> str:
    """A quantity as it stands in a sentence: ``the lower confidence limit``.

    Parameters
    ----------
    quantity : as in claims.csv
    language : ``en`` or ``fr``
    synthesis : that the number is of, where it is no pooled effect (``synthesis_words.synthesis_of``)
    """
    own = catalogue(HERE / "texts.yaml")["of_synthesis"].get(synthesis, {}).get(quantity)
    if own:
        return str(own[language])
    found = catalogue(HERE / "quantities.yaml").get(quantity)
    return str(found[language]) if found else quantity.replace("_", " ")


def missing_words(cause: str, language: str = "en") -> str:
    """What is missing, as the audit names it, in a language; a phrase that is not known stays as it is.

    ``per study: events`` reads ``events of each study``; ``Amr 2010: n, treatment`` reads ``n, treatment of Amr 2010``.
    """
    texts = catalogue(HERE / "texts.yaml")
    known: Mapping[str, str] = texts["missing"]
    if cause in known:
        return cause if language == "en" else known[cause]
    for pattern, told in texts["keys"].items():  # a key of review.yaml stands before a colon as well
        match = re.fullmatch(pattern, cause)
        if match:
            return fill(told[language], **match.groupdict())
    whom, colon, what = cause.partition(": ")
    if colon:
        inner = missing_words(what, language)
        if whom == "per study":
            return fill(texts["each"][language], what=inner)
        if whom == "per dose":
            return fill(texts["dose"][language], what=inner)
        return fill(texts["of"][language], what=inner, whom=whom)
    for pattern, told in texts["patterns"].items():
        match = re.fullmatch(pattern, cause)
        if match:
            return fill(told[language], **match.groupdict())
    return cause


def table_words(columns: Sequence[str], language: str = "en") -> str:
    """A per-study table by its columns: ``mean, SD and n of both arms of each study``."""
    texts = catalogue(HERE / "texts.yaml")
    stems = [c.removesuffix(", treatment") for c in columns if c.endswith(", treatment")]
    paired = {f"{s}, {arm}" for s in stems for arm in ("treatment", "control")} == set(columns)
    key, named = ("both", stems) if stems and paired else ("each", list(columns))
    return fill(texts[key][language], what=joined([missing_words(n, language) for n in named], language))


def causes_missing(causes: Sequence[str], language: str = "en") -> list[str]:
    """What is missing, as the audit lists it, with the columns of a per-study table put together."""
    columns = [c.removeprefix(PER_STUDY) for c in causes if c.startswith(PER_STUDY)]
    rest = [missing_words(c, language) for c in causes if not c.startswith(PER_STUDY)]
    return [*([table_words(columns, language)] if columns else []), *rest]
