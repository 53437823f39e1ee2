"""The smallest edit: which change of the table, under which of the allowed methods, gives everything that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from metaudit.edits.arrays import OF_STUDIES
from metaudit.edits.edit import Edit, same_cause
from metaudit.edits.explained import HAIR, results_under
from metaudit.edits.explained import Problem as Problem
from metaudit.edits.explained import explained as _explained
from metaudit.edits.kinds import single_edits
from metaudit.edits.regressions import regression_can_be_batched
from metaudit.edits.sets import Tables, depends_on_one_study, tables_of
from metaudit.search.fits import can_be_batched
from metaudit.search.match import match
from metaudit.search.rank import scores
from metaudit.search.targets import Target
from metaudit.specs import Spec

# Pairs of edits are tried where no single one does, up to so many, the likelier kinds first, under the likeliest methods.
MOST_PAIRS = 60_000
MOST_SPECS = 40
_PAIR_SPECS = 3
_CHUNK = 6_000
# Kinds that need no digits; a pair of wrong digits can give nearly any number.
_NOT_PAIRED = ("digit", "digits-exchanged", "decimal-point", "iqr-is-sd", "variance-is-sd", "half-width-is-sd")


@dataclass(frozen=True)
class Restored:
    """Edits made together that restore the numbers, and the method under which they do.

    Attributes
    ----------
    edits : one, or two where no single one does
    spec : the first of the methods under which it works
    explained : how much of the printed numbers it explains, and ``of`` how much
    plausibility : how likely the edits are beforehand, over the methods under which they explain as much
    names : the printed numbers that come out; filled in for what a search returns
    """

    edits: tuple[Edit, ...]
    spec: Spec
    explained: float
    of: float
    plausibility: float
    names: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether everything printed comes out."""
        return self.explained >= self.of - HAIR

    def words(self) -> str:
        """In words, to stand after "with"."""
        return " and ".join(e.words() for e in self.edits)


@dataclass(frozen=True)
class EditSearch:
    """What a search for the smallest edit found.

    Attributes
    ----------
    found : edits that restore everything, the likeliest first, one of each cause before a second of any; where none does,
        those that restore most, and more than the table as it stands
    whole : whether they restore everything
    alike : how many edits do so in all, as well as the first
    tried : how many edits, and pairs of them, were tried
    before : how much of the printed numbers the table as it stands explains
    pairs : whether pairs of edits were tried, too
    of : how much there is to explain
    methods : under how many methods each edit was tried
    left_out : methods that arrays cannot evaluate, or beyond the bound; nothing was tried under them
    """

    found: tuple[Restored, ...]
    whole: bool
    alike: int
    tried: int
    before: float
    pairs: bool = False
    of: float = 0.0
    methods: int = 0
    left_out: tuple[Spec, ...] = ()

    def words(self) -> str:
        """What was tried and what came of it, in a sentence."""
        if not self.tried:
            asis = self.of and self.before >= self.of - HAIR
            return f"No edit of the table was tried{': it gives everything printed as it stands' if asis else ''}."
        tried = f"{self.tried:,} edits of the table{', pairs among them,' if self.pairs else ''} were tried under"
        tried = f"{tried} {self.methods} {'method' if self.methods == 1 else 'methods'}"
        if self.whole:
            others = f"{self.alike - 1} others do as well" if self.alike > 1 else "no other does"
            return f"{tried}: with {self.found[0].words()}, everything printed comes out; {others}."
        if not self.found:
            return f"{tried}: none gives more of the printed numbers than the table as it stands."
        first = self.found[0]
        return f"{tried}: none gives everything; with {first.words()}, {first.explained:g} of {first.of:g} come out."


