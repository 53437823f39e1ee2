"""A table of a review that is there and cannot be read is never taken for one that is not there; years say their range."""

import pytest

from making import claim, write_review
from metaudit.errors import InputError
from metaudit.formats.columns import Column
from metaudit.formats.review import read_review
from metaudit.formats.tables import Row, check_cell
from metaudit.formats.text_file import no_file, rename, without_endings

NUMBERS = [{"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}]


@pytest.fixture
def folder(tmp_path):
    return write_review(tmp_path / "r-1", claims=[claim("e", "estimate", "0.50")], rows=NUMBERS, measure="RR")


def problems(folder):
    with pytest.raises(InputError) as caught:
        read_review(folder)
    return caught.value.problems


@pytest.mark.parametrize("name", ["claims.csv", "review.yaml", "sources.csv", "candidates.csv", "extraction.A.csv"])
def test_a_link_that_leads_nowhere_is_named(folder, name):
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to("../.git/annex/objects/SHA256E-s12")
    (problem,) = problems(folder)
    assert (problem.file, problem.rule) == (f"{folder}/{name}", "missing-file")
    assert "a link to '../.git/annex/objects/SHA256E-s12', where no file is" in problem.message
    assert "git annex get" in problem.fix


def test_a_folder_under_the_name_of_a_table_is_named(folder):
    (folder / "claims.csv").unlink()
    (folder / "claims.csv").mkdir()
    (problem,) = problems(folder)
    assert "a folder, not a file" in problem.message


@pytest.mark.parametrize("name", ["claims.csv.gz", "claims.zip", "claims.parquet", "claims.csv.xz"])
def test_claims_that_are_packed_are_named(folder, name):
    (folder / "claims.csv").rename(folder / name)
    (problem,) = problems(folder)
    assert (problem.file, problem.rule) == (f"{folder}/{name}", "unknown-file")
    assert problem.fix.endswith("claims.csv.")


def test_packed_claims_that_were_not_fetched_are_named(folder):
    (folder / "claims.csv").unlink()
    (folder / "claims.csv.gz").symlink_to("../.git/annex/objects/SHA256E-s12")
    (problem,) = problems(folder)
    assert (problem.file, problem.rule) == (f"{folder}/claims.csv.gz", "unknown-file")
    assert problem.fix.startswith("Fetch the file that the link stands for")
    assert problem.fix.endswith("Unpack claims.csv.gz to claims.csv.")


def test_what_is_packed_beside_the_table_is_nobodys_business(folder):
    for name in ("claims.csv.gz", "claims.xlsx", "paper.pdf", "extraction.zip"):
        (folder / name).write_bytes(b"x")
    assert read_review(folder).claims


def test_a_file_and_nothing_are_no_problem(folder):
    assert no_file(folder / "claims.csv", "claims.csv") is None
    assert no_file(folder / "nothing.csv", "nothing.csv") is None


def test_names_lose_their_endings(folder):
    assert without_endings("claims.csv.gz") == ("claims", ".csv.gz")
    assert without_endings("lib.claims.CSV") == ("lib.claims", ".CSV")
    assert without_endings("claims.pdf") == ("claims.pdf", "")
    assert rename(folder / "a.parquet", "claims.csv") == "Save a.parquet as CSV UTF-8 under the name claims.csv."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2999", "'2999' is not between 1800 and 2099"),
        ("1799", "'1799' is not between 1800 and 2099"),
        ("48", "'48' is not a year"),
    ],
)
def test_a_year_out_of_range_is_not_told_to_have_four_digits(text, says):
    problem = check_cell(Row(2, {"year": text}), Column("year", "year", ""), text, "", "extraction.csv")
    assert problem.message == f"{says}."
    assert ("four digits" in problem.fix) == (text == "48")


@pytest.mark.parametrize(
    ("named", "right"),
    [
        ("claims.tsv", "Save claims.tsv with commas between its cells, as CSV UTF-8, under the name claims.csv."),
        ("claims.csv.txt", "Rename claims.csv.txt to claims.csv."),
        ("claims.csv.gz", "Unpack claims.csv.gz to claims.csv."),
        ("claims.zip", "Unpack claims.zip to claims.csv."),
        ("claims.rds.gz", "Unpack claims.rds.gz. Save claims.rds as CSV UTF-8 under the name claims.csv."),
    ],
)
def test_how_a_file_becomes_a_table_goes_by_what_is_in_it(tmp_path, named, right):
    assert rename(tmp_path / named, "claims.csv") == right
