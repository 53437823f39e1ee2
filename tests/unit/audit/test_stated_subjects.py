"""Subjects of claims about networks that the audit could not follow are named, with the nearest treatment."""

from __future__ import annotations

import pytest

from making import audited, claim, made
from metaudit.audit.stated_subjects import network_subject_problems

ARMS = [
    {"study": s, "treatment": t, "events": e, "n": 40}
    for s, own in {"Trial 1": {"Placebo": 9, "Aspirin": 4}, "Trial 2": {"Aspirin": 6, "Warfarin": 8}, "Trial 3": {"Placebo": 7, "Warfarin": 5}}.items()
    for t, e in own.items()
]  # fmt: skip


def found(folder, *claims, network=None, rows=ARMS, **main):
    content = {"measure": "OR", "network": {} if network is None else network, "favours": "low"} | main
    return network_subject_problems(made(folder, claims=list(claims), rows=rows, **content))


@pytest.mark.parametrize(("quantity", "subject", "printed", "message", "fix"), [
    ("estimate", "Asprin : Placebo", "0.7", "'Asprin', which is no treatment of the network. Did you mean 'Aspirin'?", "say so in note"),
    ("p_score", "Warfarine", "0.7", "Did you mean 'Warfarin'?", "extraction.csv"), ("ci_low", "", "0.7", "the subject is empty", "Aspirin, Warfarin"),
    ("estimate", "Aspirin", "0.7", "has no reference", "network: {reference: ...}"), ("sucra", "", "0.7", "about one treatment, and the subject is empty", "Placebo"),
    ("rank", "Aspirin : Placebo", "1", "names 2 treatments", "Warfarin"), ("tau2", "Aspirin", "0.1", "number of the whole network", "empty"),
    ("study_estimate", "Aspirin : Placebo", "0.7", "about one study", "STUDY : A : B"), ("se", "Trial 1 : Aspirin : Placebo", "0.7", "no number of one study", "study_estimate"),
    ("difference", "Aspirin : Placebo : Warfarin", "0.7", "names 3 treatments", "A : B"), ("text", "Asprin", "ranks first", "Aspirin", "note"),
    ("text", "", "significant", "'significant' of a network is about two treatments", "A : B"),
])  # fmt: skip
def test_a_subject_that_cannot_be_followed(tmp_path, quantity, subject, printed, message, fix):
    about = claim("x", quantity, printed, subject=subject)
    (problem,) = found(tmp_path / "r", claim("k", "k", "3"), about)
    assert (problem.rule, problem.row, problem.column) == ("network-subject", 3, "subject")
    assert message in problem.message
    assert "(claim 'x')" in problem.message
    assert fix in problem.fix
    assert found(tmp_path / "n", {**about, "note": "as printed"}) == []
    # Nothing that the audit can judge is refused.
    verdict = audited(tmp_path / "a", claims=[about], rows=ARMS, measure="OR", network={}, favours="low")["x"]
    assert verdict.verdict == "NOT_CHECKABLE"


@pytest.mark.parametrize(("quantity", "subject", "printed"), [
    ("estimate", "Aspirin : Placebo", "0.4"), ("estimate", "aspirin vs placebo", "0.4"), ("p_score", "Aspirin", "0.9"), ("k", "", "3"), ("n", "Aspirin", "80"),
    ("k", "Aspirin : Placebo", "1"), ("tau2", "", "0.1"), ("q_between", "Aspirin : Placebo", "0.1"), ("study_estimate", "Trial 1 : Aspirin : Placebo", "0.4"),
    ("estimate", "Trial 1 : Aspirin : Placebo", "0.4"), ("count", "studies found", "80"), ("text", "", "heterogeneous"), ("text", "anything", "the drug is new"),
    ("text", "Aspirin", "ranks first"), ("weight", "Nobody", "3"),
])  # fmt: skip
def test_subjects_that_are_right(tmp_path, quantity, subject, printed):
    assert found(tmp_path / "r", claim("x", quantity, printed, subject=subject)) == []


def test_one_treatment_is_enough_against_a_reference(tmp_path):
    one = claim("x", "estimate", "0.4", subject="Aspirin")
    assert found(tmp_path / "r", one, network={"reference": "Placebo"}) == []


def test_other_analyses_and_networks_without_rows_are_left_alone(tmp_path):
    one = claim("x", "estimate", "0.4", subject="Asprin : Placebo")
    assert network_subject_problems(made(tmp_path / "a", claims=[one], network={}, measure="OR", data="none")) == []
    counts = [{"study": s, "events_t": 4, "n_t": 40, "events_c": 9, "n_c": 41} for s in "abc"]
    assert network_subject_problems(made(tmp_path / "b", claims=[one], rows=counts, measure="OR")) == []
