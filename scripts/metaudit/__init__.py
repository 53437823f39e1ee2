"""metaudit: re-run published meta-analyses and say, for every printed number, whether it can be re-derived."""

from __future__ import annotations

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
        globals()[name] = found  # the subpackage of the same name must not take its place
        return found
    raise AttributeError(f"module 'metaudit' has no attribute {name!r}")
