"""Network meta-analysis: several treatments compared at once, directly and through each other."""

from metaudit.network.evidence import Evidence, Study
from metaudit.network.fit import Comparison, Network, fit_network
from metaudit.network.from_arms import Arm, evidence_from_arms
from metaudit.network.from_contrasts import Contrast, evidence_from_contrasts

__all__ = [
    "Arm", "Comparison", "Contrast", "Evidence", "Network", "Study", "evidence_from_arms", "evidence_from_contrasts", "fit_network",
]  # fmt: skip
