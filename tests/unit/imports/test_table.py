"""Whole tables: from a file to rows, analyses and claims, with everything said that was decided."""

import math

import pytest

from metaudit.drafts import write_draft
from metaudit.errors import InputError
from metaudit.formats.review import read_review
from metaudit.imports.detect import format_of, read_file
from metaudit.imports.options import Options

PROVENANCE = {"source": "table", "certainty": "read"}


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """Import a text as a file, write the review and read it back: what is imported must be a sound review."""
    monkeypatch.chdir(tmp_path)

    def run(text, name="t.csv", encoding="utf-8", **options):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        draft = read_file(tmp_path / name, Options(**options))
        write_draft(draft, tmp_path / "out", overwrite=True)
        review = read_review(tmp_path / "out")
        assert len(review.rows) == len(draft.rows)
        return draft

    return run


def data(draft, *names):
    return [tuple(r.get(n, "") for n in names) for r in draft.rows]


def said(draft, kind):
    return [f"{n.place}: {n.message}" for n in draft.notices if n.kind == kind]


def test_a_french_table_of_a_spreadsheet(bring):
    draft = bring(
        "Auteur;Année;Effectif traitement;Moyenne traitement;Écart-type traitement;Effectif témoin;Moyenne témoin;Écart-type témoin\n"
        "Dupré;2001;25;3,4;1,2;24;4,1;1,3\nLefèvre;2004;1 025;3,1;1,0;1 100;–3,9;1,4\nTotal;;1050;;;1124;;\n",
        encoding="cp1252",
    )
    assert data(draft, "study", "year", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c") == [
        ("Dupré 2001", "2001", "25", "3.4", "1.2", "24", "4.1", "1.3"),
        ("Lefèvre 2004", "2004", "1025", "3.1", "1.0", "1100", "-3.9", "1.4"),
    ]
    assert [(c["quantity"], c["printed"], c["where"]) for c in draft.claims] == [
        ("n_t", "1050", "row 4"),
        ("n_c", "1124", "row 4"),
    ]
    assert any("cp1252" in m for m in said(draft, "guessed"))
    assert any("rows 2, 3" in m and "decimal comma" in m for m in said(draft, "converted"))
    assert all(PROVENANCE.items() <= r.items() and r["where"] for r in draft.rows)


def test_a_forest_plot_as_a_table(bring):
    draft = bring(
        'Study or Subgroup,Experimental Events,Experimental Total,Control Events,Control Total,Weight,"Risk Ratio M-H, Random, 95% CI"\n'
        '1.1.1 Adults,,,,,,\nAlpha 1999,5,50,10,50,30.2%,0.50 [0.18; 1.36]\nBeta 2000,6,60,12,61,35.1%,"0.51 [0.20, 1.27]"\n'
        'Subtotal (95% CI),11,110,22,111,65.3%,"0.50 [0.26, 0.99]"\n1.1.2 Children,,,,,,\nGamma 2003,7,70,13,70,34.7%,"0.54 [0.23, 1.27]"\n'
        'Total (95% CI),18,180,35,181,100.0%,"0.52 [0.30, 0.88]"\nHeterogeneity: Tau² = 0.00; Chi² = 0.02,,,,,,\n',
        encoding="utf-8-sig",
    )
    assert data(
        draft, "study", "events_t", "n_c", "printed_effect", "printed_ci_high", "printed_weight", "x_subgroup"
    ) == [
        ("Alpha 1999", "5", "50", "0.50", "1.36", "30.2%", "1.1.1 Adults"),
        ("Beta 2000", "6", "61", "0.51", "1.27", "35.1%", "1.1.1 Adults"),
        ("Gamma 2003", "7", "70", "0.54", "1.27", "34.7%", "1.1.2 Children"),
    ]
    assert next(iter(draft.analyses.values()))["measure"] == "RR"
    assert next(iter(draft.analyses.values()))["subgroups"] == "subgroup"
    claimed = {c["quantity"]: c["printed"] for c in draft.claims if "subject" not in c}
    assert claimed == {
        "estimate": "0.52",
        "ci_low": "0.30",
        "ci_high": "0.88",
        "n_t": "180",
        "n_c": "181",
        "events_t": "18",
        "events_c": "35",
    }
    adults = {
        c["quantity"]: (c["printed"], c["where"]) for c in draft.claims if c.get("subject") == "subgroup=1.1.1 Adults"
    }
    assert adults["ci_low"] == ("0.26", "row 5")
    assert adults["events_c"] == ("22", "row 5")
    assert any("row 9" in m and "Heterogeneity" in m for m in said(draft, "dropped"))


