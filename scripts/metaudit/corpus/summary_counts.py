"""What is counted over the shards of a corpus, one shard after another."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from metaudit.audit_words.verdicts import REPRODUCED, impact_rank, severity
from metaudit.corpus.schema import VERDICT_COLUMNS
from metaudit.errors import DataError
from metaudit.formats.review import shown_path

MOST_SPREADS, MOST_FIRST = 100, 50
NOT_STATED, NOT_KNOWN = "not stated", "another program"
Row = Mapping[str, Any]
Key = Callable[[Row], tuple[Any, ...]]
_STANDING = {*REPRODUCED, "NOT_CHECKABLE"}
_SPREADS = ("spreads", "se_as_sd", "sd_as_se", "implausible", "impossible_percentages")


@dataclass
class Group:
    """Analyses that have something in common.

    Attributes
    ----------
    analyses : how many
    judged : of these, how many have a printed number that could be checked
    rederived : of the judged, how many have no printed number that is worse than UNDERSPECIFIED
    claims : printed numbers by verdict
    """

    analyses: int = 0
    judged: int = 0
    rederived: int = 0
    claims: Counter[str] = field(default_factory=Counter)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count an analysis."""
        counts = {v: row[c] for v, c in VERDICT_COLUMNS.items() if row[c]}
        judged = any(v != "NOT_CHECKABLE" for v in counts)
        self.analyses += 1
        self.judged += judged
        self.rederived += judged and _STANDING.issuperset(counts)
        self.claims.update(counts)


@dataclass
class Identified:
    """What the printed numbers say about the method, over analyses that state equally much of it.

    Attributes
    ----------
    analyses : with a printed number that some method was tried on
    whole : of these, where one method gives every printed number it speaks of
    several : of these, where the choices left open lead to more than one result, so that there is something to tell apart
    unique : of those, where only one of the results gives every number; methods of one result count once
    searched : where every method of the search space was tried as well
    unique_of_all : of the whole ones that were searched, where of several results of the space only one gives every number
    departing : where the method that explains most goes against what is stated
    methods : the method of the whole ones, in short words
    unique_methods : the same of the unique ones
    """

    analyses: int = 0
    whole: int = 0
    several: int = 0
    unique: int = 0
    searched: int = 0
    unique_of_all: int = 0
    departing: int = 0
    methods: Counter[str] = field(default_factory=Counter)
    unique_methods: Counter[str] = field(default_factory=Counter)

    def add(self, row: Mapping[str, Any]) -> None:
        """Count an analysis whose printed numbers some method was tried on."""
        whole = 0 < row["explainable"] == row["explained"]
        self.analyses += 1
        self.searched += row["searched"]
        self.departing += bool(row["departures"])
        if not whole:
            return
        # Of one study, say, all methods give the same: that it comes out tells nothing about which of them was used.
        several = row["open_results"] > 1
        words, unique = short_method(row["method"]), several and row["open_matching"] == 1
        self.whole += 1
        self.several += several
        self.unique += unique
        self.unique_of_all += bool(row["searched"]) and row["results"] > 1 and row["matching"] == 1
        self.methods[words] += 1
        self.unique_methods[words] += unique


@dataclass
class Broken:
    """One rule that reviews break: how many of them, how many problems (those of rows that name no review too), and the first one."""

    reviews: int = 0
    problems: int = 0
    example: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Counted:
    """A corpus as it was counted.

    Attributes
    ----------
    reviews, broken_reviews : audited, and not audited because of their data
    claims : printed numbers by verdict, those about no analysis among them
    gravest : analyses by their gravest verdict
    whole : all analyses as one group
    years, measures, programs : groups by year of publication, measure and program; NOT_STATED where nothing is said
    wordings : program -> the ways in which it is named
    stated : what is stated of the method -> what was identified
    departures : in what identified methods go against the stated ones -> analyses
    screens : measure -> what the screens of rows found, and in how many analyses
    spreads : at most MOST_SPREADS analyses whose spreads are read better another way, the clearest first
    first : at most MOST_FIRST printed numbers to look at first, the gravest first
    problems : rule -> who breaks it
    """

    reviews: int = 0
    broken_reviews: int = 0
    claims: Counter[str] = field(default_factory=Counter)
    gravest: Counter[str] = field(default_factory=Counter)
    whole: Group = field(default_factory=Group)
    years: dict[int | None, Group] = field(default_factory=dict)
    measures: dict[str, Group] = field(default_factory=dict)
    programs: dict[str, Group] = field(default_factory=dict)
    wordings: dict[str, set[str]] = field(default_factory=dict)
    stated: dict[str, Identified] = field(default_factory=dict)
    departures: Counter[str] = field(default_factory=Counter)
    screens: dict[str, Counter[str]] = field(default_factory=dict)
    spreads: list[Mapping[str, Any]] = field(default_factory=list)
    first: list[Mapping[str, Any]] = field(default_factory=list)
    problems: dict[str, Broken] = field(default_factory=dict)


STATED = ("model and estimator", "model", "software only", "nothing")
"""How much is stated of a method, from the most to the least."""


