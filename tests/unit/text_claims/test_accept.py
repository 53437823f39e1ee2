"""From a text to a draft, from a draft to claims: nothing is claimed that nobody confirmed, and nothing is half done."""

import csv

import pytest

from making import claim, write_review
from metaudit.errors import InputError
from metaudit.formats.review import load_review
from metaudit.text_claims.accept import accept
from metaudit.text_claims.propose import language_of, propose
from metaudit.text_claims.rows import COLUMNS
from metaudit.text_claims.scratch import read_as
from metaudit.text_claims.store import DRAFT, read_draft


def rows(folder, name=DRAFT):
    with (folder / name).open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def decide(folder, decision):
    """Fill the column confirm by a function of the row."""
    changed = [{**row, "confirm": decision(row)} for row in rows(folder)]
    with (folder / DRAFT).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(changed)


@pytest.fixture
def text(tmp_path, abstract):
    path = tmp_path / "abstract.md"
    path.write_text(abstract, encoding="utf-8")
    return path


@pytest.fixture
def new(tmp_path, text):
    folder = tmp_path / "smith-2021"
    propose(text, folder)
    return folder


def test_a_new_folder_is_a_review_without_a_single_claim(new, abstract):
    review = read_as(new)
    assert review.claims == ()
    assert {a.measures for a in review.analyses.values()} == {("OR",), ("RR",)}
    assert {a.data for a in review.analyses.values()} == {"none"}
    assert (new / "text.md").read_text(encoding="utf-8") == abstract
    assert list(review.sources) == ["paper"]
    assert review.sources["paper"]["read"] == "abstract"
    draft = rows(new)
    assert [(r["quantity"], r["printed"]) for r in draft] == [
        ("k", "7"), ("n", "1,301"), ("estimate", "0.66"), ("ci_low", "0.53"), ("ci_high", "0.82"), ("p", ".001"), ("i2", "34%"),
        ("estimate", "0.71"), ("ci_low", "0.58"), ("ci_high", "0.87"),
    ]  # fmt: skip
    assert {(r["certainty"], r["confirm"]) for r in draft} == {("unverified", "")}
    assert all(r["text"] and r["place"].startswith("line ") for r in draft)


def test_the_title_is_the_first_heading_and_said_to_be_a_guess(new, tmp_path, text):
    assert read_as(new).title == "Magnesium after infarction"
    assert "the title is the first heading of abstract.md" in (new / "notices.md").read_text(encoding="utf-8")
    propose(text, tmp_path / "said-2021", title="Another title")
    assert read_as(tmp_path / "said-2021").title == "Another title"
    text.write_text("# Results\n\nOR 0.66 (95% CI 0.53 to 0.82).", encoding="utf-8")
    propose(text, tmp_path / "none-2021")
    assert read_as(tmp_path / "none-2021").title.startswith("TO FILL IN")


def test_an_analysis_is_named_by_the_words_before_its_result(tmp_path):
    path = tmp_path / "t.md"
    path.write_text(
        "Aspirin lowered the risk of headache at 2 hours (RR 0.68, 95% CI 0.52 to 0.89; P = .005).", encoding="utf-8"
    )
    propose(path, tmp_path / "new-2020")
    (analysis,) = read_as(tmp_path / "new-2020").analyses.values()
    assert analysis.title == "Aspirin lowered the risk of headache at 2 hours"
    assert "headache" in analysis.id


def test_only_confirmed_rows_become_claims_and_they_are_read(new):
    decide(new, lambda r: {"estimate": "yes", "ci_low": "Oui", "ci_high": "x", "p": "no"}.get(r["quantity"], ""))
    done = accept(new)
    review = read_as(new)
    assert [c.printed for c in review.claims] == ["0.66", "0.53", "0.82", "0.71", "0.58", "0.87"]
    assert {c.certainty for c in review.claims} == {"read"}
    assert {c.analysis for c in review.claims} == set(review.analyses)
    assert (len(done.added), done.rejected, done.open) == (6, 1, 3)
    assert [(r["quantity"], r["confirm"]) for r in rows(new)] == [("k", ""), ("n", ""), ("p", "no"), ("i2", "")]


