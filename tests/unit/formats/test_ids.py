"""Ids as review.yaml writes them: numbers, dates, two that are one, and long ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import claim, write_review
from metaudit.cli import app
from metaudit.errors import Problem
from metaudit.figures.inputs import read_inputs
from metaudit.formats.places import LONGEST_ID, SCHEMAS
from metaudit.formats.review import load_review, read_review
from metaudit.formats.rules import check_review
from metaudit.formats.yaml_file import load_schema

ROWS = [{"study": s, "effect": e, "se": 0.3} for s, e in (("A", 1), ("B", 2))]


def review(folder: Path, *changes: tuple[str, str]) -> Path:
    """A review whose analysis is called main, with some of its text exchanged."""
    made = write_review(folder, claims=[claim("fe", "estimate", "1.50")], rows=ROWS, measure="GEN")
    path = made / "review.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    return made


def claims_of(folder: Path, analysis: str) -> None:
    """Let the claim be about an analysis of this id."""
    path = folder / "claims.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",main,", f",{analysis},"), encoding="utf-8")


def problems(folder: Path) -> list[Problem]:
    found = load_review(folder)
    return found[1] or (check_review(found[0]) if found[0] else [])


@pytest.mark.parametrize("written", ["1", "2007", "0"])
def test_an_id_may_be_a_number_as_it_is_written(tmp_path, written):
    folder = review(tmp_path / "r", ("  main:", f"  {written}:"))
    claims_of(folder, written)
    (analysis,) = read_review(folder).analyses.values()
    assert analysis.id == written
    assert analysis.line() == 9
    assert analysis.line("select") == 11


def test_results_of_an_id_that_is_a_number_have_its_title(tmp_path):
    folder = review(tmp_path / "r", ("  main:", "  7:"))
    claims_of(folder, "7")
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["audit", str(folder), "--out", str(out)])
    assert done.exit_code in {0, 1}, done.output
    table = (out / "tables" / "analyses.md").read_text(encoding="utf-8")
    assert "| Made up | GEN | 2 | 1.50" in table
    assert read_inputs(out, folder)["7"].title == "Made up"


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("0x1F", "a number"), ("007", "a number"), ("+1", "a number"), ("1e3", "a number"), (".inf", "a number"), ("1_0", "a number"),
        ("1.5", "a number"), ("true", "true or false"), ("2001-01-01", "a date"),
    ],
)  # fmt: skip
def test_what_yaml_makes_something_else_of_is_refused(tmp_path, written, kind):
    (problem,) = problems(review(tmp_path / "r", ("  main:", f"  {written}:")))
    assert (problem.row, problem.column, problem.rule) == (9, written, "yaml")
    assert problem.message == f"YAML takes the key {written!r} for {kind}."
    assert problem.fix == f"Write '{written}': with quotation marks."


def test_such_a_key_is_named_wherever_it_stands(tmp_path):
    (problem,) = problems(review(tmp_path / "r", ("outcome: pain", "outcome: pain\n      007: x")))
    assert (problem.row, problem.column) == (13, "007")


@pytest.mark.parametrize("text", ["{1: {title: a, select: {}}, '1': {title: b, select: {}}}"])
def test_a_number_and_a_text_are_one_id(tmp_path, text):
    folder = write_review(tmp_path / "r", claims=[])
    path = folder / "review.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").partition("analyses:")[0] + f"analyses: {text}\n", encoding="utf-8"
    )
    (problem,) = problems(folder)
    assert problem.rule == "duplicate-key"
    assert problem.message == "the keys 1 and '1' are one and the same."


@pytest.mark.parametrize(("name", "right"), [("smith-2021", "smith-2021"), ("2021-1-2", '"2021-1-2"')])
def test_a_date_is_an_id_that_is_compared_with_the_folder(tmp_path, name, right):
    (problem,) = problems(review(tmp_path / name, (f"id: {name}", "id: 2001-01-01")))
    assert problem.message == f"the id is '2001-01-01', the folder '{name}'."
    assert f"write 'id: {right}'" in problem.fix


def test_a_date_that_is_the_folder_is_its_id(tmp_path):
    folder = write_review(tmp_path / "2001-01-01", claims=[])
    path = folder / "review.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("'2001-01-01'", "2001-01-01", 1), encoding="utf-8")
    assert "id: 2001-01-01\n" in path.read_text(encoding="utf-8")
    assert read_review(folder).id == "2001-01-01"


@pytest.mark.parametrize(
    ("name", "written", "fix"),
    [
        ("li 2007", "li-2007", "Rename the folder to li-2007."),
        ("li 2007", "li 2007", "Rename the folder to li-2007, and write 'id: li-2007'."),
        (".li", "lee", "Rename the folder to lee."),
        ("2007 li", "2007 li", "Rename the folder to 2007-li, and write 'id: \"2007-li\"'."),
        (
            "_",
            "there",
            "Rename the folder, and write its new name as the id. An id has letters, digits and hyphens only",
        ),
    ],
)
def test_a_folder_whose_name_can_be_no_id_is_to_be_renamed(tmp_path, name, written, fix):
    (tmp_path / "there").mkdir()
    found = problems(review(tmp_path / name, (f"id: {name}", f"id: {written}")))
    (problem,) = (p for p in found if p.rule == "id")
    assert problem.message == f"the name of the folder, {name!r}, can be no id."
    assert problem.fix.startswith(fix)
    (tmp_path / "there").rmdir()
    new = fix.removeprefix("Rename the folder to ").split(",")[0].rstrip(".") if " to " in fix else written
    made = (tmp_path / name).rename(tmp_path / new)
    text = (made / "review.yaml").read_text(encoding="utf-8")
    (made / "review.yaml").write_text(text.replace(f"id: {written}", f'id: "{new}"'), encoding="utf-8")
    assert problems(made) == []


@pytest.mark.parametrize("name", ["true", "null", "2007"])
def test_advice_about_an_id_can_be_followed_where_yaml_makes_something_else_of_it(tmp_path, name):
    made = review(tmp_path / name)
    path = made / "review.yaml"
    as_it_was = path.read_text(encoding="utf-8")
    path.write_text(re.sub("(?m)^id: .*", "id: other", as_it_was), encoding="utf-8")
    (problem,) = problems(made)
    assert f"write 'id: \"{name}\"'" in problem.fix
    path.write_text(re.sub("(?m)^id: .*", f'id: "{name}"', as_it_was), encoding="utf-8")
    assert problems(made) == []


def test_ids_that_differ_in_capitals_only_are_refused(tmp_path):
    (problem,) = problems(review(tmp_path / "r", ("  main:", "  MAIN: {title: x, select: {}}\n  main:")))
    assert (problem.row, problem.column, problem.rule) == (10, "analyses.main", "id")
    assert "'MAIN' and 'main' differ in capitals only" in problem.message


def test_ids_are_as_long_as_names_of_files_may_be(tmp_path):
    good, long = "a" * LONGEST_ID, "a" * (LONGEST_ID + 1)
    folder = review(tmp_path / good, ("  main:", f"  {good}:"))
    claims_of(folder, good)
    assert problems(folder) == []
    (problem,) = problems(review(tmp_path / "r", ("  main:", f"  {long}:")))
    assert (problem.row, problem.rule) == (9, "id")
    assert problem.message.endswith(f"has {len(long)} characters.")
    assert problem.fix == "Files are named by it; write 100 characters at most."
    (problem,) = problems(review(tmp_path / long))
    assert problem.column == "id"
    assert problem.fix.startswith("Files are named by it; write 100 characters at most.")
    assert len(str(problem)) < 500


def test_the_schema_has_the_same_limit():
    rules = load_schema(SCHEMAS / "review.schema.json")["properties"]
    assert rules["id"]["maxLength"] == rules["analyses"]["propertyNames"]["maxLength"] == LONGEST_ID


@pytest.mark.parametrize(
    ("old", "new", "where", "said"),
    [
        ("    measure: GEN", "    measure: GEN\n    method: {level: .nan}", "analyses.main.method.level", "is no number (.nan)"),
        ("    measure: GEN", "    sequential: {alpha: .inf}", "analyses.main.sequential.alpha", "has no end (inf)"),
        ("    measure: GEN", "    sequential: {effect: -1e999}", "analyses.main.sequential.effect", "has no end (-inf)"),
        ("year: 2020", "year: [1, .NaN]", "citation.year.1", "is no number (.nan)"),
    ],
)  # fmt: skip
def test_a_number_that_is_none_is_refused_where_it_stands(tmp_path, old, new, where, said):
    folder = review(tmp_path / "r", (old, new))
    text = (folder / "review.yaml").read_text(encoding="utf-8").splitlines()
    (problem,) = problems(folder)
    line = next(i for i, t in enumerate(text, 1) if ".nan" in t.lower() or ".inf" in t or "1e999" in t)
    assert (problem.row, problem.column) == (line, where)
    assert said in problem.message
