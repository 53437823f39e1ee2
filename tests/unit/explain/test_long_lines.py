"""Long lines without blanks are read in a time that grows with their length."""

import time

import pytest

from metaudit.explain.text_numbers import numbers_of
from metaudit.text_claims.candidates import candidates_of
from metaudit.text_claims.flow import lines_of


@pytest.mark.parametrize("unit", ["1-", "10-", "0.5–0.9–", "1 -"])
@pytest.mark.parametrize("read", [numbers_of, lambda text: candidates_of(lines_of(text))])
def test_time_grows_with_the_length_only(unit, read):
    begun = time.process_time()
    read(unit * (80_000 // len(unit)))
    assert time.process_time() - begun < 15  # without it minutes


@pytest.mark.parametrize(
    ("text", "values"), [("0.5-0.9", [[0.5], [0.9]]), ("-0.9", [[-0.9]]), ("a -0.9", [[-0.9]]), ("0.5 -0.9", [[0.5], [-0.9, 0.9]]), ("a-3", [[3.0]]), ("1±-3", [[1.0], [3.0]])]
)  # fmt: skip
def test_a_minus_is_a_sign_where_nothing_is_joined(text, values):
    assert [[r.value for r in token.readings] for token in numbers_of(text)] == values
