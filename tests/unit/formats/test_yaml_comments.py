"""A comment where YAML has none: the parser's own assertion is a problem in words."""

from pathlib import Path

import pytest

from metaudit.formats.yaml_file import read_yaml

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("text", ["\n\n|- #%itkle \n%", "\n\n|- # a comment\n%"])
def test_a_comment_behind_a_mark_before_a_directive_is_refused_in_words(tmp_path, text):
    path = tmp_path / "review.yaml"
    path.write_text(text, encoding="utf-8")
    document, problems = read_yaml(path, "smith/review.yaml")
    assert document == {}
    (problem,) = problems
    assert (problem.file, problem.rule) == ("smith/review.yaml", "yaml")
    assert problem.message.startswith("not valid YAML")
    assert problem.fix


def test_what_fuzzing_found_is_refused_in_words(tmp_path):
    found = sorted((ROOT / "tests" / "fuzz" / "crashes" / "review").iterdir())
    assert len(found) > 1
    for path in found:
        (tmp_path / "review.yaml").write_bytes(path.read_bytes())
        assert all(p.message and p.fix for p in read_yaml(tmp_path / "review.yaml", "review.yaml")[1])
