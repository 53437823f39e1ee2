"""The verdict of re-derivation: our value from the per-study data against the printed one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metaudit.audit.bundles import Bundle
from metaudit.audit.incomplete import from_how_many, partial_table
from metaudit.audit.input_rounding import reach
from metaudit.audit.intervals import Filed, say_p
from metaudit.audit.judge import CUT, TRUNCATED
from metaudit.audit.left_open import left_open
from metaudit.audit.missed import missed
from metaudit.audit.provenance import inputs_of
from metaudit.audit.scale import natural_window, on_printed_scale, printed_of
from metaudit.audit.sharing import certainty_of, shared_facts, shown
from metaudit.audit.two_by_two import TABLE_TESTS, p_values, risk_difference_intervals, table_of
from metaudit.audit.verdict import Finding
from metaudit.audit.wide import Wide
from metaudit.formats.review import Claim
from metaudit.printed import Printed


def rederive(bundle: Bundle, *, wide: Wide | None = None) -> Iterator[Filed]:
    """One finding for every claim of a bundle that has numbers: judged, or with what is missing.

    ``wide`` is the search over the whole space; None where the rows allow none.
    """
    reaches: dict[str, float] | None = None
    for claim in bundle.claims:
        printed = printed_of(claim)
        if printed is None:
            continue
        if claim.id in bundle.unanswerable:
            reason = bundle.unanswerable[claim.id]
            yield (
                claim.id,
                Finding("re-derivation", f"{_sentence(str(reason))}.", "NOT_CHECKABLE", causes=reason.missing),
            )
            continue
        found = _judged(bundle, claim, printed, wide)
        if found is None:
            found = _by_test(bundle, claim, printed)
        if found is None:
            reaches = reach(bundle) if reaches is None else reaches
            found = missed(bundle, claim, printed, reaches=reaches, wide=wide)
        yield claim.id, found


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _judged(bundle: Bundle, claim: Claim, printed: Printed, wide: Wide | None) -> Finding | None:
    """EXACT, WITHIN_ROUNDING by cutting, or UNDERSPECIFIED; None when the best specification misses."""
    answers = bundle.answers[claim.id]
    best = bundle.best if bundle.best in answers else next(iter(answers))
    assert best is not None
    a = answers[best]
    partial = partial_table(bundle, claim, a, shown(a.value, printed))
    if partial or not a.comparison.hit:
        return partial
    shared = shared_facts(bundle, claim, a, best, wide=wide)
    ours = shown(a.value, printed)
    choices, causes = left_open(bundle, claim, a)
    part = from_how_many(bundle, claim)
    if a.comparison.kind == TRUNCATED and claim.rounding != "truncated":
        finer = shown(a.value, printed, more=2)
        return Finding(
            CUT,
            f"Ours is {finer}: {a.ours.how}; it prints as {claim.printed} when digits are cut, not rounded.{part}",
            "WITHIN_ROUNDING",
            causes=("digits cut instead of rounded",),
            **shared,
        )
    message = f"Ours is {ours}: {a.ours.how}.{choices}{part}"
    if causes:
        return Finding("choices left open", message, "UNDERSPECIFIED", causes=causes, **shared)
    return Finding("rounded as printed", message, "EXACT", **shared)


def _by_test(bundle: Bundle, claim: Claim, printed: Printed) -> Finding | None:
    """One trial's P value or risk-difference interval by another usual test or interval than the pooled model's."""
    table = table_of(bundle.rows)
    if table is None or claim.subject:
        return None
    spec = bundle.best
    level = spec.level if spec else 0.95
    candidates: dict[str, float] = {}
    if claim.quantity == "p":
        candidates = p_values(table)
    elif claim.quantity in ("ci_low", "ci_high") and spec is not None and spec.measure == "RD":
        side = 0 if claim.quantity == "ci_low" else 1
        candidates = {k: v[side] for k, v in risk_difference_intervals(table, level=level).items()}
    window = natural_window(claim, printed)
    fitting = [name for name, v in candidates.items() if v in window]
    if not fitting:
        return None
    fitting.sort(key=lambda name: (name not in TABLE_TESTS, list(candidates).index(name)))
    value = candidates[fitting[0]]
    if claim.quantity == "p":
        message = _test_message(claim, str(table), candidates, fitting)
    else:
        listed = "; ".join(f"{name} {v:.4g}" for name, v in candidates.items())
        message = f"{fitting[0]} of {table} gives {claim.printed}; the kind of interval is not named. All: {listed}."
    shown = on_printed_scale(claim, printed, value)
    return Finding(
        "test left open", message, "UNDERSPECIFIED", value=shown, margin=printed.interval().distance(shown) / printed.unit,
        spec=fitting[0], stated_spec=str(bundle.specs[0]), alternatives=tuple(fitting[1:]),
        specificity=len(fitting) / len(candidates), searched=len(candidates), formula=f"{fitting[0]} of {table}",
        inputs=inputs_of(bundle, claim), causes=tuple(fitting), certainty=certainty_of(bundle),
    )  # fmt: skip


def _test_message(claim: Claim, table: str, candidates: Mapping[str, float], fitting: list[str]) -> str:
    """Which tests of the table give the printed P, which do not, and what effect measures would."""

    def say(names: list[str]) -> str:
        return ", ".join(f"{n} ({say_p(candidates[n])})" for n in names)

    of_table = [n for n in fitting if n in TABLE_TESTS]
    others = [n for n in fitting if n not in TABLE_TESTS]
    failing = [n for n in candidates if n not in fitting]
    one = len(of_table) == 1
    not_these = "does not" if len(failing) == 1 else "do not"
    lead = (
        f"Of the tests of {table}, {'only the' if one else 'the'} {say(of_table)} {'gives' if one else 'give'} P {claim.printed}"
        if of_table
        else f"No test of the table {table} gives P {claim.printed}"
    )
    parts = [lead, *([f"{say(failing)} {not_these}"] if failing else []), *([f"{say(others)} would"] if others else [])]
    return "; ".join(parts) + ". The paper does not name its test."
