"""Moved to ``metaudit.audit_words.numbers``."""

from metaudit.audit_words.numbers import *  # noqa: F403
