"""SRDR+: the compact export (one row for each number) and the advanced one (arms side by side), with columns as they come.

The headings are those of its export jobs (SRDR+ is open source); the numbers are made up.
"""

import pytest

from metaudit.drafts import write_draft
from metaudit.formats.review import read_review
from metaudit.imports.detect import read_file
from metaudit.imports.options import Options

openpyxl = pytest.importorskip("openpyxl")
INFO = [
    "Extraction ID",
    "Consolidated",
    "Username",
    "Citation ID",
    "Citation Name",
    "RefMan",
    "PMID",
    "Authors",
    "Publication Date",
    "Key Questions",
]
OUTCOME = ["Outcome", "Outcome Description", "Outcome Type", "Population", "Digest", "Timepoint", "Timepoint Unit"]
STUDIES = [(11, "false", "jd", 7, "A trial of a drug in people with pain and without", "", 123, "Ang B, Chen D, Doe J", 2010, "KQ1"),
           (12, "false", "jd", 8, "Another trial of the same drug", "", 124, "Bell A", 2011, "KQ1")]  # fmt: skip


@pytest.fixture
def bring(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(sheets, **options):
        work = openpyxl.Workbook()
        work.remove(work.active)
        for name, rows in sheets.items():
            sheet = work.create_sheet(name)
            for row in rows:
                sheet.append(list(row))
        work.save(tmp_path / "project_1.xlsx")
        draft = read_file(tmp_path / "project_1.xlsx", Options(**options))
        write_draft(draft, tmp_path / "out", overwrite=True)
        read_review(tmp_path / "out")
        return draft

    return run


def data(draft, *names):
    return [tuple(r.get(n, "") for n in names) for r in draft.rows]


def outcome(name="pain", kind="Continuous"):
    return (name, "", kind, "All Participants", "0cc175b9c0f1b6a831c399e269772661", "4", "weeks")


def advanced(studies=STUDIES, arms=(("Drug", 3.2, 1.1, 20), ("Placebo", 4.0, 1.2, 21))):
    block = ["Total (N analyzed)", "Mean", "SD"]
    head = [*INFO, *OUTCOME, "Arm Name 1", "Arm Description 1", *block, "Arm Name 2", "Arm Description 2", *block]
    rows = [
        [*study, *outcome(), *(x for name, mean, sd, n in arms for x in (name, "", n, mean, sd))] for study in studies
    ]
    return [head, *rows]


def test_the_advanced_export(bring):
    draft = bring(
        {
            "Project Information": [["Project Information:"], ["Name", "Pain"]],
            "Continuous - Desc. Statistics": advanced(),
        }
    )
    assert data(
        draft, "study", "year", "outcome", "timepoint", "comparison", "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"
    ) == [
        ("Ang B et al. 2010", "2010", "pain", "4 weeks", "Drug vs Placebo", "3.2", "1.1", "20", "4", "1.2", "21"),
        ("Bell A 2011", "2011", "pain", "4 weeks", "Drug vs Placebo", "3.2", "1.1", "20", "4", "1.2", "21"),
    ]
    assert {r["where"] for r in draft.rows} == {
        "sheet Continuous - Desc. Statistics, row 2",
        "sheet Continuous - Desc. Statistics, row 3",
    }


def test_an_advanced_export_whose_arms_are_in_another_order(bring):
    draft = bring({"Continuous - Desc. Statistics": advanced(arms=(("Placebo", 4.0, 1.2, 21), ("Drug", 3.2, 1.1, 20)))})
    assert data(draft, "comparison", "mean_t", "mean_c")[0] == ("Drug vs Placebo", "3.2", "4")


def test_the_compact_export(bring):
    head = [*INFO, *OUTCOME, "Arm", "Arm Description", "Measure", "Value"]
    rows = [[*study, *outcome("death", "Categorical"), arm, "", measure, value] for study in STUDIES
            for arm, values in (("Drug", (5, 20)), ("Placebo", (9, 21))) for measure, value in zip(("Events", "Total (N analyzed)"), values, strict=True)]  # fmt: skip
    draft = bring({"Desc. Statistics": [head, *rows]})
    assert data(draft, "study", "outcome", "events_t", "n_t", "events_c", "n_c") == [
        ("Ang B et al. 2010", "death", "5", "20", "9", "21"), ("Bell A 2011", "death", "5", "20", "9", "21"),
    ]  # fmt: skip


def test_a_consolidated_extraction_takes_the_place_of_its_parts(bring):
    studies = [STUDIES[0], (13, "true", "lead", *STUDIES[0][3:]), STUDIES[1]]
    draft = bring({"Continuous - Desc. Statistics": advanced(studies)})
    assert [r["where"].rpartition(" ")[2] for r in draft.rows] == ["3", "4"]
    assert any("the consolidated one of the study is read" in n.message for n in draft.notices)


def test_populations_are_subgroups(bring):
    rows = advanced()
    rows.append([*rows[1][:13], "Women", *rows[1][14:]])
    draft = bring({"Continuous - Desc. Statistics": rows})
    assert data(draft, "study", "x_subgroup")[-1] == ("Ang B et al. 2010", "Women")


def test_sheets_of_categorical_and_continuous_outcomes_are_asked_for(bring):
    with pytest.raises(ValueError, match="several sheets hold tables of studies"):
        bring({"Continuous - Desc. Statistics": advanced(), "Categorical - Desc. Statistics": advanced()})
    assert (
        len(
            bring(
                {"Continuous - Desc. Statistics": advanced(), "Categorical - Desc. Statistics": advanced()},
                sheet="Continuous - Desc. Statistics",
            ).rows
        )
        == 2
    )


def three_armed(*arms, study=STUDIES[0]):
    block = ["Total (N analyzed)", "Mean", "SD"]
    head = [*INFO, *OUTCOME, *(x for k in (1, 2, 3) for x in (f"Arm Name {k}", f"Arm Description {k}", *block))]
    return [head, [*study, *outcome(), *(x for name, mean, sd, n in arms for x in (name, "", n, mean, sd))]]


THREE = (("Low dose", 3.2, 1.1, 20), ("High dose", 3.0, 1.1, 22), ("Placebo", 4.0, 1.2, 21))


def test_a_control_that_several_treatments_share_is_said(bring):
    draft = bring({"Continuous - Desc. Statistics": three_armed(*THREE)})
    assert data(draft, "comparison", "arm", "n_c") == [
        ("Low dose vs Placebo", "Ang B, Chen D, Doe J 2010 Placebo", "21"),
        ("High dose vs Placebo", "Ang B, Chen D, Doe J 2010 Placebo", "21"),
    ]
    (said,) = [n for n in draft.notices if "one and the same control ('Placebo')" in n.message]
    assert "Ang B, Chen D, Doe J 2010" in said.message
    assert "more than once" in said.fix
    assert not any("one and the same control" in n.message for n in bring({"Sheet": advanced()}).notices)


def test_two_controls_of_a_study_are_said(bring):
    arms = (THREE[0], ("Usual care", 4.1, 1.0, 25), THREE[2])
    draft = bring({"Continuous - Desc. Statistics": three_armed(*arms)})
    said = [n.message for n in draft.notices if "more than one arm is a control" in n.message]
    assert len(said) == 1
    assert "('Usual care' and 'Placebo'); 'Usual care' was taken" in said[0]


def test_two_arms_of_one_name_are_refused_in_the_users_own_file(bring):
    arms = (("Drug", 3.2, 1.1, 20), ("Drug", 3.0, 1.1, 22), THREE[2])
    with pytest.raises(ValueError, match="nothing tells apart two results") as caught:
        bring({"Continuous - Desc. Statistics": three_armed(*arms)})
    (problem,) = caught.value.problems
    assert (problem.file, problem.row) == ("project_1.xlsx, sheet Continuous - Desc. Statistics", 2)
    assert "different" in problem.fix


def test_a_control_that_stands_twice_with_other_numbers_is_refused(bring):
    arms = (THREE[0], ("Placebo", 4.1, 1.0, 25), THREE[2])
    with pytest.raises(ValueError, match="'Placebo' twice, with different numbers") as caught:
        bring({"Continuous - Desc. Statistics": three_armed(*arms)})
    assert caught.value.problems[0].file.startswith("project_1.xlsx")


def test_an_arm_that_stands_twice_with_the_same_numbers_is_read_once_and_that_is_said(bring):
    rows = three_armed(*THREE)
    draft = bring({"Continuous - Desc. Statistics": [*rows, rows[1]]})
    assert data(draft, "comparison") == [("Low dose vs Placebo",), ("High dose vs Placebo",)]
    (said,) = [n for n in draft.notices if "stands there again with the same numbers" in n.message]
    assert said.place.endswith("row 3")
    assert "'Placebo' of 'Ang B, Chen D, Doe J 2010'" in said.message


def test_citations_of_the_same_authors_and_year_are_two_studies(bring):
    other = (12, "false", "jd", 8, "A second trial", "", 124, "Ang B, Chen D, Doe J", 2010, "KQ1")
    draft = bring({"Continuous - Desc. Statistics": advanced([STUDIES[0], other])})
    assert data(draft, "study", "mean_t") == [("Ang B et al. 2010a", "3.2"), ("Ang B et al. 2010b", "3.2")]
    assert any("2 citations (7, 8)" in n.message for n in draft.notices)
