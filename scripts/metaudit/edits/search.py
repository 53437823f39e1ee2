"""The smallest edit: which change of the table, under which of the allowed methods, gives everything that is printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from metaudit.edits.arrays import results_of
from metaudit.edits.edit import Edit, same_cause
from metaudit.edits.kinds import single_edits
from metaudit.edits.regressions import regression_can_be_batched
from metaudit.edits.sets import Tables, depends_on_one_study, tables_of
from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import Floats
from metaudit.formats.review import Analysis
from metaudit.formats.tables import Row
from metaudit.search.fits import by_inverse_variance, can_be_batched
from metaudit.search.match import match
from metaudit.search.plan import effects_key
from metaudit.search.rank import scores
from metaudit.search.results import Results
from metaudit.search.targets import Target
from metaudit.specs import Spec

# Pairs of edits are tried where no single one does, up to so many, the likelier kinds first, under the likeliest methods.
MOST_PAIRS = 60_000
MOST_SPECS = 40
_PAIR_SPECS = 3
_CHUNK = 6_000
# Kinds that need no digits; a pair of wrong digits can give nearly any number.
_NOT_PAIRED = ("digit", "digits-exchanged", "decimal-point", "iqr-is-sd", "variance-is-sd", "half-width-is-sd")

# Numbers that are the same whatever the estimator of tau2, and estimators that are as quick to find as those.
_WITHOUT_TAU2 = frozenset("k q q_df q_p study_estimate study_ci_low study_ci_high study_se study_variance".split())
_AT_ONCE = ("", "DL", "HE", "HS", "HSk")


@dataclass(frozen=True)
class Problem:
    """What is to be restored.

    Attributes
    ----------
    rows : the converted rows that the analysis pools
    everything : all rows of the extraction table
    analysis : with its subgroups
    targets : the printed numbers of one bundle
    specs : methods under which an edit may restore them, the likelier first
    typed : what one of two extractors typed otherwise (``metaudit.edits.extractors``), tried beside every other edit
    """

    rows: tuple[Converted, ...]
    everything: tuple[Row, ...]
    analysis: Analysis
    targets: tuple[Target, ...]
    specs: tuple[Spec, ...]
    typed: tuple[Edit, ...] = ()


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
        return self.explained >= self.of - 1e-9

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
            asis = self.of and self.before >= self.of - 1e-9
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


def smallest_edits(problem: Problem, *, most: int = 5, pairs: bool = True) -> EditSearch:
    """Try every single edit, then pairs where no single one restores everything.

    Parameters
    ----------
    problem : what is to be restored
    most : how many edits to return
    pairs : whether pairs are tried at all; with moderators they never are

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
    singles += single_edits(plain, problem.analysis, everything=problem.everything, measure=specs[0].measure)
    of = _attainable(problem, specs, singles)
    before = max((float(s[0]) for s in _explained(problem, specs, [()])), default=0.0)
    if before >= of - 1e-9:
        return EditSearch((), False, 0, 0, before, of=of, methods=len(specs), left_out=left_out)
    found = _best(problem, specs, [(e,) for e in singles], of=of, more_than=before)
    tried, twos = len(singles), []
    if pairs and not problem.analysis.moderators and not any(r.whole for r in found):
        twos = _pairs(singles)
        better = max([before, *(r.explained for r in found)])
        found = [*_best(problem, specs[:_PAIR_SPECS], twos, of=of, more_than=better), *found]
        tried += len(twos)
    result = EditSearch((), False, 0, tried, before, bool(twos), of, len(specs), left_out)
    ranked = _ranked(result, found, most=most)
    return replace(ranked, found=_named(problem, ranked.found))


