"""A whole review folder: review.yaml and its tables, checked against each other."""

from __future__ import annotations

from fuzz.harness import Target, parts_of, watched
from fuzz.seeds import files, reviews
from metaudit.formats.columns import TABLES
from metaudit.formats.review import read_review

NAMES = frozenset({"review.yaml", *TABLES})
WORDS = (
    *tuple(
        w.encode()
        for w in """id title kind language citation analyses select exclude reason measure favours method subgroups moderators data note model tau2 ci\n    level zero_cells software random common DL REML RR OR SMD GEN-LOG none complete &a *a << !!python/object: !!binary !!omap !!set !!float ---\n    ... %YAML %TAG | > ? [ ] { } : - # null ~ .inf .nan 0o7 0x1f 1_000 2001-01-01 true""".split()
    ),
    b"\n  ",
    b": ",
    b"\n- ",
    b"../",
    b"/etc/passwd",
    b"\t",
)


def one_input(data: bytes) -> None:
    """A review that can be audited, or every problem of its files."""
    content = parts_of(data) or {"review.yaml": data}
    with watched() as folder:
        files(folder / "smith-2021", content, NAMES)
        review = read_review(folder / "smith-2021")
        review.to_frame()


def seeds() -> list[bytes]:
    names = ("colditz-1994", "normand-1999-stroke", "berkey-1995", "lipsey-2001", "kim-2015")
    out = []
    for name, review in zip(names, reviews(), strict=True):
        out.append(review.replace(f"id: {name}".encode(), b"id: smith-2021"))
    assert all(b"id: smith-2021" in r for r in out)
    return out


TARGET = Target("review", one_input, seeds, WORDS, examples=150)
