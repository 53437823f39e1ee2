"""The application, and how every command refuses and prints."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer

from metaudit.errors import MetauditError

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Re-run a meta-analysis and audit what was printed. "
    "Exit codes: 0 well; 1 something is worth acting on (audit: a verdict is worse than UNDERSPECIFIED); 2 bad input.",
)

AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of text")]


def refuse(error: MetauditError | ValueError) -> NoReturn:
    """One line a problem on stderr, exit 2."""
    print(error, file=sys.stderr)
    raise typer.Exit(2)


def many(n: int, one: str, more: str = "") -> str:
    """A number with its noun: ``1 analysis``, ``2 analyses``."""
    return f"{n} {one if n == 1 else more or one + 's'}"


def say(sentence: str) -> None:
    """A remark beside the answer, on stderr: what reads stdout does not see it."""
    print(sentence, file=sys.stderr)


def moving() -> bool:
    """Whether something that moves may be shown: on a terminal, and where nobody asked for quiet (CI, NO_COLOR, TERM=dumb)."""
    asked = os.environ.get("CI") or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not asked and sys.stderr.isatty()


@contextmanager
def progress(what: str, *, steps: int | None = None, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Show on stderr that long work goes on, with the time it takes; nothing is left of it when it is done.

    Parameters
    ----------
    what : what is being done, as in "Auditing li-2007"
    steps : how many steps it has; without it there is no bar
    quiet : show nothing, as with --json

    Yields
    ------
    A function to call with the name of each step when it begins.
    """
    if quiet or not moving():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = [SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()]
    if steps is not None:
        columns.insert(2, BarColumn(bar_width=24))
    # What is printed meanwhile on stdout stays there: it is the answer.
    with Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False) as shown:
        task = shown.add_task(what, total=steps)
        begun = 0

        def begin(step: str) -> None:
            nonlocal begun
            shown.update(task, description=f"{what}: {step}", completed=begun)
            begun += 1

        yield begin


def guarded(work: Callable[[], Any]) -> Any:
    """The result of some work, or a refusal."""
    try:
        return work()
    except BrokenPipeError:  # whoever reads our output has seen enough
        sys.stderr.close()
        raise typer.Exit(0) from None
    except (MetauditError, ValueError, OSError) as error:
        refuse(error)  # type: ignore[arg-type]


def print_json(value: Any) -> None:
    """Strict JSON: infinities are spelled out, what is not defined is null."""
    from metaudit.files import json_ready

    print(json.dumps(json_ready(value), indent=1, ensure_ascii=False))
