"""Many claims compared with their values in one step, as each value is compared with its claim alone."""

import numpy as np
import pytest

from metaudit.audit.answers import judged
from metaudit.audit.judge import HIT, TRUNCATED, compare
from metaudit.audit.scale import printed_of
from metaudit.formats.review import Claim

TEXTS = ("0.85", "-1.2", "<.001", ">0.1", "12", "0", "51.3%", "1.20", "-0.0", ".029", "3,476")


def claims_of(rounding):
    rest = dict.fromkeys(
        ("analysis", "subject", "unit", "method", "refers_to", "source", "where", "certainty", "note"), ""
    )
    return [
        Claim(id=f"{t} {rounding}", line=2, quantity="estimate", printed=t, scale="natural", rounding=rounding, **rest)
        for t in TEXTS
    ]


@pytest.mark.parametrize("seed", range(3))
def test_as_each_value_alone(seed):
    rng, claims = np.random.default_rng(seed), [c for r in ("", "nearest", "truncated") for c in claims_of(r)]
    values = []
    for claim in claims:
        printed = printed_of(claim)
        near = printed.value + printed.unit * rng.uniform(-1.6, 1.6, rng.integers(1, 9))
        values.append(np.append(near, [np.nan, np.inf, -np.inf][: rng.integers(0, 4)]))
    seen = set()
    for claim, own, *found in zip(claims, values, *judged(claims, values), strict=True):
        for x, rounds, cuts, doubt in zip(own.tolist(), *(f.tolist() for f in found), strict=True):
            kind = compare(x, printed_of(claim), rounding=claim.rounding).kind
            assert (rounds, cuts) == (kind == HIT, kind == TRUNCATED), (claim.id, x)
            assert not doubt or np.isinf(x), (claim.id, x)  # an infinite value is left to the exact path
            seen.add(kind)
    assert {HIT, TRUNCATED, "miss"} <= seen


def test_next_to_an_edge_is_in_doubt():
    """Where arrays and the exact path may fall on different sides the arrays leave it open."""
    claims = claims_of("")
    edges = {"0.85": (0.845, 0.855, 0.86), "12": (11.5, 12.5, 13.0), "<.001": (0.001,), "-1.2": (-1.25, -1.15, -1.3)}
    own = [np.array([*edges.get(c.printed, ()), 7.7]) * (1 + 1e-13) for c in claims]
    doubts = judged(claims, own)[2]
    for claim, values, doubt in zip(claims, own, doubts, strict=True):
        assert doubt.tolist() == [True] * (values.size - 1) + [False], claim.printed
