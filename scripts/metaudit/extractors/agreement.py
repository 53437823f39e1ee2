"""How far two extractors agree, column by column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from metaudit.extractors.pairing import Pair
from metaudit.formats.columns import EXTRACTION
from metaudit.formats.tables import Row

NOT_COMPARED = (
    "study",
    "outcome",
    "timepoint",
    "comparison",
    "treatment",
    "treatment_c",
    "dose",
    "where",
    "note",
    "source",
    "certainty",
)
"""What tells rows apart, and what each extractor says of his or her own reading."""
_Z95 = NormalDist().inv_cdf(0.975)
_ORDER = {c.name: i for i, c in enumerate(EXTRACTION)}


@dataclass(frozen=True)
class ColumnAgreement:
    """Agreement in one column over the rows that both extractors have.

    Attributes
    ----------
    column : its name
    n : rows where at least one of them typed something
    as_typed : of these, rows with the same text
    in_value : rows with the same value; 0.5 and 0.50 are one number
    one_only : rows where only one of them typed something
    kappa, kappa_low, kappa_high : Cohen's kappa with its interval over all paired rows, every value and "nothing typed" a category
        (Cohen 1960, Educ Psychol Meas 20:37-46; large-sample variance of Fleiss, Cohen & Everitt 1969, as statsmodels has
        it); NaN where there is one category, so that chance alone would agree everywhere
    bias, loa_low, loa_high : mean of B minus A over rows with both numbers, and its 95 % limits of agreement, mean plus and
        minus 1.96 standard deviations (Bland & Altman 1986, Lancet 327:307-310); NaN for text and for fewer than two rows
    """

    column: str
    n: int
    as_typed: int
    in_value: int
    one_only: int
    kappa: float = math.nan
    kappa_low: float = math.nan
    kappa_high: float = math.nan
    bias: float = math.nan
    loa_low: float = math.nan
    loa_high: float = math.nan

    @property
    def percent(self) -> float:
        """Rows with the same value, percent of those where somebody typed something."""
        return 100 * self.in_value / self.n if self.n else math.nan


def same(a: Row, b: Row, column: str) -> bool:
    """Whether two rows hold the same value: the same text, the same number, or the same words in other capitals."""
    x, y = a.text(column), b.text(column)
    u, v = a.value(column), b.value(column)
    if u is not None and v is not None:
        return u == v and a.numbers[column].percent == b.numbers[column].percent
    return x == y or (u is None and v is None and " ".join(x.casefold().split()) == " ".join(y.casefold().split()))


def compared_columns(pairs: Sequence[Pair]) -> list[str]:
    """Columns that hold data in either table, in the order of extraction.csv, covariates after."""
    held = {c for p in pairs for r in (p.a, p.b) if r is not None for c in r.cells} - set(NOT_COMPARED)
    return sorted(held, key=lambda c: (_ORDER.get(c, len(_ORDER)), c))


def agreement(pairs: Sequence[Pair]) -> list[ColumnAgreement]:
    """Agreement in every column that either extractor filled in, over the rows that both have.

    Parameters
    ----------
    pairs : of ``paired``; rows that only one extractor has count nowhere here
    """
    both = [(p.a, p.b) for p in pairs if p.a is not None and p.b is not None]
    return [_of_column(c, both) for c in compared_columns(pairs)]


def _of_column(column: str, both: Sequence[tuple[Row, Row]]) -> ColumnAgreement:
    typed = [(a, b) for a, b in both if a.text(column) or b.text(column)]
    numbers = [(x, y) for a, b in typed if (x := a.value(column)) is not None and (y := b.value(column)) is not None]
    kappa = _kappa([(_category(a, column), _category(b, column)) for a, b in both])
    return ColumnAgreement(
        column,
        n=len(typed),
        as_typed=sum(a.text(column) == b.text(column) for a, b in typed),
        in_value=sum(same(a, b, column) for a, b in typed),
        one_only=sum(bool(a.text(column)) != bool(b.text(column)) for a, b in typed),
        **kappa,
        **_limits([y - x for x, y in numbers]),
    )


def _category(row: Row, column: str) -> str:
    """A value as a category: equal numbers are one, whatever their trailing zeros."""
    value = row.value(column)
    if value is None:
        return " ".join(row.text(column).casefold().split())
    return f"{value:.12g}" + ("%" if row.numbers[column].percent else "")


def _kappa(pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    categories = sorted({c for pair in pairs for c in pair})
    if len(categories) < 2:
        return {}
    import numpy as np
    from statsmodels.stats.inter_rater import cohens_kappa

    place = {c: i for i, c in enumerate(categories)}
    table = np.zeros((len(categories), len(categories)))
    for a, b in pairs:
        table[place[a], place[b]] += 1
    # Where all values agree, or one extractor knows one value only, a variance is nought: in floating point it may come out
    # just below, and statsmodels takes its root. The test of kappa = 0, where the same happens, is not used here.
    with np.errstate(invalid="ignore", divide="ignore"):
        found = cohens_kappa(table)
    kappa, half = float(found.kappa), _Z95 * max(float(found.var_kappa), 0.0) ** 0.5
    return {"kappa": kappa, "kappa_low": kappa - half, "kappa_high": min(kappa + half, 1.0)}


def _limits(differences: Sequence[float]) -> dict[str, float]:
    if len(differences) < 2:
        return {}
    mean, spread = fmean(differences), stdev(differences)
    return {"bias": mean, "loa_low": mean - 1.96 * spread, "loa_high": mean + 1.96 * spread}
