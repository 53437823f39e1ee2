"""Whom a subject names."""

from __future__ import annotations

import pytest

from metaudit.audit.own_value import Unanswerable
from metaudit.audit.syntheses.subjects import Subject, split_subject, subject_of

TREATMENTS = ("Placebo", "Drug A", "Drug A: 10 mg", "A", "a")
STUDIES = ("AFASAK-I 1989", "Study: two")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Subject()), ("  ", Subject()), ("Placebo", Subject(("Placebo",))), ("Drug A : Placebo", Subject(("Drug A", "Placebo"))),
        ("Drug A:Placebo", Subject(("Drug A", "Placebo"))), ("drug a vs. PLACEBO", Subject(("Drug A", "Placebo"))),
        ("Drug A versus Placebo", Subject(("Drug A", "Placebo"))), ("Drug A: 10 mg : Placebo", Subject(("Drug A: 10 mg", "Placebo"))),
        ("A : a", Subject(("A", "a"))), ("Placebo : Drug A : A", Subject(("Placebo", "Drug A", "A"))),
        ("AFASAK-I 1989 : Drug A : Placebo", Subject(("Drug A", "Placebo"), "AFASAK-I 1989")),
        ("Study: two : Drug A : Placebo", Subject(("Drug A", "Placebo"), "Study: two")), ("Study: two", Subject((), "Study: two")),
    ],
)  # fmt: skip
def test_subjects(text, found):
    assert subject_of(text, TREATMENTS, STUDIES) == found


def test_a_name_that_is_not_known_is_named_with_the_nearest():
    with pytest.raises(Unanswerable, match=r"'Placebos'.*Placebo"):
        subject_of("Drug A : Placebos", TREATMENTS, STUDIES)


def test_without_names_every_separator_separates():
    assert split_subject("A : B vs C") == ("A", "B", "C")
