"""Long names become ids that a review may have."""

from __future__ import annotations

import pytest

from metaudit.drafts import write_draft
from metaudit.drafts.skeleton import Answers, skeleton
from metaudit.errors import InputError
from metaudit.formats.places import LONGEST_ID
from metaudit.formats.review import read_review
from metaudit.imports.revman_shared_plan import _free


def test_a_long_outcome_is_cut_to_an_id(tmp_path):
    outcome = "Adverse events of any kind " * 10
    write_draft(skeleton(Answers("counts", outcome=outcome)), tmp_path / "r")
    (name,) = read_review(tmp_path / "r").analyses
    assert 90 < len(name) <= LONGEST_ID
    assert not name.endswith("-")


def test_a_folder_with_a_long_name_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(InputError, match="has 101 characters") as refused:
        write_draft(skeleton(Answers("counts")), tmp_path / ("r" * (LONGEST_ID + 1)))
    assert "100 characters at most" in refused.value.problems[0].fix
    assert list(tmp_path.iterdir()) == []


def test_long_names_of_an_outcome_and_its_group_are_cut_and_told_apart():
    used: set[str] = set()
    made = [_free("-".join(["1-2", *["pain"] * 30]), used) for _ in range(12)]
    assert len(set(made)) == 12
    assert max(map(len, made)) <= LONGEST_ID
    assert _free("1-2-pain", used) == "1-2-pain"
