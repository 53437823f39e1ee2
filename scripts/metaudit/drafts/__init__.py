"""A review in the making: what ``new``, ``import`` and ``claims`` write before anybody has confirmed it."""

from metaudit.drafts.draft import Draft, Notice
from metaudit.drafts.write import write_draft

__all__ = ["Draft", "Notice", "write_draft"]
