"""One review in memory: what its four files say, checked against each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaudit.display import Picture, notebook
from metaudit.errors import InputError, Problem
from metaudit.formats.called import misnamed_tables, other_id, reviews_in, where_it_is
from metaudit.formats.columns import EXTRACTORS, TABLES
from metaudit.formats.indexed import indexed
from metaudit.formats.places import SCHEMAS as SCHEMAS
from metaudit.formats.syntheses import ROW_AN_ARM as ROW_AN_ARM
from metaudit.formats.syntheses import SYNTHESES as SYNTHESES
from metaudit.formats.tables import Row, read_table
from metaudit.formats.text_file import no_file
from metaudit.formats.told import told
from metaudit.formats.yaml_file import check_schema, line_of, load_schema, plain, read_yaml
from metaudit.records import record

if TYPE_CHECKING:
    import pandas as pd


@record
class Analysis:
    """One analysis of a review, as review.yaml states it."""

    id: str
    title: str
    select: Mapping[str, Any]
    exclude: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    measures: tuple[str, ...] = ()
    favours: str = ""
    method: Mapping[str, Any] = field(default_factory=dict)
    subgroups: str = ""
    moderators: tuple[Any, ...] = ()
    data: str = "complete"
    note: str = ""
    beside: tuple[str, ...] = ()
    syntheses: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict, repr=False)

    @property
    def pairwise(self) -> bool:
        """Whether a row of it holds a study with both of its groups; a network and a dose-response analysis have a row an arm."""
        return not any(name in self.syntheses for name in ROW_AN_ARM)

    @property
    def poolable(self) -> bool:
        """Whether its rows are public and are pooled study by study."""
        return self.data != "none" and self.pairwise

    def line(self, *path: str) -> int:
        """Line of review.yaml where a key of this analysis stands; the analysis's own line without one."""
        return self.lines.get(".".join(path), self.lines.get("", 0))


@record
class Claim:
    """One printed number of claims.csv."""

    id: str
    line: int
    analysis: str
    quantity: str
    subject: str
    printed: str
    unit: str
    scale: str
    rounding: str
    method: str
    refers_to: str
    source: str
    where: str
    certainty: str
    note: str


@dataclass(frozen=True)
class Review:
    """Everything one review's folder says."""

    folder: Path
    id: str
    title: str
    kind: str
    citation: Mapping[str, Any]
    analyses: Mapping[str, Analysis]
    rows: tuple[Row, ...]
    claims: tuple[Claim, ...]
    sources: Mapping[str, Mapping[str, str]]
    candidates: tuple[Row, ...] = ()
    extractors: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Have the rows found by their cells: every analysis asks which are its own."""
        object.__setattr__(self, "rows", indexed(self.rows))

    @cached_property
    def extraction(self) -> pd.DataFrame:
        """extraction.csv as a table of text, indexed by its row in the file."""
        import pandas as pd

        names = list(dict.fromkeys(c for r in self.rows for c in r.cells))
        return pd.DataFrame(
            [[r.text(c) for c in names] for r in self.rows], columns=names, index=[r.line for r in self.rows]
        )

    def claim(self, claim_id: str) -> Claim | None:
        """The claim with this id."""
        return self.claims_by_id.get(claim_id)

    @cached_property
    def claims_by_id(self) -> Mapping[str, Claim]:
        """The claims by their ids."""
        return {c.id: c for c in self.claims}

    def to_frame(self, table: str = "extraction") -> pd.DataFrame:
        """One table of the review as a data frame of texts, as typed.

        Parameters
        ----------
        table : ``extraction``, ``claims``, ``sources`` or ``analyses``

        Raises
        ------
        DataError
            when there is no such table.
        """
        frame: pd.DataFrame = notebook().review_frame(self, table)
        return frame

    def forest(self, analysis: str = "", *, layout: str = "default") -> Picture:
        """The forest plot of one analysis: its studies pooled anew, and the printed result.

        Parameters
        ----------
        analysis : its id in review.yaml; may be left out where there is only one
        layout : ``default``, ``revman``, ``jama`` or ``bmj``

        Raises
        ------
        DataError
            when there is no such analysis, or no study to draw.
        """
        picture: Picture = notebook().review_forest(self, analysis, layout=layout)
        return picture

    def _repr_html_(self) -> str:
        return str(notebook().review_html(self))


def shown_path(path: Path) -> str:
    """A path as the user would type it: relative to the working directory when it lies below it."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def load_review(folder: str | Path) -> tuple[Review | None, list[Problem]]:
    """Read a review's files and check each of them alone (cells, keys, schema); no review where anything is wrong."""
    review, problems = _load(Path(folder))
    return (None if problems else review), problems


