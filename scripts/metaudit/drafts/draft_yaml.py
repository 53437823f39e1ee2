"""The review.yaml of a draft: what is known, and beside it in comments what each key holds and what may still be added."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from metaudit.drafts.draft import Draft
from metaudit.formats.places import SCHEMAS
from metaudit.formats.yaml_file import load_schema

# A comment is read beside its key: no longer than the window of an editor beside a list of files.
_WIDTH = 100
_HEAD = """{modeline}
# {title}
#
# This file says who published the review, and for each analysis which rows of extraction.csv it pools and by which method
# THE AUTHORS SAY they pooled them. What they do not say is left out: the audit then searches it, and never guesses it.
# What is wrong here, and where, says: metaudit check {folder}
"""
_HEAD_TITLES = {
    True: "A review in the making; what a person should look at stands in notices.md.",
    False: "One review.",
}


def review_yaml(draft: Draft, *, review_id: str, schema: str) -> str:
    """The text of review.yaml.

    Parameters
    ----------
    draft : the review in the making
    review_id : the folder's name
    schema : path or address of the JSON Schema, as the editor is to find it from the folder
    """
    rules = load_schema(SCHEMAS / "review.schema.json")
    document = CommentedMap({"id": review_id, "title": _one_line(draft.title), "kind": draft.kind})
    if draft.language:
        document["language"] = draft.language
    document["citation"] = _plain(draft.citation)
    for key in document:
        _before(document, key, _meaning(rules["properties"][key]), indent=0)
    document["analyses"] = CommentedMap()
    _before(document, "analyses", _meaning(rules["properties"]["analyses"]), indent=0)
    for number, (name, entry) in enumerate(draft.analyses.items()):
        analysis = _plain(entry)
        document["analyses"][name] = analysis
        if not number:  # the first one is explained; the others look like it
            _explain(analysis, rules)
    buffer = io.StringIO()
    yaml = YAML()
    yaml.width = 10_000  # a sentence stays on its line
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.dump(document, buffer)
    modeline = f"# yaml-language-server: $schema={schema}"
    head = _HEAD.format(modeline=modeline, title=_HEAD_TITLES[bool(draft.notices)], folder=review_id)
    said = "".join(f"# {line}".rstrip() + "\n" for text in draft.comments for line in wrap(text, _WIDTH) or [""])
    return head + (f"#\n{said}" if said else "") + "\n" + buffer.getvalue() + _unused(draft, rules)


def _explain(analysis: CommentedMap, rules: Mapping[str, Any]) -> None:
    """Put in front of every key of an analysis, and of its method, what it holds."""
    known = rules["$defs"]["analysis"]["properties"]
    for key in analysis:
        _before(analysis, key, _meaning(known.get(key, {}), rules), indent=4)
    method = analysis.get("method")
    if isinstance(method, CommentedMap) and method:
        for key in method:
            _before(method, key, _meaning(rules["$defs"]["method"]["properties"].get(key, {})), indent=6)


def _unused(draft: Draft, rules: Mapping[str, Any]) -> str:
    """A comment at the end: the keys that no analysis has yet, each with what it may hold."""
    used = {key for entry in draft.analyses.values() for key in entry}
    stated = {key for entry in draft.analyses.values() for key in entry.get("method", {})}
    lines = ["", "# Keys that an analysis may have besides; one that does not apply is left out:"]
    for key, rule in rules["$defs"]["analysis"]["properties"].items():
        if key not in used:
            lines += _key_lines(f"    {key}", _meaning(rule, rules))
    if set(rules["$defs"]["method"]["properties"]) - stated:
        lines += ["#     method, as the authors state it:"]
        for key, rule in rules["$defs"]["method"]["properties"].items():
            if key not in stated:
                lines += _key_lines(f"      {key}", _meaning(rule))
    return "\n".join(lines) + "\n"


def _key_lines(key: str, meaning: str) -> list[str]:
    indent = " " * (len(key) - len(key.lstrip()))
    return [
        f"# {line}"
        for line in wrap(
            f"{key.strip()}: {meaning}",
            _WIDTH,
            initial_indent=indent,
            subsequent_indent=indent + "  ",
            break_on_hyphens=False,
        )
    ]


def _meaning(rule: Mapping[str, Any], rules: Mapping[str, Any] | None = None) -> str:
    """What a key holds, and the values it may have."""
    choices = rule.get("enum", [])
    for option in rule.get("anyOf", []):
        name = str(option.get("$ref", "")).rpartition("/")[2]
        choices = choices or (rules["$defs"][name].get("enum", []) if rules and name else option.get("enum", []))
    text = str(rule.get("description", ""))
    return f"{text}: {' | '.join(map(str, choices))}" if choices else text


def _before(mapping: CommentedMap, key: str, text: str, *, indent: int) -> None:
    if text:
        mapping.yaml_set_comment_before_after_key(
            key, before="\n".join(wrap(text, _WIDTH - indent, break_on_hyphens=False)), indent=indent
        )


def _plain(value: Any) -> Any:
    """A value as YAML writes it by hand: short mappings and lists of scalars on one line, others as a block."""
    if isinstance(value, Mapping):
        made = CommentedMap({str(k): _plain(v) for k, v in value.items()})
        return _flow(made, made.values())
    if isinstance(value, (list, tuple)):
        return _flow(CommentedSeq([_plain(v) for v in value]), value)
    return _one_line(value) if isinstance(value, str) else value


def _flow(made: Any, values: Iterable[Any]) -> Any:
    if len(made) <= 1 and not any(isinstance(v, (CommentedMap, Mapping)) for v in values):
        made.fa.set_flow_style()
    return made


def _one_line(text: str) -> str:
    return " ".join(text.split())