def test_reading_the_text_again_proposes_neither_what_is_claimed_nor_what_was_rejected(new, text):
    decide(new, lambda r: "no" if r["quantity"] == "p" else "yes")
    accept(new)
    again = propose(text, new)
    assert {name for _, name in again.drafted.claimed} == {c.id for c in read_as(new).claims}
    assert [(r["quantity"], r["confirm"]) for r in rows(new)] == [("p", "no")]


def test_accepting_twice_adds_nothing(new):
    decide(new, lambda r: "yes")
    accept(new)
    before = (new / "claims.csv").read_bytes()
    assert accept(new).added == ()
    assert (new / "claims.csv").read_bytes() == before


def test_a_row_that_was_claimed_meanwhile_leaves_the_draft(new):
    decide(new, lambda r: "yes")
    draft = (new / DRAFT).read_bytes()
    accept(new)
    (new / DRAFT).write_bytes(draft)
    done = accept(new)
    assert done.added == ()
    assert len(done.claimed) == 10
    assert rows(new) == []


EXISTING = {
    "mortality": {
        "title": "Early mortality, magnesium against control",
        "select": {"outcome": "mortality"},
        "data": "none",
        "measure": "OR",
    },
    "arrhythmia": {
        "title": "Ventricular arrhythmia",
        "select": {"outcome": "arrhythmia"},
        "data": "none",
        "measure": "RR",
    },
}


@pytest.fixture
def existing(tmp_path):
    claims = [claim("m-est", "estimate", "0.66", analysis="mortality", where="abstract")]
    return write_review(tmp_path / "li-2007", claims=claims, analyses=EXISTING)


def test_results_find_the_analyses_of_an_existing_review(existing, text):
    before = {p.name: p.read_bytes() for p in existing.iterdir()}
    found = propose(text, existing)
    assert {r["analysis"] for r in rows(existing) if r["quantity"] == "ci_low"} == {"mortality", "arrhythmia"}
    assert [(c.printed, name) for c, name in found.drafted.claimed] == [("0.66", "m-est")]
    assert {p.name: p.read_bytes() for p in existing.iterdir() if p.name != DRAFT} == before
    assert {r["source"] for r in rows(existing)} == {"paper"}


def test_a_result_that_fits_no_analysis_gets_a_new_one_in_review_yaml(existing, tmp_path):
    yaml = existing / "review.yaml"
    yaml.write_text("# first line\n" + yaml.read_text(encoding="utf-8"), encoding="utf-8")
    other = tmp_path / "results.txt"
    other.write_text("Length of stay was shorter (mean difference -1.2 days, 99% CI -2.0 to -0.4).", encoding="utf-8")
    propose(other, existing)
    decide(existing, lambda r: "yes")
    (name,) = accept(existing).analyses
    review = read_as(existing)
    assert name not in EXISTING
    assert review.analyses[name].measures == ("MD",)
    assert {c.method for c in review.claims if c.analysis == name} == {"level=0.99"}
    assert yaml.read_text(encoding="utf-8").startswith("# first line\n")


def test_rows_of_claims_csv_stay_byte_for_byte(existing, text):
    before = (existing / "claims.csv").read_bytes()
    propose(text, existing)
    decide(existing, lambda r: "yes" if r["analysis"] == "arrhythmia" else "no")
    accept(existing)
    assert (existing / "claims.csv").read_bytes().startswith(before)


def test_a_table_without_the_columns_gets_them(existing, text):
    (existing / "claims.csv").write_text(
        "claim,analysis,quantity,printed\nm-est,mortality,estimate,0.66", encoding="utf-8"
    )
    propose(text, existing)
    decide(existing, lambda r: "yes")
    accept(existing)
    review = read_as(existing)
    assert review.claim("m-est").printed == "0.66"
    assert len(review.claims) == 10


