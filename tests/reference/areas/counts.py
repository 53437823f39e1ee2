"""Mantel-Haenszel and Peto pooling from the counts themselves, with their tests and with one study left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from harness import Case, Compared, number, of, p_of_q

from areas.fits import inference
from metaudit.effects.compute import Effects, compute_effects
from metaudit.errors import DataError
from metaudit.pooling.counts import mantel_haenszel, peto_pooled
from metaudit.pooling.result import Pooled
from metaudit.pooling.stratified import stratified_tests
from tolerances import CLOSED_FORM

FUNCTIONS: tuple[tuple[str, str, Callable[[Effects], Pooled]], ...] = (
    ("mh", "Mantel-Haenszel", mantel_haenszel),
    ("peto", "Peto", peto_pooled),
)
TESTS = (
    ("CMH", "cmh", "CMH"), ("CMH without correction", "cmh_uncorrected", "CMH_nocorrect"),
    ("Breslow-Day", "breslow_day", "BD"), ("Tarone", "tarone", "TA"),
)  # fmt: skip
P = {"CMH": "CMHp", "CMH_nocorrect": "CMHp_nocorrect", "BD": "BDp", "TA": "TAp"}
SMALL_Q = 1e-3  # a statistic below it is compared on an absolute scale: it is a difference of far larger sums


def compare(case: Case) -> Iterator[Compared]:
    """rma.mh of RR, OR, RD, IRR and IRD, and rma.peto: every field, and every leave-one-out result."""
    for name, group, function in FUNCTIONS:
        reference = case.reference.get(name) or {}
        if reference.get("beta") is None:
            continue
        effects = compute_effects(case.converted, case.measure)
        ours = function(effects)
        yield from inference(case.measure, ours, reference, tolerance=CLOSED_FORM, group=group)
        yield of(f"{group} k", "k", ours.k, theirs=reference["k"], tolerance=0.0)
        if reference.get("k_yi") is not None:
            yield of(f"{group} df", "studies in Q", ours.q_df + 1, theirs=reference["k_yi"], tolerance=0.0)
        if name == "mh":
            yield from _tests(effects, reference)
        if reference.get("leave1out"):
            yield from _left_out(effects, reference["leave1out"], group=group, function=function)


def _tests(effects: Effects, reference: dict[str, Any]) -> Iterator[Compared]:
    if reference.get("CMH") is None:
        return
    ours = stratified_tests(effects)
    for group, name, field in TESTS:
        if reference.get(field) is None:
            continue
        q, mine = number(reference[field]), getattr(ours, name)
        yield of(f"{group} test", group, mine, theirs=q, tolerance=CLOSED_FORM, scale=max(q, SMALL_Q))
        if reference.get(P[field]) is not None:
            p = getattr(ours, f"{name}_p")
            yield p_of_q(f"{group} test p", f"{group} p", p, theirs=reference[P[field]], q=q, tolerance=CLOSED_FORM)
    if reference.get("k_pos") is not None and reference.get("BD") is not None:
        yield of("Breslow-Day df", "tables that tell", ours.df + 1, theirs=reference["k_pos"], tolerance=0.0)


def _left_out(
    effects: Effects, reference: dict[str, Any], *, group: str, function: Callable[[Effects], Pooled]
) -> Iterator[Compared]:
    """metafor gives NA where the rest has no estimate; there we must refuse too."""
    for i in range(effects.k):
        theirs = {name: number(values[i]) for name, values in reference.items()}
        try:
            ours = function(effects.take(np.arange(effects.k) != i))
        except DataError:
            yield Compared(
                f"{group} leave-one-out defined",
                f"without {i + 1}",
                0.0,
                float(np.isfinite(theirs["estimate"])),
                1.0,
                0.0,
            )
            continue
        for name, mine, scale in (
            ("estimate", ours.estimate, theirs["se"]),
            ("se", ours.se, theirs["se"]),
            ("Q", ours.q, max(theirs["Q"], SMALL_Q)),
            ("I2", ours.i2, 100.0),
        ):
            yield of(
                f"{group} leave-one-out {name}", f"{name} without {i + 1}", mine, theirs=theirs[name],
                tolerance=CLOSED_FORM, scale=scale,
            )  # fmt: skip
