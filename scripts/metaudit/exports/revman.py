"""What RevMan knows about an analysis: its settings, and the numbers it would print, as metaudit computes them.

RevMan 5's formulas are those of the preset ``revman5`` (data/presets/revman5.yaml), which says where each was read; they
follow Deeks and Higgins, Statistical algorithms in Review Manager 5 (2010).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import chdtrc

from metaudit.analyses import effects_of
from metaudit.effects.convert import Converted
from metaudit.errors import DataError
from metaudit.evaluate import evaluate_effects
from metaudit.exports.content import Content, Part
from metaudit.exports.numbers import plain
from metaudit.exports.ready_made import ready_made, tell_ready_made
from metaudit.exports.revman_outcome import Group, Line, Outcome, Settings, Total
from metaudit.formats.columns import BIAS_PREFIX
from metaudit.formats.indexed import column_name, known_columns
from metaudit.formats.review import Analysis
from metaudit.measures import measure_of
from metaudit.pooling.result import Pooled
from metaudit.presets import load_presets, resolve

COLUMNS = {
    "counts": ("events_t", "n_t", "events_c", "n_c"),
    "means": ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c"),
    "generic": ("effect", "se"),
}
_ANY = Analysis("", "", {})


def outcomes(content: Content, *, bias: bool = False) -> list[Outcome]:
    """Every analysis of an export as RevMan sees it.

    Parameters
    ----------
    content : the export
    bias : whether the format carries judgements of bias

    Raises
    ------
    InputError
        when no study of an analysis has all its numbers.
    """
    tell_dropped_columns(content, bias=bias)
    tell_ready_made(content, ("se",))
    return [_outcome(part, content) for part in content.parts]


def _outcome(part: Part, content: Content) -> Outcome:
    settings = _settings(part, content)
    rows = [r for r in part.rows if complete(r, part, content)]
    if not rows:
        message = f"no study of analysis {part.analysis.id} has all its numbers ({', '.join(COLUMNS[part.kind])})."
        raise content.refuse("incomplete", message, "Export another analysis, or as csv.", place="extraction.csv")
    fit, shown = _fitted(settings, rows)
    names = labels(rows, content)
    lines = {}
    for row in rows:
        yi, se, weight = shown.get(row.row.line, (math.nan, math.nan, 0.0))
        lines[row.row.line] = Line(row, names[row.row.line], _cells(row, part, content), yi, se, weight)
    groups = []
    for name, own in levels(part, rows, content).items():
        total = _total(_fitted(settings, own)[0]) if name else Total()
        groups.append(Group(name, tuple(lines[r.row.line] for r in own), total))
    between = _between([g.total for g in groups]) if part.analysis.subgroups else Total()
    return Outcome(part, settings, tuple(groups), _total(fit), between)


def _settings(part: Part, content: Content) -> Settings:
    """RevMan's method that comes nearest to what the analysis states; what cannot be kept is said."""
    stated = part.analysis.method
    model, level = str(stated.get("model", "")), float(stated.get("level", 0.95))
    place, about = "review.yaml", f"analysis {part.analysis.id}"
    measure, random = part.measure, model == "random"
    if measure.code == "PETO" or model == "peto":
        if random:
            content.tell("converted", place, f"{about}: RevMan pools Peto odds ratios under the common-effect model.")
        return Settings(measure_of("PETO"), "PETO", False, level)
    by_revman = any(p.program == "RevMan" for p in resolve(str(stated.get("software", ""))))
    method = "IV"
    if part.kind == "counts":
        centred = str(stated.get("q", "mantel-haenszel" if by_revman else "")).startswith("mantel")
        method = "MH" if model in ("", "mantel-haenszel") or (random and centred) else "IV"
    if not model:
        words = "Mantel-Haenszel, common effect" if method == "MH" else "inverse variances, common effect"
        content.tell("guessed", place, f"{about} states no model; RevMan's default is taken ({words}).")
    kept = {"model", "level", "software", "q", "i2", "stopping", "tau2_ci", "i2_ci"}
    alike = {"tau2": "DL", "ci": "wald", "subgroup_tau2": "separate", **load_presets()["revman5"].method(measure.code)}
    other = [f"{k}: {v}" for k, v in stated.items() if k not in kept and str(v) != alike.get(k, "")]
    if other:
        said = "; ".join(other)
        message = f"{about} states {said}; RevMan's own rule stands in the file, and its totals follow that."
        content.tell("converted", place, message)
    return Settings(measure, method, random, level)


