"""The three tables of an audited shard: their columns, and what each holds.

``audit.parquet`` holds the cells of ``audit.csv``: lists as text with ``; `` between their items, numbers with ten
significant digits (as float64, so that ``files.cell`` writes the very text of the CSV), and no value where a number is
missing. Text is never missing, but may be empty. Rows stand in the order of the reviews' ids (as text), and within a
review in the order of its claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

TEXT, WHOLE, NUMBER, FLAG = "text", "whole", "number", "flag"
VERDICT_COLUMNS = {
    "EXACT": "exact",
    "WITHIN_ROUNDING": "within_rounding",
    "UNDERSPECIFIED": "underspecified",
    "OTHER_SPEC": "other_spec",
    "NEAR": "near",
    "DIFFERENT": "different",
    "OUT_OF_ENVELOPE": "out_of_envelope",
    "INCONSISTENT": "inconsistent",
    "IMPOSSIBLE": "impossible",
    "NOT_CHECKABLE": "not_checkable",
}
"""Verdict -> the column of ``analyses.parquet`` that counts it, from the best to the gravest."""
REVIEWS, SHARD = "reviews.txt", "shard.json"
"""What says in the folder of a shard which reviews it has, of a corpus of folders, and of one in tables what their rows are."""


@dataclass(frozen=True)
class Field:
    """One column: ``type`` is ``text`` (UTF-8), ``whole`` (int64), ``number`` (float64) or ``flag`` (true or false)."""

    name: str
    type: str
    meaning: str


AUDIT = (
    Field("review", TEXT, "id of the review"),
    Field("claim", TEXT, "id of the claim; of a number printed for one study `analysis:row<row>:column`"),
    Field("analysis", TEXT, "id of the analysis; empty for a claim about something else"),
    Field("quantity", TEXT, "what is claimed"),
    Field("subject", TEXT, "what the quantity is about; empty: the pooled result"),
    Field("printed", TEXT, "the number as printed"),
    Field("printed_low", NUMBER, "lower end of what rounds to the printed number"),
    Field("printed_high", NUMBER, "its upper end"),
    Field("value", NUMBER, "our value, on the printed scale"),
    Field("verdict", TEXT, "the verdict"),
    Field("criterion", TEXT, "the check that decided"),
    Field("margin", NUMBER, "how far inside the rounding interval, in units of the last digit; negative: outside"),
    Field("spec", TEXT, "the specification that gave our value"),
    Field("stated_spec", TEXT, "the specification that was stated"),
    Field("alternatives", TEXT, "other specifications that give the number"),
    Field("specificity", NUMBER, "share of the results that would give the number as well"),
    Field("formula", TEXT, "how our value came about"),
    Field("inputs", TEXT, "which numbers went in"),
    Field("value_low", NUMBER, "lower end of our value when the inputs' rounding is allowed for"),
    Field("value_high", NUMBER, "its upper end"),
    Field("envelope_low", NUMBER, "lowest value over the searched specifications"),
    Field("envelope_high", NUMBER, "highest"),
    Field("searched", WHOLE, "how many distinct results were searched"),
    Field("nearest", TEXT, "the nearest values and what gives them"),
    Field("edits", TEXT, "smallest changes of the data that give the number"),
    Field("edits_alike", WHOLE, "how many other changes of the same size give it too"),
    Field("ask", TEXT, "what to ask the authors"),
    Field("causes", TEXT, "what stands in the way, or what differs"),
    Field("impact", TEXT, "what the difference would change"),
    Field("certainty", TEXT, "how sure we are of what was read"),
    Field("message", TEXT, "the verdict in words"),
)

ANALYSES = (
    Field("review", TEXT, "id of the review"),
    Field("analysis", TEXT, "id of the analysis"),
    Field("year", WHOLE, "year of publication of the review"),
    Field("k", WHOLE, "rows of the extraction table that the analysis pools"),
    Field("measure", TEXT, "effect measure: as stated, else that of the identified method, else empty"),
    Field("measure_stated", FLAG, "whether exactly one measure is stated"),
    Field(
        "stated_method", TEXT, "what the authors state, as key=value; key=value, without the software; empty: nothing"
    ),
    Field("software", TEXT, "program as stated; empty: not stated"),
    Field("claims", WHOLE, "printed numbers judged, those printed for single studies among them"),
    *(Field(column, WHOLE, f"how many of them are {verdict}") for verdict, column in VERDICT_COLUMNS.items()),
    Field("worst", TEXT, "the gravest verdict; NOT_CHECKABLE only where nothing else was found; empty without claims"),
    Field(
        "method", TEXT, "the specification that explains most of the printed numbers; empty where none was evaluated"
    ),
    Field("departures", TEXT, "in what it goes against the stated method, as names of dimensions; empty: in nothing"),
    Field("explained", WHOLE, "how many of the numbers it speaks of that specification gives"),
    Field("explainable", WHOLE, "how many numbers it speaks of: the pooled ones and those of single studies"),
    Field("open_results", WHOLE, "how many distinct results the choices give that the stated method leaves open"),
    Field(
        "open_matching", WHOLE, "how many of them give all that the identified method explains; 1: it is the only one"
    ),
    Field("searched", FLAG, "whether the whole space of specifications was evaluated"),
    Field("results", WHOLE, "how many distinct results the whole space gives; missing where it was not evaluated"),
    Field("matching", WHOLE, "how many of them give all that the identified method explains"),
    Field("specificity", NUMBER, "matching over results: how often chance would do as well; small is telling"),
    Field("spreads", WHOLE, "studies with two standard deviations, that the screen of spreads looked at"),
    Field("se_as_sd", WHOLE, "of these, how many are read much better as standard errors"),
    Field("sd_as_se", WHOLE, "studies with standard errors that are read much better as standard deviations"),
    Field(
        "spread_ratio", NUMBER, "the largest likelihood ratio of another reading of a spread over the one as labelled"
    ),
    Field("implausible", WHOLE, "studies whose standardised difference is implausibly large"),
    Field("impossible_percentages", WHOLE, "percentages of single studies that no whole number of people gives"),
)

PROBLEMS = (
    Field(
        "review", TEXT, "id of the review that was not audited, as it stands in the file; empty where none can be told"
    ),
    Field("file", TEXT, "the file, as it was named"),
    Field("row", WHOLE, "row as a spreadsheet shows it (the header is row 1); 0: the whole file"),
    Field("column", TEXT, "column, or key in a YAML file; empty: the whole row"),
    Field("rule", TEXT, "which rule is broken"),
    Field("message", TEXT, "what is wrong"),
    Field("fix", TEXT, "what would be right"),
)

TABLES: dict[str, tuple[Field, ...]] = {"audit": AUDIT, "analyses": ANALYSES, "problems": PROBLEMS}
"""Table -> its columns, in their order; also the folders of ``results/corpus``."""


def arrow_schema(table: str) -> pa.Schema:
    """The schema of one of ``TABLES`` for pyarrow."""
    import pyarrow as pa

    types = {TEXT: pa.string(), WHOLE: pa.int64(), NUMBER: pa.float64(), FLAG: pa.bool_()}
    return pa.schema([pa.field(f.name, types[f.type], nullable=f.type != TEXT) for f in TABLES[table]])


def shard_name(shard: int) -> str:
    """Name of a shard, and of its files without their ending: ``shard-007``."""
    return f"shard-{shard:03d}"
