"""Counts and values that are plain descriptions of the extraction table: sums, smallest and largest."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import numpy as np

from metaudit.analyses import totals
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.effects.convert import Converted
from metaudit.evaluate import Evaluated
from metaudit.formats.indexed import known_columns
from metaudit.formats.review import Claim

_LOWEST = {"lowest", "smallest", "minimum", "least", "min"}
_HIGHEST = {"highest", "largest", "maximum", "most", "max", "greatest"}
_PEOPLE = {"participants", "patients", "people", "subjects", "individuals", "adults", "children"}
_RATE = {"rate", "rates", "proportion", "proportions", "percentage", "percent"}


def described(claim: Claim, e: Evaluated | None, rows: Sequence[Converted]) -> Ours:
    """Our value of a ``count`` or ``value`` claim that belongs to an analysis, when its subject names it plainly.

    Raises
    ------
    Unanswerable
        when the subject names nothing that the extraction table holds.
    """
    words = set(re.findall(r"[a-z]+", claim.subject.lower()))
    for covariate in (c for c in known_columns([r.row for r in rows]) if c.startswith("x_")):
        if covariate.removeprefix("x_").lower() in words:
            return _covariate(covariate, words, rows)
    if words & (_LOWEST | _HIGHEST):
        return _extreme(claim, words, e, rows)
    if words & {"studies", "trials"} and not words & _PEOPLE and len(words) <= 4 and e is not None:
        return Ours(float(e.effects.k), f"{e.effects.k} studies are pooled")
    if words & _PEOPLE and len(words) <= 3:
        total = totals(rows)["n"]
        if not math.isnan(total):
            return Ours(total, f"sum of n over {len(rows)} studies")
    raise Unanswerable(
        f"{claim.subject!r} is nothing that the extraction table holds", f"a column for {claim.subject!r}"
    )


def _covariate(name: str, words: set[str], rows: Sequence[Converted]) -> Ours:
    try:
        x = np.array([float(r.row.text(name)) for r in rows])
    except ValueError:
        raise Unanswerable(f"{name} is not a number in every row", f"{name} of every study") from None
    if words & _LOWEST:
        return Ours(float(x.min()), f"smallest {name} of {x.size} studies")
    if words & _HIGHEST:
        return Ours(float(x.max()), f"largest {name} of {x.size} studies")
    return Ours(float(x.sum()), f"sum of {name} over {x.size} studies")


def _extreme(claim: Claim, words: set[str], e: Evaluated | None, rows: Sequence[Converted]) -> Ours:
    lowest = bool(words & _LOWEST)
    rates = np.array([r.get("events") / r.get("n") for r in rows])
    percent = "percent" in words or claim.unit == "percent" or claim.scale == "percent" or "%" in claim.printed
    if words & _RATE and not np.isnan(rates).any() and rates.size:
        i = int(np.argmin(rates) if lowest else np.argmax(rates))
        # The claim's own percent sign or scale is undone when the value is put on the printed scale.
        undo = claim.scale == "percent" or "%" in claim.printed
        value = float(rates[i]) * (100 if percent and not undo else 1)
        return Ours(value, f"{rows[i].get('events'):g}/{rows[i].get('n'):g} in {rows[i].label}")
    if words & {"effect", "estimate", "ratio", "difference"} and e is not None:
        natural = np.array([e.natural(float(y)) for y in e.effects.yi])
        i = int(np.argmin(natural) if lowest else np.argmax(natural))
        return Ours(float(natural[i]), f"{e.effects.measure.code} of {e.effects.studies[i].label}")
    raise Unanswerable(
        f"{claim.subject!r} is nothing that the extraction table holds", f"a column for {claim.subject!r}"
    )
