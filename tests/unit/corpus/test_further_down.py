"""Reviews of a corpus further down than the others, data without a review, ids that are alike: named before anything is computed."""

import os
import shutil
from pathlib import Path

import pytest

from making import claim, write_review
from metaudit.corpus.read import open_corpus
from metaudit.errors import InputError

NUMBERS = [{"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}]


def refusal(path):
    with pytest.raises(InputError) as caught:
        open_corpus(path)
    return caught.value.problems


@pytest.fixture
def lib(tmp_path):
    """A folder of two reviews."""
    for name in ("a-1", "b-2"):
        write_review(tmp_path / "lib" / name, claims=[claim("e", "estimate", "0.50")], rows=NUMBERS, measure="RR")
    return tmp_path / "lib"


@pytest.mark.parametrize("way", ["c-3", "before/c-3", "1/2/3/4/c-3"])
def test_a_review_inside_a_review_is_named(lib, way):
    shutil.copytree(lib / "b-2", lib / "a-1" / way)
    (problem,) = refusal(lib)
    assert (problem.file, problem.rule) == (f"{lib}/a-1", "no-review")
    assert problem.message == f"the folder is a review, and holds 1 review, which is not read: {way}."
    assert "Move them beside it" in problem.fix


@pytest.mark.parametrize("how", ["folder", "link", "review.yml", "link that leads nowhere"])
def test_a_review_some_folders_deeper_is_named(lib, how):
    deep = lib / "oncology" / "2020"
    deep.mkdir(parents=True)
    if how == "link":
        (lib / "b-2").rename(lib.parent / "b-2")
        (deep / "b-2").symlink_to(lib.parent / "b-2")
    else:
        (lib / "b-2").rename(deep / "b-2")
    if how == "review.yml":
        (deep / "b-2" / "review.yaml").rename(deep / "b-2" / "review.yml")
    elif how != "folder" and how != "link":
        (deep / "b-2" / "review.yaml").unlink()
        (deep / "b-2" / "review.yaml").symlink_to("../x/SHA")
    (problem,) = refusal(lib)
    assert (problem.file, problem.rule) == (f"{lib}/oncology", "no-review")
    assert "1 review, which is not read: 2020/b-2." in problem.message


def test_reviews_are_looked_for_five_folders_deep_and_among_so_many_names(lib, monkeypatch):
    (lib / "1/2/3/4/5/6").mkdir(parents=True)
    (lib / "b-2").rename(lib / "1/2/3/4/5/6/b-2")
    assert len(open_corpus(lib).folders) == 1
    (lib / "1/2/3/4/5/6/b-2").rename(lib / "1/2/3/4/5/b-2")
    (problem,) = refusal(lib)
    assert "2/3/4/5/b-2" in problem.message
    assert f"name {lib}/1/2/3/4/5 as a corpus of its own" in problem.fix
    monkeypatch.setattr("metaudit.formats.folders._MOST_NAMES", 4)
    assert len(open_corpus(lib).folders) == 1


def test_a_folder_further_down_that_may_not_be_opened_is_named(lib, monkeypatch):
    (lib / "a-1" / "closed").mkdir()
    scan = os.scandir

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError
        return scan(path)

    monkeypatch.setattr("metaudit.formats.folders.os.scandir", scandir)
    (problem,) = refusal(lib)
    assert (problem.file, problem.rule) == (f"{lib}/a-1/closed", "unreadable")


@pytest.mark.parametrize("link", [False, True])
@pytest.mark.parametrize(
    "name",
    "Extraction.csv claims.CSV claims.csv.gz claims.xlsx extraction.parquet extraction.A.csv extraction.b.csv claims.csv review.yml review.yaml.gz".split(),
)
def test_a_folder_of_data_without_review_yaml_is_named_whatever_its_tables_are_called(lib, name, link):
    (lib / "c-3").mkdir()
    if link:
        (lib / "c-3" / name).symlink_to("../x/SHA")
    else:
        (lib / "c-3" / name).write_text("x\n")
    (problem,) = refusal(lib)
    assert (problem.file, problem.rule) == (f"{lib}/c-3/review.yaml", "missing-file")
    assert name in problem.message + problem.fix
    assert ("Fetch the file" in problem.fix) == (link and name.startswith("review"))


def test_ids_that_differ_in_capitals_only_are_refused(lib):
    shutil.copytree(lib / "b-2", lib / "B-2")
    (problem,) = refusal(lib)
    assert (problem.file, problem.rule) == (f"{lib}/b-2", "id")
    assert "the ids 'B-2' and 'b-2' differ in capitals only" in problem.message


def test_of_a_folder_with_very_many_files_only_their_names_are_looked_at(lib, monkeypatch):
    (lib / "papers").mkdir()
    for i in range(50):
        (lib / "papers" / f"{i}.csv").touch()
    looked_at = []
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: looked_at.append(path.name) or is_file(path))
    assert len(open_corpus(lib).folders) == 2
    assert not [name for name in looked_at if name[0].isdigit()]