def test_cells_of_several_numbers_and_missing_words(bring):
    draft = bring(
        "First author,Year,n ketamine,Ketamine mean (SD),n placebo,Placebo mean (SD)\n"
        "Smith,2001,20,5.2 (1.3),21,6.0 (1.5)\nJones,2002,30,4.8 (1.1)†,30,5.9 (1.2)\nKing,2003,15,n/a,15,–\nHall,2004,16,see text,15,4.1 (1.0)\n"
    )
    assert data(draft, "study", "mean_t", "sd_t", "mean_c")[1:] == [
        ("Jones 2002", "4.8", "1.1", "5.9"),
        ("King 2003", "", "", ""),
        ("Hall 2004", "", "", "4.1"),
    ]
    assert (
        "t.csv, row 5, column D (Ketamine mean (SD)): 'see text' is not the numbers that the column holds; the cell is left empty."
        in said(draft, "unread")
    )
    assert draft.rows[3]["note"] == "Ketamine mean (SD): see text"
    assert any("'n/a' was read as: not reported" in m for m in said(draft, "converted"))


def test_an_unlabelled_spread_is_read_as_an_sd_and_said(bring):
    draft = bring("study;n T;Mean T;n C;Mean C\nA;20;5.2 ± 1.3;21;6.0 ± 1.5\nB;30;4.8 ± 1.1;30;5.9 ± 1.2\n")
    assert data(draft, "mean_t", "pm_t", "pm_is") == [("5.2", "1.3", "sd"), ("4.8", "1.1", "sd")]
    assert any("pm_is: sd" in m for m in said(draft, "guessed"))


def test_people_without_the_event(bring):
    draft = bring("study,ai,bi,ci,di\nA,4,119,11,128\nB,6,300,29,274\n", measure="rr")
    assert data(draft, "events_t", "n_t", "events_c", "n_c") == [("4", "123", "11", "139"), ("6", "306", "29", "303")]
    assert draft.rows[0]["note"].startswith("n_t = 4 with and 119 without the event")
    assert next(iter(draft.analyses.values()))["measure"] == "RR"


def test_percentages_stand_in_for_counts_or_are_checked_against_them(bring):
    draft = bring("Study,N drug,Responders drug (%),N placebo,Responders placebo (%)\nA,20,45,21,28.6\nB,40,50,40,30\n")
    assert data(draft, "events_t", "events_c") == [("45%", "28.6%"), ("50%", "30%")]
    draft = bring("study;T n/N (%);C n/N (%)\nA;12/40 (30%);20/41 (49%)\nB;3/25 (12%);9/26 (45%)\n")
    assert data(draft, "events_c", "n_c") == [("20", "41"), ("9", "26")]
    assert [m for m in said(draft, "remark") if "%" in m] == [
        "t.csv, row 3: 9 of 26 are 34.6 %, and the table says 45 %; the counts were kept."
    ]
    draft = bring("study,n,prevalence\nA,200,0.125\nB,300,0.1\n")
    assert data(draft, "events", "n") == [("12.5%", "200"), ("10%", "300")]


def test_logarithms_become_ratios_that_lead_back_to_them(bring):
    draft = bring("Trial,log[Hazard Ratio],SE\nA,-0.22,0.10\nB,0.05,0.2\n")
    assert [math.log(float(r["effect"])) for r in draft.rows] == pytest.approx([-0.22, 0.05], abs=1e-15)
    assert data(draft, "se") == [("0.10",), ("0.2",)]
    assert next(iter(draft.analyses.values()))["measure"] == "GEN-LOG"
    assert "-0.22" in draft.rows[0]["note"]


@pytest.mark.parametrize(
    ("header", "rows", "measure", "wanted", "effect"),
    [
        ("study,yi,vi", ("A,-0.22,.1", "B,.05,.2"), None, "GEN", "-0.22"),
        ("study,yi,vi", ("A,-0.22,.1", "B,.05,.2"), "OR", "GEN-LOG", repr(math.exp(-0.22))),
        ("study,yi,vi", ("A,-0.22,.1", "B,.05,.2"), "SMD", "GEN", "-0.22"),
        ("study,OR,lower,upper", ("A,0.8,.5,1.28", "B,1.1,.9,1.34"), None, "GEN-LOG", "0.8"),
        ("study,OR,lower,upper", ("A,0.8,.5,1.28", "B,1.1,.9,1.34"), "OR", "GEN-LOG", "0.8"),
        ("study,effect,lower,upper", ("A,0.8,.5,1.28", "B,1.1,.9,1.344", "C,2,1,4"), None, "GEN-LOG", "0.8"),
        ("study,effect,lower,upper", ("A,0.8,.5,1.1", "B,1.1,.9,1.3", "C,2,1,3"), None, "GEN", "0.8"),
        ("study,RR,se", ("A,-0.8,.5", "B,1.1,.9"), None, "GEN", "-0.8"),
        ("study,MD,se", ("A,-0.8,.5", "B,1.1,.9"), None, "GEN", "-0.8"),
    ],
)
def test_ready_made_effects_and_their_scale(bring, header, rows, measure, wanted, effect):
    draft = bring("\n".join([header, *rows]), measure=measure)
    assert next(iter(draft.analyses.values()))["measure"] == wanted
    assert draft.rows[0]["effect"] == effect


