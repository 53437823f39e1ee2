"""A network in a corpus of folders: audited like any review, without a method identified for it."""

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from making_syntheses import network_review, sequential_review
from metaudit.cli.output import app


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    import metaudit.__main__  # noqa: F401 - registers the commands

    folder, out = tmp_path_factory.mktemp("library"), tmp_path_factory.mktemp("out") / "corpus"
    network_review(folder / "net")
    sequential_review(folder / "seq")
    done = CliRunner().invoke(app, ["corpus", str(folder), "--out", str(out), "--shards", "1"])
    assert done.exit_code in (0, 1), done.output

    def rows(table):
        return [r for f in sorted((out / table).glob("*.parquet")) for r in pq.read_table(f).to_pylist()]

    return rows


def test_no_review_is_left_out(corpus):
    assert corpus("problems") == []
    assert {r["review"] for r in corpus("analyses")} == {"net", "seq"}


def test_a_network_has_verdicts_and_no_identified_method(corpus):
    (row,) = [r for r in corpus("analyses") if r["review"] == "net"]
    assert row["k"] == 50  # its arms
    assert row["claims"] == 4
    assert not row["method"]
    verdicts = {r["claim"]: r["verdict"] for r in corpus("audit") if r["review"] == "net"}
    assert verdicts["k"] == "EXACT"
    assert verdicts["wrong"] not in ("EXACT", "UNDERSPECIFIED", "NOT_CHECKABLE")
