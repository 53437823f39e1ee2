"""A pooled result in a notebook: HTML, data frames, forest plots."""

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from bcg import ABLAT, VI, YI
from lxml import html

from metaudit import effect_sizes, pool, read_review
from metaudit.errors import DataError
from metaudit.pooling.counts import mantel_haenszel
from metaudit.pooling.glmm import glmm
from metaudit.pooling.q_centre import random_effects_centred

NAMES = [f"Trial {c}" for c in "ABCDEFGHIJKLM"]


@pytest.fixture(scope="module")
def bcg():
    return pool(YI, VI, tau2="REML", studies=NAMES, measure="RR")


@pytest.fixture(scope="module")
def bcg_effects(reviews):
    from metaudit.effects.compute import compute_effects
    from metaudit.effects.convert import convert

    rows = [convert(r) for r in read_review(reviews / "colditz-1994").rows]
    return compute_effects(rows, "OR")


def cells(markup: str) -> dict[str, str]:
    """First column of an HTML table -> the rest of its row."""
    return {
        tr[0].text_content(): " ".join(td.text_content() for td in tr[1:]) for tr in html.fromstring(markup).iter("tr")
    }


def test_html_says_the_result_on_the_natural_scale(bcg):
    shown = cells(bcg._repr_html_())
    assert (
        shown["RR"].lower() == "0.49 (0.34 to 0.70), 95 % ci, p < 0.001"
    )  # metafor: exp(-0.7145), exp(-1.0669), exp(-0.3622)
    assert shown["Studies"] == "13"
    assert shown["I²"] == "92.2 % (81.9 to 97.7)"
    assert shown["Q"].lower() == "152.23 (df = 12, p < 0.001)"


def test_html_without_a_measure_stays_on_the_scale_of_analysis():
    shown = cells(pool(YI, VI)._repr_html_())
    assert shown["Effect"].startswith("\u22120.71 (\u22121.07 to \u22120.36)")
    assert "on the scale of analysis" in pool(YI, VI)._repr_html_()


def test_html_of_a_meta_regression_names_its_terms():
    found = pool(YI, VI, mods={"latitude <°>": ABLAT}, measure="RR")
    shown = cells(found._repr_html_())
    assert "Coefficient of latitude <°>" in shown
    assert "Intercept" in shown
    assert "<°>" not in found._repr_html_()  # escaped


def test_html_of_a_proportion_is_in_percent_and_has_no_test():
    shown = cells(pool([-1.0, -0.5, -0.8], [0.04, 0.05, 0.03], measure="PLO")._repr_html_())
    assert shown["Proportion, %"].startswith("31.")
    assert "p " not in shown["Proportion, %"].lower()


def test_html_of_a_common_effect_has_no_tau2(bcg_effects):
    assert "τ²" in cells(pool(YI, VI)._repr_html_())
    assert "τ²" not in cells(mantel_haenszel(bcg_effects)._repr_html_())
    assert "τ²" not in cells(pool(YI, VI, tau2=None)._repr_html_())


def test_html_of_one_study_has_no_heterogeneity():
    assert not {"Q", "τ²", "I²"} & set(cells(pool(YI[:1], VI[:1])._repr_html_()))


def test_frame_of_the_result_has_one_row_with_the_scalar_fields(bcg):
    frame = bcg.to_frame()
    assert len(frame) == 1
    assert frame.loc[0, "tau2"] == bcg.tau2
    assert {"estimate", "se", "ci_low", "ci_high", "i2", "q", "pi_low", "k", "tau2_method"} <= set(frame.columns)
    assert not {"yi", "vi", "weights", "studies", "measure"} & set(frame.columns)


def test_frame_of_the_studies(bcg):
    frame = bcg.to_frame("studies")
    assert list(frame.columns) == ["study", "yi", "vi", "weight"]
    assert list(frame["study"]) == NAMES
    assert frame["weight"].sum() == pytest.approx(100)
    np.testing.assert_array_equal(frame["yi"], YI)
    np.testing.assert_array_equal(frame["vi"], VI)


def test_frame_of_the_coefficients():
    frame = pool(YI, VI, mods={"ablat": ABLAT}).to_frame("coefficients")
    assert list(frame["term"]) == ["intercept", "ablat"]
    # metafor 3.8-1: rma(yi, vi, mods = ~ ablat, data = dat): -0.0291017, SE 0.0071953
    assert frame.loc[1, "estimate"] == pytest.approx(-0.0291017, abs=5e-8)
    assert pool(YI, VI).to_frame("coefficients").empty


def test_an_unknown_part_names_the_nearest(bcg):
    with pytest.raises(DataError, match=r"no part 'study'.*'studies'"):
        bcg.to_frame("study")


