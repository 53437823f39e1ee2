"""A number that the import computed is derived, and said to be; one that it copied is read."""

import math

import pytest

from metaudit.drafts import write_draft
from metaudit.formats.review import read_review
from metaudit.imports.detect import read_file
from metaudit.imports.options import Options


@pytest.fixture
def bring(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(text, **options):
        (tmp_path / "t.csv").write_text(text)
        draft = read_file(tmp_path / "t.csv", Options(**options))
        write_draft(draft, tmp_path / "out", overwrite=True)
        read_review(tmp_path / "out")
        return draft

    return run


@pytest.mark.parametrize(
    ("text", "cell", "value"),
    [
        ("study,ai,bi,ci,di\nA,4,119,11,128\nB,6,300,29,274\n", "n_t", "123"),
        ("study,nonevents_t,n_t,nonevents_c,n_c\nA,119,123,128,139\nB,300,306,274,303\n", "events_c", "11"),
        ("study,logor,selogor\nA,-0.5,0.2\nB,-0.3,0.25\n", "effect", repr(math.exp(-0.5))),
        ("study,O-E,V\nA,-2.5,10\nB,-1,8\n", "se", repr(1 / math.sqrt(10))),
    ],
    ids=["sizes", "events", "logarithm", "observed minus expected"],
)
def test_arithmetic_is_derived_with_its_how_in_the_note(bring, text, cell, value):
    draft = bring(text)
    assert draft.rows[0][cell] == value
    assert {r["certainty"] for r in draft.rows} == {"derived"}
    assert all(r["note"] for r in draft.rows)
    (said,) = [n for n in draft.notices if "computed from the numbers of the table" in n.message]
    assert cell in said.message
    assert said.place == "t.csv, rows 2 and 3"


@pytest.mark.parametrize(
    "text",
    [
        "study,ai,n1i,ci,n2i\nA,4,123,11,139\nB,6,306,29,303\n",
        "study,ai,bi,n1i,ci,di,n2i\nA,4,119,123,11,128,139\nB,6,300,306,29,274,303\n",
        "study,or,lower,upper\nA,0.80,0.60,1.07\nB,0.70,0.45,1.09\n",
        "study,percent_t,n_t,percent_c,n_c\nA,3.3,123,7.9,139\nB,2.0,306,9.6,303\n",
    ],
    ids=["sizes given", "sizes given beside", "ratios", "percentages"],
)
def test_what_is_copied_is_read(bring, text):
    draft = bring(text)
    assert {r["certainty"] for r in draft.rows} == {"read"}
    assert not any("computed from the numbers" in n.message for n in draft.notices)


def test_only_the_rows_that_were_computed_are_derived(bring):
    draft = bring("study,events_t,nonevents_t,n_t,events_c,n_c\nA,4,119,,11,139\nB,6,300,306,29,303\n")
    assert [r["certainty"] for r in draft.rows] == ["derived", "read"]
