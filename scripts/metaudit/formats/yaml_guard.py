"""What no YAML file of a review needs and a hostile one may have: looked for before and after the parser reads it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.parser import Parser
from ruamel.yaml.scanner import Scanner
from ruamel.yaml.tokens import TagToken

from metaudit.errors import Problem
from metaudit.formats.signs import clipped, printable, unwanted

LARGEST = 4 * 1024 * 1024  # bytes
_MOST_ITEMS = 50_000  # lines and commas; the parser takes a second for some ten thousand
_MOST_MERGES, _MOST_MERGED = 50, 100_000  # a merge costs the parser as much as all that is merged
NO_WORD = "a key is no word."
_KEY = "A key is a word, a colon and a blank: title: ..."
_MOST_NODES = 200_000
_DEEPEST = 100
_LARGEST_NUMBER = 10**18
# How YAML's kinds of values that are no text are called, where a key is taken for one.
_KINDS = {"int": "a number", "float": "a number", "bool": "true or false", "timestamp": "a date"}
_AS_WRITTEN = re.compile(r"-?[1-9]\d*|0", re.ASCII)  # numbers that are the same text again
_BRACKETS = re.compile(r"[\[\]{}]")
_TAG = re.compile(r"(?:^|[\s\[{,])!", re.MULTILINE)
_TYPE_AGAIN = "Delete it, or type the text again."


def parser() -> YAML:
    """Reads a document with the place of every part, and without its comments: where these are kept, odd ones end in errors."""
    yaml = YAML(typ="rt", pure=True)
    yaml.Scanner, yaml.Parser = Scanner, Parser
    return yaml


def too_much(text: str, shown: str) -> Problem | None:
    """The refusal of a text that a parser would need minutes for; judged by its lines, commas and brackets."""
    items = text.count("\n") + text.count(",")
    if items > _MOST_ITEMS:
        message = f"the file has {items:,} lines and items; at most {_MOST_ITEMS:,} are read."
        return Problem(shown, 0, "", "too-large", message, "Check whether it is the right file.")
    merges = text.count("<<")  # a key may have a blank or a line before its colon
    if merges > _MOST_MERGES or merges * items > _MOST_MERGED:
        often = f"more than {_MOST_MERGES} times" if merges > _MOST_MERGES else "too often for its length"
        message = f"the file merges mappings (<<) {often}."
        return Problem(shown, 1, "", "yaml", message, "Write out what is merged.")
    steps = (1 if m[0] in "[{" else -1 for m in _BRACKETS.finditer(text))
    if max(accumulate(steps), default=0) > _DEEPEST:
        return too_deep(shown)
    return None


def too_deep(shown: str) -> Problem:
    """The refusal of a text that is nested without end."""
    message = "not valid YAML: brackets or indentation more than a hundred levels deep."
    return Problem(shown, 1, "", "yaml", message, "Three levels are all that a review needs.")


def tagged(text: str, shown: str) -> Problem | None:
    """The refusal of a tag (``!name``), by which YAML makes something else of a value than it says."""
    if not _TAG.search(text):
        return None
    try:
        for token in parser().scan(text):
            if isinstance(token, TagToken):
                start = token.start_mark
                name = text[start.index :].split(None, 1)[0]
                message = f"{printable(clipped(name, 60))!r} is a tag of YAML, which no file of a review has."
                fix = "Leave it out; a text that begins with an exclamation mark stands between quotation marks."
                return Problem(shown, start.line + 1, "", "yaml", message, fix)
    except (YAMLError, RecursionError):  # which the parser will say better
        return None
    return None


NO_VALUE = (ValueError, OverflowError, IndexError)
"""What ruamel.yaml raises for a date that there is not, a number that is too long, and signs without a digit (``-_``)."""


def no_value(text: str, shown: str, error: Exception) -> Problem:
    """What is wrong where the parser fails on a value: a date that there is not, a number that is too long or has no digit."""
    for node in _scalars(parser().compose(text)):
        try:
            YAML(typ="safe", pure=True).load(node.value)
        except NO_VALUE:
            message = f"{clipped(node.value, 60)!r} looks like a date or a number, and there is none such."
            fix = "Put it between quotation marks if it is a text."
            return Problem(shown, node.start_mark.line + 1, "", "yaml", message, fix)
        except YAMLError:
            continue
    return Problem(shown, 1, "", "yaml", f"a value cannot be read ({clipped(str(error))}).", "Put it between quotes.")


def nested_key(text: str, shown: str) -> Problem | None:
    """What is wrong where the parser fails on a key that holds other keys; None where no key does."""
    for node in _nodes(parser().compose(text)):
        for key, _ in node.value if isinstance(node, MappingNode) else ():
            if not isinstance(key, ScalarNode):
                return Problem(shown, key.start_mark.line + 1, "", "yaml", NO_WORD, _KEY)
    return None


def words_only(node: Any) -> bool:
    """Whether all keys of a document that does not grow are texts, as they nearly always are."""
    if isinstance(node, dict):
        return all(isinstance(key, str) and words_only(value) for key, value in node.items())
    return all(map(words_only, node)) if isinstance(node, list) else True


def other_keys(text: str, shown: str) -> Iterator[Problem]:
    """Keys of which YAML makes something else than is written, and keys that are there both as a number and as a text.

    Parameters
    ----------
    text : the whole file, which the parser could read
    shown : the path of the file as it is written in messages
    """
    for node in _nodes(parser().compose(text)):
        there: dict[str, bool] = {}  # key -> whether it stands there as a text
        for key, _ in node.value if isinstance(node, MappingNode) else ():
            kind = str(key.tag).rpartition(":")[2] if isinstance(key, ScalarNode) else ""
            if kind != "str" and kind not in _KINDS:
                continue  # of a merge, or what odd_parts names
            name, line = clipped(key.value, 60), key.start_mark.line + 1
            if kind != "str" and not (kind == "int" and _AS_WRITTEN.fullmatch(key.value)):
                message = f"YAML takes the key {name!r} for {_KINDS[kind]}."
                yield Problem(shown, line, name, "yaml", message, f"Write '{name}': with quotation marks.")
            elif there.setdefault(key.value, kind == "str") != (kind == "str"):
                message = f"the keys {name} and '{name}' are one and the same."
                yield Problem(shown, line, name, "duplicate-key", message, "Keep one of the two.")


def _scalars(node: Node | None) -> Iterator[ScalarNode]:
    """The plain values and keys of a document; an alias is met where it is defined."""
    return (n for n in _nodes(node) if isinstance(n, ScalarNode) and n.style is None)


def _nodes(node: Node | None) -> Iterator[Node]:
    """Every part of a document in its order; an alias is met where it is defined."""
    todo, seen = [node], set[int]()
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, MappingNode):
            todo += [part for pair in reversed(one.value) for part in reversed(pair)]
        elif isinstance(one, SequenceNode):
            todo += list(reversed(one.value))


def grows(document: Any) -> bool:
    """Whether a document is too large with every alias written out, or holds itself."""
    return _expanded(document, {}) > _MOST_NODES


def _expanded(node: Any, known: dict[int, float]) -> float:
    """How many values a document has with every alias written out; without end when one holds itself."""
    if not isinstance(node, (dict, list)):
        return 1
    if id(node) not in known:
        known[id(node)] = math.inf  # stands while its parts are counted: met again there, it holds itself
        parts = list(node.values()) if isinstance(node, dict) else list(node)
        known[id(node)] = 1 + sum(_expanded(part, known) for part in parts)
    return known[id(node)]


def odd_parts(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str, str]]:
    """Keys that are no words, numbers that nobody computes with, signs that a text does not have: path, what is wrong, what would be right.

    Parameters
    ----------
    node : a document that does not grow
    path : where it stands in the whole
    """
    if isinstance(node, dict):
        for key, value in node.items():
            if not isinstance(key, (str, int, float, date)):
                yield path, NO_WORD, _KEY
                continue
            if sign := unwanted(str(key)):
                yield (*path, key), f"the key holds {sign}.", _TYPE_AGAIN
            yield from odd_parts(value, (*path, key))
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from odd_parts(value, (*path, i))
    elif isinstance(node, int) and abs(node) >= _LARGEST_NUMBER:
        yield path, "the number has more than 18 digits.", "Put it between quotation marks if it is a text."
    elif isinstance(node, float) and not math.isfinite(node):
        said = "it says that it is no number (.nan)." if math.isnan(node) else f"the number has no end ({node})."
        yield path, said, "Write a number, or put it between quotation marks if it is a text."
    elif isinstance(node, str) and (sign := unwanted(node)):
        yield path, f"the text holds {sign}.", _TYPE_AGAIN
