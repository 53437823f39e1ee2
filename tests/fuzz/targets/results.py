"""Files of results that `metaudit diff` compares: JSON, CSV and text from elsewhere."""

from __future__ import annotations

from fuzz.harness import ROOT, Target, parts_of, watched
from metaudit.compare import compare_trees, summary

WORDS = (b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"NaN", b"Infinity", b"-", b"1e400", b"1e-320", b"\\ud800", b"\\u0000", b"true", b"=== before.json\n", b"=== after.json\n", b"=== after.csv\n", b"=== before.csv\n", b"=== before.svg\n", b"=== after.svg\n", b"\n", b"\r")  # fmt: skip


def one_input(data: bytes) -> None:
    """Two result folders with one file of each kind."""
    parts = parts_of(data)
    with watched() as folder:
        for side in ("before", "after"):
            (folder / side).mkdir()
            for ending in ("json", "csv", "svg"):
                content = parts.get(f"{side}.{ending}")
                if content is not None:
                    (folder / side / f"audit.{ending}").write_bytes(content)
        summary(compare_trees(folder / "before", folder / "after"))


def seeds() -> list[bytes]:
    made = b'=== before.json\n{"claims": [{"claim": "re", "value": 0.5, "verdict": "EXACT"}]}\n=== after.json\n{"claims": [{"claim": "re", "value": 0.6, "verdict": "NEAR"}]}\n=== before.csv\na,b\n1,2\n=== after.csv\na,b\n1,3\n4,5\n'
    audit = (ROOT / "results/colditz-1994/audit.csv").read_bytes()[:6000]
    return [made, b"=== before.csv\n" + audit + b"\n=== after.csv\n" + audit.replace(b"0.", b"1.")]


TARGET = Target("results", one_input, seeds, WORDS)
