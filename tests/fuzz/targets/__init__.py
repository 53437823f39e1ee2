"""Every fuzz target, by its name: one module a reader, with ``TARGET`` in it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from fuzz.harness import Target


def names() -> list[str]:
    """Every target's name."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem != "__init__")


def target(name: str) -> Target:
    """One target."""
    found: Target = import_module(f"fuzz.targets.{name}").TARGET
    assert found.name == name
    return found
