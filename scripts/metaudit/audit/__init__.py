"""Our number beside the printed one, and a verdict with its reason."""

from metaudit.audit.engine import SEARCHES, Audited, audit, audit_in_full, audit_many
from metaudit.audit.verdict import VERDICTS, AuditRow, Verdicts

__all__ = ["SEARCHES", "VERDICTS", "AuditRow", "Audited", "Verdicts", "audit", "audit_in_full", "audit_many"]
