"""A methods paragraph for one analysis, from the specification of its primary fit and the catalogue of methods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.spec_words import zero_words
from metaudit.audit_words.vocabulary import CI, MODEL, PI, TAU2
from metaudit.catalogue import Entry, entries
from metaudit.listing import listed
from metaudit.measures import MEASURES
from metaudit.report.paragraph_syntheses import citing, network_sentences, sequential_sentences
from metaudit.specs import COUNT_MODELS, Spec, parse_spec
from metaudit.tables.summary import several_studies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from metaudit.tables.reading import Analysis, Row

    Say = Callable[[str, str], str]


# Words of a choice that the catalogue does not describe.
_WORDS = {"tau2": TAU2, "model": MODEL, "ci": CI, "pi": PI}


@dataclass(frozen=True)
class Paragraph:
    """What was done, and the works it rests on."""

    text: str
    references: tuple[str, ...]


def paragraph(analysis: Analysis) -> Paragraph | None:
    """Methods of the primary fit; None where nothing was pooled."""
    fit, network, sequential = analysis.primary, analysis.network, analysis.sequential
    used: list[Entry] = []
    sentences = list(_sentences(analysis, fit, used)) if fit is not None and fit.get("spec") else []
    if network is not None:
        sentences += network_sentences(network, citing("network", used))
    if sequential is not None:
        sentences += sequential_sentences(sequential, citing("sequential", used))
    if not sentences:
        return None
    text = " ".join(sentences)
    works = {r.strip() for e in used for r in e.reference.split(" ; ") if r.strip()}
    return Paragraph(numbers.typographic(text), tuple(sorted(works, key=str.casefold)))


def _sentences(analysis: Analysis, fit: Row, used: list[Entry]) -> Iterator[str]:
    spec = parse_spec(fit["spec"])

    def say(dimension: str, code: str) -> str:
        found = next((e for e in entries(dimension) if e.code == code), None)
        if found is None:
            return _WORDS.get(dimension, {}).get(code, code)
        used.append(found)
        return named(found)

    measure = MEASURES[spec.measure]
    scale = f" on the {measure.scale} scale" if measure.scale != "natural" else ""
    what = measure.name + (f"; {say('variance', spec.variance)}" if spec.variance != "LS" else "")
    say("measure", spec.measure)
    k = numbers.whole(fit.get("k"))
    if not several_studies(fit):
        yield f"There is one study; its effect ({what}) is shown as it is."
    else:
        yield f"The effects of {k} studies ({what}) were pooled{scale} by the {_model(spec, say)}."
    interval = "the normal (Wald) interval" if spec.model in COUNT_MODELS else say("ci", spec.ci)
    yield f"The {100 * spec.level:g} % interval is {interval}."
    touched = [r.get("study", "") for r in analysis.tables["effects"] if "added to" in r.get("route", "")]
    if touched:
        yield f"Zero cells of {listed(touched)}: {zero_words(spec.zero_cells)}."
    if several_studies(fit):
        yield from _spread(spec, fit, say)


def _model(spec: Spec, say: Say) -> str:
    words = say("model", spec.glmm if spec.model == "glmm" and spec.glmm else spec.model)
    if spec.has_tau2:
        words += f"; the between-study variance is the {say('tau2', spec.tau2)}"
        if spec.q != "inverse-variance":
            words += f", with Q centred on the {say('q', spec.q)}"
    return words


def _spread(spec: Spec, fit: Row, say: Say) -> Iterator[str]:
    if fit.get("q"):
        share = say("statistic", "i2" if spec.has_tau2 and spec.i2 == "tau2" else "i2_q")
        yield f"Heterogeneity is tested by {say('statistic', 'q')} and given as {share}."
    if spec.has_tau2 and fit.get("tau2_low"):
        yield f"The interval of τ² comes from {say('tau2_ci', spec.tau2_ci)}."
    if spec.has_tau2 and fit.get("pi_low"):
        yield f"The interval for the effect of a new study is {say('pi', spec.pi)}."


def named(found: Entry) -> str:
    """Name of a choice, with author and year where its source begins with them."""
    year = re.match(r"[^;]*?\b(?:1[89]|20)\d\d[a-z]?\b", found.source)
    return f"{found.name} ({year.group(0)})" if year else found.name
