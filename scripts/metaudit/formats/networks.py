"""What an analysis with the key ``network`` needs of its rows and of review.yaml; no number is looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metaudit.errors import Problem
from metaudit.formats.alike import alike
from metaudit.formats.review import Analysis, Review
from metaudit.formats.select import select_rows
from metaudit.formats.tables import Row, nearest

_TREATMENT, _COMPARATOR = "treatment", "treatment_c"
_NAMED = 8


def network_problems(review: Review, *, yaml: str, table: str) -> Iterator[Problem]:
    """Every problem of the networks of a review.

    Parameters
    ----------
    review : the review
    yaml, table : review.yaml and extraction.csv as they are written in messages
    """
    seen: set[Problem] = set()
    for analysis in review.analyses.values():
        if "network" not in analysis.syntheses or analysis.data == "none":
            continue
        rows = select_rows(analysis, review.rows)[0]
        found = _of_rows(analysis, rows, yaml=yaml, table=table) if rows else []
        yield from (p for p in found if p not in seen)
        seen.update(found)  # two analyses of the same rows say it once


def _of_rows(analysis: Analysis, rows: Sequence[Row], *, yaml: str, table: str) -> list[Problem]:
    without = [
        Problem(
            table, r.line, _TREATMENT, "network-treatment",
            f"the row names no treatment, and analysis {analysis.id!r} is a network (study {r.text('study')!r}).",
            "Write the treatment of the arm; of a comparison also treatment_c.",
        )
        for r in rows
        if not r.text(_TREATMENT)
    ]  # fmt: skip
    if without:
        return without
    found = [*_twice(analysis, rows, table), *_named(analysis, rows, yaml)]
    spelled = list(_spelled(analysis, rows, table))
    return [*found, *spelled, *([] if spelled else _connected(analysis, rows, table))]


def _names(row: Row) -> tuple[str, ...]:
    return tuple(t for t in (row.text(_TREATMENT), row.text(_COMPARATOR)) if t)


def _first_rows(rows: Sequence[Row]) -> dict[str, int]:
    """Every treatment with the first row that names it."""
    found: dict[str, int] = {}
    for r in rows:
        for name in _names(r):
            found.setdefault(name, r.line)
    return found


def _twice(analysis: Analysis, rows: Sequence[Row], shown: str) -> Iterator[Problem]:
    """An arm, or a comparison, that stands twice among the selected rows, and a treatment against itself."""
    seen: dict[tuple[str, frozenset[str], bool], int] = {}
    for r in rows:
        names = _names(r)
        if len(names) == 2 and names[0] == names[1]:
            yield Problem(
                shown, r.line, _COMPARATOR, "network-contrast-of-one",
                f"{names[0]} is compared with itself (study {r.text('study')!r}).", "Name two treatments.",
            )  # fmt: skip
            continue
        key = (r.text("study"), frozenset(names), len(names) == 2)
        if key in seen:
            what = "an arm" if len(names) == 1 else "a comparison"
            message = (
                f"study {r.text('study')!r} has {what} {' : '.join(names)} in row {seen[key]} already, and analysis {analysis.id!r} "
                "selects both."
            )
            fix = "Merge the two rows, name the treatments apart, or select one outcome, time point and comparison."
            yield Problem(shown, r.line, _TREATMENT, "network-arm-twice", message, fix)
        seen.setdefault(key, r.line)


def _named(analysis: Analysis, rows: Sequence[Row], shown: str) -> Iterator[Problem]:
    """Treatments that review.yaml names and no row has."""
    own = analysis.syntheses["network"]
    known = list(_first_rows(rows))
    place, line = f"analyses.{analysis.id}.network", analysis.line("network")
    reference = str(own.get("reference", ""))
    if reference and reference not in known:
        message = f"no selected row has the treatment {reference!r}."
        yield Problem(
            shown, line, f"{place}.reference", "network-unknown-treatment", message, nearest(reference, known)
        )
    for name in (str(n) for pair in own.get("distinct", ()) for n in pair):
        if name not in known:
            message = f"no selected row has the treatment {name!r}."
            yield Problem(shown, line, f"{place}.distinct", "network-unknown-treatment", message, nearest(name, known))


def _spelled(analysis: Analysis, rows: Sequence[Row], shown: str) -> Iterator[Problem]:
    """Treatments that are likely to be one under two spellings."""
    first = _first_rows(rows)
    distinct = [(str(a), str(b)) for a, b in analysis.syntheses["network"].get("distinct", ())]
    for a, b in alike(first, distinct=distinct):
        yield Problem(
            shown, max(first[a], first[b]), _TREATMENT, "network-spelling",
            f"{a!r} (row {first[a]}) and {b!r} (row {first[b]}) are two treatments of the network.",
            f"Spell a treatment one way everywhere; if they are two treatments, say so in review.yaml: network: {{distinct: [[{a}, {b}]]}}.",
        )  # fmt: skip


def _connected(analysis: Analysis, rows: Sequence[Row], shown: str) -> Iterator[Problem]:
    """A network of one study, and one in parts that no study connects."""
    studies: dict[str, list[Row]] = {}
    for r in rows:
        studies.setdefault(r.text("study"), []).append(r)
    if len(studies) == 1:
        message = f"analysis {analysis.id!r} is a network, and there is one study, {next(iter(studies))!r}."
        yield Problem(
            shown, rows[0].line, "study", "network-one-study", message, "A network needs two studies or more."
        )
        return
    parts = _parts([{t for r in own for t in _names(r)} for own in studies.values()])
    if len(parts) > 1:
        first = _first_rows(rows)
        row = min(first[t] for t in parts[-1])
        named = " | ".join(", ".join(p[:_NAMED]) + (" ..." if len(p) > _NAMED else "") for p in parts)
        message = (
            f"the network of analysis {analysis.id!r} falls into {len(parts)} parts that no study connects: {named}."
        )
        fix = "Give each part an analysis of its own (select), or correct a treatment that is spelled two ways."
        yield Problem(shown, row, _TREATMENT, "network-disconnected", message, fix)


def _parts(studies: Sequence[set[str]]) -> list[list[str]]:
    """Treatments that studies connect with each other, the largest part first."""
    parts: list[set[str]] = []
    for arms in studies:
        joined = set(arms).union(*(p for p in parts if p & arms))
        parts = [*(p for p in parts if not p & arms), joined]
    return sorted((sorted(p) for p in parts), key=lambda p: (-len(p), p))
