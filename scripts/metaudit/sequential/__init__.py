"""Trial sequential analysis: required information size, boundaries for repeated looks, and what was crossed when."""

from metaudit.sequential.analysis import Plan, Sequential, sequential_analysis
from metaudit.sequential.cumulative import fit_by
from metaudit.sequential.design import Bounds, Design, bounds_of
from metaudit.sequential.information import Sought
from metaudit.sequential.spending import Spending

__all__ = ["Bounds", "Design", "Plan", "Sequential", "Sought", "Spending", "bounds_of", "fit_by", "sequential_analysis"]
