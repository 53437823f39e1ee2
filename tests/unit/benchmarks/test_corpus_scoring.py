"""The score of an audit against an answer key, counted by hand."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from corpus_scoring import Identified, Kind, as_markdown, score
from make_corpus import COLUMNS
from measure_corpus import Run, line, report

from making_summary import SPEC, analysis, row, write_shard

OTHER = "RR | 0.5@only-zero | random REML | wald | I2:tau2 | PI:t-k-2 | 95%"


def answer(name, **cells):
    told = {
        "review": "r",
        "analysis": name,
        "program": "plain",
        "measure": "RR",
        "model": "random",
        "tau2": "DL",
        "ci": "wald",
    }
    return dict.fromkeys(COLUMNS["key"], "") | told | {"homogeneous": "no"} | cells


def claim(name, quantity, verdict):
    return row("audit", review="r", analysis=name, claim=f"{name}-{quantity}", verdict=verdict)


@pytest.fixture
def scored(tmp_path):
    """Six analyses: three clean ones, of which one has an alarm, and three with errors, of which one moves nothing.

    ``b`` and ``f`` have no method; nothing that is open in ``b`` would give other numbers, so that they tell no method.
    """
    key = [
        answer("a"),
        answer("b", model="common", tau2="", homogeneous="yes"),
        answer("c", kind="digit", moved="c-estimate; c-p"),
        answer("d", kind="digit", moved="d-p"),
        answer("e", kind="sd-is-se", moved=""),
        answer("f"),
    ]
    pq.write_table(pa.Table.from_pylist(key), tmp_path / "key.parquet")
    told = {"explained": 2, "explainable": 2, "open_results": 4, "open_matching": 1}
    analyses = [
        analysis("r", "a", {}, method=OTHER, software="RevMan 5", **told),
        analysis("r", "b", {}, method=SPEC, **(told | {"open_results": 1})),
        analysis("r", "f", {}, method=SPEC, **told),
        analysis("r", "e", {}, spreads=4, se_as_sd=1),
    ]
    audit = [
        claim("a", "estimate", "EXACT"), claim("a", "p", "OTHER_SPEC"), claim("b", "estimate", "NOT_CHECKABLE"),
        claim("c", "estimate", "EXACT"), claim("c", "p", "DIFFERENT"),
        claim("d", "estimate", "DIFFERENT"), claim("d", "p", "UNDERSPECIFIED"), claim("e", "p", "NEAR"),
    ]  # fmt: skip
    write_shard(tmp_path, 0, analyses=analyses, audit=audit)
    return score(tmp_path / "key.parquet", tmp_path)


def test_false_alarms_are_counted_where_there_is_no_error(scored):
    assert (scored.clean, dict(scored.alarms)) == (3, {"OTHER_SPEC": 1})
    assert dict(scored.where) == {("plain", "RR", "random"): 1}


def test_errors_are_seen_where_they_move_a_printed_number(scored):
    assert scored.kinds == {"digit": Kind(made=2, moved=2, seen=2, in_place=1), "sd-is-se": Kind(made=1)}


def test_a_common_effect_is_the_random_one_where_there_is_no_heterogeneity_and_one_result_tells_no_method(scored):
    assert scored.identified == {
        "program": Identified(analyses=1, whole=1, right=0, unique=1, unique_right=0),
        "nothing": Identified(analyses=2, whole=2, right=2, unique=1, unique_right=1),
    }


def test_the_score_says_what_the_screen_of_spreads_found(scored):
    assert dict(scored.spreads) == {(True, True): 1}
    said = as_markdown(scored)
    assert "1 of 3 printed numbers without an error" in said
    assert "| all | 3 | 2 | 2 (100.00 %) | 1 |" in said
    assert "in 1 of 1 analyses where an SD is an SE" in said


def test_the_growth_of_time_is_a_line_and_the_same_from_size_to_size():
    assert line([1000, 5000, 20_000], [12, 20, 50]) == pytest.approx((10, 0.002))
    runs = [Run(n, 10 + n / 500, n / 100, 2 * 1024**2, 3 * 1024**2) for n in (1000, 2000)]
    said = report(runs)
    assert "| 1,000 | 12.0 | 10.0 | 10.00 | 2 | 3 |" in said
    assert "2.00 and 10.00 from 1,000 to 2,000" in said
