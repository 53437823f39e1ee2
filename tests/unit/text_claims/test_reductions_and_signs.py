"""Changes in percent, signs that stand in the words, names of outcomes, and dates."""

import csv

import pytest

from metaudit.audit import audit
from metaudit.errors import InputError
from metaudit.text_claims import candidates_of, lines_of
from metaudit.text_claims.accept import accept
from metaudit.text_claims.propose import propose
from metaudit.text_claims.rows import COLUMNS, drafted, outcome_of
from metaudit.text_claims.scratch import read_as
from metaudit.text_claims.store import DRAFT


def of(text):
    return candidates_of(lines_of(text))


CHANGES = [
    ("a relative risk reduction of 10 percent (95 percent confidence interval, 3 to 16 percent; P=0.006)",
     ["10%", "3", "16%"], "percent-reduction", "RR"),
    ("Treatment reduced the risk by 25 % (10 to 38)", ["25%", "10", "38"], "percent-reduction", ""),
    ("a 30% reduction in mortality (RRR 30%, 95% CI 12 to 44)", ["30%", "12", "44"], "percent-reduction", "RR"),
    ("Vaccine efficacy 51 % (34 to 66)", ["51%", "34", "66"], "percent-reduction", ""),
    ("Vaccine effectiveness was 51% (95% CI, 34-66)", ["51%", "34", "66"], "percent-reduction", ""),
    ("L'efficacité vaccinale était de 51 % (IC à 95 % : 34 à 66)", ["51%", "34", "66"], "percent-reduction", ""),
    ("an odds reduction of 22 per cent (95% CI 18 to 26)", ["22%", "18", "26"], "percent-reduction", ""),
    ("The risk of death increased 12 percent (95% CI, 3 to 22 percent)", ["12%", "3", "22%"], "percent-increase", ""),
    ("Bleeding increased by 12% (3 to 22)", ["12%", "3", "22"], "percent-increase", ""),
    ("The prevalence was 12% (95% CI 3 to 22)", ["12%", "3", "22"], "percent", "PR"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "printed", "scale", "measure"), CHANGES, ids=[c[0][:40] for c in CHANGES])
def test_a_change_in_percent_is_one_result_on_one_scale(text, printed, scale, measure):
    result = of(text + ".")
    mine = [c for c in result.candidates if c.quantity in ("estimate", "ci_low", "ci_high")]
    assert [c.printed for c in mine] == printed
    assert {c.scale for c in mine} == {scale}
    assert [b.measure for b in result.bundles] == [measure]


@pytest.mark.parametrize(
    "text",
    [
        "The risk was reduced in 25% (10/38) of patients.",
        "Mortality was reduced from 25% (10 to 38) at baseline.",
        "Pain was reduced by 25% (range 10 to 38).",
    ],
)
def test_counts_and_ranges_behind_a_percentage_are_no_interval(text):
    assert not [c for c in of(text).candidates if c.quantity.startswith("ci_")]


def draft_of(tmp_path, text, change=lambda row: row):
    source = tmp_path / "text.md"
    source.write_text(text, encoding="utf-8")
    folder = tmp_path / "smith-2021"
    propose(source, folder, title="A review")
    with (folder / DRAFT).open(encoding="utf-8", newline="") as handle:
        rows = [change({**row, "confirm": "yes"}) for row in csv.DictReader(handle)]
    with (folder / DRAFT).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return folder


@pytest.mark.parametrize(
    ("text", "measure"), [(c[0], c[3]) for c in CHANGES[:-1]], ids=[c[0][:40] for c in CHANGES[:-1]]
)
def test_a_change_in_percent_does_not_contradict_itself_once_claimed(tmp_path, text, measure):
    folder = draft_of(tmp_path, f"Deaths: {text}.")
    accept(folder)
    verdicts = {row.claim: row.verdict for row in audit(read_as(folder))}
    assert len(verdicts) >= 3
    assert "INCONSISTENT" not in verdicts.values(), verdicts


SIGNED = "Pain at rest was lower by a mean of 0·45 points (95% CI –0·79 to –0·11)."


def test_a_sign_in_words_waits_for_a_decision(tmp_path):
    folder = draft_of(tmp_path, SIGNED)
    before = (folder / "claims.csv").read_text(encoding="utf-8")
    with pytest.raises(InputError) as caught:
        accept(folder)
    (problem,) = caught.value.problems
    assert (problem.rule, problem.row, problem.column) == ("sign-in-words", 2, "printed")
    assert "0.45 lies outside its interval -0.79 to -0.11, -0.45 inside" in problem.message
    assert "write -0.45" in problem.fix
    assert (folder / "claims.csv").read_text(encoding="utf-8") == before


@pytest.mark.parametrize(
    "cells", [{"printed": "-0.45", "note": "printed as lower by 0.45"}, {"note": "claimed as it is printed"}]
)
def test_either_decision_about_a_sign_is_kept_with_its_note(tmp_path, cells):
    folder = draft_of(tmp_path, SIGNED, lambda row: {**row, **cells} if row["quantity"] == "estimate" else row)
    accept(folder)
    (claim,) = [c for c in read_as(folder).claims if c.quantity == "estimate"]
    assert claim.printed == cells.get("printed", "0.45")
    assert claim.note == cells["note"]


def test_a_note_that_was_taken_out_is_no_decision(tmp_path):
    folder = draft_of(tmp_path, SIGNED, lambda row: {**row, "note": ""})
    with pytest.raises(InputError):
        accept(folder)


NAMES = [
    ("Adverse events did not differ", "Adverse events"),
    ("Mortality was under aspirin under control a relative risk reduction of", "Mortality"),
    ("There was no significant difference in nausea", "nausea"),
    ("Ketamine did not reduce chronic pain", "chronic pain"),
    ("Aucune différence sur les nausées", "nausées"),
    ("The pooled for early death was", "early death"),
    ("The fixed-effect pooled odds ratio was", ""),
    ("In patients receiving mg/kg the pooled was", "patients receiving"),
    ("MI was", "MI"),
    ("was of", ""),
    ("", ""),
]


@pytest.mark.parametrize(("words", "outcome"), NAMES, ids=[n[0][:30] or "nothing" for n in NAMES])
def test_an_analysis_is_named_by_its_outcome(words, outcome):
    assert outcome_of(words) == outcome


def test_ids_never_turn_a_negation_round_and_titles_are_never_empty():
    made = drafted(
        of("Adverse events did not differ (OR 1.12, 95% CI 0.88 to 1.43).\n\n(OR 0.66, 95% CI 0.53 to 0.82)."),
        analyses={}, claims=(), source="paper",
    )  # fmt: skip
    assert [(a.id, a.title) for a in made.analyses] == [
        ("adverse-events", "Adverse events"),
        ("result-2", "Result 2, line 3"),
    ]


@pytest.mark.parametrize(
    "date", ["11/29/26, 1:30 PM", "2024-05-01", "29.11.2026", "29/11/2026", "2024/5/1", "1.5.24", "29-11-2026"]
)
def test_a_date_of_a_page_is_no_number(date):
    result = of(f"The rest was unclear. Printed on\n{date}")
    assert result.candidates == ()
    assert "a date" in {x.reason for x in result.left_out}


def test_a_fraction_is_no_date():
    assert [f"{c.quantity} {c.printed}" for c in of("Death: 11/29 with drug and 12/26 with placebo.").candidates][:2] == [
        "events_t 11", "n_t 29",
    ]  # fmt: skip
