"""Documents about a review: a letter to its authors, and a badge."""

from metaudit.documents.write import write_badge, write_review_documents

__all__ = ["write_badge", "write_review_documents"]
