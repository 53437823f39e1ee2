"""What columns are taken for, from their headings, their neighbours and their cells."""

import pytest

from metaudit.imports.grid import text_grid
from metaudit.imports.grid_table import find_table
from metaudit.imports.guess import guess_mapping
from metaudit.imports.guess_names import heading, kind_of_row
from metaudit.imports.options import Options
from metaudit.imports.srdr import unfold

FILLED = {
    "text": ["Smith 2001", "Jones 2004", "King 2009"],
    "whole": ["12", "15", "20"],
    "part": ["3.4", "2.25", "-1.1"],
    "year": ["2001", "2004", "2009"],
}


def guess(text, **options):
    table = unfold(find_table(text_grid(text, "t.csv")[0]))
    mapping, notices = guess_mapping(table, Options(**options))
    return mapping, notices


def roles(header, *rows):
    mapping, _ = guess("\n".join([header, *rows]))
    return {c.name: "+".join(c.roles) for c in mapping.columns}


def of_headings(headings):
    """Roles of columns that hold three studies: counts where the heading begins with a sign of one, else decimals."""
    kinds = ["text", *("whole" if h.startswith("#") else "part" for h in headings[1:])]
    names = [h.lstrip("#") for h in headings]
    rows = [";".join(FILLED[k][i] for k in kinds) for i in range(3)]
    return list(roles(";".join(names), *rows).values())


