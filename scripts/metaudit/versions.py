"""The versions of what computes: a number was made with these, and is recorded with them."""

from __future__ import annotations

import platform
from functools import cache
from importlib import metadata

# Packages that can move a number or a byte of a result; a test compares them with pyproject.toml.
PACKAGES = tuple(
    """brotli fonttools jinja2 jsonschema lxml markupsafe matplotlib numpy pandas pyarrow pylatexenc pymare python-docx
    ruamel.yaml scipy snakemake statsmodels tabulate""".split()
)


@cache
def packages() -> dict[str, str | None]:
    """Version of every package that can move a number; None for one that is not installed."""
    found: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def versions() -> dict[str, str]:
    """Version of Python and of every package that can move a number; ``none`` for one that is not installed."""
    return {"python": platform.python_version(), **{name: found or "none" for name, found in packages().items()}}
