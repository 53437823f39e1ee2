"""``metaudit explain`` of other syntheses than pooled effects: what was computed, by which choices, and what would be right."""

from __future__ import annotations

import re

import pytest

from making import claim, made
from metaudit.audit import audit
from metaudit.audit_words.texts import quantity_name
from metaudit.explain.account import account_of, as_json, lines
from metaudit.tables.quantities import OF_SYNTHESIS

ARMS = [
    {"study": s, "treatment": t, "events": e, "n": 60}
    for s, own in {"1": "9A 14B", "2": "6B 18C", "3": "17A 15C", "4": "4A 21B 11C", "5": "19A 8B"}.items()
    for e, t in ((int(x[:-1]), x[-1]) for x in own.split())
]  # fmt: skip
TRIALS = [
    {"study": s, "year": y, "events_t": a, "n_t": n, "events_c": c, "n_c": n}
    for s, y, a, c, n in (("T1", 1990, 12, 25, 100), ("T2", 1991, 8, 20, 150), ("T3", 1994, 30, 50, 400), ("T4", 1999, 60, 85, 700))
]  # fmt: skip
EFFECTS = [
    {"study": s, "timepoint": str(i), "effect": e, "se": x}
    for i, (s, e, x) in enumerate((("A", 0.1, 0.2), ("A", 0.3, 0.15), ("B", 0.2, 0.3), ("B", 0.6, 0.2), ("C", -0.1, 0.25), ("D", 0.9, 0.2)))
]  # fmt: skip
DOSES = [
    {"study": s, "dose": d, "effect": rr, "se": x, "events": e, "n": 900}
    for s, own in {"a": ((0, 1, "", 50), (5, 1.2, 0.2, 60), (10, 1.5, 0.2, 70)), "b": ((0, 1, "", 30), (4, 1.3, 0.25, 41), (12, 1.4, 0.24, 45))}.items()
    for d, rr, x, e in own
]  # fmt: skip
NETWORK = {"rows": ARMS, "measure": "OR", "network": {}, "method": {"model": "random", "tau2": "PM"}}
SYNTHESES = {
    "network": (NETWORK, (("tau2", "tau2", "0.3", ""), ("est", "estimate", "0.7", "A : B"), ("low", "ci_low", "0.2", "A : B"),
                          ("k", "k", "5", ""), ("whole", "estimate", "0.7", ""))),
    "sequential": ({"rows": TRIALS, "measure": "RR", "sequential": {"alpha": 0.05, "power": 0.8, "relative_reduction": 0.2}},
                   (("ris", "ris", "20,000", ""), ("fixed", "ris_fixed", "1,450", ""), ("low", "tsa_ci_low", "0.4", ""))),
    "bayes": ({"rows": EFFECTS[1:], "measure": "GEN", "bayes": {"tau": "half-normal(0.5)"}},
              (("est", "estimate", "0.3", ""), ("low", "ci_low", "0.9", ""), ("tau", "tau", "0.3", ""), ("part", "estimate", "0.1", "men"))),
    "multilevel": ({"rows": EFFECTS, "measure": "GEN", "multilevel": {"cluster": "study"}},
                   (("est", "estimate", "0.4", ""), ("low", "ci_low", "0.1", ""), ("k", "k", "4", ""), ("w", "weight", "20", "A"))),
    "dose-response": ({"rows": DOSES, "measure": "RR", "dose_response": {"curve": "linear"}},
                      (("slope", "coef", "0.04", ""), ("rr", "predicted", "1.9", "dose=10"), ("nl", "nonlinear_p", "0.3", ""))),
}  # fmt: skip
CODES = re.compile(
    r" \| |@only-zero|\bmu flat|\brho 0\b|greenland-longnecker, |, (?:satterthwaite|clusters|residual), |obrien-fleming spending"
)


