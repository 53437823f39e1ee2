"""Methods as stated: the analysis's, and a claim's override of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from metaudit.formats.places import SCHEMAS
from metaudit.formats.tables import nearest
from metaudit.formats.yaml_file import load_schema

# Keys that a claim's override may hold beside those of review.yaml's method.
_CLAIM_KEYS = {"measure", "kind", "estimator", "side", "predictor", "arm", "fit"}


@cache
def method_schema() -> dict[str, Any]:
    """The method part of the schema of review.yaml: key -> its rule."""
    return dict(load_schema(SCHEMAS / "review.schema.json")["$defs"]["method"]["properties"])


def parse_override(text: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Read ``key=value; key=value``.

    Returns
    -------
    The override, and a list of (what is wrong, what would be right).
    """
    override: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []
    known = method_schema()
    for part in (p.strip() for p in text.split(";") if p.strip()):
        key, sign, value = (s.strip() for s in part.partition("="))
        if not sign or not value:
            wrong.append((f"{part!r} is not key=value", "Write, for example, model=random; tau2=DL."))
        elif key not in known and key not in _CLAIM_KEYS:
            wrong.append((f"method key {key!r} is not known", nearest(key, [*known, *sorted(_CLAIM_KEYS)])))
        elif key in known and "enum" in known[key] and value not in known[key]["enum"]:
            wrong.append((f"{value!r} is not a value of {key}", nearest(value, known[key]["enum"], key)))
        elif key == "level":
            try:
                override[key] = float(value)
            except ValueError:
                wrong.append((f"level {value!r} is not a number", "Write, for example, level=0.95."))
        else:
            override[key] = value
    return override, wrong


def with_override(method: Mapping[str, Any], text: str) -> dict[str, Any]:
    """A stated method with a claim's override on top."""
    return {**method, **parse_override(text)[0]}
