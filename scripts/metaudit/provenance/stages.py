"""What the stages of a workflow read and write, as the workflow itself declares it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.provenance.places import absolute

SEALS = "seals"
CORPUS = "/corpus/"
CORPUS_STAGE = "corpus_"


@dataclass(frozen=True)
class Stage:
    """One rule of the workflow.

    Parameters
    ----------
    name : its name, as the seal it writes is called
    does : what it does, in one line
    script : the script it runs
    code : modules and templates of the library it loads
    data : files that come with metaudit and that it reads
    after : stages whose results it reads
    seal : the file with the hashes of all it wrote; empty when it writes none
    patterns : what it writes, where it has no seal: paths in which ``*`` stands for anything
    """

    name: str
    does: str
    script: str
    code: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    seal: str = ""
    patterns: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As a rule's parameter: texts, lists and a mapping."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in self.__dict__.items()}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Stage:
        """The way back from :meth:`plain`."""
        told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**told)


def stages_of(
    rules: Iterable[Any], snakefiles: Path, *, loaded: Mapping[str, Sequence[str]], with_reviews: bool = True
) -> list[dict[str, Any]]:
    """Every rule that has a seal or writes results of a corpus, in the order of the file, as plain values.

    Parameters
    ----------
    rules : ``workflow.rules`` of Snakemake
    snakefiles : folder of the workflow; rules of another one, which uses it as a module, are left out
    loaded : files of the library behind every hash that is a rule's parameter ``code``
    with_reviews : whether reviews are run at all; of a corpus alone, only the stages of the corpus are
    """
    found: list[Stage] = []
    for rule in rules:
        if rule.script and absolute(str(rule.snakefile)).is_relative_to(absolute(snakefiles)):
            seal = str(rule.output.seal) if "seal" in rule.output.keys() else ""  # noqa: SIM118
            patterns = () if seal else tuple(sorted({_pattern(str(o)) for o in rule.output if CORPUS in str(o)}))
            if patterns or (seal and (with_reviews or CORPUS_STAGE in str(rule.name))):
                found.append(_stage(rule, seal, patterns, before=found, loaded=loaded))
    return [stage.plain() for stage in found]


def _pattern(path: str) -> str:
    """A path of a rule with its wildcards, and the shards it names one by one, as one pattern."""
    return re.sub(r"\{[^}]*\}|(?<=shard-)\d+", "*", path)


def _stage(
    rule: Any, seal: str, patterns: tuple[str, ...], *, before: list[Stage], loaded: Mapping[str, Sequence[str]]
) -> Stage:
    named = {name: _texts(getattr(rule.input, name)) for name in rule.input.keys()}  # noqa: SIM118
    texts = {_pattern(text) for some in named.values() for text in some}
    seals = {text for text in texts if Path(text).parent.name == SEALS}
    shipped = [text for name in ("schema", "declared") for text in named.get(name, [])]
    return Stage(
        name=Path(seal).stem if seal else str(rule.name),
        does=str(rule.docstring or "").strip(),
        script=os.path.relpath(
            Path(str(rule.snakefile)).parent / str(rule.script)
        ),  # a moved folder is not recorded anew
        code=tuple(sorted(loaded[str(rule.params.code)])),
        data=tuple(sorted(shipped)),
        after=tuple(
            s.name for s in before if s.seal in seals or any(fnmatchcase(text, p) for p in s.patterns for text in texts)
        ),
        seal=seal,
        patterns=patterns,
    )


def _texts(value: Any) -> list[str]:
    """One file or several; what is asked for only when the workflow runs is left out."""
    if isinstance(value, str):
        return [str(value)]
    return [] if callable(value) else [str(one) for one in value if isinstance(one, str)]


@dataclass(frozen=True)
class Sealed:
    """A seal, read.

    Parameters
    ----------
    stage : name of the stage
    hashes : SHA-256 of every file, as it was when the stage ended
    """

    stage: str
    hashes: Mapping[str, str] = field(default_factory=dict)


def read_seal(stage: Stage) -> Sealed:
    """The hashes that a stage left.

    Raises
    ------
    InputError
        when the seal is missing or is none
    """
    fix = f"Run the stage again: snakemake --forcerun {stage.name}."
    try:
        lines = Path(stage.seal).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError([Problem(stage.seal, 0, "", "seal", f"it cannot be read: {error}.", fix)]) from None
    parted = [line.split("  ", 1) for line in lines]
    if wrong := [i for i, line in enumerate(parted, start=1) if len(line) != 2 or len(line[0]) != 64]:
        message = "this line is no SHA-256 with two blanks and a path behind it."
        raise InputError([Problem(stage.seal, wrong[0], "", "seal", message, fix)])
    return Sealed(stage.name, {path: sha for sha, path in parted})
