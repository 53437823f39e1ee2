"""The smallest edit in the words of a French letter."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from metaudit.audit_words.edit_words import french_edit
from metaudit.audit_words.texts import HERE, catalogue
from metaudit.audit_words.what_to_ask import ask
from metaudit.edits.edit import Change, Edit, kinds


def row(verdict, **given):
    base = {
        "criterion": "",
        "quantity": "estimate",
        "subject": "",
        "printed": "0.50",
        "value": 0.4312,
        "spec": "",
        "causes": (),
        "edits": (),
    }
    return SimpleNamespace(**{**base, "verdict": verdict, **given})


def test_every_kind_of_edit_has_its_french_and_no_other_has():
    assert set(catalogue(HERE / "edits_fr.yaml")["kinds"]) == {k.words for k in kinds().values()}


def changed(*cells):
    return tuple(Change(3, column, old, new) for column, old, new in cells)


@pytest.mark.parametrize(("edit", "told"), [
    (Edit("row-dropped", "Amr 2010", (7,)), "ligne 7 (Amr 2010) : laissée de côté"),
    (Edit("digit", "A (b): c", (3,), changed(("effect", "-0.4694", "-0.4697"))),
     "ligne 3 (A (b): c) : un chiffre modifié (effect -0.4697 au lieu de -0.4694)"),
    (Edit("wrong-n", "A", (3,), changed(("n_t", "", "40"), ("n_c", "1,200", ""))),
     "ligne 3 (A) : un autre nombre de personnes (n_t 40 au lieu de rien, n_c rien au lieu de 1,200)"),
    (Edit("other-extractor", "A", (3,), changed(("mean_t", "3", "4")), about="extractor KB"),
     "ligne 3 (A) : tel que l'un des deux extracteurs l'a saisi (extracteur KB ; mean_t 4 au lieu de 3)"),
    (Edit("other-row", "A", (3,), about="row 12: week 4, pain"), "ligne 3 (A) : une autre ligne de la même étude utilisée (ligne 12 : week 4, pain)"),
    (Edit("subgroup-only", "", (3, 4), about="region = not reported"), "un seul sous-groupe combiné (region = non indiqué)"),
    (Edit("subgroup-only", "", (3, 4), about="region = Europe"), "un seul sous-groupe combiné (region = Europe)"),
    (Edit("se-is-sd-all", "", (3, 4), changed(*((f"sd_{x}", "1", "2") for x in "abcdefg"))),
     "les erreurs standard lues comme des écarts-types dans chaque étude (sd_a 2 au lieu de 1, sd_b 2 au lieu de 1, sd_c 2 au lieu de 1, "
     "sd_d 2 au lieu de 1 et 3 autres cases)"),
    (Edit("sd-is-se-all", "", (3, 4), changed(*((f"sd_{x}", "1", "2") for x in "abcde"))),
     "les écarts-types lus comme des erreurs standard dans chaque étude (sd_a 2 au lieu de 1, sd_b 2 au lieu de 1, sd_c 2 au lieu de 1, "
     "sd_d 2 au lieu de 1 et une autre case)"),
])  # fmt: skip
def test_an_edit_in_french(edit, told):
    assert french_edit(edit.words()) == told
    question = ask(row("DIFFERENT", edits=(edit.words(),)), language="fr")
    assert told in question
    assert told not in ask(row("DIFFERENT", edits=(edit.words(),)))


@pytest.mark.parametrize("code", list(kinds()))
def test_no_kind_stays_english(code):
    for edit in (Edit(code, "Kim 2015", (3,)), Edit(code, "", (3, 4), changed(("n_t", "40", "41")))):
        told = french_edit(edit.words())
        assert not re.search(r"\b(the|of|instead|exchanged|taken|changed|row|every|out|one)\b", told), told


def test_what_is_no_edit_stays():
    assert french_edit("the arms of Amr 2010 swapped") == "the arms of Amr 2010 swapped"
