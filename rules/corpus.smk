# A whole library beside the reviews, or instead of them: split into shards, audited a job a shard, summed up.
# Included where config.yaml names a corpus. What it is made of, and how large it may be: docs/corpus.md.

from metaudit.corpus.plan import plan
from metaudit.corpus.schema import TABLES as CORPUS_TABLES
from metaudit.corpus.summary import FILES as CORPUS_SUMMARY
from metaudit.errors import InputError

try:
    corpus = plan(config["corpus"], source, check=workflow.is_main_process)
except InputError as error:
    require(error.problems)


SHARDS = expand("results/corpus/{table}/{shard}.parquet", table=CORPUS_TABLES, shard=corpus.names)
LIBRARY_FROM += corpus.files if corpus.tables else [str(corpus.corpus.path)]
LIBRARY += [*expand("results/corpus/summary/{file}", file=CORPUS_SUMMARY), *SHARDS]
LIBRARY_SHARDS += corpus.names
LIBRARY_SEALS += ["logs/seals/corpus_split.txt", "logs/seals/corpus_summary.txt"]
LIBRARY_SEALS += expand("logs/seals/corpus_audit/{shard}.txt", shard=corpus.names)


localrules:
    corpus,
    corpus_split,
    corpus_summary,


wildcard_constraints:
    shard=r"shard-\d+",


rule corpus:
    """Everything about the corpus: the tables of every shard, their summary, and the record where no reviews are run beside it."""
    input:
        LIBRARY,
        [] if chosen.reviews else ["results/provenance.json", "results/ro-crate-metadata.json"],


rule corpus_split:
    """Share the reviews of the corpus out, each to its shard."""
    input:
        # Which review goes where does not depend on what a review says: a changed review.yaml reruns its shard alone.
        corpus=corpus.files if corpus.tables else ancient(corpus.files),
    output:
        shards=expand("results/corpus/shards/{shard}/{file}", shard=corpus.names, file=corpus.shard_files),
        seal="logs/seals/corpus_split.txt",
    log:
        "logs/corpus/split.log",
    benchmark:
        "logs/benchmarks/corpus/split.tsv"
    params:
        code=library(
            "formats",
            "config",
            "source",
            "corpus/astray",
            "corpus/columns",
            "corpus/csv_rows",
            "corpus/misfits",
            "corpus/parquet",
            "corpus/parquet_rows",
            "corpus/piece",
            "corpus/plan",
            "corpus/read",
            "corpus/schema",
            "corpus/split",
            "corpus/stream",
        ),
        path=str(corpus.corpus.path),
        tables=corpus.tables,
        shards=corpus.shards,
    script:
        "../scripts/split_corpus.py"


rule corpus_audit:
    """Judge every printed number of one shard."""
    input:
        shard=expand("results/corpus/shards/{{shard}}/{file}", file=corpus.shard_files),
        reviews=corpus.reviews,
        schema=source.data("schemas/review.schema.json"),
        declared=[source.data("specs.yaml"), source.data("edits.yaml"), *source.presets()],
    output:
        audit="results/corpus/audit/{shard}.parquet",
        analyses="results/corpus/analyses/{shard}.parquet",
        problems="results/corpus/problems/{shard}.parquet",
        seal="logs/seals/corpus_audit/{shard}.txt",
    log:
        "logs/corpus/{shard}.log",
    benchmark:
        "logs/benchmarks/corpus/{shard}.tsv"
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
            "stages/row_checks",
            "corpus/build",
            "corpus/columns",
            "corpus/counts",
            "corpus/found",
            "corpus/misfits",
            "corpus/parquet",
            "corpus/piece",
            "corpus/schema",
            "corpus/shard",
        ),
        level=config["level"],
        seed=config["seed"],
        search=corpus.search,
    script:
        "../scripts/audit_shard.py"


rule corpus_summary:
    """Sum the shards up as tables, figures and a page."""
    input:
        shards=SHARDS,
        split=expand("results/corpus/shards/{shard}/{file}", shard=corpus.names[0], file=corpus.shard_files[0]),
        declared=[source.data("specs.yaml"), *source.presets()],
    output:
        summary=expand("results/corpus/summary/{file}", file=CORPUS_SUMMARY),
        seal="logs/seals/corpus_summary.txt",
    log:
        "logs/corpus/summary.log",
    benchmark:
        "logs/benchmarks/corpus/summary.tsv"
    params:
        code=library(
            "formats",
            "space",
            "effects",
            "specs",
            "analyses",
            "subgroup_fits",
            "evaluate",
            "catalogue",
            "pooling",
            "presets",
            "audit_words",
            "tables",
            "figures",
            "report",
            "corpus/counts",
            "corpus/schema",
            "corpus/summary",
            "corpus/summary_counts",
            "corpus/summary_figures",
            "corpus/summary_page",
            "corpus/summary_tables",
            "corpus/templates",
        ),
        shards=corpus.names,
    script:
        "../scripts/summarise_corpus.py"
