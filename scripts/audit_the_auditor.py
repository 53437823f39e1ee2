"""Measure what the audit sees: errors put into clean reviews, and false alarms on reviews as they are."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from metaudit.inject.page import page
from metaudit.inject.run import Plan, run
from metaudit.inject.tally import as_json

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def main(plan: Plan, *, processes: int, out: Path = DOCS) -> None:
    """Run a plan and write the page and its figures."""
    audited = run(
        plan,
        root=ROOT / "data" / "reviews",
        key=ROOT / "tests" / "data" / "expected" / "classics.csv",
        processes=processes,
    )
    out.mkdir(parents=True, exist_ok=True)
    (out / "audit-of-the-audit.md").write_text(page(audited, plan), encoding="utf-8")
    text = json.dumps(as_json(audited), indent=1, ensure_ascii=False)
    (out / "audit-of-the-audit.json").write_text(text + "\n", encoding="utf-8")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Plan()
    parser.add_argument(
        "--clean", type=int, default=default.clean, help="made-up reviews of each design, audited clean"
    )
    parser.add_argument("--broken", type=int, default=default.broken, help="how many of them get errors")
    parser.add_argument("--seeds", type=int, default=default.seeds, help="errors of each kind for each of those")
    parser.add_argument("--published", type=int, default=default.published, help="the same for each published analysis")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--out", type=Path, default=DOCS)
    return parser.parse_args()


if __name__ == "__main__":
    o = options()
    main(Plan(o.clean, o.broken, o.seeds, o.published), processes=o.processes, out=o.out)
