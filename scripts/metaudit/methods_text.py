"""A methods paragraph with its references, written from what was done and from the catalogue."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from metaudit.catalogue import Entry, entry
from metaudit.evaluate import Evaluated

if TYPE_CHECKING:
    from metaudit.appraise import Section


def methods_paragraph(e: Evaluated, sections: Sequence[Section] = ()) -> str:
    """What was done, with author and year behind each choice, and the list of references below.

    Parameters
    ----------
    e : the evaluated analysis
    sections : what was computed beside it
    """
    used: list[Entry] = []
    sentences = list(_sentences(e, used))
    for section in sections:
        used += [entry(*key) for key in section.methods]
        if section.methods:
            named = _listed([_named(entry(*key)) for key in section.methods])
            sentences.append(f"{section.title}: {named}.")
    references = sorted({r.strip() for x in used for r in x.reference.split(" ; ") if r.strip()}, key=str.casefold)
    paragraph = "Methods. " + " ".join(sentences)
    return "\n".join([paragraph, *(["", "References"] if references else []), *(f"- {r}" for r in references)])


def _sentences(e: Evaluated, used: list[Entry]) -> Iterator[str]:
    spec, f, measure = e.spec, e.fit, e.effects.measure

    def say(dimension: str, code: str) -> str:
        found = entry(dimension, code)
        used.append(found)
        return _named(found)

    used.append(entry("measure", measure.code))
    scale = f" on the {measure.scale} scale" if measure.scale != "natural" else ""
    variant = f", {say('variance', spec.variance)}" if spec.variance != "LS" else ""
    what = "The effect of the one study" if f.k == 1 else f"The effects of {f.k} studies"
    model = say("model", spec.model if spec.model != "glmm" or not spec.glmm else spec.glmm)
    sentence = f"{what} ({measure.name}{variant}) {'was' if f.k == 1 else 'were'} pooled{scale} by the {model}"
    if spec.has_tau2:
        sentence += f"; the between-study variance is the {say('tau2', spec.tau2)}"
    if spec.has_tau2 and spec.q != "inverse-variance":
        sentence += f", with Q centred on the {say('q', spec.q)}"
    yield f"{sentence}."
    yield f"The {100 * spec.level:g} % interval is {say('ci', spec.ci)}."
    if measure.kind in ("counts", "proportion", "rates") and spec.model not in ("mantel-haenszel", "peto", "glmm"):
        yield from _zero_sentence(e)
    if spec.has_tau2 and not math.isnan(f.pi_low):
        yield f"For a new study: {say('pi', spec.pi)}."
    if f.q_df > 0 and not math.isnan(f.tau2_low) and spec.has_tau2:
        yield f"The interval of tau² comes from {say('tau2_ci', spec.tau2_ci)}."
        used.append(entry("statistic", "i2"))
        interval = say("i2_ci", f.i2_ci_method or "tau2-ci")
        yield f"I² follows from tau² and the typical variance (Higgins and Thompson 2002); its interval comes from {interval}."
    if spec.stopping != "exact":
        yield f"Iterations ended by {say('stopping', spec.stopping)}."


def _named(found: Entry) -> str:
    """The name of a choice, with author and year where its source begins with them."""
    year = re.match(r"[^;]*?\b(?:1[89]|20)\d\d[a-z]?\b", found.source)
    return f"{found.name} ({year.group(0)})" if year else found.name


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _zero_sentence(e: Evaluated) -> Iterator[str]:
    touched = [s.label for s, r in zip(e.effects.studies, e.effects.routes, strict=True) if "added to" in r]
    rule = e.spec.zero_cells.partition("@")[0]
    if touched and rule == "tacc":
        yield f"The treatment-arm continuity correction (Sweeting et al. 2004) was added to the cells of {_listed(touched)}."
    elif touched:
        yield f"{rule} was added to each cell of {_listed(touched)}."