def smallest_edits(
    problem: Problem, *, most: int = 5, pairs: bool = True, gain: float = 0.0, share: float = 0.0
) -> EditSearch:
    """Try every single edit, then pairs where no single one restores everything.

    Parameters
    ----------
    problem : what is to be restored
    most : how many edits to return
    pairs : whether pairs are tried at all; with moderators they never are
    gain, share : edits that do not restore everything are of interest where one explains so much more than the table as it
        stands, and this share of all; else none of them is returned

    Returns
    -------
    EditSearch
        Edits that restore the whole bundle are ordered by how likely they are beforehand; the number of others that
        would do as well is the honest measure of what the first one is worth.
    """
    specs, left_out = _methods(problem)
    if not specs or not problem.targets:
        return EditSearch((), False, 0, 0, 0.0, left_out=left_out)
    plain = [r.row for r in problem.rows]
    held = {r.line for r in plain}
    singles = [e for e in problem.typed if set(e.lines) <= held]
    singles += single_edits(plain, problem.analysis, everything=problem.table, measure=specs[0].measure)
    before, of = _as_it_stands(problem, specs, singles)
    if before >= of - HAIR:
        return EditSearch((), False, 0, 0, before, of=of, methods=len(specs), left_out=left_out)
    least = max(before + gain, share * of)
    found = _found(problem, specs, [(e,) for e in singles], of=of, more_than=before, least=least)
    tried, twos = len(singles), []
    if pairs and not problem.analysis.moderators and not any(r.whole for r in found):
        twos = _pairs(singles)
        better = max([before, *(r.explained for r in found)])
        found = [*_found(problem, specs[:_PAIR_SPECS], twos, of=of, more_than=better, least=least), *found]
        tried += len(twos)
    result = EditSearch((), False, 0, tried, before, bool(twos), of, len(specs), left_out)
    ranked = _ranked(result, found, most=most)
    return replace(ranked, found=_named(problem, ranked.found))


def _named(problem: Problem, found: Sequence[Restored]) -> tuple[Restored, ...]:
    """The same with the names of the numbers that each gives."""
    names: dict[int, frozenset[str]] = {}
    for spec in dict.fromkeys(r.spec for r in found):
        places = [i for i, r in enumerate(found) if r.spec == spec]
        tables = tables_of(problem.rows, [found[i].edits for i in places], everything=problem.table)
        matched = match(problem.targets, results_under(problem, [spec], tables))
        given = matched.hits | matched.cuts
        for j, i in enumerate(places):
            names[i] = frozenset(t.name for t, g in zip(matched.targets, given[:, j], strict=True) if g)
    return tuple(replace(r, names=names[i]) for i, r in enumerate(found))


def _methods(problem: Problem) -> tuple[tuple[Spec, ...], tuple[Spec, ...]]:
    """The methods to try, those once that differ only in what is not printed, and those that are not tried."""
    usable: list[Spec] = []
    left_out: list[Spec] = []
    batched = regression_can_be_batched if problem.analysis.moderators else can_be_batched
    for spec in problem.specs:
        (usable if batched(spec) and depends_on_one_study(spec) else left_out).append(spec)
    out = without_unprinted(usable, problem.targets)
    return out[:MOST_SPECS], (*left_out, *out[MOST_SPECS:])


def without_unprinted(specs: Sequence[Spec], targets: Sequence[Target]) -> tuple[Spec, ...]:
    """Specifications, those once that differ only in what is read off a fit for numbers that are not printed."""
    asked = {t.quantity for t in targets}
    out: dict[Spec, None] = {}
    for spec in specs:
        pi = spec.pi if asked & {"pi_low", "pi_high"} else "t-k-2"
        i2 = spec.i2 if "i2" in asked else "tau2"
        out.setdefault(spec if (pi, i2) == (spec.pi, spec.i2) else replace(spec, pi=pi, i2=i2), None)
    return tuple(out)


def _as_it_stands(problem: Problem, specs: Sequence[Spec], singles: Sequence[Edit]) -> tuple[float, float]:
    """How much of the printed numbers the table explains as it stands, and how much there is to explain."""
    known = problem.known
    if known is not None and known.targets == problem.targets and not problem.analysis.subgroups:
        places = [known.place[s] for s in specs if s in known.place]
        if len(places) == len(specs):
            return float(scores(known)[places].max()), sum(t.weight for t in known.targets)
    before = max((float(s[0]) for s in _explained(problem, specs, [()])), default=0.0)
    return before, _attainable(problem, specs, singles)


def _attainable(problem: Problem, specs: Sequence[Spec], singles: Sequence[Edit]) -> float:
    """The weight of everything that the arrays hold for some table, studies that only an edit brings in among them."""
    incoming = [(), *((e,) for e in singles if e.with_rows)]
    tables = tables_of(problem.rows, incoming, everything=problem.table)
    known = match(problem.targets, results_under(problem, specs[:1], tables)).targets
    return sum(t.weight for t in known)


