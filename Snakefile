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
POOLED = ["pooled", "weights", "proportions", "regression"]
AROUND = ["leave_one_out", "cumulative", "influence", "small_study", "gosh"]
UNIVERSE = ["universe", *(f"universe_{what}" for what in ["methods", "intervals", "studies", "weights", "printed"])]
TABLES = [f"{table}.{kind}" for table in ["analyses", "claims"] for kind in ["csv", "md", "html", "tex"]]
DOCUMENTS = ["audit-letter.md", "badge.svg"]  # the letter as .docx lies beside it, and is not committed


rule all:
    """The site, the board of verdicts, the tables and documents of every review."""
    input:
        "results/report/index.html",
        "results/board.csv",
        "results/badge.svg",
        expand("results/{review}/tables/{table}", review=chosen.reviews, table=TABLES),
        expand("results/{review}/{document}", review=chosen.reviews, document=DOCUMENTS),


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
            "stages/subset_rows",
            "stages/table",
        ),
        declared="data/specs.yaml",
    output:
        expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED + AROUND),
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
            "stages/compatible",
            "stages/effects",
            "stages/multiverse",
            "stages/row_checks",
            "stages/table",
            "stages/universe",
            "stages/universe_fits",
        ),
        declared=["data/specs.yaml", "data/edits.yaml", *presets()],
    output:
        expand("results/{review}/audit.{format}", review=chosen.reviews, format=["csv", "json"]),
        expand("results/{review}/compatible.csv", review=chosen.reviews),
        expand("results/{review}/{table}.csv", review=chosen.with_data, table=SEARCHED + UNIVERSE),
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
    """Draw every figure of every analysis, the printed result beside ours; one job, as many hands as cores."""
    input:
        reviews=review_files(chosen.reviews),
        extraction=expand("results/{review}/extraction.csv", review=chosen.with_data),
        effects=expand("results/{review}/effects.csv", review=chosen.with_data),
        pooled=expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED + AROUND),
        audit=expand("results/{review}/audit.json", review=chosen.reviews),
        compatible=expand("results/{review}/compatible.csv", review=chosen.reviews),
        searched=expand("results/{review}/{table}.csv", review=chosen.with_data, table=SEARCHED),
        code=library("formats", "audit_words", "figures", "tables"),
    output:
        expand("results/{review}/figures/index.csv", review=chosen.reviews),
    log:
        "logs/figures.log",
    benchmark:
        "logs/benchmarks/figures.tsv"
    threads: workflow.cores
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.reviews,
        formats=config["figure_formats"],
    script:
        "scripts/draw_figures.py"


rule tables:
    """Set the six tables of every review as CSV, Markdown, HTML, LaTeX and Word."""
    input:
        reviews=review_files(chosen.reviews),
        extraction=expand("results/{review}/extraction.csv", review=chosen.with_data),
        pooled=expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED + AROUND),
        audit=expand("results/{review}/audit.json", review=chosen.reviews),
        searched=expand("results/{review}/{table}.csv", review=chosen.with_data, table=SEARCHED),
        code=library("formats", "space", "effects", "specs", "audit_words", "tables"),
    output:
        expand("results/{review}/tables/{table}", review=chosen.reviews, table=TABLES),
    log:
        "logs/tables.log",
    benchmark:
        "logs/benchmarks/tables.tsv"
    threads: workflow.cores
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.reviews,
    script:
        "scripts/write_tables.py"


rule documents:
    """Write the letter to the authors of every review, its badge, and the badge of all."""
    input:
        reviews=review_files(chosen.reviews),
        extraction=expand("results/{review}/extraction.csv", review=chosen.with_data),
        pooled=expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED + AROUND),
        audit=expand("results/{review}/audit.json", review=chosen.reviews),
        code=library("formats", "space", "effects", "specs", "audit_words", "tables", "documents"),
    output:
        expand("results/{review}/{document}", review=chosen.reviews, document=DOCUMENTS),
        "results/badge.svg",
    log:
        "logs/documents.log",
    benchmark:
        "logs/benchmarks/documents.tsv"
    threads: workflow.cores
    params:
        data_dir=str(REVIEWS),
        results_dir=str(RESULTS),
        reviews=chosen.reviews,
    script:
        "scripts/write_documents.py"


rule report:
    """Write the site, a page per review and per analysis, and the board of verdicts."""
    input:
        reviews=review_files(chosen.reviews),
        extracted=expand("results/{review}/{table}.csv", review=chosen.with_data, table=EXTRACTED),
        effects=expand("results/{review}/effects.csv", review=chosen.with_data),
        pooled=expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED + AROUND),
        audit=expand("results/{review}/audit.json", review=chosen.reviews),
        searched=expand("results/{review}/{table}.csv", review=chosen.with_data, table=SEARCHED + UNIVERSE),
        figures=expand("results/{review}/figures/index.csv", review=chosen.reviews),
        tables=expand("results/{review}/tables/{table}", review=chosen.reviews, table=TABLES),
        documents=expand("results/{review}/{document}", review=chosen.reviews, document=DOCUMENTS),
        code=library("formats", "catalogue", "space", "effects", "specs", "audit_words", "tables", "report"),
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
