"""The same bytes, however a run is made: cores, folders, locales, time zones, hash seeds, umask."""

import pytest

from robust.variants import PLAIN, compared, make_locales, variants

REVIEWS = ("aman-2021", "colditz-1994", "noppers-2011")  # printed numbers alone, events, and a review of single trials


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return compared(REVIEWS, tmp_path_factory.mktemp("bytes"))


@pytest.mark.parametrize("number", range(3))
def test_a_run_gives_the_same_bytes(found, number):
    variant = next(name for name in found if name.startswith(f"{number}:"))
    assert not found[variant], variant


def test_the_ways_differ_in_everything(tmp_path):
    for one in variants(make_locales(tmp_path)):
        assert one.folder != PLAIN.folder
        assert one.cores != PLAIN.cores
        assert one.umask != PLAIN.umask
        assert all(one.variables[name] != value for name, value in PLAIN.variables.items())
