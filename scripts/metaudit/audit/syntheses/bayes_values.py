"""What a posterior prints: our value of a claim under one model and one convention."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

from metaudit.audit.arm_values import needed_to_treat
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_analysis_scale, quantity_asked
from metaudit.audit.syntheses.bayes_ways import Convention, Model
from metaudit.audit.values import our_value
from metaudit.bayes.fit import Marginal
from metaudit.bayes.reading import Reading
from metaudit.effects.convert import Converted
from metaudit.formats.review import Claim

OF_EFFECT = {"estimate": ("mu", "centre"), "ci_low": ("mu", "low"), "ci_high": ("mu", "high"),
             "pi_low": ("predicted", "low"), "pi_high": ("predicted", "high"), "predicted": ("predicted", "centre")}  # fmt: skip
OF_TAU = {"tau": "centre", "tau_low": "low", "tau_high": "high", "tau2": "centre", "tau2_low": "low", "tau2_high": "high"}  # fmt: skip
OF_STUDY = ("study_estimate", "study_ci_low", "study_ci_high")
# What the model has no part in; of a number needed to treat, unless it is that of a pooled risk difference.
COUNTED = frozenset(
    "k k_with_events n n_t n_c events_t events_c proportion proportion_t proportion_c q q_df q_p study_se study_variance "
    "mean_t mean_c sd_t sd_c nnt".split()
)
_NAMES = {"mu": "the mean effect", "predicted": "the effect in a new study"}
_SHORT = {"low": "short_low", "high": "short_high"}


def parts_of(quantities: Sequence[str]) -> frozenset[str]:
    """The conventions that some quantities depend on."""
    asked, parts = set(quantities), set()
    ends = {q for q, (_, p) in OF_EFFECT.items() if p != "centre"} | {q for q, p in OF_TAU.items() if p != "centre"}
    if asked & {"estimate", "predicted", "nnt"}:
        parts.add("centre")
    if asked & {"tau", "tau2", "i2"}:
        parts.add("tau centre")
    if asked & ends:
        parts.add("interval")
    if asked & set(OF_STUDY):
        parts.add("study")
    return frozenset(parts)


class Fit:
    """The posterior of one model; every number of it is worked out once, when it is first asked for."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._known: dict[tuple[str, ...], Ours | Unanswerable] = {}

    @cached_property
    def reading(self) -> Reading:
        """The posterior, number by number.

        Raises
        ------
        DataError
            when there is none.
        """
        y, v = self.model.data
        return Reading(y, v, tau=self.model.tau.tau, mu=self.model.mu, level=self.model.level)

    @cached_property
    def studies(self) -> tuple[Marginal, ...]:
        """The studies' own effects, shrunken towards the mean."""
        return self.reading.whole.studies()

    @property
    def under(self) -> str:
        """The model in words."""
        m = self.model
        without = f" without {m.without}" if m.without else ""
        return f"{len(m.data[0])} studies{without}, prior of tau {m.tau.words}, prior of the mean {m.mu.text}"

    def value(self, claim: Claim, as_printed: Convention, rows: Sequence[Converted]) -> Ours:
        """Our value of a claim on the natural scale of its quantity.

        Raises
        ------
        Unanswerable
            when a posterior has no such number.
        """
        key = (claim.id, *_matter(quantity_asked(claim), as_printed))
        if key not in self._known:
            try:
                self._known[key] = self._value(claim, as_printed, rows)
            except Unanswerable as reason:
                self._known[key] = reason
        found = self._known[key]
        if isinstance(found, Unanswerable):
            raise found
        return found

    def _value(self, claim: Claim, as_printed: Convention, rows: Sequence[Converted]) -> Ours:
        asked = quantity_asked(claim)
        if claim.subject and asked not in (*OF_STUDY, "bayes_factor", *COUNTED):
            raise Unanswerable(
                f"the Bayesian analysis has no part {claim.subject!r}; a subgroup is an analysis of its own",
                f"an analysis of {claim.subject!r} in review.yaml",
            )
        if asked in OF_EFFECT:
            return self._effect(claim, asked, as_printed)
        if asked in OF_TAU:
            return self._tau(asked, as_printed)
        if asked in OF_STUDY and as_printed.studies == "shrunken":
            return self._shrunken(claim, asked, as_printed)
        if asked in ("p_below", "p_above"):
            return self._probability(asked)
        if asked == "se":
            return Ours(self.reading.value("mu", "sd"), f"posterior SD of the mean effect; {self.under}")
        if asked == "i2":
            return self._i2(as_printed)
        if asked == "nnt" and self.model.way.spec.measure == "RD":
            x, words = self._read("mu", "centre", as_printed.centre, as_printed.interval)
            return needed_to_treat(x, f"1 / |RD {x:.4g}|, {words}; {self.under}")
        if asked == "bayes_factor":
            return self._bayes_factor(claim.subject)
        if asked in (*OF_STUDY, *COUNTED):
            return our_value(claim, self.model.way.evaluated, self.model.way.analysis, rows)
        raise Unanswerable(f"a posterior has no {asked}")

    def _effect(self, claim: Claim, asked: str, as_printed: Convention) -> Ours:
        which, part = OF_EFFECT[asked]
        x, words = self._read(which, part, as_printed.centre, as_printed.interval)
        how = f"{words} of {_NAMES[which]}; {self.under}"
        return Ours(x if on_analysis_scale(claim) else self.model.way.natural(x), how)

    def _read(self, which: str, part: str, centre: str, interval: str) -> tuple[float, str]:
        """A number of a posterior, and in words what it is.

        Raises
        ------
        Unanswerable
            when the posterior has no such number.
        """
        name, words = _named(part, centre, interval, level=self.model.level)
        x = self.reading.value(which, name)
        if math.isnan(x):
            raise Unanswerable(f"the posterior has no {words.removeprefix('posterior ')} under this prior")
        return x, words

    def _tau(self, asked: str, as_printed: Convention) -> Ours:
        part, square = OF_TAU[asked], asked.startswith("tau2")
        if square and part == "centre" and as_printed.tau_centre == "mean":
            return Ours(self.reading.tau2_mean, f"posterior mean of tau²; {self.under}")
        x, words = self._read("tau", part, as_printed.tau_centre, as_printed.interval)
        return Ours(x**2 if square else x, f"{'square of the ' if square else ''}{words} of tau; {self.under}")

    def _shrunken(self, claim: Claim, asked: str, as_printed: Convention) -> Ours:
        labels = [s.label for s, used in zip(self.model.way.effects.studies, self.model.used, strict=True) if used]
        if labels.count(claim.subject) != 1:
            raise Unanswerable(
                f"no one study of the analysis is called {claim.subject!r}", "a label that tells the rows apart"
            )
        marginal = self.studies[labels.index(claim.subject)]
        part = {"study_estimate": "centre", "study_ci_low": "low", "study_ci_high": "high"}[asked]
        name, words = _named(part, as_printed.centre, as_printed.interval, level=self.model.level)
        x = float(getattr(marginal, name))
        how = f"{words} of the study's own effect, shrunken towards the mean; {self.under}"
        return Ours(x if on_analysis_scale(claim) else self.model.way.natural(x), how)

    def _probability(self, asked: str) -> Ours:
        null = self.model.way.effects.measure.null_analysis
        if null is None:
            raise Unanswerable(f"{self.model.way.spec.measure} has no value of no effect")
        below = self.reading.below(null)
        side = "below" if asked == "p_below" else "above"
        return Ours(
            below if asked == "p_below" else 1 - below, f"posterior probability of an effect {side} none; {self.under}"
        )

    def _i2(self, as_printed: Convention) -> Ours:
        """Share of tau² in the total variance (Higgins and Thompson 2002, Stat Med 21:1539, eq. 9, with their typical variance)."""
        x, words = self._read("tau", "centre", as_printed.tau_centre, "central")
        w = 1 / self.model.data[1]
        if w.size < 2:
            raise Unanswerable("I² needs two studies")
        typical = (w.size - 1) * w.sum() / (w.sum() ** 2 - (w**2).sum())
        return Ours(
            100 * x**2 / (x**2 + float(typical)), f"I² from the {words} of tau and the typical variance; {self.under}"
        )

    def _bayes_factor(self, subject: str) -> Ours:
        """For an effect (or heterogeneity) against none, or the other way round, as the subject says."""
        word = subject.strip().lower() or "effect"
        about = word.removeprefix("no ")
        if about not in ("effect", "heterogeneity"):
            raise Unanswerable(
                f"a Bayes factor is about effect, no effect, heterogeneity or no heterogeneity, not about {subject!r}"
            )
        if about == "effect" and self.model.way.effects.measure.null_analysis != 0:
            raise Unanswerable(f"{self.model.way.spec.measure} has no value of no effect")
        whole = self.reading.whole
        found = whole.bayes_factor_null if about == "effect" else whole.bayes_factor_common
        if math.isnan(found):
            raise Unanswerable(
                "a Bayes factor needs a proper prior, not a flat one", "the prior of the mean and of tau"
            )
        value = found if word.startswith("no ") else 1 / found if found > 0 else math.inf
        return Ours(value, f"Bayes factor for {word}; {self.under}")


def _named(part: str, centre: str, interval: str, *, level: float) -> tuple[str, str]:
    """What a number of a posterior is called there, and in words."""
    if part == "centre":
        return centre, f"posterior {centre}"
    end = "lower" if part == "low" else "upper"
    return _SHORT[part] if interval == "shortest" else part, f"{end} end of the {interval} {100 * level:g} % interval"


def _matter(asked: str, c: Convention) -> tuple[str, ...]:
    """The part of a convention that a quantity depends on."""
    part = OF_EFFECT[asked][1] if asked in OF_EFFECT else OF_TAU.get(asked, "")
    if asked in OF_STUDY:
        return (c.studies, c.centre, c.interval)
    if part == "centre" or asked == "i2":
        return (c.tau_centre if asked in OF_TAU or asked == "i2" else c.centre,)
    if asked == "nnt":
        return (c.centre,)
    return (c.interval,) if part else ()
