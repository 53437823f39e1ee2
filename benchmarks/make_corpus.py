"""Make up a library of meta-analyses with its answer key; the same seed gives the same bytes.

Sizes, risks, heterogeneity, measures, programs and what is printed follow the marginals in ``corpus_marginals.py``, each with its
source. The numbers are computed by ``corpus_pooling.py``, which shares no code with the library. One analysis in twenty has an
error (``corpus_errors.py``); the key says which, where, what is true, and which printed numbers it moves.

    python benchmarks/make_corpus.py --out made-up [--analyses 20000] [--seed 20260101] [--as parquet|csv|folders]

writes ``made-up/extraction.parquet``, ``claims.parquet``, ``analyses.parquet`` (the form that ``metaudit corpus`` reads) and
``key.parquet``; with ``folders``, one folder of text files a review and ``key.csv``.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "benchmarks")]

import numpy as np  # noqa: E402 - after the path to the library
from corpus_drawing import Cells, Drawn, analyses  # noqa: E402
from corpus_errors import Answer, broken  # noqa: E402

SEED, ANALYSES = 20260101, 20_000
_NUMBERS = (
    "events_t", "n_t", "events_c", "n_c", "mean_t", "sd_t", "se_t", "mean_c", "sd_c", "se_c", "effect", "ci_low", "ci_high",
    "printed_effect", "printed_ci_low", "printed_ci_high", "printed_weight",
)  # fmt: skip
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "extraction": ("review", "analysis", "study", "year", *_NUMBERS),
    "claims": ("review", "claim", "analysis", "quantity", "printed"),
    "analyses": ("review", "analysis", "title", "measure", "method", "authors", "year", "journal", "kind", "software"),
    "key": (
        "review", "analysis", "program", "measure", "model", "tau2", "ci", "k", "homogeneous", "kind", "claim", "place", "true", "written", "moved",
    ),
}  # fmt: skip
ROWS_AT_ONCE = 20_000
JOURNAL = "Made-up Reviews"


@dataclass(frozen=True)
class Made:
    """One analysis as it is written down, with its answer."""

    drawn: Drawn
    answer: Answer


def corpus(number: int, seed: int) -> Iterator[Made]:
    """The analyses of a corpus, review by review; the first ones are the same whatever the number."""
    for i, drawn in enumerate(analyses(number, seed)):
        yield Made(*broken(drawn, np.random.default_rng([seed, i, 1])))


def claim_id(analysis: str, quantity: str) -> str:
    """Id of a claim: ``1-2-ci_low`` is the lower limit of analysis 1-2."""
    return f"{analysis}-{quantity.replace('_', '-')}"


def tables(made: Made) -> dict[str, list[Cells]]:
    """The rows of an analysis in every table."""
    d = made.drawn
    at = {"review": d.review, "analysis": d.id}
    claims = [{**at, "claim": claim_id(d.id, q), "quantity": q, "printed": text} for q, text in d.printed.items()]
    about = {
        **at, "title": d.title, "measure": d.measure, "method": d.stated, "authors": d.review.split("-")[0].title(),
        "year": str(d.year), "journal": JOURNAL, "kind": "meta-analysis", "software": d.software,
    }  # fmt: skip
    return {"extraction": [at | row for row in d.rows], "claims": claims, "analyses": [about], "key": [_key(made, at)]}


def _key(made: Made, at: Mapping[str, str]) -> Cells:
    """The answer; ``homogeneous`` says that Q is not above its degrees of freedom: tau² is 0, random effects give the common one."""
    d, a = made.drawn, made.answer
    wrong = "; ".join(claim_id(d.id, q) for q in a.claim.split("; ") if q)
    return {
        **at, "program": d.method.program, "measure": d.method.measure, "model": d.method.model, "tau2": d.method.tau2,
        "ci": d.method.ci, "k": str(d.result.k),
        "homogeneous": "yes" if not d.result.q > d.result.k - 1 else "no", "kind": a.kind, "claim": wrong, "place": a.place, "true": a.true,
        "written": a.written, "moved": "; ".join(claim_id(d.id, q) for q in a.moved),
    }  # fmt: skip


# Writing ------------------------------------------------------------------------------------------------------------


def write_parquet(made: Iterable[Made], out: Path) -> None:
    """One Parquet file a table, every column text, in groups of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schemas = {name: pa.schema([(c, pa.string()) for c in columns]) for name, columns in COLUMNS.items()}
    writers = {name: pq.ParquetWriter(out / f"{name}.parquet", schema) for name, schema in schemas.items()}
    waiting: dict[str, list[Cells]] = {name: [] for name in COLUMNS}

    def flush(name: str) -> None:
        rows = waiting[name]
        columns = [pa.array([r.get(c, "") for r in rows], pa.string()) for c in COLUMNS[name]]
        writers[name].write_table(pa.table(columns, schema=schemas[name]))
        rows.clear()

    for one in made:
        for name, rows in tables(one).items():
            waiting[name] += rows
            if len(waiting[name]) >= ROWS_AT_ONCE:
                flush(name)
    for name, writer in writers.items():
        flush(name)
        writer.close()


