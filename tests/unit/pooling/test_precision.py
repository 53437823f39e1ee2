"""Estimates against arithmetic with sixty digits."""

import json
from functools import partial
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest

from metaudit.pooling.batch import fit_batch
from metaudit.pooling.batch_sums import Sets, sums_at
from metaudit.pooling.engine import fit
from metaudit.pooling.linear import profile
from metaudit.pooling.tau2 import estimate_tau2
from metaudit.pooling.tau2_closed import general_moments

DIGITS = 60
EXACT = 1e-10  # the promise; what is found is near 1e-15
NEIGHBOURS = 1e-6
BCG = json.loads((Path(__file__).parents[2] / "data" / "reference" / "bcg.json").read_text(encoding="utf-8"))
ANALYSES = [
    ("bcg", "RR"), ("bcg", "RD"), ("begg1989", "GEN"), ("berkey1998_pd", "GEN"), ("cohen1981", "ZCOR"),
    ("collins1985b_pre", "OR"), ("dagostino1998_rnic1", "SMD"), ("debruin2009", "PLO"), ("frank2008", "OR"),
    ("hart1999", "IRR"), ("nielweise2007", "PETO"), ("normand1999", "MD"), ("raudenbush1985", "GEN"),
]  # fmt: skip


class Sixty:
    """One data set in sixty digits."""

    def __init__(self, y: np.ndarray, v: np.ndarray, x: np.ndarray) -> None:
        self.y, self.v = ([mp.mpf(float(a)) for a in column] for column in (y, v))
        self.x = mp.matrix(x.tolist())
        self.k, self.p = x.shape

    def _fit(self, tau2: mp.mpf) -> tuple:
        w = [1 / (v + tau2) for v in self.v]
        weighted = mp.matrix([[w[i] * self.x[i, j] for j in range(self.p)] for i in range(self.k)])
        a = self.x.T * weighted
        inverse = a**-1
        beta = inverse * (weighted.T * mp.matrix(self.y))
        r = [self.y[i] - mp.fdot(self.x[i, :], beta) for i in range(self.k)]
        h = [w[i] * (self.x[i, :] * inverse * self.x[i, :].T)[0] for i in range(self.k)]
        return w, r, h, a, beta, inverse

    def equation(self, method: str, tau2: mp.mpf) -> mp.mpf:
        """What is 0 at the estimate, and falls through it."""
        w, r, h, *_ = self._fit(tau2)
        if method == "PM":
            return mp.fsum(a * b**2 for a, b in zip(w, r, strict=True)) - (self.k - self.p)
        squares = mp.fsum((a * b) ** 2 for a, b in zip(w, r, strict=True))
        return squares - (mp.fsum(a * (1 - b) for a, b in zip(w, h, strict=True)) if method == "REML" else mp.fsum(w))

    def height(self, method: str, tau2: mp.mpf) -> mp.mpf:
        """Twice the log-likelihood up to a constant."""
        w, r, _, a, *_ = self._fit(tau2)
        out = mp.fsum(mp.log(b) for b in w) - mp.fsum(b * c**2 for b, c in zip(w, r, strict=True))
        return out - mp.log(mp.det(a)) if method == "REML" else out

    def root_near(self, method: str, tau2: float) -> mp.mpf:
        ends = (mp.mpf(tau2) * (1 - NEIGHBOURS), mp.mpf(tau2) * (1 + NEIGHBOURS))
        values = [self.equation(method, t) for t in ends]
        assert values[0] > 0 > values[1], f"{method}: the equation does not fall through 0 near {tau2!r}"
        f = partial(self.equation, method)
        return mp.findroot(f, ends, solver="anderson", tol=mp.mpf(10) ** (-2 * DIGITS + 30), verify=False)

    def sums(self, tau2: float) -> dict[str, mp.mpf]:
        w, r, h, *_ = self._fit(mp.mpf(tau2))
        each = list(zip(w, r, h, strict=True))
        return {
            "q": mp.fsum(a * b**2 for a, b, _ in each),
            "q2": mp.fsum((a * b) ** 2 for a, b, _ in each),
            "trace_p": mp.fsum(a * (1 - c) for a, _, c in each),
        }

    def moments(self, weights: list[mp.mpf]) -> mp.mpf:
        """General method of moments (DerSimonian and Kacker 2007)."""
        other = Sixty.__new__(Sixty)
        other.y, other.v, other.x, other.k, other.p = self.y, [1 / a for a in weights], self.x, self.k, self.p
        w, r, h, *_ = other._fit(mp.mpf(0))
        q = mp.fsum(a * b**2 for a, b in zip(w, r, strict=True))
        kept = [a * (1 - c) for a, c in zip(w, h, strict=True)]
        return (q - mp.fsum(a * b for a, b in zip(kept, self.v, strict=True))) / mp.fsum(kept)

    def coefficients(self, tau2: float) -> tuple[np.ndarray, np.ndarray]:
        *_, beta, inverse = self._fit(mp.mpf(tau2))
        return np.array([float(b) for b in beta]), np.array([float(mp.sqrt(inverse[j, j])) for j in range(self.p)])


