"""``provenance.json``: hashes of every input and every result, versions, parameters, and which came from which."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metaudit import __version__
from metaudit.formats.places import read_of_review
from metaudit.provenance.entries import about, about_corpus
from metaudit.provenance.places import BUILT_BESIDE, Places, absolute, result_files
from metaudit.provenance.seals import Seal, read_seals
from metaudit.provenance.stages import Stage
from metaudit.provenance.unchanged import require_unchanged, written_last
from metaudit.versions import packages

FORMAT = "metaudit provenance 1"
OWN_STAGE = "provenance"


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
    beside : ids of the reviews that claims of a review refer to, or analyses are shown beside
    outside : folders of reviews that are no part of the run, and that reviews of it refer to
    corpus : files of the corpus, or its folder; empty when none was audited
    """

    places: Places
    parameters: Mapping[str, Any]
    reviews: Mapping[str, Path]
    stages: Sequence[Stage]
    workflow: Sequence[str] = ()
    modules: Sequence[str] = ()
    beside: Mapping[str, Sequence[str]] = field(default_factory=dict)
    outside: Sequence[Path] = ()
    corpus: Sequence[Path] = ()


def record(run: Run) -> dict[str, Any]:
    """The record of a run; the same bytes from the same files, whatever the folder, the day and the number of cores.

    Raises
    ------
    InputError
        when a file is no longer what its stage wrote or read, or a seal is missing
    """
    seals = [seal for stage in run.stages for seal in read_seals(stage)]
    inputs = _inputs(run)
    require_unchanged(run, seals, inputs)
    return {
        "format": FORMAT,
        "metaudit": __version__,
        "parameters": dict(run.parameters),
        "environment": environment(run.places),
        "inputs": {name: inputs[name] for name in sorted(inputs)},
        "stages": {stage.name: _stage(stage, run.places) for stage in run.stages},
        "reviews": {review: _review(review, run) for review in run.reviews} | _outside(run),
        "outputs": _outputs(run, seals),
    }


def environment(places: Places) -> dict[str, Any]:
    """Facts about the machine that may move the last digit of a number; two machines may differ in them."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "system": platform.system(),
        "machine": platform.machine(),
        "byte_order": sys.byteorder,
        "packages": packages(),
        "workflow": Path(os.path.relpath(absolute(places.workflow), places.base)).as_posix(),
    }


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
    for folder in run.outside:
        for path in read_of_review(folder):
            found.setdefault(name(path), about(path, kind="review", review=folder.name))
    for path in run.corpus:
        found[name(path)] = about_corpus(path)
    return found


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
    known = {*run.reviews, *(folder.name for folder in run.outside)}
    return {
        "inputs": files,
        "refers_to": [other for other in run.beside.get(review, ()) if other in known and other != review],
        "results": [f"{review}/", f"report/{review}.", f"report/explorer/{review}."],
    }


def _outside(run: Run) -> dict[str, dict[str, Any]]:
    """Reviews that are no part of the run, and that reviews of it refer to: they have files, and no results."""
    found: dict[str, dict[str, Any]] = {}
    for folder in run.outside:
        files = [run.places.name(file) for file in read_of_review(folder)]
        if folder.name not in run.reviews:
            found[folder.name] = {"inputs": files, "refers_to": [], "results": []}
    return found


def _outputs(run: Run, seals: Sequence[Seal]) -> dict[str, Any]:
    """Every file that a stage says it wrote below the results, by its name there; what nobody wrote is not recorded."""
    results = absolute(run.places.results)
    found = {}
    for name, (seal, sha) in written_last(run.places, seals).items():
        file = run.places.file(name)
        if file.is_relative_to(results):
            beside = {"built_beside": True} if file.suffix in BUILT_BESIDE else {}
            inside = file.relative_to(results).as_posix()
            entry = {"stage": seal.stage, "sha256": sha, "bytes": file.stat().st_size}
            found[inside] = {**entry, **beside}
    return {name: found[name] for name in sorted(found)}


def of_own(results: Path, names: Iterable[str]) -> dict[str, Any]:
    """Entries of what the stage of provenance itself wrote before its record."""
    there = set(result_files(results))
    return {name: {"stage": OWN_STAGE, **about(results / name)} for name in names if name in there}
