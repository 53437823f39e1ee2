"""``metaudit import`` as a person uses it: what is printed, what is written, and the exit codes."""

import json
import re

import pytest
from typer.testing import CliRunner

from metaudit.cli import app

TABLE = "author,year,ai,n1i,ci,n2i,alloc\nAronson,1948,4,123,11,139,random\nFerguson,1949,6,306,29,303,random\nRosenthal,1960,3,231,11,220,random\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bcg.csv").write_text(TABLE)

    def call(*args, code=0):
        result = CliRunner().invoke(app, list(args))
        assert result.exit_code == code, result.output
        return result

    return call


def test_from_a_table_to_an_audit(run, tmp_path):
    said = run("import", "bcg.csv", "colditz", "--measure", "RR", "--title", "BCG vaccine").stdout
    assert said.startswith("bcg.csv: 3 rows, 1 analysis, 0 claims.")
    assert re.search(r"^ai +events_t +a name of metafor escalc, 2x2 table", said, flags=re.MULTILINE)
    assert re.search(r"^bcg-vaccine +RR +3 +BCG vaccine", said, flags=re.MULTILINE)
    assert "metaudit check colditz" in said
    assert sorted(p.name for p in (tmp_path / "colditz").glob("*.*")) == [
        ".schema",
        "claims.csv",
        "extraction.csv",
        "mapping.yaml",
        "notices.md",
        "review.yaml",
        "sources.csv",
    ]
    assert "no problem in 3 rows" in run("check", "colditz").stdout
    run("audit", "colditz")


def test_the_mapping_of_a_dry_run_can_be_edited_and_given(run, tmp_path):
    shown = run("import", "bcg.csv", "--dry-run")
    assert not (tmp_path / "bcg").exists()
    (tmp_path / "m.yaml").write_text(shown.stdout.replace('"alloc": x_alloc', '"alloc": {drop: all alike}'))
    run("import", "bcg.csv", "out", "--mapping", "m.yaml")
    assert "x_alloc" not in (tmp_path / "out" / "extraction.csv").read_text()
    assert "all alike" in (tmp_path / "out" / "notices.md").read_text()


def test_a_table_that_is_not_understood_can_still_be_mapped(run, tmp_path):
    (tmp_path / "odd.csv").write_text("wer,A,B\nMeier,1.5,0.2\nHuber,1.7,0.3\n")
    refused = run("import", "odd.csv", "out", code=2)
    assert "none of the columns is known as data" in refused.stderr
    assert not (tmp_path / "out").exists()
    shown = run("import", "odd.csv", "--dry-run").stdout
    text = re.sub(r'"A": \S+', '"A": effect', re.sub(r'"B": \S+', '"B": se', shown))
    (tmp_path / "m.yaml").write_text(text)
    run("import", "odd.csv", "out", "--mapping", "m.yaml")
    assert "1.5,0.2" in (tmp_path / "out" / "extraction.csv").read_text()


def test_json(run):
    found = json.loads(run("import", "bcg.csv", "out", "--json").stdout)
    assert (found["rows"], found["claims"], found["folder"]) == (3, 0, "out")
    assert {n["kind"] for n in found["notices"]} >= {"guessed", "remark"}
    found = json.loads(run("import", "bcg.csv", "--dry-run", "--json").stdout)
    assert {c["column"]: c["as"] for c in found["mapping"]}["ai"] == ["events_t"]


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (("nowhere.csv", "out"), "nowhere.csv: there is no such file"),
        (("bcg.csv",), "no folder is named"),
        (("bcg.csv", "a_b"), "'a_b' is none"),
        (("bcg.csv", "out", "--decimal", ";"), "no decimal sign"),
        (("bcg.csv", "out", "--measure", "risk"), "--measure 'risk' is not known"),
        (("bcg.csv", "out", "--mapping", "x.yaml"), "x.yaml: there is no such file"),
        (("bcg.csv", "out", "--encoding", "klingon"), "not the name of an encoding"),
    ],
)
def test_what_is_refused(run, tmp_path, args, what):
    refused = run("import", *args, code=2)
    assert what in refused.stderr
    assert not refused.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bcg.csv"]