def test_a_second_source_is_added_to_sources_csv(existing, text):
    with (existing / "sources.csv").open("a", encoding="utf-8") as handle:
        handle.write("other,Another document,table\n")
    propose(text, existing)
    assert {r["source"] for r in rows(existing)} == {"abstract"}
    assert "abstract" in read_as(existing).sources


WRONG = {
    "confirm": ("perhaps", "choice"),
    "quantity": ("effect", "choice"),
    "printed": ("about two", "number"),
    "source": ("nowhere", "unknown-source"),
    "method": ("tau2=XX", "method"),
    "scale": ("percents", "choice"),
}


@pytest.mark.parametrize("column", WRONG)
def test_what_is_wrong_in_a_row_is_named_in_the_draft_and_nothing_changes(new, column):
    decide(new, lambda r: "yes")
    changed = rows(new)
    changed[3][column] = WRONG[column][0]
    with (new / DRAFT).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(changed)
    before = {p.name: p.read_bytes() for p in new.iterdir() if p.is_file()}
    with pytest.raises(InputError) as caught:
        accept(new)
    assert [(p.row, p.column, p.rule) for p in caught.value.problems if p.file.endswith(DRAFT)] == [
        (5, column, WRONG[column][1])
    ]
    assert {p.name: p.read_bytes() for p in new.iterdir() if p.is_file()} == before


def test_an_id_that_stands_twice_is_refused(new):
    decide(new, lambda r: "yes")
    text = (new / DRAFT).read_text(encoding="utf-8")
    first, second = [r["claim"] for r in rows(new)][2:4]
    (new / DRAFT).write_text(text.replace(f",{second},", f",{first},"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        accept(new)
    assert {p.rule for p in caught.value.problems} == {"duplicate-key"}


def test_a_draft_saved_with_semicolons_is_read(new):
    decide(new, lambda r: "yes")
    wide = [[r[c] for c in COLUMNS] for r in rows(new)]
    with (new / DRAFT).open("w", encoding="utf-8-sig", newline="") as handle:
        csv.writer(handle, delimiter=";").writerows([list(COLUMNS), *wide])
    assert len(accept(new).added) == 10


def test_there_must_be_a_draft_and_a_review(existing, tmp_path):
    for folder, rule in ((existing, "missing-file"), (tmp_path / "nowhere", "missing-folder")):
        with pytest.raises(InputError) as caught:
            accept(folder)
        assert caught.value.problems[0].rule == rule


def test_a_text_without_results_makes_no_folder(tmp_path):
    path = tmp_path / "t.md"
    path.write_text("Nothing was measured in 2014 (see Table 2).", encoding="utf-8")
    assert propose(path, tmp_path / "new-2020").created is False
    assert not (tmp_path / "new-2020").exists()


def test_a_result_printed_twice_is_proposed_once(tmp_path):
    path = tmp_path / "t.md"
    path.write_text(
        "OR 0.66 (95% CI 0.53 to 0.82; P = .001).\n\nAs said, OR 0.66 (95% CI 0.53 to 0.82; P = .001).",
        encoding="utf-8",
    )
    found = propose(path, tmp_path / "new-2020")
    assert len(found.drafted.rows) == len(found.drafted.repeated) == 4


def test_the_language_is_that_of_the_commonest_words():
    assert language_of("La douleur était réduite dans les essais avec la kétamine") == "fr"
    assert language_of("Pain was reduced in the trials with ketamine") == "en"


def test_the_draft_is_no_table_of_the_review_and_check_passes_over_it(new):
    review, problems = load_review(new)
    assert problems == []
    assert review.claims == ()


def test_rows_say_what_they_rest_on(new):
    assert all(r.text("text") and r.text("where") for r in read_draft(new))
