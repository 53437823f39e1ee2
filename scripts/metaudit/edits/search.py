"""The smallest edit: which change of the table, under which of the allowed methods, gives everything that is printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from metaudit.edits.edit import Edit
from metaudit.edits.kinds import single_edits
from metaudit.edits.sets import Effected, Tables, depends_on_one_study, effects_of_tables, tables_of
from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import Floats
from metaudit.formats.review import Analysis
from metaudit.formats.select import column_name, known_columns
from metaudit.formats.tables import Row
from metaudit.measures import measure_of
from metaudit.search.batch import between_groups, effects_key, fit_key
from metaudit.search.fits import Fits, can_be_batched, fits_of, read_off
from metaudit.search.match import match
from metaudit.search.rank import CUT
from metaudit.search.results import QUANTITIES, Results
from metaudit.search.targets import Target
from metaudit.specs import Spec

# Pairs of edits are tried where no single one does, up to so many, the likelier kinds first.
MOST_PAIRS = 60_000
MOST_SPECS = 40
_CHUNK = 6_000
# Kinds that need no digits; a pair of wrong digits can give nearly any number.
_NOT_PAIRED = ("digit", "digits-exchanged", "decimal-point", "iqr-is-sd", "variance-is-sd", "half-width-is-sd")


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
    """

    rows: tuple[Converted, ...]
    everything: tuple[Row, ...]
    analysis: Analysis
    targets: tuple[Target, ...]
    specs: tuple[Spec, ...]


