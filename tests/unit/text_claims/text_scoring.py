"""How well candidates agree with a list made by hand: recall and precision per quantity."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from metaudit.printed import parse_printed
from metaudit.text_claims import Candidate, candidates_of, lines_of

DATA = Path(__file__).resolve().parents[2] / "data" / "text_claims"


def cases(name: str) -> list[dict[str, Any]]:
    return YAML(typ="safe").load((DATA / name).read_text(encoding="utf-8"))


def key(claim: str) -> tuple[str, float, int, str, bool]:
    """``ci_low -2.35`` as something that can be compared: the digits count, the way of writing them does not."""
    quantity, printed = claim.split(" ", 1)
    p = parse_printed(printed)
    return quantity, p.value, p.decimals, p.relation, p.percent


@dataclass
class Score:
    hit: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    extra: Counter[str] = field(default_factory=Counter)
    measures: list[bool] = field(default_factory=list)
    together: list[bool] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def recall(self, quantity: str = "") -> float:
        hit, missed = self._of(self.hit, quantity), self._of(self.missed, quantity)
        return hit / (hit + missed) if hit + missed else 1.0

    def precision(self, quantity: str = "") -> float:
        hit, extra = self._of(self.hit, quantity), self._of(self.extra, quantity)
        return hit / (hit + extra) if hit + extra else 1.0

    @staticmethod
    def _of(counts: Counter[str], quantity: str) -> int:
        return counts[quantity] if quantity else counts.total()


@cache
def score(name: str) -> Score:
    """Set every text of a file against its list.

    A number with the wrong quantity is missed once and extra once. ``ignore`` holds numbers about which one may differ.
    """
    total = Score()
    for case in cases(name):
        _one(case, total)
    return total


def _one(case: dict[str, Any], total: Score) -> None:
    found = candidates_of(lines_of(case["text"]))
    left = list(found.candidates)
    lists = [(bundle, bundle["claims"]) for bundle in case.get("bundles", [])] + [(None, case.get("general", []))]
    for bundle, claims in lists:
        mine = {}
        for claim in claims:
            match = _take(left, [str(claim)])
            quantity = str(claim).split(" ", 1)[0]
            (total.hit if match else total.missed)[quantity] += 1
            if match:
                mine[quantity] = match
            else:
                total.said.append(f"{case['id']}: missed {claim}")
        if bundle and "estimate" in mine:
            home = mine["estimate"].bundle
            total.measures.append(not bundle["measure"] or found.bundles[home - 1].measure == bundle["measure"])
            total.together += [mine[q].bundle == home for q in ("ci_low", "ci_high", "p", "i2") if q in mine]
    if case.get("either"):
        match = _take(left, case["either"])
        (total.hit if match else total.missed)[(match.quantity if match else "p")] += 1
    ignored = {key(f"x {number}")[1:] for number in case.get("ignore", [])}
    for candidate in left:
        if key(f"x {candidate.printed}")[1:] not in ignored:
            total.extra[candidate.quantity] += 1
            total.said.append(f"{case['id']}: extra {candidate.quantity} {candidate.printed}")


def _take(left: list[Candidate], claims: list[str]) -> Candidate | None:
    wanted = {key(c) for c in claims}
    for candidate in left:
        if key(f"{candidate.quantity} {candidate.printed}") in wanted:
            left.remove(candidate)
            return candidate
    return None
