"""Questions to authors, criteria and fingerprints in words."""

import ast
import math
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from metaudit.audit.verdict import VERDICTS
from metaudit.audit_words.criteria import criterion_formula, criterion_words, implied_by, specificity_words
from metaudit.audit_words.texts import HERE, LANGUAGES, catalogue, missing_words, quantity_name, table_words
from metaudit.audit_words.what_to_ask import NOTHING_TO_ASK, ask, ours_words
from metaudit.audit_words.whole import counted, fewer_or_more
from metaudit.formats.columns import QUANTITIES

AUDIT = Path(__file__).resolve().parents[3] / "scripts" / "metaudit" / "audit"
SPEC = "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%"


def row(verdict, **given):
    base = {"criterion": "", "quantity": "estimate", "subject": "", "printed": "0.50", "value": 0.4312, "spec": SPEC}
    return SimpleNamespace(**{**base, "causes": (), "edits": (), "verdict": verdict, **given})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", VERDICTS)
def test_every_verdict_that_leaves_something_open_has_a_question(verdict, language):
    question = ask(row(verdict, causes=("events of every study",)), language=language)
    if verdict in NOTHING_TO_ASK:
        assert question == ""
    else:
        assert question.endswith("." if "Un lecteur" in question or "would let" in question else "?")
        assert "0.50" in question
        assert question[0].isupper()
        assert "{" not in question


def test_a_question_says_what_differs_and_what_would_restore_it():
    question = ask(row("DIFFERENT", edits=("the arms of Amr 2010 swapped", "Amr 2010 left out")))
    assert question.startswith("We get 0.431 for the pooled estimate, where 0.50 is printed.")
    assert "the arms of Amr 2010 swapped" in question
    assert "left out" not in question


def test_a_question_names_the_method_in_words():
    assert "random effects (DerSimonian-Laird)" in ask(row("OTHER_SPEC"))
    assert "random effects (DerSimonian-Laird)" in ask(row("UNDERSPECIFIED"))
    test = ask(row("UNDERSPECIFIED", criterion="test left open", causes=("Fisher's exact test", "chi-square")))
    assert "Fisher's exact test and chi-square" in test


def test_a_missing_table_is_asked_for_by_its_columns():
    causes = tuple(f"per study: {c}, {arm}" for arm in ("treatment", "control") for c in ("mean", "SD", "n"))
    assert "share mean, SD and n of both arms of each study?" in ask(row("NOT_CHECKABLE", causes=causes))
    assert "communiquer moyenne, écart-type et effectif des deux groupes" in ask(
        row("NOT_CHECKABLE", causes=causes), language="fr"
    )
    assert table_words(["events", "n"]) == "events and n of each study"
    assert table_words(["n, treatment", "n, control"]) == "n of both arms of each study"
    assert table_words(["n, treatment"]) == "n, treatment of each study"


def test_what_only_our_own_files_lack_is_no_question_to_authors():
    assert ask(row("NOT_CHECKABLE", causes=("subgroups in review.yaml",))) == ""
    assert ask(row("NOT_CHECKABLE", causes=())) == ""


def test_contradictions_and_statements():
    beside = ask(row("INCONSISTENT", criterion="P against interval", quantity="p", printed="<.001", value=0.0045))
    assert (
        beside
        == "The P value is printed as <.001; the numbers printed beside it lead to 0.0045. Which of them is right?"
    )
    cited = ask(
        row("INCONSISTENT", criterion="transcription", quantity="count", subject="patients", printed="50", value=51.0)
    )
    assert cited == "50 is printed for “patients”; the document it refers to says 51. Which one is meant?"
    no_value = ask(row("INCONSISTENT", criterion="transcription", value=None))
    assert "says something else" in no_value
    text = ask(
        row(
            "INCONSISTENT",
            criterion="words against numbers",
            quantity="text",
            printed="not significant",
            value=math.nan,
        )
    )
    assert text.startswith("The statement “not significant” does not go with the numbers at hand.")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_from_the_data_is_not_what_the_numbers_beside_it_give(language):
    symmetric = ask(row("INCONSISTENT", criterion="interval symmetric", printed="0.70", value=0.720), language=language)
    assert "0.72" not in symmetric
    assert symmetric == ask(
        row("INCONSISTENT", criterion="interval symmetric", printed="0.70", value=None), language=language
    )
    implied = ask(row("INCONSISTENT", criterion="percentage of counts", printed="51.3%", value=48.0), language=language)
    assert "48.00%" in implied


def test_where_a_cited_number_comes_from_is_asked_not_a_second_source():
    source = "a second source of this value"
    asked = ask(row("NOT_CHECKABLE", quantity="value", subject="dose", printed="5", causes=(source,)))
    assert asked == "“dose” is printed as 5. Which source does this number come from?"
    both = ask(
        row("NOT_CHECKABLE", quantity="value", subject="dose", printed="5", causes=("the document itself", source))
    )
    assert both.startswith("Could you share the document itself? ")
    assert both.endswith(" Which source does this number come from?")
    assert "second source" not in asked + both
    french = ask(row("NOT_CHECKABLE", quantity="value", subject="dose", printed="5", causes=(source,)), language="fr")
    assert french.endswith("De quelle source ce nombre provient-il ?")


def test_only_checks_that_work_a_value_out_from_print_say_what_it_follows_from():
    told = {c: implied_by(c) for c in catalogue(HERE / "criteria.yaml") if implied_by(c)}
    assert told == {
        "P against interval": "the printed interval",
        "P against estimate and SE": "the printed standard error",
        "P of Q": "the printed Q",
        "I² of Q": "the printed Q",
        "percentage of counts": "the printed counts",
    }


