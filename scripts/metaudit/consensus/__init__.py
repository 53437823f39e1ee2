"""Consensus (Delphi) and other surveys: percentages against panel sizes, rounds, thresholds."""
