"""Provenance: what came from what, in a form that anybody can check (``metaudit verify``)."""
