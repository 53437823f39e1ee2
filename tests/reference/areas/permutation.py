"""Exact permutation tests of the mean (permutest with exact=TRUE): P is a count over 2^k and must be the same number."""

from __future__ import annotations

from collections.abc import Iterator

from harness import Case, Compared, Explained, of

from metaudit.pooling.permutation import permutation_test

SAME = 1e-15  # two ways to divide the same two integers
EXPLAINED: dict[str, Explained] = {}


def compare(case: Case) -> Iterator[Compared]:
    """Everything in the section ``permutest``."""
    if not case.usable:
        return
    for method, theirs in case.reference.get("permutest", {}).items():
        ours = permutation_test(case.yi, case.vi, tau2=method)
        yield of("permutation P", f"{method} P", ours.p, theirs=theirs["pval"], tolerance=SAME)
        yield of("permutation, all arrangements", f"{method} exact", float(ours.exact), theirs=1.0, tolerance=0.0)
