"""The tables of a review, in the order of reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.tables.characteristics import columns_of, study_rows
from metaudit.tables.column import Column, Table
from metaudit.tables.findings import FINDINGS, finding_rows
from metaudit.tables.heterogeneity import HETEROGENEITY, heterogeneity_rows
from metaudit.tables.network import NETWORK, RANKS, network_rows, rank_rows
from metaudit.tables.sensitivity import SENSITIVITY, sensitivity_rows
from metaudit.tables.sequential import SEQUENTIAL, sequential_rows
from metaudit.tables.summary import ANALYSES, CLAIMS, analysis_rows, claim_rows

if TYPE_CHECKING:
    from metaudit.tables.reading import Review


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of table.

    Parameters
    ----------
    name : stem of its files
    caption : its caption, with ``{label}`` for authors and year
    columns : its columns for one review
    rows : its rows for one review
    always : whether it is written without a row, too
    """

    name: str
    caption: str
    columns: Callable[[Review], tuple[Column, ...]]
    rows: Callable[[Review], list[dict[str, str]]]
    always: bool = False


KINDS = (
    Kind(
        name="analyses",
        caption="Analyses of {label}, re-derived from the published data",
        columns=lambda review: ANALYSES,
        rows=analysis_rows,
        always=True,
    ),
    Kind(
        name="studies",
        caption="Characteristics of the studies of {label}, as extracted",
        columns=columns_of,
        rows=study_rows,
    ),
    Kind(
        name="claims",
        caption="Printed numbers of {label} and what could be re-derived",
        columns=lambda review: CLAIMS,
        rows=claim_rows,
        always=True,
    ),
    Kind(
        name="heterogeneity",
        caption="Heterogeneity in the analyses of {label}, intervals in brackets",
        columns=lambda review: HETEROGENEITY,
        rows=heterogeneity_rows,
    ),
    Kind(
        name="sensitivity",
        caption="Sensitivity of the results of {label} to studies and to methods",
        columns=lambda review: SENSITIVITY,
        rows=sensitivity_rows,
    ),
    Kind(
        name="findings",
        caption="What the results of {label} mean for 1000 people, at the median risk of the control groups",
        columns=lambda review: FINDINGS,
        rows=finding_rows,
    ),
    Kind(
        name="network",
        caption="Every comparison of the networks of {label}, with direct and indirect evidence",
        columns=lambda review: NETWORK,
        rows=network_rows,
    ),
    Kind(
        name="ranks",
        caption="Treatments of the networks of {label}",
        columns=lambda review: RANKS,
        rows=rank_rows,
    ),
    Kind(
        name="sequential",
        caption="Looks of the trial sequential analyses of {label}",
        columns=lambda review: SEQUENTIAL,
        rows=sequential_rows,
    ),
)


def tables_of(review: Review) -> tuple[Table, ...]:
    """The tables that a review has, in the order of reading; those without a row stay away, except the two that always are."""
    made = (
        Table(
            name=kind.name,
            caption=kind.caption.format(label=review.label),
            label=f"tab:{review.id}-{kind.name}",
            columns=kind.columns(review),
            rows=tuple(kind.rows(review)),
        )
        for kind in KINDS
    )
    always = {kind.name for kind in KINDS if kind.always}
    return tuple(table for table in made if table.rows or table.name in always)
