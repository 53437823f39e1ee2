"""Rates of the audit of the audit: by kind of error, by verdict, by check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from metaudit.audit.verdict import ACCEPTABLE
from metaudit.edits.edit import kinds
from metaudit.inject.injection import INJECTED_KINDS
from metaudit.inject.intervals import Rate
from metaudit.inject.run import THRESHOLDS, Audited, Spreads
from metaudit.inject.score import CleanRun, Outcome

MOST_ALARMS = 0.01  # a check above this share of false alarms is off by default


@dataclass(frozen=True)
class OfKind:
    """One kind of error: how many were put in, how many moved a printed number, and of those how many were seen and named.

    ``beyond`` are the seen among those that moved a number beyond rounding: where an error went unseen although all it
    moved is still explained by the rounding of the inputs, or by cutting digits, there was nothing to see.
    """

    kind: str
    injected: int
    seen: Rate
    beyond: Rate
    worse: Rate
    named: Rate

    @property
    def words(self) -> str:
        """The kind in words, as in data/edits.yaml."""
        return kinds()[self.kind].words


def of_kinds(outcomes: Iterable[Outcome]) -> list[OfKind]:
    """Rates by kind, in the order of the kinds; kinds that no table allowed are left out."""
    by_kind: dict[str, list[Outcome]] = {}
    for o in outcomes:
        by_kind.setdefault(o.kind, []).append(o)
    return [_of(kind, by_kind[kind]) for kind in INJECTED_KINDS if kind in by_kind]


def overall(outcomes: Iterable[Outcome]) -> OfKind:
    """Rates over all kinds."""
    return _of("", list(outcomes))


def _of(kind: str, outcomes: list[Outcome]) -> OfKind:
    moved = [o for o in outcomes if o.moved]
    asked = [o for o in moved if o.rank is not None]
    return OfKind(
        kind, len(outcomes), _rate(moved, lambda o: o.detected),
        _rate([o for o in moved if not within_rounding(o)], lambda o: o.detected), _rate(moved, lambda o: bool(o.worse)),
        _rate(asked, lambda o: o.cause_named),
    )  # fmt: skip


def within_rounding(o: Outcome) -> bool:
    """Whether an unseen error moved nothing that rounding of the inputs or cutting of digits does not explain."""
    return bool(o.moved) and not o.detected and bool(o.after) and all(a.startswith("WITHIN_ROUNDING") for a in o.after)


def _rate(outcomes: list[Outcome], hit: Callable[[Outcome], bool]) -> Rate:
    return Rate(sum(map(hit, outcomes)), len(outcomes))


@dataclass(frozen=True)
class Alarms:
    """False alarms on claims that are known to come out: over all, by verdict and by the check that decided."""

    all: Rate
    by_verdict: Mapping[str, Rate]
    by_check: Mapping[str, Rate]
    claims: tuple[str, ...]


def alarms_of(clean: Iterable[CleanRun]) -> Alarms:
    """False alarms of clean runs."""
    judged, verdicts, checks = 0, Counter[str](), Counter[str]()
    seen: set[str] = set()
    names: list[str] = []
    for run in clean:
        judged += len(run.judged)
        seen |= {run.criteria[c] for c in run.judged}
        for claim in run.alarms:
            verdicts[run.verdicts[claim]] += 1
            checks[run.criteria[claim]] += 1
            names.append(f"{run.subject.review.id}/{claim}")
    return Alarms(
        Rate(len(names), judged), {v: Rate(n, judged) for v, n in sorted(verdicts.items())},
        {c: Rate(checks[c], judged) for c in sorted(seen)}, tuple(sorted(names)),
    )  # fmt: skip


def checks_to_switch_off(alarms: Alarms) -> list[str]:
    """Checks with more false alarms than are allowed."""
    return [c for c, r in alarms.by_check.items() if r.of and r.value > MOST_ALARMS]


def as_json(audited: Audited) -> dict[str, Any]:
    """Everything measured, for docs/audit-of-the-audit.json."""
    alarms = alarms_of(audited.clean)

    def rate(r: Rate) -> dict[str, Any]:
        low, high = r.interval
        return {"hits": r.hits, "of": r.of, "low": round(low, 6), "high": round(high, 6)}

    def kind(k: OfKind) -> dict[str, Any]:
        return {
            "injected": k.injected,
            "seen": rate(k.seen),
            "beyond_rounding": rate(k.beyond),
            "worse": rate(k.worse),
            "named": rate(k.named),
        }

    return {
        "false_alarms": {
            "all": rate(alarms.all), "by_verdict": {v: rate(r) for v, r in alarms.by_verdict.items()},
            "by_check": {c: rate(r) for c, r in alarms.by_check.items()}, "claims": list(alarms.claims),
        },
        "overall": kind(overall(audited.outcomes)),
        "published": kind(overall(o for o in audited.outcomes if o.published)),
        "made_up": kind(overall(o for o in audited.outcomes if not o.published)),
        "kinds": {k.kind: kind(k) for k in of_kinds(audited.outcomes)},
        "se_as_sd": spread_rates(audited.spreads),
        "missed": [_shown(o) for o in audited.outcomes if o.moved and not o.detected],
        "not_named": [_shown(o) for o in audited.outcomes if o.moved and o.rank is not None and not o.cause_named],
        "acceptable": list(ACCEPTABLE),
    }  # fmt: skip


def spread_rates(s: Spreads) -> dict[str, Any]:
    """False alarms and detection of the SE-as-SD engine by threshold."""
    return {
        f"{t:g}": {
            "false_alarms": asdict(Rate(s.clean_flagged[i], s.clean_rows)), "detected": asdict(Rate(s.broken_flagged[i], s.broken)),
        }
        for i, t in enumerate(THRESHOLDS)
    }  # fmt: skip


def _shown(o: Outcome) -> dict[str, Any]:
    return {
        "kind": o.kind,
        "where": o.group,
        "seed": o.seed,
        "what": o.words,
        "moved": len(o.moved),
        "worse": len(o.worse),
    }
