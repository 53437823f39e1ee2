"""Read data/presets/*.yaml: the defaults of a program, each with the document it was read in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from metaudit.errors import InputError, Problem
from metaudit.formats.places import DATA
from metaudit.formats.yaml_file import check_schema, line_of, load_schema, plain, read_yaml
from metaudit.measures import MEASURES
from metaudit.presets.software import Rule
from metaudit.specs import Spec

# The facts that a choice rests on, the nearest first; of a variance the measure's own.
_FACTS = {
    "tau2": ("tau2_default", "tau2"), "ci": ("ci_default", "ci"), "i2": ("i2",), "pi": ("pi_df", "pi"), "q": ("q_centre",), "tau2_ci": ("tau2_ci",),
    "i2_ci": ("i2_ci",), "counts": ("mh_counts", "zero_cells"), "rd_variance": ("mh_variance",),
    "model": ("common", "mh_default", "default_measure"), "stopping": ("stopping", "tau2"), "quantile": ("ci",),
    "i2_truncated": ("i2",), "subgroup_test": ("subgroup_test",), "double_zero": ("double_zero",), "zero_cell": ("zero_cells",),
}  # fmt: skip
_FACTS_BY_MEASURE = {
    "zero_cells": {"RD": ("zero_cells_rd", "zero_cells"), "PETO": ("peto", "zero_cells"), "": ("zero_cells",)},
    "variance": {
        "RD": ("zero_cells_rd",), "RR": ("all_events_both_arms", "zero_cells_rr"), "MD": ("md_variance",),
        "SMD": ("smd_variance",),
    },
}  # fmt: skip
_OF_SPEC = ("zero_cells", "variance", "counts", "rd_variance")


@dataclass(frozen=True)
class Fact:
    """One default of a program.

    Attributes
    ----------
    certainty : ``read`` in the document named, ``computed`` (seen in output), or ``recalled``: not verified
    """

    dimension: str
    value: str
    source: str
    certainty: str

    @property
    def verified(self) -> bool:
        """Whether a document or an output stands behind it."""
        return self.certainty != "recalled"


@dataclass(frozen=True)
class Preset:
    """The defaults of some versions of one program; ``only`` names the choices in which it offers nothing else."""

    id: str
    program: str
    title: str
    versions: str
    software: tuple[Rule, ...]
    choices: Mapping[str, Any]
    measures: Mapping[str, Mapping[str, Any]]
    facts: tuple[Fact, ...]
    only: tuple[str, ...] = ()

    def choice(self, name: str, measure: str, default: Any = None) -> Any:
        """A default for a measure."""
        return self.measures.get(measure, {}).get(name, self.choices.get(name, default))

    def fact(self, choice: str, measure: str) -> Fact | None:
        """The fact that a choice rests on; None where none is recorded."""
        by_measure = _FACTS_BY_MEASURE.get(choice, {})
        wanted = by_measure.get(measure, by_measure.get("", ())) or _FACTS.get(choice, ())
        found = {f.dimension: f for f in self.facts}
        return next((found[d] for d in wanted if d in found), None)

    def unverified(self, measure: str) -> tuple[str, ...]:
        """Choices for a measure behind which no document or output stands: recalled, or without a record."""
        names = dict.fromkeys((*self.choices, *self.measures.get(measure, {})))
        facts = {n: self.fact(n, measure) for n in names}
        return tuple(n for n, f in facts.items() if f is None or not f.verified)

    def spec(self, measure: str, *, model: str = "random", level: float = 0.95, stopping: str = "exact") -> Spec:
        """The program's point in the space of specifications.

        Parameters
        ----------
        measure : code of the effect measure
        model : ``random``, or ``common`` for the program's common-effect model, which may be Mantel-Haenszel
        level : confidence level
        stopping : ``exact``, or ``program`` to end iterations where the program does, as far as a specification says it
        """
        shared = {n: self.choice(n, measure) for n in _OF_SPEC if self.choice(n, measure) is not None}
        if model == "common":
            pooled = str(self.choice("model", measure, "common"))
            return Spec(measure, model=pooled, ci="wald", level=level, **shared)
        return Spec(
            measure, model="random", tau2=str(self.choice("tau2", measure)), ci=str(self.choice("ci", measure, "wald")),
            i2=str(self.choice("i2", measure, "tau2")), pi=str(self.choice("pi", measure, "t-k-2")),
            q=str(self.choice("q", measure, "inverse-variance")), tau2_ci=str(self.choice("tau2_ci", measure, "q-profile")),
            level=level, stopping=self._stopping(measure, stopping), **shared,
        )  # fmt: skip

    def _stopping(self, measure: str, asked: str) -> str:
        own = self.choice("stopping", measure, "exact")
        return "metafor" if asked == "program" and own == "metafor" else "exact"

    def stops_as(self, measure: str) -> str:
        """Where the program ends its iterations, as a specification says it; empty where that is at the solution or not known."""
        own = self._stopping(measure, "program")
        return own if own != "exact" else ""

    def method(self, measure: str, *, model: str = "", verified: bool = False) -> dict[str, Any]:
        """What the program decides where the authors say nothing, as keys of review.yaml's ``method``.

        Parameters
        ----------
        measure : code of the effect measure
        model : the stated model; the choices of another model are left out
        verified : whether to leave out what is only recalled
        """
        out = {n: self.choice(n, measure) for n in ("zero_cells", "variance") if self.choice(n, measure) is not None}
        if model in ("", "random"):
            names = ("tau2", "ci", "i2", "pi", "q")
            out |= {n: self.choice(n, measure) for n in names if self.choice(n, measure) is not None}
        if model in ("", "mantel-haenszel", "common"):
            out |= {
                n: self.choice(n, measure) for n in ("counts", "rd_variance") if self.choice(n, measure) is not None
            }
        unsure = self.unverified(measure) if verified else ()
        return {n: value for n, value in out.items() if n not in unsure}


@cache
def load_presets() -> Mapping[str, Preset]:
    """Every preset that ships with the project, by its id.

    Raises
    ------
    InputError
        with every problem of every file.
    """
    folder = DATA / "presets"
    return {p.stem: read_preset(p, shown=f"data/presets/{p.name}") for p in sorted(folder.glob("*.yaml"))}


def read_preset(path: Path, *, shown: str) -> Preset:
    """Read and check one preset.

    Raises
    ------
    InputError
        with every problem: line, key, what is wrong and what would be right.
    """
    document, problems = read_yaml(path, shown)
    problems = problems or check_schema(document, load_schema(DATA / "schemas" / "preset.schema.json"), shown)
    content = plain(document)
    problems = problems or list(_not_known(content, document, path=path, shown=shown))
    if problems:
        raise InputError(problems)
    return Preset(
        content["id"], content["program"], content["title"], content["versions"], tuple(map(_rule, content["software"])), content["choices"],
        content["measures"], tuple(Fact(f["dimension"], f["value"], f["source"], f["certainty"]) for f in content["facts"]),
        tuple(content.get("only", ())),
    )  # fmt: skip


def _not_known(content: Mapping[str, Any], document: Any, *, path: Path, shown: str) -> list[Problem]:
    found = []
    if content["id"] != path.stem:
        message = f"the id is {content['id']!r}, the file {path.stem!r}."
        found.append(Problem(shown, line_of(document, ["id"]), "id", "id", message, "Make them the same."))
    for measure in content["measures"]:
        if measure not in MEASURES:
            line, fix = line_of(document, ["measures", measure]), f"Measures are {', '.join(MEASURES)}."
            found.append(
                Problem(shown, line, f"measures.{measure}", "unknown-measure", f"there is no measure {measure!r}.", fix)
            )
    for i, rule in enumerate(content["software"]):
        found += [
            _no_expression(
                rule[key], error, line=line_of(document, ["software", i, key]), where=f"software.{i}.{key}", shown=shown
            )
            for key in ("name", "not_with")
            if key in rule and (error := _fault(rule[key]))
        ]
    return found


def _rule(content: Mapping[str, Any]) -> Rule:
    return Rule(
        content["name"], content.get("from", ""), content.get("before", ""), content.get("from_year", 0),
        content.get("before_year", 0), content.get("not_with", ""),
    )  # fmt: skip


def _fault(pattern: str) -> str:
    """What is wrong with a regular expression; empty when nothing is."""
    try:
        re.compile(pattern)
    except re.error as error:
        return str(error)
    return ""


def _no_expression(pattern: str, error: str, *, line: int, where: str, shown: str) -> Problem:
    message, fix = f"{pattern!r} is no regular expression: {error}.", "Escape brackets and dots with a backslash."
    return Problem(shown, line, where, "regular-expression", message, fix)
