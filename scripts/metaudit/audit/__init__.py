"""Our number beside the printed one, and a verdict with its reason."""

from metaudit.audit.engine import Audited, audit, audit_in_full
from metaudit.audit.verdict import VERDICTS, AuditRow

__all__ = ["VERDICTS", "AuditRow", "Audited", "audit", "audit_in_full"]
