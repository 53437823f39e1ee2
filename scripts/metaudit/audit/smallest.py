"""The smallest edit of the table that gives what a bundle prints, filed with the claims that the table does not give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from metaudit.audit.bundles import Bundle
from metaudit.audit.intervals import Filed
from metaudit.audit.verdict import Finding
from metaudit.audit.wanted import targets
from metaudit.audit.wide import Wide
from metaudit.audit_words.spec_words import spec_words
from metaudit.edits.search import EditSearch, Problem, Restored, smallest_edits
from metaudit.formats.tables import Row

MISSED = ("OTHER_SPEC", "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
_SHOWN = 3
# With fewer printed numbers than this a pair of edits gives nearly anything, so that none is looked for.
_ENOUGH_FOR_PAIRS = 5
_OTHER_METHODS = 3


def with_edits(found: Sequence[Filed], bundle: Bundle, *, wide: Wide | None, everything: Sequence[Row]) -> list[Filed]:
    """The findings of a bundle, those of missed numbers with the edits that would restore everything printed together."""
    held = {t.name for t in targets(bundle.claims, bundle.analysis)}
    if not any(f.verdict in MISSED and claim in held for claim, f in found):
        return list(found)
    result = search_edits(bundle, wide=wide, everything=everything)
    if result is None:
        return list(found)
    return [(c, _edited(f, result, bundle) if f.verdict in MISSED and c in held else f) for c, f in found]


def search_edits(bundle: Bundle, *, wide: Wide | None, everything: Sequence[Row]) -> EditSearch | None:
    """Try every edit under the stated methods, and under the best of the others; None where arrays cannot."""
    wanted = tuple(targets(bundle.claims, bundle.analysis))
    if bundle.best is None or not wanted or bundle.analysis.data != "complete":
        return None
    others = [r.spec for r in wide.ranked[:_OTHER_METHODS]] if wide is not None else []
    problem = Problem(
        rows=bundle.rows,
        everything=tuple(everything),
        analysis=bundle.analysis,
        targets=wanted,
        specs=tuple(dict.fromkeys((*bundle.specs, *others))),
    )
    return smallest_edits(problem, pairs=len(wanted) >= _ENOUGH_FOR_PAIRS)


def _edited(finding: Finding, result: EditSearch, bundle: Bundle) -> Finding:
    if not result.whole:
        return replace(finding, edits=(), edits_alike=0)
    shown = tuple(_words(r, bundle) for r in result.found[:_SHOWN])
    others = result.alike - 1
    first = result.found[0]
    all_of = "this number comes out" if first.of <= 1 else f"all {first.of:.0f} numbers printed together come out"
    alike = (
        "no other single edit would do"
        if others == 0
        else f"{others} other {'edit' if others == 1 else 'edits'} of the {result.tried} tried would do as well"
    )
    message = f"{finding.message} With {shown[0]}, {all_of}; {alike}."
    return replace(finding, message=message, edits=shown, edits_alike=others, causes=(*finding.causes, *shown))


def _words(restored: Restored, bundle: Bundle) -> str:
    """An edit in words, with the method where it is not one that the paper leaves open."""
    stated = restored.spec in bundle.specs or any(
        replace(s, pi=restored.spec.pi, i2=restored.spec.i2) == restored.spec for s in bundle.specs
    )
    return restored.words() if stated else f"{restored.words()}, under {spec_words(restored.spec)}"