@pytest.mark.parametrize(
    ("headings", "wanted"),
    [
        # metafor's escalc
        (["study", "#ai", "#bi", "#ci", "#di"], ["study", "events_t", "nonevents_t", "events_c", "nonevents_c"]),
        (["slab", "#ai", "#n1i", "#ci", "#n2i"], ["study", "events_t", "n_t", "events_c", "n_c"]),
        (["study", "m1i", "sd1i", "#n1i", "m2i", "sd2i", "#n2i"], ["study", "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"]),
        (["study", "#x1i", "t1i", "#x2i", "t2i"], ["study", "events_t", "time_t", "events_c", "time_c"]),
        (["study", "ri", "#ni"], ["study", "r", "n"]),
        (["study", "#xi", "#ni"], ["study", "events", "n"]),
        (["study", "mi", "sdi", "#ni"], ["study", "mean", "sd", "n"]),
        (["study", "yi", "vi"], ["study", "effect", "variance"]),
        (["study", "yi", "sei"], ["study", "effect", "se"]),
        (["study", "m1i", "m2i", "sd1i", "sd2i", "#ni", "ri"], ["study", "mean_t", "mean_c", "sd_t", "sd_c", "n_pairs", "r_pre_post"]),
        # meta
        (["studlab", "#event.e", "#n.e", "#event.c", "#n.c"], ["study", "events_t", "n_t", "events_c", "n_c"]),
        (["studlab", "#n.e", "mean.e", "sd.e", "#n.c", "mean.c", "sd.c"], ["study", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"]),
        (["studlab", "TE", "seTE"], ["study", "effect", "se"]),
        (["studlab", "#event", "#n"], ["study", "events", "n"]),
        (["studlab", "cor", "#n"], ["study", "r", "n"]),
        (["Author", "#Ne", "Me", "Se", "#Nc", "Mc", "Sc"], ["author", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"]),
        # Stata, CMA, JASP
        (["trial", "#n11", "#n12", "#n21", "#n22"], ["study", "events_t", "nonevents_t", "events_c", "nonevents_c"]),
        (["_meta_studylabel", "_meta_es", "_meta_se", "_meta_cil", "_meta_ciu"], ["study", "effect", "se", "ci_low", "ci_high"]),
        (["study", "_ES", "_seES", "_LCI", "_UCI"], ["study", "effect", "se", "ci_low", "ci_high"]),
        (["Study name", "Hedges's g", "Std err", "Variance", "Lower limit", "Upper limit"], ["study", "effect", "se", "variance", "ci_low", "ci_high"]),
        (["Study", "Effect Size", "Standard Error"], ["study", "effect", "se"]),
        # headings in words
        (["Study or Subgroup", "#Experimental Events", "#Experimental Total", "#Control Events", "#Control Total"], ["study", "events_t", "n_t", "events_c", "n_c"]),
        (["Study", "#Events 1", "#Total 1", "#Events 2", "#Total 2"], ["study", "events_t", "n_t", "events_c", "n_c"]),
        (["Trial", "#deaths (vaccine)", "#N vaccine", "#deaths (placebo)", "#N placebo"], ["study", "events_t", "n_t", "events_c", "n_c"]),
        (["Study", "#No. of patients, treatment", "Mean, treatment", "Standard deviation, treatment", "#No. of patients, control", "Mean, control", "Standard deviation, control"],
         ["study", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"]),
        (["Auteur", "#Effectif traitement", "Moyenne traitement", "Écart-type traitement", "#Effectif témoin", "Moyenne témoin", "Écart-type témoin"],
         ["author", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"]),
        (["étude", "#nT", "meanT", "sdT", "#nC", "meanC", "sdC"], ["study", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"]),
        (["study", "#xt", "#nt", "#xc", "#nc"], ["study", "events_t", "n_t", "events_c", "n_c"]),
        (["study", "mean_1", "se_1", "#n_1", "mean_2", "se_2", "#n_2"], ["study", "mean_t", "se_t", "n_t", "mean_c", "se_c", "n_c"]),
        # groups named by what they got
        (["study", "#n ketamine", "mean ketamine", "sd ketamine", "#n placebo", "mean placebo", "sd placebo"], ["study", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c"]),
        (["study", "#No_brain_n", "No_brain_m", "No_brain_s", "#Brain_n", "Brain_m", "Brain_s"], ["study", "n_c", "mean_c", "sd_c", "n_t", "mean_t", "sd_t"]),
        # ready-made effects
        (["study", "log[Hazard Ratio]", "SE"], ["study", "log_effect", "se"]),
        (["study", "lnOR", "SE lnOR"], ["study", "log_effect", "se"]),
        (["study", "LOR1", "varLOR"], ["study", "log_effect", "variance"]),
        (["study", "SMD", "95% CI lower", "95% CI upper"], ["study", "effect", "ci_low", "ci_high"]),
        (["study", "Hedges g", "variance of g"], ["study", "effect", "variance"]),
        (["trial", "O-E", "V"], ["study", "oe", "oe_variance"]),
    ],
    ids=lambda h: ", ".join(h)[:60],
)  # fmt: skip
def test_known_names(headings, wanted):
    assert of_headings(headings) == wanted


def test_cells_tell_what_a_heading_leaves_out():
    assert roles("study,drug,placebo", "A,12/40,20/41", "B,3/25,9/26") == {
        "study": "study",
        "drug": "events_t+n_t",
        "placebo": "events_c+n_c",
    }
    assert roles("study;OR (95% CI)", "A;0.86 (0.70, 1.05)", "B;1.2 (0.8 to 1.8)") == {
        "study": "study",
        "OR (95% CI)": "effect+ci_low+ci_high",
    }
    found = roles("study;n T;Mean (SD) T;n C;Mean (SD) C", "A;20;5.2 (1.3);21;6.0 (1.5)", "B;30;4.8 (1.1);30;5.9 (1.2)")
    assert list(found.values()) == ["study", "n_t", "mean_t+sd_t", "n_c", "mean_c+sd_c"]
    found = roles("study;n T;Mean T;n C;Mean C", "A;20;5.2 ± 1.3;21;6.0 ± 1.5", "B;30;4.8 ± 1.1;30;5.9 ± 1.2")
    assert list(found.values()) == ["study", "n_t", "mean_t+pm_t", "n_c", "mean_c+pm_c"]
    found = roles("study;T n/N (%);C n/N (%)", "A;12/40 (30%);20/41 (49%)", "B;3/25 (12%);9/26 (35%)")
    assert list(found.values()) == ["study", "events_t+n_t+percent_t", "events_c+n_c+percent_c"]
    found = roles(
        "study;N T;T median (IQR);N C;C median (IQR)", "A;20;5 (3-8);21;6 (4-9)", "B;25;4.5 (3–7);24;6 (4–10)"
    )
    assert list(found.values()) == ["study", "n_t", "median_t+q1_t+q3_t", "n_c", "median_c+q1_c+q3_c"]


def test_people_without_the_event_or_group_sizes_is_decided_by_content_and_said():
    _, notices = guess("study,ai,bi,ci,di\nA,40,5,3,60\nB,10,20,11,30\n")
    assert [n.message for n in notices if "without the event" in n.message] == [
        "bi and di are people without the event, not group sizes: 1 of 4 are below the events beside them."
    ]
    _, notices = guess("study,ai,bi,ci,di\nA,4,50,3,60\nB,10,20,11,30\n")
    assert "could be group sizes too" in next(n.message for n in notices if "without the event" in n.message)


def test_studies_are_named_by_words_not_by_numbers():
    assert roles("trial,author,year,yi,vi", "1,Smith,2001,.1,.2", "2,Smith,2004,.1,.3")["author"] == "author"
    assert roles("trial,author,year,yi,vi", "1,Smith,2001,.1,.2", "2,Smith,2004,.1,.3")["trial"] == "x_trial"
    assert roles("id,label,yi,vi", "1,Alpha,.1,.2", "2,Beta,.1,.3")["label"] == "study"


def test_an_effect_beside_its_data_is_what_the_table_prints():
    found = roles(
        "study,ai,n1i,ci,n2i,OR,ci low,ci high,weight", "A,4,50,3,60,1.6,.4,7,40", "B,10,20,11,30,1.7,.5,5.4,60"
    )
    assert list(found.values())[5:] == ["printed_effect", "printed_ci_low", "printed_ci_high", "printed_weight"]
    assert roles("study,ai,n1i,ci,n2i,yi,vi", "A,4,50,3,60,.5,.4", "B,10,20,11,30,.5,.3")["yi"] == "x_yi"


def test_outcomes_side_by_side():
    mapping, notices = guess(
        "study,pain mean T,pain sd T,pain mean C,pain sd C,sleep mean T,sleep sd T,sleep mean C,sleep sd C,n T,n C\n"
        "A,1.1,.2,2.1,.3,5,1,6,1,20,20\nB,1.2,.2,2.2,.3,5.5,1,6.5,1,30,30\n"
    )
    assert {c.outcome for c in mapping.columns} == {"", "pain", "sleep"}
    assert any("outcomes stand side by side: pain, sleep" in n.message for n in notices)


def test_one_row_for_each_arm_and_one_for_each_number():
    arms, _ = guess("study,treatment,events,n\nA,drug,5,20\nA,placebo,9,20\nB,drug,3,30\nB,placebo,8,31\n")
    assert arms.layout == "arms"
    numbers, _ = guess("Study,Arm,Measure,Value\nA,drug,Mean,3.2\nA,drug,SD,1\nA,placebo,Mean,4\nA,placebo,SD,1.1\n")
    assert numbers.layout == "statistics"


def test_arms_that_stand_side_by_side_under_numbers():
    mapping, _ = guess(
        "study,t1,y1,sd1,n1,t2,y2,sd2,n2\nA,drug,1.1,.2,20,placebo,2,.3,21\nB,other,1.3,.2,25,placebo,2,.3,22\n"
    )
    assert mapping.layout == "arms"
    assert [c.roles for c in mapping.columns] == [("study",), ("arm_name",), ("mean",), ("sd",), ("n",)]


def test_what_cells_cannot_be_is_not_guessed():
    found = roles("study,events,n,year,weight", "A,3,40,1990,120.5", "B,5,41,second,340")
    assert found["year"] == "x_year"
    assert found["weight"] == "x_weight"
    assert roles("study,yi,vi,s1,time", "A,.1,.2,4,12", "B,.3,.2,5,24")["time"] == "x_time"
    assert roles("study,yi,vi,level", "A,.1,.2,low", "B,.3,.2,high")["level"] == "x_level"


def test_judgements_of_bias():
    found = roles(
        "study,yi,vi,Allocation concealment,Overall", "A,.1,.2,Low risk,High risk", "B,.3,.2,Unclear risk,Low risk"
    )
    assert found["Allocation concealment"] == "rob_allocation_concealment"
    assert found["Overall"] == "rob_overall"


def test_columns_that_cannot_be_used_say_why():
    mapping, _ = guess("study,yi,vi,empty,abstract\nA,.1,.2,," + "long text " * 30 + "\nB,.3,.2,,x\n")
    assert {c.name: c.drop for c in mapping.columns if c.drop} == {
        "empty": "the column is empty",
        "abstract": "free text or an identifier, which no analysis uses",
    }


@pytest.mark.parametrize(
    ("text", "statistics", "arm"),
    [
        ("n.ctrl", ("n",), "c"), ("b.xti", ("events",), "t"), ("sdc", ("sd",), "c"), ("Total (N analyzed)", ("n",), ""), ("95% CI low (OR)", ("ci_low",), ""),
        ("tdeath", ("events",), "t"), ("mean age", ("mean",), ""), ("Intervention group Mean", ("mean",), "t"), ("R2", (), ""), ("country", (), ""),
    ],
)  # fmt: skip
def test_headings_taken_apart(text, statistics, arm):
    assert (heading(text).statistics, heading(text).arm) == (statistics, arm)


@pytest.mark.parametrize(
    ("label", "kind"),
    [("Total", "total"), ("Total (95% CI)", "total"), ("Overall (I² = 43%)", "total"), ("Random effects model", "total"), ("Subtotal (95% CI)", "subtotal"),
     ("Heterogeneity: Tau² = 0", "test"), ("Test for overall effect: Z = 2", "test"), ("* one centre", "footnote"), ("Note: adjusted for age", "footnote"),
     ("Totalrevaluation 2001", ""), ("Smith 2001", ""), ("Summers 2004", ""), ("Overgaard 2010", ""), ("Noteworthy et al. 2001", "")],
)  # fmt: skip
def test_rows_that_are_no_study(label, kind):
    assert kind_of_row(label) == kind


def test_counts_under_the_name_of_what_was_counted():
    mapping, notices = guess("study,trt,exac,total\nA,drug,5,20\nA,placebo,9,20\nB,drug,3,30\nB,placebo,8,31\n")
    assert {c.name: c.roles for c in mapping.columns}["exac"] == ("events",)
    assert any("'exac' was read as the number of people with the event" in n.message for n in notices)
    mapping, _ = guess("trial,nt,nc,mi_t,mi_c,stroke_t,stroke_c,age\nA,20,21,3,5,1,2,60\nB,30,31,4,6,0,2,61\n")
    assert {c.name: (c.roles, c.outcome) for c in mapping.columns}["mi_c"] == (("events_c",), "mi")
    assert {c.name: (c.roles, c.outcome) for c in mapping.columns}["stroke_t"] == (("events_t",), "stroke")
    mapping, _ = guess("study,trt,visits,total\nA,drug,25,20\nA,placebo,9,20\nB,drug,3,30\nB,placebo,8,31\n")
    assert {c.name: c.roles for c in mapping.columns}["visits"] == ("x_visits",)


def test_an_r_above_one_is_a_count():
    assert (
        roles("study,treatment,r,N", "A,drug,4,20", "A,placebo,9,21", "B,drug,2,20", "B,placebo,5,21")["r"] == "events"
    )
    assert roles("study,r,N", "A,.4,20", "B,1,21")["r"] == "r"


def test_a_small_n_beside_a_capital_one_is_the_number_with_the_event():
    assert roles("study,drug n,drug N,placebo n,placebo N", "A,4,20,5,21", "B,6,30,7,31") == {
        "study": "study", "drug n": "events_t", "drug N": "n_t", "placebo n": "events_c", "placebo N": "n_c",
    }  # fmt: skip


def test_one_number_of_each_arm_in_a_cell():
    assert (
        roles(
            "study,N (drug/placebo),Mean drug,Mean placebo,SD drug,SD placebo", "A,20/21,1,2,.1,.2", "B,30/31,1,2,.1,.2"
        )["N (drug/placebo)"]
        == "n_t+n_c"
    )


def test_contrasts_of_a_network():
    found = roles("studlab,treat1,treat2,TE,seTE", "A,x,p,-.2,.1", "B,y,p,-.3,.1")
    assert (found["treat1"], found["treat2"]) == ("arm_name", "control_name")


def test_three_groups_side_by_side():
    mapping, _ = guess(
        "Study,drugA n,drugA events,drugB n,drugB events,placebo n,placebo events\nA,20,3,21,4,22,8\nB,20,2,21,5,22,9\n"
    )
    assert mapping.layout == "arms"
    assert {c.name: c.roles for c in mapping.columns} == {
        "Study": ("study",),
        "Arm": ("arm_name",),
        "n": ("n",),
        "events": ("events",),
    }


def test_a_ratio_beside_its_logarithm():
    found = roles("study,or,or.lb,or.ub,yi,vi", "A,1.2,.9,1.6,.18,.02", "B,1.1,.8,1.5,.1,.03")
    assert [found[c] for c in ("or", "or.lb", "or.ub", "yi", "vi")] == ["effect", "ci_low", "ci_high", "x_yi", "x_vi"]


def test_a_statistic_that_lacks_its_like_is_a_covariate():
    assert roles("study,yi,vi,cases,mean age", "A,.1,.2,12,60.5", "B,.2,.2,15,61.2")["cases"] == "x_cases"
