"""Effects of before/after studies as functions of the correlation between the two occasions.

The mean change and both standardised mean changes need the correlation, which most papers leave out; reviews assume one value for all, or
impute it. Sources: Becker 1988, Br J Math Stat Psychol 41:257 (raw-score standardisation); Gibbons, Hedeker and Davis 1993, J Educ Stat
18:271 (change-score standardisation); Morris and DeShon 2002, Psychol Methods 7:105 (the two beside each other); Cochrane Handbook
6.5.2.8 (correlation and SD of the change).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metaudit.effects import means
from metaudit.effects.zero_cells import Floats
from metaudit.errors import DataError

MEASURES = ("MC", "SMCC", "SMCR")


@dataclass(frozen=True)
class BeforeAfter:
    """One group measured twice.

    Attributes
    ----------
    name : of the study
    before, after : means
    sd_before, sd_after : SDs
    n : people measured twice
    r : correlation between the occasions; NaN when not reported
    sd_change : SD of the change; NaN when not reported
    """

    name: str
    before: float
    after: float
    sd_before: float
    sd_after: float
    n: float
    r: float = math.nan
    sd_change: float = math.nan

    @property
    def known_r(self) -> float:
        """The correlation as reported, or from the three SDs; NaN when neither is there.

        Raises
        ------
        DataError
            when the three SDs contradict each other.
        """
        if not math.isnan(self.r):
            return self.r
        if math.isnan(self.sd_change):
            return math.nan
        r = (self.sd_before**2 + self.sd_after**2 - self.sd_change**2) / (2 * self.sd_before * self.sd_after)
        if not -1 <= r <= 1:
            raise DataError(
                f"{self.name}: SDs {self.sd_before:g}, {self.sd_after:g} and {self.sd_change:g} of the change need a correlation of {r:.3g}; "
                "one of them is something else (a standard error?)"
            )
        return r


def checked(studies: Sequence[BeforeAfter]) -> Sequence[BeforeAfter]:
    """The studies, when their numbers can be used.

    Raises
    ------
    DataError
        when a mean, SD or n is missing or impossible.
    """
    if not studies:
        raise DataError("no study is given")
    for s in studies:
        if not all(map(math.isfinite, (s.before, s.after))):
            raise DataError(f"{s.name}: a mean is missing; leave the study out or complete it")
        if not (s.sd_before > 0 and s.sd_after > 0) or not math.isfinite(s.sd_before + s.sd_after):
            raise DataError(f"{s.name}: SDs of both occasions are needed, above 0")
        if not s.n >= 3:
            raise DataError(f"{s.name}: {s.n:g} people; at least 3 are needed for a variance")
        if not math.isnan(s.r) and not -1 <= s.r <= 1:
            raise DataError(f"{s.name}: a correlation of {s.r:g}; it lies between -1 and 1")
    return studies


def changes(studies: Sequence[BeforeAfter], measure: str, *, r: float, variance: str = "LS") -> tuple[Floats, Floats]:
    """Effects and sampling variances with one correlation for every study that reports none.

    Parameters
    ----------
    studies : the studies
    measure : ``MC``, ``SMCC`` (by the SD of the change) or ``SMCR`` (by the SD before)
    r : the assumed correlation
    variance : ``LS`` or ``LS2`` of the standardised measures

    Raises
    ------
    DataError
        when the measure is not known, or the correlation leaves no variance.
    """
    if measure not in MEASURES:
        raise DataError(f"{measure!r} is no measure of change; choose one of {', '.join(MEASURES)}")
    if not -1 < r < 1:
        raise DataError(f"an assumed correlation of {r:g}: it lies between -1 and 1, and neither of them")
    checked(studies)
    m2, m1, s2, s1, n = (
        np.array([getattr(s, name) for s in studies], dtype=float)
        for name in ("before", "after", "sd_before", "sd_after", "n")
    )
    known = np.array([s.known_r for s in studies])
    each = np.where(np.isnan(known), r, known)
    if measure == "SMCR":
        return means.raw_standardised_change(m1, m2, s2, each, n, variance)
    reported = np.array([s.sd_change for s in studies])
    square = np.where(np.isnan(reported), s1**2 + s2**2 - 2 * each * s1 * s2, reported**2)
    if np.any(square <= 0):
        raise DataError(
            f"{studies[int(square.argmin())].name}: equal SDs and a correlation of 1 leave no variance of the change"
        )
    sd = np.sqrt(square)
    if measure == "MC":
        return means.mean_change(m1, m2, sd, n)
    return means.standardised_change(m1, m2, sd, n, variance)


def correlation_of_variance(study: BeforeAfter, variance: float, measure: str, *, kind: str = "LS") -> float:
    """The correlation that gives a printed sampling variance of one study; may lie outside -1 to 1 when none does.

    SMCR: ``v = 2 (1 - r) / n + y²/(2n)``, solved for r (``LS2``: both terms times J², with the uncorrected value). MC:
    ``v = (s1² + s2² - 2 r s1 s2)/n``. For SMCC, whose value itself changes with r, take ``searched_correlation``.
    """
    checked([study])
    n = study.n
    if measure == "MC":
        return (study.sd_before**2 + study.sd_after**2 - n * variance) / (2 * study.sd_before * study.sd_after)
    if measure != "SMCR":
        raise DataError(f"{measure}: a correlation follows from the variance of MC and SMCR alone; search it")
    d = (study.after - study.before) / study.sd_before
    j = float(means.hedges_j(np.array([n - 1.0]))[0])
    if kind == "LS2":
        return 1 - n / 2 * (variance / j**2 - d**2 / (2 * n))
    return 1 - n / 2 * (variance - (j * d) ** 2 / (2 * n))
