"""What a dose-response meta-analysis prints: our value of a claim under one way to fit the curve."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from metaudit.audit.own_value import Ours, Unanswerable
from metaudit.audit.scale import on_analysis_scale, quantity_asked
from metaudit.doseresponse.basis import Curve
from metaudit.doseresponse.fit import DoseResponse, dose_response
from metaudit.doseresponse.rows import Doses
from metaudit.errors import DataError
from metaudit.formats.review import Claim

_AT = ("predicted", "estimate", "ci_low", "ci_high")
_NUMBER = r"(-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?)"
# A unit is no further digits: 20-30 and 1.2.3 are no doses.
_UNIT = r"(?:\s*[^\s\d.,;–-][^\s;]*)?"
_DOSE = re.compile(
    rf"(?:dose\s*=?\s*)?{_NUMBER}{_UNIT}(?:\s*(?:\bvs\.?|\bversus|\bagainst|;\s*reference\s*=)\s*{_NUMBER}{_UNIT})?",
    re.IGNORECASE,
)
_PER = re.compile(rf"per\s+{_NUMBER}(?!\s*[.,–-]?\d).*", re.IGNORECASE)
# Terms as papers call them, beside the names of the coefficients.
_TERMS = {
    "linear": 0,
    "dose": 0,
    "spline1": 0,
    "quadratic": 1,
    "squared": 1,
    "spline2": 1,
    "spline3": 2,
    "spline4": 3,
    "spline5": 4,
    "spline6": 5,
}
_METHODS = {"fixed": "common effect", "REML": "REML", "ML": "ML", "DL": "DerSimonian-Laird"}


@dataclass(frozen=True)
class Way:
    """One way to fit the curve.

    Attributes
    ----------
    curve : a line, a parabola or a spline with its knots
    method : ``fixed``, ``REML``, ``ML`` or ``DL``
    stages : 1 or 2
    covariance : of the relative risks of one study
    design : ``cc`` or ``ci`` of studies that leave it open
    without : name of a study that is left out; empty for none
    """

    curve: Curve
    method: str
    stages: int
    covariance: str
    design: str
    without: str = ""

    @property
    def curve_words(self) -> str:
        """The curve in words, its knots too."""
        return (
            f"spline with knots {', '.join(f'{k:g}' for k in self.curve.knots)}"
            if self.curve.knots
            else self.curve.kind
        )

    @property
    def spec(self) -> str:
        """As verdicts show it."""
        parts = [
            f"dose-response {self.curve_words}",
            f"{self.stages} stage{'s' if self.stages > 1 else ''}",
            self.method,
            self.covariance,
        ]
        return " | ".join([*parts, *([f"without {self.without}"] if self.without else [])])


class Fit:
    """The curve fitted in one way, when it is first asked for.

    Parameters
    ----------
    way : how
    doses : the studies
    level : of intervals
    """

    def __init__(self, way: Way, doses: Doses, level: float) -> None:
        self.way, self.doses, self.level = way, doses.without(way.without) if way.without else doses, level
        self._known: dict[str, Ours | Unanswerable] = {}

    @cached_property
    def fit(self) -> DoseResponse:
        """The fit.

        Raises
        ------
        Unanswerable
            when the studies do not allow this way.
        """
        w = self.way
        try:
            return dose_response(
                self.doses.studies, curve=w.curve, method=w.method, stages=w.stages, covariance_kind=w.covariance, level=self.level
            )  # fmt: skip
        except DataError as error:
            raise Unanswerable(str(error).rstrip(".")) from None

    @property
    def under(self) -> str:
        """The way in words."""
        w, f = self.way, self.fit
        without = f" without {w.without}" if w.without else ""
        stages = "one stage" if w.stages == 1 else "two stages"
        return f"{w.curve_words} over {f.points} doses of {f.k} studies{without}, {stages}, {_METHODS[w.method]}, {w.covariance} covariances"

    def value(self, claim: Claim) -> Ours:
        """Our value of a claim on the natural scale of its quantity.

        Raises
        ------
        Unanswerable
            when the curve has no such number.
        """
        if claim.id not in self._known:
            try:
                self._known[claim.id] = self._value(claim)
            except Unanswerable as reason:
                self._known[claim.id] = reason
        found = self._known[claim.id]
        if isinstance(found, Unanswerable):
            raise found
        return found

    def _value(self, claim: Claim) -> Ours:
        asked = quantity_asked(claim)
        if asked in _AT:
            return self._at(claim, asked)
        if asked in ("coef", "coef_se", "coef_p"):
            return self._coefficient(claim, asked)
        if asked in ("k", "n", "events_t", "count"):
            return self._counted(asked)
        simple = self._tests()
        if asked in simple:
            return simple[asked]
        if asked in ("tau2", "tau", "se", "p", "z"):
            return self._of_line(asked)
        if asked == "nonlinear_p":
            raise Unanswerable("a line has no test against a line; the curve that was tested is a parabola or a spline")
        raise Unanswerable(
            f"a dose-response curve gives no {asked} in {self.way.stages} stage{'s' if self.way.stages > 1 else ''}"
        )

    def _tests(self) -> Mapping[str, Ours]:
        f, how = self.fit, self.under
        out = {
            "qm": Ours(f.overall.stat, f"Wald test of the curve on {f.overall.df} df; {how}"),
            "qm_p": Ours(f.overall.p, f"Wald chi-squared {f.overall.stat:.4g} on {f.overall.df} df; {how}"),
            "loglik": Ours(f.log_likelihood, how),
        }
        if f.nonlinear is not None:
            words = f"Wald chi-squared {f.nonlinear.stat:.4g} on {f.nonlinear.df} df against a line; {how}"
            out["nonlinear_p"] = Ours(f.nonlinear.p, words)
        if f.heterogeneity is not None:
            q, words = (
                f.heterogeneity,
                f"Q of the studies' own curves {f.heterogeneity.stat:.4g} on {f.heterogeneity.df} df; {how}",
            )
            out |= {
                "q": Ours(q.stat, words),
                "q_df": Ours(float(q.df), words),
                "q_p": Ours(q.p, words),
                "i2": Ours(f.i2, words),
            }
        return out

    def _at(self, claim: Claim, asked: str) -> Ours:
        """A relative risk at a dose, or for a difference of doses where the curve is a line."""
        dose, reference, words = self._doses(claim)
        (found,) = self.fit.predict(dose, reference=reference)
        natural = {"predicted": found.rr, "estimate": found.rr, "ci_low": found.ci_low, "ci_high": found.ci_high}[asked]
        value = math.log(natural) if on_analysis_scale(claim) else natural
        return Ours(value, f"relative risk {words}; {self.under}")

    def _doses(self, claim: Claim) -> tuple[float, float, str]:
        subject = claim.subject.strip()
        per = _PER.fullmatch(subject)
        if per or not subject:
            if self.way.curve.kind != "linear":
                raise Unanswerable(f"a {self.way.curve.kind} curve has no relative risk per unit of dose")
            step = _number(per[1]) if per else 1.0
            return step, 0.0, f"per {step:g} of dose"
        at = _DOSE.fullmatch(subject)
        if not at:
            raise Unanswerable(f"{subject!r} names no dose; write dose=20, dose=20 vs 5, or per 10")
        dose, reference = _number(at[1]), _number(at[2]) if at[2] else self.reference
        return dose, reference, f"at dose {dose:g} against {reference:g}"

    @property
    def reference(self) -> float:
        """The dose that curves are drawn against where none is named: the lowest reference dose of the studies."""
        return min(float(s.dose[s.reference]) for s in self.doses.studies)

    def _coefficient(self, claim: Claim, asked: str) -> Ours:
        subject = claim.subject.strip().lower() or "linear"
        terms = list(self.fit.curve.terms)
        place = terms.index(subject) if subject in terms else _TERMS.get(subject.replace(" ", ""), -1)
        kind = self.way.curve.kind
        wrong = (subject.startswith("spline") and kind != "spline") or (
            subject in ("quadratic", "squared") and kind != "quadratic"
        )
        if wrong or not 0 <= place < len(terms):
            raise Unanswerable(f"{claim.subject!r} is no coefficient of a {kind} curve; it has {', '.join(terms)}")
        if subject == "linear" and kind != "linear":
            raise Unanswerable(f"a {kind} curve has no one slope; its first coefficient is {terms[0]}")
        c = self.fit.coefficients[place]
        return Ours(
            {"coef": c.estimate, "coef_se": c.se, "coef_p": c.p}[asked],
            f"coefficient {c.term} {c.estimate:.4g} (SE {c.se:.4g}); {self.under}",
        )

    def _of_line(self, asked: str) -> Ours:
        """Numbers of the one slope of a line."""
        if self.way.curve.kind != "linear":
            raise Unanswerable(f"a {self.way.curve.kind} curve has several coefficients; {asked} is not one number")
        c, tau2 = self.fit.coefficients[0], float(self.fit.psi[0, 0])
        if asked in ("tau2", "tau"):
            if self.way.method == "fixed":
                raise Unanswerable("the common-effect model has no tau²")
            return Ours(tau2 if asked == "tau2" else math.sqrt(tau2), f"variance of the slope {tau2:.4g}; {self.under}")
        values = {"se": c.se, "p": c.p, "z": c.stat}
        return Ours(values[asked], f"slope {c.estimate:.4g} (SE {c.se:.4g}); {self.under}")

    def _counted(self, asked: str) -> Ours:
        studies = self.doses.studies
        if asked == "k":
            found, strata = len(set(self.doses.labels)), len(studies)
            return Ours(float(found), f"{found} studies" + (f" in {strata} strata" if strata != found else ""))
        columns = [s.n if asked == "n" else s.cases for s in studies]
        total = math.fsum(x for c in columns for x in c)
        if math.isnan(total) or (asked == "n" and any(s.design == "ir" for s in studies)):
            raise Unanswerable(
                f"{asked} is not reported for every dose", f"per dose: {'n' if asked == 'n' else 'events'}"
            )
        return Ours(total, f"sum over {sum(map(len, columns))} doses of {len(studies)} studies")


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def knots_words(curve: Curve) -> str:
    """The knots of a spline; what the curve is without them."""
    return (
        f"with {len(curve.knots)} knots at {', '.join(f'{k:.4g}' for k in curve.knots)}" if curve.knots else curve.kind
    )


def all_doses(doses: Doses) -> Sequence[float]:
    """The doses of all studies, the reference doses included."""
    return [float(d) for s in doses.studies for d in s.dose]