def test_observed_minus_expected(bring):
    draft = bring("trial,O-E,V\nA,-1.8,14.5\nB,11.8,57.1\n")
    assert float(draft.rows[0]["effect"]) == pytest.approx(math.exp(-1.8 / 14.5), rel=1e-15)
    assert float(draft.rows[0]["se"]) == pytest.approx(1 / math.sqrt(14.5), rel=1e-15)
    assert next(iter(draft.analyses.values()))["measure"] == "GEN-LOG"


def test_one_row_for_each_arm(bring):
    draft = bring(
        "study,arm,events,n\nA 2001,ketamine,5,20\n,placebo,9,20\nB 2002,ketamine low,4,30\nB 2002,ketamine high,3,30\nB 2002,placebo,8,31\nC 2003,ketamine,2,11\n"
    )
    assert data(draft, "study", "comparison", "arm", "events_t", "n_c", "where") == [
        ("A 2001", "ketamine vs placebo", "", "5", "20", "rows 2 and 3"),
        ("B 2002", "ketamine low vs placebo", "B 2002 placebo", "4", "31", "rows 4 and 6"),
        ("B 2002", "ketamine high vs placebo", "B 2002 placebo", "3", "31", "rows 5 and 6"),
        ("C 2003", "", "", "", "", "row 7"),
    ]
    assert any("row 3" in m and "the study above" in m for m in said(draft, "guessed"))
    assert any("one arm only" in m for m in said(draft, "remark"))


def test_arms_of_which_no_name_says_the_control(bring):
    draft = bring("study,arm,mean,sd,n\nA,x,1,.1,20\nA,y,2,.1,20\nB,z,1,.2,21\nB,y,2,.2,21\n")
    assert data(draft, "comparison") == [("x vs y",), ("z vs y",)]
    assert any("'y' was taken in 2 of the studies" in m for m in said(draft, "guessed"))


def test_one_row_for_each_number(bring):
    head = "Study,Outcome,Arm,Measure,Value\n"
    rows = [f"{s},pain,{a},{m},{v}" for s, a, values in (("A", "Drug", "3.2 1.1 20"), ("A", "Placebo", "4.0 1.2 21"), ("B", "Drug", "3.0 1.0 30"), ("B", "Placebo", "3.9 1.3 29"))
            for m, v in zip(("Mean", "SD", "Total (N analyzed)"), values.split(), strict=True)]  # fmt: skip
    draft = bring(head + "\n".join([*rows, "B,pain,Placebo,Kurtosis,2.1"]))
    assert data(draft, "study", "outcome", "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c", "where") == [
        ("A", "pain", "3.2", "1.1", "20", "4.0", "1.2", "21", "rows 2 to 7"),
        ("B", "pain", "3.0", "1.0", "30", "3.9", "1.3", "29", "rows 8 to 14"),
    ]
    assert any("Kurtosis" in m and "2.1" in m for m in said(draft, "dropped"))


def test_outcomes_and_time_points_make_analyses(bring):
    draft = bring(
        "study,outcome,timepoint,yi,vi\nA,pain,1 week,.1,.2\nB,pain,1 week,.2,.2\nA,pain,4 weeks,.3,.2\nA,sleep,1 week,.1,.1\n"
    )
    assert [a["select"] for a in draft.analyses.values()] == [
        {"outcome": "pain", "timepoint": "1 week"}, {"outcome": "pain", "timepoint": "4 weeks"}, {"outcome": "sleep", "timepoint": "1 week"},
    ]  # fmt: skip
    assert list(draft.analyses) == ["pain-1-week", "pain-4-weeks", "sleep-1-week"]


def test_several_rows_of_one_study_are_told_apart(bring):
    draft = bring("study,yi,vi,country\nA,.1,.2,UK\nA,.2,.2,FR\nB,.3,.1,UK\n")
    assert data(draft, "study", "comparison") == [("A", "UK"), ("A", "FR"), ("B", "")]
    draft = bring("study,yi,vi\nA,.1,.2\nA,.2,.2\nB,.3,.1\n")
    assert data(draft, "study", "comparison") == [("A", "row 2"), ("A", "row 3"), ("B", "")]


def test_events_without_people_are_left_out_and_said(bring):
    draft = bring("study,ai,n1i,ci,n2i\nA,4,50,3,NR\nB,10,20,11,30\n")
    assert data(draft, "events_t", "events_c", "n_c") == [("4", "", ""), ("10", "11", "30")]
    assert "events_c 3" in draft.rows[0]["note"]
    assert any("events without the number of people" in m and "row 2" in m for m in said(draft, "dropped"))


