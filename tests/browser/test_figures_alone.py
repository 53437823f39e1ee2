"""Figures opened as files of their own, as somebody does who takes one for a slide."""

import pytest

from .conftest import SITE

RESULTS = SITE.parent
KINDS = ("forest", "funnel", "gosh", "curve", "baujat", "labbe", "numberline", "influence")


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_alone_has_the_font_it_was_measured_with(opened, kind):
    found = sorted(RESULTS.glob(f"*/figures/*.{kind}.svg"))
    assert found, f"no figure of the kind {kind}"
    page = opened().page
    page.goto(found[0].as_uri())
    states = page.evaluate("document.fonts.ready.then(() => [...document.fonts].map(f => f.status))")
    assert states, "no font is embedded"
    assert set(states) == {"loaded"}, f"{found[0].name}: {states}"