def test_a_folder_that_holds_a_review_is_replaced_only_when_said(run, tmp_path):
    run("import", "bcg.csv", "out")
    assert "the folder is not empty" in run("import", "bcg.csv", "out", code=2).stderr
    run("import", "bcg.csv", "out", "--overwrite", "--measure", "OR")
    assert "measure: OR" in (tmp_path / "out" / "review.yaml").read_text()


RATIOS = "study,OR,CI lower,CI upper\nA,2.00,1.00,4.00\nB,0.50,0.10,2.50\nC,3.00,1.00,9.00\n"


def test_ratios_pooled_as_they_stand_are_remarked(run, tmp_path):
    (tmp_path / "or.csv").write_text(RATIOS)
    said = run("import", "or.csv", "natural", "--measure", "GEN").stdout
    assert "'OR' has the name of a ratio; GEN pools it as it stands" in said
    assert "evenly on the logarithmic scale" in said
    assert "name of a ratio" not in run("import", "or.csv", "logs", "--measure", "GEN-LOG").stdout
    as_given = json.loads(run("pool", "logs/extraction.csv", "--measure", "GEN-LOG", "--json").stdout)
    as_odds = json.loads(run("pool", "logs/extraction.csv", "--measure", "OR", "--json").stdout)
    assert as_odds["estimate"] == as_given["estimate"]
    refused = run("pool", "logs/extraction.csv", "--measure", "IRR", code=2).stderr
    assert "ready-made effects: --measure GEN-LOG" in refused


def test_person_time_beside_people_suffices_for_rates(run, tmp_path):
    head = "study,x1i,n1i,t1i,x2i,n2i,t2i\n"
    (tmp_path / "hart.csv").write_text(head + "AFASAK,9,335,413,19,336,398\nSPAF,8,210,263,19,211,245\n")
    assert "needs other columns" not in run("import", "hart.csv", "rates", "--measure", "IRR").stdout
    run("pool", "rates/extraction.csv", "--measure", "IRR")
    (tmp_path / "hart.csv").write_text("study,x1i,n1i,x2i,n2i\nAFASAK,9,335,19,336\nSPAF,8,210,19,211\n")
    assert "IRR needs other columns" in run("import", "hart.csv", "counts", "--measure", "IRR").stdout


def test_effects_beside_raw_data_are_said_to_be_passed_over(run, tmp_path):
    (tmp_path / "y.csv").write_text("study,ai,bi,ci,di,yi,vi\nA,2,10,4,9,.1,.2\nB,3,10,4,9,.1,.2\n")
    said = run("import", "y.csv", "out", "--measure", "OR").stdout
    assert re.search(r"^yi +x_yi +the raw data are used instead \(ai, bi, ci, di\)", said, flags=re.MULTILINE)
    assert "name is not known" not in said


def test_what_to_do_next_can_be_pasted(run, tmp_path):
    (tmp_path / "it's a table.csv").write_text(TABLE)
    (tmp_path / "my reviews").mkdir()
    said = run("import", "it's a table.csv", "my reviews/bcg").stdout
    assert "metaudit check 'my reviews/bcg'" in said
    assert """import 'it'"'"'s a table.csv' 'my reviews/bcg' --mapping 'my reviews/bcg/mapping.yaml'""" in said


def test_a_folder_that_cannot_be_made_is_refused(run, monkeypatch):
    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("metaudit.drafts.write._beside", full)
    said = run("import", "bcg.csv", "out", code=2).stderr
    assert said.startswith("out: it could not be written: the disk is full. Free some space")
    assert said.count("\n") == 1


def test_numbers_printed_in_the_rows_are_counted(run, tmp_path):
    (tmp_path / "or.csv").write_text("study,ai,n1i,ci,n2i,OR\nA,4,123,11,139,0.39\nB,6,306,29,303,0.19\n")
    assert (
        "beside the claims, 2 numbers printed in the rows" in run("import", "or.csv", "out", "--measure", "OR").stdout
    )


def test_a_metaview_file_is_not_said_to_hold_results(run, tmp_path):
    run("export", "colditz", "bcg.MTV", "--as", "mtv", code=2)  # no such review yet
    run("import", "bcg.csv", "colditz", "--measure", "RR")
    run("export", "colditz", "bcg.MTV", "--as", "mtv")
    said = run("import", "bcg.MTV", "again").stdout
    assert "10 digits" not in said
    assert "the effect measure ''" not in said
    assert "the file does not name the effect measure" in said
