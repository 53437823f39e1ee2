"""What config.yaml asks for: checked in plain words, then turned into the reviews and files of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.formats.tables import nearest
from metaudit.formats.yaml_file import check_schema, line_of, load_schema, read_yaml

REVIEWS = Path("data/reviews")
RESULTS = Path("results")
SCHEMAS = Path("data/schemas")
LIBRARY = Path("scripts/metaudit")
FOUNDATION = ("errors", "files", "measures", "printed", "rule")


@dataclass(frozen=True)
class Selection:
    """The reviews of a run, in alphabetical order, and the files they bring.

    Parameters
    ----------
    reviews : every review of the run
    with_data : those with an extraction table; the others bring claims only
    """

    reviews: tuple[str, ...]
    with_data: tuple[str, ...]


def available_reviews(reviews_dir: Path = REVIEWS) -> tuple[str, ...]:
    """Every folder with a review.yaml, in alphabetical order."""
    return tuple(sorted(p.parent.name for p in reviews_dir.glob("*/review.yaml")))


def select_reviews(asked: str | list[str], reviews_dir: Path = REVIEWS) -> Selection:
    """Turn the word ``all`` or a list of folder names into a selection."""
    reviews = available_reviews(reviews_dir) if asked == "all" else tuple(sorted(asked))
    return Selection(reviews, tuple(r for r in reviews if (reviews_dir / r / "extraction.csv").is_file()))


def check_config(config: Any, shown: str, *, reviews_dir: Path = REVIEWS, schemas_dir: Path = SCHEMAS) -> list[Problem]:
    """Every way a configuration breaks its schema or names a review that is not there."""
    problems = [_reworded(p) for p in check_schema(config, load_schema(schemas_dir / "config.schema.yaml"), shown)]
    known = available_reviews(reviews_dir)
    if not known:
        problems.append(
            Problem(
                shown, 0, "", "no-review", f"{reviews_dir} holds no review.", "A review is a folder with a review.yaml."
            )
        )
    asked = config.get("reviews") if isinstance(config, Mapping) else None
    named = {i: name for i, name in enumerate(asked) if isinstance(name, str)} if isinstance(asked, list) else {}
    problems = [p for p in problems if p.column not in {f"reviews.{i}" for i in named}]
    for i, name in named.items():
        if name not in known:
            message = f"there is no review {str(name)!r} in {reviews_dir} (a folder with a review.yaml)."
            line = line_of(config, ["reviews", i])
            problems.append(
                Problem(shown, line, f"reviews.{i}", "unknown-review", message, _nearest_review(name, known))
            )
    return problems


def check_config_file(path: str | Path, *, reviews_dir: Path = REVIEWS, schemas_dir: Path = SCHEMAS) -> list[Problem]:
    """Check a configuration file, naming the line of each problem."""
    if not Path(path).is_file():
        fix = "Run from the folder of the Snakefile, or bring the file back from the repository."
        return [Problem(str(path), 0, "", "missing-file", "the configuration file is missing.", fix)]
    config, problems = read_yaml(Path(path), str(path))
    return problems or check_config(config, str(path), reviews_dir=reviews_dir, schemas_dir=schemas_dir)


def _reworded(problem: Problem) -> Problem:
    if problem.column == "reviews" and problem.rule in {"const", "type", "anyOf"}:
        return replace(problem, fix="It must be the word all, or a list of folder names in brackets: [li-2007].")
    return problem


def _nearest_review(name: str, known: tuple[str, ...]) -> str:
    found = nearest(name.replace("_", "-"), known)
    return found if found.startswith("Did") else "List the folder to see the names."


def require(problems: list[Problem]) -> None:
    """Refuse a run: one line per problem on the error stream, exit code 2, no traceback."""
    if problems:
        print(InputError(problems), file=sys.stderr)
        raise SystemExit(2)


def review_files(reviews: Iterable[str]) -> list[str]:
    """Every file typed in for these reviews."""
    return sorted(str(p) for r in reviews for kind in ("*.csv", "*.yaml") for p in (REVIEWS / r).glob(kind))


def presets() -> list[str]:
    """Files that say what programs do by default."""
    return sorted(map(str, Path("data/presets").glob("*.yaml")))


def data_folder(wildcards: object) -> str:
    """Folder of what was typed in; a function, because Snakemake takes a text that begins a file's path for a mistake."""
    return str(REVIEWS)


def results_folder(wildcards: object) -> str:
    """Folder of what is computed."""
    return str(RESULTS)


def library(*rooms: str, library_dir: Path = LIBRARY) -> list[str]:
    """Modules and templates of some rooms of the library, and of its foundation, which every rule uses.

    Snakemake watches a rule's script but not what the script imports; named as inputs, the modules are watched too.
    ``stages/pool`` names one module of a room. A test compares the rooms of every rule with what its script imports.
    """
    found: set[Path] = set()
    for room in (*FOUNDATION, *rooms):
        module, folder = library_dir / f"{room}.py", library_dir / room
        inside = {p for p in folder.rglob("*") if p.suffix in {".py", ".j2", ".css", ".js", ".yaml", ".woff2"}}
        if not inside and not module.is_file():
            message = f"the library has no room {room!r}"
            raise FileNotFoundError(message)
        found |= inside or {module}
    return sorted(map(str, found))
