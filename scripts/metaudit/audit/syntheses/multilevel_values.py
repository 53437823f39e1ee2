"""What a model of dependent effects prints: our value of a claim under one model, one robust variance and one test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import chdtrc, fdtrc

from metaudit.analyses import complete_cases, without_moderators
from metaudit.audit.arm_values import needed_to_treat
from metaudit.audit.coefficients import COEFFICIENT, OF_TERM
from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_analysis_scale, quantity_asked
from metaudit.audit.syntheses.multilevel_model import LEVELS, Inference, Model
from metaudit.audit.values import our_value
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import moderator_columns
from metaudit.formats.columns import COVARIATE_PREFIX
from metaudit.formats.review import Claim
from metaudit.multilevel.fit import Component, Multilevel, multilevel
from metaudit.multilevel.robust import RobustFit, robust_multilevel
from metaudit.multilevel.vcov import imputed_covariance
from metaudit.pooling.design import design
from metaudit.pooling.intervals import quantile, two_sided_p

WITHIN, BETWEEN = "within", "between"
COUNTED = frozenset(
    "n n_t n_c events_t events_c proportion proportion_t proportion_c k_with_events study_estimate study_ci_low study_ci_high "
    "study_se study_variance mean_t mean_c sd_t sd_c nnt".split()
)
PROFILED = ("tau2_low", "tau2_high")
"""Quantities that take as long as dozens of fits."""
# What depends on how a coefficient is judged.
_JUDGED = frozenset("ci_low ci_high pi_low pi_high se z p coef coef_se coef_p qm qm_p".split())
_CLUSTER_WORDS = ("clusters", "cluster", "studies", "study", "samples", "papers")


def _bare(name: str) -> str:
    return name.removeprefix(COVARIATE_PREFIX)


class Fit:
    """The fit of one model and its robust variances, worked out when they are first asked for."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._robust: dict[str, RobustFit] = {}
        self._known: dict[tuple[Any, ...], Ours | Unanswerable] = {}

    @cached_property
    def kept(self) -> Any:
        """Which of the effects are pooled, shape ``(k,)``.

        Raises
        ------
        DataError
            when no effect has a value of every moderator.
        """
        way = self.model.way
        complete = {s.row.line for s in complete_cases(way.analysis, way.effects)[0].studies}
        clusters = zip(self.model.clusters, way.effects.studies, strict=True)
        return np.array([c != self.model.without and s.row.line in complete for c, s in clusters])

    @cached_property
    def clusters(self) -> list[str]:
        """Cluster of each effect that is pooled."""
        return [c for c, kept in zip(self.model.clusters, self.kept, strict=True) if kept]

    @cached_property
    def plain(self) -> Multilevel:
        """The fit without robust variances.

        Raises
        ------
        DataError
            when the model cannot be fitted.
        """
        return self._fitted(self._groupings(self.model.levels))

    @cached_property
    def profiled(self) -> Multilevel:
        """The same with profile-likelihood intervals of the variances."""
        return self._fitted(self._groupings(self.model.levels), intervals=True)

    def _groupings(self, levels: int) -> dict[str, list[str]]:
        each = [str(i) for i in range(len(self.clusters))]
        return {1: {WITHIN: each}, 2: {BETWEEN: self.clusters}, 3: {BETWEEN: self.clusters, WITHIN: each}}[levels]

    def _fitted(self, groupings: dict[str, list[str]], *, intervals: bool = False) -> Multilevel:
        effects = self.model.way.effects.take(self.kept)
        mods = moderator_columns(self.model.way.analysis, effects)
        names, x = design(mods, effects.k)
        v = imputed_covariance(effects.vi, self.clusters, rho=self.model.rho) if self.model.rho else effects.vi
        return multilevel(
            effects.yi, v, groupings, x=x, names=names, method=self.model.method, intervals=intervals
        )  # fmt: skip

    def robust(self, kind: str) -> RobustFit:
        """Cluster-robust inference of one kind."""
        if kind not in self._robust:
            self._robust[kind] = robust_multilevel(self.plain, self.clusters, kind=kind)
        return self._robust[kind]

    @property
    def under(self) -> str:
        """The model in words."""
        m = self.model
        rho = f", sampling errors correlated {m.rho:g} within clusters" if m.rho else ""
        without = f", without {m.without}" if m.without else ""
        count = f"{len(self.clusters)} effects in {len(set(self.clusters))} clusters"
        lacking = without_moderators(m.way.analysis, m.way.effects.studies)
        left_out = "".join(f", without {s.label} ({why})" for s, why in lacking)
        return f"{LEVELS[m.levels]} ({m.method}), {count}{rho}{without}{left_out}"

    def value(self, claim: Claim, by: Inference, rows: Sequence[Converted], *, k_counts: str = "effects") -> Ours:
        """Our value of a claim on the natural scale of its quantity.

        Raises
        ------
        Unanswerable
            when the model has no such number.
        """
        asked = quantity_asked(claim)
        key = (claim.id, by if asked in _JUDGED else None, k_counts if asked == "k" else "")
        if key not in self._known:
            try:
                self._known[key] = self._value(claim, asked, by, rows, k_counts)
            except Unanswerable as reason:
                self._known[key] = reason
            except DataError as error:
                self._known[key] = Unanswerable(str(error).rstrip("."))
        found = self._known[key]
        if isinstance(found, Unanswerable):
            raise found
        return found

    def _value(self, claim: Claim, asked: str, by: Inference, rows: Sequence[Converted], k_counts: str) -> Ours:
        subject = claim.subject.strip()
        if asked == "nnt" and self.model.way.spec.measure == "RD":
            x = self.plain.coefficients[0].estimate
            return needed_to_treat(x, f"1 / |RD {x:.4g}|; {self.under}")
        if asked in COUNTED:
            return our_value(claim, self.model.way.evaluated, self.model.way.analysis, rows)
        if asked == "weight":
            raise Unanswerable("a model of dependent effects gives an effect no one weight")
        if asked == "k":
            return self._k(subject or k_counts)
        if asked in ("tau2", "tau", "tau2_low", "tau2_high", "i2") or (asked == "p" and subject in (WITHIN, BETWEEN)):
            return self._of_variance(asked, subject)
        if asked in COEFFICIENT or (asked in OF_TERM and _bare(subject) in self._terms[1:]):
            return self._coefficient(asked, subject, by)
        if subject:
            raise Unanswerable(
                f"the model has no part {subject!r}; a subgroup is an analysis of its own",
                f"an analysis of {subject!r} in review.yaml",
            )
        if asked in ("q", "q_df", "q_p", "loglik"):
            f = self.plain
            value = {"q": f.q, "q_df": float(f.q_df), "q_p": f.q_p, "loglik": f.log_likelihood}[asked]
            return Ours(value, f"{self.under}; Q on {f.q_df} df" if asked != "loglik" else self.under)
        if asked in ("qm", "qm_p"):
            return self._moderators(asked, by)
        return self._effect(claim, asked, by)

    def _k(self, counted: str) -> Ours:
        found, effects = len(set(self.clusters)), len(self.clusters)
        if counted in _CLUSTER_WORDS:
            return Ours(float(found), f"{found} clusters with {effects} effects")
        if counted not in ("effects", "effect sizes"):
            raise Unanswerable(f"k counts effects or studies, not {counted!r}")
        return Ours(float(effects), f"{effects} effects in {found} clusters")

    def _effect(self, claim: Claim, asked: str, by: Inference) -> Ours:
        estimate, se, df = self._term(0, by)
        half, how = quantile(by.level, df) * se, f"{self.under}{self._by(by, df)}"
        spread = math.sqrt(se**2 + float(self.plain.variances.sum()))
        wide = quantile(by.level, df) * spread
        values = {"estimate": estimate, "ci_low": estimate - half, "ci_high": estimate + half,
                  "pi_low": estimate - wide, "pi_high": estimate + wide}  # fmt: skip
        if asked in values:
            x = values[asked]
            return Ours(x if on_analysis_scale(claim) else self.model.way.natural(x), how)
        if asked == "se":
            return Ours(se, how)
        if asked == "z":
            return Ours(estimate / se, how)
        if asked == "p":
            return Ours(two_sided_p(estimate / se, df), how)
        raise Unanswerable(f"a model of dependent effects gives no {asked}")

    def _term(self, i: int, by: Inference) -> tuple[float, float, float | None]:
        """A coefficient, its standard error, and the degrees of freedom of its test."""
        clusters, p = len(set(self.clusters)), len(self.plain.coefficients)
        if by.robust == "none":
            c = self.plain.coefficients[i]
            own, df = c.se, None
        else:
            r = self.robust(by.robust).coefficients[i]
            own, df = r.se, r.df
        dfs: dict[str, float | None] = {
            "normal": None, "residual": self.plain.k - p, "clusters": clusters - p, "satterthwaite": df,
        }  # fmt: skip
        chosen = dfs[by.test]
        if chosen is not None and not chosen > 0:
            raise Unanswerable(f"{clusters} clusters and {p} coefficients leave no degree of freedom")
        return self.plain.coefficients[i].estimate, own, chosen

    def _by(self, by: Inference, df: float | None) -> str:
        kind = f"; {by.robust} robust variance" if by.robust != "none" else ""
        return f"{kind}; {'normal' if df is None else f't with {df:.4g} df'}"

    def _component(self, fit: Multilevel, subject: str) -> Component:
        found = next((c for c in fit.components if c.name == subject), None)
        if found is None:
            raise Unanswerable(f"{LEVELS[self.model.levels]}: there is no variance {subject} clusters")
        return found

    def _of_variance(self, asked: str, subject: str) -> Ours:
        if subject not in ("", WITHIN, BETWEEN, "sampling"):
            raise Unanswerable(f"variances are within or between clusters, not {subject!r}")
        f = self.plain
        if asked == "i2":
            whole = sum(c.i2 for c in f.components)
            if subject == "sampling":
                return Ours(100 - whole, f"share of sampling error in the variance; {self.under}")
            value = self._component(f, subject).i2 if subject else whole
            return Ours(value, f"share of the variance {subject or 'within and between clusters'}; {self.under}")
        if asked == "p":
            return self._likelihood_ratio(subject)
        if asked in PROFILED:
            names = [c.name for c in f.components]
            if not subject and len(names) > 1:
                raise Unanswerable(
                    "an interval is about one of the variances: within or between clusters", "the subject"
                )
            c = self._component(self.profiled, subject or names[0])
            return Ours(
                c.low if asked == "tau2_low" else c.high,
                f"profile likelihood of the variance {c.name} clusters; {self.under}",
            )
        s2 = self._component(f, subject).sigma2 if subject else float(f.variances.sum())
        which = subject or "within and between" if len(f.components) > 1 else f.components[0].name
        words = f"variance {which} clusters {s2:.4g}; {self.under}"
        return Ours(math.sqrt(s2), f"√ of the {words}") if asked == "tau" else Ours(s2, words)

    def _likelihood_ratio(self, subject: str) -> Ours:
        """P of the likelihood-ratio test that one variance is 0, by chi-squared with 1 df (as metafor's ``anova``)."""
        self._component(self.plain, subject)
        if self.model.levels != 3:
            raise Unanswerable(f"{LEVELS[self.model.levels]}: there is no model without its only variance")
        reduced = self._fitted(self._groupings(1 if subject == BETWEEN else 2))
        ratio = max(0.0, 2 * (self.plain.log_likelihood - reduced.log_likelihood))
        return Ours(
            float(chdtrc(1, ratio)),
            f"likelihood ratio {ratio:.4g} of the variance {subject} clusters, 1 df; {self.under}",
        )

    def _coefficient(self, asked: str, subject: str, by: Inference) -> Ours:
        if _bare(subject) not in self._terms:
            raise Unanswerable(
                f"{subject!r} is no coefficient; the model has {', '.join(self._terms)}", "moderators in review.yaml"
            )
        estimate, se, df = self._term(self._terms.index(_bare(subject)), by)
        half, p = quantile(by.level, df) * se, two_sided_p(estimate / se, df)
        values = {"coef": estimate, "coef_se": se, "coef_p": p, "ci_low": estimate - half, "ci_high": estimate + half,
                  "se": se, "z": estimate / se, "p": p}  # fmt: skip
        return Ours(values[asked], f"{self.under}{self._by(by, df)}")

    @property
    def _terms(self) -> list[str]:
        """The coefficients as claims name them, the intercept first."""
        return [_bare(c.term) for c in self.plain.coefficients]

    def _moderators(self, asked: str, by: Inference) -> Ours:
        """Test of all moderators: Wald's chi-squared, F where the test is by t, the approximate Hotelling test with CR2."""
        f, p = self.plain, len(self.plain.coefficients) - 1
        if p == 0:
            raise Unanswerable("the analysis has no moderators", "moderators in review.yaml")
        if by.robust != "none" and by.test == "satterthwaite":
            r = self.robust(by.robust)
            return Ours(r.f if asked == "qm" else r.f_p, f"approximate Hotelling test; {self.under}; {by.robust}")
        cov = (self.robust(by.robust).cov if by.robust != "none" else f.cov)[1:, 1:]
        b = np.array([c.estimate for c in f.coefficients[1:]])
        wald = float(b @ np.linalg.solve(cov, b))
        if by.test == "normal":
            return Ours(
                wald if asked == "qm" else float(chdtrc(p, wald)),
                f"Wald test of {p} moderator{'s' if p > 1 else ''}; {self.under}",
            )
        df = (f.k if by.test == "residual" else len(set(self.clusters))) - p - 1
        if df < 1:
            raise Unanswerable("no degree of freedom is left for the test of the moderators")
        return Ours(wald / p if asked == "qm" else float(fdtrc(p, df, wald / p)), f"F on {p} and {df} df; {self.under}")
