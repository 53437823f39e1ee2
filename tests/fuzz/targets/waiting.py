"""Tables that wait for a person: claims.draft.csv, and the two extractors' tables with reconciliation.csv."""

from __future__ import annotations

from fuzz.harness import Target, as_parts, parts_of, watched
from fuzz.seeds import files, folder
from metaudit.extractors.agreement import agreement
from metaudit.extractors.differences import differences
from metaudit.extractors.pairing import paired
from metaudit.extractors.reading import read_extractors
from metaudit.text_claims.accept import accept

WORDS = (
    b"yes",
    b"no",
    b"confirm",
    b"oui",
    b",",
    b";",
    b"\t",
    b'"',
    b"\n",
    b"claim",
    b"quantity",
    b"printed",
    b"A",
    b"B",
    b"=1.5",
    b"decision",
    b"decided_by",
)
NAMES = frozenset(
    "review.yaml sources.csv claims.csv extraction.csv extraction.A.csv extraction.B.csv reconciliation.csv claims.draft.csv".split()
)


def one_input(data: bytes) -> None:
    """A folder with drafts in it."""
    content = parts_of(data)
    with watched() as room:
        files(room / "smith-2021", content, NAMES)
        if "claims.draft.csv" in content:
            accept(room / "smith-2021")
        else:
            review = read_extractors(room / "smith-2021")
            pairs = paired(review.extractors["A"], review.extractors["B"])
            agreement(pairs)
            differences(pairs)


def seeds() -> list[bytes]:
    base = {n: c.replace(b"id: colditz-1994", b"id: smith-2021") for n, c in folder("colditz-1994").items()}
    draft = b"confirm,claim,analysis,quantity,subject,printed,unit,scale,rounding,method,refers_to,source,where,certainty,note\nyes,c1,,k,,13,,,,,,paper,abstract,read,\nno,c2,,k,,70,,,,,,,abstract,,\n"
    table = base["extraction.csv"]
    return [
        as_parts({**base, "claims.draft.csv": draft}),
        as_parts({**base, "extraction.A.csv": table, "extraction.B.csv": table.replace(b"4,", b"5,", 3)}),
    ]


TARGET = Target("waiting", one_input, seeds, WORDS, examples=100)
