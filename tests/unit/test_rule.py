"""A stage's seal: one file that changes with any of the stage's files."""

import hashlib

from metaudit.rule import seal


def test_a_seal_lists_every_file_but_itself(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/two.csv").write_text("2")
    (tmp_path / "one.csv").write_text("1")
    own = tmp_path / "seal.txt"
    seal(str(own), [str(own), str(tmp_path / "one.csv"), str(tmp_path / "a")])
    lines = own.read_text().splitlines()
    assert [line.split("  ")[1] for line in lines] == sorted(
        [(tmp_path / "a/two.csv").as_posix(), (tmp_path / "one.csv").as_posix()]
    )
    assert lines[1].split("  ")[0] == hashlib.sha256(b"1").hexdigest()


def test_a_seal_changes_with_any_file_and_with_nothing_else(tmp_path):
    own, file = tmp_path / "seals/seal.txt", tmp_path / "one.csv"
    file.write_text("1")
    seal(str(own), [str(file)])
    first = own.read_text()
    file.touch()
    seal(str(own), [str(file)])
    assert own.read_text() == first
    file.write_text("2")
    seal(str(own), [str(file)])
    assert own.read_text() != first
