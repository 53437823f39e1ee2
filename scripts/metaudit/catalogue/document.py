"""``docs/statistics.md``, written from the catalogue: ``python -m metaudit.catalogue.document``."""

from __future__ import annotations

from pathlib import Path

from metaudit.catalogue.entries import DIMENSIONS, HERE, Entry, entries

TARGET = HERE.parents[2] / "docs" / "statistics.md"

_HEAD = """# What is computed, and by which definition

Every choice that an analysis can make here: what it is called, its formula, where it was read, how other programs do it
and how large the difference is, and how the number is checked a second way. How far the numbers agree with metafor's on
real data is in [agreement.md](agreement.md). This page is written from `scripts/metaudit/catalogue/*.yaml`
(`python -m metaudit.catalogue.document`); tests fail when it is out of date or when a choice has no entry.

`w = 1/v`, `w* = 1/(v + τ²)`, `W` their diagonal matrix, `P = W − WX(X'WX)⁻¹X'W`. Definitions are metafor's unless said otherwise.

- `i2` and `weight` are percent (0 to 100), proportions are fractions (0 to 1).
- `i2` comes from τ² and the typical variance, `i2_q` from Q; both are kept, because papers print either without saying which.
- Iterative estimators are solved exactly by default. `stopping: metafor` ends where metafor's default control ends
  (1e-5 absolute), because published numbers on small scales carry that error; it is never the default.
- A number is computed twice in the pipeline wherever a second, independent way exists; a difference above 1e-8 relative
  stops the run and names both values.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for dimension, heading in DIMENSIONS.items():
        found = entries(dimension)
        if found:
            parts += [f"\n## {heading}\n", _table(found), _conventions(found)]
    parts += ["\n## References\n", "\n".join(f"- {r}" for r in references()) + "\n"]
    return "\n".join(p for p in parts if p)


def references() -> list[str]:
    """Every full citation once, in alphabetical order."""
    return sorted({r.strip() for e in entries() for r in e.reference.split(" ; ") if r.strip()}, key=str.casefold)


def _table(found: tuple[Entry, ...]) -> str:
    rows = ["| code | what | formula | source | second way |", "|---|---|---|---|---|"]
    rows += [
        f"| `{e.code}` | {_cell(e.name)} | {_cell(e.formula)} | {_cell(e.source)} | {_cell(e.second_way)} |"
        for e in found
    ]
    return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _conventions(found: tuple[Entry, ...]) -> str:
    lines = [f"- `{e.code}`: {e.conventions}" for e in found if e.conventions]
    return "Elsewhere:\n\n" + "\n".join(lines) + "\n" if lines else ""


if __name__ == "__main__":
    Path(TARGET).write_text(page(), encoding="utf-8")
