"""Every two-by-two table that prints as some printed numbers do.

One arm is listed, number by number; the events of the other arm follow from the effect and its limits by interval
propagation and bisection (``bounds``), so that arms of 100,000 people take well under a second. P values, chi-squares and
Peto's odds ratio are worked out table by table, on what is left. Nothing is sampled: the answer is the whole set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from metaudit.effects.zero_cells import ZeroCells
from metaudit.enumeration.bounds import block_of, holds, narrow
from metaudit.enumeration.constraints import Span, TableConstraints
from metaudit.enumeration.pairs import Layout, Ranges, expand
from metaudit.enumeration.two_by_two import P_TESTS, Block, chi_squares, p_hits
from metaudit.enumeration.windows import Bools, Ints, inside

# Listed arms times sizes of the other arm, and tables worked out one by one, before a search is cut short.
MOST_WORK = 10_000_000
MOST_TABLES = 10_000_000
_STEP = 2**18
Test = tuple[str, str]  # p or chi2, and a test's key
Hits = dict[Test, Bools]


@dataclass(frozen=True)
class Tables:
    """All tables found.

    Attributes
    ----------
    a, n1, c, n2 : events and people of the treatment and of the control arm, sorted by people, then events; at most
        ``limit`` tables
    count : how many tables there are in what was searched; at least that many when ``complete`` is false
    complete : whether everything in ``searched`` was looked at
    bounded : whether larger tables than those searched are possible
    searched : what was searched, in words
    p_tests, chi2_tests : for each test, which of the listed tables it gives the printed number for
    """

    a: Ints
    n1: Ints
    c: Ints
    n2: Ints
    count: int
    complete: bool
    bounded: bool
    searched: str
    p_tests: Mapping[str, Bools] = field(default_factory=dict)
    chi2_tests: Mapping[str, Bools] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """``impossible``, ``unique``, ``many``, or ``not settled`` when a bound of our own leaves none or one."""
        if self.count > 1:
            return "many"
        if self.bounded or not self.complete:
            return "not settled"
        return ("impossible", "unique")[self.count]

    def __contains__(self, table: tuple[int, int, int, int]) -> bool:
        """Whether a table ``(a, n1, c, n2)`` is listed."""
        same = [column == x for column, x in zip((self.a, self.n1, self.c, self.n2), table, strict=True)]
        return bool(np.any(np.logical_and.reduce(same)))

    def shown(self, i: int) -> str:
        """One table in words: ``20/39 against 7/36``."""
        return f"{self.a[i]}/{self.n1[i]} against {self.c[i]}/{self.n2[i]}"

    @property
    def summary(self) -> str:
        """What was searched, and how many tables were found."""
        if self.count == 0:
            found = "no table prints as these numbers do" if self.verdict == "impossible" else "none was found"
        else:
            found = f"{self.count:,} tables" if self.count > 1 else "one table"
            found = found if self.complete else f"at least {found}"
        return f"Searched: {self.searched}. Found: {found}."

    @property
    def sentence(self) -> str:
        """The summary with up to three tables, for a reader."""
        some = "; ".join(self._worded(i) for i in range(min(3, self.a.size)))
        between = ", among them " if self.count > 3 else ": "
        return self.summary.removesuffix(".") + (f"{between}{some}" if some else "") + "."

    def _worded(self, i: int) -> str:
        tests = [P_TESTS[t] for t, hit in self.p_tests.items() if hit[i]]
        return self.shown(i) + (f" (P by {' or '.join(tests)})" if tests else "")


def tables(constraints: TableConstraints, *, limit: int = 100_000) -> Tables:
    """Every two-by-two table compatible with what is printed.

    Parameters
    ----------
    constraints : what is printed
    limit : most tables that are listed; all are counted, except that tables worked out one by one (P values, chi-squares,
        Peto's odds ratio) are only counted until twice ``MOST_TABLES`` were tried

    Returns
    -------
    The tables, how many there are, and what was searched.
    """
    layout = min((Layout.of(constraints, s) for s in ("c", "t")), key=lambda x: x.work(x.total_high))
    most = layout.most_within(MOST_WORK)
    effects = tuple(e for e in constraints.effects if e.measure != "PETO")
    pieces = (p for r in layout.ranges(constraints, most) for p in narrow(r, effects, layout.solved))
    found = _Found(limit)
    complete = (
        _filtered(pieces, constraints, layout.solved, found)
        if constraints.filtered
        else _counted(pieces, layout.solved, found)
    )
    tests: list[Test] = [("p", t) for t in constraints.p_tests if constraints.p is not None]
    tests += [("chi2", t) for t in constraints.chi2_tests if constraints.chi2 is not None]
    block, hits = found.sorted(tests)
    cut = most < layout.total_high
    searched = _words(constraints, most, cut=cut)
    if not complete:
        searched += f", as far as the first {MOST_TABLES:,} tables that had to be tried one by one"
    bounded = cut or constraints.open_ended
    p_tests, chi2_tests = ({t: h for (kind, t), h in hits.items() if kind == k} for k in ("p", "chi2"))
    return Tables(*block, found.count, complete, bounded, searched, p_tests, chi2_tests)


class _Found:
    """Tables listed up to a limit, with the tests they pass, and counted beyond it."""

    def __init__(self, limit: int) -> None:
        self.limit, self.listed, self.count = limit, 0, 0
        self.blocks: list[Block] = []
        self.hits: list[Hits] = []

    @property
    def room(self) -> int:
        return self.limit - self.listed

    def add(self, block: Block, hits: Hits) -> None:
        if self.room > 0 and block.a.size:
            self.hits.append({t: h[: self.room] for t, h in hits.items()})
            self.blocks.append(Block(*(x[: self.room] for x in block)))
            self.listed += self.blocks[-1].a.size

    def sorted(self, tests: list[Test]) -> tuple[Block, Hits]:
        """The tables by people, then events, and which of them each test gives the printed number for."""
        none = np.zeros(0, dtype=np.int64)
        joined = Block(*(np.concatenate([none, *(b[i] for b in self.blocks)]) for i in range(4)))
        order = np.lexsort((joined.c, joined.a, joined.n2, joined.n1))
        hits = {t: np.concatenate([none.astype(bool), *(h[t] for h in self.hits)])[order] for t in tests}
        return Block(*(x[order] for x in joined)), hits


def _expanded(r: Ranges, solved: str) -> Block:
    row, y = expand(r.lo, r.hi)
    return block_of(Ranges(*(v[row] for v in r)), y, solved)


def _split(r: Ranges, most: int) -> Iterator[Ranges]:
    """Ranges in pieces of at most ``most`` tables (a single range may be cut)."""
    r = r.nonempty()
    while r.x.size:
        ends = np.cumsum(r.hi - r.lo + 1)
        whole = int(np.searchsorted(ends, most, side="right"))
        if whole:
            yield Ranges(*(v[:whole] for v in r))
            r = Ranges(*(v[whole:] for v in r))
            continue
        lo = r.lo.copy()
        yield Ranges(*(v[:1] for v in r))._replace(hi=r.lo[:1] + most - 1)
        lo[0] += most
        r = r._replace(lo=lo)


def _counted(pieces: Iterator[Ranges], solved: str, found: _Found) -> bool:
    """Every table of the ranges is one that we look for: list some, count all."""
    for r in pieces:
        found.count += r.size
        for part in _split(r, _STEP):
            if found.room <= 0:
                break
            found.add(_expanded(part, solved), {})
    return True


def _filtered(pieces: Iterator[Ranges], c: TableConstraints, solved: str, found: _Found) -> bool:
    """Work out the tables of the ranges one by one; False when there were too many."""
    peto = tuple(e for e in c.effects if e.measure == "PETO")
    tried = 0
    for r in pieces:
        for part in _split(r, _STEP):
            if tried >= MOST_TABLES:
                return False
            block = _expanded(part, solved)
            tried += block.a.size
            if peto:
                block = block.where(holds(peto, block))
            hits: Hits = {}
            for work_out in (_chi2_hits, _p_hits):
                by_test = work_out(c, block)
                if by_test:
                    keep = np.logical_or.reduce(list(by_test.values()))
                    block, hits = block.where(keep), {t: h[keep] for t, h in (hits | by_test).items()}
            found.count += block.a.size
            found.add(block, hits)
    return True


def _chi2_hits(c: TableConstraints, block: Block) -> Hits:
    """Which chi-square gives the printed statistic, for each table; nothing where none is printed."""
    if c.chi2 is None:
        return {}
    values = chi_squares(block)
    return {("chi2", t): inside(c.chi2, values[t]) for t in c.chi2_tests}


def _p_hits(c: TableConstraints, block: Block) -> Hits:
    """Which test gives the printed P value, for each table; nothing where none is printed."""
    if c.p is None:
        return {}
    zeros = {"RR": ZeroCells(), "OR": ZeroCells(), "RD": ZeroCells(0.0, "none")}
    zeros |= {e.measure: e.zero for e in c.effects}
    return {("p", t): h for t, h in p_hits(c.p_tests, block, zeros=zeros, window=c.p).items()}


def _words(c: TableConstraints, most: int, *, cut: bool) -> str:
    """What was searched."""
    sizes = [_people(arm.n) for arm in (c.treatment, c.control)]
    if sizes[0] == sizes[1]:
        words = f"every table with {sizes[0]} people in either arm"
    else:
        words = f"every table with {sizes[0]} people in the treatment arm and {sizes[1]} people in the control arm"
    if c.total.low > 2 or c.total.bounded:
        words += f", {c.total} in both"
    if cut or c.open_ended:
        words += f", up to {most:,} in all"
    return words


def _people(n: Span) -> str:
    return "any number of" if n.low <= 1 and not n.bounded else str(n)
