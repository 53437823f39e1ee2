"""A methods paragraph with its references, written from what was done and from the catalogue."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from metaudit.catalogue import Entry, entry
from metaudit.evaluate import Evaluated
from metaudit.listing import listed
from metaudit.specs import COUNT_MODELS

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
            named = listed([_named(entry(*key)) for key in section.methods])
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

    yield from _conversions(e, say)
    scale = f" on the {measure.scale} scale" if measure.scale != "natural" else ""
    variant = f"; variance: {say('variance', spec.variance)}" if spec.variance != "LS" else ""
    what = f"{measure.name}, {_cited(say('measure', measure.code))}{variant}"
    if f.k == 1:
        yield f"There is one study; its effect ({what}) is shown{scale} as it is."
    else:
        yield f"The effects of {f.k} studies ({what}) were pooled{scale} by the {_model(e, say)}."
    if spec.model in COUNT_MODELS:
        yield f"The {100 * spec.level:g} % interval is the normal (Wald) interval."
    else:
        yield f"The {100 * spec.level:g} % interval is {say('ci', spec.ci)}."
    if measure.kind in ("counts", "proportion", "rates") and spec.model not in COUNT_MODELS:
        yield from _zero_sentence(e)
    yield from _regression(e, say)
    yield from _heterogeneity(e, say)
    if spec.stopping != "exact":
        yield f"Iterations ended by {say('stopping', spec.stopping)}."


Say = Callable[[str, str], str]
# What the routes of converted numbers are recognised by, and the entry that describes each.
_ROUTES = (
    ("(Luo", "mean-from-median"), ("(Wan", "sd-from-quantiles"), ("(Shi", "sd-from-quantiles"), ("= SE ", "sd-from-se"),
    ("% CI / (2", "sd-from-ci"), ("design effect", "clusters"), ("split:", "shared_control=split"),
    ("treatment arms put together", "shared_control=combine"),
)  # fmt: skip


def _conversions(e: Evaluated, say: Say) -> Iterator[str]:
    """How numbers came by that the studies do not report as they are needed."""
    for words, code in dict.fromkeys(_ROUTES):
        touched = [s.label for s, r in zip(e.effects.studies, e.effects.routes, strict=True) if words in r]
        if touched:
            yield f"For {listed(touched)}: {say('conversion', code)}."


def _model(e: Evaluated, say: Say) -> str:
    spec = e.spec
    words = say("model", spec.model if spec.model != "glmm" or not spec.glmm else spec.glmm)
    if spec.model == "glmm":
        words += ", fitted by maximum likelihood"
    if spec.has_tau2:
        words += f"; the between-study variance is the {say('tau2', spec.tau2)}"
    if spec.has_tau2 and spec.q != "inverse-variance":
        words += f", with Q centred on the {say('q', spec.q)}"
    return words


def _regression(e: Evaluated, say: Say) -> Iterator[str]:
    if e.fit.coefficients:
        terms = listed([c.term for c in e.fit.coefficients if c.term != "intercept"])
        yield f"Effects were regressed on {terms}: {say('regression', 'meta-regression')}."
    if e.subgroups:
        shared = e.between is not None and e.between.common_tau2
        yield f"Subgroups ({listed(list(e.subgroups))}): {say('regression', 'common' if shared else 'separate')}."


def _heterogeneity(e: Evaluated, say: Say) -> Iterator[str]:
    spec, f = e.spec, e.fit
    if spec.has_tau2 and not math.isnan(f.pi_low):
        yield f"The interval for the effect of a new study is {say('pi', spec.pi)}."
    if "bootstrap" in (spec.pi if not math.isnan(f.pi_low) else "", spec.ci) or spec.ci == "permutation":
        yield "Random draws start from the seed that is given with the command, so that the same call gives the same limits."
    if f.q_df < 1 or math.isnan(f.q):
        return
    if spec.model == "glmm":
        yield "Heterogeneity is tested by the likelihood ratio of the mixed model with and without its random effect."
        return
    yield f"Heterogeneity is tested by {say('statistic', 'q')}."
    if spec.has_tau2 and not math.isnan(f.tau2_low):
        yield f"The interval of tau² comes from {say('tau2_ci', spec.tau2_ci)}."
        interval = say("i2_ci", f.i2_ci_method or "tau2-ci")
        yield f"Inconsistency is given as {say('statistic', 'i2')}; its interval comes from {interval}."
    elif not spec.has_tau2:
        yield f"Inconsistency is given as {say('statistic', 'i2_q')}."


def _cited(text: str) -> str:
    """Author and year alone, of a name that ends with them in brackets."""
    found = re.search(r"\(([^()]*\d{4}[a-z]?)\)$", text)
    return found.group(1) if found else text


def _named(found: Entry) -> str:
    """The name of a choice, with author and year where its source begins with them."""
    year = re.match(r"[^;]*?\b(?:1[89]|20)\d\d[a-z]?\b", found.source)
    return f"{found.name} ({year.group(0)})" if year else found.name


def _zero_sentence(e: Evaluated) -> Iterator[str]:
    touched = [s.label for s, r in zip(e.effects.studies, e.effects.routes, strict=True) if "added to" in r]
    rule = e.spec.zero_cells.partition("@")[0]
    if touched and rule == "tacc":
        yield f"The treatment-arm continuity correction (Sweeting et al. 2004) was added to the cells of {listed(touched)}."
    elif touched:
        yield f"{rule} was added to each cell of {listed(touched)} (zero-cell rule {e.spec.zero_cells})."
