"""The formula behind a re-derived number, in symbols, for a reader who does not know the code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from metaudit.audit_words.texts import HERE, catalogue, fill
from metaudit.specs import Spec


def formula_words(quantity: str, spec: Spec) -> str:
    """The formula of a quantity under a specification, with its symbols explained.

    Parameters
    ----------
    quantity : as in claims.csv
    spec : the specification the number was worked out under

    Returns
    -------
    Such as ``SE = 1 / √(Σ w), with w = 1 / (v + τ²); y is ...``; empty for a quantity without a formula in
    ``formulas.yaml`` (a sum over studies, say). Sources stand in that file.
    """
    known = catalogue(HERE / "formulas.yaml")
    found = _chosen(known.get(quantity, {}), spec)
    return fill(found, weights=_chosen(known["weights"], spec), symbols=known["symbols"], counted=known["counted"])


def _chosen(options: Mapping[str, Any], spec: Spec) -> str:
    """The first text whose words all hold for the specification."""
    held = {spec.model, spec.measure, spec.ci, "any"}
    if spec.has_tau2:
        held |= {spec.tau2, spec.pi, f"PI-{spec.pi}", f"I2-from-{spec.i2}"}
    return str(next((text for words, text in options.items() if set(words.split()) <= held), ""))
