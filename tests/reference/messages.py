"""metafor's warnings and errors as facts in our own words."""

from __future__ import annotations

import re

# What metafor's own messages come down to: our words, and what to look for in theirs.
FACTS = {
    "did not converge": r"(not |failure to |failed to )(achieve )?converge|cannot fit|did not converge",
    "local maximum": r"local maximum",
    "search interval too short": r"tau2\.max|search interval too short",
    "Hessian not inverted": r"hessian|var-cov matrix",
    "interval without P values": r"intervals do not contain|interval without p values",
    "weight at its bound": r"lower or upper bound|weight at its bound",
    "standard error too small": r"unusually small|standard error too small",
    "not of full rank": r"not of full rank",
}


def facts(message: str) -> list[str]:
    """Which of ``FACTS`` a message of metafor's log states."""
    return [fact for fact, pattern in FACTS.items() if re.search(pattern, message, re.IGNORECASE)]
