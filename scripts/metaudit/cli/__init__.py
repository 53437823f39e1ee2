"""The command line. Exit codes: 0 well, 1 something is worse than underspecified, 2 bad input."""

from metaudit.cli import methods, pool, review
from metaudit.cli.output import app

__all__ = ["app", "methods", "pool", "review"]
