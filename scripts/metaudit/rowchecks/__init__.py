"""Checks of single rows of the extraction table against the other rows and against what is printed for them."""
