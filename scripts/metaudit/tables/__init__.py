"""Tables to be pasted: analyses and claims of each review as CSV, Markdown and LaTeX."""

from metaudit.tables.write import write_tables

__all__ = ["write_tables"]
