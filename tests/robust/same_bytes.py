"""Run all reviews several ways that must not matter, and compare every byte; exit 1 when one differs."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from metaudit.config import available_reviews
from robust.copies import ROOT
from robust.variants import compared


def main() -> int:
    """Run, compare, tell; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reviews", nargs="*", help="some reviews only")
    asked = parser.parse_args()
    reviews = asked.reviews or available_reviews(ROOT / "data" / "reviews")
    with tempfile.TemporaryDirectory(prefix="metaudit-bytes-") as scratch:
        found = compared(reviews, Path(scratch))
    for variant, lines in found.items():
        print(f"{variant}: {len(lines)} files differ" if lines else f"{variant}: the same")
        for line in lines:
            print(f"   {line}")
    return 1 if any(found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
