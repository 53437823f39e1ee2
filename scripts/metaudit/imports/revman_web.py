"""The data package of RevMan Web: tables of settings, results and studies, in one ZIP file or in one within another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from metaudit.drafts.draft import Draft, Notice
from metaudit.errors import InputError
from metaudit.formats.review import shown_path
from metaudit.imports.archive import Budget, unzip
from metaudit.imports.options import Options
from metaudit.imports.revman_shared import Group, Outcome, Part, StudyRow, as_number, level_from, words, yes
from metaudit.imports.revman_shared_bias import bias_of
from metaudit.imports.revman_shared_draft import Package, build
from metaudit.imports.revman_shared_sound import unsound_rows
from metaudit.imports.revman_shared_table import Table, read_table
from metaudit.imports.revman_web_names import KINDS, MODELS, ROWS, applies_to, interval_of, pooling_of, tau2_of
from metaudit.imports.safe import read_bytes, refusal

SETTINGS, DATA, SUBGROUPS = "overall-estimates-and-settings.csv", "data-rows.csv", "subgroup-estimates.csv"
BIAS, STUDIES, ACCURACY = "risk-of-bias.csv", "study-information.csv", "parameters.csv"
_DEPTH = 3
_RESULTS = {
    "estimate": "mean", "ci_low": "ci start", "ci_high": "ci end", "pi_low": "pi start", "pi_high": "pi end", "tau2": "heterogeneity tau²",
    "tau2_low": "tau² ci start", "tau2_high": "tau² ci end", "q": "heterogeneity chi²", "q_df": "heterogeneity df", "q_p": "heterogeneity p",
    "i2": "heterogeneity i²", "p": "effect p", "events_t": "experimental cases", "n_t": "experimental n", "events_c": "control cases",
    "n_c": "control n", "subgroup_q": "subgroup chi²", "subgroup_df": "subgroup df", "subgroup_p": "subgroup p",
    "subgroup_i2": "subgroup i²", "weight": "weight",
}  # fmt: skip
_OF_STUDIES = {"estimate": "mean", "ci_low": "ci start", "ci_high": "ci end", "weight": "weight"}
Key = tuple[str, str]


def read(path: Path, options: Options) -> Draft:
    """A draft of the review in a data package of RevMan Web.

    The format: documentation.cochrane.org/revman-kb, "Data package user guide", versions 1 (until 23 September 2024) and 2.

    Raises
    ------
    InputError
        when the archive is damaged, encrypted or not safe to unpack, holds no data package, several, or one of a review of
        diagnostic test accuracy.
    """
    shown = shown_path(path)
    tables, others = _tables(read_bytes(path), shown)
    if SETTINGS not in tables or DATA not in tables:
        lacking = " and ".join(n for n in (SETTINGS, DATA) if n not in tables)
        message = f"the archive holds no data package of RevMan: no table {lacking} in it."
        raise refusal(shown, "not-revman", message, "In RevMan: Export > Data package.")
    notices = [n for t in tables.values() for n in t.notices]
    if others:
        notices.append(Notice("dropped", shown, f"not read: {_listed(others)}."))
    reader = _Reader(shown, tables)
    problems = unsound_rows(tables[DATA].rows, reader.settings, tables[DATA].shown)
    if problems:
        raise InputError(problems)
    outcomes = tuple(reader.outcomes())
    bias, of_bias = bias_of(_judged(tables.get(BIAS)), shown)
    found = (*notices, *_characteristics(tables.get(STUDIES)), *reader.notices, *of_bias)
    text = f"RevMan data package {path.name}"
    return build(Package(shown, "", reader.software, outcomes, {}, found, text, bias), options)


def _judged(table: Table | None) -> Iterator[tuple[str, str, str]]:
    """Study, domain and judgement of the risk of bias."""
    for row in table.rows if table else ():
        for column, text in row.items():
            domain = re.fullmatch(r"(?:domain|overall)?\s*\(?(?:judgement|judgment)\)?\s*:?\s*(.*)", column)
            if domain:
                yield words(row.get("study")), domain[1] or "overall", words(text)


def _characteristics(table: Table | None) -> list[Notice]:
    """A notice of what is known of the studies beside their numbers."""
    known = {"study", "year", "data source", "#"}
    held = sorted({c for r in table.rows for c, t in r.items() if c not in known and words(t)}) if table else []
    return [Notice("dropped", table.shown, f"not carried over: {', '.join(held[:12])}.")] if held and table else []


def read_rows(content: str, shown: str, options: Options, *, notices: Sequence[Notice] = ()) -> Draft:
    """A draft from the table ``data-rows.csv`` alone: its studies; how they were pooled stands in another table."""
    table = read_table(content, shown)
    reader = _Reader(shown, {DATA: table, SETTINGS: Table(shown, (), ())})
    missing = Notice(
        "remark",
        shown,
        f"the table holds no settings and no results; those are in {SETTINGS}.",
        "Import the whole data package.",
    )
    outcomes = tuple(reader.outcomes())
    return build(
        Package(shown, options.title or "", "", outcomes, {}, (*notices, *table.notices, missing, *reader.notices)),
        options,
    )


def _listed(names: Sequence[str]) -> str:
    few = ", ".join(n.rpartition("/")[2] for n in names[:5])
    return few if len(names) <= 5 else f"{few} and {len(names) - 5} more files"


def _tables(content: bytes, shown: str) -> tuple[dict[str, Table], list[str]]:
    """The tables of the package by the ends of their names, and the files that are not read."""
    from metaudit.imports.text import decode

    found: dict[str, Table] = {}
    others: list[str] = []
    for name, data in _members(content, shown, Budget(), others, depth=1):
        place = f"{shown}, {name}"
        kind = next((k for k in (SETTINGS, DATA, SUBGROUPS, BIAS, STUDIES, ACCURACY) if name.lower().endswith(k)), "")
        if kind == ACCURACY:
            message = "this is the data package of a review of diagnostic test accuracy, which is not pooled here."
            raise refusal(shown, "not-supported", message, "Import reviews of interventions.")
        if kind in found:
            message = f"the archive holds more than one table {kind}."
            raise refusal(shown, "several-packages", message, "Import one data package at a time.")
        text, _, notices = decode(data, place)
        table = read_table(text, place)
        found[kind] = replace(table, notices=(*notices, *table.notices))
    return found, others


def _members(
    content: bytes, shown: str, budget: Budget, others: list[str], *, depth: int
) -> Iterator[tuple[str, bytes]]:
    kinds = (SETTINGS, DATA, SUBGROUPS, BIAS, STUDIES, ACCURACY, ".zip")
    if depth > _DEPTH:
        raise refusal(
            shown,
            "archive-limits",
            f"archives lie within archives, more than {_DEPTH} deep.",
            "Check whether it is the right file.",
        )
    unpacked = unzip(content, shown, wanted=lambda n: n.lower().endswith(kinds) and not _hidden(n), budget=budget)
    others += [n for n in unpacked.others if not _hidden(n)]
    for name, data in unpacked.members.items():
        if name.lower().endswith(".zip"):
            yield from _members(data, f"{shown}, {name}", budget, others, depth=depth + 1)
        else:
            yield name, data


def _hidden(name: str) -> bool:
    """What macOS packs beside every file."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith("._")


