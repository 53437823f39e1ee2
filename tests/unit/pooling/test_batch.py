"""The batch kernel gives what the single solver gives, for every kind of batch."""

import numpy as np
import pytest

from metaudit.errors import DataError
from metaudit.pooling.batch import BATCHED, CHUNK, all_subsets, fit_batch, fit_subsets
from metaudit.pooling.engine import fit
from metaudit.pooling.linear import profile
from metaudit.pooling.tau2 import estimate_tau2

# Two solvers of one equation in double precision; relative to tau2 plus the smallest variance, below which nothing of
# tau2 is known.
TWO_SOLVERS = 1e-10
# A mean and a sum of squares, summed in another order.
SUMMED = 1e-12


def studies(seed: int, k: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    v = np.exp(rng.normal(-1, spread, k))
    return rng.normal(0.2, np.sqrt(v + 0.3)), v


def single(method: str, y: np.ndarray, v: np.ndarray) -> dict[str, float]:
    x = np.ones((y.size, 1))
    tau2 = estimate_tau2(method, y, v, x)
    w = 1 / (v + tau2)
    q = profile(y, v, x, np.array([0.0])).q[0] if y.size > 1 else 0.0
    return {"tau2": tau2, "estimate": w @ y / w.sum(), "se": w.sum() ** -0.5, "q": q, "k": y.size}


def check(method: str, y: np.ndarray, v: np.ndarray, found: dict[str, float]) -> None:
    expected = single(method, y, v)
    assert abs(found["tau2"] - expected["tau2"]) <= TWO_SOLVERS * (expected["tau2"] + v.min())
    assert abs(found["estimate"] - expected["estimate"]) <= TWO_SOLVERS * expected["se"]
    assert found["se"] == pytest.approx(expected["se"], rel=TWO_SOLVERS)
    assert abs(found["q"] - expected["q"]) <= SUMMED * (expected["q"] + 1) * 10 * y.size
    assert found["k"] == expected["k"]


def one(batch, i: int) -> dict[str, float]:  # type: ignore[no-untyped-def]
    return {name: getattr(batch, name)[i] for name in ("tau2", "estimate", "se", "q", "k")}


@pytest.mark.parametrize("method", BATCHED)
@pytest.mark.parametrize("spread", [0.0, 0.5, 2.2, 5.0])
def test_every_subset(method: str, spread: float) -> None:
    y, v = studies(3, 7, spread)
    masks = np.concatenate(list(all_subsets(7)))
    batch = fit_batch(y, v, method=method, mask=masks)
    assert batch.tau2.shape == (127,)
    for i, mask in enumerate(masks):
        check(method, y[mask], v[mask], one(batch, i))


@pytest.mark.parametrize("method", BATCHED)
@pytest.mark.parametrize("spread", [0.5, 5.0])
def test_bootstrap_samples_by_how_often_each_study_is_drawn(method: str, spread: float) -> None:
    y, v = studies(4, 9, spread)
    counts = np.random.default_rng(5).multinomial(9, np.full(9, 1 / 9), size=40)
    batch = fit_batch(y, v, method=method, mask=counts)
    for i, times in enumerate(counts):
        drawn = np.repeat(np.arange(9), times)
        check(method, y[drawn], v[drawn], one(batch, i))


@pytest.mark.parametrize("method", BATCHED)
@pytest.mark.parametrize("spread", [0.5, 5.0])
def test_data_sets_in_columns(method: str, spread: float) -> None:
    sets = [studies(seed, 8, spread) for seed in range(30)]
    y, v = (np.column_stack(a) for a in zip(*sets, strict=True))
    batch = fit_batch(y, v, method=method)
    mask = np.random.default_rng(6).random((30, 8)) < 0.6
    mask[:, 0] = True
    some = fit_batch(y, v, method=method, mask=mask)
    for i in range(30):
        check(method, y[:, i], v[:, i], one(batch, i))
        check(method, y[mask[i], i], v[mask[i], i], one(some, i))


def test_more_data_sets_than_a_chunk_and_few_are_the_same() -> None:
    y, v = studies(7, 14, 1.0)
    whole = np.concatenate(list(all_subsets(14)))
    assert whole.shape[0] > CHUNK
    batch = fit_batch(y, v, method="REML", mask=whole)
    picked = np.random.default_rng(8).integers(0, whole.shape[0], 60)
    for i in picked:
        check("REML", y[whole[i]], v[whole[i]], one(batch, i))
    again = fit_batch(y, v, method="REML", mask=whole[picked])
    assert again.tau2 == pytest.approx(batch.tau2[picked], rel=TWO_SOLVERS, abs=TWO_SOLVERS * v.min())


def test_subsets_come_in_order_and_all_of_them() -> None:
    chunks = list(all_subsets(5, chunk=7))
    assert [len(c) for c in chunks] == [7, 7, 7, 7, 3]
    masks = np.concatenate(chunks)
    assert masks.dtype == bool
    assert {tuple(m) for m in masks} == {tuple(bool(n >> i & 1) for i in range(5)) for n in range(1, 32)}
    with pytest.raises(DataError, match=r"2\^31 subsets"):
        next(all_subsets(31))


def test_subsets_stream() -> None:
    y, v = studies(9, 6, 1.0)
    streamed = list(fit_subsets(y, v, method="DL"))
    assert sum(mask.shape[0] for mask, _ in streamed) == 63
    mask, batch = streamed[0]
    check("DL", y[mask[20]], v[mask[20]], one(batch, 20))
    pairs = [np.array([[1, 1, 0, 0, 0, 0]], dtype=bool), np.array([[0, 0, 0, 0, 1, 1]], dtype=bool)]
    found = [b.estimate[0] for _, b in fit_subsets(y, v, method="FE", subsets=pairs)]
    assert found == pytest.approx([single("FE", y[i : i + 2], v[i : i + 2])["estimate"] for i in (0, 4)])


@pytest.mark.parametrize("method", BATCHED)
def test_one_study_and_none(method: str) -> None:
    y, v = studies(10, 3, 1.0)
    batch = fit_batch(y, v, method=method, mask=np.array([[0, 1, 0], [0, 0, 0], [1, 1, 1]]))
    assert batch.k.tolist() == [1, 0, 3]
    assert (batch.tau2[0], batch.q[0]) == (0.0, 0.0)
    assert batch.estimate[0] == pytest.approx(y[1], rel=SUMMED)
    assert batch.se[0] == pytest.approx(v[1] ** 0.5, rel=SUMMED)
    assert all(np.isnan(a[1]) for a in (batch.estimate, batch.se, batch.tau2, batch.q))
    assert np.isfinite(batch.estimate[2])
    alone = fit_batch(y[:1, None], v[:1, None], method=method)
    assert (alone.tau2[0], alone.k[0]) == (0.0, 1)


def test_effects_far_from_zero_lose_no_digits() -> None:
    y, v = (np.round(a * 2**20) / 2**20 for a in studies(12, 8, 1.0))  # so that the shift is exact
    masks = np.concatenate(list(all_subsets(8)))
    near, far = (fit_batch(y + shift, v, method="REML", mask=masks) for shift in (0.0, 2.0**20))
    assert far.tau2 == pytest.approx(near.tau2, rel=TWO_SOLVERS, abs=TWO_SOLVERS * v.min())
    assert far.q == pytest.approx(near.q, rel=TWO_SOLVERS, abs=TWO_SOLVERS)


def test_subsets_of_near_equal_effects_far_from_the_rest_keep_their_q() -> None:
    """Σwy² less (Σwy)²/Σw would leave nine digits too few."""
    y, v = np.array([5.0, 5.0001, 5.0002, -3.0, -4.0]), np.array([0.1, 0.2, 0.1, 0.3, 0.1])
    batch = fit_batch(y, v, method="FE", mask=np.array([[1, 1, 1, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 1, 1]]))
    for q, some in zip(batch.q, ([0, 1, 2], [0, 1], [0, 1, 2, 3, 4]), strict=True):
        pairs = [(i, j) for i in some for j in some if i < j]
        w = 1 / v
        expected = sum(w[i] * w[j] * (y[i] - y[j]) ** 2 for i, j in pairs) / w[some].sum()
        assert q == pytest.approx(expected, rel=1e-10, abs=0)


def test_the_engine_takes_a_batch_in_one_call() -> None:
    sets = [studies(seed, 8, 1.0) for seed in range(5)]
    y, v = (np.column_stack(a) for a in zip(*sets, strict=True))
    for method in ("PM", "REML", "DL2"):
        fitted, batch = fit(y, v, np.ones((8, 1)), method=method), fit_batch(y, v, method=method)
        assert fitted.tau2 == pytest.approx(batch.tau2, rel=TWO_SOLVERS)
        assert fitted.beta[0] == pytest.approx(batch.estimate, rel=TWO_SOLVERS)
        assert np.sqrt(fitted.cov[0, 0]) == pytest.approx(batch.se, rel=TWO_SOLVERS)


@pytest.mark.parametrize(
    ("y", "v", "choices", "words"),
    [
        ([1.0, 2.0], [1.0, 1.0], {}, r"\(k,\) with a mask"),
        ([1.0, 2.0], [1.0, 1.0, 1.0], {"mask": [[1, 1]]}, "effects of shape"),
        ([1.0, 2.0], [1.0, 1.0], {"mask": [[1, 1, 1]]}, "does not fit"),
        ([1.0, 2.0], [1.0, 1.0], {"mask": [[1, -1]]}, "no negative number"),
        ([1.0, 2.0], [1.0, 1.0], {"mask": [[1, 0.5]]}, "or fraction"),
        ([1.0, 2.0], [1.0, 0.0], {"mask": [[1, 1]]}, "not positive"),
        ([1.0, np.nan], [1.0, 1.0], {"mask": [[1, 1]]}, "missing or not finite"),
        ([], [], {"mask": [[]]}, "no study"),
        ([1.0, 2.0], [1.0, 1.0], {"mask": [[1, 1]], "method": "GENQ"}, "not computed in batches"),
    ],
)
def test_what_cannot_be_pooled_is_refused(y: list[float], v: list[float], choices: dict, words: str) -> None:
    with pytest.raises(DataError, match=words):
        fit_batch(np.array(y), np.array(v), **{"method": "REML", **choices})
