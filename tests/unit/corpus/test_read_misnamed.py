"""Reviews and claims under names by which they are not read: named before anything is computed, never passed over."""

import shutil

import pytest

from making import claim, write_review
from making_corpus import ANALYSES, CLAIMS, ROWS, write_table
from metaudit.corpus.read import open_corpus
from metaudit.errors import InputError
from metaudit.formats.folders import passed_over
from metaudit.formats.places import read_of_review

NUMBERS = [{"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}]


def review(folder):
    return write_review(folder, claims=[claim("e", "estimate", "0.50")], rows=NUMBERS, measure="RR")


def refusal(path):
    with pytest.raises(InputError) as caught:
        open_corpus(path)
    return caught.value.problems


@pytest.fixture
def lib(tmp_path):
    """A folder of two reviews."""
    for name in ("a-1", "b-2"):
        review(tmp_path / "lib" / name)
    return tmp_path / "lib"


# Tables -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("claim.csv", "Rename claim.csv to claims.csv"),
        ("Claims.csv", "Rename Claims.csv to claims.csv"),
        ("CLAIMS.CSV", "Rename CLAIMS.CSV to claims.csv"),
        ("claims.csv.gz", "Unpack claims.csv.gz to claims.csv"),
        ("claims.xlsx", "Save claims.xlsx as CSV UTF-8 under the name claims.csv"),
        ("claim.parquet", "Rename claim.parquet to claims.parquet"),
        ("analysis.csv", "Rename analysis.csv to analyses.csv"),
    ],
)
def test_a_table_beside_extraction_with_nearly_the_right_name_is_named(tmp_path, name, fix):
    write_table(tmp_path / "extraction.csv", ROWS)
    (tmp_path / name).write_bytes(b"review,claim\n")
    (problem,) = refusal(tmp_path)
    assert (problem.file, problem.rule) == (f"{tmp_path}/{name}", "unknown-file")
    assert fix in problem.fix


@pytest.mark.parametrize(
    "name",
    "lib.claims.CSV lib.claims.tsv lib.claims.xlsx lib-claims.csv lib_claims.csv LIB_Claims.csv lib.claim.csv lib.claims.csv.gz claims.csv".split(),
)
def test_a_table_beside_x_with_nearly_the_right_name_is_named(tmp_path, name):
    write_table(tmp_path / "lib.csv", ROWS)
    (tmp_path / name).write_bytes(b"review,claim\n")
    (problem,) = refusal(tmp_path / "lib.csv")
    assert (problem.file, problem.rule) == (f"{tmp_path}/{name}", "unknown-file")
    assert name in problem.fix
    assert "lib.claims.csv" in problem.fix


def test_claims_beside_x_are_called_after_it(tmp_path):
    write_table(tmp_path / "lib.csv", ROWS)
    write_table(tmp_path / "claims.csv", CLAIMS)
    (problem,) = refusal(tmp_path / "lib.csv")
    assert problem.message == "beside lib.csv the claims are not read under this name."
    assert problem.fix.startswith("Rename claims.csv to lib.claims.csv;")


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        (
            "lib.claims.tsv",
            "Save lib.claims.tsv with commas between its cells, as CSV UTF-8, under the name lib.claims.csv",
        ),
        (
            "lib.claims.tsv.gz",
            "Unpack lib.claims.tsv.gz. Save lib.claims.tsv with commas between its cells, as CSV UTF-8,",
        ),
        ("lib.claims", "Rename lib.claims to lib.claims.csv"),
        ("lib.claims.pq", "Rename lib.claims.pq to lib.claims.parquet"),
        ("lib.analyses.rds", "Save lib.analyses.rds as CSV UTF-8 under the name lib.analyses.csv"),
        ("lib.claims.feather", "Save lib.claims.feather as CSV UTF-8 under the name lib.claims.csv"),
        ("lib.claims.json", "Save lib.claims.json as CSV UTF-8 under the name lib.claims.csv"),
        ("lib.claims.dta", "Save lib.claims.dta as CSV UTF-8 under the name lib.claims.csv"),
        ("lib.claims/part-0.parquet", "Write the table whose parts it holds as one file, lib.claims.csv"),
        ("lib.claims.parquet/part-0.parquet", "write that table as one file"),
    ],
)
def test_a_table_that_another_program_wrote_is_named(tmp_path, name, fix):
    write_table(tmp_path / "lib.csv", ROWS)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_bytes(b"x")
    (problem,) = refusal(tmp_path / "lib.csv")
    assert problem.file == str(tmp_path / name.partition("/")[0])
    assert fix in problem.fix


@pytest.mark.parametrize(
    ("parts", "named"),
    [
        (["lib.parquet/part-0.parquet", "lib.parquet/part-1.parquet"], "lib.parquet is a part of a table"),
        (["review=smith-2001/0.parquet", "review=li-2007/0.parquet"], "review=li-2007 is a part of a table"),
    ],
)
def test_a_table_in_parts_is_to_be_written_as_one_file(tmp_path, parts, named):
    for part in parts:
        write_table(tmp_path / "lib" / part, ROWS)
    (problem,) = refusal(tmp_path / "lib")
    assert named in problem.message
    if "=" not in parts[0]:
        (problem,) = refusal(tmp_path / "lib" / "lib.parquet")
        assert "part-0.parquet is a part of a table" in problem.message


