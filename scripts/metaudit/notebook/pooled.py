"""A pooled result in a notebook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from metaudit.audit_words import numbers
from metaudit.errors import DataError
from metaudit.formats.tables import nearest
from metaudit.measures import MEASURES, Measure
from metaudit.notebook.markup import table, text
from metaudit.notebook.picture import DrawnPicture
from metaudit.pooling.result import Pooled

if TYPE_CHECKING:
    import pandas as pd

    from metaudit.figures.content import Fit, ForestData, Study

_PARTS = ("result", "studies", "coefficients")
_UNNAMED = "GEN"


def pooled_frame(fit: Pooled, part: str) -> pd.DataFrame:
    """The result, its studies or its coefficients as a data frame; see :meth:`metaudit.pooling.Pooled.to_frame`."""
    import pandas as pd

    if part not in _PARTS:
        raise DataError(f"a pooled result has no part {part!r}. {nearest(part, _PARTS)} Known: {', '.join(_PARTS)}.")
    if part == "coefficients":
        columns = ["term", "estimate", "se", "stat", "p", "ci_low", "ci_high"]
        return pd.DataFrame([{c: getattr(x, c) for c in columns} for x in fit.coefficients], columns=columns)
    if part == "studies":
        return pd.DataFrame({"study": _names(fit, ()), "yi": fit.yi, "vi": fit.vi, "weight": fit.weights})
    return pd.DataFrame([fit.to_row()])


def pooled_forest(fit: Pooled, *, studies: Sequence[str], measure: str, title: str, layout: str) -> DrawnPicture:
    """The forest plot of a pooled result; see :meth:`metaudit.pooling.Pooled.forest`."""
    from metaudit.figures.drawn import Drawn
    from metaudit.figures.forest import draw_forest
    from metaudit.figures.said import MARK_COLUMNS, forest_alt, mark_rows
    from metaudit.notebook.drawing import layout_named

    chosen, data = layout_named(layout), _forest_data(fit, studies, measure, title)
    name = f"Forest plot: {data.title}" if data.title else "Forest plot"
    return DrawnPicture(
        Drawn("forest", draw_forest(data, chosen), name, forest_alt(data), MARK_COLUMNS, mark_rows(data, chosen))
    )


def pooled_html(fit: Pooled) -> str:
    """The result as an HTML table, on the natural scale where its measure is known and the effect alone gives it."""
    from metaudit.figures.wording import model_line, probability, short_name

    known = _measure(fit.measure) if fit.measure else None
    measure = known or MEASURES[_UNNAMED]
    shown, level = _as_fit(fit, measure), f"{100 * fit.level:g} %"
    factor = 100.0 if measure.kind == "proportion" else 1.0
    name = "Intercept" if fit.coefficients else short_name(measure) if known else "Effect"
    ends = [factor * x for x in (shown.estimate, shown.ci_low, shown.ci_high)]
    test = "" if known and measure.null is None else f", {probability(fit.p)}"  # a proportion has no null
    rows = [(name, f"{numbers.interval(*ends)}, {level} CI{test}"), ("Studies", str(fit.k))]
    if math.isfinite(shown.pi_low):
        rows.append((f"{level} prediction interval", numbers.span(factor * shown.pi_low, factor * shown.pi_high)))
    rows += [*_heterogeneity(fit), *_coefficients(fit)]
    return table((), [(text(a), text(b)) for a, b in rows], caption=model_line(shown), notes=(_scale_note(fit, known),))


def _heterogeneity(fit: Pooled) -> list[tuple[str, str]]:
    from metaudit.figures.wording import degrees, probability

    if fit.q_df < 1 or math.isnan(fit.q):
        return []
    rows = [("Q", f"{numbers.plain(fit.q)} (df = {degrees(fit.q_df)}, {probability(fit.q_p)})")]
    if fit.tau2_method:
        rows.append(("τ²", _limited(numbers.variance(fit.tau2), numbers.span(fit.tau2_low, fit.tau2_high))))
    return [*rows, ("I²", _limited(f"{fit.i2:.1f} %", numbers.span(fit.i2_low, fit.i2_high, 1)))]


def _limited(middle: str, limits: str) -> str:
    return f"{middle} ({limits})" if limits else middle


def _coefficients(fit: Pooled) -> list[tuple[str, str]]:
    """Coefficients are shown as they are: what one unit of a moderator adds, on the scale of analysis."""
    from metaudit.figures.wording import probability

    return [
        (f"Coefficient of {c.term}", f"{numbers.interval(c.estimate, c.ci_low, c.ci_high)}, {probability(c.p)}")
        for c in fit.coefficients
        if c.term != "intercept"
    ]


def _scale_note(fit: Pooled, measure: Measure | None) -> str:
    if measure is None:
        return f"{fit.measure or 'Effects as given'}, on the scale of analysis."
    if measure.scale == "natural":
        return f"{measure.name[:1].upper()}{measure.name[1:]}."
    also = " and coefficients" if fit.coefficients else ""
    return f"{measure.name[:1].upper()}{measure.name[1:]}, back-transformed; τ²{also} on the {measure.scale} scale."


def _forest_data(fit: Pooled, studies: Sequence[str], measure: str, title: str) -> ForestData:
    from metaudit.figures.content import ForestData
    from metaudit.figures.labels import distinct_labels
    from metaudit.pooling.intervals import quantile

    code = measure or fit.measure or _UNNAMED
    if code not in MEASURES:
        raise DataError(f"measure {code!r} is not known. {nearest(code, list(MEASURES))}")
    found = _measure(code)
    if found is None:
        raise DataError(
            f"{code} is shown on its natural scale with the number of people in each study, which a pooled result does not "
            "hold. Draw it from its review: read_review(folder).forest(analysis)."
        )
    if not fit.yi.size:
        raise DataError("this result holds no effects of single studies, so there is nothing to draw")
    names = _names(fit, studies)
    labels = distinct_labels([{"study": n, "row": str(i + 1)} for i, n in enumerate(names)])
    z = quantile(fit.level, None)
    rows = zip(labels, fit.yi.tolist(), fit.vi.tolist(), fit.weights.tolist(), strict=True)
    return ForestData(
        title=title,
        measure=code,
        studies=tuple(_study(label, (y, math.sqrt(v)), found, z=z, weight=w) for label, y, v, w in rows),
        pooled=_as_fit(fit, found),
        covariates=tuple(c.term for c in fit.coefficients if c.term != "intercept"),
    )


def _study(label: str, effect: tuple[float, float], measure: Measure, *, z: float, weight: float) -> Study:
    """One study from its effect and standard error; its interval is the normal one."""
    from metaudit.figures.content import Study

    y, se = effect
    middle, low, high = (measure.to_natural(x) for x in (y, y - z * se, y + z * se))
    return Study(label, middle, low, high, weight=weight, values={"yi": y, "se": se})


def _as_fit(fit: Pooled, measure: Measure) -> Fit:
    from metaudit.figures.content import Fit

    natural: dict[str, Any] = {
        n: measure.to_natural(x) if math.isfinite(x := float(getattr(fit, n))) else x
        for n in ("estimate", "ci_low", "ci_high", "pi_low", "pi_high")
    }
    kept: dict[str, Any] = {
        n: getattr(fit, n)
        for n in ("model", "tau2_method", "ci_method", "level", "stat", "p", "q", "q_df", "q_p", "tau2", "i2", "k")
    }
    return Fit(**natural, **kept)


def _measure(code: str) -> Measure | None:
    """The measure, unless its natural scale needs more than the effect."""
    return None if code == "PFT" else MEASURES[code]


def _names(fit: Pooled, studies: Sequence[str]) -> list[str]:
    names = [str(n) for n in studies] or list(fit.studies) or [f"Study {i + 1}" for i in range(fit.yi.size)]
    if len(names) != fit.yi.size:
        raise DataError(f"{fit.yi.size} effects were pooled, but {len(names)} names of studies are given")
    return names