def _named(problem: Problem, found: Sequence[Restored]) -> tuple[Restored, ...]:
    """The same with the names of the numbers that each gives."""
    names: dict[int, frozenset[str]] = {}
    for spec in dict.fromkeys(r.spec for r in found):
        places = [i for i, r in enumerate(found) if r.spec == spec]
        tables = tables_of(problem.rows, [found[i].edits for i in places])
        matched = match(problem.targets, _results(problem, [spec], tables))
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
        out.setdefault(replace(spec, pi=pi, i2=i2), None)
    return tuple(out)


def _attainable(problem: Problem, specs: Sequence[Spec], singles: Sequence[Edit]) -> float:
    """The weight of everything that the arrays hold for some table, studies that only an edit brings in among them."""
    tables = tables_of(problem.rows, [(), *((e,) for e in singles if e.with_rows)])
    known = match(problem.targets, _results(problem, specs[:1], tables)).targets
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


def _best(
    problem: Problem, specs: Sequence[Spec], tries: Sequence[tuple[Edit, ...]], *, of: float, more_than: float
) -> list[Restored]:
    """Combinations of edits that explain more than the table as it stands."""
    out: list[Restored] = []
    # The methods come in order of how likely they are: the first counts twice the second, and so on.
    likely = 1 / np.arange(1.0, len(specs) + 1)
    for start in range(0, len(tries), _CHUNK):
        some = list(tries[start : start + _CHUNK])
        scores = _explained(problem, specs, some, of=of, more_than=more_than)
        best = scores.max(axis=0)
        for j in np.flatnonzero(best > more_than + 1e-9):
            under = scores[:, j] >= best[j] - 1e-9
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


def _explained(
    problem: Problem,
    specs: Sequence[Spec],
    tries: Sequence[Sequence[Edit]],
    *,
    of: float = 0.0,
    more_than: float = -1.0,
) -> Floats:
    """Weight of the targets that each combination of edits explains, shape ``(s, d)``.

    Parameters
    ----------
    of : the weight of everything that can be explained
    more_than : what explains no more than this is of no interest, and may be given as 0
    """
    tables = tables_of(problem.rows, tries)
    out = np.zeros((len(specs), len(tries)))
    for members in _alike(specs):
        own = [specs[i] for i in members]
        if more_than >= 0 and not problem.analysis.moderators and by_inverse_variance(own[0]):
            some = np.flatnonzero(_at_most(problem, own, tables, of=of) > more_than + 1e-9)
        else:
            some = np.arange(len(tries))
        if some.size:
            matched = match(problem.targets, _results(problem, own, tables.take(some)))
            out[np.ix_(np.array(members), some)] = scores(matched).reshape(len(own), some.size)
    return out


def _at_most(problem: Problem, specs: Sequence[Spec], tables: Tables, *, of: float) -> Floats:
    """What each table can explain at most, by the numbers that do not depend on tau2, shape ``(d,)``.

    Parameters
    ----------
    specs : of one kind of effects and one level, pooled by inverse variance
    of : the weight of everything that can be explained
    """
    wanted = [t for t in problem.targets if t.quantity in _WITHOUT_TAU2]
    if not wanted or all(s.tau2 in _AT_ONCE for s in specs):
        return np.full(tables.inside.shape[1], of)  # finding out would cost as much as the fits
    plain = replace(specs[0], model="common", ci="wald", pi="t-k-2", i2="tau2", tau2_ci="q-profile", stopping="exact")
    matched = match(wanted, results_of([plain], tables, problem.analysis, rows=len(problem.rows), targets=wanted))
    return of - sum(t.weight for t in matched.targets) + scores(matched)


def _alike(specs: Sequence[Spec]) -> list[list[int]]:
    """Places of specifications that share the effects, the level, and whether they pool by inverse variance."""
    found: dict[Any, list[int]] = {}
    for i, spec in enumerate(specs):
        found.setdefault((effects_key(spec), spec.level, by_inverse_variance(spec)), []).append(i)
    return list(found.values())


def _results(problem: Problem, specs: Sequence[Spec], tables: Tables) -> Results:
    return results_of(specs, tables, problem.analysis, rows=len(problem.rows), targets=problem.targets)
