"""Dose-response meta-analysis of relative risks by dose level, in one stage or two."""
