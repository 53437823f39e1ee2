"""Subgroups with one tau2, cluster-robust variances, three-level models and permutation tests, as tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from metaudit.appraise.section import Section, section
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated, column_values


def dependence_sections(
    e: Evaluated,
    *,
    subgroups: str = "",
    cluster: str = "",
    robust: str = "",
    three_level: bool = False,
    permutation_test: bool = False,
    seed: int = 1,
) -> Iterator[Section]:
    """What was asked for, in this order.

    Parameters
    ----------
    e : an analysis pooled by inverse variances
    subgroups : column of the subgroups that share one tau2
    cluster : column that says which effects belong together
    robust : ``CR0``, ``CR1`` or ``CR2``
    three_level, permutation_test : whether to compute them
    seed : of permutations too many to enumerate

    Raises
    ------
    DataError
        for a model without them, and where the data do not suffice.
    """
    asked = [
        n
        for n, wanted in (("common tau2", subgroups), ("--cluster", cluster), ("--permutation-test", permutation_test))
        if wanted
    ]
    if asked and e.spec.model not in ("random", "common"):
        raise DataError(f"{asked[0]} is computed for inverse-variance pooling; choose --model random or common")
    if subgroups:
        yield _common_tau2(e, subgroups)
    clusters = column_values(e.effects, cluster) if cluster else []
    if robust:
        yield _robust(e, clusters, robust)
    if three_level:
        yield _three_level(e, clusters)
    if permutation_test:
        yield _permutation(e, seed)


def _tau2(e: Evaluated) -> str | None:
    return e.spec.tau2 if e.spec.has_tau2 else None


def _design(e: Evaluated) -> tuple[Any, list[str]]:
    columns = e.mods or {}
    return np.column_stack([np.ones(e.effects.k), *columns.values()]), ["intercept", *columns]


def _common_tau2(e: Evaluated, column: str) -> Section:
    from metaudit.pooling.subgroups import pool_subgroups

    found = pool_subgroups(
        e.effects.yi, e.effects.vi, column_values(e.effects, column), tau2=_tau2(e), common_tau2=True, ci=e.spec.ci,
        level=e.spec.level, stopping=e.spec.stopping,
    )  # fmt: skip
    rows = [
        {
            "subgroup": g.level, "k": g.k, "estimate": e.natural(g.estimate), "ci_low": e.natural(g.ci_low),
            "ci_high": e.natural(g.ci_high), "p": g.p, "tau2": g.tau2, "q": g.q, "q_df": g.q_df, "q_p": g.q_p,
        }
        for g in found.groups
    ]  # fmt: skip
    name = "F" if np.isfinite(found.denominator_df) else "Q"
    df = f"{found.df}, {found.denominator_df:g}" if name == "F" else f"{found.df}"
    note = f"Between subgroups: {name} = {found.q:.4g} (df = {df}), P = {found.p:.4g}; R² = {found.r2:.1f} %."
    return section(
        "subgroups-common-tau2",
        "Subgroups with one tau² for all",
        rows,
        notes=[note],
        methods=[("regression", "common")],
    )


def _robust(e: Evaluated, clusters: list[str], kind: str) -> Section:
    from metaudit.pooling.robust import cluster_robust

    x, names = _design(e)
    found = cluster_robust(
        e.effects.yi, e.effects.vi, clusters, tau2=e.fit.tau2, x=x, names=names, kind=kind, level=e.spec.level
    )
    rows = [_coefficient(c.__dict__, e, one=len(names) == 1) for c in found.coefficients]
    notes = [f"{found.k} effects in {found.clusters} clusters."]
    return section("robust", f"Cluster-robust inference ({kind})", rows, notes=notes, methods=[("dependence", kind)])


def _coefficient(fields: dict[str, Any], e: Evaluated, *, one: bool) -> dict[str, Any]:
    """A coefficient as a row; a mean alone is shown on the natural scale."""
    back = e.natural if one else float
    return {k: back(v) if k in ("estimate", "ci_low", "ci_high") else v for k, v in fields.items()}


def _three_level(e: Evaluated, clusters: list[str]) -> Section:
    from metaudit.pooling.three_level import three_level

    x, names = _design(e)
    found = three_level(
        e.effects.yi, e.effects.vi, clusters, x=x, names=names, ci=e.spec.ci, method="ML" if e.spec.tau2 == "ML" else "REML",
        level=e.spec.level,
    )  # fmt: skip
    rows = [_coefficient(c.__dict__, e, one=len(names) == 1) for c in found.coefficients]
    return section(
        "three-level", "Three-level model", rows, notes=found.sentences(), methods=[("dependence", "three-level")]
    )


def _permutation(e: Evaluated, seed: int) -> Section:
    from metaudit.pooling.permutation import permutation_test

    found = permutation_test(e.effects.yi, e.effects.vi, mods=e.mods, tau2=_tau2(e), ci=e.spec.ci, seed=seed)
    return section(
        "permutation-test",
        "Permutation test",
        found.to_rows(),
        notes=found.sentences(),
        methods=[("dependence", "permutation-test")],
    )
