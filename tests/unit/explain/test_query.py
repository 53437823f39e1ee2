"""The shortest list of missing numbers, and the letter that asks for it."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from making import claim, made, write_review
from metaudit.audit import audit
from metaudit.audit_words.texts import LANGUAGES, catalogue
from metaudit.cli import app
from metaudit.cli import query as command
from metaudit.explain import letter as letter_module
from metaudit.explain.letter import letter
from metaudit.explain.questions import questions_about
from metaudit.explain.requests import BY_EFFECTS, needs_of

POOLED = [
    claim("e", "estimate", "0.50"),
    claim("lo", "ci_low", "0.30"),
    claim("hi", "ci_high", "0.80"),
    claim("k", "k", "5"),
]
MIXED = [
    *POOLED,
    claim("n", "n_t", "120", analysis="main"),
    claim("c", "count", "14", analysis="", subject="studies included"),
    claim("v", "value", "80", analysis="", subject="mg a day"),
    claim("w", "text", "recommend ketamine", analysis="", subject="guideline"),
]


def run(*args):
    assert command.query
    return CliRunner().invoke(app, [str(a) for a in args])


def asked(tmp_path, claims, **content):
    review = made(tmp_path / "r", claims=claims, **content)
    rows = audit(review)
    return review, rows, questions_about(review, rows)


def lines_of(questions):
    return {
        (line.request.kind, line.request.what, tuple(c.claim for c in line.claims)): line.request.size
        for line in questions.lines
    }


def test_effects_of_the_studies_are_fewer_numbers_than_their_table(tmp_path):
    _, _, q = asked(tmp_path, POOLED, measure="RR")
    assert lines_of(q) == {("effects", ("effect with its standard error or interval",), ("e", "lo", "hi", "k")): 10}
    assert (q.numbers, q.at_least, q.proven, q.served) == (10, 10, True, 4)


def test_a_count_model_needs_the_counts(tmp_path):
    _, _, q = asked(tmp_path, POOLED, measure="RR", method={"model": "mantel-haenszel"})
    ((kind, what, claims),) = lines_of(q)
    assert kind == "table"
    assert len(what) == 4
    assert claims == ("e", "lo", "hi", "k")
    assert q.numbers == 20


def test_people_and_effects_together(tmp_path):
    """Sizes of one arm (5) and the effects (10) are fewer numbers than the whole table (30)."""
    claims = [
        claim("e", "estimate", "0.55"),
        *POOLED[1:],
        claim("n", "n_t", "120"),
    ]  # a difference has a symmetric interval
    _, _, q = asked(tmp_path, claims, measure="MD")
    assert {(line.request.kind, line.request.size) for line in q.lines} == {("effects", 10), ("table", 5)}
    assert q.numbers == 15


def test_events_of_both_arms_make_the_table_the_shortest(tmp_path):
    claims = [*POOLED, claim("pt", "proportion_t", "51%"), claim("pc", "proportion_c", "20%")]
    _, _, q = asked(tmp_path, claims, measure="RR")
    ((kind, what, served),) = lines_of(q)
    assert (kind, len(what), set(served)) == ("table", 4, {"e", "lo", "hi", "k", "pt", "pc"})


def test_the_p_value_of_q_needs_q_only(tmp_path):
    _, _, q = asked(tmp_path, [claim("qp", "q_p", "0.20"), claim("k", "k", "40")], measure="RR")
    kinds = {line.request.kind: [c.claim for c in line.claims] for line in q.lines}
    assert kinds == {"q": ["qp"], "studies": ["k"]}
    assert q.numbers == 42


def test_a_table_without_a_number_of_studies_is_open_ended(tmp_path):
    review, rows, q = asked(tmp_path, POOLED[:1], measure="RR")
    assert [line.request.open_ended for line in q.lines] == [True]
    assert "more where the number of studies is not printed" in letter(review, rows, q)


def test_a_number_missing_in_one_row_is_asked_for_once(tmp_path):
    rows = [
        {"study": s, "mean_t": 1, "sd_t": 1, "n_t": 10, "mean_c": 2, "sd_c": "" if s == "B" else 1, "n_c": 10}
        for s in "ABC"
    ]
    claims = [claim("e", "estimate", "-9.0"), claim("lo", "ci_low", "-9.9")]
    review, _, q = asked(tmp_path, claims, rows=rows, measure="MD", method={"model": "common"})
    ((kind, what, served),) = lines_of(q)
    assert (kind, what, served) == ("cells", ("SD, control",), ("e", "lo"))
    assert q.lines[0].request.whom == "B (row 3)"
    assert review.rows[1].text("study") == "B"


def test_statements_are_beyond_numbers(tmp_path):
    _, _, q = asked(tmp_path, MIXED, measure="RR")
    assert [r.claim for r in q.beyond] == ["w"]
    assert q.served == len(MIXED) - 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_names_every_claim_it_asks_for(tmp_path, language):
    review, rows, q = asked(tmp_path, MIXED, measure="RR")
    text = letter(review, rows, q, language=language)
    for printed in ("0.50", "0.30", "0.80", "120", "14", "80"):
        assert f": {printed}" in text
    assert "Author of r" in text
    assert "recommend ketamine" not in text
    assert "{" not in text
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count(" | ") for line in table} == {2}
    assert ("Aucune liste" in text) == (language == "fr")
    assert ("gardent la langue de nos fichiers, l'anglais" in text) == (language == "fr")
    assert ("The table below would be enough to check" in text) == (language == "en")


def test_what_cannot_be_is_asked_about_with_its_place(tmp_path):
    rows = [
        {"study": s, "events_t": a, "n_t": 50, "events_c": c, "n_c": 50} for s, a, c in (("A", 10, 20), ("B", 8, 9))
    ]
    review, verdicts, q = asked(
        tmp_path, [claim("e", "estimate", "0.63"), claim("p", "proportion_t", "200%")], rows=rows, measure="RR"
    )
    text = letter(review, verdicts, q)
    assert "which no data of the stated kind can give" in text
    assert text.index("could not reproduce") < text.index("200%")


def test_a_method_left_open_is_asked_about_once_for_all_its_numbers(tmp_path):
    claims = [claim("e", "estimate", "0.40"), claim("lo", "ci_low", "0.21")]
    rows = [
        {"study": s, "events_t": a, "n_t": 50, "events_c": c, "n_c": 50} for s, a, c in (("A", 10, 20), ("B", 0, 5))
    ]
    review, verdicts, q = asked(tmp_path, claims, rows=rows, measure="RR", method={"model": "mantel-haenszel"})
    for verdict in ("UNDERSPECIFIED", "OTHER_SPEC"):
        same = tuple(replace(r, verdict=verdict, spec=verdicts[0].spec) for r in verdicts)
        text = letter(review, verdicts, replace(q, not_reproduced=same))
        assert (
            "The pooled estimate and the lower confidence limit: printed as 0.40 and 0.21. These come out with: risk ratio"
            in text
        )
        assert ("Which method was used" in text) == (verdict == "UNDERSPECIFIED")
        assert ("could not reproduce" in text) == (verdict == "OTHER_SPEC")


def test_a_pipe_in_a_title_does_not_break_the_table(tmp_path):
    review, rows, q = asked(tmp_path, [claim("c", "count", "14", analysis="", subject="a|b")])
    assert "a\\|b" in letter(review, rows, q)


def test_nothing_to_ask(tmp_path):
    review, rows, q = asked(tmp_path, [claim("w", "text", "recommend ketamine", analysis="", subject="guideline")])
    assert "nothing to ask" in letter(review, rows, q)


def test_a_list_without_proof_says_so(tmp_path, monkeypatch):
    review, rows, q = asked(tmp_path, MIXED, measure="RR")
    shorter = replace(q, proven=False, at_least=q.numbers - 1)
    assert f"At least {q.numbers - 1} numbers are needed" in letter(review, rows, shorter)


def test_both_languages_of_the_letter_have_the_same_blanks():
    texts = dict(catalogue(Path(letter_module.__file__).parent / "letters.yaml"))
    for key, pair in [*texts.pop("plural").items(), *texts.pop("single").items(), *texts.items()]:
        assert set(pair) == set(LANGUAGES), key
        assert set(re.findall(r"\{\w+\}", pair["en"])) == set(re.findall(r"\{\w+\}", pair["fr"])), key


def test_the_command(tmp_path):
    folder = write_review(tmp_path / "r", claims=MIXED, measure="RR")
    out = run("query", folder)
    assert out.exit_code == 0
    assert out.stdout.startswith("# Questions about “A made-up review”")
    assert run("query", folder, "--language", "fr").stdout.startswith("# Questions sur « A made-up review »")
    assert run("query", folder, "--language", "de").exit_code == 2
    told = json.loads(run("query", folder, "--json").stdout)
    assert told["proven"] is True
    assert told["beyond"] == ["w"]
    assert {c for r in told["requests"] for c in r["claims"]} == {c["claim"] for c in MIXED} - {"w"}


EFFECTS = [
    {"study": s, "effect": effect, "ci_low": low, "ci_high": high, "x_group": "a" if s in "AB" else "b"}
    for s, effect, low, high in (
        ("A", 0.50, 0.30, 0.83), ("B", 0.70, 0.40, 1.23), ("C", 0.90, 0.55, 1.47), ("D", 0.45, 0.20, 1.01), ("E", 1.10, 0.70, 1.73)
    )
]  # fmt: skip
OF_ONE = ("weight", "study_estimate", "study_ci_low", "study_ci_high", "study_se", "study_variance")
WITH_GROUPS = ("subgroup_q", "subgroup_p", "subgroup_df", "subgroup_i2")


@pytest.mark.parametrize("quantity", sorted(BY_EFFECTS))
def test_each_studys_effect_is_indeed_enough(tmp_path, quantity):
    """What is asked for, once it is there, makes the claim checkable."""
    printed = {"text": "significant", "k": "5", "q_df": "4", "trimfill_k": "1", "failsafe_n": "3"}.get(quantity, "0.5")
    wanted = claim("x", quantity, printed, subject="A" if quantity in OF_ONE else "")
    review = made(tmp_path / "before", claims=[wanted], measure="RR")
    (need,) = needs_of(review, audit(review)) or [None]
    assert "effects" in {r.kind for o in need.options for r in o}
    groups = {"subgroups": "group"} if quantity in WITH_GROUPS else {}
    with_data = made(tmp_path / "after", claims=[wanted], rows=EFFECTS, measure="GEN-LOG", favours="low", **groups)
    assert audit(with_data)[0].verdict != "NOT_CHECKABLE"


def test_q_is_indeed_enough(tmp_path):
    wanted = claim("x", "q_p", "0.5")
    review = made(tmp_path / "before", claims=[wanted], measure="RR")
    (need,) = needs_of(review, audit(review))
    assert {"q"} in [{r.kind for r in o} for o in need.options]
    with_q = made(tmp_path / "after", claims=[wanted, claim("q", "q", "12.3"), claim("df", "q_df", "8")], measure="RR")
    assert {r.claim: r.verdict for r in audit(with_q)}["x"] != "NOT_CHECKABLE"


@pytest.mark.parametrize(("quantity", "printed"), [("p", "0.04"), ("text", "significant")])
def test_an_interval_is_indeed_enough(tmp_path, quantity, printed):
    wanted = claim("x", quantity, printed)
    review = made(tmp_path / "before", claims=[wanted], measure="RR")
    (need,) = needs_of(review, audit(review))
    assert {("interval", 3)} in [{(r.kind, r.size) for r in o} for o in need.options]
    with_interval = made(tmp_path / "after", claims=[wanted, *POOLED[:3]], measure="RR")
    assert {r.claim: r.verdict for r in audit(with_interval)}["x"] != "NOT_CHECKABLE"
