"""Inputs that came in after the run, and would change what it gives."""

from dataclasses import replace

import pytest

from metaudit.corpus import read
from metaudit.provenance import arrivals
from metaudit.provenance.verify import verify
from metaudit.provenance.write import write_provenance

CHANGED = "input-changed"


def named(made):
    return [(f.what, f.file, f.concerns) for f in verify(made.results).findings]


def test_a_table_that_came_into_a_review_is_named(made):
    made.write()
    made.put("data/reviews/one-2001/extraction.csv", "study\n")
    assert named(made) == [
        (CHANGED, "data/reviews/one-2001/extraction.csv", ("one-2001", "two-2002"))
    ]  # which refers to it


@pytest.mark.parametrize(
    ("path", "table", "came", "others"),
    [
        ("lib/library.csv", "library.csv", "library.claims.csv", ["claims.csv", "library-2.claims.csv", "list.csv"]),
        ("./lib/library.csv", "library.csv", "library.analyses.parquet", ["analyses.parquet"]),
        ("lib", "extraction.parquet", "claims.csv", ["extraction.claims.csv", "other.csv"]),
        ("lib/extraction.csv", "extraction.csv", "extraction.claims.csv", ["claims.csv"]),
    ],
)
def test_a_table_that_would_be_read_beside_that_of_the_corpus_is_named(made, path, table, came, others):
    made.put(f"lib/{table}", "review,analysis\n")
    parameters = {**made.run.parameters, "corpus": {"path": path, "shards": 1}}
    write_provenance(replace(made.with_corpus(f"lib/{table}"), parameters=parameters))
    for name in others:
        made.put(f"lib/{name}", "x\n")
    assert named(made) == []
    made.put(f"lib/{came}", "x\n")
    assert named(made) == [(CHANGED, f"lib/{came}", ("corpus_audit",))]


def test_the_tables_of_a_corpus_have_the_names_that_its_reader_knows():
    """Two rooms say which names those are, because the one that verifies is below the one that reads."""
    assert (arrivals.PARTS, set(arrivals.ENDINGS)) == (read.PARTS, set(read.ENDINGS))


def test_a_preset_beside_those_that_were_read_is_named_with_the_stages_that_read_them(made):
    preset = str(made.put("data/presets/one.yaml", "program: One\n"))
    run = made.run
    stages = [replace(s, data=(*s.data, preset)) if s.name == "audit" else s for s in run.stages]
    write_provenance(replace(run, stages=stages))
    made.put("data/presets/notes.txt", "x\n")
    made.put("data/more.yaml", "x\n")
    assert named(made) == []
    made.put("data/presets/two.yaml", "program: Two\n")
    assert named(made) == [(CHANGED, "data/presets/two.yaml", ("audit",))]


def test_a_review_that_came_in_is_named_when_all_were_asked_for(made):
    made.write()
    made.put("data/reviews/drafts/notes.csv", "x\n")
    assert named(made) == []
    made.put("data/reviews/three-2003/review.yaml", "id: three-2003\n")
    assert named(made) == [(CHANGED, "data/reviews/three-2003/review.yaml", ())]
    assert "which was of all reviews" in verify(made.results).findings[0].message


def test_a_review_that_came_in_is_nobodys_business_when_others_were_asked_for(made):
    run = made.run
    write_provenance(replace(run, parameters={**run.parameters, "reviews": ["one-2001", "two-2002"]}))
    made.put("data/reviews/three-2003/review.yaml", "id: three-2003\n")
    assert named(made) == []
