"""The columns of a review's tables: one declaration, used to read, to check, to document and to test.

``data/README.md`` is generated from this module (``python -m metaudit.formats.document``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

CERTAINTIES = ("read", "secondary", "derived", "reconstructed", "unverified")
QUANTITIES = tuple(
    """estimate ci_low ci_high se z p q q_df q_p i2 i2_low i2_high h2 tau2 tau tau2_low tau2_high k n n_t n_c events_t
    events_c proportion_t proportion_c proportion weight study_estimate study_ci_low study_ci_high pi_low pi_high
    subgroup_q subgroup_p subgroup_df subgroup_i2 coef coef_se coef_p r2 qm qm_p egger_p egger_intercept begg_p trimfill_k trimfill_estimate
    failsafe_n mean_t mean_c sd_t sd_c nnt study_se study_variance k_with_events predicted se_tau2 loglik
    treatments designs pairs comparisons multiarm q_within q_within_df q_within_p q_between q_between_df q_between_p interaction
    interaction_df interaction_p interaction_tau2 interaction_tau p_score sucra mean_rank best rank k_direct proportion_direct direct
    direct_se direct_ci_low direct_ci_high direct_p indirect indirect_se indirect_ci_low indirect_ci_high indirect_p difference
    difference_se difference_ci_low difference_ci_high difference_z difference_p
    agreement agreed panel invited response_rate threshold items items_consensus consensus_rate
    tau_low tau_high p_below p_above bayes_factor nonlinear_p
    ris ris_fixed ris_share diversity tsa_boundary tsa_ci_low tsa_ci_high tsa_ci_level tsa_look tsa_p tsa_estimate conditional_power
    count value text""".split()
)
DESIGNS = ("case-control", "cohort", "person-time")
"""Designs of a dose-response study: controls are counted, people are, or their time is."""
SCALES = ("natural", "analysis", "log", "log10", "percent", "fraction", "percent-reduction", "percent-increase")
ON_ANALYSIS_SCALE = ("log", "log10", "analysis")
"""Scales of numbers that are printed as they are analysed, or as a decimal logarithm, which is a multiple of it."""
PRINTED_SCALES = ("natural", "analysis", "log", "log10", "percent")
"""Scales on which the results of single studies are printed, in the rows of extraction.csv."""
ROUNDINGS = ("nearest", "truncated")
READ_STATES = ("full text", "abstract", "table", "summary", "not read")


@dataclass(frozen=True)
class Column:
    """One column.

    ``kind`` is ``text`` (free), ``count`` (whole number, nothing below 0), ``number`` (printed number),
    ``printed`` (text judged elsewhere), ``choice`` (one of ``choices``), ``year`` or ``doi``.
    ``low`` and ``high`` are the closed range of a number; ``above`` an open lower end.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = field(default=())
    low: float | None = None
    high: float | None = None
    above: float | None = None


def _pair(stem: str, kind: str, meaning: str, **limits: float) -> tuple[Column, Column]:
    return (
        Column(f"{stem}_t", kind, f"{meaning}, treatment", **limits),  # type: ignore[arg-type]
        Column(f"{stem}_c", kind, f"{meaning}, control", **limits),  # type: ignore[arg-type]
    )


_PROVENANCE = (
    Column("source", "text", "key of sources.csv; several are separated by ;"),
    Column("where", "text", "abstract, Table 2, Fig. 3, page"),
    Column("certainty", "choice", "how sure we are", choices=CERTAINTIES),
    Column("note", "text", "free text"),
)

_SPREADS = tuple(
    c
    for stem, meaning, limits in (
        ("mean", "mean", {}),
        ("sd", "standard deviation", {"low": 0.0}),
        ("se", "standard error of the mean", {"low": 0.0}),
        ("var", "variance (square of the SD)", {"low": 0.0}),
        ("ci_low", "lower confidence limit of the mean", {}),
        ("ci_high", "upper confidence limit of the mean", {}),
        ("median", "median", {}),
        ("q1", "first quartile", {}),
        ("q3", "third quartile", {}),
        ("min", "minimum", {}),
        ("max", "maximum", {}),
        ("pm", "number after an unlabelled ±", {"low": 0.0}),
    )
    for c in _pair(stem, "number", meaning, **limits)
)

