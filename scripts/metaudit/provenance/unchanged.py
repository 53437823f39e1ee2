"""What the record of a run cannot vouch for: results, inputs, code or packages that are not those that a stage had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from metaudit.errors import InputError, Problem
from metaudit.listing import listed
from metaudit.provenance.entries import corpus_files
from metaudit.provenance.places import Places, absolute, digest
from metaudit.provenance.seals import Seal
from metaudit.versions import versions

if TYPE_CHECKING:
    from metaudit.provenance.record import Run

_CORPUS = "corpus_audit"
_TYPED = ("corpus", "review")


def require_unchanged(run: Run, seals: Sequence[Seal], inputs: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse a record that would say of something what nobody knows.

    Parameters
    ----------
    run : the run
    seals : what its stages left
    inputs : the inputs as they will be recorded, by name

    Raises
    ------
    InputError
        with a problem for each result that changed since its stage wrote it, each input that changed since a stage read it or that
        none read, each stage with other code, and each package of another version than a stage computed with
    """
    found = [
        *_results(run.places, seals, inputs),
        *_inputs(run, seals, inputs),
        *_code(run, seals),
        *_packages(seals),
    ]
    if found:
        raise InputError(found)


def written_last(places: Places, seals: Sequence[Seal]) -> dict[str, tuple[Seal, str]]:
    """Every file that a stage wrote, by its name: the seal and the SHA-256; a later stage that wrote it again has the word."""
    return {places.name(path): (seal, sha) for seal in seals for path, sha in seal.written.items()}


def _results(places: Places, seals: Sequence[Seal], inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for name, (seal, sha) in written_last(places, seals).items():
        file = places.file(name)
        if file.is_file():
            now = inputs[name]["sha256"] if name in inputs else digest(file)
        elif absolute(file).is_relative_to(absolute(places.results)):
            now = ""
        else:  # a scratch file of the workflow in logs/
            continue
        if now != sha:
            yield _changed(name, now, f"since stage {seal.stage} wrote it", seal.again)


def _inputs(run: Run, seals: Sequence[Seal], inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    places = run.places

    @cache
    def now(name: str) -> str:
        if name in inputs:
            return str(inputs[name]["sha256"])
        file = places.file(name)
        return digest(file) if file.is_file() else ""

    told = set()
    for seal in seals:
        for name, sha in ((places.name(path), sha) for path, sha in seal.read.items()):
            if now(name) != sha and (name, seal.stage) not in told:
                told.add((name, seal.stage))
                yield _changed(name, now(name), f"since stage {seal.stage} read it", seal.again)
    read = {places.name(path) for seal in seals for path in seal.read}
    for name in sorted(set(_recorded(places, inputs)) - read):
        again = _CORPUS if any(seal.stage == _CORPUS for seal in seals) and not _of_review(name, inputs) else "extract"
        message = "no stage of the run read it, so it came in since."
        yield Problem(name, 0, "", "provenance", message, f"Run again: snakemake --forcerun {again}.")


def _of_review(name: str, inputs: Mapping[str, Mapping[str, Any]]) -> bool:
    return name in inputs and inputs[name]["kind"] == "review"


def _recorded(places: Places, inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Every file that the record will name as typed in, those of a corpus in a folder one by one."""
    for name, entry in inputs.items():
        if entry["kind"] not in _TYPED:
            continue
        if "files" in entry:
            yield from (places.name(file) for file in corpus_files(places.file(name))[0])
        else:
            yield name


def _code(run: Run, seals: Sequence[Seal]) -> Iterator[Problem]:
    library = {stage.name: stage.library for stage in run.stages}
    for seal in seals:
        if seal.facts.get("code", "") != library[seal.stage]:
            message = f"stage {seal.stage} was run with other code than is there now."
            fix = f"Run that stage again: snakemake --forcerun {seal.again}."
            yield Problem(seal.path, 0, "", "provenance", message, fix)


def _packages(seals: Sequence[Seal]) -> Iterator[Problem]:
    here = versions()
    others: dict[tuple[str, str], list[str]] = {}
    for seal in seals:
        for name, version in seal.facts.items():
            if name in here and version != here[name]:
                others.setdefault((name, version), []).append(seal.stage)
    for (name, version), stages in sorted(others.items()):
        who = listed([f"stage {stage}" for stage in dict.fromkeys(stages)], "and")
        message = f"{who} computed with {name} {version}, and {here[name]} is installed now."
        yield Problem("environment", 0, name, "provenance", message, "Run everything again: snakemake --forceall.")


def _changed(name: str, now: str, since: str, again: str) -> Problem:
    what = "is no longer there" if not now else "has changed"
    message = f"it {what} {since}, so that nothing can be said about where it came from."
    return Problem(name, 0, "", "provenance", message, f"Run that stage again: snakemake --forcerun {again}.")
