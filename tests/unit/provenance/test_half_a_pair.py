"""Keys of which only one half could be written leave nothing behind, and keys that are there stay."""

from __future__ import annotations

import errno
import resource
import subprocess
import sys

from typer.testing import CliRunner

from metaudit.cli import app
from metaudit.files import output_error


def test_a_key_that_could_not_be_written_is_not_left_empty(tmp_path):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    command = [sys.executable, "-m", "metaudit", "keys", "k", "--no-password"]
    full = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, preexec_fn=limit)
    assert full.returncode == 2
    assert "k.key: it could not be written" in full.stderr
    assert list(tmp_path.iterdir()) == []
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["k.key", "k.pub"]


def test_the_secret_half_goes_with_the_public_one(tmp_path, monkeypatch):
    def fails(path, text):
        raise output_error(path, OSError(errno.ENOSPC, "full"))

    monkeypatch.setattr("metaudit.files.write_text", fails)
    done = CliRunner().invoke(app, ["keys", str(tmp_path / "k"), "--no-password"])
    assert done.exit_code == 2
    assert "k.pub: it could not be written: the disk is full." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_key_made_meanwhile_by_somebody_else_stays(tmp_path, monkeypatch):
    made = tmp_path / "k.key"

    def meanwhile(self, password):
        made.write_text("theirs", encoding="utf-8")
        return "ours"

    monkeypatch.setattr("metaudit.provenance.minisign.SecretKey.text", meanwhile)
    done = CliRunner().invoke(app, ["keys", str(tmp_path / "k"), "--no-password"])
    assert done.exit_code == 2
    assert made.read_text(encoding="utf-8") == "theirs"