def test_forest_is_an_svg_with_every_study_and_says_its_numbers(bcg):
    picture = bcg.forest(title="BCG vaccine")
    root = ElementTree.fromstring(picture._repr_svg_())
    texts = {e.text for e in root.iter("{http://www.w3.org/2000/svg}text")}
    assert set(NAMES) <= texts
    assert picture.title == "Forest plot: BCG vaccine"
    assert picture.alt.startswith("13 studies, risk ratio from 0.20 to 1.56")
    assert "0.49 (0.34 to 0.70)" in picture.alt


def test_forest_in_html_is_an_image_with_its_words(bcg):
    image = html.fromstring(bcg.forest()._repr_html_())
    assert image.tag == "img"
    assert image.get("src").startswith("data:image/svg+xml;base64,")
    assert "0.49 (0.34 to 0.70)" in image.get("alt")


def test_the_numbers_drawn_are_those_of_the_result(bcg):
    drawn = bcg.forest().to_frame().set_index("label")
    assert drawn.loc["Trial A", "estimate"] == pytest.approx(math.exp(YI[0]))
    assert drawn.loc["Trial A", "ci_high"] == pytest.approx(math.exp(YI[0] + 1.959963984540054 * VI[0] ** 0.5))
    pooled = drawn[drawn["mark"] == "pooled"].iloc[0]
    assert pooled["estimate"] == pytest.approx(math.exp(bcg.estimate))


def test_forest_is_the_same_every_time(bcg):
    assert bcg.forest().svg == bcg.forest().svg == pool(YI, VI, studies=NAMES, measure="RR").forest().svg


def test_forest_takes_names_and_measure_later():
    drawn = pool(YI, VI).forest(studies=NAMES, measure="RR").to_frame()
    assert list(drawn["label"])[:13] == NAMES
    plain = pool(YI, VI).forest().to_frame()
    assert list(plain["label"])[:2] == ["Study 1", "Study 2"]
    assert plain.loc[0, "estimate"] == pytest.approx(YI[0])


def test_studies_of_one_name_are_told_apart():
    drawn = pool(YI[:2], VI[:2], studies=["Rosenthal", "Rosenthal"]).forest().to_frame()
    assert list(drawn["label"])[:2] == ["Rosenthal, row 1", "Rosenthal, row 2"]


@pytest.mark.parametrize("make", ["mantel_haenszel", "glmm", "centred"])
def test_pooled_counts_can_be_drawn(bcg_effects, make):
    fit = {
        "mantel_haenszel": lambda: mantel_haenszel(bcg_effects),
        "glmm": lambda: glmm(bcg_effects, model="conditional-approximate"),
        "centred": lambda: random_effects_centred(bcg_effects, centre="mantel-haenszel"),
    }[make]()
    drawn = fit.forest().to_frame()
    assert drawn.loc[0, "label"] == "Aronson 1948"
    assert drawn[drawn["mark"] == "pooled"].iloc[0]["estimate"] == pytest.approx(math.exp(fit.estimate))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"measure": "RRR"}, "measure 'RRR' is not known.*'RR'"),
        ({"measure": "PFT"}, "number of people"),
        ({"layout": "revmann"}, "'revmann' is no layout.*'revman'"),
        ({"studies": ["one"]}, "13 effects were pooled, but 1 names"),
    ],
)
def test_what_cannot_be_drawn_is_said(bcg, asked, says):
    with pytest.raises(DataError, match=says):
        bcg.forest(**asked)


def test_pool_refuses_names_and_measures_that_do_not_fit():
    with pytest.raises(DataError, match="13 effects but 2 names"):
        pool(YI, VI, studies=["a", "b"])
    with pytest.raises(DataError, match="'XX' is not known"):
        pool(YI, VI, measure="XX")


def test_names_and_measure_change_no_number(bcg):
    assert bcg.to_row() == pytest.approx(pool(YI, VI).to_row(), nan_ok=True)
    assert "yi=" not in repr(bcg)


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_forest_is_saved_in_the_format_of_its_suffix(bcg, tmp_path, suffix):
    path = bcg.forest().save(tmp_path / f"f.{suffix}")
    starts = {"svg": b"<svg", "pdf": b"%PDF", "png": b"\x89PNG"}
    assert path.read_bytes().startswith(starts[suffix])


def test_from_a_data_frame_to_a_forest_plot(reviews):
    table = effect_sizes(read_review(reviews / "colditz-1994").extraction, "RR")
    found = pool(table["yi"], table["vi"], studies=table["study"], measure="RR")
    assert "Aronson 1948" in found.forest(layout="jama").svg
