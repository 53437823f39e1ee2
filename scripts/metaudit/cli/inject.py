"""``metaudit inject``: one error put into a clean review."""

from __future__ import annotations

import csv
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, print_json, refuse
from metaudit.cli.review import Folder
from metaudit.formats.places import ID, ID_FIX

if TYPE_CHECKING:
    from metaudit.formats.review import Review


@app.command()
def inject(
    folder: Folder,
    out: Annotated[Path, typer.Option(help="folder of the review with the error; it must not exist yet")],
    kind: Annotated[
        str,
        typer.Option(
            help="kind of error; without one, the first that the table allows", autocompletion=complete.errors
        ),
    ] = "",
    analysis: Annotated[
        str,
        typer.Option(
            help="analysis to break; without one, the first that pools data", autocompletion=complete.analyses
        ),
    ] = "",
    seed: Annotated[int, typer.Option(help="which study and cell; the same seed puts the same error")] = 0,
    as_json: AsJson = False,
) -> None:
    """Copy a review with one error in its table, and say which: the printed claims stay as they are.

    Exit codes: 0 written, 2 bad input, or the table allows no such error.

    Example: metaudit inject data/reviews/colditz-1994 --out broken-1 --kind arms-swapped
    """
    from metaudit.formats.review import read_review
    from metaudit.inject.injection import INJECTED_KINDS
    from metaudit.inject.injection import inject as put_in
    from metaudit.inject.subjects import subject_of

    review = guarded(lambda: read_review(folder))
    if out.exists():
        refuse(ValueError(f"--out {out}: it exists already; name a new folder."))
    if not ID.fullmatch(out.name):
        refuse(ValueError(f"--out {out}: the folder's name becomes the review's id. {ID_FIX}"))
    subject = guarded(lambda: subject_of(review, analysis))
    for name in [kind] if kind else INJECTED_KINDS:
        injected = guarded(partial(put_in, subject, kind=name, seed=seed))
        if injected is not None:
            guarded(partial(write_broken, review, injected.review, out))
            _say(injected, subject.analysis, out, seed, as_json=as_json)
            return
    refuse(
        ValueError(
            f"analysis {subject.analysis!r} allows no error of kind {kind!r}." if kind else "no error can be put in."
        )
    )


def _say(injected: Any, analysis: str, out: Path, seed: int, *, as_json: bool) -> None:
    if as_json:
        undone = [e.words() for e in injected.truth]
        print_json(
            {
                "kind": injected.kind,
                "analysis": analysis,
                "seed": seed,
                "what": injected.words,
                "undone_by": undone,
                "out": str(out),
            }
        )
        return
    from metaudit.audit_words.input_words import column_words

    print(f"{out}: {column_words(injected.words)}. The claims are those of the review as it was.")


def write_broken(before: Review, after: Review, out: Path) -> None:
    """Copy a review's folder with another extraction table, or with analyses that pool other rows of it.

    The id becomes the name of the new folder.
    """
    from metaudit.files import replacing_folder
    from metaudit.formats.review import shown_path
    from metaudit.formats.yaml_edit import with_comments

    path = before.folder / "review.yaml"
    yaml, document = with_comments(path, shown_path(path))
    document["id"] = out.resolve().name
    for name, entry in after.analyses.items():
        if entry != before.analyses[name]:
            pools = {"select": dict(entry.select), "exclude": dict(entry.exclude), "reason": entry.reason}
            document["analyses"][name].update({k: v for k, v in pools.items() if v})
    columns = list(dict.fromkeys(c for r in (*before.rows, *after.rows) for c in r.cells))
    files = sorted(p for p in before.folder.rglob("*") if p.is_file())
    with replacing_folder(out) as built:
        for path in files:
            copy = built / path.relative_to(before.folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        with (built / "review.yaml").open("w", encoding="utf-8") as handle:
            yaml.dump(document, handle)
        with (built / "extraction.csv").open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(r.cells for r in after.rows)
