"""Compare metaudit with other programs, print how well they agree, and keep docs/agreement.md.

    PYTHONPATH=tests python tests/reference/report.py

compares what is vendored in tests/data/reference (metafor), tests/data/network and tests/data/sequential, and checks that
docs/agreement.md speaks of every quantity and of every explained difference. METAUDIT_REFERENCE, METAUDIT_NETWORK_REFERENCE
and METAUDIT_SEQUENTIAL each name a folder to be compared instead. With the first, and when every quantity is there and no
difference unexplained, docs/agreement.md is written afresh. Exit code 1 when a difference is not explained.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import agreement
import areas
import network_agreement
import sequential_agreement
from floors import EVERYTHING
from harness import cases_of_file, cases_of_unit, units_in
from network_cases import cases_of_folder, vendored
from sequential_vendor import contents
from sequential_vendor import vendored as vendored_sequential
from tally import Tally, tally, together

VENDORED = Path(__file__).resolve().parents[1] / "data" / "reference"
SHOWN = 50
PROCESSES = 2
Job = Callable[[], Tally]


def of_unit(folder: Path, unit: str) -> Tally:
    """All comparisons of one data set of a folder."""
    return tally(cases_of_unit(folder, unit), areas.load())


def of_file(path: Path) -> Tally:
    """All comparisons of one vendored data set."""
    return tally(cases_of_file(path), areas.load())


def whole(parts: Sequence[Sequence[Job]]) -> list[Tally]:
    """The comparisons of each part, its jobs in their order whichever ends first."""
    total, done = sum(map(len, parts)), 0
    with ProcessPoolExecutor(PROCESSES) as pool:
        # the last parts are few and long
        begun = {i: [pool.submit(job) for job in parts[i]] for i in reversed(range(len(parts)))}
        out = []
        for i in range(len(parts)):
            found = []
            for waiting in begun[i]:
                found.append(waiting.result())
                done += 1
                if sys.stderr.isatty():
                    print(f"\r{done} of {total} jobs", end="", file=sys.stderr, flush=True)
            out.append(together(found))
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
    external = os.environ.get("METAUDIT_REFERENCE", "")
    units = units_in(Path(external)) if external else []
    if external and not any(next(cases_of_unit(Path(external), unit), None) for unit in units[:1]):
        print(f"METAUDIT_REFERENCE: no metafor results in {external}", file=sys.stderr)
        return 1
    if external:
        metafor: list[Job] = [partial(of_unit, Path(external), unit) for unit in units]
    else:
        metafor = [partial(of_file, path) for path in sorted(VENDORED.glob("*.json"))]
    networks = os.environ.get("METAUDIT_NETWORK_REFERENCE", "")
    sequential = os.environ.get("METAUDIT_SEQUENTIAL", "")
    parts = whole(
        [
            metafor,
            [partial(network_agreement.whole_tally, networks)],
            [partial(sequential_agreement.whole_tally, sequential)],
        ]
    )
    found = together(parts)
    print(shown(found))
    for difference in found.wrong[:SHOWN]:
        print(difference)
    print(f"{len(found.wrong)} unexplained differences" + (f", {SHOWN} shown" if len(found.wrong) > SHOWN else ""))
    if external:
        return write(parts, words(Path(external), units[0], networks, sequential))
    problems = agreement.stale(agreement.TARGET.read_text(encoding="utf-8"), areas.everything(), set(found.quantities))
    for problem in problems:
        print(f"docs/{agreement.TARGET.name}: {problem}; write it again with {agreement.COMMAND}")
    return bool(found.wrong or problems)


def write(parts: Sequence[Tally], said: Sequence[str]) -> int:
    """Write the document, unless something differs or is not there; 1 when something differs."""
    found = together(parts)
    missing = set(EVERYTHING) - set(found.quantities)
    if found.wrong or missing:
        why = "something differs" if found.wrong else f"nothing was compared of {len(missing)} quantities"
        print(f"docs/{agreement.TARGET.name} left as it is: {why}")
    else:
        sources = [agreement.Source(text, part) for text, part in zip(said, parts, strict=True)]
        agreement.TARGET.write_text(agreement.page(sources, areas.everything()), encoding="utf-8")
        print(f"docs/{agreement.TARGET.name} written")
    return bool(found.wrong)


def words(folder: Path, unit: str, networks: str, sequential: str) -> list[str]:
    """What each part of the corpus is, with the versions that its results name."""
    metafor = next(cases_of_unit(folder, unit)).reference["meta"]["metafor"]
    network = next(cases_of_folder(Path(networks)) if networks else vendored()).reference["meta"]["software"]
    content = next(c for _, c in (contents(Path(sequential)) if sequential else vendored_sequential()))
    tsa = content["software"]
    return [
        f"metafor {metafor} in R; {{units}} analysis tables taken from published data sets, analysed on {{cases}} effect measures "
        "(`tests/data/reference` has the sample)",
        f"networks: netmeta {network['netmeta']}, metafor {network['metafor']} and matrix code on the same contrasts; {{units}} "
        "published networks, {cases} measures of them (`tests/data/network`)",
        f"trial sequential analysis: RTSA {tsa['RTSA']}, metafor {tsa['metafor']} and a recursion written apart from this library; "
        "designs, sizes and trials of five reviews, {cases} files (`tests/data/sequential`)",
    ]


if __name__ == "__main__":
    sys.exit(main())