def count_shards(results_dir: Path, shards: Iterable[str]) -> Counted:
    """Count the shards of a run, in the order of their names."""
    counted = Counted()
    for path in (results_dir / "analyses" / f"{shard}.parquet" for shard in sorted(shards)):
        reviews: set[str] = set()
        for row in _rows(path):
            reviews.add(row["review"])
            _count_analysis(counted, row)
        _count_claims(counted, results_dir / "audit" / path.name, reviews)
        _count_problems(counted, results_dir / "problems" / path.name)
        counted.reviews += len(reviews)
    counted.spreads = heapq.nsmallest(MOST_SPREADS, counted.spreads, key=_by_ratio)
    counted.first = heapq.nsmallest(MOST_FIRST, counted.first, key=_by_gravity)
    return counted


def _rows(path: Path, columns: list[str] | None = None) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            for batch in file.iter_batches(batch_size=5_000, columns=columns, use_threads=False):
                yield from batch.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise DataError(
            f"{shown_path(path)} is not what the audit of {path.stem} wrote ({str(error).splitlines()[0].rstrip('.')}). "
            "Delete it, and run again: the audit of that shard writes it anew."
        ) from None


# Analyses -----------------------------------------------------------------------------------------------------------


def _count_analysis(counted: Counted, row: Mapping[str, Any]) -> None:
    counted.gravest[row["worst"]] += 1
    counted.whole.add(row)
    counted.years.setdefault(row["year"], Group()).add(row)
    counted.measures.setdefault(row["measure"] or NOT_STATED, Group()).add(row)
    program = program_of(row["software"])
    counted.programs.setdefault(program, Group()).add(row)
    counted.wordings.setdefault(program, set()).update({row["software"]} - {""})
    if row["method"] and row["explainable"]:
        counted.stated.setdefault(how_stated(row), Identified()).add(row)
        counted.departures.update(d for d in row["departures"].split("; ") if d)
    screen = counted.screens.setdefault(row["measure"] or NOT_STATED, Counter())
    screen.update({name: row[name] for name in _SPREADS} | {"analyses": 1})
    screen.update({f"{name}_analyses": row[name] > 0 for name in _SPREADS})
    if row["se_as_sd"] or row["sd_as_se"]:
        _keep(counted.spreads, row, most=MOST_SPREADS, key=_by_ratio)


def how_stated(row: Mapping[str, Any]) -> str:
    """How much of the method an analysis states, one of ``STATED``."""
    said = dict(part.split("=", 1) for part in row["stated_method"].split("; ") if "=" in part)
    if said.get("model", "random") != "random" or {"model", "tau2"} <= said.keys():
        return STATED[0]
    if said:
        return STATED[1]
    return STATED[2] if row["software"] else STATED[3]


@cache
def program_of(software: str) -> str:
    """The program that a review's words about its software name; several are joined by ``and``."""
    if not software:
        return NOT_STATED
    from metaudit.presets.resolve import resolve

    return " and ".join(dict.fromkeys(p.program for p in resolve(software))) or NOT_KNOWN


@cache
def short_method(spec: str) -> str:
    """Model, estimator and interval of a specification: ``random DL, wald``."""
    from metaudit.specs import parse_spec

    s = parse_spec(spec)
    return f"{s.model} {s.tau2}".strip() + f", {s.ci}"


# Printed numbers and problems ---------------------------------------------------------------------------------------


def _count_claims(counted: Counted, path: Path, reviews: set[str]) -> None:
    asked = [
        "review",
        "claim",
        "analysis",
        "quantity",
        "printed",
        "value",
        "verdict",
        "criterion",
        "impact",
        "certainty",
        "message",
    ]
    for row in _rows(path, asked):
        reviews.add(row["review"])
        counted.claims[row["verdict"]] += 1
        if row["verdict"] not in _STANDING:
            _keep(counted.first, row, most=MOST_FIRST, key=_by_gravity)


def _count_problems(counted: Counted, path: Path) -> None:
    seen: dict[str, set[str]] = {}
    for row in _rows(path):
        rule = counted.problems.setdefault(row["rule"], Broken())
        rule.problems += 1
        if not rule.example or (row["row"] and not rule.example["row"]):  # one that names a row can be looked up
            rule.example = row
        seen.setdefault(row["rule"], set()).update({row["review"]} - {""})  # a row that names no review is none
    for name, reviews in seen.items():
        counted.problems[name].reviews += len(reviews)
    counted.broken_reviews += len(set().union(*seen.values()))


def _by_ratio(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return -(row["spread_ratio"] or 0.0), row["review"], row["analysis"]


def _by_gravity(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return severity(row["verdict"]), impact_rank(row["impact"]), row["review"], row["claim"]


def _keep(kept: list[Mapping[str, Any]], row: Mapping[str, Any], *, most: int, key: Key) -> None:
    """Add a row, and forget the last ones once there are twice as many as are wanted."""
    kept.append(row)
    if len(kept) >= 2 * most:
        kept[:] = heapq.nsmallest(most, kept, key=key)
