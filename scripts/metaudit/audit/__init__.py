"""Our number beside the printed one, and a verdict with its reason."""

from metaudit.audit.engine import audit
from metaudit.audit.verdict import VERDICTS, AuditRow

__all__ = ["VERDICTS", "AuditRow", "audit"]
