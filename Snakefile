# From what reviews reported (data/reviews/) to what can be re-derived (results/): read top to bottom.
# Nothing is computed here. Which stages share a job, and why: docs/development.md.

from metaudit.config import check_config, check_config_file, require, select_reviews
from metaudit.config import REVIEWS, RESULTS, library, presets, review_files

require(check_config_file("config.yaml"))


configfile: "config.yaml"


require(check_config(config, "config.yaml with --config or --configfile"))
chosen = select_reviews(config["reviews"])
EXTRACTED = ["extraction", "exclusions", "readings", "conversions"]
SEARCHED = ["multiverse", "curve", "medians", "row_checks"]
POOLED = ["pooled", "weights", "proportions", "leave_one_out", "regression", "influence", "small_study"]


rule all:
    """The site, the board of verdicts and the tables of every review."""
    input:
        "results/report/index.html",
        "results/board.csv",
        expand(
            "results/{review}/tables/{table}.{format}",
            review=chosen.reviews,
            table=["analyses", "claims"],
            format=["csv", "md", "tex"],
        ),


rule extract:
    """Read and check the files of every review; convert what was reported, with every route and exclusion written down."""
    input:
        reviews=review_files(chosen.reviews),
        schema="data/schemas/review.schema.json",
        code=library("formats", "space", "effects", "specs", "analyses", "stages/extract", "stages/table"),
        declared="data/specs.yaml",
    output:
        inputs=expand("results/{review}/inputs.json", review=chosen.reviews),
        tables=expand("results/{review}/{table}.csv", review=chosen.with_data, table=EXTRACTED),
    log:
        "logs/extract.log",
    benchmark:
        "logs/benchmarks/extract.tsv"
    threads: workflow.cores
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.reviews,
    script:
        "scripts/extract_reviews.py"


rule effects:
    """Compute every study's effect size and sampling variance, and the route each came by."""
    input:
        reviews=review_files(chosen.with_data),
        extraction=expand("results/{review}/extraction.csv", review=chosen.with_data),
        schema="data/schemas/review.schema.json",
        code=library("formats", "space", "effects", "pooling", "specs", "analyses", "stages/effects", "stages/table"),
        declared="data/specs.yaml",
    output:
        expand("results/{review}/effects.csv", review=chosen.with_data),
    log:
        "logs/effects.log",
    benchmark:
        "logs/benchmarks/effects.tsv"
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.with_data,
        level=config["level"],
    script:
        "scripts/compute_effects.py"


rule pool:
    """Pool every analysis: estimate, intervals, heterogeneity, weights, subgroups, influence, small-study effects."""
    input:
        reviews=review_files(chosen.with_data),
        effects=expand("results/{review}/effects.csv", review=chosen.with_data),
        schema="data/schemas/review.schema.json",
        code=library(
            "formats",
            "space",
            "effects",
            "pooling",
            "diagnostics",
            "specs",
            "analyses",
            "evaluate",
            "appraise",
            "stages/around",
            "stages/effects",
            "stages/pool",
            "stages/table",
        ),
        declared="data/specs.yaml",
    output:
        expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED),
    log:
        "logs/pool.log",
    benchmark:
        "logs/benchmarks/pool.tsv"
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.with_data,
        level=config["level"],
        seed=config["seed"],
    script:
        "scripts/pool_effects.py"


rule audit:
    """Judge every printed number; one job, because a review's claims refer to other reviews."""
    input:
        reviews=review_files(chosen.reviews),
        inputs=expand("results/{review}/inputs.json", review=chosen.reviews),
        effects=expand("results/{review}/effects.csv", review=chosen.with_data),
        pooled=expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED),
        schema="data/schemas/review.schema.json",
        code=library(
            "formats",
            "space",
            "effects",
            "pooling",
            "diagnostics",
            "specs",
            "analyses",
            "evaluate",
            "presets",
            "audit_words",
            "search",
            "edits",
            "enumeration",
            "rowchecks",
            "audit",
            "stages/audit",
            "stages/multiverse",
            "stages/row_checks",
        ),
        declared=["data/specs.yaml", "data/edits.yaml", *presets()],
    output:
        expand("results/{review}/audit.{format}", review=chosen.reviews, format=["csv", "json"]),
        expand("results/{review}/{table}.csv", review=chosen.with_data, table=SEARCHED),
    log:
        "logs/audit.log",
    benchmark:
        "logs/benchmarks/audit.tsv"
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.reviews,
        level=config["level"],
        seed=config["seed"],
    script:
        "scripts/audit_claims.py"


rule figures:
    """Draw every review's forest and funnel plots, the printed result beside ours; one job, as many hands as cores."""
    input:
        reviews=review_files(chosen.with_data),
        effects=expand("results/{review}/effects.csv", review=chosen.with_data),
        pooled=expand("results/{review}/pooled.csv", review=chosen.with_data),
        weights=expand("results/{review}/weights.csv", review=chosen.with_data),
        code=library("figures"),
    output:
        expand("results/{review}/figures/index.csv", review=chosen.with_data),
    log:
        "logs/figures.log",
    benchmark:
        "logs/benchmarks/figures.tsv"
    threads: workflow.cores
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.with_data,
        formats=config["figure_formats"],
    script:
        "scripts/draw_figures.py"


rule tables:
    """Set every review's analyses and claims as CSV, Markdown and LaTeX."""
    input:
        reviews=review_files(chosen.reviews),
        pooled=expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED),
        audit=expand("results/{review}/audit.json", review=chosen.reviews),
        code=library("tables"),
    output:
        expand(
            "results/{review}/tables/{table}.{format}",
            review=chosen.reviews,
            table=["analyses", "claims"],
            format=["csv", "md", "tex"],
        ),
    log:
        "logs/tables.log",
    benchmark:
        "logs/benchmarks/tables.tsv"
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.reviews,
    script:
        "scripts/write_tables.py"


rule report:
    """Write the site, one page per review, and the board of verdicts."""
    input:
        reviews=review_files(chosen.reviews),
        extraction=expand("results/{review}/extraction.csv", review=chosen.with_data),
        pooled=expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED),
        audit=expand("results/{review}/audit.json", review=chosen.reviews),
        figures=expand("results/{review}/figures/index.csv", review=chosen.with_data),
        code=library("formats", "space", "effects", "specs", "audit_words", "tables", "report"),
    output:
        pages=expand("results/report/{page}.html", page=["index", *chosen.reviews]),
        board="results/board.csv",
    log:
        "logs/report.log",
    benchmark:
        "logs/benchmarks/report.tsv"
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.reviews,
    script:
        "scripts/write_report.py"
