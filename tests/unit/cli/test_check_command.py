"""``metaudit check`` says before an audit what the audit would answer with NOT_CHECKABLE."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from making import claim, write_review
from metaudit.cli import app

ARMS = [
    {"study": s, "treatment": t, "events": e, "n": 40}
    for s, own in {"1": {"A": 9, "B": 4}, "2": {"B": 6, "C": 8}, "3": {"A": 7, "C": 5}}.items() for t, e in own.items()
]  # fmt: skip
COUNTS = [{"study": s, "events_t": 4, "n_t": 40, "events_c": 9, "n_c": 41} for s in "abc"]


def check(*folders):
    return CliRunner().invoke(app, ["check", *map(str, folders), "--json"], env={"COLUMNS": "250", "TERM": "dumb"})


def test_what_an_audit_could_not_check_is_refused(tmp_path):
    folder = write_review(
        tmp_path / "net",
        claims=[claim("tau2", "tau2", "0.05")],
        rows=ARMS,
        measure="OR",
        method={"tau2": "EB"},
        network={},
    )
    found = check(folder)
    assert found.exit_code == 2
    (problem,) = json.loads(found.stdout)
    assert problem["rule"] == "method-of-synthesis"
    assert "DL, REML, ML and PM" in problem["fix"]


def test_measures_and_ratios_are_refused_of_every_folder(tmp_path):
    one = write_review(tmp_path / "one", claims=[claim("k", "k", "3")], rows=COUNTS, measure="MD")
    two = write_review(tmp_path / "two", claims=[claim("or", "estimate", "-0.5")], rows=COUNTS, measure="OR")
    found = check(one, two)
    assert found.exit_code == 2
    assert [p["rule"] for p in json.loads(found.stdout)] == ["measure-of-no-row", "ratio"]


def test_a_review_in_order_has_nothing_to_say(tmp_path):
    found = check(write_review(tmp_path / "good", claims=[claim("or", "estimate", "0.5")], rows=COUNTS, measure="OR"))
    assert (found.exit_code, json.loads(found.stdout)) == (0, [])
