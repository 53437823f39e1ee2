"""Pooling that works on the counts themselves: Mantel-Haenszel and Peto, under the names the rest of the library uses."""

from __future__ import annotations

from metaudit.pooling.mantel_haenszel import MANTEL_HAENSZEL, mantel_haenszel, mantel_haenszel_estimate
from metaudit.pooling.peto import peto_pooled

__all__ = ["MANTEL_HAENSZEL", "mantel_haenszel", "mantel_haenszel_estimate", "peto_pooled"]
