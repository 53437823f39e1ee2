"""What the stages of a workflow read and write, as the workflow itself declares it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from metaudit.seal import CODE, parameters

CORPUS = "/corpus/"
CORPUS_STAGE = "corpus_"
"""How the names of the stages of a corpus begin, and the paths of their seals; rules may have other names."""
_SHARD = re.compile(r"\{shard(,[^}]*)?\}")  # Snakemake writes the constraint of a wildcard behind its name


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
    seals : the files with the hashes of all it wrote: one, or one for each of its jobs
    library : hash of the code it is run with, as its rule has it
    rule : name of the rule, which is another one where a Snakefile that uses the workflow renames it
    told : what it is told, as a seal has it; what only a run can say (folders) is left out
    """

    name: str
    does: str
    script: str
    code: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    seals: tuple[str, ...] = ()
    library: str = ""
    rule: str = ""
    told: Mapping[str, str] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As a rule's parameter: texts, lists and a mapping."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in self.__dict__.items()}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Stage:
        """The way back from :meth:`plain`."""
        told: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**told)


def stages_of(
    rules: Iterable[Any],
    snakefiles: Path,
    *,
    loaded: Mapping[str, Sequence[str]],
    with_reviews: bool = True,
    shards: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Every rule that has a seal, in the order of the file, as plain values.

    Parameters
    ----------
    rules : ``workflow.rules`` of Snakemake
    snakefiles : folder of the workflow; rules of another one, which uses it as a module, are left out
    loaded : files of the library behind every hash that is a rule's parameter ``code``
    with_reviews : whether reviews are run at all; of a corpus alone, only the stages of the corpus are
    shards : names of the shards of the corpus; what a run with more of them left behind is none of this run's
    """
    found: list[Stage] = []
    written: dict[str, str] = {}
    for rule in rules:
        if not (rule.script and _real(rule.snakefile).is_relative_to(snakefiles.resolve())):
            continue
        seal = str(rule.output.seal) if "seal" in rule.output.keys() else ""  # noqa: SIM118
        if seal and (with_reviews or f"/seals/{CORPUS_STAGE}" in seal):
            stage = _stage(rule, seal, written, loaded=loaded, shards=shards)
            found.append(stage)
            # Rules of a corpus depend on its files, those of reviews on the seals only.
            files = {_pattern(str(o)) for o in rule.output if CORPUS in str(o)}
            written |= dict.fromkeys({_pattern(seal), *files}, stage.name)
    return [stage.plain() for stage in found]


def _real(snakefile: Any) -> Path:
    """Where a Snakefile is, also where it was named through a link."""
    return Path(str(snakefile)).resolve()


def _pattern(path: str) -> str:
    """A path of a rule with its wildcards, and with the shards it names one by one, as one and the same text."""
    return re.sub(r"\{[^}]*\}|shard-\d+", "*", path)


def _stage(
    rule: Any, seal: str, written: Mapping[str, str], *, loaded: Mapping[str, Sequence[str]], shards: Sequence[str]
) -> Stage:
    named = {name: _texts(getattr(rule.input, name)) for name in rule.input.keys()}  # noqa: SIM118
    before = {written.get(_pattern(text)) for some in named.values() for text in some}
    shipped = [text for name in ("schema", "declared") for text in named.get(name, [])]
    of_shards = _SHARD.search(seal)
    return Stage(
        name=Path(seal).parent.name if of_shards else Path(seal).stem,
        does=str(rule.docstring or "").strip(),
        script=os.path.relpath(_real(rule.snakefile).parent / str(rule.script)),  # a moved folder is not recorded anew
        code=tuple(sorted(loaded[str(rule.params.code)])),
        data=tuple(sorted(shipped)),
        after=tuple(name for name in dict.fromkeys(written.values()) if name in before),
        library=str(rule.params.code),
        rule=str(rule.name),
        told=parameters({n: v for n, v in rule.params.items() if n != CODE and not callable(v)}),
        seals=tuple(_SHARD.sub(shard, seal) for shard in shards) if of_shards else (seal,),
    )


def _texts(value: Any) -> list[str]:
    """One file or several; what is asked for only when the workflow runs is left out."""
    if isinstance(value, str):
        return [str(value)]
    return [] if callable(value) else [str(one) for one in value if isinstance(one, str)]
