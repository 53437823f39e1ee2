"""Names of treatments that are likely to mean one treatment."""

from __future__ import annotations

import pytest

from metaudit.formats.alike import alike, one_slip


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Placebo", "placebo"), ("Usual care", "usual-care"), ("Béta-blocker", "beta blocker"), ("St. John's wort", "St Johns wort"),
        ("beta-blocker", "beta-blockers"), ("tranexamic acid", "tranexamc acid"), ("aprotinin", "aprotonin"),
        ("rivaroxaban", "rivaroxabna"), ("dabigatran 110 mg", "Dabigatran 110mg"),
    ],
)  # fmt: skip
def test_slips_are_found(a: str, b: str) -> None:
    assert alike([a, b]) in ([(a, b)], [(b, a)])
    assert alike([a, b], distinct=[(b, a)]) == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("dabigatran 110 mg", "dabigatran 150 mg"), ("1", "2"), ("A", "B"), ("IL-1", "IL-2"), ("CBT", "CBT+SSRI"), ("aspirin", "aspirin+clopidogrel"),
        ("treatment 1", "treatment 11"), ("SSRI", "SNRI"), ("cefotaxime", "ceftriaxone"),
    ],
)  # fmt: skip
def test_two_treatments_are_two(a: str, b: str) -> None:
    assert alike([a, b]) == []


@pytest.mark.parametrize(
    ("a", "b", "slip"),
    [
        ("abcdef", "abcdef", True), ("abcdef", "abdef", True), ("abcdef", "abxdef", True), ("abcdef", "abdcef", True), ("abcdef", "xabcdef", True),
        ("abcdef", "abcdefx", True), ("abcdef", "abdecf", False), ("abcdef", "abc", False), ("abcdef", "axcdxf", False), ("abcdef", "badcef", False),
    ],
)  # fmt: skip
def test_one_slip(a: str, b: str, slip: bool) -> None:
    assert one_slip(a, b) is slip
    assert one_slip(b, a) is slip
