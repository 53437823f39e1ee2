"""The words for every choice of a specification."""

from __future__ import annotations

MEASURE = {
    "AS": "difference of arcsine risks",
    "SMD": "standardised mean difference",
    "SMDH": "standardised mean difference with unequal variances",
    "SMD1": "Glass's delta",
    "GEN": "effects as given",
    "GEN-LOG": "ratios as given",
}
TAU2 = {
    "DL": "DerSimonian-Laird",
    "HE": "Hedges",
    "HS": "Hunter-Schmidt",
    "HSk": "Hunter-Schmidt with the small-sample correction",
    "SJ": "Sidik-Jonkman",
    "ML": "maximum likelihood",
    "REML": "restricted maximum likelihood",
    "EB": "empirical Bayes",
    "PM": "Paule-Mandel",
    "PMM": "median-unbiased Paule-Mandel",
    "DL2": "two-step DerSimonian-Laird",
    "PM2": "two-step Hedges",
    "GENQ": "generalised Q with given weights",
}
MODEL = {
    "common": "inverse-variance common effect",
    "mantel-haenszel": "Mantel-Haenszel",
    "peto": "Peto",
    "glmm": "mixed model of the counts",
    "user-weights": "mean by given weights",
}
CI = {
    "wald": "Wald interval",
    "t": "t interval",
    "hksj": "Hartung-Knapp interval",
    "hksj-adhoc-se": "Hartung-Knapp interval never narrower in its standard error than the usual one",
    "hksj-adhoc-ci": "the wider of the Hartung-Knapp and the Wald interval",
    "kenward-roger": "Kenward-Roger interval",
    "profile": "profile-likelihood interval",
    "permutation": "permutation interval",
    "bootstrap": "bootstrap interval",
}
# The kind of interval as a standard error or a test sees it.
STANDARD_ERROR = {
    "hksj": "Hartung-Knapp standard error",
    "hksj-adhoc-se": "Hartung-Knapp standard error, never below the usual one",
    "kenward-roger": "Kenward-Roger standard error",
}
USUAL_ERROR = "usual standard error"
TEST = {
    "wald": "normal test (z)",
    "t": "t test",
    "hksj": "Hartung-Knapp test",
    "hksj-adhoc-se": "Hartung-Knapp test with a standard error never below the usual one",
    "hksj-adhoc-ci": "the wider of the Hartung-Knapp and the Wald interval, read as a test",
    "kenward-roger": "Kenward-Roger test",
    "profile": "likelihood-ratio test",
    "permutation": "permutation test",
    "bootstrap": "bootstrap test",
}
PI = {
    "t-k-2": "t with k − 2 df",
    "t-k-1": "t with k − 1 df",
    "normal": "the normal distribution",
    "hksj": "the Hartung-Knapp standard error with k − 1 df",
    "tau-only": "τ alone",
    "bootstrap": "the bootstrap",
}
I2 = {"tau2": "τ²", "Q": "Q"}
Q_CENTRE = {
    "inverse-variance": "the inverse-variance mean",
    "mantel-haenszel": "the Mantel-Haenszel mean",
    "mantel-haenszel-corrected": "the Mantel-Haenszel mean of the corrected counts",
}
GLMM = {
    "conditional-exact": "conditional, exact",
    "conditional-approximate": "conditional, approximate",
    "unconditional-fixed": "unconditional, fixed study effects",
    "unconditional-random": "unconditional, random study effects",
}
VARIANCE = {
    "LS": "large-sample variance",
    "LS2": "large-sample variance times J²",
    "UB": "unbiased variance",
    "AV": "variance at the average effect of all studies",
    "AVHO": "variance at one coefficient of variation for all studies",
    "HO": "variance with one SD for both groups",
    "pooled-sd": "variance with one SD for both groups",
    "H": "variance that lets the groups' SDs differ",
    "metafor4.6": "variance without J²",
    "bias-corrected": "corrected for bias",
    "revman": "as RevMan defines it",
    "meta": "0.5 added once to each n, as R's meta does",
    "LS-approx": "large-sample variance with the approximate small-sample factor",
    "LS2-approx": "large-sample variance times J², with the approximate small-sample factor",
    "d": "Cohen's d, not corrected for small samples",
    "d-metan": "Cohen's d as in Stata's metan",
}
TAU2_CI = {
    "q-profile": "the Q-profile",
    "profile-likelihood": "the profile likelihood",
    "jackson": "Jackson's method",
    "biggerstaff": "the Biggerstaff-Jackson method",
}
I2_CI = {"tau2-ci": "that of τ²", "test-based": "Higgins and Thompson's test-based one"}
SUBGROUP_TAU2 = {"separate": "one for each subgroup", "common": "one for all subgroups"}
COUNTS = {"corrected": "corrected before they are pooled", "as they are": "pooled as they are"}
RD_VARIANCE = {"sato": "Sato", "greenland-robins": "Greenland-Robins"}
COVARIANCES = {
    "greenland-longnecker": "covariances by Greenland and Longnecker", "risk-ratio": "covariances of risk ratios",
    "independent": "relative risks of a study as if independent",
}  # fmt: skip
"""Of the relative risks of one dose-response study."""
SPENDING = {"obrien-fleming": "O'Brien-Fleming", "pocock": "Pocock"}
"""How the error of a sequential analysis is spent."""
STOPPING = {"exact": "at the solution", "metafor": "where metafor's default control ends"}
