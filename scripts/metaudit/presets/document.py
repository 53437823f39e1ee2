"""``docs/presets.md``, written from data/presets: ``python -m metaudit.presets.document``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from metaudit.presets.load import Preset, load_presets

TARGET = Path(__file__).resolve().parents[3] / "docs" / "presets.md"
MEASURES = ("OR", "RR", "RD", "PETO", "MD", "SMD")

_HEAD = """# What programs do when nothing is chosen

A review often names its program and nothing else. These are the defaults of {n} versions of {programs} programs, each with the
document it was read in. This page is written from `data/presets/*.yaml` (`python -m metaudit.presets.document`); a test
fails when it is out of date.

How sure a default is:

- **read**: in the document or the source file that is named;
- **computed**: seen in the program's output, or in printed results;
- **unverified**: recalled, and nothing that was read confirms it. {recalled} of {facts} defaults are; check one before you rely on it.

What each program prints for 18 small tables is in `tests/data/presets`, with how it was obtained; `tests/reference/test_presets.py`
compares all of it, and the cases in which two programs differ, to nine digits. RevMan's own results for two published examples, to
every digit it gives in four of its file formats, are in `tests/data/revman` and `tests/reference/test_revman.py`.

Where the version decides and a review does not name it, all versions that it can mean are tried.
"""


def page() -> str:
    """The whole page."""
    presets = tuple(load_presets().values())
    facts = [f for p in presets for f in p.facts]
    head = _HEAD.format(
        n=len(presets), programs=len({p.program for p in presets}), facts=len(facts),
        recalled=sum(not f.verified for f in facts),
    )  # fmt: skip
    return "\n".join([head, _overview(presets), *(_section(p) for p in presets)])


def _overview(presets: Sequence[Preset]) -> str:
    columns = ("τ²", "interval", "I² from", "prediction interval", "Q around (OR)", "common effect (OR)")
    rows = ["## At a glance\n", f"| preset | versions | {' | '.join(columns)} |", "|---" * (len(columns) + 2) + "|"]
    for p in presets:
        cells = [_shown(p, name, measure) for name, measure in _GLANCE]
        rows.append(f"| [{p.id}](#{_anchor(p)}) | {_cell(p.versions)} | {' | '.join(cells)} |")
    rows.append("\n*unverified* stands behind what was only recalled, or has no document of its own.\n")
    return "\n".join(rows)


_GLANCE = (("tau2", "MD"), ("ci", "MD"), ("i2", "MD"), ("pi", "MD"), ("q", "OR"), ("model", "OR"))
_CHOICES = {"tau2": "τ²", "ci": "the interval", "i2": "I²", "subgroup_tau2": "the τ² of subgroups"}
_ABSENT = {"pi": "none", "q": "inverse-variance"}


def _shown(preset: Preset, name: str, measure: str) -> str:
    value = preset.choice(name, measure, _ABSENT.get(name, ""))
    fact = preset.fact(name, measure)
    return f"{_cell(str(value))}" + ("" if fact is not None and fact.verified else " *unverified*")


def _section(preset: Preset) -> str:
    lines = [f"## {preset.id}\n", f"{preset.title}. {preset.versions}.\n", "As points of the specification space:\n"]
    for measure in MEASURES:
        if measure in preset.measures:
            models = dict.fromkeys(str(preset.spec(measure, model=m)) for m in ("random", "common"))
            lines.append(f"- {measure}: " + "; ".join(f"`{s}`" for s in models) + _not_sure(preset, measure))
    if preset.only:
        lines += ["", f"It offers nothing else for: {', '.join(_CHOICES[n] for n in preset.only)}."]
    lines += ["", "| default | value | source | certainty |", "|---|---|---|---|"]
    lines += [
        f"| {f.dimension} | {_cell(f.value)} | {_cell(f.source)} | {f.certainty if f.verified else '**unverified**'} |"
        for f in preset.facts
    ]
    return "\n".join(lines) + "\n"


def _not_sure(preset: Preset, measure: str) -> str:
    found = preset.unverified(measure)
    return f" (unverified: {', '.join(found)})" if found else ""


def _anchor(preset: Preset) -> str:
    return preset.id.replace(".", "")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
