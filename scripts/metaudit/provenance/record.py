"""``provenance.json``: hashes of every input and every result, versions, parameters, and which came from which."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from metaudit import __version__
from metaudit.errors import InputError, Problem
from metaudit.formats.places import read_of_review
from metaudit.provenance.places import BUILT_BESIDE, Places, absolute, digest, result_files
from metaudit.provenance.stages import Sealed, Stage, read_seals

FORMAT = "metaudit provenance 1"
OWN_STAGE = "provenance"
# Packages that can move a number or a byte of a result; a test compares them with pyproject.toml.
PACKAGES = tuple(
    """brotli fonttools jinja2 jsonschema lxml markupsafe matplotlib numpy pandas pyarrow pylatexenc pymare python-docx
    ruamel.yaml scipy snakemake statsmodels tabulate""".split()
)


@dataclass(frozen=True)
class Run:
    """One run of the workflow, as its last rule knows it.

    Parameters
    ----------
    places : where the results and the workflow lie
    parameters : the configuration as it was used
    reviews : folder of every review, by its id
    stages : what was run, in order
    workflow : files of the workflow itself: Snakefile, configuration, lock file, the script that writes the record
    modules : modules of the library that the Snakefile and that script load
    beside : ids of the reviews that claims of a review refer to
    corpus : files of the corpus, or its folder; empty when none was audited
    """

    places: Places
    parameters: Mapping[str, Any]
    reviews: Mapping[str, Path]
    stages: Sequence[Stage]
    workflow: Sequence[str] = ()
    modules: Sequence[str] = ()
    beside: Mapping[str, Sequence[str]] = field(default_factory=dict)
    corpus: Sequence[Path] = ()


def record(run: Run) -> dict[str, Any]:
    """The record of a run; the same bytes from the same files, whatever the folder, the day and the number of cores.

    Raises
    ------
    InputError
        when a file is no longer what its stage wrote or read, or a seal is missing
    """
    sealed = _sealed(run)
    inputs = _inputs(run)
    _require_unchanged(run, sealed, inputs)
    return {
        "format": FORMAT,
        "metaudit": __version__,
        "parameters": dict(run.parameters),
        "environment": environment(run.places),
        "inputs": {name: inputs[name] for name in sorted(inputs)},
        "stages": {stage.name: _stage(stage, run.places) for stage in run.stages},
        "reviews": {review: _review(review, run) for review in run.reviews},
        "outputs": _outputs(run, sealed),
    }


def environment(places: Places) -> dict[str, Any]:
    """Facts about the machine that may move the last digit of a number; two machines may differ in them."""
    packages: dict[str, str | None] = {}
    for name in PACKAGES:
        try:
            packages[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            packages[name] = None
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "byte_order": sys.byteorder,
        "packages": packages,
        "workflow": Path(os.path.relpath(absolute(places.workflow), places.base)).as_posix(),
    }


def about(file: Path, **more: Any) -> dict[str, Any]:
    """Size in bytes and SHA-256 of a file, and what else is said of it."""
    return {"sha256": digest(file), "bytes": file.stat().st_size, **more}


def about_corpus(path: Path) -> dict[str, Any]:
    """A corpus as one entry: of a folder the SHA-256 of the list of the files read, each with its own (as ``sha256sum`` prints it)."""
    if path.is_file():
        return about(path, kind="corpus")
    import hashlib

    files, total = corpus_files(path)
    lines = "".join(f"{digest(p)}  {p.relative_to(path).as_posix()}\n" for p in files)
    return {"sha256": hashlib.sha256(lines.encode()).hexdigest(), "bytes": total, "kind": "corpus", "files": len(files)}


def corpus_files(path: Path) -> tuple[list[Path], int]:
    """The files that are read of a corpus that is a folder, and how many bytes they have; none is opened.

    They are the tables and YAML files of every folder in it with a ``review.yaml``, as :func:`metaudit.formats.places.read_of_review` has them:
    what else lies there (notes, PDFs of publishers) went into no result, and is not packed either. The list is in
    alphabetical order.
    """
    folders = {found.parent for found in path.glob("*/review.yaml")}
    files = [file for folder in folders for file in read_of_review(folder)]
    return sorted(files, key=lambda p: p.relative_to(path).as_posix()), sum(p.stat().st_size for p in files)


def _sealed(run: Run) -> dict[str, Sealed]:
    """What the seals say of every file that they name, by the file's name; a later stage that wrote it again has the word."""
    return {run.places.name(path): file for stage in run.stages for path, file in read_seals(stage).items()}


