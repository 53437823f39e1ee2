"""Empirical Bayes predictions: metafor's numbers, the conditional distribution, the two ends."""

import numpy as np
import pytest
from bcg_metafor import ABLAT, KNAPP_HARTUNG_MORE, VI, YI

from metaudit import pool
from metaudit.diagnostics.blup import blups
from metaudit.errors import DataError
from tolerances import CLOSED_FORM, SAME_AGAIN


def test_equals_metafor() -> None:
    ours = blups(YI, VI, tau2="DL", ci="hksj")
    assert ours.pred == pytest.approx(KNAPP_HARTUNG_MORE["blup_pred"], rel=CLOSED_FORM)
    assert ours.pi_low == pytest.approx(KNAPP_HARTUNG_MORE["blup_low"], rel=CLOSED_FORM)


@pytest.mark.parametrize("mods", [None, ABLAT])
def test_is_the_universal_kriging_predictor(mods) -> None:
    """The textbook solution of the mixed model equations (Henderson 1975), which knows nothing of shrinkage."""
    ours = blups(YI, VI, tau2="DL", mods=mods)
    k = YI.size
    x = np.ones((k, 1)) if mods is None else np.column_stack([np.ones(k), mods])
    p = x.shape[1]
    r = np.diag(1 / VI)
    left = np.block([[x.T @ r @ x, x.T @ r], [r @ x, r + np.eye(k) / ours.tau2]])
    inverse = np.linalg.inv(left)
    solution = inverse @ np.concatenate([x.T @ r @ YI, r @ YI])
    combine = np.hstack([x, np.eye(k)])
    assert ours.pred == pytest.approx(x @ solution[:p] + solution[p:], rel=SAME_AGAIN)
    assert ours.se == pytest.approx(np.sqrt(np.diag(combine @ inverse @ combine.T)), rel=SAME_AGAIN)


def test_without_heterogeneity_all_are_the_mean() -> None:
    ours, mean = blups(YI, VI, tau2="FE"), pool(YI, VI, tau2="FE")
    assert ours.pred == pytest.approx(np.full(13, mean.estimate))
    assert ours.se == pytest.approx(np.full(13, mean.se))
    assert ours.pi_high == pytest.approx(np.full(13, mean.ci_high))
    assert (ours.shrinkage == 1).all()


def test_a_precise_study_keeps_its_effect() -> None:
    ours = blups([0.1, 0.9, 0.5], [0.1, 1e-9, 0.1], tau2="PM", labels=list("ABC"))
    assert ours.labels == ("A", "B", "C")
    assert ours.pred[1] == pytest.approx(0.9, abs=1e-6)
    assert ours.se[1] == pytest.approx(np.sqrt(1e-9), rel=1e-3)


def test_no_degrees_of_freedom_no_interval() -> None:
    ours = blups([0.2], [0.04], ci="t")
    assert ours.pred.tolist() == [0.2]
    assert np.isnan(ours.pi_low).all()
    assert np.isfinite(blups([0.2], [0.04]).pi_low).all()


def test_level_is_checked() -> None:
    with pytest.raises(DataError, match="level 95"):
        blups(YI, VI, level=95)
