"""A folder in the place of a table is said to be one."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from metaudit.cli import app


@pytest.mark.parametrize(
    "words",
    [
        ("pool", "{}", "--measure", "RR"),
        ("sequential", "{}", "--measure", "RR"),
        ("network", "{}", "--measure", "RR"),
        ("consensus", "--statements", "{}", "--size", "16"),
    ],
)
def test_a_folder_is_no_table(tmp_path, words):
    done = CliRunner().invoke(app, [w.format(tmp_path) for w in words])
    assert done.exit_code == 2
    assert "this is a folder" in done.stderr
    assert "no such file" not in done.stderr