class _Reader:
    """The tables of one package on their way to outcomes."""

    def __init__(self, shown: str, tables: Mapping[str, Table]) -> None:
        self.shown, self.tables = shown, tables
        self.settings = {_key(r): r for r in tables[SETTINGS].rows}
        self.newer = {"heterogeneity estimator", "ci method", "ci/pi level"} & set(tables[SETTINGS].header)
        self.software = "RevMan 2025" if self.newer else "RevMan Web, until September 2024"
        self.notices: list[Notice] = []

    def outcomes(self) -> Iterator[Outcome]:
        rows: dict[Key, list[Mapping[str, str]]] = {k: [] for k in self.settings}
        for row in self.tables[DATA].rows:
            rows.setdefault(_key(row), []).append(row)
        groups: dict[Key, list[Mapping[str, str]]] = {}
        for row in self.tables[SUBGROUPS].rows if SUBGROUPS in self.tables else ():
            groups.setdefault(_key(row), []).append(row)
        for key, found in rows.items():
            yield self._outcome(key, self.settings.get(key, {}), found, groups.get(key, []))

    def _outcome(
        self, key: Key, said: Mapping[str, str], rows: list[Mapping[str, str]], groups: list[Mapping[str, str]]
    ) -> Outcome:
        number, where = ".".join(k for k in key if k), f"analysis {'.'.join(key)}"

        def text(column: str) -> str:
            return words(said.get(column))

        method = pooling_of(text("statistical method"), text("effect measure"))
        kind = "o-e" if method == "O-E" else KINDS.get(text("data type").lower(), "") or _kind_of(rows)
        drawn = [self._row(r, kind) for r in rows]
        kept = [(words(r.get("subgroup")), s) for r, s in zip(rows, drawn, strict=True) if s.applies != "none"]
        self._none(where, [s for s in drawn if s.applies == "none"])
        name = text("analysis name") or words(rows[0].get("analysis name") if rows else "")
        level, study_level = (level_from(text("ci/pi level") or text(c)) for c in ("estimate ci", "study ci"))
        return Outcome(
            number=number, comparison=text("analysis group name"), name=name, where=where, kind=kind, method={"O-E": "PETO"}.get(method, method),
            random=MODELS.get(text("analysis model").lower()[:5]), measure=text("effect measure"),
            log=yes(text("log-scale data")) if kind == "generic" else None, level=level, study_level=study_level, totals=_totals(said),
            subgroup_test=yes(text("test for subgroup differences") or "yes"), swap=yes(text("swap event and non-event")),
            favours=(text("graph label (left)"), text("graph label (right)")),
            arms=(text("experimental group label"), text("control group label")), total=_part(said, where) if said else None,
            groups=_groups(groups, kept, where), rows=tuple(s for g, s in kept if not g), options=self._options(said),
            note=f"unit: {text('unit of effect measure')}" if text("unit of effect measure") else "",
        )  # fmt: skip

    def _options(self, said: Mapping[str, str]) -> dict[str, object]:
        """The choices that RevMan offers since 2025, for random effects."""
        if not self.newer or MODELS.get(words(said.get("analysis model")).lower()[:5]) is not True:
            return {}
        out = {"tau2": tau2_of(said.get("heterogeneity estimator", "")), "ci": interval_of(said.get("ci method", ""))}
        for name, column in (("tau2", "heterogeneity estimator"), ("ci", "ci method")):
            if not out[name]:
                place = f"{self.shown}, analysis {'.'.join(_key(said))}"
                self.notices.append(
                    Notice("guessed", place, f"{column} {said.get(column, '')!r} is not known; the usual one is taken.")
                )
        return {k: v for k, v in out.items() if v}

    def _none(self, where: str, rows: Sequence[StudyRow]) -> None:
        if rows:
            message = f"lines that RevMan uses in no result: {', '.join(r.label for r in rows)}."
            self.notices.append(Notice("dropped", f"{self.shown}, {where}", message))

    def _row(self, row: Mapping[str, str], kind: str) -> StudyRow:
        numbers = {column: words(row.get(name)) for column, name in ROWS.get(kind, {}).items()}
        printed = {name: words(row.get(column)) for name, column in _OF_STUDIES.items()}
        return StudyRow(
            words(row.get("study")), words(row.get("study year")), f"data-rows, row {row['#']}", numbers, printed,
            applies=applies_to(row.get("applicability", "")), note=words(row.get("footnotes")), places=_OF_STUDIES,
        )  # fmt: skip


