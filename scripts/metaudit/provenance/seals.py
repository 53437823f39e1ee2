"""The seals that stages leave: what each wrote and read, and with what it computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from metaudit.errors import InputError, Problem
from metaudit.provenance.stages import Stage
from metaudit.seal import FACT, READ


@dataclass(frozen=True)
class Seal:
    """One seal.

    Parameters
    ----------
    stage : name of the stage
    path : the file
    again : what Snakemake is to be told to run again: the rule, or the one of its jobs that wrote the seal
    facts : hash of the code and of the script, what the stage was told, versions of Python and of packages, by name
    written, read : SHA-256 of the files that the stage wrote, and of those it read and no stage wrote, by their paths
    """

    stage: str
    path: str
    again: str
    facts: dict[str, str] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    read: dict[str, str] = field(default_factory=dict)


def read_seals(stage: Stage) -> list[Seal]:
    """The seals of a stage: one, or one for each of its jobs.

    Raises
    ------
    InputError
        with a problem for every seal that is missing or is none
    """
    found, problems = [], []
    for path in stage.seals:
        try:
            found.append(_read(Seal(stage.name, path, path if len(stage.seals) > 1 else stage.rule or stage.name)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _read(seal: Seal) -> Seal:
    fix = f"Run the stage again: snakemake --forcerun {seal.again}."
    try:
        lines = Path(seal.path).read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Problem(seal.path, 0, "", "seal", f"it cannot be read: {error}.", fix)]) from None
    files = seal.written
    for number, line in enumerate(lines[:-1] if lines[-1:] == [""] else lines, start=1):
        if line == READ:
            files = seal.read
        elif line.startswith(FACT) and " " in line.removeprefix(FACT):
            name, _, value = line.removeprefix(FACT).partition(" ")
            seal.facts[name] = value
        else:
            sha, _, path = line.partition("  ")
            if len(sha) != 64 or not path:
                message = "this line is no SHA-256 with two blanks and a path behind it."
                raise InputError([Problem(seal.path, number, "", "seal", message, fix)])
            files[path] = sha
    return seal