@pytest.mark.parametrize(
    ("header", "says"),
    [(["", *ROWS[0]], "write the table without it"), (["__index_level_0__", *ROWS[0]], "without the index of pandas")],
)
def test_row_numbers_are_no_column(tmp_path, header, says):
    rows = [{header[0]: str(i), **r} for i, r in enumerate(ROWS)]
    (problem,) = refusal(write_table(tmp_path / "lib.csv", rows))
    assert says in problem.fix


def test_parquet_under_the_name_of_csv_is_called_so(tmp_path):
    path = write_table(tmp_path / "lib.parquet", ROWS).rename(tmp_path / "lib.csv")
    (problem,) = refusal(path)
    assert "Parquet" in problem.message


def test_the_claims_of_the_folder_are_not_those_of_an_extraction_table_that_is_named_itself(tmp_path):
    path = write_table(tmp_path / "extraction.csv", ROWS)
    write_table(tmp_path / "claims.csv", CLAIMS)
    (problem,) = refusal(path)
    assert problem.file == f"{tmp_path}/claims.csv"
    assert "claims" in open_corpus(tmp_path).tables


@pytest.mark.parametrize(
    "name",
    "library.xlsx notes.csv lib-2.csv lib-2.claims.csv lib-2-claims.csv lib.old.claims.csv other.claims.csv library.claims.csv claims.pdf claims".split(),
)
def test_other_files_may_lie_beside_a_table(tmp_path, name):
    write_table(tmp_path / "lib.csv", ROWS)
    (tmp_path / name).write_bytes(b"x\n")
    assert list(open_corpus(tmp_path / "lib.csv").tables) == ["extraction"]


def test_a_second_form_of_a_table_that_is_there_is_nobodys_business(tmp_path):
    write_table(tmp_path / "lib.csv", ROWS)
    write_table(tmp_path / "lib.claims.csv", CLAIMS)
    write_table(tmp_path / "lib.analyses.csv", ANALYSES)
    for name in ("lib.claims.xlsx", "lib_claims.csv", "claims.csv", "lib.analysis.csv"):
        (tmp_path / name).write_bytes(b"x\n")
    assert len(open_corpus(tmp_path / "lib.csv").tables) == 3


@pytest.mark.parametrize("form", ["claims.csv", "lib.claims.csv", "lib.claims.parquet"])
def test_a_link_that_leads_nowhere_is_not_a_table_that_is_not_there(tmp_path, form):
    stem = "lib" if form.startswith("lib") else "extraction"
    path = write_table(tmp_path / f"{stem}.csv", ROWS)
    (tmp_path / form).symlink_to("../annex/SHA256-1")
    (problem,) = refusal(path if stem == "lib" else tmp_path)
    assert (problem.file, problem.rule) == (f"{tmp_path}/{form}", "missing-file")
    assert "'../annex/SHA256-1'" in problem.message
    assert "datalad get" in problem.fix


def test_a_corpus_that_is_such_a_link_says_so(tmp_path):
    (tmp_path / "lib.csv").symlink_to("nowhere")
    (problem,) = refusal(tmp_path / "lib.csv")
    assert "a link to 'nowhere'" in problem.message


def test_only_an_extraction_table_is_named_as_one_that_can_be_named(tmp_path):
    for name in ("library.claims.csv", "library.analyses.csv", "claims.csv", "library.csv"):
        (tmp_path / name).write_bytes(b"x\n")
    (problem,) = refusal(tmp_path)
    assert "library.csv in it can be named itself" in problem.message
    (tmp_path / "library.csv").unlink()
    assert "can be named" not in refusal(tmp_path)[0].message


# Folders ------------------------------------------------------------------------------------------------------------


def test_an_extraction_table_beside_folders_of_reviews_leaves_open_which_is_meant(lib):
    write_table(lib / "extraction.csv", ROWS)
    (problem,) = refusal(lib)
    assert (problem.file, problem.rule) == (f"{lib}/extraction.csv", "corpus-form")
    assert "nothing says which of the two" in problem.message


@pytest.mark.parametrize(
    "name",
    "extraction.csv.gz extraction.xlsx Extraction.CSV extraction.tsv claims.csv Claims.csv analyses.parquet extraction.a.csv claims.txt".split(),
)
def test_a_table_among_folders_of_reviews_is_named(lib, name):
    (lib / name).write_bytes(b"x")
    (problem,) = refusal(lib)
    assert (problem.file, problem.rule) == (f"{lib}/{name}", "unknown-file")
    assert problem.message == "the table lies among folders of reviews (a-1), where it is not read."
    assert problem.fix.startswith("Move it into the folder of the review that it belongs to;")


