"""The verdicts, what supports one, and the row that is written for a claim."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from metaudit.display import Picture, notebook
from metaudit.formats.columns import CERTAINTIES
from metaudit.records import record

if TYPE_CHECKING:
    import pandas as pd

    from metaudit.formats.review import Review

# From best to worst (DESIGN, section 6); NOT_CHECKABLE stands outside the order.
VERDICTS = (
    "EXACT",
    "WITHIN_ROUNDING",
    "UNDERSPECIFIED",
    "OTHER_SPEC",
    "NEAR",
    "DIFFERENT",
    "OUT_OF_ENVELOPE",
    "INCONSISTENT",
    "IMPOSSIBLE",
    "NOT_CHECKABLE",
)
ACCEPTABLE = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "NOT_CHECKABLE")
NOTE = ""


@record
class Finding:
    """What one check says about one claim; a note when it has no verdict."""

    check: str
    message: str
    verdict: str = NOTE
    value: float = math.nan
    margin: float = math.nan
    spec: str = ""
    stated_spec: str = ""
    alternatives: tuple[str, ...] = ()
    specificity: float = math.nan
    formula: str = ""
    inputs: tuple[str, ...] = ()
    value_low: float = math.nan
    value_high: float = math.nan
    printed_width: float = math.nan
    envelope_low: float = math.nan
    envelope_high: float = math.nan
    searched: int | None = None
    nearest: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    edits_alike: int | None = None
    causes: tuple[str, ...] = ()
    impact: str = ""
    certainty: str = "read"

    @property
    def severity(self) -> int:
        """Rank for choosing the worst; notes and NOT_CHECKABLE come below every judgement."""
        return -1 if self.verdict in (NOTE, "NOT_CHECKABLE") else VERDICTS.index(self.verdict)


@record
class AuditRow:
    """One claim with its verdict: the object of ``audit.json`` (data/schemas/audit.schema.json)."""

    review: str
    claim: str
    analysis: str
    quantity: str
    subject: str
    printed: str
    printed_low: float
    printed_high: float
    value: float
    verdict: str
    criterion: str
    margin: float
    spec: str
    stated_spec: str
    alternatives: tuple[str, ...]
    specificity: float
    formula: str
    inputs: tuple[str, ...]
    value_low: float
    value_high: float
    envelope_low: float
    envelope_high: float
    searched: int | None
    nearest: tuple[str, ...]
    edits: tuple[str, ...]
    edits_alike: int | None
    ask: str
    causes: tuple[str, ...]
    impact: str
    certainty: str
    message: str

    @property
    def of(self) -> Review | None:
        """The review it was audited in, where it is at hand; no field, so it is in no file and no comparison."""
        return self.__dict__.get("_review")

    def to_row(self) -> dict[str, Any]:
        """The fields in their order; lists stay lists."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def to_frame(self) -> pd.DataFrame:
        """One row with every field as a column, as in ``audit.csv``."""
        return Verdicts([self]).to_frame()

    def forest(self, *, layout: str = "default") -> Picture:
        """The forest plot of the analysis that the claim is about, with the printed result beside ours.

        Parameters
        ----------
        layout : ``default``, ``revman``, ``jama`` or ``bmj``

        Raises
        ------
        DataError
            when the claim is about no analysis with public studies, or was read from a file and not audited here.
        """
        picture: Picture = notebook().row_forest(self, layout=layout)
        return picture

    def _repr_html_(self) -> str:
        return str(notebook().row_html(self))


class Verdicts(list[AuditRow]):
    """The rows of one audit: a list, with what a notebook needs.

    Parameters
    ----------
    rows : one a claim
    review : the review they belong to
    """

    def __init__(self, rows: Iterable[AuditRow] = (), *, review: Review | None = None) -> None:
        super().__init__(rows)
        self.review = review
        for row in self:
            object.__setattr__(row, "_review", review or row.of)

    @overload
    def __getitem__(self, index: SupportsIndex) -> AuditRow: ...
    @overload
    def __getitem__(self, index: slice) -> Verdicts: ...
    def __getitem__(self, index: SupportsIndex | slice) -> AuditRow | Verdicts:
        """One row, or some of them with the same review."""
        found = super().__getitem__(index)
        return found if isinstance(found, AuditRow) else Verdicts(found, review=self.review)

    def claim(self, claim: str) -> AuditRow:
        """The row of one claim.

        Raises
        ------
        DataError
            when no row has this id, with the nearest one.
        """
        row: AuditRow = notebook().row_of(self, claim)
        return row

    def to_frame(self) -> pd.DataFrame:
        """One row a claim; the columns are those of ``audit.csv``, lists stay lists."""
        frame: pd.DataFrame = notebook().verdicts_frame(self)
        return frame

    def forest(self, analysis: str = "", *, layout: str = "default") -> Picture:
        """The forest plot of one analysis of the review, with the printed result beside ours.

        Parameters
        ----------
        analysis : its id in review.yaml; otherwise the only one, or the first that a claim is about
        layout : ``default``, ``revman``, ``jama`` or ``bmj``

        Raises
        ------
        DataError
            when there is no such analysis, or no study to draw.
        """
        picture: Picture = notebook().verdicts_forest(self, analysis, layout=layout)
        return picture

    def _repr_html_(self) -> str:
        return str(notebook().verdicts_html(self))


@dataclass
class Dossier:
    """All findings about the claims of one review, by claim id."""

    findings: dict[str, list[Finding]] = field(default_factory=dict)

    def add(self, claim: str, finding: Finding) -> None:
        """File a finding."""
        self.findings.setdefault(claim, []).append(finding)

    def verdict_of(self, claim: str) -> str:
        """The worst verdict filed so far; empty when nothing judges the claim yet."""
        judged = [f for f in self.findings.get(claim, []) if f.severity >= 0]
        return max(judged, key=lambda f: f.severity).verdict if judged else ""


def worst_certainty(*certainties: str) -> str:
    """A number is as certain as the worst thing it rests on; an empty certainty counts as read."""
    known = [c for c in certainties if c in CERTAINTIES]
    return max(known, key=CERTAINTIES.index) if known else "read"
