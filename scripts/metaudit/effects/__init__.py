"""From what a study printed to its effect size ``yi`` and sampling variance ``vi``."""

from metaudit.effects.compute import effect_sizes

__all__ = ["effect_sizes"]
