"""The command line. Exit codes: 0 well, 1 something is worse than underspecified, 2 bad input."""

from metaudit.cli import (
    claims,
    bring,
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
    "claims",
    "bring",
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
