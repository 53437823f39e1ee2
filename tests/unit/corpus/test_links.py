"""A review behind a link: by its own name it counts once, under another name it is a mistake, however many shards there are."""

import os

import pytest

from making import claim, write_review
from making_corpus import audited
from metaudit.errors import InputError
from metaudit.formats.review import read_review

NUMBERS = [{"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50}]


def review(folder, **more):
    return write_review(folder, claims=[claim("e", "estimate", "0.50")], rows=NUMBERS, measure="RR", **more)


@pytest.mark.parametrize("shards", [1, 3])
def test_a_link_under_another_name_does_not_count_a_review_twice(tmp_path, shards):
    lib = tmp_path / "lib"
    review(lib / "li-2007")
    (lib / "zz-copy").symlink_to("li-2007")
    found = audited(lib, tmp_path / "out", shards=shards)
    assert [r["review"] for r in found["audit"]] == ["li-2007"]
    ((name, file, rule, message, fix),) = [
        (p["review"], p["file"], p["rule"], p["message"], p["fix"]) for p in found["problems"]
    ]
    assert (name, file, rule) == ("zz-copy", f"{lib}/zz-copy/review.yaml", "id")
    assert "the id is 'li-2007', the folder 'zz-copy'" in message
    assert "delete it" in fix


def test_a_link_has_the_name_that_it_has_in_the_library(tmp_path):
    review(tmp_path / "li-2007").rename(tmp_path / "8f3a")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "li-2007").symlink_to("../8f3a")
    found = audited(tmp_path / "lib", tmp_path / "out")
    assert not found["problems"]
    assert [r["review"] for r in found["audit"]] == ["li-2007"]
    with pytest.raises(InputError, match="the id is 'li-2007', the folder '8f3a'"):
        read_review(tmp_path / "8f3a")


def test_a_review_is_read_by_whatever_leads_to_its_folder(tmp_path, monkeypatch):
    folder = review(tmp_path / "li-2007")
    (folder / "inside").mkdir()
    (tmp_path / "link").symlink_to("li-2007")
    monkeypatch.chdir(folder)
    for path in (".", "inside/..", "../link", "../li-2007/", "../link/.", folder, os.path.relpath(folder)):
        assert read_review(path).id == "li-2007", path


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0b", "\x1c", "\r", " ", "\u00e9"])
@pytest.mark.parametrize("shards", [1, 2])
def test_a_path_is_read_as_it_is_whatever_ends_a_line_elsewhere(tmp_path, sign, shards):
    lib = tmp_path / f"lib{sign}x"
    review(lib / "li-2007")
    found = audited(lib, tmp_path / "out", shards=shards)
    assert not found["problems"]
    assert [r["review"] for r in found["audit"]] == ["li-2007"]


@pytest.mark.parametrize(("sign", "says"), [("\n", "a line feed"), ("\udcff", "a byte that is not UTF-8")])
def test_a_path_that_cannot_be_written_down_is_refused(tmp_path, sign, says):
    lib = tmp_path / f"lib{sign}x"
    review(lib / "li-2007")
    with pytest.raises(InputError, match=f"the path holds {says}.*Rename the folder") as caught:
        audited(lib, tmp_path / "out")
    assert str(caught.value).isprintable()


@pytest.fixture
def linked(tmp_path):
    """A corpus with a-1, of its own, and b-2, a link, that prints a number of a-1: another one in the folder that b-2 lies in."""
    for place, printed in (("lib", "0.50"), ("store", "0.90")):
        write_review(tmp_path / place / "a-1", claims=[claim("e", "estimate", printed)], rows=NUMBERS, measure="RR")
    write_review(
        tmp_path / "store" / "b-2",
        claims=[claim("e", "estimate", "0.50", refers_to="a-1/e")],
        rows=NUMBERS,
        measure="RR",
    )
    (tmp_path / "lib" / "b-2").symlink_to("../store/b-2")
    return tmp_path


@pytest.mark.parametrize("shards", [1, 3, 8])
def test_what_a_link_refers_to_lies_beside_the_folder_that_it_points_at_whatever_the_shards(linked, shards):
    found = audited(linked / "lib", linked / "out", shards=shards)
    assert not found["problems"]
    ((verdict, message),) = [
        (r["verdict"], r["message"]) for r in found["audit"] if r["review"] == "b-2" and r["claim"] == "e"
    ]
    assert verdict == "INCONSISTENT"
    assert "0.90" in message
