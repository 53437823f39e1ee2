"""Choices beside a specification: each has its French, and a question about the method names it."""

from metaudit.audit_words.french import french
from metaudit.audit_words.other_ways import OTHER_WAYS, chosen_beside
from metaudit.audit_words.what_to_ask import with_choices


def test_every_choice_has_its_french():
    assert all(french(way) != way for way in OTHER_WAYS)
    assert len({french(way) for way in OTHER_WAYS}) == len(OTHER_WAYS)


def test_only_these_are_named_beside_the_specification():
    causes = ("tau² DL", "test-based limits of I²", "test-based limits of I²")
    assert chosen_beside(("tau² DL",)) == ()
    assert with_choices("random effects", causes, "en") == "random effects, test-based limits of I²"
    assert with_choices("effets aléatoires", causes, "fr") == "effets aléatoires, bornes de l'I² fondées sur le test"
    assert with_choices("random effects", (), "en") == "random effects"
