"""docs/agreement.md: how well metaudit and other programs agree, written from a run over a folder of metafor's results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from harness import Explained
from tally import Tally, all_explanations, together

TARGET = Path(__file__).resolve().parents[2] / "docs" / "agreement.md"
COMMAND = "METAUDIT_REFERENCE=FOLDER make reference"
HEAD = """# Agreement with other programs

<!-- Written by `{command}` (tests/reference/report.py); do not edit. -->

Every number below was computed twice: by metaudit from the data, and by another program. **{compared} numbers compared, {explained} of them
differ for a known reason, {wrong} differ without one.**

{sources}

Samples of all of it are compared by `make test` and by `make reference`.

The error of a number is its difference over its scale: the number itself, unless a difference of large numbers is asked for
(an estimate and its limits: over the standard error; I² and R²: over 100; limits of a prediction interval: over its
width). The table gives, for each quantity, the number that comes nearest to its tolerance. P values carry the error of
their statistic z into the tail, where d log P = −z dz: their tolerance grows with 1 + z². Why each tolerance is what it is
stands in `tests/tolerances.py` and at the head of the area's module in `tests/reference/areas` (`network_agreement.py`,
`sequential_terms.py` beside it). Explained differences are
apart: neither the error nor the tolerance shown is theirs.

| area | quantity | numbers compared | worst error | tolerance | explained differences |
| --- | --- | ---: | ---: | ---: | ---: |
"""
EXPLAINED = """
## Explained differences

Each is counted only under a condition that the comparison checks (the code is in `tests/reference`). "In this corpus" are the numbers
counted above.

"""


@dataclass(frozen=True)
class Source:
    """One part of the corpus: what it holds, in words that take ``{units}`` and ``{cases}``, and its comparisons."""

    words: str
    found: Tally

    def __str__(self) -> str:
        """One item of the list, with how many numbers were compared."""
        words = self.words.format(units=self.found.units, cases=self.found.cases)
        return f"- {words}: {self.found.compared:,} numbers"


def page(sources: Sequence[Source], areas: dict[str, ModuleType]) -> str:
    """The document."""
    found = together(s.found for s in sources)
    explained = found.explained()
    head = HEAD.format(
        command=COMMAND, sources="\n".join(map(str, sources)),
        compared=f"{found.compared:,}", explained=f"{sum(explained.values()):,}", wrong=len(found.wrong),
    )  # fmt: skip
    entries = []
    for area, key, e in all_explanations(areas):
        where = {
            name: q.explained[key] for (a, name), q in found.quantities.items() if a == area and key in q.explained
        }
        worst = max((error for _, error in where.values()), default=0.0)
        count = (
            f"{explained[area, key]:,} numbers ({', '.join(where)}); largest error {worst:.2g}"
            if where
            else "none here"
        )
        entries.append("\n".join([title(area, key), "", *told(e), f"- in this corpus: {count}", ""]))
    return head + "\n".join(rows(found)) + "\n" + EXPLAINED + "\n".join(entries or ["None.\n"])


def _short(x: float) -> str:
    return f"{x:.1e}" if x else "0"


def title(area: str, key: str) -> str:
    """Heading of an explained difference."""
    return f"### {area}: {key}"


def told(e: Explained) -> list[str]:
    """What the code says of it."""
    return [e.why, "", f"- right: {e.who_is_right}", f"- size: {e.size}"]


def rows(found: Tally) -> list[str]:
    """The rows of the table, by area and then in the order compared."""
    return [
        f"| {area} | {name} | {q.count:,} | {_short(q.error)} | {_short(q.tolerance)} | "
        f"{sum(count for count, _ in q.explained.values()) or ''} |"
        for (area, name), q in found.quantities.items()
    ]


def stale(text: str, areas: dict[str, ModuleType], quantities: set[tuple[str, str]] | None = None) -> list[str]:
    """What the document does not say (any more): an explained difference as the code words it, or a quantity found."""
    lines = text.splitlines()
    problems = [f"no row about {area}: {name}" for area, name in sorted((quantities or set()) - set(named(text)))]
    known = {title(area, key): e for area, key, e in all_explanations(areas)}
    for heading, e in known.items():
        place = lines.index(heading) if heading in lines else len(lines)
        if lines[place + 2 : place + 2 + len(told(e))] != told(e):
            problems.append(f"{heading.strip('# ')!r} is not explained as in the code")
    problems += [
        f"{line.strip('# ')!r} explains nothing any more" for line in lines if line[:4] == "### " and line not in known
    ]
    return problems


def named(text: str) -> dict[tuple[str, str], int]:
    """The quantities of the document's table, with how many numbers of each were compared."""
    return {
        (cells[0], cells[1]): int(cells[2].replace(",", ""))
        for line in text.splitlines()
        if line.startswith("| ") and len(cells := [c.strip() for c in line.strip("|").split("|")]) == 6
        if cells[2].replace(",", "").isdigit()
    }
