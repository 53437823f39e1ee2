"""Covidence: the consensus is read, the reviewers' rows are not; what they disagree on is said."""

import pytest

from metaudit.drafts import write_draft
from metaudit.errors import InputError
from metaudit.formats.review import read_review
from metaudit.imports.detect import read_file
from metaudit.imports.options import Options

HEAD = "Covidence #,Study ID,Title,Reviewer Name,Country,Intervention group Mean,Intervention group SD,Intervention group N,Control group Mean,Control group SD,Control group N\n"
ROWS = (
    '12,Ang 2010,"Trial of x, a pilot",Jane Doe,SG,3.1,1,20,4,1.1,20\n'
    '12,Ang 2010,"Trial of x, a pilot",John Roe,SG,3.2,1,20,4,1.1,20\n'
    '12,Ang 2010,"Trial of x, a pilot",Consensus,SG,3.1,1.0,20,4.0,1.1,20\n'
)


@pytest.fixture
def bring(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(text, **options):
        (tmp_path / "review_1_extracted.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
        draft = read_file(tmp_path / "review_1_extracted.csv", Options(**options))
        write_draft(draft, tmp_path / "out", overwrite=True)
        read_review(tmp_path / "out")
        return draft

    return run


def data(draft, *names):
    return [tuple(r.get(n, "") for n in names) for r in draft.rows]


def test_the_consensus_is_read(bring):
    draft = bring(HEAD + ROWS)
    assert data(draft, "study", "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c", "x_country", "where") == [
        ("Ang 2010", "3.1", "1.0", "20", "4.0", "1.1", "20", "SG", "row 4")
    ]
    places = [n.place for n in draft.notices if "the consensus of the study is read" in n.message]
    assert places == ["review_1_extracted.csv, row 2", "review_1_extracted.csv, row 3"]
    dropped = {
        n.place.rpartition("column ")[2]: n.message
        for n in draft.notices
        if n.kind == "dropped" and "column" in n.place
    }
    assert set(dropped) == {"A (Covidence #)", "C (Title)", "D (Reviewer Name)"}


def test_without_a_consensus_the_first_reviewer_is_read_and_differences_are_said(bring):
    draft = bring(
        HEAD
        + "".join(ROWS.splitlines(keepends=True)[:2])
        + "15,Bell 2011,Trial of y,John Roe,UK,2.9,0.9,31,3.8,1.2,30\n"
    )
    assert data(draft, "study", "mean_t") == [("Ang 2010", "3.1"), ("Bell 2011", "2.9")]
    assert [n.message for n in draft.notices if "no consensus, and its reviewers differ" in n.message] == [
        "'Ang 2010' has no consensus, and its reviewers differ in Intervention group Mean; the row of 'Jane Doe' was read."
    ]


def test_skipped_rows_stand_in_the_mapping_and_can_be_taken_back(bring, tmp_path):
    first = bring(HEAD + ROWS)
    text = first.files["mapping.yaml"]
    assert "  2: \"reviewer 'Jane Doe'; the consensus of the study is read\"" in text
    swapped = text.replace("  2: \"reviewer 'Jane Doe'; the consensus of the study is read\"", '  4: "not this one"')
    (tmp_path / "m.yaml").write_text(swapped)
    assert data(bring(HEAD + ROWS, mapping=tmp_path / "m.yaml"), "mean_t", "where") == [("3.1", "row 2")]


def test_a_quality_assessment(bring):
    draft = bring(
        "Covidence #,Study ID,Title,Reviewer Name,Sequence Generation,Sequence Generation support,Blinding of participants\n"
        "12,Ang 2010,T,Consensus,Low,computer generated,High\n15,Bell 2011,U,Consensus,Low risk,table of numbers,Unclear risk\n"
    )
    assert data(draft, "study", "rob_sequence_generation", "rob_blinding_of_participants") == [
        ("Ang 2010", "low", "high"),
        ("Bell 2011", "low", "unclear"),
    ]
    assert draft.analyses == {}


def test_one_row_for_each_arm(bring):
    draft = bring(
        "Covidence #,Study ID,Reviewer Name,Outcome,Arm,Events,Total\n"
        "1,Ang 2010,Consensus,death,Drug,5,20\n1,Ang 2010,Consensus,death,Placebo,9,21\n2,Bell 2011,Consensus,death,Drug,3,30\n2,Bell 2011,Consensus,death,Placebo,8,31\n"
    )
    assert data(draft, "study", "outcome", "events_t", "n_c") == [
        ("Ang 2010", "death", "5", "21"),
        ("Bell 2011", "death", "3", "31"),
    ]


ARMS = {
    "mean": "Pain at 24h {} Mean,Pain at 24h {} SD,Pain at 24h {} N",
    "events": "Chronic pain {} Events,Chronic pain {} Total",
}


def headings(one, other, *kinds):
    return ",".join(ARMS[k].replace("{}", arm) for k in kinds for arm in (one, other))


@pytest.mark.parametrize(
    ("one", "other", "treated"),
    [
        ("Ketamine", "Placebo", "one"),
        ("Placebo", "Ketamine", "other"),
        ("Ketamine", "Lidocaine", "one"),
    ],
)
def test_outcomes_and_arms_that_share_a_heading_are_two_arms(bring, one, other, treated):
    draft = bring(
        f"Covidence #,Study ID,{headings(one, other, 'mean', 'events')}\n"
        "1,Dupont 2009,3.2,1.4,30,4.1,1.6,31,5,30,9,32\n2,Ang 2011,2.85,1.10,45,3.60,1.25,44,7,45,8,44\n"
    )
    a, b = ("t", "c") if treated == "one" else ("c", "t")
    cells = [f"{n}_{arm}" for arm in (a, b) for n in ("mean", "sd", "n")]
    assert data(draft, "study", *cells)[0] == ("Dupont 2009", "3.2", "1.4", "30", "4.1", "1.6", "31")
    counts = [r for r in draft.rows if r.get("events_t")]
    cells = [f"{n}_{arm}" for arm in (a, b) for n in ("events", "n")]
    assert [counts[0][c] for c in cells] == ["5", "30", "9", "32"]
    assert len({r["outcome"] for r in draft.rows}) == 2
    assert any("the headings name the groups" in n.message for n in draft.notices)


def test_one_outcome_with_a_prefix_is_two_arms(bring):
    draft = bring(f"Study ID,{headings('Ketamine', 'Placebo', 'mean')}\nDupont 2009,3.2,1.4,30,4.1,1.6,31\n")
    assert data(draft, "mean_t", "mean_c", "n_t", "n_c") == [("3.2", "4.1", "30", "31")]


def test_a_group_beside_half_a_comparison_is_refused(bring):
    with pytest.raises(InputError) as refused:
        bring("Study ID,Mean,SD,N,Control group Mean,Control group SD\nDupont 2009,3.2,1.4,30,4.1,1.6\n")
    (problem,) = refused.value.problems
    assert "mapping.yaml" in problem.fix
    assert "mean_t" in problem.fix
