"""Terminals and pipes that lack a sign get it written out."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from making import claim, write_review
from metaudit.cli.output import _write_out_what_is_lacking

ROWS = [{"study": s, "effect": e, "se": 0.3} for s, e in (("A", 1), ("B", 2))]


def run(folder, encoding, *words):
    command = [sys.executable, "-m", "metaudit", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, check=False, cwd=folder, env={**os.environ, "PYTHONIOENCODING": encoding}
    )


@pytest.fixture
def review(tmp_path):
    made = write_review(
        tmp_path / "r", claims=[claim("fe", "estimate", "1.99")], rows=ROWS, measure="GEN", method={"model": "random"}
    )
    path = made / "review.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("A made-up review", "Étude \U0001f600"), encoding="utf-8")
    return made


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_signs_that_an_encoding_lacks_are_written_out(review, encoding):
    done = run(review.parent, encoding, "explain", "r", "fe")
    assert done.returncode in {0, 1}
    assert done.stderr == b""
    assert b"\\u03c4" in done.stdout


def test_json_stays_json(review):
    done = run(review.parent, "ascii", "audit", "r", "--json")
    assert done.returncode in {0, 1}
    assert b"\\u" in done.stdout
    assert "²" in str(json.loads(done.stdout))


@pytest.mark.parametrize(
    ("encoding", "errors", "given", "got"),
    [
        ("ascii", "strict", "é τ \U0001f600", rb"\u00e9 \u03c4 \ud83d\ude00"),
        ("cp1252", "strict", "é τ", b"\xe9 \\u03c4"),
        ("ascii", "surrogateescape", "τ", rb"\u03c4"),
        ("utf-8", "strict", "τ \udcff", b"\xcf\x84 \\udcff"),
        ("utf-8", "surrogateescape", "\udcff", b"\xff"),
        ("ascii", "replace", "τ", b"?"),
    ],
)
def test_only_what_nobody_chose_is_changed(monkeypatch, encoding, errors, given, got):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, errors=errors)
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", None)
    _write_out_what_is_lacking()
    stream.write(given)
    stream.flush()
    assert raw.getvalue() == got
