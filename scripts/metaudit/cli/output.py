"""The application, and how every command refuses and prints."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from metaudit.errors import MetauditError

app = typer.Typer(
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Re-run a meta-analysis and audit what was printed. "
    "Exit codes: 0 well, 1 something is worse than underspecified, 2 bad input.",
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
