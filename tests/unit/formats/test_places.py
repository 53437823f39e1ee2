"""Where the files that come with metaudit are, in a checkout and installed, and the folder of a review."""

from pathlib import Path

import pytest

from metaudit.formats.places import DATA, PACKAGE, SCHEMAS, as_path, is_path, review_folder, review_folders, shipped

ROOT = Path(__file__).resolve().parents[3]


def a_package(folder: Path, *data: str) -> Path:
    """A made-up place of the library, with its data in some folders."""
    package = folder / "scripts" / "metaudit"
    package.mkdir(parents=True)
    for name in data:
        (folder / name / "schemas").mkdir(parents=True)
        (folder / name / "schemas" / "review.schema.json").write_text("{}")
    return package


def test_in_a_checkout_the_data_lie_in_the_top_level_folder():
    assert (DATA, SCHEMAS, PACKAGE) == (ROOT / "data", ROOT / "data" / "schemas", ROOT / "scripts" / "metaudit")
    assert shipped() == DATA


def test_installed_the_package_has_them_inside(tmp_path):
    assert shipped(a_package(tmp_path, "scripts/metaudit/data")) == tmp_path / "scripts" / "metaudit" / "data"


def test_the_packages_own_copy_goes_before_a_folder_that_happens_to_lie_around_it(tmp_path):
    assert shipped(a_package(tmp_path, "data", "scripts/metaudit/data")) == tmp_path / "scripts" / "metaudit" / "data"


def test_an_installation_without_them_says_so(tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(FileNotFoundError, match="the installation is not whole"):
        shipped(a_package(tmp_path))


@pytest.mark.parametrize(
    ("review", "path"),
    [("li-2007", False), ("./li-2007", True), ("a/b", True), ("/a/b", True), ("~/b", True), (".", True), ("..", True)],
)
def test_a_slash_makes_a_path(review, path):
    assert is_path(review) is path


@pytest.mark.parametrize(
    ("review", "folder"),
    [
        ("li-2007", "data/reviews/li-2007"),
        ("./li-2007", "li-2007"),
        ("../x/li-2007/", "../x/li-2007"),
        ("/x/li-2007", "/x/li-2007"),
    ],
)
def test_a_review_is_found_by_name_or_path(review, folder):
    assert review_folder("data/reviews", review) == Path(folder)


def test_the_folders_last_part_is_always_the_id(tmp_path, monkeypatch):
    (tmp_path / "one-2001" / "inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to("one-2001")
    monkeypatch.chdir(tmp_path / "one-2001")
    monkeypatch.setenv("HOME", str(tmp_path))
    for asked in (".", "./", "inside/..", "../link", "~/one-2001", "../one-2001"):
        assert review_folder("nowhere", asked).name == "one-2001", asked
    assert list(review_folders("r", ["b-2002", "../one-2001", "a-2001"])) == ["b-2002", "one-2001", "a-2001"]


@pytest.mark.parametrize("folder", ["li-2007", "../li-2007", "/x/li-2007", "a/b"])
def test_a_folder_written_as_a_path_is_read_as_that_folder(folder):
    assert is_path(as_path(Path(folder)))
    assert review_folder("elsewhere", as_path(Path(folder))) == Path(folder)
