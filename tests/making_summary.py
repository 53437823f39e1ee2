"""Tables of shards made up for a test of the summary, from what is said about a few analyses."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from metaudit.corpus.schema import FLAG, NUMBER, TABLES, TEXT, VERDICT_COLUMNS, WHOLE, arrow_schema

SPEC = "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%"
COMMON = "MD | common | wald | 95%"
EMPTY = {TEXT: "", WHOLE: 0, NUMBER: None, FLAG: False}


def row(table, **cells):
    """A row with nothing in it but what is said."""
    return {f.name: EMPTY[f.type] for f in TABLES[table]} | cells


def analysis(review, name, counts, **cells):
    columns = {VERDICT_COLUMNS[v]: n for v, n in counts.items()}
    return row("analyses", review=review, analysis=name, claims=sum(counts.values()), **columns, **cells)


def claims_of(analyses):
    """One row of the audit for each claim that the analyses count."""
    verdict_of = {c: v for v, c in VERDICT_COLUMNS.items()}
    return [
        row("audit", review=a["review"], analysis=a["analysis"], claim=f"{a['analysis']}-{c}-{i}", verdict=verdict_of[c],
            quantity="estimate", printed="1.23", certainty="read", message=f"{verdict_of[c]} it is.")
        for a in analyses for c in VERDICT_COLUMNS.values() for i in range(a[c])
    ]  # fmt: skip


def write_shard(results: Path, number: int, *, analyses=(), audit=None, problems=()):
    audit = claims_of(analyses) if audit is None else audit
    for table, rows in {"analyses": analyses, "audit": audit, "problems": problems}.items():
        path = results / table / f"shard-{number:03d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows), schema=arrow_schema(table)), path)


def write_shards(results: Path) -> Path:
    """Two shards: four analyses of three reviews, and two reviews that could not be read."""
    told = {"method": SPEC, "explained": 3, "explainable": 3, "open_results": 1, "open_matching": 1}
    write_shard(results, 0, analyses=[
        analysis("smith-2001", "a", {"EXACT": 2, "UNDERSPECIFIED": 1}, year=2001, k=4, measure="RR", software="RevMan 5.3",
                 stated_method="model=random; tau2=DL", worst="UNDERSPECIFIED", **told),
        analysis("smith-2001", "b", {"EXACT": 1, "DIFFERENT": 2}, year=2001, k=5, measure="MD", software="Review Manager 5.1",
                 stated_method="model=random", worst="DIFFERENT", method=COMMON, explained=1, explainable=3,
                 searched=True, departures="model common; level 0.9", spreads=10, se_as_sd=2, spread_ratio=1e6),
    ])  # fmt: skip
    write_shard(
        results, 1,
        analyses=[
            analysis("wang-2002", "a", {"NOT_CHECKABLE": 3}, year=2002, k=0, worst="NOT_CHECKABLE"),
            analysis("wu", "a", {"EXACT": 1, "NOT_CHECKABLE": 1}, year=None, k=3, measure="MD", software="Fancy 1", worst="EXACT",
                     searched=True, matching=1, results=50, spreads=4, sd_as_se=1, spread_ratio=50.0, **(told | {"open_results": 8, "open_matching": 2})),
        ],
        problems=[
            row("problems", review="x-1", file="made.csv", row=7, column="n_t", rule="not-a-number", message="'ten' is none.", fix="Write 10."),
            row("problems", review="x-1", file="made.csv", row=8, column="n_t", rule="not-a-number", message="'six' is none.", fix=""),
            row("problems", review="x-2", file="made.csv", row=9, column="", rule="id", message="no id.", fix=""),
        ],
    )  # fmt: skip
    return results


def shards_of(results: Path) -> list[str]:
    """Names of the shards that were written."""
    return sorted(path.stem for path in (results / "analyses").glob("*.parquet"))
