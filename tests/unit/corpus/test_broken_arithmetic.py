"""Numbers that cannot be computed with cost one review of a corpus, not the corpus."""

import pytest
import typer

from making import claim, write_review
from making_corpus import audited, small
from metaudit.audit import engine
from metaudit.cli.output import guarded


def overflow():
    raise OverflowError(34, "Numerical result out of range")


def test_a_review_that_overflows_is_a_problem_and_the_others_are_done(tmp_path, monkeypatch):
    true = engine.audit_many

    def broken(reviews, **options):
        return overflow() if any(r.id == "smith-2001" for r in reviews) else true(reviews, **options)

    monkeypatch.setattr(engine, "audit_many", broken)
    found = audited(small(tmp_path), tmp_path / "out")
    assert {r["review"] for r in found["audit"]} == {"jones-2010"}
    (problem,) = found["problems"]
    assert (problem["review"], problem["rule"]) == ("smith-2001", "not-computed")
    assert "far too large or too small" in problem["message"]
    assert "report" in problem["fix"]


def test_a_large_number_in_one_review_leaves_the_others_audited(tmp_path):
    for name, se in (("bad", "1e200"), ("good", "0.5")):
        rows = [{"study": "A", "effect": "1", "se": "0.3"}, {"study": "B", "effect": "2", "se": se}]
        write_review(tmp_path / "lib" / name, claims=[claim("e", "estimate", "1.3")], rows=rows, measure="GEN")
    found = audited(tmp_path / "lib", tmp_path / "out")
    assert {r["review"] for r in found["audit"]} == {"good"}
    assert [(p["review"], p["rule"], p["column"]) for p in found["problems"]] == [("bad", "size", "se")]


def test_a_command_refuses_and_asks_for_a_report(capsys):
    with pytest.raises(typer.Exit) as caught:
        guarded(overflow)
    assert caught.value.exit_code == 2
    said = capsys.readouterr().err
    assert "far too large or too small" in said
    assert "report it" in said
