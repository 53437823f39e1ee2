"""Words of papers and programs lead to ours; and every word that is led to exists."""

import pytest

from metaudit.formats.columns import QUANTITIES
from metaudit.formats.names import ALSO_CALLED, near, nearest
from metaudit.formats.places import SCHEMAS
from metaudit.formats.stated import method_schema
from metaudit.formats.yaml_file import load_schema
from metaudit.measures import MEASURES


def known(of: str) -> list[str]:
    schema = load_schema(SCHEMAS / "review.schema.json")
    if of == "quantity":
        return list(QUANTITIES)
    if of == "measure":
        return list(MEASURES)
    if of in method_schema():
        return method_schema()[of]["enum"]
    rule = schema["properties"].get(of) or schema["$defs"]["analysis"]["properties"][of]
    return rule["enum"]


PAIRS = [(of, ours, other) for of, words in ALSO_CALLED.items() for ours, others in words.items() for other in others]


@pytest.mark.parametrize(("of", "ours", "other"), PAIRS)
def test_every_other_name_leads_to_ours(of, ours, other):
    assert set(ours.split(" and ")) <= set(known(of))
    if other in known(of):
        pytest.fail(f"{other!r} is a name of ours already")
    expected = f"Write {ours}, one row for each." if " and " in ours else f"Did you mean {ours!r}?"
    for written in (other, other.upper(), f" {other} ", other.replace(" ", "-")):
        if written.strip().lower() not in {k.lower() for k in known(of)}:
            assert nearest(written, known(of), of) == expected


def test_no_other_name_leads_to_two():
    for of, words in ALSO_CALLED.items():
        others = [o.lower() for group in words.values() for o in group]
        assert len(others) == len(set(others)), of


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("REM", ["DL", "REML", "ML"], "Did you mean 'REML'?"),
        ("rr", ["RR", "OR"], "Did you mean 'RR'?"),
        ("xyz", ["RR", "OR"], "Known: RR, OR."),
        ("xyz", [], "There is none yet."),
        ("xyz", [f"name{i}" for i in range(31)], "No known name is near it."),
    ],
)
def test_by_letters(name, names, expected):
    assert nearest(name, names) == expected
    assert near(name, names) == (expected.split("'")[1] if "'" in expected else "")


def test_by_the_words_an_editor_shows():
    named = {"DL": "DerSimonian-Laird", "PM": "Paule-Mandel"}
    assert nearest("dersimonian laird", ["DL", "PM"], named=named) == "Did you mean 'DL'?"


def test_a_difference_in_capitals_comes_before_another_name():
    assert nearest("OR", ["or", "estimate"], "quantity") == "Did you mean 'or'?"