def accounts(folder, kind):
    content, claims = SYNTHESES[kind]
    typed = [claim(name, quantity, printed, subject=subject) for name, quantity, printed, subject in claims]
    review = made(folder / "r", claims=typed, **content)
    rows = audit(review, search="missed")
    return {c: account_of(review, rows, c) for c, *_ in claims}


@pytest.fixture(scope="module", params=SYNTHESES)
def explained(request, tmp_path_factory):
    return request.param, accounts(tmp_path_factory.mktemp(request.param), request.param)


def facts(account):
    return {f.term: [i.text for i in f.items] for f in account.facts}


def test_nothing_is_empty_and_nothing_is_said_twice(explained):
    for account in explained[1].values():
        for term, texts in facts(account).items():
            assert texts, term
            assert all(t.strip() for t in texts), term
            assert len(set(texts)) == len(texts), (term, texts)


def test_methods_are_words_and_no_codes(explained):
    for account in explained[1].values():
        told = facts(account)
        for term in (
            "Reproduced by",
            "Our value is by",
            "Stated method",
            "Also matching",
            "Nearest methods",
            "To ask the authors",
        ):
            for text in told.get(term, []):
                assert not CODES.search(text), (term, text)
        assert as_json(account)["spec"]["words"] == "" or not CODES.search(as_json(account)["spec"]["words"])


def test_what_was_computed_is_said_with_its_choices(explained):
    kind, found = explained
    names = {
        "network": "network",
        "sequential": "trial sequential analysis",
        "bayes": "Bayesian",
        "multilevel": "levels",
        "dose-response": "dose-response",
    }
    computed = [a for a in found.values() if a.row.spec]
    assert computed
    for account in computed:
        told = facts(account)
        (method,) = told.get("Reproduced by") or told["Our value is by"]
        assert names[kind] in method, method
        assert told["Formula"]


def test_no_other_synthesis_is_called_a_pooled_estimate(explained):
    kind, found = explained
    for account in found.values():
        text = "\n".join(lines(account, width=200))
        if kind != "multilevel" and account.row.spec:
            assert "pooled estimate" not in text, text


def test_only_what_matters_for_a_number_is_named(tmp_path):
    found = accounts(tmp_path, "network")
    (method,) = facts(found["k"]).get("Reproduced by") or facts(found["k"])["Our value is by"]
    assert not any(words in method for words in ("interval", "%", "random effects"))
    (method,) = facts(found["tau2"]).get("Reproduced by") or facts(found["tau2"])["Our value is by"]
    assert "random effects (Paule-Mandel)" in method
    assert "interval" not in method
    (method,) = facts(found["low"]).get("Reproduced by") or facts(found["low"])["Our value is by"]
    assert "normal interval" in method
    assert "95 %" in method
    assert "prediction" not in method


@pytest.mark.parametrize(
    ("kind", "name"), [("network", "whole"), ("multilevel", "w"), ("dose-response", "nl"), ("bayes", "part")]
)
def test_what_has_no_answer_is_not_said_to_lack_data(tmp_path, kind, name):
    account = accounts(tmp_path, kind)[name]
    assert account.row.verdict == "NOT_CHECKABLE"
    told = facts(account)
    assert told["Formula and inputs"] == ["none: nothing is computed, for the reason that is given above"]
    assert "numbers named are not in it" not in " ".join(told["Criterion"])


def test_a_method_that_networks_lack_is_explained_with_those_that_there_are(tmp_path):
    content = {**NETWORK, "method": {"tau2": "EB"}}
    review = made(tmp_path / "r", claims=[claim("tau2", "tau2", "0.3")], **content)
    account = account_of(review, audit(review, search="missed"), "tau2")
    assert facts(account)["What is missing"] == ["tau2 in review.yaml: one of DL, REML, ML, PM"]


def test_tables_and_sentences_call_a_quantity_alike():
    for synthesis, own in OF_SYNTHESIS.items():
        for quantity, name in own.items():
            assert quantity_name(quantity, synthesis=synthesis) == f"the {name}"
