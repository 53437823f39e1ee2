"""How far another order of the same sums can move each of RevMan's numbers: what becomes a claim has the digits before that."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from scipy.special import ndtri

from metaudit.imports.revman_shared import Outcome, Part, StudyRow, as_number
from metaudit.imports.revman_shared_digits import SUMS

RATIOS = ("OR", "RR", "PETO", "GEN-LOG")
_EFFECTS = ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
LN10 = math.log(10)


def row_errors(outcome: Outcome, row: StudyRow) -> dict[str, float]:
    """Of the numbers that RevMan wrote for one study: its effect and limits, their logarithms, and its weight.

    A difference of means has no order of sums: both programs round it in the same way, however large the means are.
    """
    size = _row_size(outcome, row)
    out = _of_effects(row.printed, SUMS * size, ratio=outcome.code in RATIOS)
    return _finite(out | {"weight": 100 * SUMS})


def part_errors(outcome: Outcome, part: Part, rows: Sequence[StudyRow]) -> dict[str, float]:
    """Of the pooled numbers of an outcome or subgroup.

    First-order propagation of errors: Q is a sum of squares whose terms are differences, tau² and I² are differences of Q and
    its degrees of freedom (Higgins and Thompson 2002, equations 6 to 10), and weights of random effects hang on tau².

    Parameters
    ----------
    outcome, part : the analysis and its result
    rows : the studies behind it
    """
    value = {k: as_number(v) or 0.0 for k, v in part.results.items()}
    used = [r for r in rows if r.estimable]
    sizes = [_row_size(outcome, r) for r in used]
    q, df, z = value.get("q", 0.0), max(value.get("q_df", 0.0), 1.0), value.get("z", 0.0)
    squares = sum(s * s for s in (_in_errors(outcome, r, size) for r, size in zip(used, sizes, strict=True)))
    sums = SUMS * math.sqrt(max(len(used), 1))
    e_q = sums * (q + z * z + squares + 1)
    relative = sums + (e_q / df if outcome.random else 0.0)
    size = max([*sizes, *(abs(_analysis(outcome, value.get(k, 0.0))) for k in _EFFECTS)])
    out = _of_effects(part.results, relative * size, ratio=outcome.code in RATIOS)
    se = _se(outcome, value)
    out["z"] = relative * (abs(z) + (size / se if se > 0 else 0.0))
    out |= {"q": e_q, "weight": 100 * relative, "se": relative * (se or value.get("se", 0.0))}
    out["i2"] = sums * 100 + (100 * df / (q * q) * e_q if q > df else 0.0)
    out["tau2"] = value.get("tau2", 0.0) * (sums + (e_q / (q - df) if q > df else 0.0))
    between = value.get("subgroup_q", 0.0)
    out["subgroup_q"] = relative * (between + z * z + squares + 1)
    groups = max(len(outcome.groups) - 1, 1)
    out["subgroup_i2"] = sums * 100 + (
        100 * groups / (between * between) * out["subgroup_q"] if between > groups else 0.0
    )
    return _finite(out)


def _finite(errors: dict[str, float]) -> dict[str, float]:
    """Errors of numbers that no analysis has, as a damaged file holds them, are none that digits can be chosen by."""
    return {k: v if math.isfinite(v) else 0.0 for k, v in errors.items()}


def _of_effects(printed: Mapping[str, str], error: float, *, ratio: bool) -> dict[str, float]:
    """Errors of effects and limits, for an error on the scale of the analysis."""
    out = {}
    for name in _EFFECTS:
        number = abs(as_number(printed.get(name)) or 0.0)
        out[name] = (error + SUMS) * number if ratio else error
        out[f"log_{name}"] = error + SUMS * 0.01
    return out


def _row_size(outcome: Outcome, row: StudyRow) -> float:
    """Size of the largest number, on the scale of the analysis, that goes into the effect of one study or its limits."""
    size = max(abs(_analysis(outcome, as_number(row.printed.get(k)) or 0.0)) for k in _EFFECTS[:3])
    return max(size, 1.0) if outcome.code == "RD" else size


def _in_errors(outcome: Outcome, row: StudyRow, size: float) -> float:
    """The size of a study's effect in its own standard errors."""
    low, high = (_analysis(outcome, as_number(row.printed.get(k)) or 0.0) for k in ("ci_low", "ci_high"))
    se = (high - low) / (2 * _quantile(outcome.study_level))
    return size / se if se > 0 else 0.0


def _se(outcome: Outcome, value: Mapping[str, float]) -> float:
    low, high = (_analysis(outcome, value.get(k, 0.0)) for k in ("ci_low", "ci_high"))
    return (high - low) / (2 * _quantile(outcome.level))


def _quantile(level: float) -> float:
    return float(ndtri(0.5 + level / 2))


def _analysis(outcome: Outcome, number: float) -> float:
    """An effect on the scale it is pooled on; 0 for one that has no logarithm."""
    if outcome.code not in RATIOS:
        return number
    return math.log(number) if number > 0 else 0.0
