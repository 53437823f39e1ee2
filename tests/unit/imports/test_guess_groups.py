"""Groups side by side: two are compared, a third is asked for or becomes a comparison of its own, and levels name groups."""

import pytest

from metaudit.errors import InputError
from metaudit.imports.detect import read_file
from metaudit.imports.guess_names import heading
from metaudit.imports.options import Options

MEANS = ("mean", "sd", "n")


@pytest.fixture
def bring(tmp_path, monkeypatch):
    """Read a table of two studies, whose columns hold counts, or decimals where the heading says mean or SD."""
    monkeypatch.chdir(tmp_path)

    def run(header, cells=None, **options):
        lines = [header]
        for i, study in enumerate(("Adams 2001", "Brown 2004")):
            row = [
                f"{4 + i + j}.{j}" if _decimal(h) else str(10 * (i + 1) + j) for j, h in enumerate(header.split(","))
            ]
            lines.append(",".join([study, *(cells or row[1:])]))
        (tmp_path / "t.csv").write_text("\n".join(lines) + "\n")
        return read_file(tmp_path / "t.csv", Options(**options))

    return run


def _decimal(name):
    return any(word in name.lower() for word in ("mean", "sd", "m1i", "m2i", "m3i"))


def of(names, *groups):
    return ",".join(["study", *(f"{g} {n}" for g in groups for n in names)])


def refusal(bring, header, **kwargs):
    with pytest.raises(InputError) as caught:
        bring(header, **kwargs)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    "header",
    [
        of(MEANS, "Arm A", "Arm B", "Arm C"),
        of(("events", "n"), "Treatment", "Placebo", "Usual care"),
        "study,mean1,sd1,n1,mean2,sd2,n2,mean3,sd3,n3",
        "study,m1i,sd1i,n1i,m2i,sd2i,n2i,m3i,sd3i,n3i",
        "study,r1,n1,r2,n2,r3,n3",
        "study,event.e,n.e,event.c,n.c,event.p,n.p",
        "study,meanT1,sdT1,nT1,meanT2,sdT2,nT2,meanC,sdC,nC",
    ],
)
def test_a_third_group_is_asked_for_not_left_out(bring, header):
    problem = refusal(bring, header)
    assert (problem.rule, problem.row) == ("third-group", 1)
    assert "which groups are compared is not clear" in problem.message
    assert problem.column in header
    assert "--mapping mapping.yaml" in problem.fix


def test_a_third_group_is_seen_by_its_cells_too(bring):
    assert refusal(bring, "study,drug,active,placebo", cells=["12/40", "9/41", "15/42"]).rule == "third-group"


def test_a_mapping_settles_which_groups_are_compared(bring, tmp_path):
    header = of(("events", "n"), "Arm A", "Arm B", "Arm C")
    roles = {
        "study": "study",
        "Arm A events": "events_t",
        "Arm A n": "n_t",
        "Arm C events": "events_c",
        "Arm C n": "n_c",
    }
    lines = [f'  "{c}": {roles.get(c, "{drop: not compared}")}' for c in header.split(",")]
    (tmp_path / "m.yaml").write_text("columns:\n" + "\n".join(lines) + "\n")
    rows = bring(header, mapping=tmp_path / "m.yaml").rows
    assert [(r["events_t"], r["events_c"]) for r in rows] == [("11", "15"), ("21", "25")]


@pytest.mark.parametrize(
    "header",
    [
        of(MEANS, "Treatment", "Control") + ",Mean age,SD age,Mean BMI,SD BMI",
        of(MEANS, "Treatment", "Control") + ",age mean T,age SD T,age mean C,age SD C",
        of(("events", "n"), "Treatment", "Control") + ",adverse events,dropouts n",
    ],
)
def test_covariates_are_no_third_group(bring, header):
    assert all(row.get("n_t") and row.get("n_c") for row in bring(header).rows)


def test_two_treatments_and_a_control_are_two_comparisons(bring):
    draft = bring(of(("events", "n"), "Active", "Experimental", "Placebo"))
    assert [(r["comparison"], r["events_t"], r["events_c"]) for r in draft.rows[:2]] == [
        ("Active vs Placebo", "11", "15"),
        ("Experimental vs Placebo", "13", "15"),
    ]
    assert len({r["arm"] for r in draft.rows[:2]}) == 1
    assert any("3 arms stand side by side" in n.message for n in draft.notices)


@pytest.mark.parametrize("names", [("Low dose", "High dose"), ("High intensity", "Low intensity"), ("lower", "upper")])
@pytest.mark.parametrize("statistics", [("events", "n"), MEANS])
def test_of_two_levels_the_higher_is_the_treatment_and_that_is_said(bring, names, statistics):
    draft = bring(of(statistics, *names))
    main = statistics[0]
    first, second = draft.rows[0][f"{main}_t"], draft.rows[0][f"{main}_c"]
    upper_first = names[0].startswith("High")
    assert (float(first) < float(second)) == upper_first  # cells grow from column to column
    said = [n for n in draft.notices if "the headings name the groups" in n.message]
    assert len(said) == 1
    assert "exchange _t and _c in mapping.yaml" in said[0].fix


def test_two_levels_beside_a_placebo_are_two_treatments(bring):
    rows = bring(of(("events", "n"), "Low dose", "High dose", "Placebo")).rows
    assert [r["comparison"] for r in rows[:2]] == ["Low dose vs Placebo", "High dose vs Placebo"]


def test_levels_are_limits_where_no_other_statistic_stands(bring):
    assert heading("low").statistics == ("ci_low",)
    assert heading("95% CI upper").statistics == ("ci_high",)
    assert heading("Mean (low-high)").statistics == ("mean", "ci_low", "ci_high")
    assert heading("Low dose events").statistics == ("events",)


@pytest.mark.parametrize(
    ("times", "labels"),
    [(("Baseline", "Post"), ["baseline", "post"]), (("Pre", "6 weeks"), ["pre", "6 weeks"])],
)
def test_a_point_in_time_is_no_arm_beside_one(bring, times, labels):
    header = ",".join(["study", "n T", "n C", *(f"{t} {s} {a}" for a in "TC" for t in times for s in ("mean", "SD"))])
    rows = bring(header).rows
    assert [r["outcome"] for r in rows[:2]] == labels
    # T: columns 3 to 6, C: columns 7 to 10; each time compares its own columns
    assert [(r["mean_t"], r["mean_c"]) for r in rows[:2]] == [("7.3", "11.7"), ("9.5", "13.9")]
