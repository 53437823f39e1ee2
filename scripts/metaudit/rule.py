"""What a rule script needs beside its main function: its log file, opened, and its worker processes."""

import errno
import fcntl
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, TextIO

from metaudit.errors import InputError, OutputError
from metaudit.files import output_error, refusing

NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
"""What the system says where the file system knows no locks, as some of clusters do."""
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_WAITS = "a job of an earlier run, whose Snakemake was ended, is still at work here; waiting for it to end."
_ENDED = (
    "a process of this job was ended from outside, often because memory ran out. "
    "Run again; if it happens again, with fewer --cores."
)


def choices(params: Any) -> dict[str, Any]:
    """What a rule's parameters tell its script: all but the hash of the code, which is there for Snakemake to compare."""
    return {name: value for name, value in params.items() if name != "code"}


@contextmanager
def logged(path: str) -> Iterator[None]:
    """Send printed output, warnings and any traceback to the rule's log file; no two jobs of one log work at once.

    Input errors, and results that cannot be written, are said in one line each and end the job with exit code 2, without
    a traceback. Where the disk is too full for the log as well, that line goes to the error stream.
    """
    target, console = Path(path), sys.stderr
    try:
        with ExitStack() as opened:
            opened.enter_context(_alone(target))  # first: to open the log is to empty it
            log = opened.enter_context(_opened(target, console))
            opened.enter_context(redirect_stdout(log))
            opened.enter_context(redirect_stderr(log))
            try:
                yield
            except BrokenProcessPool:
                _tell(f"{target.stem}: {_ENDED}", log, console)
                raise SystemExit(1) from None
            except (InputError, OutputError) as error:
                _tell(str(error), log, console)
                raise SystemExit(2) from None
            except OSError as error:
                if error.errno not in NO_ROOM:
                    _tell(traceback.format_exc(), log, console)
                    raise
                _tell(str(output_error(error.filename or path, error)), log, console)
                raise SystemExit(2) from None
            except Exception:
                _tell(traceback.format_exc(), log, console)
                raise
    except OutputError as error:  # of the log itself
        print(error, file=console)
        raise SystemExit(2) from None


@contextmanager
def _opened(path: Path, console: TextIO) -> Iterator[TextIO]:
    with refusing(path):
        log = path.open("w", encoding="utf-8", buffering=1)
    try:
        yield log
    finally:
        try:
            log.close()
        except OSError as error:
            print(f"{path}: not all of the log could be written: {error.strerror}.", file=console)


def _tell(text: str, log: TextIO, console: TextIO) -> None:
    try:
        print(text, file=log, flush=True)
    except OSError:
        print(text, file=console)


@contextmanager
def _alone(log: Path) -> Iterator[None]:
    """Let no two jobs of one rule work at once.

    When only Snakemake is killed, its jobs live on, and would move old results over those of the next run. The kernel
    drops the lock when the last process of a job is gone.
    """
    with refusing(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        lock = log.with_name(f".{log.name}.lock").open("w", encoding="utf-8")
    with lock:
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"{log.stem}: {_WAITS}", file=sys.stderr, flush=True)
                fcntl.flock(lock, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                raise
        yield


def pool_of(number: int) -> ProcessPoolExecutor:
    """A pool of processes that end with their job, however it ends.

    Processes of a pool wait for work for ever when the one that gives it out is killed: they hold the pipe open themselves.
    """
    return ProcessPoolExecutor(number, initializer=_end_with_parent)


def _end_with_parent() -> None:
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
