"""Checks of Q, its degrees of freedom and P value, I2, H2 and tau against each other; no data are needed."""

from __future__ import annotations

import math
from collections.abc import Iterator

from scipy.special import chdtrc

from metaudit.audit.groups import Group
from metaudit.audit.intervals import Filed, say_p
from metaudit.audit.verdict import Finding
from metaudit.formats.review import Claim
from metaudit.printed import Interval


def check_heterogeneity(group: Group) -> Iterator[Filed]:
    """Whether the printed heterogeneity statistics can belong together."""
    q, df = group.window("q"), _df(group)
    if df is not None and q is not None:
        yield from _p_of_q(group, q, df)
        yield from _i2_of_q(group, q, df)
        yield from _h2_of_q(group, q, df)
    yield from _df_of_k(group)
    yield from _tau(group)


def _df(group: Group) -> float | None:
    found = group.printed("q_df")
    if found:
        return found[1].value
    k = group.printed("k") if group.one_effect else None
    return k[1].value - 1 if k and k[1].value >= 2 and not group.first("qm") and not group.first("coef") else None


def _p_of_q(group: Group, q: Interval, df: float) -> Iterator[Filed]:
    claim, window = group.first("q_p"), group.window("q_p")
    if claim is None or window is None or df < 1:
        return
    ours = Interval(float(chdtrc(df, q.high)), float(chdtrc(df, max(q.low, 0.0))))
    if ours.overlaps(window):
        yield (
            claim.id,
            Finding(
                "P of Q",
                f"P of heterogeneity {claim.printed} agrees with Q = {_printed(group, 'q')} on {df:g} df: {_p_range(ours)}.",
                "WITHIN_ROUNDING",
                value=(ours.low + ours.high) / 2,
            ),
        )
    else:
        yield (
            claim.id,
            Finding(
                "P of Q",
                f"P of heterogeneity {claim.printed} does not belong to Q = {_printed(group, 'q')} on {df:g} df, which gives {_p_range(ours)}.",
                "INCONSISTENT",
                value=(ours.low + ours.high) / 2,
                causes=("another number of studies", "a digit mistyped"),
            ),
        )


def _i2_of_q(group: Group, q: Interval, df: float) -> Iterator[Filed]:
    claim, window = group.first("i2"), group.window("i2")
    if claim is None or window is None or q.low <= 0:
        return
    low, high = (max(0.0, 100 * (x - df) / x) for x in (q.low, q.high))
    ours = Interval(low, high)
    if ours.overlaps(window):
        yield (
            claim.id,
            Finding(
                "I² of Q",
                f"I² = {claim.printed} agrees with Q = {_printed(group, 'q')} on {df:g} df: {_percent(ours)}.",
                "WITHIN_ROUNDING",
                value=(ours.low + ours.high) / 2,
            ),
        )
    else:
        message = f"I² = {claim.printed} is not (Q - df)/Q of Q = {_printed(group, 'q')} on {df:g} df, which is {_percent(ours)}"
        if group.i2_of_q:
            yield (
                claim.id,
                Finding(
                    "I² of Q",
                    f"{message}, and the stated method gives that I².",
                    "INCONSISTENT",
                    value=(ours.low + ours.high) / 2,
                    causes=("another number of studies", "a digit mistyped"),
                ),
            )
            return
        message += "; an I² derived from tau² may differ from it."
        yield claim.id, Finding("I² of Q", message, causes=("I² derived from tau² and not from Q",))


def _p_range(window: Interval) -> str:
    low, high = say_p(window.low), say_p(window.high)
    return low if low == high else f"{low} to {high}"


def _percent(window: Interval) -> str:
    low, high = f"{window.low:.1f}", f"{window.high:.1f}"
    return f"{low} %" if low == high else f"{low} to {high} %"


def _h2_of_q(group: Group, q: Interval, df: float) -> Iterator[Filed]:
    claim, window = group.first("h2"), group.window("h2")
    if claim is None or window is None or df < 1:
        return
    if not Interval(q.low / df, q.high / df).overlaps(window):
        yield (
            claim.id,
            Finding(
                "H² of Q",
                f"H² = {claim.printed} is not Q/df = {q.low / df:.3g} to {q.high / df:.3g}; an H² derived from tau² may differ from it.",
            ),
        )


def _df_of_k(group: Group) -> Iterator[Filed]:
    df, k = group.printed("q_df"), group.printed("k")
    if group.one_effect and df and k and not group.first("coef") and df[1].value != k[1].value - 1:
        message = f"{df[0].printed} degrees of freedom do not belong to k = {k[0].printed} studies."
        yield (
            df[0].id,
            Finding("df against k", message, "INCONSISTENT", causes=("studies left out of Q", "a digit mistyped")),
        )


def _tau(group: Group) -> Iterator[Filed]:
    tau, tau2 = group.printed("tau"), group.window("tau2")
    window = group.window("tau")
    if tau is None or tau2 is None or window is None:
        return
    ours = Interval(math.sqrt(max(tau2.low, 0.0)), math.sqrt(max(tau2.high, 0.0)))
    if not ours.overlaps(window):
        yield (
            tau[0].id,
            Finding(
                "tau against tau²",
                f"tau = {tau[0].printed} is not the root of tau² = {_printed(group, 'tau2')}.",
                "INCONSISTENT",
                causes=("a digit mistyped",),
            ),
        )


def _printed(group: Group, quantity: str) -> str:
    claim: Claim | None = group.first(quantity)
    return claim.printed if claim else ""
