"""docs/audit-of-the-audit.md from what was measured."""

from __future__ import annotations

from metaudit.inject.intervals import Rate
from metaudit.inject.run import THRESHOLDS, Audited, Plan
from metaudit.inject.tally import MOST_ALARMS, Alarms, OfKind, alarms_of, checks_to_switch_off, of_kinds, overall
from metaudit.rowchecks.se_as_sd import THRESHOLD

_MOST_LISTED = 40


def page(audited: Audited, plan: Plan) -> str:
    """The page, in Markdown; the same measurements give the same page."""
    alarms, total = alarms_of(audited.clean), overall(audited.outcomes)
    parts = [
        "# The audit of the audit",
        "Written by `make audit-the-auditor`; figures in `audit-of-the-audit.json`. Intervals are Wilson's, 95 %.",
        _summary(audited, alarms, total),
        "## Errors put into clean reviews",
        _how(plan),
        _table(of_kinds(audited.outcomes), total),
        _missed(audited),
        "## False alarms on clean reviews",
        _alarms(alarms),
        "## Standard errors given as SDs",
        _spreads(audited),
        "## What this does not show",
        _limits(),
    ]
    return "\n\n".join(p for p in parts if p) + "\n"


def _summary(audited: Audited, alarms: Alarms, total: OfKind) -> str:
    published, made_up = (overall(o for o in audited.outcomes if o.published is p) for p in (True, False))
    return "\n".join(
        [
            "| | rate |",
            "| --- | --- |",
            f"| errors that move a printed number, seen | {total.seen.words()} |",
            f"| the same, published reviews | {published.seen.words()} |",
            f"| the same, made-up reviews | {made_up.seen.words()} |",
            f"| seen, of those that move a number beyond rounding | {total.beyond.words()} |",
            f"| the same, published reviews | {published.beyond.words()} |",
            f"| the same, made-up reviews | {made_up.beyond.words()} |",
            f"| any worse verdict | {total.worse.words()} |",
            f"| true cause among the first three named | {total.named.words()} |",
            f"| the same, published reviews | {published.named.words()} |",
            f"| the same, made-up reviews | {made_up.named.words()} |",
            f"| false alarms on claims that come out | {alarms.all.words()} |",
            f"| errors put in, in all | {len(audited.outcomes)} in {len({o.group for o in audited.outcomes})} reviews and designs |",
        ]
    )


def _how(plan: Plan) -> str:
    return (
        "Each error is one typed edit of the table or of what an analysis pools; the printed claims stay those of the clean "
        "table. Only errors count that move a printed number: under the specification behind the claims it does not come out "
        "any more. *Seen* means that at least one claim gets a worse verdict than in the clean run, and that verdict is beyond "
        "UNDERSPECIFIED (or the claim can no longer be computed); *beyond rounding* leaves out the unseen "
        "errors that moved nothing but what the rounding of the inputs, or digits cut instead of rounded, still explain; "
        "*worse verdict* counts every fall, such as from EXACT to "
        "UNDERSPECIFIED. *Named* means that the audit reports the true cause among the first three edits of some claim: the same "
        "row, the same cell, the same kind of mistake. A mistake that loses digits (a percentage rounded to a count) cannot "
        f"always be undone. Published reviews got {plan.published} error(s) of each kind for each analysis, made-up reviews "
        f"({plan.broken} of each design) {plan.seeds}."
    )


def _table(rows: list[OfKind], total: OfKind) -> str:
    lines = [
        "| error | put in | moved a number | seen | worse verdict | named |",
        "| --- | --: | --: | --- | --- | --- |",
    ]
    for k in rows:
        lines.append(_line(f"{k.words} (`{k.kind}`)", k))
    return "\n".join([*lines, _line("**all**", total)])


def _line(name: str, k: OfKind) -> str:
    return f"| {name} | {k.injected} | {k.seen.of} | {_short(k.seen)} | {_short(k.worse)} | {_short(k.named)} |"


def _short(r: Rate) -> str:
    if not r.of:
        return "–"
    low, high = r.interval
    return f"{100 * r.value:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def _missed(audited: Audited) -> str:
    missed = [o for o in audited.outcomes if o.moved and not o.detected]
    if not missed:
        return "No error that moved a printed number went unseen."
    lines = [f"Not seen ({len(missed)}), with what the audit says of the moved numbers instead:", ""]
    lines += [f"- {o.group}: {o.words}; {len(o.moved)} moved: {', '.join(o.after)}" for o in missed[:_MOST_LISTED]]
    more = len(missed) - _MOST_LISTED
    return "\n".join([*lines, *([f"- and {more} more, in the JSON file"] if more > 0 else [])])


def _alarms(alarms: Alarms) -> str:
    lines = [
        f"Claims known to come out that got a verdict beyond UNDERSPECIFIED: {alarms.all.words()}.",
        "",
        "| verdict | false alarms |",
        "| --- | --- |",
        *[f"| {v} | {r.words()} |" for v, r in alarms.by_verdict.items()],
        *([] if alarms.by_verdict else ["| none | |"]),
        "",
        "| check that decided | false alarms, of all claims judged |",
        "| --- | --- |",
        *[f"| {c} | {r.words()} |" for c, r in alarms.by_check.items()],
        "",
    ]
    off = checks_to_switch_off(alarms)
    lines.append(
        f"Checks above {100 * MOST_ALARMS:g} %: {', '.join(off)}."
        if off
        else f"No check is above {100 * MOST_ALARMS:g} %."
    )
    if alarms.claims:
        lines += ["", "The claims: " + ", ".join(f"`{c}`" for c in alarms.claims) + "."]
    return "\n".join(lines)


def _spreads(audited: Audited) -> str:
    s = audited.spreads
    lines = [
        "The likelihood ratio of `metaudit.rowchecks` on the rows of made-up reviews of means, and on the same rows with one "
        f"study's SDs turned into standard errors. The threshold in use is {THRESHOLD:g}. It is a ratio under a model with stated "
        "assumptions; it is never the only ground for a verdict.",
        "",
        "| ratio at least | false alarms among clean rows | standard errors found |",
        "| --: | --- | --- |",
    ]
    for i, t in enumerate(THRESHOLDS):
        lines.append(
            f"| {t:g} | {Rate(s.clean_flagged[i], s.clean_rows).words()} | {Rate(s.broken_flagged[i], s.broken).words()} |"
        )
    return "\n".join(lines)


def _limits() -> str:
    return (
        "The made-up reviews are cleaner than published ones: their claims are computed from the rounded tables, every number is "
        "printed, and the method is one that the search knows. Errors come one at a time. Several claims of one review share "
        "data, so that the intervals, which take errors and claims as independent, are somewhat too narrow."
    )