def _ranked(result: EditSearch, found: Sequence[Restored], *, most: int) -> EditSearch:
    """The likeliest edits; one of each cause comes before a second of any."""
    whole = [r for r in found if r.whole]
    ranked = sorted(whole or found, key=lambda r: (-round(r.explained, 9), -r.plausibility, r.words()))
    firsts: list[Restored] = []
    again: list[Restored] = []
    for r in ranked:
        if len(firsts) >= most:
            break
        known = any(s.explained == r.explained and _same_causes(s.edits, r.edits) for s in firsts)
        (again if known else firsts).append(r)
    shown = sorted([*firsts, *again][:most], key=lambda r: -round(r.explained, 9))
    return replace(result, found=tuple(shown), whole=bool(whole), alike=len(whole))


def _same_causes(a: Sequence[Edit], b: Sequence[Edit]) -> bool:
    return len(a) == len(b) and all(same_cause(x, y) for x, y in zip(a, b, strict=True))


_Laid = tuple[list[tuple[Edit, ...]], Tables]


def _found(
    problem: Problem,
    specs: Sequence[Spec],
    tries: Sequence[tuple[Edit, ...]],
    *,
    of: float,
    more_than: float,
    least: float,
) -> list[Restored]:
    """Combinations of edits that restore everything; where none does, those that explain more than the table as it stands.

    Few tables can give everything, and the quickest numbers tell which: they are looked for first, and mostly end the search.

    Parameters
    ----------
    least : where no combination explains as much, none is of interest
    """
    pieces = [list(tries[i : i + _CHUNK]) for i in range(0, len(tries), _CHUNK)]
    shared = _alike_to_all(problem, tries)
    laid = [(some, tables_of(problem.rows, some, shared=shared, everything=problem.table)) for some in pieces]
    whole = [r for r in _best(problem, specs, laid, of=of, more_than=of - 3 * HAIR) if r.whole]
    if whole or least > of:
        return whole
    if least > more_than and not _best(problem, specs, laid, of=of, more_than=least - 3 * HAIR):
        return []
    return _best(problem, specs, laid, of=of, more_than=more_than)


def _alike_to_all(problem: Problem, tries: Sequence[tuple[Edit, ...]]) -> bool:
    """Whether no printed number and no subgroup or moderator is about a single row that edits bring in."""
    if problem.analysis.subgroups or problem.analysis.moderators:
        return False
    asked = {t.subject for t in problem.targets if t.quantity in OF_STUDIES}
    own = {r.label for r in problem.rows}
    rows = {r.line: r for edits in tries for e in edits for r in e.with_rows}.values()
    return not any(asked & {r.text("study"), f"row {r.line}"} and r.text("study") not in own for r in rows)


def _best(
    problem: Problem, specs: Sequence[Spec], laid: Sequence[_Laid], *, of: float, more_than: float
) -> list[Restored]:
    """Combinations of edits that explain more than that."""
    out: list[Restored] = []
    # The methods come in order of how likely they are: the first counts twice the second, and so on.
    likely = 1 / np.arange(1.0, len(specs) + 1)
    for some, tables in laid:
        scores = _explained(problem, specs, some, tables=tables, of=of, more_than=more_than)
        best = scores.max(axis=0)
        for j in np.flatnonzero(best > more_than + HAIR):
            under = scores[:, j] >= best[j] - HAIR
            spec = specs[int(np.argmax(under))]
            plausibility = float(np.prod([e.plausibility for e in some[j]])) / 100 ** (len(some[j]) - 1)
            plausibility *= float(likely[under].sum())
            out.append(Restored(tuple(some[j]), spec, float(best[j]), of, plausibility))
    return out


def _pairs(singles: Sequence[Edit]) -> list[tuple[Edit, ...]]:
    likely = sorted((e for e in singles if e.kind not in _NOT_PAIRED), key=lambda e: -e.plausibility)
    out: list[tuple[Edit, ...]] = []
    for a, b in combinations(likely, 2):
        if len(out) >= MOST_PAIRS:
            break
        if not set(a.lines) & set(b.lines):
            out.append((a, b))
    return out
