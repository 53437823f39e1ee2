"""What a rule script needs beside its main function: its log file, opened."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from metaudit.errors import InputError


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
