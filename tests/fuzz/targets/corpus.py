"""The tables of a corpus: looked at, cut into shards, and read back shard by shard."""

from __future__ import annotations

import io

from fuzz.harness import Target, as_parts, check_problems, parts_of, watched
from fuzz.seeds import files
from metaudit.corpus.columns import TABLES
from metaudit.corpus.read import open_corpus
from metaudit.corpus.shard import read_shard
from metaudit.corpus.split import split

NAMES = frozenset(f"{table}.{ending}" for table in TABLES for ending in ("csv", "parquet"))
EXTRACTION = b"review,analysis,study,events_t,n_t,events_c,n_c,printed_effect,x_dose\nr-1,a,A 1990,1,10,2,12,0.60,5\nr-1,a,B 1991,3,20,5,19,0.57,\nr-2,b,C,4,40,4,41,,1\n"
CLAIMS = b"review,claim,analysis,quantity,printed\nr-1,c1,a,estimate,0.58\nr-1,c2,a,k,2\nr-2,c1,b,i2,0%\n"
ANALYSES = b"review,analysis,title,measure,method,favours,data,year,doi\nr-1,a,pain,RR,model=random; tau2=DL,low,,2019,10.1000/x\nr-2,b,death,OR;RR,,,complete,,\n"
WORDS = (
    *(c.name.encode() for columns in TABLES.values() for c in columns), b",", b'"', b"\n", b"\r\n", b";", b"=", b"\x00", b"../", b"r-1/c1", b"r-1", b"r-2", b"PAR1", b"\xef\xbb\xbf",
    b"model=random", b"tau2=REML", b"RR", b"SMD",
)  # fmt: skip


def one_input(data: bytes) -> None:
    """The reviews of a corpus and what is wrong with others; what begins as Parquet does is one of its tables."""
    content = {"extraction.parquet": data} if data.startswith(b"PAR1") else parts_of(data)
    with watched(seconds=20) as room:
        files(room / "corpus", content or {"extraction.csv": data}, NAMES)
        split(open_corpus(room / "corpus"), 2, room / "shards")
        for shard in sorted(p for p in (room / "shards").iterdir() if p.is_dir()):
            check_problems(read_shard(shard)[1])


def seeds() -> list[bytes]:
    import pyarrow.csv
    import pyarrow.parquet

    out = io.BytesIO()
    types = {"printed_effect": "string", "study": "string"}
    table = pyarrow.csv.read_csv(io.BytesIO(EXTRACTION), convert_options=pyarrow.csv.ConvertOptions(column_types=types))
    pyarrow.parquet.write_table(table, out)
    tables = {"extraction.csv": EXTRACTION, "claims.csv": CLAIMS, "analyses.csv": ANALYSES}
    return [as_parts(tables), as_parts({"extraction.csv": EXTRACTION}), out.getvalue(), _of_every_type()]


def _of_every_type() -> bytes:
    """A table as other programs store it: bytes without a type, dictionaries, decimals, floating-point numbers, nulls."""
    import decimal

    import pyarrow as pa
    import pyarrow.parquet

    columns = {
        "review": pa.array([b"r-1", b"r-1"], pa.binary()),
        "analysis": pa.array(["a", "a"]).dictionary_encode(),
        "study": pa.array(["A 1990", "B 1991"], pa.large_string()),
        "mean_t": pa.array([1.5, None], pa.float32()),
        "sd_t": pa.array([decimal.Decimal("2.50"), None], pa.decimal128(6, 2)),
        "n_t": pa.array([10, 20], pa.uint64()),
        "note": pa.array([None, None], pa.null()),
    }
    out = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), out, compression="none")
    return out.getvalue()


TARGET = Target("corpus", one_input, seeds, WORDS, examples=100)
