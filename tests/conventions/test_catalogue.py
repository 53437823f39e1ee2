"""Every choice has its entry, every entry is a choice, and docs/statistics.md is written from them."""

import re
from pathlib import Path

import pytest

from metaudit.bayes.priors import FAMILIES as TAU_PRIORS
from metaudit.catalogue import DIMENSIONS, entries
from metaudit.catalogue.document import TARGET, page
from metaudit.diagnostics.small_study.by_code import CODES as SMALL_STUDY
from metaudit.effects.compute import VARIANTS
from metaudit.measures import MEASURES
from metaudit.pool_options import DIAGNOSTICS, ROBUST
from metaudit.pooling.pool import CI_METHODS, I2_CI_METHODS, PI_METHODS, TAU2_CI_METHODS
from metaudit.pooling.tau2 import ESTIMATORS, NEEDS_WEIGHTS, STOPPING
from metaudit.sequential.spending import FAMILIES as SPENDING
from metaudit.specs import GLMM_KINDS, MODELS, Q_CENTRES

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts" / "metaudit"
CODES = {
    "measure": set(MEASURES),
    "variance": {"LS", *(v for codes in VARIANTS.values() for v in codes)},
    "model": {*MODELS, *GLMM_KINDS},
    "tau2": {*ESTIMATORS, *NEEDS_WEIGHTS} - {"FE"},
    "stopping": set(STOPPING),
    "q": set(Q_CENTRES),
    "ci": set(CI_METHODS),
    "tau2_ci": set(TAU2_CI_METHODS),
    "i2_ci": set(I2_CI_METHODS),
    "pi": set(PI_METHODS),
    "small_study": set(SMALL_STUDY),
    "tau_prior": set(TAU_PRIORS),
}


def codes(dimension: str) -> set[str]:
    return {e.code for e in entries(dimension)}


@pytest.mark.parametrize("dimension", CODES)
def test_every_choice_has_its_entry_and_every_entry_is_a_choice(dimension):
    assert codes(dimension) == CODES[dimension]


def test_what_is_computed_beside_is_described():
    assert set(ROBUST) | {"three-level", "permutation-test"} <= codes("dependence")
    assert set(DIAGNOSTICS) - {"influence"} <= codes("diagnostic")
    assert set(SPENDING) <= codes("sequential")


def test_what_sections_cite_is_in_the_catalogue():
    cited = re.findall(r"_cited\((.*?)\)\)", (SCRIPTS / "appraise" / "around.py").read_text(encoding="utf-8"))
    assert {c for group in cited for c in re.findall(r'"([^"]+)"', group)} <= codes("diagnostic")


def test_no_entry_stands_twice():
    keys = [(e.dimension, e.code) for e in entries()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_every_entry_says_what_it_is_and_where_it_was_read(dimension):
    for e in entries(dimension):
        assert e.name, e
        assert e.source, f"{e.dimension} {e.code} has no source"
        for cited in re.findall(r"\b(?:1[89]|20)\d\d\b", e.source.split(";")[0])[:1]:
            assert cited in e.reference, f"{e.dimension} {e.code}: {cited} is cited, but not among its references"


def test_the_page_is_up_to_date():
    assert Path(TARGET).read_text(encoding="utf-8") == page(), "run: python -m metaudit.catalogue.document"
