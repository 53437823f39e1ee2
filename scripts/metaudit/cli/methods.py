"""``metaudit methods``: what each choice is, its formula and its source."""

from __future__ import annotations

from typing import Annotated

import typer

from metaudit.cli import complete
from metaudit.cli.output import AsJson, app, guarded, print_json


@app.command()
def methods(
    dimension: Annotated[
        str,
        typer.Argument(
            help="one of the choices, for instance tau2 or ci; without it, the list of them",
            show_default=False,
            autocompletion=complete.dimensions,
        ),
    ] = "",
    code: Annotated[
        str,
        typer.Argument(
            help="one value of it, for everything known about it", show_default=False, autocompletion=complete.codes
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Explain the choices of an analysis: formula, source, what other programs do.

    Exit codes: 0 explained, 2 there is no such choice.

    Example: metaudit methods tau2 REML
    """
    found = guarded(lambda: _entries(dimension, code))
    if as_json:
        print_json([e.__dict__ for e in found])
    elif not dimension:
        from metaudit.catalogue import DIMENSIONS, entries

        for name, heading in DIMENSIONS.items():
            print(f"{name:<12} {heading}: {' '.join(e.code for e in entries(name))}")
    elif code:
        for e in found:
            for key, value in e.__dict__.items():
                if value:
                    print(f"{key}: {value}")
    else:
        for e in found:
            print(f"{e.code:<24} {e.name}" + (f" ({e.source})" if e.source else ""))


def _entries(dimension: str, code: str):  # type: ignore[no-untyped-def]
    from metaudit.catalogue import DIMENSIONS, entries
    from metaudit.errors import DataError
    from metaudit.formats.tables import nearest

    if dimension and dimension not in DIMENSIONS:
        raise DataError(f"{dimension!r} is no choice. {nearest(dimension, list(DIMENSIONS))}")
    found = entries(dimension)
    if code:
        known = [e.code for e in found]
        found = tuple(e for e in found if e.code == code)
        if not found:
            raise DataError(f"{code!r} is no value of {dimension}. {nearest(code, known)}")
    return found
