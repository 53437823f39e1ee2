"""Every statistical choice in words: name, formula, source, conventions. Help texts, methods and docs are made from it."""

from metaudit.catalogue.entries import DIMENSIONS, Entry, entries, entry

__all__ = ["DIMENSIONS", "Entry", "entries", "entry"]
