"""The application, and how every command refuses and prints."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from metaudit.errors import InputError, MetauditError, OutputError, Problem
from metaudit.files import output_error
from metaudit.formats.sizes import broken_arithmetic

# As a review goes: begun, checked, audited, explained; then what needs no review.
_ORDER = (
    "new", "import", "claims", "extractors", "check", "audit", "corpus", "explain", "query", "coverage", "figure",
    "pool", "network", "sequential", "methods", "enumerate", "consensus", "diff", "export", "verify", "sign", "keys", "crate", "inject",
)  # fmt: skip


class _AsAReviewGoes(TyperGroup):
    """The commands in the order in which they are needed."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        names = super().list_commands(ctx)
        return sorted(names, key=lambda n: (_ORDER.index(n) if n in _ORDER else len(_ORDER), names.index(n)))

    def main(self, *args: Any, **more: Any) -> Any:
        """Run a command; an answer that cannot be written to the end is said so, and is no success."""
        _write_out_what_is_lacking()
        try:
            try:
                return super().main(*args, **more)
            finally:
                sys.stdout.flush()
        except OSError as error:
            if error.filename is not None:
                raise
            # Python would try again to write the rest when it ends, and call it an accident.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            if isinstance(error, BrokenPipeError):  # whoever reads our output has seen enough
                raise SystemExit(getattr(error.__context__, "code", 0)) from None
            print(output_error("the answer on standard output", error), file=sys.stderr)
            raise SystemExit(2) from None


def _write_out_what_is_lacking() -> None:
    r"""Let terminals and pipes whose encoding lacks a sign (ASCII, cp1252) have it as ``\u03c4``, which JSON reads as well.

    Errors that somebody chose (``PYTHONIOENCODING=ascii:replace``) stay as they are, and so does UTF-8, which lacks only what
    stands for undecodable bytes in the name of a file.
    """
    codecs.register_error("metaudit.written-out", _written_out)
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):  # a notebook's, or none
            continue
        utf8 = codecs.lookup(stream.encoding).name == "utf-8"
        if stream.errors == "strict" or (stream.errors == "surrogateescape" and not utf8):
            stream.reconfigure(errors="metaudit.written-out")


def _written_out(error: UnicodeError) -> tuple[str, int]:
    """What stands for signs that an encoding lacks, and where they end: as JSON writes them, one escape for 16 bits."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


app = typer.Typer(
    cls=_AsAReviewGoes,
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Re-run a meta-analysis and audit what was printed. "
    "Exit codes: 0 well; 1 something is worth acting on (audit: a verdict is worse than UNDERSPECIFIED); "
    "2 bad input, or a result that cannot be written.",
)

_MOST_ALIKE = 10
_json_wanted: ContextVar[bool] = ContextVar("json_wanted", default=False)


def _remember(wanted: bool) -> bool:
    """Keep what was asked for, so that a refusal is JSON too; called for every command that has the option."""
    _json_wanted.set(wanted)
    return wanted


AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of text", callback=_remember)]


def refuse(error: MetauditError | ValueError | OSError) -> NoReturn:
    """One line a problem on stderr, with --json also the list of problems on stdout; exit 2."""
    print("\n".join(_lines(error)), file=sys.stderr)
    if _json_wanted.get():
        print_json(problems_of(error))
    raise typer.Exit(2)


def _lines(error: Exception) -> list[str]:
    """One line a problem; of one mistake all the way down a column, the first ones and how many there are besides."""
    if not isinstance(error, InputError):
        return [str(error)]  # an OutputError is one problem
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in error.problems:
        groups.setdefault((problem.file, problem.column, problem.rule), []).append(problem)
    lines = []
    for (file, column, rule), group in groups.items():
        alike = group[_MOST_ALIKE:] if len(group) > _MOST_ALIKE + 1 else []
        lines += [str(p) for p in group[: len(group) - len(alike)]]
        if alike:
            where = f"{file}, column {column}" if column else file
            lines.append(f"{where}: the same in {len(alike)} more rows, up to row {alike[-1].row} [{rule}]")
    return lines


def problems_of(error: Exception) -> list[dict[str, Any]]:
    """The problems of a refusal: file, row (0: the whole file), column, rule, message, fix.

    A refusal that is about no place in a file has its sentence as ``message``, and nothing else but the rule ``refused``.
    """
    if isinstance(error, InputError | OutputError):
        return [dict(p.__dict__) for p in error.problems]
    return [Problem("", 0, "", "refused", str(error), "").__dict__]


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
        refuse(error)
    except ArithmeticError as error:  # numbers that a check of ours should have refused
        refuse(MetauditError(f"{broken_arithmetic(error)} Please report it with the data."))


def print_json(value: Any) -> None:
    """Strict JSON: infinities are spelled out, what is not defined is null."""
    from metaudit.files import json_ready

    print(json.dumps(json_ready(value), indent=1, ensure_ascii=False))
