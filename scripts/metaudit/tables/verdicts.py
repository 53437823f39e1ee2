"""Moved to ``metaudit.audit_words.verdicts``."""

from metaudit.audit_words.verdicts import *  # noqa: F403
