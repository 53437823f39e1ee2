"""Presets are read, checked with messages that say where and what, and say how sure they are."""

import re
from pathlib import Path

import pytest

from metaudit.effects.dispatch import VARIANTS
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import InputError
from metaudit.measures import measure_of
from metaudit.pooling.inference import CI_METHODS
from metaudit.pooling.intervals import PI_METHODS
from metaudit.pooling.tau2 import ESTIMATORS
from metaudit.presets import load_presets, read_preset
from metaudit.presets.document import TARGET, page
from metaudit.specs import parse_spec

SHIPPED = Path(__file__).parents[3] / "data" / "presets"
PRESETS = sorted(load_presets())


def changed(tmp_path, name, old, new, count=1):
    """A copy of a shipped preset with one change."""
    text = (SHIPPED / f"{name}.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / f"{name}.yaml"
    path.write_text(text.replace(old, new, count), encoding="utf-8")
    return path


def complaint(path):
    with pytest.raises(InputError) as caught:
        read_preset(path, shown=path.name)
    return str(caught.value)


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("model", ["random", "common"])
def test_every_choice_is_one_that_the_library_knows(name, model):
    preset = load_presets()[name]
    for measure in preset.measures:
        spec = preset.spec(measure, model=model)
        assert parse_spec(str(spec)) == spec
        assert spec.variance in ("LS", *VARIANTS.get(measure, ()))
        assert str(zero_cells_from(spec.zero_cells)) == spec.zero_cells
        assert spec.ci in CI_METHODS
        assert spec.pi in PI_METHODS
        assert not spec.tau2 or spec.tau2 in ESTIMATORS
        assert measure_of(measure).code == measure


@pytest.mark.parametrize("name", PRESETS)
def test_every_default_has_a_document(name):
    preset = load_presets()[name]
    assert {f.certainty for f in preset.facts} <= {"read", "computed", "recalled"}
    assert all(f.source for f in preset.facts)
    assert len({f.dimension for f in preset.facts}) == len(preset.facts)


def test_what_is_recalled_is_said_to_be_unverified():
    cma, revman = load_presets()["cma"], load_presets()["revman5"]
    assert {"tau2", "ci", "i2", "pi", "zero_cells", "model"} <= set(cma.unverified("OR"))
    assert revman.unverified("OR") == ()
    assert revman.unverified("RD") == ("rd_variance",)
    assert load_presets()["revman2025"].fact("ci", "MD").dimension == "ci_default"
    assert "ci" in load_presets()["revman2025"].unverified("MD")


def test_the_page_is_up_to_date_and_marks_every_recalled_default():
    text = TARGET.read_text(encoding="utf-8")
    assert text == page()
    recalled = sum(not f.verified for p in load_presets().values() for f in p.facts)
    assert text.count("| **unverified** |") == recalled
    assert "| recalled |" not in text
    assert not re.search(r"/work|\.\./shared", text)


def test_an_unknown_key_is_named_with_its_line(tmp_path):
    said = complaint(changed(tmp_path, "cma", "choices:\n", 'choices:\n  tau: "DL"\n'))
    assert ", line " in said
    assert "'tau'" in said
    assert "tau2" in said


def test_a_choice_outside_the_list_is_refused(tmp_path):
    assert "Q" in complaint(changed(tmp_path, "cma", 'i2: "Q"', 'i2: "both"'))


def test_a_measure_that_does_not_exist(tmp_path):
    assert "there is no measure 'ORR'" in complaint(changed(tmp_path, "cma", "  OR: {", "  ORR: {"))


def test_a_certainty_that_is_not_one_of_three(tmp_path):
    assert "certain" in complaint(changed(tmp_path, "cma", "certainty: recalled", "certainty: sure"))


def test_the_id_is_the_name_of_the_file(tmp_path):
    assert "the id is 'cmb'" in complaint(changed(tmp_path, "cma", "id: cma", "id: cmb"))


@pytest.mark.parametrize("key", ["name", "not_with"])
def test_a_pattern_that_is_no_regular_expression(tmp_path, key):
    path = changed(tmp_path, "revman5", f"{key}: '", f"{key}: '(")
    said = complaint(path)
    assert f"software.0.{key}" in said
    assert "no regular expression" in said


def test_the_method_leaves_out_what_another_model_needs():
    revman = load_presets()["revman5"]
    assert "tau2" in revman.method("OR", model="random")
    assert "tau2" not in revman.method("OR", model="mantel-haenszel")
    assert revman.method("OR", model="mantel-haenszel")["counts"] == "corrected"


def test_the_method_may_leave_out_what_is_only_recalled():
    cma = load_presets()["cma"]
    assert cma.method("OR", model="random")["tau2"] == "DL"
    assert cma.method("OR", model="random", verified=True) == {}
    assert load_presets()["revman5"].method("OR", model="random", verified=True)["tau2"] == "DL"
    assert "ci" not in load_presets()["revman2025"].method("MD", model="random", verified=True)