@pytest.mark.parametrize(
    ("printed", "value", "words"),
    [
        ("6", 5.0, "1 fewer than printed"), ("3,476", 3509.0, "33 more than printed"), ("6", 6.0, ""), ("6", 5.5, ""),
        ("0.6", 1.0, ""), (">10", 9.0, ""), ("6%", 5.0, ""), ("1/2", 1.0, ""), ("six", 5.0, ""), ("6", math.nan, ""),
        ("6", 5 - 1e-12, "1 fewer than printed"),
    ],
)  # fmt: skip
def test_whole_numbers_differ_by_so_many(printed, value, words):
    assert fewer_or_more(printed, value) == words


def test_what_is_counted():
    assert counted("k")
    assert counted("value", unit="year")
    assert not counted("value", unit="day")
    assert not counted("estimate")


@pytest.mark.parametrize(
    ("printed", "value", "shown"),
    [
        ("0.50", 0.4312, "0.431"), ("51.3%", 48.0, "48.00%"), ("12", 13.0, "13"), ("12", 12.7, "12.7"), ("<.001", 0.0045, "0.0045"),
        ("0.00", 0.0000012, "0.0000012"), ("0.0", 0.0, "0.00"), ("x", 1.23456, "1.235"), ("1", math.nan, ""), ("1", None, ""),
    ],
)  # fmt: skip
def test_our_value_has_a_digit_more_than_the_printed_one(printed, value, shown):
    assert ours_words(printed, value) == shown


def test_every_quantity_has_a_name_in_both_languages():
    assert set(catalogue(HERE / "quantities.yaml")) == set(QUANTITIES)
    assert all(quantity_name(q, language) for q in QUANTITIES for language in LANGUAGES)


def test_both_languages_have_the_same_blanks():
    texts = catalogue(HERE / "texts.yaml")
    pairs = [
        *texts["ask"].values(),
        *texts["patterns"].values(),
        *(texts[k] for k in ("join", "each", "both", "of", "about")),
    ]
    for pair in pairs:
        assert set(pair) == set(LANGUAGES)
        assert sorted(re.findall(r"\{\w+\}", pair["en"])) == sorted(re.findall(r"\{\w+\}", pair["fr"])), pair


def test_what_the_audit_calls_missing_has_french_words():
    phrases = set()
    for tree in (ast.parse((AUDIT / name).read_text(encoding="utf-8")) for name in ("missing.py", "names.py")):
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in ("_BY_QUANTITY", "_COLUMNS"):
                phrases |= set(ast.literal_eval(node.value).values())
    assert len(phrases) > 15
    assert {p for p in phrases if missing_words(p, "fr") == p} == set()
    assert (
        missing_words("which studies make up 'younger samples'", "fr") == "quelles études composent « younger samples »"
    )
    assert missing_words("Amr 2010: n, treatment") == "n, treatment of Amr 2010"
    assert missing_words("something new", "fr") == "something new"


def test_every_check_says_what_it_compares():
    checks = set()
    for path in AUDIT.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            made = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding" and node.args
            if made and isinstance(node.args[0], ast.Constant):
                checks.add(node.args[0].value)
    assert len(checks) > 20
    assert {c for c in checks if not criterion_words(c)} == set(), "add a sentence to audit_words/criteria.yaml"
    between = {n.value for n in ast.walk(_assigned("_BETWEEN_NUMBERS")) if isinstance(n, ast.Constant)}
    assert len(between) > 8
    assert {c for c in between if not criterion_formula(c)} == set(), "add a formula to audit_words/criteria.yaml"


def _assigned(name):
    """The value that engine.py gives a name."""
    tree = ast.parse((AUDIT / "engine.py").read_text(encoding="utf-8"))
    return next(n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == name)


@pytest.mark.parametrize(
    ("share", "searched", "expected"),
    [
        (5 / 212, 212, "5 of the 212 distinct results of the searched space print as this number: a fair fingerprint"),
        (1 / 212, 212, "1 of the 212 distinct results of the searched space prints as this number: a strong fingerprint"),
        (100 / 200, 200, "100 of the 200 distinct results of the searched space print as this number: a weak fingerprint"),
        (1 / 12, 12, "1 of the 12 distinct results of the searched space prints as this number: too few results to tell methods apart"),
        (0.0, 12345, "none of the 12 345 distinct results of the searched space prints as this number"),
        (1.0, 1, "the searched space has a single result, so that a match says nothing about the method"),
        (0.25, None, "25 % of the choices left open print as this number"),
        (0.0, None, "none of the choices left open prints as this number"),
        (math.nan, 12, ""), (None, 12, ""),
    ],
)  # fmt: skip
def test_how_much_a_match_says(share, searched, expected):
    assert specificity_words(share, searched) == expected


@pytest.mark.parametrize(
    ("printed", "value", "words"),
    [
        ("<0.00001", 3.218828093e-05, "0.0000322"),
        (">5", 1234.4, "1234"),
        ("<1", 0.0, "0"),
        ("<1", -0.25, "-0.25"),
        ("<.05", 0.0999999, "0.1"),
        ("0.00", 0.000012, "0.000012"),
        ("0.3", 3.8e-132, "< 0.000001"),
    ],
)
def test_our_value_beside_a_bound_is_written_out(printed, value, words):
    assert ours_words(printed, value) == words
