"""``metaudit extractors``: two people's tables against each other."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli.output import AsJson, app, guarded, many, print_json, refuse
from metaudit.errors import InputError, Problem
from metaudit.formats.columns import KEYS

if TYPE_CHECKING:
    from metaudit.extractors.agreement import ColumnAgreement
    from metaudit.extractors.differences import Difference
    from metaudit.extractors.impact import PooledBy
    from metaudit.extractors.pairing import Pair
    from metaudit.formats.review import Review

_TABLE = "reconciliation.csv"


@app.command()
def extractors(
    folder: Annotated[
        Path, typer.Argument(help="folder with extraction.A.csv and extraction.B.csv", show_default=False)
    ],
    write: Annotated[
        bool, typer.Option("--write", help=f"write {_TABLE}: one row a difference, for people to decide")
    ] = False,
    reconcile: Annotated[
        bool, typer.Option("--reconcile", help=f"write extraction.csv from the decisions of {_TABLE}")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="replace an extraction.csv that is there")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how far two extractors agree, where they differ, and what it does to the result. Exit 0: no difference; 1: some.

    Example: metaudit extractors data/reviews/smith-2021 --write; decide in reconciliation.csv; then --reconcile.
    """
    from metaudit.extractors import agreement, differences, paired, read_extractors
    from metaudit.extractors.impact import by_extractor

    review: Review = guarded(lambda: read_extractors(folder))
    pairs = paired(review.extractors["A"], review.extractors["B"])
    found = differences(pairs)
    if reconcile:
        n = guarded(lambda: _reconcile(review, pairs, found, folder, overwrite=overwrite))
        if as_json:
            print_json({"written": "extraction.csv", "rows": n})
        else:
            print(f"{folder / 'extraction.csv'}: {many(n, 'row')}. Next: metaudit check {folder}")
        return
    if write:
        undecided = guarded(lambda: _write(review, found, folder))
    agreed, pooled = agreement(pairs), guarded(lambda: by_extractor(review))
    if as_json:
        print_json(_as_json(pairs, found, agreed, pooled))
    else:
        _print(pairs, found, agreed, pooled)
        if write:
            print(
                f"\n{folder / _TABLE}: {many(len(found), 'difference')}, {undecided} to decide. "
                f"Write A, B or = value under decision, then: metaudit extractors {folder} --reconcile"
            )
    raise typer.Exit(1 if found else 0)


def _write(review: Review, found: list[Difference], folder: Path) -> int:
    """Write the table of differences; decisions already made stay. Gives the number still to be made."""
    from metaudit.extractors.reconcile import RECONCILED, reconciliation_rows
    from metaudit.files import write_rows

    rows = reconciliation_rows(review, found)
    made = {_place(r.cells): r.cells for r in _decided(folder)} if (folder / _TABLE).is_file() else {}
    for row in rows:
        old = made.get(_place(row), {})
        if (old.get("a", ""), old.get("b", "")) == (row["a"], row["b"]):  # decided about the same two values
            row |= {name: old.get(name, "") for name in ("decision", "decided_by", "note")}
    write_rows(folder / _TABLE, RECONCILED, rows)
    return sum(not r.get("decision") for r in rows)


def _place(cells: Any) -> tuple[str, ...]:
    return tuple(cells.get(name, "") for name in KEYS["reconciliation.csv"])


def _decided(folder: Path) -> Any:
    from metaudit.formats.review import shown_path
    from metaudit.formats.tables import read_table

    rows, problems = read_table(folder / _TABLE, f"{shown_path(folder)}/{_TABLE}")
    if problems:
        raise InputError(problems)
    return rows


def _reconcile(review: Review, pairs: list[Pair], found: list[Difference], folder: Path, *, overwrite: bool) -> int:
    from metaudit.extractors.reconcile import reconciled_rows
    from metaudit.files import write_text
    from metaudit.formats.review import shown_path

    shown = f"{shown_path(folder)}/{_TABLE}"
    if found and not (folder / _TABLE).is_file():
        fix = f"Write it first: metaudit extractors {folder} --write."
        refuse(InputError([Problem(shown, 0, "", "missing-file", "the file is missing.", fix)]))
    if (folder / "extraction.csv").exists() and not overwrite:
        fix = "Add --overwrite to replace it."
        refuse(
            InputError(
                [Problem(f"{shown_path(folder)}/extraction.csv", 0, "", "exists", "the file is there already.", fix)]
            )
        )
    decided = _decided(folder) if (folder / _TABLE).is_file() else []
    rows = reconciled_rows(review, pairs, found, decided=decided, shown=shown)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(folder / "extraction.csv", buffer.getvalue())
    return len(rows)


def _print(
    pairs: list[Pair], found: list[Difference], agreed: list[ColumnAgreement], pooled: dict[str, dict[str, PooledBy]]
) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False, markup=False, width=None if Console().is_terminal else 140)
    both = sum(p.a is not None and p.b is not None for p in pairs)
    guessed = sum(p.guessed for p in pairs)
    print(
        f"{many(both, 'row')} in both tables"
        + (f", {guessed} of them under labels that differ" if guessed else "")
        + "."
    )
    for who, rows in (("A", [p for p in pairs if p.b is None]), ("B", [p for p in pairs if p.a is None])):
        if rows:
            print(f"Only extractor {who} has: {', '.join(', '.join(k for k in p.key if k) for p in rows)}.")
    table = Table(box=None, pad_edge=False)
    for name in ("column", "rows", "same", "%", "one only", "kappa", "B − A, mean (limits of agreement)"):
        table.add_column(name, justify="left" if name == "column" else "right")
    for c in agreed:
        kappa = "–" if math.isnan(c.kappa) else f"{c.kappa:.2f} ({c.kappa_low:.2f} to {c.kappa_high:.2f})"
        bias = "" if math.isnan(c.bias) else f"{c.bias:.3g} ({c.loa_low:.3g} to {c.loa_high:.3g})"
        table.add_row(c.column, str(c.n), str(c.in_value), f"{c.percent:.0f}", str(c.one_only), kappa, bias)
    console.print(table)
    if any(math.isnan(c.kappa) for c in agreed):
        print("–: one value throughout, so that chance alone agrees everywhere and kappa is not defined.")
    for analysis, results in pooled.items():
        print(f"\n{analysis}: " + "; ".join(f"from {who}'s table {r.words()}" for who, r in results.items()))
    if found:
        print(f"\n{many(len(found), 'difference')}:")
    for d in found:
        label = ", ".join(k for k in d.key if k)
        print(f"  {label}{', ' + d.column if d.column else ''}: A {d.a or 'nothing'}, B {d.b or 'nothing'} ({d.kind})")


def _as_json(
    pairs: list[Pair], found: list[Difference], agreed: list[ColumnAgreement], pooled: dict[str, dict[str, PooledBy]]
) -> dict[str, Any]:
    return {
        "rows": {
            "both": sum(p.a is not None and p.b is not None for p in pairs),
            "guessed": [{"a": p.a.text("study"), "b": p.b.text("study")} for p in pairs if p.guessed and p.a and p.b],
            "only_a": [list(p.key) for p in pairs if p.b is None],
            "only_b": [list(p.key) for p in pairs if p.a is None],
        },
        "agreement": [{**c.__dict__, "percent": c.percent} for c in agreed],
        "pooled": {a: {who: r.__dict__ for who, r in some.items()} for a, some in pooled.items()},
        "differences": [
            {**dict(zip(KEYS["extraction.csv"], d.key, strict=True)), "column": d.column, "a": d.a, "b": d.b, "kind": d.kind}
            for d in found
        ],
    }  # fmt: skip
