"""Small-study effects and selection as one table: a test, or an adjusted effect, a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import singledispatch
from typing import Any

from metaudit.appraise.section import Section, section
from metaudit.diagnostics.small_study.by_code import CODES, small_study
from metaudit.diagnostics.small_study.copas import Copas
from metaudit.diagnostics.small_study.failsafe import FailSafe
from metaudit.diagnostics.small_study.limit import LimitMeta
from metaudit.diagnostics.small_study.pet_peese import PetPeese
from metaudit.diagnostics.small_study.rank import RankTest
from metaudit.diagnostics.small_study.regression import AsymmetryTest
from metaudit.diagnostics.small_study.selection import StepSelection
from metaudit.diagnostics.small_study.trimfill import TrimFill
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, pools_by_given_weights
from metaudit.files import cell

Row = dict[str, Any]
LITTLE_POWER = 10  # Sterne et al. 2011: tests of asymmetry need at least ten studies
USUAL = (
    "egger", "begg", "peters", "harbord", "pustejovsky-rodgers", "trim-fill-L0", "pet-peese", "failsafe-rosenthal",
)  # fmt: skip
_ALWAYS = ("egger", "begg", "trim-fill-L0")  # of these the pipeline says why when they are not defined
_COLUMNS = ("test", "k", "stat", "df", "p", "estimate", "ci_low", "ci_high", "filled", "note")


def small_study_sections(e: Evaluated, wanted: Sequence[str]) -> Iterator[Section]:
    """The tests that were asked for, in one table; ``all`` stands for every one that the data allow.

    Raises
    ------
    DataError
        when a test that was named is not defined for these data.
    """
    if not wanted:
        return
    if e.spec.model not in ("random", "common") or e.mods or pools_by_given_weights(e.spec):
        raise DataError("small-study effects are examined for inverse-variance pooling without moderators")
    every = "all" in wanted
    rows, notes = [], []
    for code in CODES if every else wanted:
        try:
            rows.append(test_row(e, code))
        except DataError as error:
            if not every:
                raise
            notes.append(f"{code}: {error}.")
    columns = [c for c in _COLUMNS if any(r.get(c) not in (None, "") for r in rows)]
    if e.effects.k < LITTLE_POWER:
        notes.insert(
            0,
            f"{e.effects.k} studies: such tests have little power below {LITTLE_POWER} (Sterne et al., BMJ 2011;343:d4002).",
        )
    methods = [("small_study", r["test"]) for r in rows]
    shown = [{c: r.get(c) for c in columns} for r in rows]
    yield section("small-study", "Small-study effects", shown, notes=notes, methods=methods)


def usual_tests(e: Evaluated) -> Iterator[Row]:
    """What the pipeline writes for every analysis: the tests and adjustments that papers print most."""
    for code in USUAL:
        try:
            yield test_row(e, code)
        except DataError as error:
            if code in _ALWAYS:
                yield {"test": code, "k": e.effects.k, "note": str(error)}


def test_row(e: Evaluated, code: str) -> Row:
    """One test as a row, effects on the natural scale.

    Raises
    ------
    DataError
    """
    method = e.spec.tau2 if e.spec.has_tau2 else "FE"
    found = small_study(e.effects, code, method=method, level=e.spec.level)
    return {"test": code, **_row(found, e)}


test_row.__test__ = False  # type: ignore[attr-defined]  # pytest takes the name for a test


@singledispatch
def _row(found: Any, e: Evaluated) -> Row:
    raise TypeError(f"a {type(found).__name__} has no row in the table of small-study effects")


def _limits(found: Any, e: Evaluated) -> Row:
    return {n: e.natural(getattr(found, n)) for n in ("estimate", "ci_low", "ci_high")}


def _listed(values: Any) -> str:
    """Numbers in one cell, as ``cell`` writes each, separated by ``; ``."""
    return "; ".join(cell(v) for v in values)


@_row.register
def _(found: AsymmetryTest, e: Evaluated) -> Row:
    row: Row = {"k": found.k, "stat": found.stat, "df": found.df, "p": found.p}
    limit = dict(zip(("estimate", "ci_low", "ci_high"), (found.limit, found.limit_low, found.limit_high), strict=True))
    return row | {n: e.natural(x) for n, x in limit.items()}


@_row.register
def _(found: RankTest, e: Evaluated) -> Row:
    return {"k": found.k, "stat": found.tau_b, "p": found.p, "note": f"Kendall's tau, {found.p_method} P"}


@_row.register
def _(found: TrimFill, e: Evaluated) -> Row:
    note = f"on the {found.side}, estimator {found.estimator}"
    f = found.pooled
    filled = {f"filled_{n}": _listed(values) for n, values in (("yi", found.fill_yi), ("vi", found.fill_vi))}
    row: Row = {"k": found.k, "stat": f.stat, "p": f.p, **_limits(f, e), "filled": found.k0, "note": note}
    return row | {"estimate_yi": f.estimate, **filled}


@_row.register
def _(found: PetPeese, e: Evaluated) -> Row:
    note = f"{found.chosen.upper()}; P of PET = {found.pet_p:.3g}"
    return {"k": found.k, "stat": found.stat, "df": found.df, "p": found.p, **_limits(found, e), "note": note}


@_row.register
def _(found: FailSafe, e: Evaluated) -> Row:
    return {"k": found.k, "filled": found.n, "note": "for auditing old papers: says nothing of the size of the effect"}


@_row.register
def _(found: LimitMeta, e: Evaluated) -> Row:
    return {"k": found.k, "stat": found.stat, "p": found.p, **_limits(found, e), "note": f"G² = {found.g2:.1f} %"}


@_row.register
def _(found: StepSelection, e: Evaluated) -> Row:
    chances = ", ".join(f"{d:.3g}" for d in found.delta[1:])
    bound = " (at the end of its range)" if found.at_boundary else ""
    note = f"relative weight of studies beyond each step: {chances}{bound}; likelihood-ratio P = {found.lrt_p:.3g}"
    return {"k": found.k, "stat": found.stat, "p": found.p, **_limits(found, e), "note": note}


@_row.register
def _(found: Copas, e: Evaluated) -> Row:
    a = found.adjusted
    if a is None:
        return {"k": found.k, "note": "no selection in the range searched explains the asymmetry"}
    note = f"{a.unpublished:.3g} studies unpublished; rho = {a.rho:.3g}; P of what is left = {a.residual_p:.3g}"
    return {"k": found.k, "stat": a.stat, "p": a.p, **_limits(a, e), "note": note}
