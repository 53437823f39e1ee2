"""The generated parts of docs/corpus.md: the columns of a corpus's tables, and those of its results.

``python -m metaudit.corpus.document`` writes them again; a test fails when they are not current.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from metaudit.corpus.columns import ANALYSES
from metaudit.corpus.schema import ANALYSES as FOUND
from metaudit.corpus.schema import PROBLEMS, Field
from metaudit.files import write_text

PAGE = Path("docs/corpus.md")


def parts() -> dict[str, str]:
    """Every generated part by the name of its markers."""
    given = [(f"`{c.name}`{' (required)' if c.required else ''}", _kind(c.choices), c.meaning) for c in ANALYSES]
    return {
        "analyses": _table(("column", "what it holds", "meaning"), given),
        "found": _table(("column", "type", "meaning"), _fields(FOUND)),
        "problems": _table(("column", "type", "meaning"), _fields(PROBLEMS)),
    }


def filled(page: str) -> str:
    """A page with every part between ``<!-- begin NAME -->`` and ``<!-- end NAME -->`` written anew."""
    for name, part in parts().items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if page.count(begin) != 1 or page.count(end) != 1:
            message = f"{PAGE} needs one pair of markers {begin} and {end}"
            raise ValueError(message)
        page = re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n\n{part}\n\n{end}", page, flags=re.DOTALL)  # noqa: B023
    return page


def _kind(choices: Sequence[str]) -> str:
    return " ".join(f"`{choice}`" for choice in choices) if choices else "text"


def _fields(fields: Iterable[Field]) -> list[tuple[str, str, str]]:
    return [(f"`{f.name}`", f.type, f.meaning) for f in fields]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    write_text(PAGE, filled(PAGE.read_text(encoding="utf-8")))
