"""Printed parts of a network against their whole: Q within and between designs, direct and indirect evidence; no data are needed.

Q is the sum of its parts, and so are its degrees of freedom; the difference of direct and indirect evidence is their difference
(Krahn, Binder and König 2013).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scipy.special import chdtrc

from metaudit.audit.intervals import Filed, p_is
from metaudit.audit.scale import printed_of
from metaudit.audit.syntheses.network_printed import Printed
from metaudit.audit.verdict import Finding
from metaudit.formats.review import Claim
from metaudit.printed import Interval


def check_parts(printed: Printed) -> Iterator[Filed]:
    """Q and its degrees of freedom are the sums of those within and between designs, and P belongs to its Q."""
    whole = {c.quantity: c for c in reversed(printed.claims) if not c.subject}
    for suffix in ("", "_df"):
        names = [f"q{suffix}", f"q_within{suffix}", f"q_between{suffix}"]
        if not all(n in whole for n in names):
            continue
        total, within, between = (printed.natural(whole[n]) for n in names)
        if total is None or within is None or between is None:
            continue
        both = Interval(within.low + between.low, within.high + between.high)
        if not both.overlaps(total):
            what = "degrees of freedom" if suffix else "Q"
            shown = [whole[n].printed for n in names]
            message = f"{what} {shown[0]} is not {shown[1]} within designs plus {shown[2]} between designs."
            for n in names:
                yield whole[n].id, Finding("Q in parts", message, "INCONSISTENT", causes=("a digit mistyped",))
    subjects = dict.fromkeys(c.subject for c in printed.claims)
    for subject in subjects:
        own = {c.quantity: c for c in reversed(printed.claims) if c.subject == subject}
        for name in ("q_within", "q_between", "interaction"):
            yield from _p_of_part(name, own, printed)


def _p_of_part(name: str, own: Mapping[str, Claim], printed: Printed) -> Iterator[Filed]:
    if not all(n in own for n in (name, f"{name}_df", f"{name}_p")):
        return
    q, df, p = (printed.natural(own[n]) for n in (name, f"{name}_df", f"{name}_p"))
    number = printed_of(own[f"{name}_df"])
    if q is None or df is None or p is None or number is None or number.value < 1:
        return
    ours = Interval(float(chdtrc(number.value, q.high)), float(chdtrc(number.value, max(q.low, 0.0))))
    if ours.overlaps(p):
        return
    message = (
        f"P {own[f'{name}_p'].printed} does not belong to chi² = {own[name].printed} on {number.value:g} df, which gives {p_is(ours.low)}"
        f" to {p_is(ours.high)}."
    )
    yield own[f"{name}_p"].id, Finding(
        "P of Q in parts", message, "INCONSISTENT", value=(ours.low + ours.high) / 2, causes=("a digit mistyped",),
    )  # fmt: skip


def check_differences(printed: Printed) -> Iterator[Filed]:
    """Direct less indirect evidence is the printed difference, whichever way round."""
    for subject in dict.fromkeys(c.subject for c in printed.of("difference")):
        own = {c.quantity: c for c in reversed(printed.claims) if c.subject == subject}
        names = ("direct", "indirect", "difference")
        if not all(n in own for n in names):
            continue
        apart = []
        for measure in printed.measures:
            windows = [printed.window(own[n], measure) for n in names]
            if any(w is None for w in windows):
                continue
            direct, indirect, difference = (w for w in windows if w is not None)
            ours = Interval(direct.low - indirect.high, direct.high - indirect.low)
            turned = Interval(
                -ours.high, -ours.low
            )  # indirect less direct, or the size alone, as some programs print it
            apart.append((not (ours.overlaps(difference) or turned.overlaps(difference)), ours, measure))
        if apart and all(a for a, _, _ in apart):
            _, ours, measure = apart[0]
            message = (
                f"The difference {own['difference'].printed} is not direct {own['direct'].printed} less indirect {own['indirect'].printed}, "
                f"which is {measure.to_natural(ours.low):.3g} to {measure.to_natural(ours.high):.3g}."
            )
            for n in names:
                yield (
                    own[n].id,
                    Finding("direct less indirect", message, "INCONSISTENT", causes=("a digit mistyped",)),
                )
