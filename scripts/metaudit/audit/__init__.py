"""Our number beside the printed one, and a verdict with its reason."""

from metaudit.audit.engine import Audited, audit, audit_in_full
from metaudit.audit.verdict import VERDICTS, AuditRow, Verdicts

__all__ = ["VERDICTS", "AuditRow", "Audited", "Verdicts", "audit", "audit_in_full"]
