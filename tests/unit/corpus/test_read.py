"""What a corpus is made of, and what is refused before anything is computed."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from making import claim, write_review
from making_corpus import ANALYSES, CLAIMS, ROWS, small, write_table
from metaudit.corpus.read import open_corpus
from metaudit.errors import InputError


def refusal(path):
    with pytest.raises(InputError) as caught:
        open_corpus(path)
    return caught.value.problems


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_table_brings_those_beside_it(tmp_path, ending):
    path = small(tmp_path, ending=ending)
    corpus = open_corpus(path)
    assert corpus.kind == "tables"
    assert {t: f.path.name for t, f in corpus.tables.items()} == {
        "extraction": f"library.{ending}",
        "claims": f"library.claims.{ending}",
        "analyses": f"library.analyses.{ending}",
    }


def test_a_folder_with_an_extraction_table_is_the_same_thing(tmp_path):
    write_table(tmp_path / "extraction.parquet", ROWS)
    write_table(tmp_path / "claims.csv", CLAIMS)
    assert {t: f.path.name for t, f in open_corpus(tmp_path).tables.items()} == {
        "extraction": "extraction.parquet",
        "claims": "claims.csv",
    }


def test_a_folder_of_reviews(tmp_path):
    for name in ("b-2", "a-1"):
        write_review(tmp_path / name, claims=[claim("e", "estimate", "1")])
    corpus = open_corpus(tmp_path)
    assert corpus.kind == "folders"
    assert [f.name for f in corpus.folders] == ["a-1", "b-2"]


@pytest.mark.parametrize(
    ("make", "name", "rule", "says"),
    [
        (lambda d: None, "nowhere", "missing-corpus", "no such file or folder"),
        (lambda d: (d / "empty").mkdir(), "empty", "no-review", "holds no review"),
        (lambda d: (d / "x.xlsx").write_bytes(b"PK\x03\x04"), "x.xlsx", "corpus-form", "not in .xlsx"),
        (lambda d: write_table(d / "x.csv", ROWS) and write_table(d / "x.claims.csv", CLAIMS), "x.claims.csv", "corpus-form", "claims of a corpus"),
        (lambda d: write_review(d / "one", claims=[claim("e", "estimate", "1")]), "one", "corpus-form", "one review, not a corpus"),
        (lambda d: write_table(d / "x.csv", ROWS) and write_table(d / "x.claims.csv", CLAIMS) and write_table(d / "x.claims.parquet", CLAIMS),
         "x.csv", "corpus-form", "which of the two"),
        (lambda d: write_table(d / "x.csv", ROWS) and write_table(d / "x.analysis.csv", ANALYSES), "x.csv", "unknown-file", "no table of a corpus is called 'analysis'"),
        (lambda d: (d / "x.csv").write_text(""), "x.csv", "header", "the file is empty"),
        (lambda d: (d / "x.csv").write_bytes(b"PK\x03\x04...."), "x.csv", "encoding", "Excel workbook"),
        (lambda d: (d / "x.csv").write_text("review;analysis;study\na;b;c\n"), "x.csv", "header", "semicolons"),
        (lambda d: (d / "x.parquet").write_bytes(b"PAR1 no"), "x.parquet", "parquet", "not Parquet that can be read"),
    ],
)  # fmt: skip
def test_what_is_no_corpus_is_refused(tmp_path, make, name, rule, says):
    make(tmp_path)
    (problem,) = refusal(tmp_path / name)
    assert problem.rule == rule
    assert says in problem.message
    assert problem.fix


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_columns_are_held_to_those_of_a_review_and_every_table_is_looked_at(tmp_path, ending):
    write_table(
        tmp_path / f"x.{ending}", [{"study": "A", "analysis": "a", "event_t": "1", "x_dose": "2", "rob_overall": "low"}]
    )
    write_table(
        tmp_path / f"x.claims.{ending}",
        [{"review": "r", "claim": "c", "quantity": "k", "printed": "1", "Printed": "1"}],
    )
    problems = {(p.file.rpartition("/")[2], p.column): (p.rule, p.fix) for p in refusal(tmp_path / f"x.{ending}")}
    assert problems[f"x.{ending}", "review"][0] == "missing-column"
    assert problems[f"x.{ending}", "event_t"][0] == "unknown-column"
    assert "events_t" in problems[f"x.{ending}", "event_t"][1]
    assert problems[f"x.claims.{ending}", "Printed"][0] == "unknown-column"
    assert len(problems) == 3


def parquet(path, **columns):
    pq.write_table(pa.table({"review": ["r"], "analysis": ["a"], "study": ["s"], **columns}), path)
    return path


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ({"printed_effect": [0.5]}, "in which the digits as printed are lost"),
        ({"printed_weight": pa.array([True])}, "in which the digits as printed are lost"),
        ({"events_t": [[1, 2]]}, "neither text nor numbers"),
        ({"year": pa.array([0], pa.timestamp("s"))}, "neither text nor numbers"),
        ({"study": pa.array([b"0123456789abcdef"], pa.binary(16))}, "neither text nor numbers"),
        ({"x_blind": [True]}, "yes and no, without the words for them"),
    ],
)
def test_a_column_of_the_wrong_type_is_named(tmp_path, column, says):
    (problem,) = refusal(parquet(tmp_path / "x.parquet", **column))
    assert problem.rule == "column-type"
    assert says in problem.message
    assert problem.column == next(iter(column))


@pytest.mark.parametrize(
    "column",
    [
        {"printed_effect": ["0.50"]},
        {"printed_effect": pa.array(["0.50"]).dictionary_encode()},
        {"printed_effect": pa.array([None], pa.null())},
        {"events_t": [1]},
        {"mean_t": [0.5]},
        {"mean_t": pa.array([0.5], pa.float32())},
        {"study": pa.array(["s"], pa.large_string())},
    ],
)
def test_text_and_numbers_of_every_kind_are_taken(tmp_path, column):
    assert open_corpus(parquet(tmp_path / "x.parquet", **column)).kind == "tables"
