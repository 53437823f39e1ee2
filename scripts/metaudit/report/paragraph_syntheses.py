"""Sentences of the methods paragraph about a network and about a sequential analysis, with the entries they rest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.synthesis_words import PI
from metaudit.audit_words.vocabulary import CI, TAU2
from metaudit.catalogue import Entry, entries
from metaudit.measures import MEASURES
from metaudit.report.methods import specification

if TYPE_CHECKING:
    from collections.abc import Callable

    from metaudit.tables.reading import Row

    Cite = Callable[[str], Entry]

_SPENDING = ("obrien-fleming", "pocock", "hwang-shih-decani", "rho")
_ADJUSTED = {"D2": "the diversity D² of the trials", "I2": "the I² of the trials"}


def network_sentences(fit: Row, cite: Cite) -> Iterator[str]:
    """How a network was pooled, its agreement looked at and its treatments ranked.

    Parameters
    ----------
    fit : its row of ``network_summary.csv``
    cite : takes note of an entry of the catalogue by its code, and gives it
    """
    measure = MEASURES[fit["measure"]]
    scale = f" on the {measure.scale} scale" if measure.scale != "natural" else ""
    k, n = numbers.whole(fit.get("k")), numbers.whole(fit.get("treatments"))
    cite("consistency")
    model = "a common effect of every comparison"
    if fit.get("model") == "random":
        method = fit.get("tau2_method", "")
        cite("tau2-DL" if method == "DL" else "tau2-REML")
        model = f"random effects, one τ² for all comparisons by the {TAU2.get(method, method)} estimator"
    yield f"The {k} studies of {n} treatments ({measure.name}) were pooled{scale} as one network under consistency, with {model}."
    interval = (
        "the normal (Wald) interval"
        if fit.get("ci_method") == "wald"
        else f"the {CI.get(fit['ci_method'], fit['ci_method'])}"
    )
    level = 100 * float(fit["level"])
    yield f"The {level:g} % interval is {interval}; treatments are compared with {fit.get('reference', '')}."
    pi = specification(fit.get("spec", "")).get("pi")
    if pi and fit.get("model") == "random":
        yield f"The interval for the effect in a new study is by {PI.get(pi, pi)}."
    for code in ("q-by-design", "interaction", "node-splitting"):
        cite(code)
    yield (
        "Disagreement was looked at by Q within and between designs, by the design-by-treatment interaction, and by direct "
        "against indirect evidence of each comparison."
    )
    if fit.get("small_values"):
        for code in ("p-score", "sucra"):
            cite(code)
        yield f"Treatments are ranked by P-scores, {'small' if fit['small_values'] == 'good' else 'large'} values being good."


def sequential_sentences(row: Row, cite: Cite) -> Iterator[str]:
    """How a sequential analysis was planned.

    Parameters
    ----------
    row : of ``sequential_summary.csv``
    cite : takes note of an entry of the catalogue by its code, and gives it
    """
    cite("required-information-size")
    adjusted = _ADJUSTED.get(row.get("heterogeneity", ""))
    if row.get("heterogeneity") == "D2":
        cite("diversity")
    share = numbers.fraction_as_percent(row.get("heterogeneity_share"))
    size = f"{float(row['required']):,.0f} participants" if row.get("required") else "the required size"
    by = f", adjusted for {adjusted} ({share} %)" if adjusted else ""
    family = next((f for f in _SPENDING if row.get("spending", "").startswith(f)), "")
    spent = cite(family).name if family else row.get("spending", "")
    cite("adjusted-interval")
    yield (
        f"The trials were added one by one and compared with two-sided boundaries at an alpha of {100 * float(row['alpha']):g} % "
        f"({spent}); the required information size is {size}{by}."
    )


def citing(dimension: str, used: list[Entry]) -> Cite:
    """What takes note of the entries of one dimension.

    Parameters
    ----------
    dimension : of the catalogue
    used : is added to
    """
    known = {e.code: e for e in entries(dimension)}

    def cite(code: str) -> Entry:
        used.append(known[code])
        return known[code]

    return cite
