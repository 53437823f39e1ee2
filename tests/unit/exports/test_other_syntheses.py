"""Networks leave metaudit as the table they are; files of other programs, which hold pairs of groups, refuse them by name."""

import csv
import io

import pytest

from making_syntheses import network_review, vendored, write_review
from metaudit.errors import InputError
from metaudit.exports import export
from metaudit.exports.holds import AS_TYPED, FORMATS
from metaudit.formats.review import read_review


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    return read_review(network_review(tmp_path_factory.mktemp("network") / "net"))


@pytest.mark.parametrize("fmt", [f for f in FORMATS if f not in AS_TYPED])
def test_formats_of_pairs_refuse_a_network_and_name_those_that_hold_it(network, fmt):
    with pytest.raises(InputError, match=r"net: its rows are arms of a network.*Formats that can: csv, xlsx"):
        export(network, fmt)


def test_the_csv_has_every_arm_as_typed(network):
    rows = list(csv.DictReader(io.StringIO(export(network, "csv").content.decode())))
    arms = vendored("hasselblad1998")
    assert [{k: r[k] for k in arms[0]} for r in rows] == arms


def test_what_is_no_network_is_exported_and_the_network_named(tmp_path):
    arms = [dict(r) | {"outcome": "net"} for r in vendored("hasselblad1998")]
    pairs = [
        {"study": s, "outcome": "pair", "events_t": "3", "n_t": "20", "events_c": "5", "n_c": "20"}
        for s in ("P1", "P2")
    ]
    analyses = (
        "  net:\n    title: Net\n    select: {outcome: net}\n    measure: OR\n    network: {}\n"
        "  pair:\n    title: Pair\n    select: {outcome: pair}\n    measure: OR\n"
    )
    review = read_review(write_review(tmp_path / "both", [*arms, *pairs], analyses))
    exported = export(review, "escalc")
    assert any("analysis net is not in the file" in n.message for n in exported.notices)
    assert len(exported.content.decode().splitlines()) == 3
    with pytest.raises(InputError, match="net: its rows are arms"):
        export(review, "escalc", analyses=["net", "pair"])
