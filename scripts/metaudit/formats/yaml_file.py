"""Read a YAML file with the line of every key, and check it against a JSON Schema in plain words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from metaudit.errors import Problem
from metaudit.formats.signs import clipped, printable
from metaudit.formats.text_file import decoded
from metaudit.formats.yaml_guard import (
    LARGEST,
    NO_VALUE,
    grows,
    nested_key,
    no_value,
    odd_parts,
    other_keys,
    parser,
    tagged,
    too_deep,
    too_much,
    words_only,
)
from metaudit.formats.yaml_words import in_words, remedy

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_MOST_PROBLEMS = 1000
# What the parser says -> what it means to the person who wrote the file.
_PLAIN = {
    "expected <block end>": "the line is not indented like those it belongs to",
    "mapping values are not allowed": "a colon and a space stand inside a text",
    "could not find expected ':'": "a key without a colon and a blank behind it",
    "cannot start any token": "a tab or a special sign where a text should begin",
    "but found another document": "two documents in one file, divided by ---",
    "expected ',' or": "a bracket is not closed, or a comma is missing",
}


def read_yaml(path: Path, shown: str) -> tuple[Any, list[Problem]]:
    """Parse a YAML file; syntax errors and duplicate keys come back as problems with their line."""
    text, problem = decoded(path, shown, "text in UTF-8", limit=LARGEST)
    if problem:
        return {}, [problem]
    try:
        refused = too_much(text, shown) or tagged(text, shown)
        if refused:
            return {}, [refused]
        document = parser().load(text)
        if document is None:
            return {}, [
                Problem(
                    shown,
                    1,
                    "",
                    "yaml",
                    "the file is empty.",
                    "It says at least id, title, kind, citation and analyses.",
                )
            ]
        if grows(document):
            message = "the file grows without end where its aliases (*) are written out."
            return {}, [Problem(shown, 1, "", "yaml", message, "Write out what an alias stands for, or leave it out.")]
        strange = [] if words_only(document) else list(islice(other_keys(text, shown), _MOST_PROBLEMS))
        return document, [*strange, *_odd(document, shown)]
    except RecursionError:
        return {}, [too_deep(shown)]
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        return {}, [
            Problem(
                shown,
                line,
                "",
                "duplicate-key",
                f"{printable(clipped(str(error.problem).split(' with value')[0]))}.",
                "Keep one of the two.",
            )
        ]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(str(error.problem or error.context).split())
        what = next((plain for jargon, plain in _PLAIN.items() if jargon in what), what)
        line, fix = remedy(text, mark.line + 1 if mark else 0)
        return {}, [Problem(shown, line, "", "yaml", f"not valid YAML: {printable(clipped(what))}.", fix)]
    except TypeError:  # a key that holds other keys and cannot be looked up
        problem = nested_key(text, shown)
        if problem is None:
            raise
        return {}, [problem]
    except NO_VALUE as error:
        return {}, [no_value(text, shown, error)]
    except YAMLError as error:
        line = text[: getattr(error, "position", 0)].count("\n") + 1
        return {}, [Problem(shown, line, "", "yaml", "not valid YAML: a control character.", "Delete it.")]


def _odd(document: Any, shown: str) -> Iterator[Problem]:
    """Keys that are no words, numbers without an end and signs that no text has, each with its line."""
    for path, message, fix in islice(odd_parts(document), _MOST_PROBLEMS):
        place = printable(clipped(".".join(map(str, path)), 80))
        yield Problem(
            shown, line_of(document, list(path)), place, "sign" if "holds" in message else "yaml", message, fix
        )


def line_of(document: Any, path: list[str | int]) -> int:
    """Line (1-based) of the key or item at a path, as :func:`plain` has it; the nearest parent's line when it is missing."""
    node, line = document, 1
    for step in path:
        try:
            if isinstance(node, CommentedMap):
                if step not in node:  # plain() has made a text of it: the key 1 is '1' there
                    step = next(key for key in node if str(key) == step)
                line = node.lc.key(step)[0] + 1
            elif isinstance(node, CommentedSeq):
                line = node.lc.item(step)[0] + 1
            node = node[step]
        except (KeyError, IndexError, TypeError, StopIteration):
            break
    return line


def plain(node: Any) -> Any:
    """The document without line information: dicts, lists, scalars."""
    if isinstance(node, dict):
        return {str(k): plain(v) for k, v in node.items()}
    if isinstance(node, list):
        return [plain(v) for v in node]
    if isinstance(node, bool) or node is None:
        return node
    if isinstance(node, int):
        return int(node)
    if isinstance(node, float):
        return float(node)
    return str(node)


def check_schema(document: Any, schema: dict[str, Any], shown: str) -> list[Problem]:
    """Every way a document breaks its schema, each with the line and the key path."""
    errors = sorted(
        Draft202012Validator(schema).iter_errors(plain(document)), key=lambda e: list(map(str, e.absolute_path))
    )
    found = (
        problem
        for error in errors
        for problem in in_words(_deepest(error), lambda path: line_of(document, path), shown=shown, schema=schema)
    )
    return list(islice(found, _MOST_PROBLEMS))


@cache
def load_schema(path: Path) -> dict[str, Any]:
    """Read a JSON Schema written in JSON or YAML."""
    text = path.read_text(encoding="utf-8")
    return dict(json.loads(text)) if path.suffix == ".json" else dict(YAML(typ="safe").load(text))


def _deepest(error: ValidationError) -> ValidationError:
    """For anyOf, the branch that came furthest, so that the message names the real mistake."""
    while error.validator == "anyOf" and error.context:
        same_type = [e for e in error.context if e.validator != "type"]
        if not same_type:
            return error
        error = max(same_type, key=lambda e: len(e.absolute_path))
    return error
