"""The columns of a corpus in tables: those of a review's tables, with the review and the analysis that a row belongs to."""

from __future__ import annotations

from metaudit.formats.columns import CLAIMS, EXTRACTION, Column

FAVOURS = ("low", "high")
DATA = ("complete", "partial", "none")
KINDS = ("meta-analysis", "network meta-analysis", "narrative review", "trial", "re-analysis")

_REVIEW = Column("review", "text", "id of the review", required=True)
_ANALYSIS = Column("analysis", "text", "id of the analysis, unique in its review", required=True)

ANALYSES = (
    _REVIEW,
    _ANALYSIS,
    Column("title", "text", "what is compared on what; the id where it is empty"),
    Column("measure", "text", "effect measure; several that are possible are separated by ;"),
    Column("method", "text", "what the authors state: key=value; key=value"),
    Column("favours", "choice", "which side of the null is good for the treatment", choices=FAVOURS),
    Column("subgroups", "text", "a covariate of the extraction table, without its x_"),
    Column("data", "choice", "whether the per-study table is public; empty: complete", choices=DATA),
    Column("authors", "text", "who wrote the review, such as Smith et al.; its id where it is empty"),
    Column("year", "year", "year of publication of the review"),
    Column("journal", "text", "journal or publisher of the review"),
    Column("doi", "doi", "DOI of the review, without a resolver"),
    Column("kind", "choice", "what the document is; empty: meta-analysis", choices=KINDS),
    Column("software", "text", "program and version as stated"),
)
EXTRACTION_OF_CORPUS = (_REVIEW, _ANALYSIS, *EXTRACTION)
CLAIMS_OF_CORPUS = (_REVIEW, *CLAIMS)

TABLES: dict[str, tuple[Column, ...]] = {
    "extraction": EXTRACTION_OF_CORPUS,
    "claims": CLAIMS_OF_CORPUS,
    "analyses": ANALYSES,
}
"""Table of a corpus -> its columns. The first must be there."""
OF_REVIEW = ("authors", "year", "journal", "doi", "kind")
"""Columns of ``analyses`` that say something about the review: the same in all its rows."""
AS_PRINTED = frozenset({"printed", *(c.name for c in EXTRACTION if c.name.startswith("printed_"))})
"""Columns whose digits are judged, so that a number without its trailing zeros would be another one."""