def _load(folder: Path) -> tuple[Review | None, list[Problem]]:
    """The same; a review whose only fault is its id is given all the same, so that its other faults can be found."""
    shown = shown_path(folder)
    if not folder.is_dir():
        message, fix = "there is no such folder.", "A review is a folder with review.yaml and sources.csv."
        if folder.is_file():
            message, fix = "this is a file.", f"Name the folder it lies in: {shown_path(folder.parent)}."
        return None, [Problem(shown, 0, "", "missing-folder", message, fix)]
    problems: list[Problem] = []
    misnamed: list[Problem] = []
    for name in ("review.yaml", "sources.csv"):
        if not (folder / name).is_file():
            fix = where_it_is(folder, name) or "Every review has a review.yaml and a sources.csv."
            missing = Problem(f"{shown}/{name}", 0, "", "missing-file", "the file is missing.", fix)
            problems.append(no_file(folder / name, missing.file) or missing)
    if len(problems) > 1 and reviews_in(folder):
        return None, [
            Problem(shown, 0, "", "missing-folder", "this folder holds reviews, and is none.", reviews_in(folder))
        ]
    document: Any = {}
    if (folder / "review.yaml").is_file():
        document, found = read_yaml(folder / "review.yaml", f"{shown}/review.yaml")
        if not found:
            found = check_schema(document, load_schema(SCHEMAS / "review.schema.json"), f"{shown}/review.yaml")
        problems += found
        misnamed = other_id(document, folder, shown)
    tables: dict[str, list[Row]] = {}
    problems += misnamed_tables(folder, shown)
    for name in TABLES:
        tables[name] = []
        if (folder / name).is_file():
            tables[name], found = read_table(folder / name, f"{shown}/{name}")
            problems += found
        elif name != "sources.csv":  # which was said to be missing
            other = no_file(folder / name, f"{shown}/{name}")
            problems += [other] if other else []
    if problems:
        return None, [*misnamed, *problems]
    return _assemble(folder, document, tables), misnamed


def read_review(folder: str | Path) -> Review:
    """Read and check a review.

    Raises
    ------
    InputError
        with every problem of every file, each naming file, row, column, what is wrong and what would be right; of thousands
        the first.
    """
    from metaudit.formats.rules import check_review

    review, problems = _load(Path(folder))
    if review is not None:
        problems = [*problems, *told(check_review(review), "the review")]
    if problems or review is None:
        raise InputError(problems)
    return review


def _assemble(folder: Path, document: Any, tables: dict[str, list[Row]]) -> Review:
    content = plain(document)
    typed = {str(key): key for key in document["analyses"]}  # an id may be a number: 1 for '1'
    analyses = {name: _analysis(name, a, _lines(document, typed[name])) for name, a in content["analyses"].items()}
    claims = tuple(map(claim_of, tables["claims.csv"]))
    return Review(
        folder=folder,
        id=content["id"],
        title=content["title"],
        kind=content["kind"],
        citation=content["citation"],
        analyses=analyses,
        rows=tuple(tables["extraction.csv"]),
        claims=claims,
        sources={r.text("source"): r.cells for r in tables["sources.csv"]},
        candidates=tuple(tables["candidates.csv"]),
        extractors={who: tuple(tables[name]) for who, name in EXTRACTORS.items() if (folder / name).is_file()},
    )


_AS_TYPED = (
    "analysis", "quantity", "subject", "printed", "unit", "rounding", "method", "refers_to", "source", "where", "certainty", "note",
)  # fmt: skip


def claim_of(row: Row) -> Claim:
    """The claim that a row of claims.csv is."""
    typed = {name: row.text(name) for name in _AS_TYPED}
    return Claim(id=row.text("claim"), line=row.line, scale=row.text("scale") or "natural", **typed)


def _lines(document: Any, key: Any) -> dict[str, int]:
    """Where an analysis and the keys that can point nowhere stand; the analysis by its key as the document has it."""
    content = document["analyses"][key]
    within = ("select", "exclude", "method", *SYNTHESES)
    paths = [[], *([k] for k in content), *([k, name] for k in within for name in content.get(k) or ())]
    return {".".join(map(str, p)): line_of(document, ["analyses", key, *p]) for p in paths}


def _analysis(key: str, content: dict[str, Any], lines: dict[str, int]) -> Analysis:
    measure = content.get("measure", ())
    return Analysis(
        id=key,
        title=content["title"],
        select=content["select"],
        exclude=content.get("exclude", {}),
        reason=content.get("reason", ""),
        measures=(measure,) if isinstance(measure, str) else tuple(measure),
        favours=content.get("favours", ""),
        method=content.get("method", {}),
        subgroups=content.get("subgroups", ""),
        moderators=tuple(content.get("moderators", ())),
        data=content.get("data", "complete"),
        note=content.get("note", ""),
        beside=tuple(content.get("beside", ())),
        syntheses={name: content[name] or {} for name in SYNTHESES if name in content},
        lines=lines,
    )
