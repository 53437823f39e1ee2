"""Explanations of verdicts, letters to authors, and what of a text the claims cover."""
