"""Whole numbers behind printed ones: every two-by-two table, every mean and SD of a whole-number scale that prints so."""

from metaudit.enumeration.constraints import Arm, Effect, Span, TableConstraints
from metaudit.enumeration.debit import DebitCheck, debit
from metaudit.enumeration.grim import GrimCheck, grim
from metaudit.enumeration.rows import RowCheck, row_integer_checks
from metaudit.enumeration.sd_bounds import SdCheck, mean_sd_feasible, sd_bounds
from metaudit.enumeration.table import Tables, tables
from metaudit.enumeration.windows import fraction_window, printed_window

__all__ = [
    "Arm",
    "DebitCheck",
    "Effect",
    "GrimCheck",
    "RowCheck",
    "SdCheck",
    "Span",
    "TableConstraints",
    "Tables",
    "debit",
    "fraction_window",
    "grim",
    "mean_sd_feasible",
    "printed_window",
    "row_integer_checks",
    "sd_bounds",
    "tables",
]
