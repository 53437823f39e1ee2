"""Compare the sequential room with RTSA, metafor and an independent recursion, and print how well they agree.

    PYTHONPATH=scripts:tests:tests/reference python tests/reference/sequential_agreement.py

compares what is vendored in tests/data/sequential (README there); with METAUDIT_SEQUENTIAL naming a folder as
sequential_vendor.py reads it, that folder. Exit code 1 when a difference is not explained. ``--floors`` writes
sequential_floors.json afresh, ``--section`` prints the part of a document about it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sequential_vendor
from harness import Compared
from sequential_analyses import of_analysis, of_metafor
from sequential_designs import of_design, of_size
from sequential_terms import EXPLAINED
from tally import Tally


def compared(name: str, content: dict[str, Any]) -> Iterator[Compared]:
    """Every comparison of one file."""
    if name == "boundaries":
        for entry in content["designs"]:
            yield from of_design(entry)
    elif name == "ris":
        for entry in content["cases"]:
            yield from of_size(entry)
    else:
        for kind in content["metafor"]:
            yield from of_metafor(content, kind)
        for entry in content["analyses"]:
            yield from of_analysis(content, {**entry, "measure": content["outcome"]})


def tally_of(name: str, content: dict[str, Any]) -> Tally:
    """The comparisons of one file, counted by quantity."""
    out = Tally(cases=1, units=1)
    unit, _, measure = name.partition(".")
    case = SimpleNamespace(unit=unit, measure=measure)
    out.add("sequential", case, compared(name, content), known=EXPLAINED)  # type: ignore[arg-type]
    return out


@cache
def vendored_tally(name: str) -> Tally:
    """The comparisons of one vendored file."""
    return tally_of(name, dict(sequential_vendor.vendored())[name])


@cache
def whole_tally(folder: str = "") -> Tally:
    """Everything that is vendored, or in a folder."""
    out = Tally()
    if folder:
        for name, content in sequential_vendor.contents(Path(folder)):
            out.merge(tally_of(name, content))
    else:
        for name, _ in sequential_vendor.vendored():
            out.merge(vendored_tally(name))
    return out


def section(found: Tally) -> str:
    """What a document says of it: a table like that of docs/agreement.md, and the explained differences."""
    from agreement import rows, title, told

    explained = found.explained()
    head = [
        "## Trial sequential analysis", "",
        f"{found.compared:,} numbers from RTSA 0.2.2, metafor 3.8-1 and an independent recursion compared; {sum(explained.values()):,} of them "
        f"differ for a known reason, {len(found.wrong)} differ without one.", "",
        "| area | quantity | numbers compared | worst error | tolerance | explained differences |",
        "| --- | --- | ---: | ---: | ---: | ---: |",
    ]  # fmt: skip
    entries = []
    for key, e in sorted(EXPLAINED.items()):
        count = explained.get(("sequential", key), 0)
        entries += ["", title("sequential", key), "", *told(e), f"- here: {count:,} numbers"]
    return "\n".join([*head, *rows(found), *entries, ""])


def main() -> int:
    """Print the table and what is wrong."""
    from report import shown

    found = whole_tally(os.environ.get("METAUDIT_SEQUENTIAL", ""))
    if "--floors" in sys.argv:
        counts = {quantity: q.count for (_, quantity), q in found.quantities.items()}
        target = Path(__file__).with_name("sequential_floors.json")
        target.write_text(json.dumps(counts, indent=0) + "\n", encoding="utf-8")
    print(section(found) if "--section" in sys.argv else shown(found))
    for difference in found.wrong[:50]:
        print(difference, file=sys.stderr)
    print(f"{len(found.wrong)} unexplained differences", file=sys.stderr)
    return bool(found.wrong)


if __name__ == "__main__":
    sys.exit(main())
