"""The seal of a stage: one file that says what the stage wrote and read, and with what it computed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.files import digest, write_text
from metaudit.rule import logged
from metaudit.versions import versions

TYPED = ("corpus", "declared", "reviews", "schema")
"""Names of a rule's inputs that no stage wrote."""
FACT, READ = "# ", "# read"
"""How a line of a seal begins that names no file, and the line behind which the files stand that a stage read."""
CODE, SCRIPT, PARAMETER = "code", "script", "parameter:"
"""Facts of a seal: the hash of the library's modules, that of the rule's script, and, by its name, what the stage was told."""


class Job:
    """One job of a rule, from before it reads anything: what it vouches for is what was there then.

    Parameters
    ----------
    snakemake : what Snakemake gives to a rule's script
    script : the script's own path
    typed : names of those of the rule's inputs that no stage wrote and that the job reads
    """

    def __init__(self, snakemake: Any, script: str, *, typed: Sequence[str] = TYPED) -> None:
        self._seal, self._rule = str(snakemake.output.seal), str(snakemake.rule)
        told = {name: value for name, value in snakemake.params.items() if name != CODE}
        self._facts = {
            CODE: str(snakemake.params.code),
            SCRIPT: digest(Path(script)),
            **parameters(told),
            **versions(),
        }
        named = {Path(p) for name in typed for p in _several(getattr(snakemake.input, name, ()))}
        self._read = {path: digest(path) for path in sorted(named)}

    def seal(self, files: Iterable[str | Path]) -> None:
        """Write the seal, when nothing that the job read was changed while it was at work.

        Parameters
        ----------
        files : every file that the stage wrote; the seal itself is left out

        Raises
        ------
        InputError
            with a problem for each file that is not the one any more that was there when the job began
        """
        changed = [path for path, sha in self._read.items() if not path.is_file() or digest(path) != sha]
        if changed:
            message = (
                f"it was changed while rule {self._rule} was at work, so that nobody knows which of the two was read."
            )
            raise InputError([Problem(str(p), 0, "", "provenance", message, "Run again.") for p in changed])
        seal(self._seal, files, read=self._read, facts=self._facts)


@contextmanager
def at_work(snakemake: Any, script: str, *, typed: Sequence[str] = TYPED) -> Iterator[Job]:
    """What every rule's script does around its main function: its log is opened, and what it reads is looked at before."""
    with logged(snakemake.log[0]):
        yield Job(snakemake, script, typed=typed)


def seal(
    path: str | Path, files: Iterable[str | Path], *, read: Mapping[Path, str] | None = None,
    facts: Mapping[str, str] | None = None,
) -> None:  # fmt: skip
    """Write the SHA-256 of every file of a stage into one file, for the next stage to depend on.

    Named one by one, the inputs of a rule over eighty reviews are a thousand paths, which Snakemake would note again for
    each output. Whatever changes in any of the files changes the seal: those that the stage wrote, and, because the record
    of a run says what a result was made of, those that were typed in, the code, what it was told, and the versions of packages.

    Parameters
    ----------
    path : the seal; itself left out
    files : files that the stage wrote; a folder among them is passed over
    read : SHA-256 of the files that it read and no stage wrote
    facts : code, parameters and versions, by name
    """
    own = Path(path)
    found = sorted({Path(name) for name in files} - {own})
    lines = [
        *(f"{FACT}{name} {value}\n" for name, value in (facts or {}).items()),
        *(f"{digest(p)}  {p.as_posix()}\n" for p in found if p.is_file()),
        *([f"{READ}\n"] if read else []),
        *(f"{sha}  {p.as_posix()}\n" for p, sha in (read or {}).items()),
    ]
    write_text(own, "".join(lines))


def parameters(told: Mapping[str, Any]) -> dict[str, str]:
    """What a stage is told, as facts: each value as JSON on one line."""
    return {f"{PARAMETER}{name}": json.dumps(value, sort_keys=True, default=str) for name, value in told.items()}


def code_hash(shas: Iterable[str]) -> str:
    """One hash for modules, by the SHA-256 of each in the order of their names, and for the versions of what they compute with."""
    lines = [*(f"{sha}\n" for sha in shas), *(f"{name} {version}\n" for name, version in versions().items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _several(value: Any) -> Iterator[str]:
    yield from [value] if isinstance(value, str) else value