def complete(row: Converted, part: Part, content: Content) -> bool:
    """Whether a study has what RevMan asks for; else it is left out, with a notice."""
    if part.kind == "generic":
        return True  # what it lacks is seen when its effect is computed
    lacking = [c for c in COLUMNS[part.kind] if math.isnan(row.values.get(c, math.nan))]
    if lacking:
        message = f"{row.label} lacks {', '.join(lacking)} and is not in analysis {part.analysis.id} of the file."
        content.tell("dropped", content.row_place(row), message)
    return not lacking


def _fitted(
    settings: Settings, rows: Sequence[Converted]
) -> tuple[Pooled | None, dict[int, tuple[float, float, float]]]:
    """RevMan's pooled result, and effect, standard error and weight of every study that has them, by row."""
    spec = settings.spec
    effects = effects_of(spec, rows)
    if not effects.k:
        return None, {}
    try:
        fit = evaluate_effects(spec, effects, _ANY).fit
    except DataError:
        return None, {}
    found = {}
    for i, study in enumerate(effects.studies):
        found[study.row.line] = (float(effects.yi[i]), math.sqrt(effects.vi[i]), float(fit.weights[i]))
    return fit, found


def _total(fit: Pooled | None) -> Total:
    if fit is None:
        return Total()
    return Total(
        estimate=fit.estimate, ci_low=fit.ci_low, ci_high=fit.ci_high, z=abs(fit.stat), p=fit.p, se=fit.se, q=fit.q, q_df=int(fit.q_df),
        q_p=fit.q_p, i2=fit.i2_q, tau2=0.0 if math.isnan(fit.tau2) else fit.tau2, k=fit.k,
    )  # fmt: skip


def _between(totals: Sequence[Total]) -> Total:
    """Test between subgroups, of their summaries by inverse variances (Borenstein et al. 2009, ch. 19)."""
    usable = [t for t in totals if not math.isnan(t.estimate)]
    df = len(usable) - 1
    if df < 1:
        return Total()
    estimates, w = np.array([t.estimate for t in usable]), np.array([t.se for t in usable]) ** -2.0
    q = float((w * (estimates - (w * estimates).sum() / w.sum()) ** 2).sum())
    i2 = max(0.0, 100 * (q - df) / q) if q > 0 else 0.0
    return Total(q=q, q_df=df, q_p=float(chdtrc(df, q)), i2=i2)


def levels(part: Part, rows: Sequence[Converted], content: Content) -> dict[str, list[Converted]]:
    """The subgroups in the order in which they come up; one without a name where there are none."""
    if not part.analysis.subgroups:
        return {"": list(rows)}
    column = column_name(part.analysis.subgroups, known_columns([r.row for r in rows]))
    found: dict[str, list[Converted]] = {}
    for row in rows:
        level = row.row.text(column)
        if not level:
            message = f"{row.label} has no {part.analysis.subgroups}; it stands in a subgroup named 'not reported'."
            content.tell("converted", content.row_place(row), message)
        found.setdefault(level or "not reported", []).append(row)
    return found


def labels(rows: Sequence[Converted], content: Content) -> dict[int, str]:
    """A name for every row: RevMan has a study once in an analysis."""
    seen: set[str] = set()
    names: dict[int, str] = {}
    for row in rows:
        name = row.label
        if name in seen:
            apart = row.row.text("comparison") or row.row.text("timepoint") or f"row {row.row.line}"
            name = f"{row.label} ({apart})"
            while name in seen:
                name = f"{row.label} ({apart}, row {row.row.line})"
            message = (
                f"{row.label!r} stands in the analysis already; RevMan takes a study once, so it is named {name!r}."
            )
            content.tell("converted", content.row_place(row, "study"), message)
        seen.add(name)
        names[row.row.line] = name
    return names


def _cells(row: Converted, part: Part, content: Content) -> dict[str, str]:
    """The numbers of a study as the file prints them."""
    if part.kind != "generic":
        return {c: plain(row, c, content) for c in COLUMNS[part.kind]}
    cells = ready_made(row, part.measure, content)
    return {"effect": cells["effect"], "se": cells["se"]}


def tell_dropped_columns(content: Content, *, bias: bool = False) -> None:
    """Columns of the rows that RevMan has no place for."""
    held = {"study", "year", "outcome", *(c for p in content.parts for c in COLUMNS[p.kind])}
    held |= {f"x_{p.analysis.subgroups}" for p in content.parts} | {p.analysis.subgroups for p in content.parts}
    if any(p.kind == "generic" for p in content.parts):
        held |= {"variance", "ci_low", "ci_high", "ci_level", "p", "t", "f", "effect_type"}
    rest = [
        c
        for c in known_columns([r.row for r in content.rows()])
        if c not in held and not (bias and c.startswith(BIAS_PREFIX))
    ]
    if rest:
        content.tell("dropped", "extraction.csv", f"columns that RevMan has no place for: {', '.join(rest)}.")
