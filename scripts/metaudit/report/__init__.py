"""The static site: an index of all verdicts and one page per review."""

from metaudit.report.site import write_report

__all__ = ["write_report"]
