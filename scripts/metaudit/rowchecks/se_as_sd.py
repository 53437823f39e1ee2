"""How much likelier a number given as a standard deviation is a standard error, or the other way round.

The numbers of a study are read in several ways: as labelled; both arms as standard errors; one arm only. For each reading the
model of ``spreads`` gives a density of what the table holds, and the ratio to the reading as labelled is the likelihood
ratio. It describes numbers and never says who erred: the study, those who extracted it, or we.

Parts of the ratio, multiplied as if independent:

- spread: the level of the SDs beside the other studies of the same scale;
- arms: the two SDs of the study beside each other;
- effect: the standardised difference. Reading an SD as a standard error divides it by the root of n, so that the density
  carries that factor (the Jacobian): an ordinary difference speaks for the label, an implausible one against it;
- printed: what the review prints for the study, where only the other reading gives it (``PRINTED`` for each number). That the
  reading as labelled gives it is no evidence, because a review that took an SE for an SD prints what follows from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from metaudit.effects.convert import Converted
from metaudit.rowchecks.spreads import (
    Predictive,
    Spread,
    log_density_of_arms,
    log_density_of_effect,
    predictive,
    spread_of,
)

THRESHOLD = 100.0  # false alarms and detection at this ratio are in docs/audit-of-the-audit.md
PRINTED = 20.0  # assumed: one wrong reading in twenty gives a printed number by chance
IMPLAUSIBLE = (2.0, 3.0)
SCALE_COLUMNS = ("outcome",)
SE_AS_SD, SD_AS_SE = "SE given as SD", "SD given as SE"
_NEXT_SCALE = math.log(10)
_BOTH, _TREATMENT, _CONTROL = (True, True), (True, False), (False, True)


@dataclass(frozen=True)
class Reading:
    """The best other reading of the spread of one study.

    Attributes
    ----------
    kind : ``SE given as SD`` or ``SD given as SE``
    arms : which arms it concerns: ``tc``, ``t`` or ``c``
    ratio : likelihood of the numbers under this reading over that as labelled
    parts : the log ratios that add up to it, by name (spread, arms, effect, printed)
    sds, reread : SDs of the arms as labelled and under this reading
    smd, smd_reread : standardised differences; NaN without means
    others : how many other studies there are to compare with
    relative : the study's SD over the middle of the others', as labelled; NaN without others
    other_scale : whether a scale ten times as fine or as coarse explains the level better
    """

    line: int
    label: str
    kind: str
    arms: str
    ratio: float
    parts: Mapping[str, float]
    sds: tuple[float, float]
    reread: tuple[float, float]
    smd: float
    smd_reread: float
    others: int
    relative: float
    other_scale: bool = False
    outcome: str = field(default="", compare=False)

    def flagged(self, threshold: float = THRESHOLD) -> bool:
        """Whether it is worth a look at the source."""
        return self.ratio >= threshold and not self.other_scale

    @property
    def implausible(self) -> float:
        """The larger of the bounds 2 and 3 that the standardised difference exceeds as labelled; 0 for none."""
        return max((b for b in IMPLAUSIBLE if abs(self.smd) > b), default=0.0)

    def words(self) -> str:
        """What the numbers say, for a methodologist."""
        columns = {"tc": "both arms", "t": "the treatment arm", "c": "the control arm"}[self.arms]
        as_what = "standard error" if self.kind == SE_AS_SD else "standard deviation"
        lead = (
            f"extraction.csv row {self.line} ({self.label}): the numbers are {_say(self.ratio)} when the spread of {columns} "
            f"is read as a {as_what} (SDs {self.sds[0]:.3g} and {self.sds[1]:.3g} become {self.reread[0]:.3g} and "
            f"{self.reread[1]:.3g})"
        )
        facts = []
        if self.others:
            facts.append(
                f"as labelled the SD is {self.relative:.2g} times the middle of the {self.others} other "
                f"stud{'y' if self.others == 1 else 'ies'} of {self.outcome or 'this outcome'}"
            )
        if not math.isnan(self.smd):
            beyond = f", beyond {self.implausible:g}" if self.implausible else ""
            facts.append(f"the standardised difference is {self.smd:.2f}{beyond}, and would be {self.smd_reread:.2f}")
        if self.parts.get("printed", 0.0) > 0:
            facts.append("what the review prints for the study comes out with that reading only")
        if self.other_scale:
            facts.append("a scale ten times as fine or as coarse explains the level better")
        return f"{lead}: {'; '.join(facts)}. This is a ratio of likelihoods under a stated model, not a proof."


def _say(ratio: float) -> str:
    if ratio < 1:
        return f"less likely ({ratio:.2g} times as likely)"
    if ratio >= 1e4:
        return "more than 10,000 times likelier"
    return f"{ratio:.2g} times likelier" if ratio < 10 else f"{ratio:.0f} times likelier"


def examine(
    rows: Sequence[Converted], *, restored: Mapping[int, int] | None = None, scale: Sequence[str] = SCALE_COLUMNS
) -> list[Reading]:
    """The best other reading of every row whose spread is labelled, likeliest first.

    Parameters
    ----------
    rows : of one analysis or of a whole review
    restored : by line, how many printed numbers of the study come out only with the other reading of both arms
    scale : columns that say which rows are measured on one scale; SDs are compared among those only

    Returns
    -------
    One reading a row with means or other studies to judge by; empty where nothing is labelled.
    """
    groups: dict[tuple[str, ...], list[tuple[Converted, Spread]]] = {}
    for row in rows:
        spread = spread_of(row)
        if spread is not None:
            groups.setdefault(tuple(row.row.text(c) for c in scale), []).append((row, spread))
    found = []
    for members in groups.values():
        for i, (row, spread) in enumerate(members):
            others = [s for j, (r, s) in enumerate(members) if j != i and r.label != row.label]
            expected = predictive([s.level for s in others], [s.sampling for s in others], spread.sampling)
            best = _best(spread, expected, (restored or {}).get(spread.line, 0), outcome=row.row.text("outcome"))
            found += [best] if best else []
    return sorted(found, key=lambda r: (-r.ratio, r.line))


def _best(s: Spread, expected: Predictive | None, restored: int, *, outcome: str) -> Reading | None:
    readings = []
    for label, kind in (("sd", SE_AS_SD), ("se", SD_AS_SE)):
        for which in (_BOTH, _TREATMENT, _CONTROL):
            if all(name == label for name, read in zip(s.labelled, which, strict=True) if read):
                readings.append(_reading(s, expected, which, kind, restored, outcome=outcome))
    return max(readings, key=lambda r: r.ratio, default=None)


def _reading(
    s: Spread, expected: Predictive | None, which: tuple[bool, bool], kind: str, restored: int, *, outcome: str
) -> Reading:
    power = 0.5 if kind == SE_AS_SD else -0.5
    t, c = (n**power if read else 1.0 for n, read in zip(s.sizes, which, strict=True))
    other = s.reread((t, c))
    parts = {"arms": log_density_of_arms(other) - log_density_of_arms(s)}
    if expected is not None:
        parts["spread"] = expected.log_density(other.level) - expected.log_density(s.level)
    if not math.isnan(s.smd):
        # the density of the difference as given: that of the reread one times |d reread / d given|
        stretch = other.smd / s.smd if s.smd else _within(s) / _within(other)
        parts["effect"] = log_density_of_effect(other) + math.log(stretch) - log_density_of_effect(s)
    if restored and which == _BOTH:
        parts["printed"] = restored * math.log(PRINTED)
    total = sum(parts.values())
    rescaled = -math.inf
    if expected is not None:
        rescaled = max(expected.log_density(s.level + x) for x in (_NEXT_SCALE, -_NEXT_SCALE)) - expected.log_density(
            s.level
        )
    return Reading(
        s.line, s.label, kind, "".join(a for a, read in zip("tc", which, strict=True) if read),
        math.exp(min(total, 700.0)), parts, s.sds, other.sds, s.smd, other.smd,
        expected.others if expected else 0, math.exp(s.level - expected.location) if expected else math.nan,
        other_scale=rescaled > total, outcome=outcome,
    )  # fmt: skip


def _within(s: Spread) -> float:
    """SD within arms."""
    t, c = (n - 1 for n in s.sizes)
    return math.sqrt((t * s.sds[0] ** 2 + c * s.sds[1] ** 2) / (t + c))
