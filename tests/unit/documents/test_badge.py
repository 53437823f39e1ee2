"""The badge: its counts, its colours, its words."""

import re
import xml.etree.ElementTree as ET

import pytest

from metaudit.audit_words.verdicts import CODES, VERDICTS
from metaudit.documents.badge import LABEL_COLOUR, badge_of
from metaudit.documents.render import badge_svg

SVG = "{http://www.w3.org/2000/svg}"


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*(v.light for v in VERDICTS), LABEL_COLOUR])
def test_white_text_has_a_contrast_of_four_and_a_half(colour):
    assert 1.05 / (luminance(colour) + 0.05) >= 4.5


def test_the_gravest_of_what_differs_is_counted():
    verdicts = ["EXACT"] * 39 + ["WITHIN_ROUNDING", "UNDERSPECIFIED"] + ["OUT_OF_ENVELOPE"] * 2 + ["NOT_CHECKABLE"] * 5
    badge = badge_of(verdicts, about="A 2001")
    assert badge.value == "41/43 · 2 out of envelope"
    assert badge.title == "A 2001: 41 of 43 claims that can be checked come out as printed; 2 out of envelope"
    assert badge_of([*verdicts, "IMPOSSIBLE"], about="").value == "41/44 · 1 impossible"


@pytest.mark.parametrize(
    ("verdicts", "value"),
    [
        ([], "none"),
        (["NOT_CHECKABLE"] * 12, "12 not checkable"),
        (["EXACT", "NOT_CHECKABLE"], "1/1"),
        (["OTHER_SPEC"], "0/1 · 1 other specification"),
        (["NEAR", "NEAR", "EXACT"], "1/3 · 2 near"),
    ],
)
def test_edges(verdicts, value):
    assert badge_of(verdicts, about="x").value == value


@pytest.mark.parametrize("code", CODES)
def test_the_picture_is_xml_with_its_text_as_text(code):
    badge = badge_of([code], about="A & <B> “é” 2001")
    root = ET.fromstring(badge_svg(badge))
    assert root.find(f"{SVG}title").text == badge.title
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == root.find(f"{SVG}title").get("id")
    assert [text.text for text in root.iter(f"{SVG}text")] == [badge.label, badge.value]
    assert int(root.get("width")) == badge.left + badge.right
    for text in root.iter(f"{SVG}text"):
        assert 4 < float(text.get("textLength")) / len(text.text) < 8
    assert not re.search(r"<script|http(?!://www.w3.org/2000/svg)", badge_svg(badge))
