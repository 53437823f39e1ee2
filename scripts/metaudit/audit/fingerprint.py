"""What the weights and the studies' own results that a review prints say about its method, as notes on these claims."""

from __future__ import annotations

from collections.abc import Iterator

from metaudit.audit.bundles import Bundle
from metaudit.audit.intervals import Filed
from metaudit.audit.observed import OF_ROW
from metaudit.audit.spaces import Searched
from metaudit.audit.verdict import Finding
from metaudit.audit_words.spec_words import WITH_ZERO_RULE, measure_words, zero_words
from metaudit.measures import MEASURES
from metaudit.search.fingerprints import RowMatch, RowsMatched, Way, by_rows, by_weights

# With fewer weights than this many models give the same ones.
_ENOUGH = 3
_MOST = 3


def fingerprint_notes(bundle: Bundle, searched: Searched | None) -> Iterator[Filed]:
    """Notes: which models give all printed weights, and which measure each printed study result is.

    The first weight carries the note on the weights, every printed effect that on its study.
    """
    if searched is None:
        return
    yield from _of_weights(bundle, searched)
    yield from _of_rows(bundle, searched)


def _of_weights(bundle: Bundle, searched: Searched) -> Iterator[Filed]:
    lines = {r.label: r.row.line for r in bundle.rows} | {f"row {r.row.line}": r.row.line for r in bundle.rows}
    claims = [c for c in bundle.claims if c.quantity == "weight" and c.subject in lines and c.scale != "fraction"]
    if len(claims) < _ENOUGH:
        return
    found = by_weights({lines[c.subject]: c.printed.rstrip("%") for c in claims}, searched.results)
    classes = [c for c in found if c.forced is None] or list(found)  # a weight that was forced is the poorer reading
    if not classes:
        message = f"None of the searched methods gives all {len(claims)} printed weights."
    elif len(classes) == 1:
        message = f"The {len(claims)} printed weights alone name the method: {classes[0].says}."
    else:
        named = "; ".join(c.says for c in classes[:_MOST])
        more = f"; and {len(classes) - _MOST} more" if len(classes) > _MOST else ""
        message = f"The {len(claims)} printed weights alone leave {len(classes)} methods: {named}{more}."
    yield claims[0].id, Finding("weights as fingerprints", message)


def _of_rows(bundle: Bundle, searched: Searched) -> Iterator[Filed]:
    asked = {c.subject: c.id for c in bundle.claims if c.id.endswith(":printed_effect")}
    if not asked:
        return
    found = by_rows(bundle.rows, searched.results)
    for row in found.rows:
        claim = asked.get(f"row {row.line}")
        if not row.ways and _as_observed(bundle, f"row {row.line}"):
            continue
        if claim is not None and len(row.printed) > 1 and row.computable:
            yield claim, Finding("study results as fingerprints", _row_words(row, found))


def _as_observed(bundle: Bundle, subject: str) -> bool:
    """Whether all that is printed of a one-group study comes out, if by ways that no specification holds (``observed``)."""
    if bundle.best is None or MEASURES[bundle.best.measure].kind != "proportion":
        return False
    printed = [c.id for c in bundle.claims if c.subject == subject and c.quantity in OF_ROW]
    return all(c in bundle.answers and bundle.answers[c].gives(bundle.best) for c in printed)


def _row_words(row: RowMatch, found: RowsMatched) -> str:
    if not row.ways:
        return "No searched measure gives this study's printed effect together with its interval."
    joint = [w for w in row.ways if w in found.joint]
    if joint:
        return f"This study's effect and interval come out as {_ways(joint)}, like those of all studies."
    own = f"This study's effect and interval come out as {_ways(row.ways)}"
    others = sum(r.computable for r in found.rows) - 1
    best = [w for w in found.counts if found.counts[w] == found.best and w not in row.ways]
    return f"{own}; most of the others as {_ways(best)}." if best and 2 * found.best > others else f"{own}."


def _ways(ways: tuple[Way, ...] | list[Way]) -> str:
    said = []
    for w in ways[:_MOST]:
        rule = f"{zero_words(w.zero_cells)}, " if MEASURES[w.measure].kind in WITH_ZERO_RULE else ""
        said.append(f"{measure_words(w.measure)} ({rule}{100 * w.level:g} % interval)")
    more = f" or {len(ways) - _MOST} more" if len(ways) > _MOST else ""
    return " or ".join(dict.fromkeys(said)) + more
