"""Methods as stated: the analysis's, and a claim's override of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from metaudit.formats.places import SCHEMAS
from metaudit.formats.signs import clipped
from metaudit.formats.tables import nearest
from metaudit.formats.yaml_file import load_schema
from metaudit.formats.zero_cells import EXAMPLES, plain_number, zero_cells_parts

# Keys that a claim's override may hold beside those of review.yaml's method.
_CLAIM_KEYS = {"measure", "kind", "estimator", "side", "predictor", "arm", "fit"}


@cache
def method_schema() -> dict[str, Any]:
    """The method part of the schema of review.yaml: key -> its rule."""
    return dict(load_schema(SCHEMAS / "review.schema.json")["$defs"]["method"]["properties"])


@cache
def plan_schema() -> dict[str, Any]:
    """The part of the schema about sequential analyses, without keys that a method has as well: key -> its rule."""
    plan = load_schema(SCHEMAS / "review.schema.json")["$defs"]["sequential"]["properties"]
    return {key: rule for key, rule in plan.items() if key not in method_schema()}


def _plan_value(text: str) -> Any:
    """A value of a plan as review.yaml has it: a number, a name, or ``D2:0.5``."""
    name, colon, number = (t.strip() for t in text.partition(":"))
    try:
        return {name: float(number)} if colon else float(text)
    except ValueError:
        return text


def plan_override(text: str) -> dict[str, Any]:
    """What a claim's ``method`` says of its sequential analysis: ``power=0.9; heterogeneity=D2:0.5``."""
    pairs = (part.partition("=") for part in text.split(";"))
    known = plan_schema() if text.strip() else {}
    return {k.strip(): _plan_value(v.strip()) for k, _, v in pairs if k.strip() in known and v.strip()}


def _wrong_plan(key: str, value: str) -> list[tuple[str, str]]:
    """What is wrong with a key of a plan, and what would be right."""
    from jsonschema import Draft202012Validator

    rule = plan_schema()[key]
    if Draft202012Validator(rule).is_valid(_plan_value(value)):
        return []
    example = (
        f"Write, for example, {key}={_as_typed(rule['examples'][0])}." if "examples" in rule else "See data/README.md."
    )
    return [(f"{value!r} is not a value of {key}, {rule['description']}", example)]


def _as_typed(value: Any) -> str:
    return "; ".join(f"{k}:{v}" for k, v in value.items()) if isinstance(value, dict) else str(value)


def named_twice(key: str, first: str, second: str) -> tuple[str, str]:
    """A key that is named again is refused, whatever its values: nothing says which of the two is meant."""
    values = f"as {clipped(first)!r} and as {clipped(second)!r}" if first != second else f"both times as {first!r}"
    return f"{key} is named twice, {values}", "Keep one of the two."


def parse_override(text: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Read ``key=value; key=value``.

    Returns
    -------
    The override, and a list of (what is wrong, what would be right).
    """
    override: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    known, typed = method_schema(), dict[str, str]()
    for part in (p.strip() for p in text.split(";") if p.strip()):
        key, sign, value = (s.strip() for s in part.partition("="))
        before = typed.get(key)
        typed.setdefault(key, value)
        if not sign or not value:
            wrong.append((f"{part!r} is not key=value", "Write, for example, model=random; tau2=DL."))
        elif key not in known and key not in _CLAIM_KEYS and key not in plan_schema():
            wrong.append((f"method key {key!r} is not known", nearest(key, [*known, *sorted(_CLAIM_KEYS)])))
        elif before is not None:
            wrong.append(named_twice(key, before, value))
        elif key in plan_schema():
            wrong += _wrong_plan(key, value)
        elif key in known and "enum" in known[key] and value not in known[key]["enum"]:
            wrong.append((f"{value!r} is not a value of {key}", nearest(value, known[key]["enum"], key)))
        elif key == "level":
            level = plain_number(value)
            low, high = known[key]["minimum"], known[key]["maximum"]
            if low <= level <= high:
                override[key] = level
            else:
                message = f"level {value!r} is not a number from {low:g} to {high:g}"
                wrong.append((message, "Write, for example, level=0.95."))
        elif key == "zero_cells" and zero_cells_parts(value) is None:
            wrong.append((f"zero cells {value!r} are not understood", f"Write, for example, {EXAMPLES}."))
        else:
            override[key] = value
    return override, wrong


def with_override(method: Mapping[str, Any], text: str) -> dict[str, Any]:
    """A stated method with a claim's override on top."""
    return {**method, **parse_override(text)[0]}
