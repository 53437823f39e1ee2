"""One module an area: each compares one room of our statistics with metafor's results for one measure of one data set.

An area has ``compare(case) -> Iterator[Compared]`` and, where a difference is understood, ``EXPLAINED``.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from types import ModuleType


def load() -> dict[str, ModuleType]:
    """Every area by its name, in alphabetic order."""
    names = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))
    return {name: importlib.import_module(f"areas.{name}") for name in names}


def everything() -> dict[str, ModuleType]:
    """The areas, and what is compared with other programs than metafor: modules whose ``EXPLAINED`` the document words."""
    others = {"network": "network_agreement", "sequential": "sequential_terms"}
    return load() | {area: importlib.import_module(name) for area, name in others.items()}
