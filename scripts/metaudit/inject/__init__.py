"""Errors put into clean reviews on purpose, and how many of them the audit finds."""
