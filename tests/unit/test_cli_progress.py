"""Bars and spinners: on stderr, on a terminal, and nowhere else; the answer on stdout is the same with and without."""

import io
import os
import pty
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner

from making import claim, write_review
from metaudit.cli import app
from metaudit.cli.output import guarded, progress
from metaudit.stages.whole import STEPS, write_whole

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    {"study": "A", "events_t": 10, "n_t": 50, "events_c": 20, "n_c": 50},
    {"study": "B", "events_t": 0, "n_t": 60, "events_c": 5, "n_c": 60},
]


@pytest.fixture
def folder(tmp_path):
    return write_review(
        tmp_path / "r",
        claims=[claim("e", "estimate", "0.40")],
        rows=ROWS,
        measure="RR",
        method={"model": "mantel-haenszel"},
    )


def on_a_terminal(*words, **env):
    """Standard output, and what a terminal on standard error shows."""
    main, side = pty.openpty()
    plain = {k: v for k, v in os.environ.items() if k not in ("CI", "NO_COLOR", "COLUMNS")}
    process = subprocess.Popen(
        [sys.executable, "-m", "metaudit", *map(str, words)], stdout=subprocess.PIPE, stderr=side, stdin=subprocess.DEVNULL,
        env={**plain, "PYTHONPATH": str(ROOT / "scripts"), "TERM": "xterm", **env},
    )  # fmt: skip
    os.close(side)
    seen = bytearray()

    def listen():
        while True:
            try:
                part = os.read(main, 4096)
            except OSError:  # the terminal's other side was closed
                return
            if not part:
                return
            seen.extend(part)

    listener = threading.Thread(target=listen)
    listener.start()
    out, _ = process.communicate(timeout=120)
    listener.join(timeout=20)
    os.close(main)
    return process.returncode, out.decode(), seen.decode(errors="replace")


def test_a_terminal_sees_that_work_goes_on_and_stdout_only_the_answer(folder):
    code, out, seen = on_a_terminal("audit", folder)
    assert code == 0
    assert "Auditing r" in seen
    assert "\x1b" not in out
    assert out == CliRunner().invoke(app, ["audit", str(folder)]).stdout


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    for name in ("CI", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    shown = Terminal()
    monkeypatch.setattr("metaudit.cli.output.sys", SimpleNamespace(stderr=shown))  # pytest sets sys.stderr itself
    return shown


def work(*, quiet=False):
    with progress("Working", steps=2, quiet=quiet) as tell:
        tell("one [of two]")
        tell("two")


def test_steps_are_named_on_a_terminal(terminal, capsys):
    work()
    assert "Working: two" in terminal.getvalue()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("env", [{"CI": "true"}, {"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_quiet_where_quiet_is_asked_for(terminal, monkeypatch, env):
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    work(quiet=not env)
    assert terminal.getvalue() == ""


def test_a_refusal_is_said_once_and_the_exit_code_stays(terminal):
    with pytest.raises(typer.Exit) as caught, progress("Working"):
        guarded(lambda: 1 / int(""))
    assert caught.value.exit_code == 2
    assert terminal.getvalue().count("invalid literal") == 1


def test_every_step_of_a_whole_audit_is_told_once_and_in_order(folder, tmp_path):
    from metaudit.formats.review import read_review

    told = []
    write_whole(read_review(folder), tmp_path / "out", tell=told.append)
    assert tuple(told) == STEPS


def test_without_a_terminal_nothing_is_shown(capsys):
    with progress("Working", steps=2) as tell:
        tell("one")
        tell("two")
    assert capsys.readouterr() == ("", "")