@pytest.mark.parametrize("name", "claims my-claims.csv claims.pdf library.csv extraction-notes.csv .claims.csv".split())
def test_other_files_may_lie_among_folders_of_reviews(lib, name):
    (lib / name).write_bytes(b"x")
    assert len(open_corpus(lib).folders) == 2


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("extraction.csv.gz", "Unpack extraction.csv.gz to extraction.csv."),
        ("extraction.pq", "Rename extraction.pq to extraction.parquet."),
    ],
)
def test_an_extraction_table_under_another_name_where_nothing_else_is(tmp_path, name, fix):
    (tmp_path / name).write_bytes(b"x")
    (problem,) = refusal(tmp_path)
    assert (problem.file, problem.rule, problem.fix) == (f"{tmp_path}/{name}", "unknown-file", fix)


def test_a_folder_of_one_review_with_its_table_is_one_review(lib):
    (problem,) = refusal(lib / "a-1")
    assert "one review, not a corpus" in problem.message


@pytest.mark.parametrize(
    ("spoil", "file", "says"),
    [
        (lambda d: (d / "review.yaml").rename(d / "review.yml"), "b-2/review.yaml", "Rename review.yml to review.yaml."),
        (lambda d: (d / "review.yaml").rename(d / "Review.YAML"), "b-2/review.yaml", "Rename Review.YAML to review.yaml."),
        (lambda d: (d / "review.yaml").unlink(), "b-2/review.yaml", "beside it lies extraction.csv"),
        (lambda d: (d / "review.yaml").unlink() or (d / "review.yaml").symlink_to("../x/SHA"), "b-2/review.yaml", "a link to '../x/SHA'"),
        (lambda d: shutil.move(d, d.parent / "onc" / "b-2"), "onc", "holds 1 review, which is not read: b-2."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("others", [True, False])
def test_a_review_without_its_review_yaml_or_a_folder_deeper_is_named(lib, spoil, file, says, others):
    if not others:
        shutil.rmtree(lib / "a-1")
    (lib / "onc").mkdir()
    spoil(lib / "b-2")
    (problem,) = refusal(lib)
    assert problem.file == f"{lib}/{file}"
    assert says in str(problem)
    assert problem.rule in ("missing-file", "no-review")


def test_a_review_with_a_link_that_leads_nowhere_is_a_review_without_that_file(lib):
    """Which Snakemake would look for; what is wrong is said of the review, and the others are audited."""
    (lib / "b-2" / "claims.csv").unlink()
    (lib / "b-2" / "claims.csv").symlink_to("../annex/SHA256-1")
    corpus = open_corpus(lib)
    assert [f.name for f in corpus.folders] == ["a-1", "b-2"]
    assert [f.name for f in read_of_review(corpus.folders[1])] == ["extraction.csv", "review.yaml", "sources.csv"]


def test_a_folder_that_is_not_there_or_may_not_be_opened_is_named(lib, monkeypatch):
    (lib / "c-3").symlink_to("../store/8f3a")
    (lib / "paper.pdf").symlink_to("../annex/SHA256-1")
    (lib / "closed").mkdir()
    monkeypatch.setattr("metaudit.formats.folders.os.access", lambda folder, how: folder.name != "closed")
    found = {p.file: p.message for p in refusal(lib)}
    assert found == {
        f"{lib}/c-3": "this is a link to '../store/8f3a', where no file is.",
        f"{lib}/closed": "the folder may not be opened, and could be a review.",
    }


def test_folders_without_data_are_passed_over(lib):
    for name in ("papers", "templates/blank", ".archive/old-1999", "a-1/papers/.before", "a-1/old"):
        (lib / name).mkdir(parents=True)
    (lib / "papers" / "notes.csv").write_text("x\n")
    (lib / "papers" / "extraction.draft.csv").write_text("x\n")
    (lib / "README.md").write_text("x\n")
    (lib / "a-1" / "old" / "extraction.csv").write_text("x\n")
    (lib / "papers" / "b-2").symlink_to("../b-2")  # which is read where it lies
    (lib / "papers" / "around").symlink_to("..")
    (lib / "papers" / "circle").symlink_to("circle")
    shutil.copytree(lib / "b-2", lib / ".archive" / "b-2")
    shutil.copytree(lib / "b-2", lib / "a-1" / "papers" / ".before" / "b-2")
    assert [f.name for f in open_corpus(lib).folders] == ["a-1", "b-2"]


def test_of_many_such_folders_the_first_are_named(lib):
    for i in range(30):
        shutil.copytree(lib / "a-1", lib / f"c-{i:02d}")
        (lib / f"c-{i:02d}" / "review.yaml").unlink()
    problems = refusal(lib)
    assert len(problems) == 21
    assert sum(p.message == "10 more folders are like the 20 that are named." for p in problems) == 1


def test_the_shipped_reviews_are_a_corpus(reviews):
    assert passed_over(reviews, [p.parent for p in reviews.glob("*/review.yaml")]) == []
    assert len(open_corpus(reviews).folders) > 80
