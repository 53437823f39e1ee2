"""The tables of a review, one by one: extraction.csv, claims.csv, sources.csv, candidates.csv, reconciliation.csv."""

from __future__ import annotations

from fuzz.harness import Target, as_parts, check_problems, parts_of, watched
from fuzz.seeds import reviews
from metaudit.formats.columns import TABLES
from metaudit.formats.row_rules import check_row
from metaudit.formats.stated import parse_override
from metaudit.formats.tables import read_table

WORDS = (
    *(c.name.encode() for columns in TABLES.values() for c in columns), b",", b'"', b'""', b"\r\n", b"\n", b"\xef\xbb\xbf", b"\x00", b"x_", b"rob_", b"low", b"percent",
    b"model=random; tau2=DL", b";", b"read", b"10.1/x", b"2018",
)  # fmt: skip


def one_input(data: bytes) -> None:
    """The rows of a table, or its problems."""
    for name, content in list(parts_of(data).items())[:3] or [("extraction.csv", data)]:
        if name not in TABLES:
            continue
        with watched() as folder:
            (folder / name).write_bytes(content)
            rows, problems = read_table(folder / name, name)
            check_problems(problems)
            for row in rows:
                check_problems(check_row(row, name))
                parse_override(row.text("method"))


def seeds() -> list[bytes]:
    out = []
    for review in reviews():
        out += [as_parts({n: c}) for n, c in parts_of(review).items() if n.endswith(".csv")]
    return out


TARGET = Target("tables", one_input, seeds, WORDS)
