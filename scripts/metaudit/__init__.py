"""metaudit: re-run published meta-analyses and say, for every printed number, whether it can be re-derived."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metaudit.audit import audit
    from metaudit.effects import effect_sizes
    from metaudit.formats.review import read_review
    from metaudit.pooling import pool

__version__ = "0.1.0"
__all__ = ["audit", "effect_sizes", "pool", "read_review"]

_HOME = {
    "audit": "metaudit.audit",
    "effect_sizes": "metaudit.effects",
    "pool": "metaudit.pooling",
    "read_review": "metaudit.formats.review",
}


def __getattr__(name: str) -> Any:
    """Import a public function when it is first used: reading a review need not pay for PyMARE."""
    if name in _HOME:
        from importlib import import_module

        found = getattr(import_module(_HOME[name]), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'metaudit' has no attribute {name!r}")


class _Face(ModuleType):
    """A public function is not replaced by the subpackage of its name, whichever of the two is imported first."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _HOME and isinstance(value, ModuleType):
            value = getattr(value, name)
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Face
