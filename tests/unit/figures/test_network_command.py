"""``metaudit figure`` and ``Review.forest`` of a network: its own kinds, and a refusal that names them."""

import pytest
from typer.testing import CliRunner

from making_syntheses import network_review
from metaudit.cli.output import app
from metaudit.errors import DataError
from metaudit.formats.review import read_review


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return network_review(tmp_path_factory.mktemp("network") / "net")


def run(*given):
    import metaudit.__main__  # noqa: F401 - registers the commands

    return CliRunner().invoke(app, list(map(str, given)))


@pytest.mark.parametrize("kind", ["network-graph", "network-league", "network-ranks", "network-heat", "network-forest"])
def test_every_kind_of_a_network_is_drawn(folder, tmp_path, kind):
    done = run("figure", folder, "net", "--kind", kind, "--out", tmp_path / "net.svg")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "net.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("kind", ["forest", "funnel", "baujat", "sequential"])
def test_other_kinds_are_refused_with_those_there_are(folder, tmp_path, kind):
    done = run("figure", folder, "net", "--kind", kind, "--out", tmp_path / "net.svg")
    assert done.exit_code == 2
    assert "is a network" in done.output
    assert not (tmp_path / "net.svg").exists()


def test_a_notebook_names_what_draws_a_network(folder):
    with pytest.raises(DataError, match="metaudit network"):
        read_review(folder).forest()