@pytest.fixture(autouse=True)
def _digits():  # type: ignore[no-untyped-def]
    with mp.workdps(DIGITS):
        yield


def arrays(data: Path, unit: str, code: str) -> tuple[np.ndarray, np.ndarray]:
    found = json.loads((data / "reference" / f"{unit}.json").read_text(encoding="utf-8"))["measures"][code]
    used = np.array(found["used_rows"]) - 1
    return tuple(np.array(found["escalc"][c], dtype=float)[used] for c in ("yi", "vi"))  # type: ignore[return-value]


def check(method: str, found: float, sixty: Sixty, *, candidates: int = 40) -> None:
    """A root to ten digits, or a boundary where the equation is already below 0; and no higher likelihood on a scan."""
    if found == 0:
        assert sixty.equation(method, mp.mpf(0)) <= 0
    else:
        root = sixty.root_near(method, found)
        assert abs(found - root) <= EXACT * root
    if method in ("ML", "REML"):
        top = max(max(sixty.v), (max(sixty.y) - min(sixty.y)) ** 2)
        low = min(sixty.v) / 10
        steps = [low * (top / low) ** (mp.mpf(i) / candidates) for i in range(candidates + 1)]
        here = sixty.height(method, mp.mpf(found))
        assert all(here >= sixty.height(method, t) for t in [mp.mpf(0), *steps])


@pytest.mark.parametrize(("unit", "code"), ANALYSES)
@pytest.mark.parametrize("method", ["ML", "REML", "PM"])
def test_published_data(data: Path, unit: str, code: str, method: str) -> None:
    y, v = arrays(data, unit, code)
    x = np.ones((y.size, 1))
    sixty = Sixty(y, v, x)
    check(method, estimate_tau2(method, y, v, x), sixty)
    check(method, float(fit_batch(y[:, None], v[:, None], method=method).tau2[0]), sixty, candidates=5)
    if method == "PM":  # Morris's empirical Bayes estimate solves the same equation
        assert estimate_tau2("EB", y, v, x) == estimate_tau2("PM", y, v, x)


@pytest.mark.parametrize("method", ["ML", "REML", "PM"])
@pytest.mark.parametrize("columns", [("ablat",), ("ablat", "year")])
def test_a_regression_on_years(method: str, columns: tuple[str, ...]) -> None:
    y, v = (np.array(BCG["measures"]["RR"]["escalc"][c]) for c in ("yi", "vi"))
    x = np.column_stack([np.ones(13), *(np.array(BCG["table"][c], dtype=float) for c in columns)])
    fitted = fit(y, v, x, method=method)
    sixty = Sixty(y, v, x)
    check(method, float(fitted.tau2[0]), sixty)
    beta, se = sixty.coefficients(float(fitted.tau2[0]))
    assert fitted.beta[:, 0] == pytest.approx(beta, rel=EXACT, abs=0)
    assert np.sqrt(np.diagonal(fitted.cov[:, :, 0])) == pytest.approx(se, rel=EXACT, abs=0)


