"""Kill fifty runs at moments spread over a whole run, run each again, and compare every byte; exit 1 when one differs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from robust.killing import Outcome, Undisturbed, plans

# Apart, because two short runs are killed twice as often in the same time as a long one.
PROJECTS: dict[str, dict[str, Sequence[str]]] = {
    "reviews": {"corpus": ()},
    "a corpus": {"reviews": ()},
}


def main() -> int:
    """Plan, kill, tell; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=50, help="how many runs are killed")
    parser.add_argument("--seed", type=int, default=20260101, help="of the moments and of what is hit")
    parser.add_argument("--only", choices=PROJECTS, help="kill runs of one of the two projects alone, half as many")
    asked = parser.parse_args()
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="metaudit-kills-") as name:
        for number, (what, chosen) in enumerate(PROJECTS.items()):
            if asked.only not in (None, what):
                continue
            undisturbed = Undisturbed(Path(name) / str(number), **chosen)
            print(f"An undisturbed run of {what} takes {undisturbed.duration:.1f} s.", flush=True)
            share = asked.runs // 2 + asked.runs % 2 * (number == 0)
            for i, plan in enumerate(plans(share, seed=asked.seed + number)):
                outcomes.append(undisturbed.kill(plan, seed=asked.seed + i))
                tell(i, outcomes[-1])
    lost = [o for o in outcomes if not o.well]
    hits = ", ".join(f"{n} {what}" for what, n in sorted(Counter(hit_kind(o) for o in outcomes).items()))
    print(f"{len(outcomes)} runs killed ({hits}); after running again {len(lost)} differ from the undisturbed run.")
    return 1 if lost else 0


def hit_kind(outcome: Outcome) -> str:
    """What the signal hit, in one word for the count."""
    return "a job" if outcome.hit.endswith(".py") else outcome.hit


def tell(number: int, outcome: Outcome) -> None:
    """One line a run, and what went wrong with it."""
    print(f"{number + 1}. {outcome.plan} (hit: {outcome.hit}): {'well' if outcome.well else 'NOT WELL'}", flush=True)
    for line in (*outcome.left[:10], *outcome.wrong[:10]):
        print(f"   {line}", flush=True)
    if outcome.said:
        print(outcome.said, flush=True)


if __name__ == "__main__":
    sys.exit(main())
