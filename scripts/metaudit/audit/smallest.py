"""The smallest edit of the table that gives what a bundle prints, filed with the claims that the table does not give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from metaudit.audit.bundles import Bundle
from metaudit.audit.input_rounding import CHANCE, rests_on_common_tau2
from metaudit.audit.intervals import Filed
from metaudit.audit.missed import missed
from metaudit.audit.scale import printed_of, quantity_asked
from metaudit.audit.verdict import Finding
from metaudit.audit.wanted import of_subgroups, targets
from metaudit.audit.wide import Wide
from metaudit.audit_words.spec_words import spec_words
from metaudit.edits.extractors import extractor_edits
from metaudit.edits.kinds import TYPED
from metaudit.edits.search import EditSearch, Problem, Restored, smallest_edits, without_unprinted
from metaudit.edits.whole_table import whole_table
from metaudit.formats.tables import Row
from metaudit.search.targets import Target

NOBODY: Mapping[str, Sequence[Row]] = MappingProxyType({})
MISSED = ("OTHER_SPEC", "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
EXCUSED = "input rounding"
_SHOWN = 3
_MOST = 50
# Where no edit restores everything, one is named when it restores so many numbers more, and so much of all.
_GAIN = 2
_SHARE = 0.6
# With fewer printed numbers than this a pair of edits gives nearly anything, so that none is looked for.
_ENOUGH_FOR_PAIRS = 5
_OTHER_METHODS = 3
# Of the methods that a paper leaves open, so many are tried where only missed numbers are searched for.
_LIKELIEST = 12


def with_edits(
    found: Sequence[Filed],
    bundle: Bundle,
    *,
    wide: Wide | None,
    everything: Sequence[Row],
    extractors: Mapping[str, Sequence[Row]] = NOBODY,
    thorough: bool = True,
) -> list[Filed]:
    """The findings of a bundle, those of missed numbers with the edits that would restore everything printed together.

    Numbers that only the rounding of the inputs excuses are missed after all when one edit restores everything, and
    restores it far more closely than rounded inputs would by chance. What one of two extractors typed is tried first.
    ``thorough`` says whether two edits at once are tried, and every method that the paper leaves open.
    """
    held = {t.name for t in _wanted(bundle)}
    asked = [f for claim, f in found if claim in held]
    if not any(f.verdict in MISSED or f.check == EXCUSED for f in asked):
        return list(found)
    excused = any(f.check == EXCUSED for f in asked)  # one number more may be enough against an excuse
    worth = (0.0, 0.0) if thorough else (1.0, 0.0) if excused else (_GAIN, _SHARE)
    result = search_edits(
        bundle, wide=wide, everything=everything, extractors=extractors, thorough=thorough, worth=worth
    )
    if result is None:
        return list(found)
    strict = excused and no_accident(found, result)
    out = []
    for claim, f in found:
        judged = f
        if strict and f.check == EXCUSED and claim in held:
            judged = _without_excuse(bundle, claim, wide) or f
        asked_of = judged.verdict in MISSED and claim in held
        out.append((claim, _edited(judged, result, bundle, claim=claim) if asked_of else judged))
    return out


def no_accident(found: Sequence[Filed], result: EditSearch) -> bool:
    """Whether an edit restores more than rounded inputs would let any of those tried restore by chance.

    A number that rounding of the inputs could move by ``h`` to either side comes out within its rounding interval of width
    ``w`` with a chance of about ``w / 2h``; over all numbers that the edit restores the chances are multiplied (the largest
    ones, where it does not restore them all), and by the number of edits tried.
    """
    if not result.found:
        return False
    halves = {c: (f.value_high - f.value_low) / 2 for c, f in found if f.check == EXCUSED}
    shares = sorted(
        (min(1.0, f.printed_width / (2 * halves[c])) for c, f in found if halves.get(c, 0) > 0), reverse=True
    )
    restored = int(result.found[0].explained - result.before + 1e-9)
    return restored >= min(_GAIN, len(shares)) and result.tried * math.prod(shares[:restored]) < CHANCE


def _without_excuse(bundle: Bundle, claim: str, wide: Wide | None) -> Finding | None:
    """The verdict of a claim when its inputs are taken as they stand."""
    for c in bundle.claims:
        printed = printed_of(c)
        if c.id == claim and printed is not None:
            return missed(bundle, c, printed, reaches={}, wide=wide)
    return None


def search_edits(
    bundle: Bundle,
    *,
    wide: Wide | None,
    everything: Sequence[Row],
    extractors: Mapping[str, Sequence[Row]] = NOBODY,
    thorough: bool = True,
    worth: tuple[float, float] = (0.0, 0.0),
) -> EditSearch | None:
    """Try every edit under the stated methods, and under the best of the others; None where arrays cannot.

    ``worth`` is the ``gain`` and the ``share`` below which edits that do not restore everything are not returned
    (:func:`smallest_edits`).
    """
    wanted = _wanted(bundle)
    if bundle.best is None or not wanted or bundle.analysis.data != "complete":
        return None
    own = bundle.specs if thorough else without_unprinted(bundle.specs, wanted)[:_LIKELIEST]
    others = [r.spec for r in wide.ranked[:_OTHER_METHODS]] if wide is not None else []
    problem = Problem(
        rows=bundle.rows,
        everything=whole_table(everything),
        analysis=bundle.analysis,
        targets=wanted,
        specs=tuple(dict.fromkeys((*own, *others))),
        typed=tuple(extractor_edits([r.row for r in bundle.rows], extractors, columns=TYPED)),
        known=None if wide is None else wide.matched,
    )
    pairs = thorough and len(wanted) >= _ENOUGH_FOR_PAIRS
    return smallest_edits(problem, most=_MOST, pairs=pairs, gain=worth[0], share=worth[1])


def _wanted(bundle: Bundle) -> tuple[Target, ...]:
    """What edits are to restore: not the numbers of subgroups where some rest on one tau2 for all, which arrays do not have."""
    found = targets(bundle.claims, bundle.analysis)
    of_groups = {c.id for c in bundle.claims if of_subgroups(c, quantity_asked(c), bundle.analysis)}
    if any(rests_on_common_tau2(bundle, name) for name in sorted(of_groups)):
        return tuple(t for t in found if t.name not in of_groups)
    return tuple(found)


def _edited(finding: Finding, result: EditSearch, bundle: Bundle, *, claim: str) -> Finding:
    """A finding with the edits that give this number among those they restore."""
    best = [r for r in result.found if r.explained >= result.found[0].explained - 1e-9 and claim in r.names]
    gained = best[0].explained - result.before if best else 0.0
    if not best or (not result.whole and (gained < _GAIN or best[0].explained < _SHARE * result.of)):
        return replace(finding, edits=(), edits_alike=0)
    shown = tuple(_words(r, bundle) for r in best[:_SHOWN])
    others = (result.alike if result.whole else len(best)) - 1
    message = f"{finding.message} With {shown[0]}, {_restores(best[0], result)}; {_alike(others, best[0], result)}."
    return replace(finding, message=message, edits=shown, edits_alike=others, causes=(*finding.causes, *shown))


def _restores(first: Restored, result: EditSearch) -> str:
    if result.whole:
        return "this number comes out" if first.of <= 1 else f"all {first.of:.0f} numbers printed together come out"
    cut = " and one more when digits are cut" if first.explained % 1 else ""
    return f"{int(first.explained)} of the {first.of:.0f} numbers printed together come out{cut}, instead of {int(result.before)}"


def _alike(others: int, first: Restored, result: EditSearch) -> str:
    what = "pair of edits" if len(first.edits) > 1 else "single edit"
    if others == 0:
        return f"no other {what} would do"
    least = "" if result.whole or others + 1 < _MOST else "at least "
    return f"{least}{others} other {'edit' if others == 1 else 'edits'} of the {result.tried} tried would do as well"


def _words(restored: Restored, bundle: Bundle) -> str:
    """An edit in words, with the method where it is not one that the paper leaves open."""
    stated = restored.spec in bundle.specs or any(
        replace(s, pi=restored.spec.pi, i2=restored.spec.i2) == restored.spec for s in bundle.specs
    )
    return restored.words() if stated else f"{restored.words()}, under {spec_words(restored.spec)}"
