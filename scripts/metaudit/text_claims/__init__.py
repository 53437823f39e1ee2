"""Draft claims from a running text: printed numbers, what each seems to be, and where it stands; a person confirms them."""

from metaudit.text_claims.candidates import Bundle, Candidate, Found, LeftOut, candidates_of
from metaudit.text_claims.flow import Line, Place, lines_of

__all__ = ["Bundle", "Candidate", "Found", "LeftOut", "Line", "Place", "candidates_of", "lines_of"]
