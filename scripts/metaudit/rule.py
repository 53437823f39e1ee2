"""What a rule script needs beside its main function: its log file, opened, and its seal."""

import hashlib
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from metaudit.errors import InputError
from metaudit.files import write_text


def seal(path: str, files: Iterable[str]) -> None:
    """Write the SHA-256 of every file of a stage into one file, for the next stage to depend on.

    Named one by one, the inputs of a rule over eighty reviews are a thousand paths, which Snakemake would note again for
    each output. Whatever changes in any of the files changes the seal.

    Parameters
    ----------
    path : the seal; itself left out
    files : files of the stage; of a folder all files in it
    """
    found = {p for name in files for p in (sorted(Path(name).rglob("*")) if Path(name).is_dir() else [Path(name)])}
    own = Path(path)
    lines = [f"{_digest(p)}  {p.as_posix()}\n" for p in sorted(found) if p.is_file() and p != own]
    own.parent.mkdir(parents=True, exist_ok=True)
    write_text(own, "".join(lines))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def logged(path: str) -> Iterator[None]:
    """Send printed output, warnings and any traceback to the rule's log file.

    Input errors are written as their one-line messages and end the job with exit code 2, without a traceback.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8") as log, redirect_stdout(log), redirect_stderr(log):
        try:
            yield
        except InputError as error:
            print(error)
            raise SystemExit(2) from None
        except Exception:
            traceback.print_exc()
            raise
