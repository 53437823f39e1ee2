"""What the shell offers when Tab is pressed: folders of reviews, claims, analyses, and the values of choices.

A function here says nothing and fails in silence: a shell that completes is no place for a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from typer import Context  # noqa: TC002 - typer reads it from the annotations

Values = list[str]


def _starting(values: Iterable[str], incomplete: str) -> Values:
    return [v for v in values if v.startswith(incomplete)]


def folders(incomplete: str) -> Values:
    """Folders of reviews; nothing where there are none, so that the shell goes on with its own names of files."""
    typed = Path(incomplete)
    above = Path(incomplete) if incomplete.endswith("/") else typed.parent
    shown = "" if not incomplete.startswith(".") and above == Path() else f"{str(above).rstrip('/')}/"
    try:
        reviews = sorted(p.parent.name for p in above.expanduser().glob("*/review.yaml"))
    except OSError:
        return []
    return _starting((f"{shown}{name}" for name in reviews), incomplete)


def claims(ctx: Context, incomplete: str) -> Values:
    """Ids of the claims of the folder that stands before."""
    return _starting(_cells(ctx, "claims.csv", "claim"), incomplete)


def analyses(ctx: Context, incomplete: str) -> Values:
    """Ids of the analyses of the folder that stands before."""
    from metaudit.formats.yaml_file import read_yaml

    path = _folder(ctx) / "review.yaml"
    if not path.is_file():
        return []
    document, problems = read_yaml(path, str(path))
    found = document.get("analyses", {}) if not problems and isinstance(document, dict) else {}
    return _starting(map(str, found) if isinstance(found, dict) else (), incomplete)


def _folder(ctx: Context) -> Path:
    return Path(_before(ctx, "folder") or ".")


def _before(ctx: Context, name: str) -> str:
    """The first argument, as it was typed; while the value of an option is being typed it is not parsed yet."""
    return str(ctx.params.get(name) or next(iter(ctx.args), ""))


def _cells(ctx: Context, name: str, column: str) -> Values:
    import csv

    path = _folder(ctx) / name
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            return [row[column] for row in csv.DictReader(handle) if row.get(column)]
    except (csv.Error, UnicodeDecodeError, OSError):
        return []


def kinds_of_data(incomplete: str) -> Values:
    """Words of ``new --kind-of-data``."""
    from metaudit.drafts.skeleton import DATA_KINDS

    return _starting((k.name for k in DATA_KINDS), incomplete)


def measures(incomplete: str) -> Values:
    """Codes of effect measures."""
    from metaudit.measures import MEASURES

    return _starting(MEASURES, incomplete)


def read_states(incomplete: str) -> Values:
    """How much of a source was read."""
    from metaudit.formats.columns import READ_STATES

    return _starting(READ_STATES, incomplete)


def dimensions(incomplete: str) -> Values:
    """Choices that the catalogue explains."""
    from metaudit.catalogue import DIMENSIONS

    return _starting(DIMENSIONS, incomplete)


def codes(ctx: Context, incomplete: str) -> Values:
    """Values of the choice that stands before."""
    from metaudit.catalogue import DIMENSIONS, entries

    dimension = str(ctx.params.get("dimension") or "")
    return _starting((e.code for e in entries(dimension)), incomplete) if dimension in DIMENSIONS else []


def catalogue(dimension: str) -> Callable[[str], Values]:
    """The values of a choice that the catalogue explains, which are those that an analysis can be computed with."""

    def values(incomplete: str) -> Values:
        from metaudit.catalogue import entries

        return _starting((e.code for e in entries(dimension)), incomplete)

    return values


def columns(ctx: Context, incomplete: str) -> Values:
    """Columns of the table that stands before, covariates without their prefix; the last of a list is completed."""
    import csv

    path = Path(_before(ctx, "table"))
    if not path.is_file():
        return []
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            header = next(csv.reader(handle), [])
    except (csv.Error, UnicodeDecodeError, OSError):
        return []
    return several(lambda last: _starting((h.removeprefix("x_") for h in header), last))(incomplete)


def figures(incomplete: str) -> Values:
    """Kinds of figures."""
    from metaudit.figures.draw import KINDS

    return _starting((name for name, _ in KINDS), incomplete)


def layouts(incomplete: str) -> Values:
    """Layouts of a forest plot."""
    from metaudit.figures.layouts import LAYOUTS

    return _starting(LAYOUTS, incomplete)


def errors(incomplete: str) -> Values:
    """Kinds of errors that can be put into a review."""
    from metaudit.inject.injection import INJECTED_KINDS

    return _starting(INJECTED_KINDS, incomplete)


def programs(incomplete: str) -> Values:
    """Programs whose defaults a preset holds."""
    from metaudit.presets.load import load_presets

    return _starting(sorted({p.program for p in load_presets().values()}), incomplete)


def of_schema(key: str) -> Callable[[str], Values]:
    """The values that a key of review.yaml may have."""

    def values(incomplete: str) -> Values:
        from metaudit.cli.questions import choices

        return _starting(choices(key, {}), incomplete)

    return values


def of(*values: str) -> Callable[[str], Values]:
    """One of a few words."""

    def offered(incomplete: str) -> Values:
        return _starting(values, incomplete)

    return offered


def several(values: Callable[[str], Values]) -> Callable[[str], Values]:
    """A list separated by commas: the last of it is completed."""

    def offered(incomplete: str) -> Values:
        before, comma, last = incomplete.rpartition(",")
        return [f"{before}{comma}{v}" for v in values(last)]

    return offered
