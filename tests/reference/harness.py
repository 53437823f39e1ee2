"""metafor's results for one measure of one data set, and our numbers beside them.

A data set lies in a folder (``<unit>/<unit>.csv``, ``<unit>.<MEASURE>.json``, ``<unit>.glmm.json``) or in one of the files
that vendor.py made of such a folder; both give the same cases, apart from sections that vendor.py leaves out.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from messages import facts

from tolerances import BOUNDARY

if TYPE_CHECKING:
    import pandas as pd

    from metaudit.formats.tables import Row

SMALLEST = 1e-300  # below it, P values lose their digits one by one
# metafor's names of the columns -> metaudit's. mi is an arm's other cell, the number of predictors or of items, by kind.
COLUMNS = {
    "ai": "events_t", "ci": "events_c", "n1i": "n_t", "n2i": "n_c", "m1i": "mean_t", "sd1i": "sd_t", "m2i": "mean_c",
    "sd2i": "sd_c", "x1i": "events_t", "t1i": "time_t", "x2i": "events_c", "t2i": "time_c", "xi": "events", "ni": "n",
    "ri": "r", "yi": "effect", "vi": "variance",
}  # fmt: skip


def number(value: Any) -> float:
    """A number of the JSON files: null is not defined, Inf is spelled out."""
    return math.nan if value is None else float(value)


def numbers(values: Sequence[Any]) -> np.ndarray:
    """A list of them as an array of floats."""
    return np.array([number(v) for v in values])


@dataclass(frozen=True)
class Explained:
    """Why two right-looking numbers differ.

    Attributes
    ----------
    who_is_right : ``ours``, ``metafor`` or ``both`` (another definition)
    why : what each side does, in a sentence or two
    size : how large the difference gets
    """

    who_is_right: str
    why: str
    size: str


@dataclass(frozen=True)
class Compared:
    """One number twice, with the size that makes their difference relative.

    Attributes
    ----------
    quantity : row of docs/agreement.md the number belongs to
    what : which number of the data set it is
    ours, theirs : the two values
    scale : the difference is divided by it
    tolerance : largest difference that computing accounts for
    explained : key of the area's ``EXPLAINED``; empty when there is nothing to explain
    """

    quantity: str
    what: str
    ours: float
    theirs: float
    scale: float
    tolerance: float
    explained: str = ""

    @property
    def error(self) -> float:
        """Difference over scale; 0 when equal (also when neither is defined), inf when only one of the two is."""
        if self.ours == self.theirs or (math.isnan(self.ours) and math.isnan(self.theirs)):
            return 0.0
        gap = abs(self.ours - self.theirs)
        gap = gap / self.scale if self.scale > 0 else math.inf
        return gap if math.isfinite(gap) else math.inf

    @property
    def differs(self) -> bool:
        """Whether the difference is more than computing accounts for."""
        return self.error > self.tolerance

    def __str__(self) -> str:
        """For the failure message."""
        return f"{self.what}: ours {self.ours!r}, metafor {self.theirs!r} ({self.error:.2g} > {self.tolerance:g})"


def of(
    quantity: str, what: str, ours: float, *, theirs: Any, tolerance: float, scale: float | None = None,
    explained: str = "",
) -> Compared:  # fmt: skip
    """A comparison relative to metafor's number, or to ``scale`` when given; null in metafor is "not defined"."""
    t = number(theirs)
    return Compared(quantity, what, float(ours), t, abs(t) if scale is None else float(scale), tolerance, explained)


def same_tau2(
    quantity: str, what: str, ours: float, *, theirs: Any, vi: np.ndarray, tolerance: float, explained: str = ""
) -> Compared:
    """tau2 relative to metafor's; both count as 0 below ``BOUNDARY`` of the mean sampling variance."""
    t = number(theirs)
    if max(ours, t) < BOUNDARY * float(np.mean(vi)):
        return Compared(quantity, what, 0.0, 0.0, 1.0, tolerance, explained)
    return of(quantity, what, ours, theirs=t, tolerance=tolerance, explained=explained)


def p_of_stat(
    quantity: str, what: str, ours: float, *, theirs: Any, stat: float, tolerance: float, explained: str = ""
) -> Compared:
    """P of a z or t statistic that may be off by ``tolerance``: in the tail d log p = -z dz, so it grows with z squared."""
    t = number(theirs)
    return of(
        quantity, what, ours, theirs=t, tolerance=tolerance * (1 + number(stat) ** 2), scale=max(abs(t), SMALLEST),
        explained=explained,
    )  # fmt: skip


def p_of_q(
    quantity: str, what: str, ours: float, *, theirs: Any, q: float, tolerance: float, explained: str = ""
) -> Compared:
    """P of a chi-squared or F statistic that may be off by ``tolerance``: d log p is at most dq / 2 in the tail."""
    t = number(theirs)
    return of(
        quantity, what, ours, theirs=t, tolerance=tolerance * (1 + abs(number(q))), scale=max(abs(t), SMALLEST),
        explained=explained,
    )  # fmt: skip


