"""What made-up libraries look like: every share and every distribution, with where it was read and how sure that is.

``read``: in the abstract or table named (November 2026). ``read elsewhere``: the source's numbers as another work gives them.
``computed``: from the reviews that are shipped in ``data/reviews``. ``assumed``: no source was found; the number only has to
be of the right size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shares:
    """How often each of several things happens; the numbers need not add up to 1."""

    of: Mapping[str, float]
    source: str


@dataclass(frozen=True)
class Numbers:
    """Parameters of a distribution."""

    values: tuple[float, ...]
    source: str


# Median 3 studies, quartiles 2 and 6, mean 112,600 / 22,453 = 5.0, at least 2: 2 + whole part of a log-normal number. With
# these parameters the quartiles are 2 and 6, the median 3, and the mean 5.0.
STUDIES = Numbers(
    (0.65, 1.1),
    "read: Davey et al. 2011, doi:10.1186/1471-2288-11-160, abstract (median and quartiles; mean from its totals)",
)
MOST_STUDIES = 200
ANALYSES_PER_REVIEW = Numbers(
    (1.14, 0.85),
    "assumed: median 3, mean 5 (so that 20,000 analyses are 4,000 reviews); Davey et al. 2011, abstract: median 6, quartiles "
    "3 and 12 in Cochrane reviews, which print every outcome",
)
MOST_ANALYSES = 60
# Log-normal size of a study, both arms together.
STUDY_SIZE = Numbers(
    (91, 1.15),
    "read: Davey et al. 2011, abstract (median 91, range 2 to 1,242,071); assumed: the spread, which puts the quartiles at 42 and 198",
)
SMALLEST_ARM, LARGEST_STUDY = 3, 1_242_071
DATA = Shares(
    {"counts": 0.61, "means": 0.36, "generic": 0.03},
    "read: 11,803 analyses of binary and 6,881 of continuous outcomes in the Cochrane library (Wallace et al. 2009, PMC2795760, "
    "abstract); assumed: 3 % with effects and intervals only",
)
COUNT_MEASURES = Shares(
    {"RR": 0.53, "OR": 0.40, "RD": 0.07},
    "read: Cochrane Colloquium 2000, abstracts.cochrane.org/2000-cape-town/choice-summary-statistics-cochrane-reviews (about "
    "one third of reviews relative risks, one quarter odds ratios); assumed: 7 % risk differences",
)
MEAN_MEASURES = Shares({"MD": 0.7, "SMD": 0.3}, "assumed")
GENERIC_MEASURES = Shares({"GEN-LOG": 1.0}, "assumed: ratios with their intervals, such as hazard ratios")
# Log risk ratio of the whole analysis: normal with the median and the spread of the quartiles.
LOG_RISK_RATIO = Numbers(
    (-0.288, 0.357),
    "read: Turner, Bird and Higgins 2013, doi:10.1371/journal.pone.0059202, abstract (median RR 0.75, quartiles 0.55 and 0.89)",
)
STANDARDISED_DIFFERENCE = Numbers((-0.3, 0.35), "assumed")
# Log-normal tau2 of log odds ratios, one pair for each of sixteen kinds of outcome: mu and sigma.
TAU2_COUNTS = (
    Numbers((-3.95, 1.34), "all-cause mortality"), Numbers((-3.52, 1.74), "obstetric outcomes"),
    Numbers((-3.71, 1.74), "cause-specific mortality"), Numbers((-2.34, 1.74), "resource use"),
    Numbers((-2.14, 1.74), "surgical success"), Numbers((-2.99, 1.74), "withdrawals"),
    Numbers((-2.71, 1.74), "internal structure"), Numbers((-2.29, 1.53), "general physical health"),
    Numbers((-1.87, 1.52), "adverse events"), Numbers((-2.49, 1.52), "infection"),
    Numbers((-2.06, 1.51), "signs and symptoms"), Numbers((-1.83, 1.52), "pain"),
    Numbers((-2.54, 1.54), "quality of life"), Numbers((-2.12, 1.53), "mental health"),
    Numbers((-1.77, 1.52), "biological markers"), Numbers((-2.70, 1.52), "subjective outcomes"),
)  # fmt: skip
TAU2_COUNTS_SOURCE = (
    "read elsewhere: Turner et al. 2015, doi:10.1002/sim.6381, Table IV, pharmacological against placebo, as the R package "
    "bayesmeta gives it (TurnerEtAlPrior)"
)
# Log-t with 5 degrees of freedom: location and scale of log tau2 of standardised mean differences.
TAU2_MEANS = Numbers(
    (-3.44, 2.59),
    "read elsewhere: Rhodes et al. 2015, doi:10.1016/j.jclinepi.2014.08.012, any outcome, as the R package bayesmeta gives it",
)
LARGEST_TAU2 = 4.0
# Logit of the risk in the control groups: mean, spread between analyses, spread between the studies of one.
LOGIT_RISK = Numbers(
    (-1.6, 1.1, 0.6),
    "computed: 80 control groups of data/reviews (quartiles 7, 17 and 38 %, mean -1.90 with a few very rare events); assumed: how "
    "it divides, and the narrower spread, with which one study in ten has an empty cell (5 % in data/reviews, whose trials are larger)",
)
YEARS = Numbers(
    (1996, 2025, 0.116),
    "read: Page et al. 2016, doi:10.1371/journal.pmed.1002028, abstract (three times as many in ten years: 11.6 % a year); "
    "assumed: the first and last year",
)
# Programs: a review uses one for all its analyses. The names are those of `corpus_pooling.PROGRAMS`.
PROGRAMS = Shares(
    {"revman5": 0.60, "stata": 0.15, "metafor": 0.11, "cma": 0.07, "plain": 0.07},
    "assumed; that RevMan leads is read in preprints.org/manuscript/202508.1362, abstract, which gives no share",
)
SOFTWARE_UNSTATED = Numbers((0.15,), "assumed; read: 3.3 % of 152 reviews of prevalence (PMC7184711, Table 2)")
COMMON_EFFECT = Shares(
    {"revman5": 0.55, "stata": 0.4, "metafor": 0.1, "cma": 0.3, "plain": 0.3},
    "assumed: share pooled as one common effect",
)
PETO = Numbers((0.06,), "assumed: share of the common-effect odds ratios of RevMan")
HARTUNG_KNAPP = Numbers((0.3,), "assumed: share of metafor's random effects")
# How much of the method is stated: all of it; the model without the estimator; nothing.
STATED = Shares(
    {"all": 0.25, "model": 0.62, "nothing": 0.13},
    "read: the estimator of tau2 is stated in a quarter of random-effects analyses (75.2 % of 141 without it, PMC7184711, Table 2), "
    "the model in all but 4.6 % there; assumed: 13 %, because a choice between two models often is not told",
)
MEASURE_UNSTATED = Numbers((0.03,), "assumed")
# What is printed: an abstract; a results section; a forest plot without, and with, a line for each study.
AMOUNTS = Shares({"abstract": 0.3, "text": 0.3, "forest": 0.25, "rows": 0.15}, "assumed")
DECIMALS = Shares({"2": 0.86, "1": 0.06, "3": 0.08}, "assumed")
P_STYLES = Shares({"plain": 0.5, "revman": 0.3, "jama": 0.2}, "assumed; the styles: the docstring of corpus_printing")
ARM_RATIO = Numbers((0.15,), "assumed: how unequal arms are, SD of the log of their ratio")
BROKEN = Numbers((0.05,), "the share of analyses that issue 7 asks for")