def _key(row: Mapping[str, str]) -> Key:
    return words(row.get("analysis group")), words(row.get("analysis number"))


def _part(row: Mapping[str, str], where: str) -> Part:
    results = {name: words(row.get(column)) for name, column in _RESULTS.items() if words(row.get(column))}
    statistic = next((c for c in ("effect z", "effect t") if as_number(row.get(c)) is not None), "")
    places: dict[str, str] = dict(_RESULTS)
    if statistic:
        results["z"], places["z"] = words(row[statistic]), statistic
    return Part(where, results, places)


def _totals(said: Mapping[str, str]) -> str:
    if not said or yes(said.get("overall estimates", "yes")):
        return "yes"
    return "sub" if yes(said.get("subgroup estimates")) else "no"


def _groups(given: Sequence[Mapping[str, str]], rows: Sequence[tuple[str, StudyRow]], where: str) -> tuple[Group, ...]:
    """The subgroups in RevMan's order; one that only the studies name has no results."""
    results = {words(g.get("subgroup")): g for g in given}
    names = dict.fromkeys([*results, *(g for g, _ in rows if g)])
    out = []
    for place, name in enumerate(names, 1):
        found = results.get(name, {})
        number = words(found.get("subgroup number")) or str(place)
        members = tuple(s for g, s in rows if g == name)
        if name and members:
            out.append(Group(number, name, _part(found, f"{where}, subgroup {number}"), members))
    return tuple(out)


def _kind_of(rows: Sequence[Mapping[str, str]]) -> str:
    """The kind of data, where no settings say it: the columns in which any study has a number other than 0."""

    def filled(*names: str) -> bool:
        return any(as_number(r.get(n)) for r in rows for n in names)

    if filled("variance", "o-e"):
        return "o-e"
    if filled("giv se"):
        return "generic"
    if filled("experimental sd", "control sd"):
        return "means"
    return "counts" if filled("experimental n", "control n") else "text"
