"""One list of verdicts: words, order, signs and colours."""

import pytest

from metaudit.audit_words.verdicts import CODES, SEVERE_FIRST, VERDICTS, least_certain, worst


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_verdict_has_its_own_word_sign_and_colours():
    for name in ("code", "label", "sign", "light", "dark", "meaning"):
        assert len({getattr(verdict, name) for verdict in VERDICTS}) == len(VERDICTS)
    assert sorted(SEVERE_FIRST) == sorted(CODES)


@pytest.mark.parametrize("verdict", VERDICTS, ids=CODES)
def test_signs_can_be_read_on_their_colour(verdict):
    assert contrast(verdict.light, "#ffffff") >= 4.5
    assert contrast(verdict.dark, "#14171a") >= 4.5


def test_a_number_nobody_could_check_is_never_the_gravest():
    assert worst(["NOT_CHECKABLE", "EXACT"]) == "EXACT"
    assert worst(["EXACT", "IMPOSSIBLE", "INCONSISTENT"]) == "IMPOSSIBLE"
    assert worst(["NOT_CHECKABLE"]) == "NOT_CHECKABLE"
    assert worst([]) == ""


def test_an_analysis_is_as_certain_as_its_worst_row():
    assert least_certain(["read", "derived", "secondary", ""]) == "derived"
    assert least_certain([]) == ""