EXTRACTION = (
    Column("study", "text", "label of the study", required=True),
    Column("year", "year", "year of publication"),
    Column("outcome", "text", "free text used by select"),
    Column("timepoint", "text", "free text used by select"),
    Column("comparison", "text", "free text used by select; tells the comparisons of one trial apart"),
    Column("arm", "text", "equal and non-empty where rows share one control group"),
    Column("treatment", "text", "treatment of the arm (network meta-analysis)"),
    Column("treatment_c", "text", "in a row that holds a comparison: the treatment that `treatment` is compared with"),
    Column("dose", "number", "dose of the group (dose-response): a row for each dose of each study"),
    Column("design", "choice", "design of the study (dose-response)", choices=DESIGNS),
    *_pair("events", "count", "people with the event (a count, or a percentage of n)"),
    *_pair("n", "count", "people analysed", low=1.0),
    *_pair("time", "number", "person-time", above=0.0),
    *_SPREADS,
    Column("pm_is", "choice", "our reading of the number after ±", choices=("sd", "se")),
    Column("n_pairs", "count", "people in a crossover or paired design", low=1.0),
    Column("r_pre_post", "number", "correlation between the paired values", low=-1.0, high=1.0),
    Column("sd_change", "number", "standard deviation of the change", low=0.0),
    Column("icc", "number", "intracluster correlation of a cluster-randomised trial", low=-1.0, high=1.0),
    Column("cluster_size", "number", "average number of people in a cluster", low=1.0),
    Column("events", "count", "people with the event, one group"),
    Column("n", "count", "people analysed, one group or in all", low=1.0),
    Column("mean", "number", "mean, one group"),
    Column("sd", "number", "standard deviation, one group", low=0.0),
    Column("time", "number", "person-time, one group", above=0.0),
    Column("r", "number", "correlation", low=-1.0, high=1.0),
    Column(
        "effect",
        "number",
        "effect as reported; where groups are not, it stands in for them in an analysis of MD, RR or OR",
    ),
    Column("effect_type", "choice", "what the effect is", choices=("d", "g", "r", "z", "or", "log-or")),
    Column("se", "number", "standard error of the effect", above=0.0),
    Column("variance", "number", "sampling variance of the effect", above=0.0),
    Column("ci_low", "number", "lower confidence limit of the effect"),
    Column("ci_high", "number", "upper confidence limit of the effect"),
    Column("p", "number", "P value of the effect", low=0.0, high=1.0),
    Column("t", "number", "t statistic of the effect"),
    Column("f", "number", "F statistic of the effect", low=0.0),
    Column("ci_level", "number", "level of every interval of the row (0.95 when empty)", above=0.0, high=0.9999),
    Column("printed_effect", "number", "effect of this study as the review prints it"),
    Column("printed_ci_low", "number", "its lower limit as the review prints it"),
    Column("printed_ci_high", "number", "its upper limit as the review prints it"),
    Column("printed_scale", "choice", "scale of these three (natural when empty)", choices=PRINTED_SCALES),
    Column("printed_weight", "number", "its weight as the review prints it", low=0.0, high=100.0),
    *_PROVENANCE,
)

_OVERRIDE = (
    "override of the stated method: key=value; key=value. Beside its keys: kind of a fail-safe N (rosenthal, orwin, rosenberg) or of "
    "a test of asymmetry, egger_p (egger, harbord, peters, macaskill, deeks, thompson-sharp, pustejovsky-rodgers); predictor of an "
    "Egger test (se, variance, n, inverse-n); estimator and side of trim and fill"
)
CLAIMS = (
    Column("claim", "text", "id, unique in the review", required=True),
    Column("analysis", "text", "an analysis of review.yaml; empty for a claim about something else"),
    Column("quantity", "choice", "what is claimed", required=True, choices=QUANTITIES),
    Column("subject", "text", "what the quantity is about; empty = the pooled result"),
    Column("printed", "printed", "the number as printed", required=True),
    Column("unit", "text", "unit of a value or a mean"),
    Column("scale", "choice", "scale the number is printed on", choices=SCALES),
    Column("rounding", "choice", "empty = not known", choices=ROUNDINGS),
    Column("method", "text", _OVERRIDE),
    Column("refers_to", "text", "review/claim this number is a transcription of"),
    *_PROVENANCE,
)

SOURCES = (
    Column("source", "text", "key", required=True),
    Column("citation", "text", "the document", required=True),
    Column("doi", "doi", "DOI without a resolver in front"),
    Column("url", "text", "where it was read"),
    Column("read", "choice", "how much of it was read", required=True, choices=READ_STATES),
    Column("note", "text", "free text"),
)

CANDIDATES = (
    Column("study", "text", "label of the candidate trial", required=True),
    *_pair("n", "count", "people analysed", low=1.0),
    *_pair("events", "count", "people with the event"),
    Column("source", "text", "where the numbers were read"),
    Column("certainty", "choice", "how sure we are", choices=CERTAINTIES),
    Column("note", "text", "free text"),
)

RECONCILIATION = (
    Column("study", "text", "label of the study", required=True),
    Column("outcome", "text", "with the next five: which row"),
    Column("timepoint", "text", "the same"),
    Column("comparison", "text", "the same"),
    Column("treatment", "text", "the same"),
    Column("treatment_c", "text", "the same"),
    Column("dose", "text", "the same"),
    Column("column", "text", "where the extractors differ; empty where one of them has no such row", required=False),
    Column("a", "text", "what extractor A typed; empty: nothing"),
    Column("b", "text", "what extractor B typed; empty: nothing"),
    Column("kind", "text", "what the difference looks like"),
    Column("matters", "text", "what it does to the pooled result"),
    Column("decision", "text", "filled in by a person: A, B, or the right value after ="),
    Column("decided_by", "text", "who decided"),
    Column("note", "text", "why"),
)

TABLES: dict[str, tuple[Column, ...]] = {
    "extraction.csv": EXTRACTION,
    "claims.csv": CLAIMS,
    "sources.csv": SOURCES,
    "candidates.csv": CANDIDATES,
    "extraction.A.csv": EXTRACTION,
    "extraction.B.csv": EXTRACTION,
    "reconciliation.csv": RECONCILIATION,
}
EXTRACTORS = {"A": "extraction.A.csv", "B": "extraction.B.csv"}
"""Tables that two people filled in independently, by extractor."""
COVARIATE_PREFIX = "x_"
BIAS_PREFIX = "rob_"
# Words of RoB 1, RoB 2 and ROBINS-I.
JUDGEMENTS = ("low", "unclear", "some concerns", "moderate", "high", "serious", "critical", "no information")
_ROW = ("study", "outcome", "timepoint", "comparison", "treatment", "treatment_c", "dose")
KEYS: dict[str, tuple[str, ...]] = {
    "extraction.csv": _ROW,
    "extraction.A.csv": _ROW,
    "extraction.B.csv": _ROW,
    "reconciliation.csv": (*_ROW, "column"),
    "claims.csv": ("claim",),
    "sources.csv": ("source",),
    "candidates.csv": ("study",),
}
