"""In words: which studies the conclusion hangs on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metaudit.diagnostics.influence import Influence
from metaudit.diagnostics.subsets import SubsetFits
from metaudit.errors import DataError
from metaudit.listing import listed

# The steps of Higgins et al. 2003 (25, 50 and 75 % as low, moderate and high) are 25 points apart.
I2_POINTS = 25.0


@dataclass(frozen=True)
class Matters:
    """What leaving out one study changes.

    Attributes
    ----------
    study : its name
    index : its place among the studies
    changes : ``significance``, ``direction``, ``estimate`` (beyond the interval of all studies) and ``heterogeneity``,
        in this order, those that apply
    words : one sentence
    """

    study: str
    index: int
    changes: tuple[str, ...]
    words: str


def which_studies_matter(
    whole: SubsetFits,
    without: SubsetFits,
    *,
    null: float | None = 0.0,
    level: float = 0.95,
    i2_points: float = I2_POINTS,
    show: Callable[[float], str] = "{:.3g}".format,
) -> tuple[Matters, ...]:
    """Studies whose omission changes significance, direction, the estimate, or I² by much.

    Parameters
    ----------
    whole : the fit of all studies (one subset)
    without : the fits without each study, named after it
    null : value of no effect on the analysis scale; None when there is none (a proportion), which leaves out
        significance and direction
    level : confidence level; P below 1 - level counts as significant
    i2_points : how many percentage points of I² count as much
    show : writes an estimate for the reader (back-transformed, say)

    Returns
    -------
    Those studies, in their order; empty when none matters.

    Raises
    ------
    DataError
        when ``whole`` is not one fit.
    """
    if len(whole.labels) != 1:
        raise DataError(f"{len(whole.labels)} fits given for all studies together; there is one")
    out = []
    for i, study in enumerate(without.labels):
        found = _changes(whole, without, i, null=null, level=level, i2_points=i2_points, show=show)
        if found:
            sentence = f"Without {study}, {listed([words for _, words in found])}."
            out.append(Matters(study, i, tuple(change for change, _ in found), sentence))
    return tuple(out)


def _changes(
    whole: SubsetFits, without: SubsetFits, i: int, *, null: float | None, level: float, i2_points: float,
    show: Callable[[float], str],
) -> list[tuple[str, str]]:  # fmt: skip
    found = []
    before, after = float(whole.estimate[0]), float(without.estimate[i])
    if null is not None:
        p, p_rest, alpha = float(whole.p[0]), float(without.p[i]), 1 - level
        if (p < alpha) != (p_rest < alpha) and p == p and p_rest == p_rest:
            verb = "is no longer" if p < alpha else "becomes"
            found.append(
                ("significance", f"the pooled effect {verb} statistically significant ({_p(p)} → {_p(p_rest)})")
            )
        if (before - null) * (after - null) < 0:
            found.append(("direction", f"the pooled effect changes direction ({show(before)} → {show(after)})"))
    if after < whole.ci_low[0] or after > whole.ci_high[0]:
        limits = f"{show(float(whole.ci_low[0]))} to {show(float(whole.ci_high[0]))}"
        found.append(("estimate", f"the pooled effect, {show(after)}, lies outside the interval of all ({limits})"))
    change = float(without.i2[i] - whole.i2[0])
    if abs(change) >= i2_points:
        verb = "rises" if change > 0 else "falls"
        found.append(("heterogeneity", f"I² {verb} from {whole.i2[0]:.0f} % to {without.i2[i]:.0f} %"))
    return found


def in_words(found: Sequence[Matters], *, k: int, i2_points: float = I2_POINTS) -> str:
    """A paragraph for the report: how many studies matter, and what each changes.

    Parameters
    ----------
    found : of ``which_studies_matter``
    k : number of studies left out in turn
    i2_points : the threshold that was used
    """
    if k < 2:
        return "There is one study, so none can be left out."
    if not found:
        return (
            f"Leaving out any one of the {k} studies changes neither the significance nor the direction of the pooled "
            f"effect, keeps it inside the interval of all studies, and moves I² by less than {i2_points:g} points."
        )
    which = f"{len(found)} of the {k} studies" if len(found) > 1 else f"One of the {k} studies"
    return " ".join([f"{which} matter{'s' if len(found) == 1 else ''} to the result.", *(m.words for m in found)])


def outliers_in_words(found: Influence, *, limit: float = 1.96) -> str:
    """Sentences on outlying and influential studies.

    Parameters
    ----------
    found : of ``metaudit.diagnostics.influence.influence``
    limit : a study is an outlier when its externally standardised residual is further from 0
    """
    k = len(found.labels)
    out = [
        f"{name} ({r:+.2f})" for name, r in zip(found.labels, found.rstudent, strict=True) if abs(r) > limit
    ]  # NaN, where the rest cannot be fitted, is no outlier
    if out:
        verb = "is" if len(out) == 1 else "are"
        first = (
            f"Compared with what the other studies predict, {len(out)} of {k} studies {verb} further out than {limit:g} "
            f"standard errors: {', '.join(out)}."
        )
    else:
        first = f"No study is further than {limit:g} standard errors from what the other studies predict."
    strong = [f"{n} ({', '.join(r)})" for n, r in zip(found.labels, found.reasons, strict=True) if r]
    second = (
        f"Influential by the usual cut-offs: {', '.join(strong)}."
        if strong
        else "No study is influential by the usual cut-offs."
    )
    return f"{first} {second}"


def _p(p: float) -> str:
    return "P < 0.001" if p < 0.001 else f"P = {p:.3g}"