def write_csv(made: Iterable[Made], out: Path) -> None:
    """One CSV a table."""
    handles = {name: (out / f"{name}.csv").open("w", encoding="utf-8", newline="") for name in COLUMNS}
    writers = {name: _writer(handle, COLUMNS[name]) for name, handle in handles.items()}
    for one in made:
        for name, rows in tables(one).items():
            writers[name].writerows(rows)
    for handle in handles.values():
        handle.close()


def _writer(handle: object, columns: Sequence[str]) -> csv.DictWriter[str]:
    writer: csv.DictWriter[str] = csv.DictWriter(handle, columns, restval="", lineterminator="\n")  # type: ignore[arg-type]
    writer.writeheader()
    return writer


def write_folders(made: Iterable[Made], out: Path) -> None:
    """One folder a review: review.yaml, extraction.csv, claims.csv, sources.csv; and key.csv beside them."""
    with (out / "key.csv").open("w", encoding="utf-8", newline="") as handle:
        key = _writer(handle, COLUMNS["key"])
        for name, members in groupby(made, key=lambda one: one.drawn.review):
            of_review = list(members)
            _write_review(of_review, out / name)
            key.writerows(row for one in of_review for row in tables(one)["key"])


def _write_review(made: Sequence[Made], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [(one, tables(one)) for one in made]
    extraction = [
        {
            **{c: t for c, t in row.items() if c not in ("review", "analysis")},
            "outcome": row["analysis"],
            "source": "paper",
        }
        for _, found in rows
        for row in found["extraction"]
    ]
    claims = [
        {**{c: t for c, t in row.items() if c != "review"}, "source": "paper"}
        for _, found in rows
        for row in found["claims"]
    ]
    sources = [{"source": "paper", "citation": f"Made-up review {folder.name}", "read": "full text"}]
    contents: dict[str, tuple[Sequence[str], list[Cells]]] = {
        "extraction.csv": (("study", "year", "outcome", *_NUMBERS, "source"), extraction),
        "claims.csv": (("claim", "analysis", "quantity", "printed", "source"), claims),
        "sources.csv": (("source", "citation", "read"), sources),
    }
    for file, (columns, cells) in contents.items():
        filled = [c for c in columns if any(r.get(c) for r in cells)]
        with (folder / file).open("w", encoding="utf-8", newline="") as handle:
            _writer(handle, filled).writerows(cells)
    (folder / "review.yaml").write_text(_yaml([one.drawn for one in made]), encoding="utf-8")


def _yaml(drawn: Sequence[Drawn]) -> str:
    first = drawn[0]
    lines = [
        f"id: {first.review}", f"title: Made-up review {first.review}", "kind: meta-analysis", "language: en", "citation:",
        f"  authors: {first.review.split('-')[0].title()}", f"  year: {first.year}", f"  journal: {JOURNAL}", "analyses:",
    ]  # fmt: skip
    for d in drawn:
        lines += [f'  "{d.id}":', f"    title: {d.title}", f'    select: {{outcome: "{d.id}"}}']
        lines += [f"    measure: {d.measure}"] if d.measure else []
        said = [part.split("=") for part in d.stated.split("; ") if part]
        said += [["software", f'"{d.software}"']] if d.software else []
        if said:
            lines.append("    method: {" + ", ".join(f"{k}: {v}" for k, v in said) + "}")
    return "\n".join(lines) + "\n"


WRITERS = {"parquet": write_parquet, "csv": write_csv, "folders": write_folders}


def main() -> None:
    """Write a corpus."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--out", type=Path, required=True, help="a folder; what is in it under the same names is replaced"
    )
    parser.add_argument("--analyses", type=int, default=ANALYSES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--as", dest="form", choices=tuple(WRITERS), default="parquet")
    asked = parser.parse_args()
    if asked.analyses < 1:
        parser.error("--analyses is 1 or more")
    asked.out.mkdir(parents=True, exist_ok=True)
    WRITERS[asked.form](corpus(asked.analyses, asked.seed), asked.out)


if __name__ == "__main__":
    main()
