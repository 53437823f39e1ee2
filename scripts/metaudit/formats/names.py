"""The nearest known name to one that is not known: by what it is also called, then by its letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from metaudit.formats.signs import clipped, printable

_LONGEST = 200  # characters; comparing longer texts letter by letter takes its time and helps nobody
# Words of papers and programs -> ours, by what is named. Compared without capitals, blanks and punctuation.
ALSO_CALLED: dict[str, dict[str, tuple[str, ...]]] = {
    "measure": {
        "RR": ("risk ratio", "relative risk", "log RR", "log risk ratio"),
        "OR": ("odds ratio", "log OR", "log odds ratio"),
        "RD": ("risk difference", "absolute risk difference", "absolute risk reduction", "ARD", "ARR"),
        "PETO": ("Peto odds ratio", "Peto OR", "POR"),
        "MD": ("mean difference", "weighted mean difference", "WMD", "difference in means", "raw mean difference"),
        "SMD": (
            "standardised mean difference", "standardized mean difference", "Hedges' g", "g", "Cohen's d", "d", "effect size", "ES",
        ),
        "SMD1": ("Glass's delta", "Glass' delta"),
        "ROM": ("ratio of means", "response ratio", "lnRR", "log response ratio"),
        "IRR": ("rate ratio", "incidence rate ratio"),
        "IRD": ("rate difference", "incidence rate difference"),
        "PR": ("proportion", "prevalence", "raw proportion", "PRAW"),
        "PLO": ("logit", "logit proportion", "PLOGIT"),
        "PFT": ("Freeman-Tukey", "double arcsine"),
        "MN": ("mean", "raw mean", "MRAW"),
        "COR": ("correlation", "Pearson's r", "r"),
        "ZCOR": ("Fisher's z", "z-transformed correlation"),
        "GEN-LOG": ("hazard ratio", "HR", "generic ratio"),
        "GEN": ("generic inverse variance", "GIV", "log hazard ratio", "log HR", "lnHR"),
    },
    "model": {
        "common": (
            "fixed", "fixed effect", "fixed effects", "fixed-effect model", "FE", "FEM", "common effect", "equal effects", "EE",
            "inverse variance", "IV",
        ),
        "random": (
            "random effect", "random effects", "random-effects model", "RE", "REM", "DerSimonian-Laird", "DerSimonian and Laird", "DL",
        ),
        "mantel-haenszel": ("MH", "M-H", "Mantel Haenszel"),
        "peto": ("Peto's method", "Yusuf-Peto"),
        "glmm": ("generalised linear mixed model", "generalized linear mixed model", "mixed model"),
    },
    "tau2": {
        "DL": ("DerSimonian-Laird", "DerSimonian and Laird", "DSL", "D+L"),
        "HE": ("Hedges", "Hedges-Olkin", "Cochran"),
        "HS": ("Hunter-Schmidt",),
        "SJ": ("Sidik-Jonkman",),
        "ML": ("maximum likelihood",),
        "REML": ("restricted maximum likelihood", "residual maximum likelihood"),
        "EB": ("empirical Bayes", "Morris"),
        "PM": ("Paule-Mandel", "Mandel-Paule"),
    },
    "ci": {
        "wald": ("normal", "z", "Wald-type"),
        "hksj": ("Hartung-Knapp", "HK", "KNHA", "Knapp-Hartung", "Hartung-Knapp-Sidik-Jonkman"),
        "kenward-roger": ("KR",),
        "profile": ("profile likelihood", "PL"),
    },
    "kind": {
        "meta-analysis": ("systematic review", "systematic review and meta-analysis", "SR", "MA", "Cochrane review"),
        "network meta-analysis": ("NMA", "mixed treatment comparison"),
        "narrative review": ("review", "guideline", "consensus"),
        "trial": ("RCT", "study", "randomised trial"),
    },
    "favours": {},
    "quantity": {
        "estimate": (
            "RR", "OR", "RD", "HR", "MD", "SMD", "WMD", "d", "g", "ES", "effect", "effect size", "point estimate", "pooled estimate",
        ),
        "ci_low": ("lower limit", "lower", "LL", "CI lower", "lower CI", "LCL"),
        "ci_high": ("upper limit", "upper", "UL", "CI upper", "upper CI", "UCL"),
        "p": ("p-value", "P value", "pval", "sig"),
        "q": ("Q", "chi2", "chi-square", "chi-squared", "Cochran's Q", "χ²"),
        "q_df": ("df", "degrees of freedom"),
        "q_p": ("P for heterogeneity", "p het", "p heterogeneity"),
        "i2": ("I squared", "I²", "I^2", "heterogeneity"),
        "tau2": ("tau squared", "τ²", "tau^2"),
        "tau": ("τ",),
        "k": ("studies", "number of studies", "n studies", "trials"),
        "n": ("participants", "patients", "sample size", "total"),
        "z": ("z value", "z score", "test for overall effect"),
        "weight": ("weights", "% weight"),
        "ci_low and ci_high": ("CI", "95% CI", "confidence interval", "95CI", "confidence limits"),
        "pi_low and pi_high": ("PI", "95% PI", "prediction interval"),
    },
}  # fmt: skip


def near(name: str, known: Iterable[str]) -> str:
    """The nearest known name, or an empty string; capitals and small letters are the same."""
    if len(name) > _LONGEST:
        return ""
    options = {k.lower(): k for k in known if len(k) <= _LONGEST}
    close = get_close_matches(name.strip().lower(), options, n=1, cutoff=0.6)
    return options[close[0]] if close else ""


def nearest(name: str, known: Iterable[str], of: str = "", *, named: Mapping[str, str] | None = None) -> str:
    """A 'did you mean' phrase for the nearest known name, or the list of known names.

    Parameters
    ----------
    name : what was written
    known : what may be written
    of : what it is the name of, a key of ``ALSO_CALLED``
    named : known name -> what it stands for in words, as an editor shows it
    """
    options = list(known)
    meant = _also(name, of, options) or next(
        (c for c, words in (named or {}).items() if _bare(words) == _bare(name)), ""
    )
    if " and " in meant:
        return f"Write {meant}, one row for each."
    close = meant or near(name, options)
    if close:
        return f"Did you mean {clipped(close)!r}?"
    if not options:
        return "There is none yet."
    return (
        f"Known: {', '.join(printable(clipped(o, 40)) for o in options)}."
        if len(options) <= 30
        else "No known name is near it."
    )


def _also(name: str, of: str, options: list[str]) -> str:
    """What it is called here; a name that differs in capitals only comes before any other."""
    if any(o.lower() == name.strip().lower() for o in options):
        return ""
    found = (ours for ours, others in ALSO_CALLED.get(of, {}).items() if _bare(name) in map(_bare, others))
    return next((ours for ours in found if set(ours.split(" and ")) <= set(options)), "")


def _bare(text: str) -> str:
    """Letters and digits only, superscripts as plain digits, without the word method or estimator at the end."""
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = re.sub(r"\b(method|estimator|analysis)\s*$", "", plain)
    return re.sub(r"[^a-z0-9α-ω%]+", "", plain)
