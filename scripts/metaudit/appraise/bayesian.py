"""The Bayesian random-effects analysis beside a pooled result: posteriors under each prior, and what the data say about the priors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from metaudit.appraise.section import Section, section
from metaudit.bayes.empirical import Empirical, empirical_prior, empirical_priors
from metaudit.bayes.fit import Marginal, Posterior, bayes, predicted_mixture
from metaudit.bayes.priors import MuPrior, TauPrior, mu_prior, tau_prior
from metaudit.effects.compute import Effects
from metaudit.errors import DataError
from metaudit.evaluate import Evaluated

_SHOWN = (
    "prior",
    "subgroup",
    "k",
    "of",
    "median",
    "low",
    "high",
    "shortest_low",
    "shortest_high",
    "mean",
    "sd",
    "p_below",
)
# The measures that the empirical priors of each table were made for.
_MEANT_FOR = {"log odds ratio": ("OR", "PETO"), "standardised mean difference": ("SMD", "SMD1", "SMDH")}


@dataclass(frozen=True)
class Chosen:
    """One prior of tau as it was asked for.

    Attributes
    ----------
    tau : the prior
    origin : the table of empirical priors that it is from; None where its numbers were given
    """

    tau: TauPrior
    origin: Empirical | None = None


def chosen_prior(text: str) -> Chosen:
    """Read a prior of tau: ``half-normal(0.5)``, or one of a table: ``turner-2015; pain; pharmacological vs placebo or control``.

    After the name of the table stand the outcome, the comparison and the area, as the table calls them; the name alone is the
    distribution over all reviews.

    Raises
    ------
    DataError
        when there is no such family, table or cell; the known ones are named.
    """
    table, *cell = (part.strip() for part in text.split(";"))
    if table not in {e.table for e in empirical_priors()}:
        return Chosen(tau_prior(text))
    if len(cell) > 3:
        raise DataError(f"{text!r}: after the table stand at most an outcome, a comparison and an area")
    found = empirical_prior(table, **dict(zip(("outcome", "comparison", "area"), cell, strict=False)))
    return Chosen(found.prior, found)


def bayes_sections(e: Evaluated, priors: Sequence[str], *, mu: str = "") -> Iterator[Section]:
    """Posteriors of the mean, tau and the effect in a new study, and the evidence for each prior.

    Parameters
    ----------
    e : the evaluated analysis; its subgroups have posteriors of their own
    priors : priors of tau, as ``chosen_prior`` reads them, on the analysis scale
    mu : prior of the mean on the analysis scale, ``normal(0, 4)``; flat when empty

    Raises
    ------
    DataError
        when a prior is not understood, or there is no posterior: an improper prior with too few studies.
    """
    if not priors:
        return
    asked, prior_mu = [chosen_prior(text) for text in priors], mu_prior(mu) if mu else MuPrior()
    rows, evidence, notes = [], [], list(dict.fromkeys(_notes(e, asked, prior_mu)))
    for chosen in asked:
        for group, effects in {"": e.effects, **{level: part for level, (part, _) in e.subgroups.items()}}.items():
            try:
                posterior = bayes(effects.yi, effects.vi, tau=chosen.tau, mu=prior_mu, level=e.spec.level)
            except DataError as error:
                if not group:
                    raise
                notes.append(f"Subgroup {group}, {chosen.tau.text}: {error}.")
                continue
            names: dict[str, Any] = {"prior": chosen.tau.text}
            if e.subgroups:
                names["subgroup"] = group or "all"
            rows += list(_rows(e, effects, posterior, names | {"k": posterior.k}))
            evidence.append(names | _evidence(posterior, null=e.effects.measure.null is not None))
    families = [("tau_prior", family) for family in dict.fromkeys(c.tau.family for c in asked)]
    title = f"Bayesian random effects, {100 * e.spec.level:g} % credible intervals"
    table = section("bayes", title, rows, notes=notes, methods=[("bayes", "normal-normal"), *families])
    yield replace(table, columns=tuple(c for c in table.columns if c in _SHOWN))
    yield section(
        "bayes-evidence", "Evidence for the priors", evidence, notes=[_ABOUT], methods=[("bayes", "evidence")]
    )


_ABOUT = (
    "Bayes factors of tau = 0 against the prior of tau, and of an effect of 0 against the prior of the mean; below 1 they speak "
    "against the value 0. Where a prior is flat there is none."
)


def _rows(e: Evaluated, effects: Effects, found: Posterior, names: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The three posteriors, effects on the natural scale but for mean, SD and mode, which do not go along with it."""
    null = e.effects.measure.null_analysis
    below: dict[str, float | None] = {"tau": None, "mean effect": None, "new study": None}
    if null is not None:
        new = predicted_mixture(found.grid)
        below |= {
            "mean effect": 1 - found.probability_above(null),
            "new study": float(new.cdf(np.array([[null]]))[0, 0]),
        }
    for of, marginal in (("mean effect", found.mu), ("tau", found.tau), ("new study", found.predicted)):
        yield {
            **names,
            "of": of,
            **_limits(e, effects, marginal, natural=of != "tau"),
            "mean": marginal.mean,
            "sd": marginal.sd,
            "mode": marginal.mode,
            "p_below": below[of],
        }


def _limits(e: Evaluated, effects: Effects, m: Marginal, *, natural: bool) -> dict[str, float]:
    values = {
        "median": m.median, "low": m.low, "high": m.high, "shortest_low": m.short_low, "shortest_high": m.short_high
    }  # fmt: skip
    return {name: e.natural(x, effects) for name, x in values.items()} if natural else values


def _evidence(found: Posterior, *, null: bool) -> dict[str, Any]:
    """What the data say about each prior; an effect of 0 on the analysis scale means nothing for a proportion."""
    return {
        "log_marginal_likelihood": found.log_evidence,
        "bayes_factor_no_heterogeneity": found.bayes_factor_common,
        "bayes_factor_no_effect": found.bayes_factor_null if null else None,
    }


def _notes(e: Evaluated, asked: Sequence[Chosen], mu: MuPrior) -> Iterator[str]:
    measure = e.effects.measure
    scale = f", on the {measure.scale} scale" if measure.scale != "natural" else ""
    yield f"Prior of the mean: {mu.text}{scale}. Priors of tau{scale}: {'; '.join(c.tau.sentence for c in asked)}."
    if scale:
        yield (
            f"Medians and limits of effects are turned back from the {measure.scale} scale; means and SDs, and all of tau, "
            f"stay on it. The shortest interval is the shortest on that scale."
        )
    if measure.null is not None:
        yield f"p_below is the posterior probability of an effect below {measure.null:g}."
    for chosen in asked:
        if chosen.origin:
            yield from _origin(e, chosen.origin)


def _origin(e: Evaluated, origin: Empirical) -> Iterator[str]:
    kind = ", ".join(part for part in (origin.outcome, origin.comparison, origin.area) if part) or "all reviews"
    yield f"{origin.prior.text} is the distribution for {kind} in {origin.citation}; made for a {origin.scale}."
    meant = _MEANT_FOR.get(origin.scale, ())
    if e.spec.measure not in (*meant, "GEN", "GEN-LOG"):
        yield f"This analysis is of {e.spec.measure}, on another scale than that of {origin.table}."
    if origin.doubt:
        yield f"A doubt about these numbers: {origin.doubt}."
