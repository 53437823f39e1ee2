# From what reviews reported (data/reviews/) to what can be re-derived (results/): read top to bottom.
# Nothing is computed here. Which stages share a job, and why: docs/development.md. A stage's seal holds the SHA-256 of
# every file it wrote and of what was typed in, its code and packages; the next depends on that one file.

import os
import sys
from pathlib import Path

# This file's folder, also where another Snakefile uses it as a module; named through a link, it is the same clone.
HERE = Path(workflow.current_basedir).resolve()
sys.path.append(str(HERE / "scripts"))  # where Snakemake also looks for what a rule's script imports

from metaudit.config import check_config, check_config_file, require, select_reviews, typed
from metaudit.source import Source, all_cores, results_folder
from metaudit.provenance.stages import stages_of
from metaudit.files import check_writable

source = Source(HERE, Path(workflow.main_snakefile))
library = source.library

if source.is_module:
    config = source.completed(config)
else:
    require(check_config_file(source.config_file, reviews_dir=source.reviews_dir, replaced=config))

    configfile: source.config_file


report: "workflow-report/workflow.rst"


config = typed(config)
require(check_config(config, source.config_origin, reviews_dir=source.reviews_dir))
require(check_writable("results", "logs") if workflow.is_main_process else [])
chosen = select_reviews(config["reviews"], source.reviews_dir)
EXTRACTED = ["extraction", "exclusions", "readings", "conversions"]
POOLED = [
    "pooled",
    "weights",
    "proportions",
    "regression",
    "leave_one_out",
    "cumulative",
    "influence",
    "small_study",
    "gosh",
    "network_summary",
    "network",
    "network_treatments",
    "network_studies",
    "sequential_summary",
    "sequential",
]
SEARCHED = ["multiverse", "curve", "medians", "row_checks", "universe"]
SEARCHED += [f"universe_{what}" for what in ["methods", "intervals", "studies", "weights", "printed"]]
AUDITED = ["audit.csv", "audit.json", "compatible.csv"]
REPORTED = ["analyses", "claims"]
TABLES = [f"{table}.{kind}" for table in REPORTED for kind in ["csv", "md", "html", "tex"]]
DOCUMENTS = ["audit-letter.md", "badge.svg"]  # the letter as .docx lies beside it, and is not committed


SITE = []  # of a corpus alone there is none
if chosen.reviews:
    SITE = ["report/index.html", *[f"report/{review}.html" for review in chosen.reviews], "board.csv", "badge.svg"]
LIBRARY = []  # results of a corpus; rules/corpus.smk says which
LIBRARY_FROM = []  # its files
LIBRARY_SHARDS, LIBRARY_SEALS = [], []  # names of its shards, and what holds the hashes of its results
CHECKED_WITH = ["config.schema.yaml", "edits.schema.json", "preset.schema.json", "specs.schema.json"]
STAGES = ["extract", "effects", "pool", "audit", "figures", "tables", "documents", "report"] if chosen.reviews else []


rule all:
    """Everything that is asked for: the site, the board of verdicts, every review's results, and the summary of a corpus."""
    input:
        expand("results/{file}", file=SITE),
        lambda wildcards: LIBRARY,
        "results/provenance.json",
        "results/ro-crate-metadata.json",
        expand(
            "results/{review}/{table}.csv", review=chosen.with_data, table=EXTRACTED + ["effects"] + POOLED + SEARCHED
        ),
        expand("results/{review}/{file}", review=chosen.reviews, file=AUDITED + DOCUMENTS + ["figures/index.csv"]),
        expand("results/{review}/tables/{table}", review=chosen.reviews, table=TABLES),


rule extract:
    """Read and check the files of every review; convert what was reported, with every route and exclusion written down."""
    input:
        reviews=source.review_files(chosen),
        schema=source.data("schemas/review.schema.json"),
        declared=source.data("specs.yaml"),
    output:
        inputs=expand("results/{review}/inputs.json", review=chosen.reviews),
        tables=expand("results/{review}/{table}.csv", review=chosen.with_data, table=EXTRACTED),
        seal="logs/seals/extract.txt",
    log:
        "logs/extract.log",
    benchmark:
        "logs/benchmarks/extract.tsv"
    threads: all_cores(workflow)
    params:
        code=library("formats", "space", "effects", "specs", "analyses", "stages/extract", "stages/table"),
        data_dir=source.data_folder,
        results_dir=results_folder,
        reviews=chosen.named(chosen.reviews),
    script:
        "scripts/extract_reviews.py"


