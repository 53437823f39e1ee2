"""When no method gives the printed numbers: the smallest edit of the table that would."""

from metaudit.edits.edit import Change, Edit, same_cause
from metaudit.edits.kinds import KINDS, single_edits

__all__ = ["KINDS", "Change", "Edit", "same_cause", "single_edits"]
