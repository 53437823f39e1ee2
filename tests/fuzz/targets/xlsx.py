"""Excel workbooks: the archive itself, or its members."""

from __future__ import annotations

from fuzz.harness import Target, parts_of
from fuzz.importing import imported
from fuzz.seeds import exported, malformed, packed, unpacked

WORDS = tuple(
    w.encode()
    for w in """<c r="A1" t="s"> <v> <f> <is><t> t="e" t="b" t="d" t="inlineStr" s="1" <row r="2"> r="XFD1048576" r="A0" <mergeCell ref="A1:B2"/> <sheet name=
    sheetId= r:id= <numFmt formatCode="0.00%" state="hidden" <dimension ref="A1:XFD1048576"/> <xf numFmtId="14" 1900 1e308 -1 &#10; <!ENTITY <!DOCTYPE date1904="1"
    xml:space= <sst count= <si> <r> <worksheet> <workbook> <styleSheet> <Types> <Override PartName= Target="../" TargetMode="External" #REF! #N/A""".split()
)


def one_input(data: bytes) -> None:
    """Bytes that begin as an archive does are one; others are the members of one."""
    parts = {} if data.startswith(b"PK") else parts_of(data)
    imported("table.xlsx", packed(parts) if parts else data)


TARGET = Target(
    "xlsx",
    one_input,
    lambda: [*exported("xlsx"), *map(unpacked, exported("xlsx")), *malformed(".xlsx", ".xls")],
    WORDS,
    examples=150,
)
