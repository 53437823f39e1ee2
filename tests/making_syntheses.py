"""Review folders of networks and sequential analyses for tests: vendored data, and small made-up ones."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

NETWORKS = Path(__file__).parent / "data" / "network"
COLUMNS = {"event": "events", "n": "n", "mean": "mean", "sd": "sd"}
CLAIMS = "claim,analysis,quantity,subject,printed,method,source,where,certainty".split(",")
BCG = (
    ("Aronson 1948", 1948, 4, 123, 11, 139), ("Ferguson 1949", 1949, 6, 306, 29, 303), ("Stein 1953", 1953, 180, 1541, 372, 1451),
    ("Hart 1977", 1977, 62, 13598, 248, 12867), ("Madras 1980", 1980, 505, 88391, 499, 88391),
)  # fmt: skip


def vendored(name: str) -> list[dict[str, str]]:
    """The arms of a vendored network in the columns of extraction.csv."""
    arms = json.loads((NETWORKS / f"{name}.json").read_text(encoding="utf-8"))["arms"]
    shown = {"study": "study", "treatment": "treatment", **COLUMNS}
    kept = [c for c in arms if c in shown]
    return [
        {shown[c]: str(v) for c, v in zip(kept, values, strict=True)}
        for values in zip(*(arms[c] for c in kept), strict=True)
    ]


def reference(name: str, unit: str) -> dict:
    """What netmeta makes of it."""
    return json.loads((NETWORKS / f"{name}.json").read_text(encoding="utf-8"))["units"][unit]["reference"]


def write_review(
    folder: Path, rows: Sequence[Mapping[str, str]], analyses: str, *, claims: Sequence[Sequence[str]] = ()
) -> Path:
    """A review folder whose analyses are given as the YAML below ``analyses:``."""
    folder.mkdir(parents=True)
    head = f"id: {folder.name}\ntitle: A review\nkind: meta-analysis\ncitation: {{authors: Doe et al., year: 2020}}\nanalyses:\n"
    (folder / "review.yaml").write_text(head + analyses, encoding="utf-8")
    columns = list(dict.fromkeys(c for r in rows for c in r))
    _write(
        folder / "extraction.csv",
        [*columns, "source", "certainty"],
        [{**r, "source": "paper", "certainty": "read"} for r in rows],
    )
    _write(
        folder / "sources.csv",
        ["source", "citation", "read"],
        [{"source": "paper", "citation": "Doe 2020", "read": "full text"}],
    )
    if claims:
        _write(
            folder / "claims.csv",
            CLAIMS,
            [dict(zip(CLAIMS, c, strict=False)) | {"source": "paper", "certainty": "read"} for c in claims],
        )
    return folder


def network_review(
    folder: Path, *, favours: str = "high", network: str = "{}", method: str = "{model: random, tau2: DL}"
) -> Path:
    """The network of Hasselblad 1998 as a review."""
    says = f"    favours: {favours}\n" if favours else ""
    analyses = f"  net:\n    title: Counselling\n    select: {{}}\n    measure: OR\n{says}    method: {method}\n    network: {network}\n"
    claims = [
        ("tau2", "net", "tau2", "", "0.5989"), ("k", "net", "k", "", "24"),
        ("one", "net", "estimate", "ind_counseling : no_contact", "2.08"), ("wrong", "net", "estimate", "self_help : no_contact", "1.82"),
    ]  # fmt: skip
    return write_review(folder, vendored("hasselblad1998"), analyses, claims=claims)


def sequential_review(folder: Path, sequential: str = "{alpha: 0.05, power: 0.8, relative_reduction: 0.2}") -> Path:
    """Five trials of BCG with a sequential analysis."""
    names = ("study", "year", "events_t", "n_t", "events_c", "n_c")
    rows = [dict(zip(names, map(str, trial), strict=True)) for trial in BCG]
    analyses = (
        "  bcg:\n    title: Tuberculosis\n    select: {}\n    measure: RR\n    favours: low\n    method: {model: random, tau2: DL}\n"
        f"    sequential: {sequential}\n"
    )
    return write_review(folder, rows, analyses)


def _write(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)
