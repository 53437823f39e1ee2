"""Comments are passed over, wherever they stand: they change nothing that is read, and none ends in an error of the parser's."""

from pathlib import Path

import pytest

from metaudit.errors import InputError
from metaudit.formats.yaml_edit import with_comments
from metaudit.formats.yaml_file import read_yaml

ROOT = Path(__file__).resolve().parents[3]
BARE = "a: 1\nb:\n- x\n- {c: d}\ne: |\n  # no comment\n  text\n"
REMARKED = "# first\na: 1 # one\n\n# two\nb: # three\n# four\n- x\n\n# five\n- {c: d} # six\ne: | # seven\n  # no comment\n  text\n# last\n"


def read(tmp_path, text):
    path = tmp_path / "review.yaml"
    path.write_text(text, encoding="utf-8")
    return read_yaml(path, "smith/review.yaml")


def test_a_document_is_the_same_with_its_comments_and_every_line_is_counted(tmp_path):
    (bare, _), (remarked, problems) = read(tmp_path, BARE), read(tmp_path, REMARKED)
    assert problems == []
    assert bare == remarked
    assert remarked.lc.value("b") == (6, 0)
    assert remarked["b"].lc.item(1) == (9, 2)


@pytest.mark.parametrize(
    "text",
    ["\n\n|- #%itkle \n%", "\n\n|- # a comment\n%", "f- : #\n   .x,y\n\n\nz: 1\n", "- # one\n  # two\n\n\n- a\n"],
)
def test_a_comment_where_yaml_has_none_is_no_error_of_the_parser(tmp_path, text):
    for problem in read(tmp_path, text)[1]:
        assert problem.file == "smith/review.yaml"
        assert problem.message
        assert problem.fix


def test_what_fuzzing_found_is_read_or_refused_in_words(tmp_path):
    found = sorted((ROOT / "tests" / "fuzz" / "crashes" / "review").iterdir())
    assert len(found) > 3
    for path in found:
        (tmp_path / "review.yaml").write_bytes(path.read_bytes())
        assert all(p.message and p.fix for p in read_yaml(tmp_path / "review.yaml", "review.yaml")[1])


def test_what_is_written_again_has_its_comments_and_its_quotation_marks(tmp_path):
    path = tmp_path / "review.yaml"
    path.write_text("# first\na: '1' # one\n# two\nb: {c: d}\n", encoding="utf-8")
    yaml, document = with_comments(path, "smith/review.yaml")
    document["b"]["c"] = "e"
    with path.open("w", encoding="utf-8") as handle:
        yaml.dump(document, handle)
    assert path.read_text(encoding="utf-8") == "# first\na: '1' # one\n# two\nb: {c: e}\n"


def test_a_comment_that_would_be_lost_is_refused_before_anything_is_written(tmp_path):
    path = tmp_path / "review.yaml"
    path.write_text("a:\n  b: # of b\n    c\n\n  d: e\n", encoding="utf-8")
    assert read_yaml(path, "smith/review.yaml") == ({"a": {"b": "c", "d": "e"}}, [])
    with pytest.raises(InputError) as refused:
        with_comments(path, "smith/review.yaml")
    (problem,) = refused.value.problems
    assert (problem.file, problem.rule) == ("smith/review.yaml", "comment")
    assert "between a key and its value" in problem.message