def test_a_covariate_keeps_what_stands_in_it(bring):
    draft = bring("study,yi,vi,treatment level,dose\nA,.1,.2,NONE,5\nB,.2,.2,.,-\nC,.3,.1,NA,10\nD,.3,.1,HIGH,10\n")
    assert data(draft, "x_treatment_level", "x_dose") == [("NONE", "5"), (".", ""), ("", "10"), ("HIGH", "10")]


def test_a_table_of_judgements_only(bring):
    draft = bring("Study,Sequence generation,Allocation concealment\nA,Low,Unclear\nB,High risk,Low risk of bias\n")
    assert data(draft, "rob_sequence_generation", "rob_allocation_concealment") == [("low", "unclear"), ("high", "low")]
    assert draft.analyses == {}


def test_what_the_options_say_is_in_the_review(bring):
    draft = bring("study,yi,vi\nA,.1,.2\nB,.2,.2\n", title="Ketamine for pain", source="Smith 2021, Table 2")
    assert draft.title == "Ketamine for pain"
    assert draft.sources == [
        {"source": "table", "citation": "Smith 2021, Table 2", "read": "table", "note": "imported from t.csv"}
    ]
    with pytest.raises(InputError, match=r"--measure 'XX' is not known"):
        bring("study,yi,vi\nA,.1,.2\n", measure="XX")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("study,events_t,n_t,events_c,n_c\nA,3,40,5,41\nB,5-Dec,25,9,26\n", r"t.csv, row 3, column B \(events_t\): the cell holds the date '5-Dec'"),
        ("study,events_t,n_t,events_c,n_c\nA,50,40,15,45\n", r"row 2, column B \(events_t\): 50 events among 40 people \(study 'A'\)"),
        ("study,ai,n1i,ci,n2i\nA,5.5,40,15,45\n", r"column B \(ai\), which holds events_t: '5.5' is not a whole number of people"),
        ("study,mean T,sd T,n T,mean C,sd C,n C\nA,5,-1,40,6,1,45\n", r"column C \(sd T\), which holds sd_t: -1 is below 0"),
        ("study,OR,lower,upper\nA,5,6,7\n", r"column C \(lower\), which holds ci_low: ci_low = 6 is above effect = 5"),
        ("study,r,n\nA,1.2,40\n", r"column B \(r\): 1.2 is above 1"),
        ("item,price\nmilk,3.2\nbread,2.1\n", "none of the columns is known as data"),
        ("study,mean_t,sd_t,n_t,mean_c,sd_c,n_c\nA,1,5,1,2,20,2,0,1,1,20\nB,1.5,1.2,20,2.0,1.1,20\n", "the row has 11 cells, the headings 7"),
    ],
)  # fmt: skip
def test_what_cannot_be_right_is_refused_by_its_cell(bring, text, what):
    with pytest.raises(InputError, match=what):
        bring(text)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n", "this is a PDF"), (b"\x89PNG\r\n\x1a\n", "an image"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"old binary Office file"),
        (b"$FL2@(#) SPSS", "an SPSS data file"), (b"<stata_dta><header>", "a Stata data file"), (b"\x1f\x8b\x08\0", "gzip"), (b"RDX3\nX\n", "an R data file"),
        (b"<!DOCTYPE html><html><table>", "a web page"), (b'{"studies": []}', "JSON"), (b"", "empty"), (b"  \n\n", "empty"), (b"{\\rtf1\\ansi", "an RTF document"),
        (b"PK\x03\x04broken", "damaged"), (b"\\documentclass{article}", "LaTeX"), (b"study,yi\nA,0.\x001\n", "NUL"),
    ],
)  # fmt: skip
def test_files_that_are_no_table_are_refused_with_what_to_do(tmp_path, content, what):
    (tmp_path / "file.csv").write_bytes(content)
    with pytest.raises(InputError, match=what) as error:
        read_file(tmp_path / "file.csv")
    assert all(p.fix for p in error.value.problems)


def test_places_that_are_no_file(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        format_of(tmp_path / "x.csv")
    with pytest.raises(InputError, match="this is a folder"):
        format_of(tmp_path)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"study,yi\nA,1\n", "table"),
        (b'\xef\xbb\xbf"Comparison Number","Outcome Number","Name"\n', "revman-csv"),
        (b'<?xml version="1.0"?>\n<COCHRANE_REVIEW>', "revman5"),
    ],
)
def test_formats_are_told_by_content(tmp_path, content, kind):
    (tmp_path / "file.xls").write_bytes(content)
    assert format_of(tmp_path / "file.xls") == kind
