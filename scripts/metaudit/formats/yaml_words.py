"""What is wrong with a YAML file, in the words of the person who wrote it: syntax, and what a schema does not allow."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from metaudit.errors import Problem
from metaudit.formats.names import near, nearest
from metaudit.formats.signs import clipped, printable

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_KINDS = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}
_LONGEST = 80  # characters of a key that a message shows
_USUAL = "Check indentation, and put text with ': ' or a leading bracket between quotation marks."


def remedy(text: str, line: int) -> tuple[int, str]:
    """Line of a mistake in YAML's syntax, and what would be right.

    Parameters
    ----------
    text : the whole file
    line : the line (from 1) where the parser gave up, which may be the one after the mistake
    """
    lines = text.splitlines()
    here = lines[line - 1] if 0 < line <= len(lines) else ""
    if re.match(r"\s*(?:- )?[\w-]+:\s+[\u201c\u201d\u2018\u2019\u201e\u00ab]", here):
        return line, 'Typographic quotation marks are letters like others in YAML; type " before and after the text.'
    found = re.match(r"\s*(?:- )?([\w-]+): +(?!['\"])(.+?): +(.+)$", here)
    if found and found[1] in ("select", "exclude", "method", "citation", "zero_cells"):
        return line, f"Write {found[1]}: {{{_shown(found[2])}: {_shown(found[3])}}}."
    if found:
        whole = f"{found[2]}: {found[3]}".replace('"', "'")
        return line, f'Put the text between quotation marks: {found[1]}: "{printable(clipped(whole))}".'
    if "\t" in here:
        return line, "Write blanks instead of the tab. " + _USUAL
    for number in (line, line - 1):  # a key that lacks its blank is seen at the next one
        glued = re.match(r"\s*([\w-]+):([^\s:/].*)$", lines[number - 1]) if 0 < number <= len(lines) else None
        if glued:
            return number, f"Write {glued[1]}: {glued[2]}"[:80].rstrip(".") + "."
    return line, _USUAL


def in_words(
    error: ValidationError, line: Callable[[list[Any]], int], *, shown: str, schema: Mapping[str, Any]
) -> Iterator[Problem]:
    """The problems that one violation of a schema is.

    Parameters
    ----------
    error : the violation
    line : finds the line of a key's path
    shown : the path of the file as it is written in messages
    schema : the whole schema
    """
    path = list(error.absolute_path)
    where = _shown(".".join(str(p) for p in path))
    inside = f"{where}." if where else ""
    if error.validator == "additionalProperties":
        known = list(error.schema["properties"])
        for key in sorted(set(error.instance) - set(known)):
            fix = _elsewhere(key, error.instance[key], known, schema) or nearest(key, known)
            said = f"key {clipped(key, _LONGEST)!r} is not known."
            yield Problem(shown, line([*path, key]), f"{inside}{_shown(key)}", "unknown-key", said, fix)
    elif error.validator == "required":
        rules = error.schema["properties"]
        meant = {near(key, rules) for key in set(error.instance) - set(rules)}
        for key in (k for k in error.validator_value if k not in error.instance and k not in meant):
            says = f"It holds: {rules.get(key, {}).get('description') or 'see FORMATS'}{_such_as(rules.get(key, {}))}."
            yield Problem(shown, line(path), f"{inside}{key}", "missing-key", f"key {key!r} is missing.", says)
    elif error.validator == "dependentRequired":
        message, fix = "rows are excluded without a reason.", "Add reason: why the authors left them out."
        yield Problem(shown, line([*path, "exclude"]), f"{where}.reason", "missing-reason", message, fix)
    elif "propertyNames" in error.absolute_schema_path:
        message, fix = f"{clipped(error.instance, _LONGEST)!r} is not an id.", "Use letters, digits and hyphens."
        if error.validator == "maxLength":
            message, fix = (
                f"the id {clipped(error.instance, _LONGEST)!r} has {len(error.instance)} characters.",
                _at_most(error),
            )
        yield Problem(shown, line([*path, error.instance]), where, "id", message, fix)
    else:
        message = "the key is empty." if error.instance is None else f"{_said(error.instance)} is not allowed."
        fix = _remedy(error, str(path[-1]) if path else "")
        yield Problem(shown, line(path), where or "(file)", str(error.validator), message, fix)


def _said(value: Any) -> str:
    """A value as it stands in a YAML file, cut where it is long."""
    if isinstance(value, (dict, list)):
        short = _flow(value)
        return (
            short
            if len(short) <= 60 and short.isprintable()
            else _KINDS["object" if isinstance(value, dict) else "array"]
        )
    return json.dumps(value) if isinstance(value, bool) else clipped(repr(value))


def _shown(text: str) -> str:
    """A key, or a path of keys, as a message shows it."""
    return printable(clipped(text, _LONGEST))


def _elsewhere(key: str, value: Any, known: list[str], schema: Mapping[str, Any]) -> str:
    """Where a key belongs that is known in another part of the file."""
    parts = schema.get("$defs", {})
    if key in parts.get("method", {}).get("properties", {}) and "method" in known:
        return f"It belongs to the method: write method: {{{key}: {_brief(value)}}}."
    if key in parts.get("analysis", {}).get("properties", {}) and "analyses" in known:
        return "It belongs to an analysis: indent it below the id of one."
    if key in schema.get("properties", {}).get("citation", {}).get("properties", {}) and "citation" in known:
        return f"It belongs to the citation: write citation: {{{key}: {_brief(value)}}}."
    if key in schema.get("properties", {}) and "method" in known:
        return "It belongs to the review: begin its line at the margin."
    if key in parts.get("analysis", {}).get("properties", {}) and "tau2" in known:
        return "It belongs to the analysis: indent it like the word method."
    return ""


def _remedy(error: ValidationError, key: str) -> str:
    rule = error.schema if isinstance(error.schema, dict) else {}
    meaning, value, limit = rule.get("description", "").rstrip("."), error.instance, error.validator_value
    match error.validator:
        case "enum":
            return _one_of(value, rule, key)
        case "const":
            return f"It must be {limit!r}."
        case "type":
            kinds = " or ".join(_KINDS.get(str(k), str(k)) for k in (limit if isinstance(limit, list) else [limit]))
            nearly = _nearly(value, limit)
            return f"It must be {kinds}" + (f": {meaning}" if meaning else "") + (nearly or _such_as(rule)) + "."
        case "pattern" | "propertyNames":
            said = meaning.replace("DOI without", "a DOI without")
            return f"It must be {said}{_such_as(rule)}." if meaning else "Use letters, digits and hyphens."
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            low = "min" in str(error.validator).lower()
            bound = (
                ("above" if low else "below")
                if str(error.validator).startswith("ex")
                else ("at least" if low else "at most")
            )
            percent = f" Write {value / 100:g} for {value:g} %." if 0.99 < limit <= 1 < value <= 100 and not low else ""
            return f"It must be {bound} {limit}.{percent}"
        case "maxLength":
            return f"{_at_most(error)} It is {meaning}."
        case "contains":
            return f"{meaning[:1].upper()}{meaning[1:]}."
        case "anyOf":
            return f"It must be {meaning}{_such_as(rule)}." if meaning else "See FORMATS for what may stand here."
        case _:
            return f"It must not be empty: {meaning}{_such_as(rule)}." if meaning else "It must not be empty."


def _at_most(error: ValidationError) -> str:
    return f"Files are named by it; write {error.validator_value} characters at most."


def _one_of(value: Any, rule: Mapping[str, Any], key: str) -> str:
    known = [str(v) for v in rule["enum"]]
    parts = [part.strip() for part in re.split(r"[,;/]| or ", str(value)) if part.strip()]
    if key == "measure" and len(parts) > 1 and set(parts) <= set(known):
        return f"Write a list: [{', '.join(parts)}]."
    named = dict(zip(known, rule.get("enumDescriptions", []), strict=False))
    of = "measure" if set(known) >= {"RR", "GEN-LOG"} else key  # in a list the key is a number
    fix = nearest(str(value), known, of, named=named)
    return (
        fix if fix.startswith("Did") or not rule.get("description") else f"{fix.rstrip('.')} ({rule['description']})."
    )


def _nearly(value: Any, wanted: Any) -> str:
    """The value in its right form, where it is one already but for its signs."""
    if wanted in ("integer", "number") and isinstance(value, str):
        if re.fullmatch(r"\d+" if wanted == "integer" else r"\d*\.?\d+", value):
            return f"; write {value} without quotation marks"
        percent = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", value)
        if percent and wanted == "number":
            return f"; write {float(percent[1]) / 100:g} for {percent[1]} %"
    if wanted == "array" and isinstance(value, str):
        return f"; write [{value}]"
    return ""


def _such_as(rule: Mapping[str, Any]) -> str:
    examples = rule.get("examples", [])
    flow = _flow(examples[0]) if examples else ""
    flow = flow.rstrip(".")
    return f", such as {flow}" if flow and len(flow) <= 90 else ""


def _brief(value: Any) -> str:
    return printable(clipped(_flow(value)))


def _flow(value: Any) -> str:
    """A value as YAML writes it on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value) if isinstance(value, bool) or value is None else str(value)
