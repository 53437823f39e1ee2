"""A skeleton has the columns its measures need, no number, and says what is still to be filled in."""

import csv

import pytest

from metaudit.audit import audit
from metaudit.drafts import write_draft
from metaudit.drafts.skeleton import DATA_KINDS, Answers, skeleton, still_open
from metaudit.effects.compute import compute_effects
from metaudit.effects.convert import convert
from metaudit.effects.dispatch import NEEDS
from metaudit.errors import DataError
from metaudit.formats.review import read_review
from metaudit.measures import MEASURES

NUMBERS = {
    "events_t": "4", "n_t": "50", "events_c": "11", "n_c": "49", "mean_t": "5.1", "sd_t": "1.2", "mean_c": "6.0", "sd_c": "1.1",
    "sd_change": "0.9", "n_pairs": "20", "r_pre_post": "0.5", "time_t": "100", "time_c": "90", "events": "4", "n": "50",
    "mean": "5.0", "sd": "1.0", "r": "0.3", "effect": "0.8", "ci_low": "0.5", "ci_high": "1.28", "se": "",
}  # fmt: skip
NAMES = [k.name for k in DATA_KINDS]


def test_every_measure_belongs_to_one_kind_of_data():
    assert sorted(code for k in DATA_KINDS for code in k.measures) == sorted(MEASURES)
    assert {k.kind for k in DATA_KINDS} == {*NEEDS, ""}


@pytest.mark.parametrize("name", NAMES)
def test_a_skeleton_is_accepted_and_audits_to_nothing(tmp_path, name):
    write_draft(skeleton(Answers(name, moderators=("dose",), subgroups="x_site")), tmp_path / "r")
    review = read_review(tmp_path / "r")
    assert audit(review) == []
    assert (review.rows, review.claims) == ((), ())
    with (tmp_path / "r" / "claims.csv").open("a", encoding="utf-8") as handle:
        handle.write("e,main-outcome,estimate,,0.50,,,paper,,,\n".replace("main-outcome", next(iter(review.analyses))))
    assert [r.verdict for r in audit(read_review(tmp_path / "r"))] == ["NOT_CHECKABLE"]


@pytest.mark.parametrize(("name", "measure"), [(k.name, m) for k in DATA_KINDS for m in k.measures])
def test_the_columns_of_a_kind_give_every_measure_of_it(tmp_path, name, measure):
    write_draft(skeleton(Answers(name, outcome="Pain at 24 h", measure=measure)), tmp_path / "r")
    path = tmp_path / "r" / "extraction.csv"
    header = path.read_text(encoding="utf-8").strip().split(",")
    cells = {**{c: NUMBERS.get(c, "") for c in header}, "study": "A", "outcome": "Pain at 24 h", "source": "paper"}
    with path.open("a", encoding="utf-8", newline="") as handle:
        csv.DictWriter(handle, header, lineterminator="\n").writerow(cells)
    review = read_review(tmp_path / "r")
    assert list(review.analyses) == ["pain-at-24-h"]
    effects = compute_effects([convert(row) for row in review.rows], measure)
    assert [s.label for s in effects.studies] == ["A"], effects.incomplete
    assert not effects.incomplete


def test_what_the_authors_say_is_there_and_what_they_do_not_is_not(tmp_path):
    answers = Answers(
        "counts", title="Aspirin", authors="Smith et al.", year=2021, journal="BMJ", doi="10.1136/x", outcome="Death",
        measure="OR", favours="low", method={"model": "random", "tau2": "DL"}, moderators=("year", "x_dose"), subgroups="site",
        read="abstract", language="fr",
    )  # fmt: skip
    write_draft(skeleton(answers), tmp_path / "r")
    review = read_review(tmp_path / "r")
    analysis = review.analyses["death"]
    assert dict(review.citation) == {"authors": "Smith et al.", "year": 2021, "journal": "BMJ", "doi": "10.1136/x"}
    assert (analysis.measures, analysis.favours, dict(analysis.method)) == (
        ("OR",),
        "low",
        {"model": "random", "tau2": "DL"},
    )
    assert (analysis.subgroups, analysis.moderators) == ("site", ("year", "dose"))
    assert dict(review.sources["paper"])["citation"] == "Smith et al. Aspirin. BMJ 2021"
    assert dict(review.sources["paper"])["read"] == "abstract"
    header = (tmp_path / "r" / "extraction.csv").read_text(encoding="utf-8").strip()
    assert header == "study,year,outcome,events_t,n_t,events_c,n_c,x_dose,x_site,source,where,certainty,note"
    assert still_open(review) == [
        "extraction.csv: no row yet; one row is one study's data for one outcome.",
        "claims.csv: no row yet; one row is one printed number.",
    ]
    write_draft(skeleton(Answers("counts")), tmp_path / "s")
    bare = read_review(tmp_path / "s")
    assert (bare.analyses["main"].measures, dict(bare.analyses["main"].method)) == ((), {})
    assert [s.split(" ")[1] for s in still_open(bare)][:3] == ["title", "citation.authors", "the"]


@pytest.mark.parametrize(
    ("name", "measure", "words"),
    [
        ("count", "", "Did you mean 'counts'?"),
        ("diagnostic", "", "Known: counts, means"),
        ("counts", "SMD", "It belongs to --kind-of-data means."),
        ("means", "SDM", "Did you mean 'SMD'?"),
    ],
)
def test_what_does_not_go_together(name, measure, words):
    with pytest.raises(DataError) as caught:
        skeleton(Answers(name, measure=measure))
    assert words in str(caught.value)


def test_pool_of_a_table_without_rows_refuses_in_words(tmp_path):
    from typer.testing import CliRunner

    from metaudit.cli import app

    write_draft(skeleton(Answers("counts", measure="RR")), tmp_path / "r")
    found = CliRunner().invoke(app, ["pool", str(tmp_path / "r" / "extraction.csv"), "--measure", "RR"])
    assert (found.exit_code, found.stdout) == (2, "")
    assert len(found.stderr.strip().splitlines()) == 1
    assert "no " in found.stderr
