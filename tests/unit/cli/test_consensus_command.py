"""``metaudit consensus``: panels, thresholds, exit codes and refusals."""

import json

import pytest
from typer.testing import CliRunner

from metaudit.cli import app


def run(*args):
    return CliRunner().invoke(app, ["consensus", *map(str, args)], env={"COLUMNS": "250", "TERM": "dumb"})


def test_the_panels_of_two_shares():
    found = run("81.3%", "68.8%", "--largest", 60, "--threshold", "70%")
    assert found.exit_code == 0
    lines = found.stdout.splitlines()
    assert "possible in 3 of the panels of 1 to 60 people" in lines[0]
    assert "the threshold is at least 70 %" in lines[0]
    assert [line.split(" people")[0].strip() for line in lines[1:]] == ["16", "32", "48"]
    assert "26 (81.3%, reaches it); 22 (68.8%, does not reach it)" in lines[2]


def test_one_panel_and_its_exit_code():
    well, ill = run("81.3%", "--size", 16), run("81.3%", "--size", 40)
    assert (well.exit_code, well.stdout) == (0, "81.3% of 16 people: 13.\n")
    assert ill.exit_code == 1
    assert "No whole number of 40 people gives 81.3%" in ill.stdout


def test_none_of_many_panels():
    found = run("50.1%", "--largest", 50)
    assert (found.exit_code, found.stdout) == (1, "50.1%: possible in none of the panels of 1 to 50 people.\n")


def test_shares_that_are_all_the_answers():
    assert run("50%", "30%", "20%", "--whole", "--size", 10).exit_code == 0
    found = run("50%", "30%", "10%", "--whole", "--size", 10)
    assert found.exit_code == 1
    assert "cannot add up to 10 people" in found.stdout


def test_the_list_is_cut_and_all_are_counted():
    found = run("50%", "--largest", 20, "--limit", 3)
    assert "possible in 10 of the panels" in found.stdout
    assert found.stdout.splitlines()[-1] == "  ... and 7 more (--limit)"


def test_as_json():
    found = json.loads(run("81.3%", "--largest", 40, "--threshold", ">= 80%", "--json").stdout)
    assert (found["smallest"], found["largest"], found["possible"]) == (1, 40, 2)
    assert found["panels"][0] == {
        "people": 16, "possible": True, "adds_up": None,
        "shares": [{"share": "81.3%", "counts": [13, 13], "threshold": "yes", "needed": 13}],
    }  # fmt: skip
    refused = run("81.3%", "--size", 40, "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["panels"][0]["shares"][0]["counts"] == []


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("81.3",), "write 81.3% if it is a percentage"),
        (("many",), "is not a printed number"),
        (("120%",), "is no share"),
        (("50%", "--size", 0), "a panel has at least one person"),
        (("50%", "--size", 5, "--largest", 9), "--size is one panel"),
        (("50%", "--smallest", 9, "--largest", 5), "the smaller first"),
        (("50%", "--whole"), "two at least"),
        (("50%", "--threshold", "most"), "is no threshold"),
        (("50%", "--rounding", "up"), "choose nearest or truncated"),
    ],
)
def test_what_is_not_understood_is_refused_in_one_line(args, words):
    found = run(*args)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1


TABLE = """statement,agree,others,n,consensus
S1,80%,"15%; 5%",,yes
S3,69%,,,no
S4,81.3%,,16,yes
"""


@pytest.fixture
def table(tmp_path):
    (tmp_path / "round.csv").write_text(TABLE, encoding="utf-8")
    return tmp_path / "round.csv"


def test_a_table_of_statements(table):
    found = run("--statements", table, "--size", 40, "--threshold", "70%", "--reached", 2)
    assert found.exit_code == 1
    assert found.stdout.splitlines()[0] == "9 comparisons; 8 fit, 1 do not."
    assert found.stdout.splitlines()[1].startswith("  S3: No whole number of 40 people is 69%")
    assert run("--statements", table, "--size", 39, "--threshold", "70%").exit_code == 1  # 80 % of 39 is nobody
    table.write_text(TABLE.replace("69%", "67.5%"), encoding="utf-8")
    well = run("--statements", table, "--size", 40, "--threshold", "70%", "--json")
    assert well.exit_code == 0
    numbers = json.loads(well.stdout)
    assert numbers["do_not_fit"] == 0
    assert {f["rule"] for f in numbers["findings"]} == {"share", "whole", "threshold"}


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--threshold", "70%"), "do not say how many answered"),
        (("--size", 40), "judged by a threshold"),
        (("--size", 40, "--whole"), "leave --whole out"),
        (("50%", "--size", 40), "leave shares out"),
        (("--size", 40, "--largest", 50), "leave --largest out"),
        (("--size", 0, "--threshold", "70%"), "at least one person"),
    ],
)
def test_tables_that_cannot_be_judged_are_refused_in_one_line(table, args, words):
    found = run("--statements", table, *args)
    assert (found.exit_code, found.stdout) == (2, "")
    assert words in found.stderr
    assert len(found.stderr.strip().splitlines()) == 1


def test_a_cell_that_is_no_share_has_its_place(table):
    table.write_text("statement,agree\nA,50%\nB,many\n", encoding="utf-8")
    found = run("--statements", table, "--size", 40, "--json")
    assert found.exit_code == 2
    (problem,) = json.loads(found.stdout)
    assert (problem["row"], problem["column"], problem["rule"]) == (3, "agree", "share")


@pytest.mark.parametrize("args", [(), ("50%", "--missing", 3), ("50%", "--reached", 0)])
def test_nothing_to_look_at(args):
    found = run(*args)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "--statements" in found.stderr
