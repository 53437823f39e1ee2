"""The command line. Exit codes: 0 well, 1 something is worth acting on, 2 bad input."""

from metaudit.cli import (
    bring,
    claims,
    coverage,
    enumerate,
    explain,
    export,
    extractors,
    figure,
    inject,
    methods,
    new,
    pool,
    query,
    review,
)
from metaudit.cli.output import app

__all__ = [
    "app",
    "bring",
    "claims",
    "coverage",
    "enumerate",
    "explain",
    "export",
    "extractors",
    "figure",
    "inject",
    "methods",
    "new",
    "pool",
    "query",
    "review",
]