@pytest.mark.parametrize("ratio", [1e4, 1e8, 1e16, 1e19])
@pytest.mark.parametrize("regression", [False, True])
@pytest.mark.parametrize("spread", ["one study", "all studies"])
def test_one_study_far_more_precise_than_the_rest(ratio: float, regression: bool, spread: str) -> None:
    """The dominant study leaves a difference of near-equal sums, which is taken without subtracting."""
    rng = np.random.default_rng(int(np.log10(ratio)))
    for _ in range(3):
        k = int(rng.integers(4, 9))
        v = ratio ** -rng.uniform(0, 1, k) if spread == "all studies" else np.exp(rng.normal(-1, 0.5, k))
        v[rng.integers(k)] = v.max() / ratio
        y = rng.normal(0.3, np.sqrt(v + 0.3))
        x = np.column_stack([np.ones(k), rng.normal(0, 1, k)]) if regression else np.ones((k, 1))
        sixty = Sixty(y, v, x)
        for method in ("ML", "REML", "PM"):
            tau2 = estimate_tau2(method, y, v, x)
            check(method, tau2, sixty, candidates=10)
            if not regression:
                check(method, float(fit_batch(y[:, None], v[:, None], method=method).tau2[0]), sixty, candidates=3)
            fitted = fit(y, v, x, method=method)
            beta, se = sixty.coefficients(float(fitted.tau2[0]))
            assert np.all(np.abs(fitted.beta[:, 0] - beta) <= EXACT * se)
            assert np.sqrt(np.diagonal(fitted.cov[:, :, 0])) == pytest.approx(se, rel=EXACT, abs=0)


@pytest.mark.parametrize("ratio", [1e4, 1e8, 1e16, 1e19])
@pytest.mark.parametrize("regression", [False, True])
@pytest.mark.parametrize("tau2", [0.0, 1e-9])
def test_sums_that_one_study_dominates(ratio: float, regression: bool, tau2: float) -> None:
    """At tau2 = 0 the boundary is decided, with the weights as unequal as they get."""
    rng = np.random.default_rng(int(np.log10(ratio)) + 100)
    for _ in range(5):
        k = int(rng.integers(4, 9))
        v = np.exp(rng.normal(-1, 0.5, k))
        v[rng.integers(k)] = v.max() / ratio
        y = 1.3 + rng.normal(0, 0.5, k)
        x = np.column_stack([np.ones(k), rng.normal(0, 1, k)]) if regression else np.ones((k, 1))
        sixty = Sixty(y, v, x)
        found = [profile(y, v, x, np.array([tau2]))]
        if not regression:
            found.append(sums_at(Sets((y - y.mean())[:, None], v[:, None], np.ones((k, 1))), np.array([tau2])))
        for name, expected in sixty.sums(tau2).items():
            for sums in found:
                assert abs(getattr(sums, name)[0] - expected) <= EXACT * expected, name


@pytest.mark.parametrize("ratio", [1e4, 1e8, 1e16])
@pytest.mark.parametrize("regression", [False, True])
def test_moments_with_weights_as_unequal(ratio: float, regression: bool) -> None:
    rng = np.random.default_rng(int(np.log10(ratio)) + 200)
    for _ in range(5):
        k = int(rng.integers(4, 9))
        v = np.exp(rng.normal(-1, 0.5, k))
        a = np.exp(rng.normal(0, 0.5, k))
        a[rng.integers(k)] *= ratio
        y = 1.3 + rng.normal(0, 3, k)
        x = np.column_stack([np.ones(k), rng.normal(0, 1, k)]) if regression else np.ones((k, 1))
        expected = Sixty(y, v, x).moments([mp.mpf(float(w)) for w in a])
        assert abs(general_moments(y, v, x, a) - expected) <= EXACT * (abs(expected) + v.min())


@pytest.mark.parametrize(
    ("y", "v", "where"),
    [
        ([-0.04, 0.37, 17.13, -0.36], [0.499, 1.598, 28.99, 0.025], "zero"),
        ([2.8, 0.69, -3.72, 1.07], [1.191, 0.229, 2.839, 0.061], "positive"),
    ],
)
def test_two_maxima(y: list[float], v: list[float], where: str) -> None:
    yi, vi, x = np.array(y), np.array(v), np.ones((4, 1))
    sixty = Sixty(yi, vi, x)
    steps = [mp.mpf(10) ** (mp.mpf(i) / 40) / 1000 for i in range(240)]
    values = [sixty.equation("REML", t) for t in [mp.mpf(0), *steps]]
    crossings = [i for i in range(240) if values[i] > 0 >= values[i + 1]]
    assert values[0] < 0
    assert len(crossings) == 1
    other = mp.findroot(
        partial(sixty.equation, "REML"), (steps[crossings[0] - 1], steps[crossings[0]]), solver="anderson"
    )
    assert (sixty.height("REML", mp.mpf(0)) > sixty.height("REML", other)) == (where == "zero")
    for found in (estimate_tau2("REML", yi, vi, x), fit_batch(yi[:, None], vi[:, None], method="REML").tau2[0]):
        expected = mp.mpf(0) if where == "zero" else other
        assert abs(found - expected) <= EXACT * expected
