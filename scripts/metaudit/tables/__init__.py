"""Tables to be pasted: six of each review as CSV, Markdown, HTML, LaTeX and Word."""

from metaudit.tables.write import write_review_tables, write_tables

__all__ = ["write_review_tables", "write_tables"]