@dataclass(frozen=True)
class Restored:
    """Edits made together that restore the numbers, and the method under which they do.

    Attributes
    ----------
    edits : one, or two where no single one does
    spec : the first of the methods under which it works
    explained : how much of the printed numbers it explains, and ``of`` how much
    plausibility : how likely the edits are beforehand
    """

    edits: tuple[Edit, ...]
    spec: Spec
    explained: float
    of: float
    plausibility: float

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
    found : edits that restore everything, the likeliest first; where none does, those that restore most
    whole : whether they restore everything
    alike : how many edits do so in all
    tried : how many edits, and pairs of them, were tried
    before : how much of the printed numbers the table as it stands explains
    pairs : whether pairs of edits were tried, too
    """

    found: tuple[Restored, ...]
    whole: bool
    alike: int
    tried: int
    before: float
    pairs: bool = False


def smallest_edits(problem: Problem, *, most: int = 5, pairs: bool = True) -> EditSearch:
    """Try every single edit, then pairs where no single one restores everything.

    Parameters
    ----------
    problem : what is to be restored
    most : how many edits to return
    pairs : whether pairs are tried at all

    Returns
    -------
    EditSearch
        Edits that restore the whole bundle are ordered by how likely they are beforehand; the number of others that
        would do as well is the honest measure of what the first one is worth.
    """
    specs = _methods(problem)
    if not specs or not problem.targets or problem.analysis.moderators:
        return EditSearch((), False, 0, 0, 0.0)
    plain = [r.row for r in problem.rows]
    singles = single_edits(plain, problem.analysis, everything=problem.everything, measure=specs[0].measure)
    of = _attainable(problem, specs)
    before = max((float(s[0]) for s in _explained(problem, specs, [()])), default=0.0)
    found = _best(problem, specs, [(e,) for e in singles], of=of, more_than=before)
    tried = len(singles)
    if not any(r.whole for r in found) and pairs:
        twos = _pairs(singles)
        second = _best(problem, specs[:3], twos, of=of, more_than=max([before, *(r.explained for r in found)]))
        tried += len(twos)
        if any(r.whole for r in second):
            return _searched(second, most=most, tried=tried, before=before, pairs=True)
        found = [*second, *found]
    return _searched(found, most=most, tried=tried, before=before, pairs=pairs)


def _methods(problem: Problem) -> tuple[Spec, ...]:
    """The methods to try, those once that differ only in what is not printed."""
    asked = {t.quantity for t in problem.targets}
    out: dict[Spec, None] = {}
    for spec in problem.specs:
        if can_be_batched(spec) and depends_on_one_study(spec):
            pi = spec.pi if asked & {"pi_low", "pi_high"} else "t-k-2"
            i2 = spec.i2 if "i2" in asked else "tau2"
            out.setdefault(replace(spec, pi=pi, i2=i2), None)
    return tuple(out)[:MOST_SPECS]


def _attainable(problem: Problem, specs: Sequence[Spec]) -> float:
    """The weight of everything that the arrays hold."""
    tables = tables_of(problem.rows, [()])
    known = match(problem.targets, _results(problem, specs[:1], tables)).targets
    return sum(t.weight for t in known)


def _searched(found: Sequence[Restored], *, most: int, tried: int, before: float, pairs: bool) -> EditSearch:
    whole = [r for r in found if r.whole]
    ranked = sorted(whole or found, key=lambda r: (-round(r.explained, 9), -r.plausibility, r.words()))
    return EditSearch(tuple(ranked[:most]), bool(whole), len(whole), tried, before, pairs)


def _best(
    problem: Problem, specs: Sequence[Spec], tries: Sequence[tuple[Edit, ...]], *, of: float, more_than: float
) -> list[Restored]:
    """Combinations of edits that explain more than the table as it stands."""
    out: list[Restored] = []
    for start in range(0, len(tries), _CHUNK):
        some = tries[start : start + _CHUNK]
        scores = _explained(problem, specs, some)
        best = scores.max(axis=0)
        for j in np.flatnonzero(best > more_than + 1e-9):
            spec = specs[int(np.argmax(scores[:, j] >= best[j] - 1e-9))]
            plausibility = float(np.prod([e.plausibility for e in some[j]])) / 100 ** (len(some[j]) - 1)
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


def _explained(problem: Problem, specs: Sequence[Spec], tries: Sequence[Sequence[Edit]]) -> Floats:
    """Weight of the targets that each combination of edits explains, shape ``(s, d)``."""
    tables = tables_of(problem.rows, tries)
    d = len(tries)
    matched = match(problem.targets, _results(problem, specs, tables))
    weights = np.array([t.weight for t in matched.targets])
    return (weights @ (matched.hits + CUT * matched.cuts)).reshape(len(specs), d)


def _results(problem: Problem, specs: Sequence[Spec], tables: Tables) -> Results:
    """All tables under all specifications, one after the other, as if each pair were a specification of its own."""
    d, r = tables.inside.shape[1], len(problem.rows)
    lines, labels = tuple(c.row.line for c in problem.rows), tuple(c.label for c in problem.rows)
    whole = _blank(specs, d, r, lines=lines, labels=labels)
    levels = _levels(problem.analysis, tables)
    for level in levels:
        whole.groups[level] = _blank(specs, d, r, lines=lines, labels=labels)  # type: ignore[index]
    effected: dict[Any, Effected] = {}
    fits: dict[Any, Fits] = {}
    for i, spec in enumerate(specs):
        key = effects_key(spec)
        if key not in effected:
            effected[key] = effects_of_tables(spec, tables)
        at = slice(i * d, (i + 1) * d)
        _enter(whole, at, spec, effected[key], fits=fits, key=(key, fit_key(spec), ""), rows=r, keep=None)
        for level, mask in levels.items():
            part = whole.groups[level]
            _enter(part, at, spec, effected[key], fits=fits, key=(key, fit_key(spec), level), rows=r, keep=mask)
    if levels:
        between_groups(whole)
    return whole


def _blank(specs: Sequence[Spec], d: int, r: int, *, lines: tuple[int, ...], labels: tuple[str, ...]) -> Results:
    n = len(specs) * d
    repeated = tuple(s for s in specs for _ in range(d))
    return Results(
        repeated, lines, labels, {q: np.full(n, np.nan) for q in QUANTITIES}, *(np.full((n, r), np.nan) for _ in range(3)),
        np.full(n, np.nan), {}, np.full(n, np.nan), np.full(n, np.nan),
    )  # fmt: skip


def _enter(
    results: Results,
    at: slice,
    spec: Spec,
    effected: Effected,
    *,
    fits: dict[Any, Fits],
    key: Any,
    rows: int,
    keep: Any,
) -> None:
    inside = effected.inside if keep is None else effected.inside & keep[:, None]
    if key not in fits:
        fits[key] = fits_of(spec, effected.yi, effected.vi, mask=inside, cells=effected.cells or None)
    numbers = read_off(
        fits[key], np.array([spec.ci]), i2=np.array([spec.i2]), pi=np.array([spec.pi]), level=np.array([spec.level])
    )
    for name in QUANTITIES:
        results.values[name][at] = numbers[name]
    results.yi[at], results.vi[at] = (
        np.where(inside, effected.yi, np.nan)[:rows].T,
        np.where(inside, effected.vi, np.nan)[:rows].T,
    )
    results.weights[at] = numbers["weights"][:rows].T
    if measure_of(spec.measure).code == "PFT" and "n" in effected.cells:
        n = np.where(inside, effected.cells["n"], np.nan)
        results.typical_n[at] = inside.sum(axis=0) / np.nansum(1 / n, axis=0)


def _levels(analysis: Analysis, tables: Tables) -> Mapping[str, Any]:
    """Which places belong to each level of the subgroups."""
    if not analysis.subgroups:
        return {}
    name = column_name(analysis.subgroups, known_columns([c.row for c in tables.rows]))
    values = np.array([c.row.text(name) or "(not reported)" for c in tables.rows])
    return {str(level): values == level for level in sorted(set(values))}