def _inputs(run: Run) -> dict[str, dict[str, Any]]:
    """Everything that was read and not computed; what two kinds share has the first of them."""
    name = run.places.name
    found: dict[str, dict[str, Any]] = {}
    for kind, files in (
        ("workflow", [*run.workflow, *(stage.script for stage in run.stages)]),
        ("code", [*run.modules, *(file for stage in run.stages for file in stage.code)]),
        ("data", [file for stage in run.stages for file in stage.data]),
    ):
        for file in files:
            if name(file) not in found:
                found[name(file)] = about(Path(file), kind=kind)
    for review, folder in run.reviews.items():
        for path in read_of_review(folder):
            found[name(path)] = about(path, kind="review", review=review)
    for path in run.corpus:
        found[name(path)] = about_corpus(path)
    return found


def _require_unchanged(run: Run, sealed: Mapping[str, Sealed], inputs: Mapping[str, Mapping[str, Any]]) -> None:
    problems = []
    for name, written in sealed.items():
        file = run.places.file(name)
        if name in inputs:
            now, verb = inputs[name]["sha256"], "read"
        elif file.is_file():
            now, verb = digest(file), "wrote"
        elif _is_result(name, run.places):
            now, verb = "", "wrote"
        else:  # a scratch file of the workflow in logs/
            continue
        if now != written.sha256:
            what = "is no longer there" if not now else "has changed"
            fix = f"Run that stage again: snakemake --forcerun {written.again}."
            since = f"since stage {written.stage} {verb} it"
            message = f"it {what} {since}, so that nothing can be said about where it came from."
            problems.append(Problem(name, 0, "", "provenance", message, fix))
    if problems:
        raise InputError(problems)


def _is_result(name: str, places: Places) -> bool:
    return absolute(places.file(name)).is_relative_to(absolute(places.results))


def _stage(stage: Stage, places: Places) -> dict[str, Any]:
    return {
        "does": stage.does,
        "script": places.name(stage.script),
        "after": list(stage.after),
        "data": [places.name(file) for file in stage.data],
        "code": [places.name(file) for file in stage.code],
    }


def _review(review: str, run: Run) -> dict[str, Any]:
    """Files of a review, the reviews its claims refer to, and the beginnings of the names of its results."""
    files = [run.places.name(file) for file in read_of_review(run.reviews[review])]
    return {
        "inputs": files,
        "refers_to": [other for other in run.beside.get(review, ()) if other in run.reviews and other != review],
        "results": [f"{review}/", f"report/{review}.", f"report/explorer/{review}."],
    }


def _outputs(run: Run, sealed: Mapping[str, Sealed]) -> dict[str, Any]:
    """Every file that a stage says it wrote below the results, by its name there; what nobody wrote is not recorded."""
    results = absolute(run.places.results)
    found = {}
    for name, written in sealed.items():
        file = run.places.file(name)
        if file.is_relative_to(results):
            beside = {"built_beside": True} if file.suffix in BUILT_BESIDE else {}
            inside = file.relative_to(results).as_posix()
            entry = {"stage": written.stage, "sha256": written.sha256, "bytes": file.stat().st_size}
            found[inside] = {**entry, **beside}
    return {name: found[name] for name in sorted(found)}


def of_own(results: Path, names: Iterable[str]) -> dict[str, Any]:
    """Entries of what the stage of provenance itself wrote before its record."""
    there = set(result_files(results))
    return {name: {"stage": OWN_STAGE, **about(results / name)} for name in names if name in there}
