"""What the record of a run cannot vouch for: results, inputs, code or packages that are not those that a stage had."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from metaudit.errors import InputError, Problem
from metaudit.files import digest
from metaudit.formats.signs import clipped
from metaudit.listing import listed
from metaudit.provenance.entries import corpus_files
from metaudit.provenance.places import Places, absolute
from metaudit.provenance.seals import Seal
from metaudit.provenance.stages import Stage
from metaudit.seal import CODE, PARAMETER, SCRIPT, code_hash
from metaudit.versions import versions

if TYPE_CHECKING:
    from metaudit.provenance.record import Run

_EXTRACT, _CORPUS = "extract", "corpus_audit"
_BY_HAND = ("corpus", "review")  # kinds of inputs that were typed in


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
        none read, each stage with other code or other parameters, and each package of another version than a stage computed with
    """
    found = [
        *_results(run.places, seals, inputs),
        *_inputs(run, seals, inputs),
        *_code(run, seals, inputs),
        *_told(run, seals),
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
            yield _changed(name, now, f"since stage {seal.stage} wrote it", seal)


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
                yield _changed(name, now(name), f"since stage {seal.stage} read it", seal)
    read = {places.name(path) for seal in seals for path in seal.read}
    rules = {stage.name: stage.rule or stage.name for stage in run.stages}
    for name in sorted(set(_recorded(places, inputs)) - read):
        reader = _CORPUS if _CORPUS in rules and not _of_review(name, inputs) else _EXTRACT
        message = "no stage of the run read it, so it came in since."
        yield Problem(name, 0, "", "provenance", message, f"Run again: snakemake --forcerun {rules[reader]}.")


def _of_review(name: str, inputs: Mapping[str, Mapping[str, Any]]) -> bool:
    return name in inputs and inputs[name]["kind"] == "review"


def _recorded(places: Places, inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Every file that the record will name as typed in, those of a corpus in a folder one by one."""
    for name, entry in inputs.items():
        if entry["kind"] not in _BY_HAND:
            continue
        if "files" in entry:
            yield from (places.name(file) for file in corpus_files(places.file(name))[0])
        else:
            yield name


def _code(run: Run, seals: Sequence[Seal], inputs: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    """Each stage that was run with other modules, or another script, than are there, and were there when the run began."""
    stages = {stage.name: stage for stage in run.stages}
    edited = {name for name, stage in stages.items() if stage.library and stage.library != _library(stage, run, inputs)}
    for seal in seals:
        stage = stages[seal.stage]
        script = inputs[run.places.name(stage.script)]["sha256"] if stage.library else ""
        if seal.facts.get(CODE, "") != stage.library or seal.facts.get(SCRIPT, "") != script:
            message = f"stage {seal.stage} was run with other code than is there now."
            yield Problem(seal.path, 0, "", "provenance", message, _again(seal))
        elif seal.stage in edited:
            message = f"modules of stage {seal.stage} were changed while the workflow was running."
            yield Problem(seal.path, 0, "", "provenance", message, "Run the workflow again.")


def _library(stage: Stage, run: Run, inputs: Mapping[str, Mapping[str, Any]]) -> str:
    return code_hash(inputs[run.places.name(file)]["sha256"] for file in stage.code)


def _told(run: Run, seals: Sequence[Seal]) -> Iterator[Problem]:
    """Each stage whose results were made as another configuration says than the one that will be recorded."""
    told = {stage.name: stage.told for stage in run.stages}
    for seal in seals:
        for name, value in told[seal.stage].items():
            then = seal.facts.get(name)
            if then != value:
                what = name.removeprefix(PARAMETER)
                before = f"was not told {what}" if then is None else f"was run with {what} {clipped(then)}"
                message = f"stage {seal.stage} {before}, and is told {clipped(value)} now."
                yield Problem(seal.path, 0, what, "provenance", message, _again(seal))


def _again(seal: Seal) -> str:
    return f"Run that stage again: snakemake --forcerun {seal.again}."


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


def _changed(name: str, now: str, since: str, seal: Seal) -> Problem:
    what = "is no longer there" if not now else "has changed"
    message = f"it {what} {since}, so that nothing can be said about where it came from."
    return Problem(name, 0, "", "provenance", message, _again(seal))
