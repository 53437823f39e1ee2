"""Score what an audit of a made-up corpus found against its answer key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

STANDING = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "NOT_CHECKABLE")
Place = tuple[str, str]


@dataclass
class Kind:
    """One kind of error: analyses that have it, those of which it moves a printed number, and those where one was seen.

    ``in_place`` counts, of the seen, where one of the very numbers that the key names has a verdict worse than UNDERSPECIFIED.
    """

    made: int = 0
    moved: int = 0
    seen: int = 0
    in_place: int = 0


@dataclass
class Identified:
    """Analyses without an error whose method is not wholly stated: where one was found that gives every number, and is the true one.

    ``unique`` and ``unique_right``: of these, where the open choices have several results and only one of them gives the numbers.
    """

    analyses: int = 0
    whole: int = 0
    right: int = 0
    unique: int = 0
    unique_right: int = 0


@dataclass
class Score:
    """What an audit found, against the key.

    Attributes
    ----------
    clean, alarms : printed numbers of analyses without an error, and those with a verdict worse than UNDERSPECIFIED, by verdict
    where : the alarms by program, measure and model
    kinds : by kind of error
    identified : by how much of the method is stated
    spreads : analyses with standard deviations: whether one is a standard error, and whether the screen of rows says so
    """

    clean: int = 0
    alarms: Counter[str] = field(default_factory=Counter)
    where: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    kinds: dict[str, Kind] = field(default_factory=dict)
    identified: dict[str, Identified] = field(default_factory=dict)
    spreads: Counter[tuple[bool, bool]] = field(default_factory=Counter)


SPREAD_ERRORS = ("sd-is-se", "sd-is-se-all")


def score(key: Path, results: Path) -> Score:
    """Compare every shard of a run with the key.

    Parameters
    ----------
    key : ``key.parquet`` of ``make_corpus.py``
    results : folder with ``audit`` and ``analyses``
    """
    answers = {(r["review"], r["analysis"]): r for r in _rows(key)}
    found, flagged = Score(), set[tuple[str, str, str]]()
    for path in sorted((results / "audit").glob("*.parquet")):
        for row in _rows(path, ["review", "analysis", "claim", "verdict"]):
            answer = answers[row["review"], row["analysis"]]
            bad = row["verdict"] not in STANDING
            if answer["kind"]:
                flagged |= {(row["review"], row["analysis"], row["claim"])} if bad else set()
                continue
            found.clean += 1
            if bad:
                found.alarms[row["verdict"]] += 1
                found.where[answer["program"], answer["measure"], answer["model"]] += 1
    _count_kinds(found, answers, flagged)
    for path in sorted((results / "analyses").glob("*.parquet")):
        for row in _rows(path):
            answer = answers[row["review"], row["analysis"]]
            _count_method(found, row, answer)
            if row["spreads"]:
                found.spreads[answer["kind"] in SPREAD_ERRORS, bool(row["se_as_sd"] or row["sd_as_se"])] += 1
    return found


def _rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(path).iter_batches(columns=columns):
        yield from batch.to_pylist()


def _count_kinds(found: Score, answers: Mapping[Place, Mapping[str, str]], flagged: set[tuple[str, str, str]]) -> None:
    seen: dict[Place, set[str]] = {}
    for review, analysis, claim in flagged:
        seen.setdefault((review, analysis), set()).add(claim)
    for place, answer in answers.items():
        if not answer["kind"]:
            continue
        kind = found.kinds.setdefault(answer["kind"], Kind())
        kind.made += 1
        if answer["moved"]:
            kind.moved += 1
            kind.seen += place in seen
            kind.in_place += bool(seen.get(place, set()) & set(answer["moved"].split("; ")))


def _count_method(found: Score, row: Mapping[str, Any], answer: Mapping[str, str]) -> None:
    from metaudit.specs import parse_spec

    said = row["stated_method"]
    if answer["kind"] or "tau2=" in said or (said and "model=random" not in said):
        return
    kind = found.identified.setdefault("model" if said else "program" if row["software"] else "nothing", Identified())
    kind.analyses += 1
    if not 0 < row["explainable"] == row["explained"]:
        return
    spec = parse_spec(row["method"])
    right = (spec.model, spec.tau2, spec.ci) == (answer["model"], answer["tau2"], answer["ci"])
    if answer["homogeneous"] == "yes" and spec.ci == answer["ci"] == "wald":
        right |= {spec.model, answer["model"]} <= {"common", "random"}  # one result: nothing printed tells them apart
    unique = row["open_results"] > 1 and row["open_matching"] == 1  # of one possible result nothing can be told
    kind.whole += 1
    kind.right += right
    kind.unique += unique
    kind.unique_right += right and unique


def as_markdown(found: Score) -> str:
    """The score as tables."""
    alarms = found.alarms.total()
    lines = [
        f"{alarms:,} of {found.clean:,} printed numbers without an error have a verdict worse than UNDERSPECIFIED "
        f"({_percent(alarms, found.clean)}): {', '.join(f'{n} {v}' for v, n in sorted(found.alarms.items())) or 'none'}.",
        "",
        "| program, measure, model | such numbers |\n| --- | --- |",
        *(
            f"| {', '.join(place)} | {n} |"
            for place, n in sorted(found.where.items(), key=lambda i: (-i[1], i[0]))[:10]
        ),
        "",
        "| error | made | moves a printed number | seen | at the very number |\n| --- | --- | --- | --- | --- |",
    ]
    total = Kind()
    for name, kind in sorted(found.kinds.items()):
        lines.append(_kind_line(name, kind))
        for part in ("made", "moved", "seen", "in_place"):
            setattr(total, part, getattr(total, part) + getattr(kind, part))
    spread = {wrong: sum(found.spreads[wrong, said] for said in (False, True)) for wrong in (False, True)}
    lines += [
        _kind_line("all", total),
        "",
        f"The screen of spreads speaks up in {found.spreads[True, True]} of {spread[True]} analyses where an SD is an SE, and in "
        f"{found.spreads[False, True]} of {spread[False]:,} where none is.",
        "",
        "| stated | analyses | one method gives every number | the true one | no other open result does | the true one |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {name} | {i.analyses:,} | {i.whole:,} | {i.right:,} ({_percent(i.right, i.whole)}) | {i.unique:,} | "
        f"{i.unique_right:,} ({_percent(i.unique_right, i.unique)}) |"
        for name, i in sorted(found.identified.items())
    ]
    return "\n".join(lines)


def _kind_line(name: str, kind: Kind) -> str:
    return (
        f"| {name} | {kind.made} | {kind.moved} | {kind.seen} ({_percent(kind.seen, kind.moved)}) | {kind.in_place} |"
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"
