"""Choices that a paper leaves open: one that is enough is told apart from one that only goes with some setting of the others."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from making import audited, claim
from metaudit.audit.bundles import Bundle
from metaudit.audit.left_open import left_open
from metaudit.audit.options import Options
from metaudit.specs import Spec

WALD, T, HKSJ = "wald", "t", "hksj"
COUNTS = [
    {"study": f"S{i}", "events_t": e, "n_t": n, "events_c": f, "n_c": m}
    for i, (e, n, f, m) in enumerate([(4, 123, 11, 139), (6, 306, 29, 303), (3, 231, 11, 220), (62, 13598, 248, 12867)])
]


def sentence(hits, *, choice="", quantity="ci_high"):
    """What is said where ``hits`` is {(tau2, ci): whether it gives the number}; None where it has no answer."""
    base = Spec(measure="RR", model="random")
    specs = Options(replace(base, tau2=tau2, ci=ci) for tau2, ci in hits)
    given = np.array([hit is not None for hit in hits.values()])
    answers = SimpleNamespace(given=given, hit=np.array([hit is True for hit in hits.values()]))
    bundle = Bundle(SimpleNamespace(), (), (), specs, {}, {"c": answers}, {}, specs[0])
    return left_open(bundle, SimpleNamespace(id="c", quantity=quantity), SimpleNamespace(choice=choice))


def test_nothing_is_said_where_every_choice_gives_it():
    assert sentence({("DL", WALD): True, ("PM", WALD): True}) == ("", ())


def test_a_choice_that_is_enough():
    said, causes = sentence({("DL", WALD): True, ("PM", WALD): True, ("DL", T): False, ("PM", T): False})
    assert said == " The stated method leaves choices open that decide this number; it comes out with Wald interval."
    assert causes == ("interval wald",)


def test_choices_none_of_which_is_enough():
    hits = {("DL", WALD): True, ("PM", WALD): False, ("DL", T): False, ("PM", T): False}
    said, causes = sentence(hits)
    assert said == (
        " The stated method leaves choices open that decide this number. Each of these gives it together with some setting of "
        "the others, not with every one: τ² by DerSimonian-Laird; Wald interval."
    )
    assert causes == ("tau² DL", "interval wald")


def test_a_choice_that_is_enough_beside_one_that_is_not():
    hits = {
        ("DL", WALD): True, ("DL", T): True, ("DL", HKSJ): False,
        ("PM", WALD): True, ("PM", T): False, ("PM", HKSJ): False,
    }  # fmt: skip
    said, causes = sentence(hits)
    assert said == (
        " The stated method leaves choices open that decide this number. It comes out with Wald interval, whatever the others; "
        "this gives it together with some setting of the others, not with every one: t interval."
    )
    assert causes == ("interval t or wald",)


def test_a_choice_without_an_answer_does_not_count_against_it():
    hits = {("DL", WALD): True, ("PM", WALD): None, ("DL", T): False, ("PM", T): None}
    assert sentence(hits)[0].endswith("; it comes out with Wald interval.")


def test_what_was_chosen_beside_the_specification_is_enough():
    said, causes = sentence({("DL", WALD): True, ("PM", WALD): True}, choice="the interval of the median")
    assert causes == ("the interval of the median",)
    assert "it comes out with" in said


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ({"model": "random", "tau2": "DL"}, "; it comes out with Wald interval."),
        ({"model": "random"}, "Each of these gives it together with some setting of the others, not with every one: "),
    ],
)
def test_of_a_review(tmp_path, method, words):
    printed = audited(
        tmp_path / "a", claims=[claim("hi", "ci_high", "9")], rows=COUNTS, measure="RR",
        method={"model": "random", "tau2": "DL", "ci": "wald"},
    )["hi"].value  # fmt: skip
    found = audited(
        tmp_path / "b", claims=[claim("hi", "ci_high", f"{printed:.4f}")], rows=COUNTS, measure="RR", method=method
    )["hi"]
    assert found.verdict == "UNDERSPECIFIED"
    assert words in found.message
