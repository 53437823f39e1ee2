"""What config.yaml asks for: checked in plain words, then turned into the reviews of a run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.formats.places import ID, ID_FIX, SCHEMAS, as_path, is_path, read_of_review, review_folder
from metaudit.formats.references import referred
from metaudit.formats.tables import nearest
from metaudit.formats.yaml_file import check_schema, line_of, load_schema, read_yaml

REVIEWS = Path("data/reviews")
NONE = "none"
BRACES = frozenset("{}")
"""What a path must not have: Snakemake takes it for a wildcard."""
RESERVED = {
    "report": "the site lies in results/report",
    "corpus": "what a corpus gives lies in results/corpus",
    "index": "the site's front page is index.html",
}


@dataclass(frozen=True)
class Selection:
    """The reviews of a run, in alphabetical order, and the folders they lie in.

    Parameters
    ----------
    folders : folder of every review, by its id
    asked : how the configuration names each: by its name, or by its path
    """

    folders: Mapping[str, Path]
    asked: Mapping[str, str]

    @property
    def reviews(self) -> tuple[str, ...]:
        """Id of every review of the run."""
        return tuple(self.folders)

    @property
    def with_data(self) -> tuple[str, ...]:
        """Id of every review with an extraction table; the others bring claims only."""
        return tuple(r for r, folder in self.folders.items() if (folder / "extraction.csv").is_file())

    def named(self, reviews: Iterable[str]) -> list[str]:
        """What a rule's script is told of some reviews: names, and paths of those that lie elsewhere."""
        return [self.asked[review] for review in reviews]


def available_reviews(reviews_dir: Path = REVIEWS) -> tuple[str, ...]:
    """Every folder with a review.yaml, in alphabetical order."""
    return tuple(sorted(p.parent.name for p in reviews_dir.glob("*/review.yaml")))


def select_reviews(asked: str | list[str], reviews_dir: Path = REVIEWS) -> Selection:
    """Turn the word ``all`` or ``none``, or a list of names and paths, checked before, into a selection."""
    chosen = available_reviews(reviews_dir) if asked == "all" else [] if asked == NONE else asked
    found = {review_folder(reviews_dir, one): one for one in chosen}
    folders = {folder.name: folder for folder in sorted(found, key=lambda folder: folder.name)}
    return Selection(folders, {i: as_path(folder) if is_path(found[folder]) else i for i, folder in folders.items()})


def check_config(config: Any, shown: str, *, reviews_dir: Path = REVIEWS, schemas_dir: Path = SCHEMAS) -> list[Problem]:
    """Every way a configuration breaks its schema or names a review that is not there."""
    problems = [_reworded(p) for p in check_schema(config, load_schema(schemas_dir / "config.schema.yaml"), shown)]
    asked = config.get("reviews") if isinstance(config, Mapping) else None
    known = available_reviews(reviews_dir)
    if asked == NONE:
        named = []
        if not config.get("corpus"):
            fix = "Choose reviews, or name a corpus."
            problems.append(
                Problem(shown, line_of(config, ["reviews"]), "reviews", "nothing-to-run", "nothing is run.", fix)
            )
    elif isinstance(asked, list):
        named = [(f"reviews.{i}", line_of(config, ["reviews", i]), name) for i, name in enumerate(asked)]
        named = [item for item in named if isinstance(item[2], str)]
        told = {("reviews", "uniqueItems"), *((column, "pattern") for column, _, _ in named)}  # below, in better words
        problems = [p for p in problems if (p.column, p.rule) not in told]
    else:
        named = [("reviews", line_of(config, ["reviews"]), name) for name in known]
        if not known:
            fix = "A review is a folder with a review.yaml; name folders that lie elsewhere by their paths."
            problems.append(Problem(shown, 0, "", "no-review", f"{reviews_dir} holds no review.", fix))
    seen: dict[str, str] = {}
    for column, line, name in named:
        problems += [Problem(shown, line, column, *wrong) for wrong in _wrong_review(name, reviews_dir, seen)]
    return problems if hasattr(config, "lc") else [replace(problem, row=0) for problem in problems]  # no file, no line