def stopped_short(yi: np.ndarray, vi: np.ndarray, ours: float, *, theirs: float) -> bool:
    """Whether metafor's REML tau2 is off by no more than its stopping rule allows, and ours is where the slope vanishes.

    The reference runs stop when a step is below 1e-13 of a typical variance, but of 0.01 at least: where the variances
    are far below 0.01 that is not small beside tau2. Slope of the restricted likelihood: Viechtbauer 2005.
    """
    threshold = 1e-13 * max(min(float(np.median(vi)), 1.0), 1e-2)

    def slope(tau2: float) -> float:
        w = 1 / (vi + tau2)
        rest = w * (yi - w @ yi / w.sum())
        return float(rest @ rest - w.sum() + w @ w / w.sum()) / 2

    if abs(ours - theirs) > 100 * threshold:
        return False
    return slope(0.0) <= 0 if ours == 0 else abs(slope(ours)) < 0.1 * abs(slope(theirs))


@dataclass(frozen=True)
class Case:
    """One measure of one data set.

    Attributes
    ----------
    unit : name of the data set
    measure : metafor's code
    reference : metafor's results, as in its JSON file
    rows : the data set's table as text, under metafor's column names
    glmm : results of rma.glmm by model, with the measure they belong to; {} when there are none
    """

    unit: str
    measure: str
    reference: dict[str, Any] = field(repr=False)
    rows: list[dict[str, str]] = field(repr=False)
    glmm: dict[str, Any] = field(repr=False)

    @property
    def kind(self) -> str:
        """Kind of data: 2x2, mean2, irr, prop, cor, pcor, alpha or gen."""
        return str(self.reference["meta"]["kind"])

    @property
    def used(self) -> np.ndarray:
        """Row numbers (from 0) of the studies that metafor pooled."""
        return np.array(self.reference["used_rows"], dtype=int) - 1

    @cached_property
    def yi(self) -> np.ndarray:
        """Effects of the studies that metafor pooled, shape (k,)."""
        return numbers(self.reference["escalc"]["yi"])[self.used]

    @cached_property
    def vi(self) -> np.ndarray:
        """Sampling variances of the studies that metafor pooled, shape (k,)."""
        return numbers(self.reference["escalc"]["vi"])[self.used]

    @property
    def usable(self) -> bool:
        """False when a sampling variance is 0 or less, which we refuse."""
        return bool(np.all(np.isfinite(self.yi) & np.isfinite(self.vi) & (self.vi > 0)))

    @cached_property
    def table(self) -> pd.DataFrame:
        """The data under metaudit's column names, one row a study."""
        import pandas as pd

        have = set(self.reference["meta"]["columns"])
        out = {"study": [f"study {i + 1}" for i in range(len(self.rows))]}
        for theirs, ours in COLUMNS.items():
            if theirs in have and not (theirs == "ni" and self.kind == "2x2"):
                out[ours] = [cell(r[theirs]) for r in self.rows]  # type: ignore[misc]
        for events, other, n in (("ai", "bi", "n_t"), ("ci", "di", "n_c"), ("xi", "mi", "n")):
            if {events, other} <= have and n not in out:
                out[n] = [_sum(cell(r[events]), cell(r[other])) for r in self.rows]  # type: ignore[misc]
        return pd.DataFrame(out)

    @cached_property
    def converted(self) -> list[Row]:
        """The table as rows of an extraction, conversions done: what ``compute_effects`` takes."""
        from metaudit.effects.convert import convert
        from metaudit.effects.frame import rows_of_frame

        return [convert(r) for r in rows_of_frame(self.table)]

    def said(self, fact: str, *, where: str) -> bool:
        """Whether metafor's own log says one of the facts of messages.py about a computation whose name begins with ``where``."""
        log = self.reference["log"]
        return any(e["where"].startswith(where) and fact in facts(e["message"]) for e in log)


def cell(text: str) -> float | int | None:
    """A cell of the table: a number, or None when empty."""
    if text in ("", "NA", "NaN"):
        return None
    value = float(text)
    return int(value) if value.is_integer() else value


def _sum(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a + b


def units_in(folder: Path) -> list[str]:
    """The data sets of a folder of metafor's results."""
    return sorted({p.name.split(".")[0] for p in folder.glob("*/*.json")})


def cases_of_unit(folder: Path, unit: str) -> Iterator[Case]:
    """Every measure of one data set of a folder."""
    files = sorted(folder.glob(f"*/{unit}.*.json"))
    models = [p for p in files if p.name.endswith(".glmm.json")]
    glmm = json.loads(models[0].read_text(encoding="utf-8"))["models"] if models else {}
    for path in files:
        if path not in models:
            reference = json.loads(path.read_text(encoding="utf-8"))
            if "escalc" not in reference:  # metafor did not compute this measure
                continue
            with path.with_name(f"{unit}.csv").open(encoding="utf-8", newline="") as handle:
                rows = list(csv.DictReader(handle))
            measure = str(reference["meta"]["measure"])
            of_measure = {
                m.get("measure") for m in glmm.values() if m.get("measure")
            }  # a failed fit does not say its own
            yield Case(unit, measure, reference, rows, glmm if measure in of_measure else {})


def cases(folder: Path) -> Iterator[Case]:
    """Every measure of every data set of a folder of metafor's results."""
    for unit in units_in(folder):
        yield from cases_of_unit(folder, unit)


def cases_of_file(path: Path) -> Iterator[Case]:
    """Every measure of one vendored data set (see vendor.py)."""
    content = json.loads(path.read_text(encoding="utf-8"))
    columns = content["table"]
    rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
    for measure, reference in content["measures"].items():
        yield Case(content["unit"], measure, reference, rows, content["glmm"].get(measure, {}))


def vendored(folder: Path) -> Iterator[Case]:
    """Every measure of every vendored data set."""
    for path in sorted(folder.glob("*.json")):
        yield from cases_of_file(path)
