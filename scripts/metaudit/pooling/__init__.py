"""From k effects and their variances to one estimate and its uncertainty."""

from metaudit.pooling.pool import pool
from metaudit.pooling.result import Coefficient, Pooled

__all__ = ["Coefficient", "Pooled", "pool"]