def _wrong_review(name: str, reviews_dir: Path, seen: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """What is wrong with one item of ``reviews``: rule, message, fix; ``seen`` has the ids of those before it, in small letters."""
    folder = review_folder(reviews_dir, name)
    if not (folder / "review.yaml").is_file():
        yield "unknown-review", *(_no_review(name, folder) if is_path(name) else _unknown(name, reviews_dir))
    elif not ID.fullmatch(folder.name):
        message = f"the folder's name {folder.name!r} is the review's id, and cannot be one."
        yield "id", message, f"Rename the folder. {ID_FIX}"
    elif folder.name.casefold() in RESERVED:
        yield (
            "id",
            f"no review can have the id {folder.name!r}: {RESERVED[folder.name.casefold()]}.",
            "Rename the folder.",
        )
    elif odd := unusable(str(folder.resolve())):
        yield "path", f"the path {name!r} has {odd[0]} in it, {odd[1]}.", "Rename the folder."
    elif wrong := next(_odd_files(name, folder), ""):
        yield "path", wrong, "Rename the file, or move it elsewhere: a review has no file of this name."
    elif folder.name.casefold() in seen:
        other = seen[folder.name.casefold()]
        what = f"have the same id, {folder.name}, and their results would share one folder"
        if review_folder(reviews_dir, other).name != folder.name:
            what = "have ids that differ in capitals only, and their results would share one folder on a disk that does not tell capitals apart"
        yield "same-id", f"{name!r} and {other!r} {what}.", "Leave one of them out, or rename its folder and its id."
    seen.setdefault(folder.name.casefold(), name)


def _odd_files(name: str, folder: Path) -> Iterator[str]:
    """What is said of every file with such a name, of a review and of those that it refers to, which are read as well."""
    for one in (folder, *referred(folder)):
        whose = repr(name) if one == folder else f"{one.name!r}, which {name!r} refers to,"
        for file in read_of_review(one):
            if odd := unusable(file.name):
                yield f"the file {file.name!r} of {whose} has {odd[0]} in its name, {odd[1]}."


def unusable(path: str) -> tuple[str, str] | None:
    """What a path has that none of the workflow may have, and why; nothing when it may be used."""
    if BRACES & set(path):
        return "a brace", "which Snakemake takes for a wildcard"
    if {"\n", "\r"} & set(path):
        return "a line break", "and the lists of files that the stages leave have a line for each"
    if not path.isascii() and any("\ud800" <= sign <= "\udfff" for sign in path):
        return "a byte that is no UTF-8", "which Snakemake cannot write down"
    return None


def _unknown(name: str, reviews_dir: Path) -> tuple[str, str]:
    message = f"there is no review {name!r} in {reviews_dir} (a folder with a review.yaml)."
    if name and (Path(name) / "review.yaml").is_file():
        return message, f"A review of this name lies in the working directory: write ./{name}."
    return message, _nearest_review(name, available_reviews(reviews_dir))


def _no_review(name: str, folder: Path) -> tuple[str, str]:
    if folder.is_dir():
        inside = available_reviews(folder)
        message = f"the folder {name!r} has no review.yaml{', but holds reviews' if inside else ''}."
        listed = ", ".join(f"{name.rstrip('/')}/{review}" for review in inside[:3])
        return message, f"List them one by one: {listed}{' ...' if inside[3:] else ''}." if inside else (
            "Every review has one; metaudit new begins a review."
        )
    message = f"there is no folder {name!r} (looked for {folder.absolute()})."
    return message, _nearest_review(folder.name, available_reviews(folder.parent))


def check_config_file(
    path: str | Path, *, reviews_dir: Path = REVIEWS, schemas_dir: Path = SCHEMAS, replaced: Iterable[str] = ()
) -> list[Problem]:
    """Check a configuration file, naming the line of each problem.

    Parameters
    ----------
    replaced : keys that ``--config`` gives other values: whether there is anything to run does not show in the file
    """
    if not Path(path).is_file():
        fix = "Run from the folder of the Snakefile, or bring the file back from the repository."
        return [Problem(str(path), 0, "", "missing-file", "the configuration file is missing.", fix)]
    config, problems = read_yaml(Path(path), str(path))
    found = problems or check_config(config, str(path), reviews_dir=reviews_dir, schemas_dir=schemas_dir)
    elsewhere = {"no-review", "nothing-to-run"} if {"reviews", "corpus"} & set(replaced) else set()
    return [p for p in found if p.rule not in elsewhere]


def typed(config: dict[str, Any]) -> dict[str, Any]:
    """A configuration as ``--config`` means it, which Snakemake gives as text: ``'corpus={path: x, shards: 8}'`` has its number back.

    ``corpus=null`` is no corpus; so is ``corpus=none``, as with ``reviews``.
    """
    corpus = config.get("corpus")
    if corpus in ("null", NONE):
        return {**config, "corpus": None}
    if isinstance(corpus, dict) and str(corpus.get("shards", "")).isdecimal():
        return {**config, "corpus": {**corpus, "shards": int(corpus["shards"])}}
    return config


def _reworded(problem: Problem) -> Problem:
    if problem.column == "corpus" and problem.rule == "type":
        return replace(problem, fix="It must be null, or hold a path: {path: library.parquet, shards: 16}.")
    if problem.column == "reviews" and problem.rule in {"const", "enum", "type", "anyOf"}:
        if problem.message.startswith("[] "):
            return replace(problem, rule="empty", fix="It must not be empty; the word all runs every review.")
        fix = "It must be the word all or none, or a list of folder names in brackets: [li-2007]."
        return replace(problem, fix=fix)
    return problem


def _nearest_review(name: str, known: tuple[str, ...]) -> str:
    found = nearest(name.replace("_", "-"), known)
    return found if found.startswith("Did") else "List the folder to see the names."


def require(problems: list[Problem]) -> None:
    """Refuse a run: one line per problem on the error stream, exit code 2, no traceback."""
    if problems:
        print(InputError(problems), file=sys.stderr)
        raise SystemExit(2)
