"""Which rows our value of a claim rests on, where they were read, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from metaudit.audit.bundles import Bundle
from metaudit.effects.convert import Converted
from metaudit.effects.dispatch import NEEDS
from metaudit.formats.columns import CERTAINTIES
from metaudit.formats.review import Claim

# So many rows are listed one by one; beyond, they are counted.
_LISTED = 6
_ALSO = ("effect", "se", "variance", "ci_low", "ci_high", "p", "sd_change", "r_pre_post", "n_pairs", "printed_weight")


def inputs_of(bundle: Bundle, claim: Claim) -> tuple[str, ...]:
    """Provenance of a claim's inputs, a line a row; many rows are summed up in one line.

    A line reads ``extraction.csv row 5 (Amr 2010): events_t 4, n_t 20, events_c 1, n_c 20; abstract of amr-2010, read``.
    """
    key = ("inputs", claim.subject)
    if key not in bundle.remembered:
        rows = _rows(bundle, claim)
        listed = (_line(bundle, r) for r in rows)
        bundle.remembered[key] = (_summed(rows),) if len(rows) > _LISTED else tuple(listed)
    found: tuple[str, ...] = bundle.remembered[key]
    return found


def _rows(bundle: Bundle, claim: Claim) -> Sequence[Converted]:
    named = [r for r in bundle.rows if claim.subject in (r.label, f"row {r.row.line}")]
    if named:
        return named
    if bundle.best is not None:
        e = bundle.evaluated[bundle.best]
        level = claim.subject.partition("=")[2].strip() or claim.subject
        effects = e.subgroups[level][0] if level in e.subgroups else e.effects
        used = {s.row.line for s in effects.studies}
        return [r for r in bundle.rows if r.row.line in used]
    return bundle.rows


def _line(bundle: Bundle, row: Converted) -> str:
    kind = bundle.evaluated[bundle.best].effects.measure.kind if bundle.best is not None else ""
    needs = NEEDS.get(kind, ())
    cells = row.row.cells  # without the empty ones
    typed = [f"{n} {cells[n]}" for n in (*needs, *_ALSO) if n in cells]
    made = [f"{n} {row.get(n):.4g} ({how})" for n, how in sorted(row.routes.items()) if n in needs]
    where = " of ".join(dict.fromkeys(w for w in (row.row.text("where"), row.row.text("source")) if w))
    certainty = row.row.text("certainty") or "read"
    numbers = ", ".join([*dict.fromkeys(typed), *made])
    return f"extraction.csv row {row.row.line} ({row.label}): {numbers}; {where or 'place not given'}, {certainty}"


def _summed(rows: Sequence[Converted]) -> str:
    certainties = Counter(r.row.text("certainty") or "read" for r in rows)
    sure = ", ".join(f"{c} {certainties[c]}" for c in CERTAINTIES if certainties[c])
    sources = sorted({r.row.text("source") for r in rows} - {""})
    return (
        f"extraction.csv, {len(rows)} rows from {rows[0].row.line} to {rows[-1].row.line}; "
        f"from {', '.join(sources) or 'no named source'}; {sure}"
    )
