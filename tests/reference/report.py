"""Compare metaudit with metafor, print how well they agree, and keep docs/agreement.md.

    PYTHONPATH=tests python tests/reference/report.py

compares the data sets vendored in tests/data/reference and checks that docs/agreement.md speaks of every quantity and of
every explained difference. With METAUDIT_REFERENCE naming a folder of metafor's results it compares that folder instead
and, when it has every quantity and no unexplained difference, writes docs/agreement.md afresh. Exit code 1 when a
difference is not explained.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import agreement
import areas
from floors import FLOORS
from harness import cases_of_file, cases_of_unit, units_in
from tally import Tally, tally

VENDORED = Path(__file__).resolve().parents[1] / "data" / "reference"
SHOWN = 50
PROCESSES = 2


def of_unit(folder: Path, unit: str) -> Tally:
    """All comparisons of one data set of a folder."""
    return tally(cases_of_unit(folder, unit), areas.load())


def of_file(path: Path) -> Tally:
    """All comparisons of one vendored data set."""
    return tally(cases_of_file(path), areas.load())


def whole(work: Callable[[Any], Tally], items: Sequence[Any]) -> Tally:
    """All comparisons of all data sets, in their order whichever ends first."""
    out = Tally()
    with ProcessPoolExecutor(PROCESSES) as pool:
        for done, part in enumerate(pool.map(work, items), start=1):
            out.merge(part)
            if sys.stderr.isatty():
                print(f"\r{done} of {len(items)} data sets", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    return out


def shown(found: Tally) -> str:
    """The table for the terminal, with the time each area took."""
    names = [f"{area}: {name}" for area, name in found.quantities]
    width = max(map(len, names))
    lines = [f"{'quantity':{width}}  compared  worst error  tolerance  explained"]
    for name, q in zip(names, found.quantities.values(), strict=True):
        explained = ", ".join(f"{count} {key}" for key, (count, _) in sorted(q.explained.items()))
        lines.append(f"{name:{width}}  {q.count:8d}  {q.error:11.1e}  {q.tolerance:9.1e}  {explained}".rstrip())
    slow = sorted(found.seconds.items(), key=lambda item: -item[1])
    lines += ["", "seconds: " + ", ".join(f"{area} {seconds:.1f}" for area, seconds in slow)]
    lines += [f"{found.units} data sets, {found.cases} measures of them, {found.compared} numbers compared"]
    return "\n".join(lines)


def main() -> int:
    """Compare, print and write or check the document; 1 when something differs."""
    external, loaded = os.environ.get("METAUDIT_REFERENCE", ""), areas.load()
    if external:
        folder = Path(external)
        units = units_in(folder)
        if not units:
            print(f"METAUDIT_REFERENCE: no metafor results in {external}", file=sys.stderr)
            return 1
        found = whole(partial(of_unit, folder), units)
    else:
        found = whole(of_file, sorted(VENDORED.glob("*.json")))
    print(shown(found))
    for difference in found.wrong[:SHOWN]:
        print(difference)
    print(f"{len(found.wrong)} unexplained differences" + (f", {SHOWN} shown" if len(found.wrong) > SHOWN else ""))
    if external:
        missing = set(FLOORS) - set(found.quantities)
        if found.wrong or missing:
            why = "something differs" if found.wrong else f"the folder has nothing about {len(missing)} quantities"
            print(f"docs/{agreement.TARGET.name} left as it is: {why}")
        else:
            text = agreement.page(found, loaded, version=version_of(folder, units[0]))
            agreement.TARGET.write_text(text, encoding="utf-8")
            print(f"docs/{agreement.TARGET.name} written")
        return bool(found.wrong)
    problems = agreement.stale(agreement.TARGET.read_text(encoding="utf-8"), loaded, set(found.quantities))
    for problem in problems:
        print(f"docs/{agreement.TARGET.name}: {problem}; write it again with {agreement.COMMAND}")
    return bool(found.wrong or problems)


def version_of(folder: Path, unit: str) -> str:
    """metafor's version, as its results say."""
    return str(next(cases_of_unit(folder, unit)).reference["meta"]["metafor"])


if __name__ == "__main__":
    sys.exit(main())
