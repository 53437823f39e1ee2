"""The command line. Exit codes: 0 well, 1 something is worth acting on, 2 bad input."""

from metaudit.cli import (
    bring,
    claims,
    corpus,
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
    verify,
)
from metaudit.cli.output import app

__all__ = [
    "app",
    "bring",
    "claims",
    "corpus",
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
    "verify",
]
