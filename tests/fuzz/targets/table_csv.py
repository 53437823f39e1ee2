"""Any table of studies as text, with or without a mapping.yaml."""

from __future__ import annotations

from fuzz.harness import Target, parts_of
from fuzz.importing import imported
from fuzz.seeds import exported, malformed

MAPPING = b'=== mapping.yaml\nfile: "table.csv"\nheader: 1\ndecimal: "."\nmissing: []\nlayout: wide\ncolumns:\n  "study": study\n  "ai": events_t\n  "n1i": n_t\n  "ci": events_c\n  "n2i": n_c\n=== table.csv\nstudy,ai,n1i,ci,n2i\nA 1990,1,10,2,12\nB 1991,3,20,5,19\n'
WORDS = tuple(
    w.encode()
    for w in """Study Author Year n1 n2 Events Total mean SD SE CI lower upper OR RR HR (95%CI) Treatment Control arm outcome Outcome: sep=; , ; \t | " "" \r\n
    5.2(1.3) 12/40 1.2–3.4 NR n/a -99 <0.001 1,5 ± x_ % Total Heterogeneity: I²= =1+1 +1 @SUM <html> \ufeff \u202e \u200b""".split()
)


def one_input(data: bytes) -> None:
    """A table, alone or with the mapping that says what its columns are."""
    parts = parts_of(data)
    if set(parts) == {"mapping.yaml", "table.csv"}:
        imported("table.csv", parts["table.csv"], mapping=parts["mapping.yaml"])
    else:
        imported("table.csv", data)


def seeds() -> list[bytes]:
    out = [MAPPING, *malformed(".csv")]
    for fmt in ("csv", "escalc", "meta", "stata", "jasp", "long"):
        out += exported(fmt)
    return out


TARGET = Target("table_csv", one_input, seeds, WORDS, examples=300)
