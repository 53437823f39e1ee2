"""One review as the tables and the report read it: what was typed in beside what was computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from ruamel.yaml import YAML

from metaudit.audit_words.verdicts import least_certain, worst
from metaudit.files import read_rows
from metaudit.formats.places import review_folder
from metaudit.formats.syntheses import SYNTHESES
from metaudit.tables.audit_records import Finding as Finding
from metaudit.tables.audit_records import Row as Row
from metaudit.tables.audit_records import finding_of as finding_of
from metaudit.tables.audit_records import read_findings
from metaudit.tables.audit_records import words as words

T = TypeVar("T")
CITATION = ("authors", "year", "journal", "doi")
RESULT_TABLES = (
    "exclusions",
    "readings",
    "effects",
    "pooled",
    "weights",
    "proportions",
    "leave_one_out",
    "regression",
    "influence",
    "small_study",
    "multiverse",
    "medians",
    "network_summary",
    "network",
    "network_treatments",
    "network_studies",
    "sequential_summary",
    "sequential",
)


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One analysis of ``review.yaml`` with its rows of the result tables."""

    id: str
    title: str
    measure: str
    favours: str
    data: str
    note: str
    method: Mapping[str, Any]
    tables: Mapping[str, tuple[Row, ...]]
    findings: tuple[Finding, ...]
    subgroups: str = ""
    syntheses: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    arms: tuple[Row, ...] = ()  # of a network: its rows of extraction.csv, with what network_studies.csv says of them

    @property
    def primary(self) -> Row | None:
        """Primary fit, or None when nothing was pooled."""
        return next((row for row in self.tables["pooled"] if row.get("role") == "primary"), None)

    @property
    def network(self) -> Row | None:
        """The network as its authors state it, or None where it is none or could not be pooled."""
        rows = self.tables["network_summary"]
        return next((row for row in rows if row.get("role") == "primary" and row.get("k")), None)

    @property
    def sequential(self) -> Row | None:
        """The sequential analysis as its authors state it, or None where there is none."""
        return next((row for row in self.tables["sequential_summary"] if row.get("k")), None)

    @property
    def refused(self) -> str:
        """Why a network or a sequential analysis could not be computed; empty where it could."""
        rows = (*self.tables["network_summary"], *self.tables["sequential_summary"])
        return " ".join(row["reason"] for row in rows if row.get("reason"))

    @property
    def moderators(self) -> tuple[str, ...]:
        """Terms of its meta-regression beside the intercept; none where it is no meta-regression."""
        terms = dict.fromkeys(row.get("term", "") for row in self.tables["regression"])
        return tuple(term for term in terms if term != "intercept")

    @property
    def certainty(self) -> str:
        """Certainty of the worst row that entered."""
        return least_certain(row.get("certainty", "") for row in (*self.tables["effects"], *self.arms))

    @property
    def worst(self) -> str:
        """Gravest verdict of its claims."""
        return worst(finding.verdict for finding in self.findings)


@dataclass(frozen=True, kw_only=True)
class Review:
    """Everything known about one review."""

    id: str
    title: str
    kind: str
    citation: Mapping[str, Any]
    stated_language: str = ""
    analyses: tuple[Analysis, ...]
    findings: tuple[Finding, ...]
    sources: tuple[Row, ...]
    has_extraction: bool
    extraction: tuple[Row, ...]
    figures: Path

    @property
    def label(self) -> str:
        """Authors and year, as one would cite it in a sentence."""
        parts = (str(self.citation.get("authors") or self.id), str(self.citation.get("year") or ""))
        return " ".join(part for part in parts if part)

    @property
    def language(self) -> str:
        """Language of the document: as ``review.yaml`` says, or as the citation lets see."""
        if self.stated_language:
            return self.stated_language
        return "fr" if "in french" in str(self.citation.get("journal") or "").lower() else "en"

    @property
    def worst(self) -> str:
        """Gravest verdict of its claims."""
        return worst(finding.verdict for finding in self.findings)

    @property
    def data(self) -> str:
        """Whether the per-study data are public: ``yes``, ``partly`` or ``no``."""
        if not self.has_extraction or (self.analyses and all(a.data == "none" for a in self.analyses)):
            return "no"
        return "yes" if all(a.data == "complete" for a in self.analyses) else "partly"