rule effects:
    """Compute every study's effect size and sampling variance, and the route each came by."""
    input:
        extract="logs/seals/extract.txt",
        schema=source.data("schemas/review.schema.json"),
        declared=source.data("specs.yaml"),
    output:
        effects=expand("results/{review}/effects.csv", review=chosen.with_data),
        seal="logs/seals/effects.txt",
    log:
        "logs/effects.log",
    benchmark:
        "logs/benchmarks/effects.tsv"
    params:
        code=library("formats", "space", "effects", "pooling", "specs", "analyses", "stages/effects", "stages/table"),
        data_dir=source.data_folder,
        results_dir=results_folder,
        reviews=chosen.named(chosen.with_data),
        level=config["level"],
    script:
        "scripts/compute_effects.py"


rule pool:
    """Pool every analysis: estimate, intervals, heterogeneity, weights, subgroups, influence, small-study effects."""
    input:
        extract="logs/seals/extract.txt",
        effects="logs/seals/effects.txt",
        schema=source.data("schemas/review.schema.json"),
        declared=source.data("specs.yaml"),
    output:
        tables=expand("results/{review}/{table}.csv", review=chosen.with_data, table=POOLED),
        seal="logs/seals/pool.txt",
    log:
        "logs/pool.log",
    benchmark:
        "logs/benchmarks/pool.tsv"
    params:
        code=library(
            "formats",
            "space",
            "effects",
            "pooling",
            "network",
            "sequential",
            "diagnostics",
            "specs",
            "analyses",
            "subgroup_fits",
            "evaluate",
            "sequential_result",
            "sequential_columns",
            "appraise",
            "stages/around",
            "stages/effects",
            "stages/network",
            "stages/pool",
            "stages/sequential",
            "stages/subset_rows",
            "stages/table",
        ),
        data_dir=source.data_folder,
        results_dir=results_folder,
        reviews=chosen.named(chosen.with_data),
        level=config["level"],
        seed=config["seed"],
    script:
        "scripts/pool_effects.py"


