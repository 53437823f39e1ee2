"""Print the part of requirements.lock that the package itself needs: versions and hashes, without tests, checks and documentation.

``python packaging/locked.py`` prints what pyproject.toml depends on, with its extra ``workflow``; with names, only what these need. Who needs
a package stands in the lock beside it (``# via``), so that nothing has to be asked of anybody. Standard library only: it runs
before anything is installed.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def entries(lock: str) -> dict[str, list[str]]:
    """Every package of a lock file with its lines; one that has another version on another Python has an entry of each."""
    found: dict[str, list[str]] = {}
    for entry in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE):
        name, pinned, _ = entry.partition("==")
        if pinned:
            found.setdefault(name, []).append(entry)
    return found


def needed_by(entry: str) -> set[str]:
    """Packages that brought a package in, as its comment says."""
    after = entry.partition("# via")[2]
    return {line.strip("# \t") for line in after.splitlines() if line.strip("# \t")}


def closure(lock: str, roots: Iterable[str]) -> list[str]:
    """The lines of some packages of a lock file and of all that they need, in the order of the file.

    Raises
    ------
    KeyError
        when the lock file does not have one of them
    """
    known = entries(lock)
    parents = {name: set().union(*map(needed_by, own)) for name, own in known.items()}
    found = set(roots)
    if missing := sorted(found - set(known)):
        raise KeyError(f"requirements.lock does not have {', '.join(missing)}: run make lock")
    while more := {name for name, by in parents.items() if by & found} - found:
        found |= more
    return [entry for name, own in known.items() if name in found for entry in own]


def roots(project: str) -> set[str]:
    """What pyproject.toml depends on, with what runs the workflow and what builds the package."""
    content = tomllib.loads(project)
    asked = [
        *content["project"]["dependencies"],
        *content["project"]["optional-dependencies"]["workflow"],
        *content["build-system"]["requires"],
    ]
    return {re.match(r"[\w.-]+", one)[0].lower().replace(".", "-") for one in asked}  # type: ignore[index]


def main(names: Iterable[str]) -> None:
    """Print the entries."""
    asked = set(names) or roots((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = closure((ROOT / "requirements.lock").read_text(encoding="utf-8"), asked)
    print("".join(found), end="")


if __name__ == "__main__":
    main(sys.argv[1:])