def rows_if_any(path: Path) -> tuple[Row, ...]:
    """Rows of a CSV file, none when the file does not exist."""
    return tuple(read_rows(path)) if path.is_file() else ()


def _arms(studies: tuple[Row, ...], extraction: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows of a network, as extracted, with the reason where one is not used."""
    by_row = {row.get("row"): row for row in extraction} if studies else {}
    return tuple({**by_row.get(row.get("row"), {}), **row} for row in studies)


def _by_analysis(entries: Iterable[T], analysis_of: Callable[[T], str]) -> Mapping[str, Sequence[T]]:
    """Rows or findings by the analysis they belong to, each in their order."""
    found: dict[str, list[T]] = {}
    for entry in entries:
        found.setdefault(analysis_of(entry), []).append(entry)
    return found


def _analyses(
    meta: Mapping[str, Any],
    findings: tuple[Finding, ...],
    tables: Mapping[str, tuple[Row, ...]],
    *,
    extraction: tuple[Row, ...],
) -> Iterator[Analysis]:
    by_analysis = {name: _by_analysis(rows, lambda row: row.get("analysis", "")) for name, rows in tables.items()}
    found_of = _by_analysis(findings, lambda finding: finding.analysis)
    for typed, given in (meta.get("analyses") or {}).items():
        key, about = str(typed), given or {}  # an id may be typed as a number
        own = {name: tuple(rows.get(key, ())) for name, rows in by_analysis.items()}
        yield Analysis(
            id=key,
            title=str(about.get("title") or key),
            measure=words(about.get("measure")),
            favours=words(about.get("favours")),
            data=str(about.get("data") or "complete"),
            note=words(about.get("note")),
            method=about.get("method") or {},
            tables=own,
            findings=tuple(found_of.get(key, ())),
            subgroups=words(about.get("subgroups")),
            syntheses={name: about[name] or {} for name in SYNTHESES if name in about},
            arms=_arms(own["network_studies"], extraction),
        )


def read_review(data_dir: str | Path, results_dir: str | Path, review: str) -> Review:
    """Read one review from its data folder and its results folder; optional files may be missing.

    Parameters
    ----------
    data_dir : folder with one folder per review, as typed in
    results_dir : folder with one folder per review, as computed
    review : name of the review, or the path of its folder when that lies elsewhere
    """
    typed = review_folder(data_dir, review)
    computed = Path(results_dir) / typed.name
    meta = YAML(typ="safe").load((typed / "review.yaml").read_text(encoding="utf-8"))
    claims = rows_if_any(typed / "claims.csv")
    tables = {name: rows_if_any(computed / f"{name}.csv") for name in RESULT_TABLES}
    levels = {(r.get("analysis"), r.get("subgroup")) for r in tables["pooled"] if r.get("role") == "subgroup"}
    by = {str(key): words((about or {}).get("subgroups")) for key, about in (meta.get("analyses") or {}).items()}
    found = read_findings(computed / "audit.json", claims)
    extraction = rows_if_any(computed / "extraction.csv")
    findings = tuple(
        replace(f, covariate=by.get(f.analysis, "") if (f.analysis, f.subject) in levels else "") for f in found
    )
    return Review(
        id=typed.name,
        title=str(meta.get("title") or typed.name),
        kind=str(meta.get("kind") or ""),
        citation=dict.fromkeys(CITATION, "") | dict(meta.get("citation") or {}),
        stated_language=str(meta.get("language") or ""),
        analyses=tuple(_analyses(meta, findings, tables, extraction=extraction)),
        findings=findings,
        sources=rows_if_any(typed / "sources.csv"),
        has_extraction=(typed / "extraction.csv").is_file(),
        extraction=extraction,
        figures=computed / "figures",
    )


def conversions(review_rows: tuple[Row, ...], analysis_rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows of ``extraction.csv`` that entered an analysis and went through a conversion."""
    entered = {row.get("row") for row in analysis_rows}
    return tuple(row for row in review_rows if row.get("row") in entered and row.get("routes"))