rule audit:
    """Judge every printed number; one job, because a review's claims refer to other reviews."""
    input:
        extract="logs/seals/extract.txt",
        effects="logs/seals/effects.txt",
        pool="logs/seals/pool.txt",
        schema=source.data("schemas/review.schema.json"),
        declared=[source.data("specs.yaml"), source.data("edits.yaml"), *source.presets()],
    output:
        audit=expand("results/{review}/{file}", review=chosen.reviews, file=AUDITED),
        tables=expand("results/{review}/{table}.csv", review=chosen.with_data, table=SEARCHED),
        seal="logs/seals/audit.txt",
    log:
        "logs/audit.log",
    benchmark:
        "logs/benchmarks/audit.tsv"
    params:
        code=library(
            "formats",
            "space",
            "effects",
            "pooling",
            "network",
            "sequential",
            "diagnostics",
            "specs",
            "analyses",
            "subgroup_fits",
            "evaluate",
            "sequential_result",
            "bayes",
            "multilevel",
            "doseresponse",
            "paired",
            "presets",
            "audit_words",
            "search",
            "edits",
            "enumeration",
            "consensus",
            "rowchecks",
            "appraise",
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
        data_dir=source.data_folder,
        results_dir=results_folder,
        reviews=chosen.named(chosen.reviews),
        level=config["level"],
        seed=config["seed"],
    script:
        "scripts/audit_claims.py"


rule figures:
    """Draw every figure of every analysis, the printed result beside ours; one job, as many hands as cores."""
    input:
        extract="logs/seals/extract.txt",
        effects="logs/seals/effects.txt",
        pool="logs/seals/pool.txt",
        audit="logs/seals/audit.txt",
    output:
        indexes=expand("results/{review}/figures/index.csv", review=chosen.reviews),
        # Which analyses can be drawn shows only when they are drawn: copies for snakemake --report, a folder per review.
        reported=[
            report(
                directory(f"logs/forests/{review}"),
                caption="workflow-report/forest.rst",
                category=review,
                patterns=["{analysis}.svg"],
                labels={"result": "forest plot", "analysis": "{analysis}"},
            )
            for review in chosen.with_data
        ],
        seal="logs/seals/figures.txt",
    log:
        "logs/figures.log",
    benchmark:
        "logs/benchmarks/figures.tsv"
    threads: all_cores(workflow)
    params:
        code=library(
            "formats",
            "space",
            "effects",
            "pooling",
            "network",
            "sequential",
            "specs",
            "analyses",
            "sequential_result",
            "audit_words",
            "figures",
        ),
        data_dir=source.data_folder,
        results_dir=results_folder,
        reviews=chosen.named(chosen.reviews),
        formats=config["figure_formats"],
    script:
        "scripts/draw_figures.py"


rule tables:
    """Set the tables of every review as CSV, Markdown, HTML, LaTeX and Word."""
    input:
        extract="logs/seals/extract.txt",
        effects="logs/seals/effects.txt",
        pool="logs/seals/pool.txt",
        audit="logs/seals/audit.txt",
    output:
        tables=expand(
            "results/{review}/tables/{table}",
            review=chosen.reviews,
            table=[name for name in TABLES if not name.endswith(".html")],
        ),
        reported=[
            report(
                f"results/{review}/tables/{table}.html",
                caption=f"workflow-report/{table}.rst",
                category=review,
                labels={"result": table, "analysis": "all"},
            )
            for review in chosen.reviews
            for table in REPORTED
        ],
        seal="logs/seals/tables.txt",
    log:
        "logs/tables.log",
    benchmark:
        "logs/benchmarks/tables.tsv"
    threads: all_cores(workflow)
    params:
        code=library("formats", "space", "effects", "specs", "audit_words", "tables"),
        data_dir=source.data_folder,
        results_dir=results_folder,
        reviews=chosen.named(chosen.reviews),
    script:
        "scripts/write_tables.py"


rule documents:
    """Write the letter to the authors of every review, its badge, and the badge of all."""
    input:
        extract="logs/seals/extract.txt",
        pool="logs/seals/pool.txt",
        audit="logs/seals/audit.txt",
    output:
        documents=expand("results/{review}/{document}", review=chosen.reviews, document=DOCUMENTS),
        badge=report("results/badge.svg", caption="workflow-report/badge.rst", category="Overview"),
        seal="logs/seals/documents.txt",
    log:
        "logs/documents.log",
    benchmark:
        "logs/benchmarks/documents.tsv"
    threads: all_cores(workflow)
    params:
        code=library("formats", "space", "effects", "specs", "audit_words", "tables", "documents"),
        data_dir=source.data_folder,
        results_dir=results_folder,
        reviews=chosen.named(chosen.reviews),
    script:
        "scripts/write_documents.py"


rule report:
    """Write the site, a page per review and per analysis, and the board of verdicts."""
    input:
        extract="logs/seals/extract.txt",
        effects="logs/seals/effects.txt",
        pool="logs/seals/pool.txt",
        audit="logs/seals/audit.txt",
        figures="logs/seals/figures.txt",
        tables="logs/seals/tables.txt",
        documents="logs/seals/documents.txt",
    output:
        pages=expand("results/report/{page}.html", page=["index", *chosen.reviews]),
        seal="logs/seals/report.txt",
        board=report("results/board.csv", caption="workflow-report/board.rst", category="Overview"),
    log:
        "logs/report.log",
    benchmark:
        "logs/benchmarks/report.tsv"
    params:
        code=library("formats", "catalogue", "space", "effects", "specs", "audit_words", "tables", "report"),
        data_dir=source.data_folder,
        results_dir=results_folder,
        reviews=chosen.named(chosen.reviews),
    script:
        "scripts/write_report.py"


if config.get("corpus"):

    include: "rules/corpus.smk"


rule provenance:
    """Say what came from what: SHA-256 of every input and result, versions, parameters, and the run as an RO-Crate."""
    input:
        seals=expand("logs/seals/{stage}.txt", stage=STAGES),
        corpus=lambda wildcards: LIBRARY_SEALS,
        # This rule is no stage in its record: a crate has its script, and what this file needs to be read, because they are inputs.
        workflow=[
            *source.workflow_files(),
            source.path(HERE / "scripts" / "write_provenance.py"),
            *[source.data(f"schemas/{schema}") for schema in CHECKED_WITH],
        ],
        modules=[
            source.path(source.library_dir / "__init__.py"),
            *source.loaded[library("config", "source", "formats", "provenance")],
        ],
    output:
        provenance="results/provenance.json",
        crate="results/ro-crate-metadata.json",
    log:
        "logs/provenance.log",
    benchmark:
        "logs/benchmarks/provenance.tsv"
    params:
        code=library("formats", "provenance"),
        data_dir=source.data_folder,
        results_dir=lambda wildcards, output: str(Path(output.provenance).parent),
        workflow_dir=os.path.relpath(HERE),  # a moved folder is not recorded anew
        reviews=chosen.named(chosen.reviews),
        parameters=dict(config),
        stages=lambda wildcards: stages_of(
            workflow.rules,
            HERE,
            loaded=source.loaded,
            with_reviews=bool(chosen.reviews),
            shards=LIBRARY_SHARDS,
        ),
        corpus=lambda wildcards: LIBRARY_FROM,
    script:
        "scripts/write_provenance.py"
