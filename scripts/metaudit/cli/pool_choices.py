"""The choices that ``metaudit pool`` offers, each with its help and with what a shell may complete."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from metaudit.cli import complete

DATA, MODEL, LIMITS = "What is pooled", "How it is pooled", "Intervals"
GROUPS, BESIDE = "Subgroups, moderators, dependent effects", "What surrounds the result"

Table = Annotated[
    Path,
    typer.Argument(
        help="CSV with one study a row: study, and events_t n_t events_c n_c, or mean_t sd_t n_t mean_c sd_c n_c, "
        "or events n, or r n, or effect with se, variance or ci_low ci_high (data/README.md has every column)",
        show_default=False,
    ),
]
MeasureOf = Annotated[
    str,
    typer.Option(
        rich_help_panel=DATA,
        help="effect measure. Counts: RR OR RD PETO AS; means: MD SMD SMD1 SMDH ROM; change within groups: MC SMCC SMCR; "
        "rates: IRR IRD; one group: PR PLN PLO PAS PFT MN; correlation: COR UCOR ZCOR; ready-made: GEN GEN-LOG",
        autocompletion=complete.measures,
    ),
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=DATA,
        help="the rows to pool, as column=value, such as outcome=pain; may be said several times (values of one column add up, "
        "columns narrow down), and column=* takes all. A table of several outcomes or time points needs it",
        show_default=False,
    ),
]
Variance = Annotated[
    str,
    typer.Option(
        rich_help_panel=DATA,
        help="variant of the sampling variance, for instance LS, LS2, UB, AV, revman (SMD), pooled-sd (MD); "
        "see: metaudit methods variance",
        autocompletion=complete.catalogue("variance"),
    ),
]
ZeroCells = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=DATA,
        help="what is added to zero cells: 0.5@only-zero (studies with one), 0.5@if-any-zero (all studies as soon as one "
        "has one), 0.5@all, tacc@only-zero (treatment-arm correction), none; add +drop to leave out studies without any "
        "event; see: metaudit methods zero_cells",
        autocompletion=complete.catalogue("zero_cells"),
    ),
]
SharedControl = Annotated[
    str,
    typer.Option(
        rich_help_panel=DATA,
        help="rows that share a control group (an equal name in the column arm): keep them as they are, split the "
        "control among them, or combine the treatment arms into one",
        autocompletion=complete.of("keep", "split", "combine"),
    ),
]
Design = Annotated[
    str,
    typer.Option(
        rich_help_panel=DATA,
        help="adjust crossover and cluster trials where a row reports what it takes (r_pre_post or sd_change; icc and "
        "cluster_size), or ignore the design",
        autocompletion=complete.of("adjust", "ignore"),
    ),
]
Model = Annotated[
    str,
    typer.Option(
        rich_help_panel=MODEL,
        help="random, common, mantel-haenszel, peto, glmm (mixed model of the counts), or user-weights (--weights)",
        autocompletion=complete.of_schema("model"),
    ),
]
Glmm = Annotated[
    str,
    typer.Option(
        rich_help_panel=MODEL,
        help="which mixed model: conditional-exact, conditional-approximate, unconditional-fixed or unconditional-random "
        "study effects",
        show_default="the usual one of the measure",
        autocompletion=complete.of_schema("glmm"),
    ),
]
CorrectedCounts = Annotated[
    bool,
    typer.Option(
        "--corrected-counts",
        rich_help_panel=MODEL,
        help="Mantel-Haenszel and Peto pool the counts under the --zero-cells rule (as RevMan does where a study has a zero "
        "cell); without it the counts as they are",
    ),
]
RdVariance = Annotated[
    str,
    typer.Option(
        rich_help_panel=MODEL,
        help="variance of the Mantel-Haenszel risk difference: sato (metafor) or greenland-robins (RevMan)",
        autocompletion=complete.of("sato", "greenland-robins"),
    ),
]
Quadrature = Annotated[
    int,
    typer.Option(
        rich_help_panel=MODEL, help="nodes of a mixed model's integrals: 0 for as many as it takes, 7 as in metafor"
    ),
]
Tau2 = Annotated[
    str,
    typer.Option(
        rich_help_panel=MODEL,
        help="estimator of the between-study variance: DL HE HS HSk SJ ML REML PM EB DL2 PM2 GENQ; see: metaudit methods tau2",
        autocompletion=complete.catalogue("tau2"),
    ),
]
QCentre = Annotated[
    str,
    typer.Option(
        "--q",
        rich_help_panel=MODEL,
        help="the mean that Q, and with it tau2 DL, is centred on: inverse-variance, mantel-haenszel (as in RevMan), "
        "or mantel-haenszel-corrected (of the counts with the zero-cell correction)",
        autocompletion=complete.catalogue("q"),
    ),
]
Weights = Annotated[
    str,
    typer.Option(
        rich_help_panel=MODEL,
        help="column with the weights of --model user-weights or --tau2 GENQ",
        autocompletion=complete.columns,
    ),
]
Stopping = Annotated[
    str,
    typer.Option(
        rich_help_panel=MODEL,
        help="exact: iterate to the solution; metafor: stop where metafor's defaults stop, to reproduce its published digits",
        autocompletion=complete.catalogue("stopping"),
    ),
]
Ci = Annotated[
    str,
    typer.Option(
        "--ci",
        rich_help_panel=LIMITS,
        help="interval and test of the pooled effect: wald, t, hksj (Hartung-Knapp), hksj-adhoc-se, hksj-adhoc-ci, "
        "kenward-roger, profile, permutation, bootstrap",
        autocompletion=complete.catalogue("ci"),
    ),
]
Level = Annotated[float, typer.Option(rich_help_panel=LIMITS, help="confidence level")]
Tau2Ci = Annotated[
    str,
    typer.Option(
        "--tau2-ci",
        rich_help_panel=LIMITS,
        help="interval of the between-study variance: q-profile, profile-likelihood, jackson, biggerstaff",
        autocompletion=complete.catalogue("tau2_ci"),
    ),
]
I2Ci = Annotated[
    str,
    typer.Option(
        "--i2-ci",
        rich_help_panel=LIMITS,
        help="interval of I2 and H2: tau2-ci (from the interval of tau2) or test-based (Higgins and Thompson 2002)",
        autocompletion=complete.catalogue("i2_ci"),
    ),
]
Pi = Annotated[
    str,
    typer.Option(
        "--pi",
        rich_help_panel=LIMITS,
        help="prediction interval: t-k-2, t-k-1, normal, hksj, tau-only, bootstrap",
        autocompletion=complete.catalogue("pi"),
    ),
]
Seed = Annotated[
    int, typer.Option(rich_help_panel=LIMITS, help="seed of permutations, bootstrap and samples of subsets")
]
Mods = Annotated[
    str,
    typer.Option(
        rich_help_panel=GROUPS,
        help="moderators of a meta-regression: columns, separated by commas; a column of words becomes a factor",
        show_default=False,
        autocompletion=complete.columns,
    ),
]
Subgroups = Annotated[
    str,
    typer.Option(
        rich_help_panel=GROUPS,
        help="column whose values are the subgroups",
        show_default=False,
        autocompletion=complete.columns,
    ),
]
SubgroupTau2 = Annotated[
    str,
    typer.Option(
        "--subgroup-tau2",
        rich_help_panel=GROUPS,
        help="separate: each subgroup its own tau2; common: one for all (meta-regression on the subgroups)",
        autocompletion=complete.of("separate", "common"),
    ),
]
Cluster = Annotated[
    str,
    typer.Option(
        rich_help_panel=GROUPS,
        help="column that names the study, laboratory or cohort whose effects depend on each other",
        show_default=False,
        autocompletion=complete.columns,
    ),
]
Robust = Annotated[
    str,
    typer.Option(
        rich_help_panel=GROUPS,
        help="with --cluster: cluster-robust variance CR0, CR1, CR2 (Satterthwaite df) or CR2-whitened",
        autocompletion=complete.of("CR0", "CR1", "CR2", "CR2-whitened"),
    ),
]
ThreeLevel = Annotated[
    bool,
    typer.Option(
        "--three-level", rich_help_panel=GROUPS, help="with --cluster: effects within clusters within the population"
    ),
]
Permutations = Annotated[
    bool,
    typer.Option(
        "--permutation-test", rich_help_panel=GROUPS, help="permutation test of the mean or of the moderators"
    ),
]
Diagnostics = Annotated[
    str,
    typer.Option(
        rich_help_panel=BESIDE,
        help="any of leave-one-out, influence, cumulative (in order of year), baujat, radial, labbe, gosh; separated by commas, or all",
        show_default=False,
        autocompletion=complete.several(
            complete.of("leave-one-out", "influence", "cumulative", "baujat", "radial", "labbe", "gosh", "all")
        ),
    ),
]
SmallStudy = Annotated[
    str,
    typer.Option(
        "--small-study",
        rich_help_panel=BESIDE,
        help="small-study effects and selection, separated by commas, or all; see: metaudit methods small_study",
        show_default=False,
        autocompletion=complete.several(complete.catalogue("small_study")),
    ),
]
Bayes = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=BESIDE,
        help="prior of tau of a Bayesian random-effects analysis, on the analysis scale: half-normal(0.5), half-Cauchy(0.5), "
        "uniform(2), ... (metaudit methods tau_prior has them all), or one from Cochrane reviews: turner-2015 (log odds ratios) or "
        "rhodes-2015 (SMD), followed by outcome and comparison after semicolons; may be said several times",
        show_default=False,
        autocompletion=complete.catalogue("tau_prior"),
    ),
]
Mu = Annotated[
    str,
    typer.Option(
        rich_help_panel=BESIDE,
        help="with --bayes: prior of the mean, normal(mean, SD) on the analysis scale",
        show_default="flat",
    ),
]
