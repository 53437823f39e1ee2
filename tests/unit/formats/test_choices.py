"""What review.yaml may state of measures, variants and zero cells is what the effects know."""

import pytest

from making import claim, write_review
from metaudit.effects.compute import VARIANTS
from metaudit.effects.zero_cells import TO, TREATMENT_ARM, zero_cells_from
from metaudit.errors import InputError
from metaudit.formats.review import SCHEMAS, read_review
from metaudit.formats.yaml_file import load_schema
from metaudit.measures import MEASURES

DEFS = load_schema(SCHEMAS / "review.schema.json")["$defs"]
METHOD = DEFS["method"]["properties"]
ROWS = [{"study": "A", "events_t": "0", "n_t": 20, "events_c": "2", "n_c": 40}]


def test_every_measure_and_variant_can_be_stated():
    assert set(DEFS["measureCode"]["enum"]) == set(MEASURES)
    assert set(METHOD["variance"]["enum"]) == {"LS", *(v for codes in VARIANTS.values() for v in codes)}
    assert tuple(METHOD["zero_cells"]["properties"]["to"]["enum"]) == TO


@pytest.mark.parametrize("add", [0.5, 1, TREATMENT_ARM])
def test_zero_cells_are_stated_as_a_number_or_by_the_other_arm(tmp_path, add):
    method = {"model": "random", "zero_cells": {"add": add, "to": "only-zero"}}
    review = read_review(
        write_review(tmp_path / "r", claims=[claim("k", "k", "1")], rows=ROWS, measure="OR", method=method)
    )
    stated = review.analyses["main"].method["zero_cells"]
    assert str(zero_cells_from(stated)) == f"{add}@only-zero"


def test_other_words_are_refused(tmp_path):
    method = {"zero_cells": {"add": "half"}}
    folder = write_review(tmp_path / "r", claims=[claim("k", "k", "1")], rows=ROWS, measure="OR", method=method)
    with pytest.raises(InputError, match="zero_cells"):
        read_review(folder)
