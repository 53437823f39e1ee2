"""The networks that ship as reviews: what is printed of them is re-derived."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from metaudit import audit, read_review

PRINTED = Path(__file__).parents[1] / "data" / "network" / "printed" / "stowe2010.json"
NETWORKS = ("hasselblad-1998", "pagliaro-1992", "stowe-2010", "dogliotti-2014", "gurusamy-2011", "lopez-2019")
SIMULATED = {"sucra-da", "sucra-maobi", "sucra-comti"}


@pytest.mark.parametrize("review", NETWORKS)
def test_every_printed_number_of_a_network_is_exact(verdicts, review):
    found = verdicts(review)
    assert found
    other = {n: r.message for n, r in found.items() if r.verdict != "EXACT" and n not in SIMULATED}
    assert other == {}


def test_simulated_ranks_are_within_their_draws(verdicts):
    found = {n: verdicts("stowe-2010")[n] for n in SIMULATED}
    assert {(r.verdict, r.criterion) for r in found.values()} == {("WITHIN_ROUNDING", "resampling")}


def test_every_number_of_the_article_is_a_claim(verdicts):
    """Numbers of printed.json are texts; each stands in the claims as it is printed."""

    def texts(x):
        if isinstance(x, dict):
            for key, value in x.items():
                if key not in (
                    "source",
                    "certainty",
                    "unit",
                    "model",
                    "comparison",
                    "note",
                    "design",
                    "treat1",
                    "treat2",
                    "order",
                ):
                    yield from texts(value)
        elif isinstance(x, list):
            for value in x:
                yield from texts(value)
        elif isinstance(x, str | int) and any(c.isdigit() for c in str(x)):
            yield str(x)

    claimed = {r.printed for r in verdicts("stowe-2010").values()}
    assert set(texts(json.loads(PRINTED.read_text(encoding="utf-8")))) - claimed == set()


def test_a_changed_row_moves_the_verdicts(reviews, tmp_path):
    source = reviews / "stowe-2010"
    folder = tmp_path / "stowe-2010"
    folder.mkdir()
    for path in source.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.name == "extraction.csv":
            lines = text.splitlines()
            cells = lines[1].split(",")
            assert cells[3] == "-1.9"
            lines[1] = ",".join([*cells[:3], "1.9", *cells[4:]])
            text = "\n".join(lines) + "\n"
        (folder / path.name).write_text(text, encoding="utf-8")
    found = {r.claim: r.verdict for r in audit(read_review(folder))}
    assert found["da-placebo-est"] != "EXACT"
    assert found["tau2"] != "EXACT"
    assert found["k"] == "EXACT"


def test_shetty_says_which_inputs_would_check_what(verdicts):
    found = verdicts("shetty-2024")
    assert found["k-nma"].causes == ("the treatments that each study compares",)
    assert "34 studies" in found["k-nma"].message
    arms = "mean, SD and n, or events and n, of every arm"
    assert found["nsaid"].causes == ("the treatments that each study compares", arms)
    assert "direct and indirect evidence, and the ranks" in found["nsaid"].message
