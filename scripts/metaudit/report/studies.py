"""The tables behind one analysis: studies, other models, arms, influence, regression, readings, exclusions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.audit_words.input_words import subgroup_label
from metaudit.audit_words.numbers import typographic
from metaudit.audit_words.vocabulary import MODEL, TAU2
from metaudit.report.grids import Cell, Grid, Part, grid
from metaudit.report.language import Phrase
from metaudit.tables.reading import Analysis, Row, conversions
from metaudit.tables.sensitivity import other_measure
from metaudit.tables.summary import method_words, people

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MANY = 20
ARMS = {"treatment": "Treatment", "control": "Control", "single": "Single arm"}
METHODS = {"crude": "crude: sum of events over sum of people", "model": "random-effects logit"}


def estimate(row: Row) -> str:
    """Estimate and interval of a row."""
    return numbers.interval(row.get("estimate"), row.get("ci_low"), row.get("ci_high"))


def _arm(row: Row, arm: str) -> str:
    tail = f"_{arm}" if arm else ""
    events, n = row.get(f"events{tail}"), row.get(f"n{tail}")
    if events:
        return f"{numbers.whole(events)}/{numbers.whole(n or row.get(f'time{tail}'))}"
    if row.get(f"mean{tail}"):
        sd = row.get(f"sd{tail}")
        spread = f" (SD {numbers.plain(sd)})" if sd else ""
        return f"{numbers.plain(row[f'mean{tail}'])}{spread}, n {numbers.whole(n)}"
    return f"n {numbers.whole(n)}" if n else ""


def data_words(row: Row) -> str:
    """Say what one study reported, both arms."""
    treatment, control = _arm(row, "t"), _arm(row, "c")
    if treatment or control:
        return f"{treatment or '?'} v {control or '?'}"
    if row.get("r"):
        return f"r {numbers.plain(row['r'])}, n {numbers.whole(row.get('n'))}"
    return _arm(row, "")


def study_name(row: Row) -> str:
    """Study with what tells its rows apart."""
    return row.get("study", "") or f"row {row.get('row', '?')}"


def source_cell(row: Row, sources: Mapping[str, str]) -> Cell:
    """The source of a row, linked to its entry."""
    key = row.get("source", "")
    first = key.split(";")[0].strip()
    return Cell(text=key, href=sources.get(first, ""))


def studies_grid(analysis: Analysis, sources: Mapping[str, str]) -> Grid | None:
    """Studies of an analysis with their provenance."""
    rows = analysis.tables["effects"]
    weights = {row.get("row"): row.get("weight") for row in analysis.tables["weights"]}
    single = {row.get("subgroup") for row in rows} == {""}
    parts = [
        Part(heading="Study", cell=lambda r: Cell(text=study_name(r))),
        Part(heading="Time", cell=lambda r: r.get("timepoint", "")),
        Part(heading="Comparison", cell=lambda r: r.get("comparison", "")),
        Part(
            heading="Subgroup",
            cell=lambda r: "" if single else subgroup_label(analysis.subgroups, r.get("subgroup", "")),
        ),
        Part(heading="Data, treatment v control" if _two_arms(rows) else "Data", cell=data_words),
        Part(heading="Estimate (CI)", number=True, cell=lambda r: _certain(r, estimate(r))),
        Part(heading="Weight, %", number=True, cell=lambda r: numbers.percent(weights.get(r.get("row")))),
        Part(heading="Read in", cell=lambda r: r.get("where", "")),
        Part(heading="Source", cell=lambda r: source_cell(r, sources)),
        Part(heading="Route", cell=lambda r: r.get("route", "")),
    ]
    return grid(Phrase("Studies ({n})", {"n": str(len(rows))}), rows, parts, shown=len(rows) <= MANY)


def _two_arms(rows: tuple[Row, ...]) -> bool:
    return any(row.get("n_c") or row.get("events_c") for row in rows)


def _certain(row: Row, text: str) -> Cell:
    return Cell(text=typographic(text), certainty=row.get("certainty", ""))


def fits_grid(analysis: Analysis) -> Grid | None:
    """Primary fit beside the usual other models."""
    rows = [r for r in analysis.tables["pooled"] if r.get("role") in ("primary", "alternative")]
    if len(rows) < 2:
        return None
    primary = next((r for r in rows if r.get("role") == "primary"), rows[0])
    places = numbers.together(*(numbers.number(primary.get(c)) for c in ("estimate", "ci_low", "ci_high")))
    parts = [
        Part(heading="Model", cell=lambda r: fit_name(r, primary)),
        Part(heading="Estimate (CI)", number=True, cell=lambda r: _with_places(r, places)),
        Part(heading="P", number=True, cell=lambda r: numbers.p_value(r.get("p"))),
        Part(heading="I², %", number=True, cell=lambda r: numbers.percent(r.get("i2"))),
        Part(heading="τ²", number=True, cell=lambda r: numbers.variance(r.get("tau2"))),
        Part(
            heading="Prediction interval", number=True, cell=lambda r: numbers.span(r.get("pi_low"), r.get("pi_high"))
        ),
    ]
    return grid(Phrase("Other models ({n})", {"n": str(len(rows) - 1)}), rows, parts)


def _with_places(row: Row, places: int) -> str:
    """Estimate and interval with as many decimals as the primary fit."""
    middle = numbers.number(row.get("estimate"))
    limits = numbers.span(row.get("ci_low"), row.get("ci_high"), places)
    if middle is None:
        return ""
    return f"{numbers.fixed(middle, places)} ({limits})" if limits else numbers.fixed(middle, places)


def fit_name(row: Row, first: Row | None = None) -> Cell:
    """The method of one fit in words, with its measure where it is not that of the first; the stated one stands out."""
    name = (other_measure(row, first) if first else "") + method_words(
        {**row, "tau2_method": TAU2.get(row.get("tau2_method", ""), row.get("tau2_method", ""))}
    )
    primary = row.get("role") == "primary"
    return Cell(text=f"{name} (used above)" if primary else name, strong=primary)


def subgroups_grid(analysis: Analysis) -> Grid | None:
    """One fit per subgroup, with the test between them."""
    rows = [r for r in analysis.tables["pooled"] if r.get("role") == "subgroup"]
    parts = [
        Part(heading="Subgroup", cell=lambda r: subgroup_label(analysis.subgroups, r.get("subgroup", ""))),
        Part(heading="k", number=True, cell=lambda r: numbers.whole(r.get("k"))),
        Part(heading="N", number=True, cell=people),
        Part(heading="Estimate (CI)", number=True, cell=estimate),
        Part(heading="P", number=True, cell=lambda r: numbers.p_value(r.get("p"))),
        Part(heading="I², %", number=True, cell=lambda r: numbers.percent(r.get("i2"))),
        Part(heading="τ²", number=True, cell=lambda r: numbers.variance(r.get("tau2"))),
    ]
    return grid("Subgroups", rows, parts, shown=True, note=_between(analysis))


def _between(analysis: Analysis) -> Phrase | None:
    row = next((r for r in analysis.tables["pooled"] if r.get("subgroup_q")), None)
    if row is None:
        return None
    said = {"q": numbers.plain(row["subgroup_q"]), "df": numbers.whole(row.get("subgroup_df"))}
    p = numbers.compared(numbers.p_value(row.get("subgroup_p")))
    return Phrase("Between subgroups: Q {q} on {df} df, P {p}.", said | {"p": p})


def proportions_grid(analysis: Analysis) -> Grid | None:
    """Responder proportion of each arm, crude and from a model."""
    pct = numbers.fraction_as_percent

    def limits(row: Row) -> str:
        low, high = pct(row.get("ci_low")), pct(row.get("ci_high"))
        return f"{pct(row.get('proportion'))} ({low} to {high})" if low and high else pct(row.get("proportion"))

    parts = [
        Part(heading="Arm", cell=lambda r: ARMS.get(r.get("arm", ""), r.get("arm", ""))),
        Part(heading="How", cell=lambda r: METHODS.get(r.get("method", ""), r.get("method", ""))),
        Part(heading="k", number=True, cell=lambda r: numbers.whole(r.get("k"))),
        Part(heading="Events/N", number=True, cell=lambda r: _events(r)),
        Part(heading="Proportion (CI), %", number=True, cell=limits),
        Part(heading="I², %", number=True, cell=lambda r: numbers.percent(r.get("i2"))),
        Part(heading="τ²", number=True, cell=lambda r: numbers.variance(r.get("tau2"))),
    ]
    return grid("Responder proportions", analysis.tables["proportions"], parts, shown=True)


def _events(row: Row) -> str:
    return f"{numbers.whole(row.get('events'))}/{numbers.whole(row.get('n'))}" if row.get("n") else ""


def leave_one_out_grid(analysis: Analysis) -> Grid | None:
    """Primary fit without one study at a time."""
    parts = [
        Part(heading="Without", cell=lambda r: Cell(text=study_name(r))),
        Part(heading="Estimate (CI)", number=True, cell=estimate),
        Part(heading="P", number=True, cell=lambda r: numbers.p_value(r.get("p"))),
        Part(heading="I², %", number=True, cell=lambda r: numbers.percent(r.get("i2"))),
        Part(heading="τ²", number=True, cell=lambda r: numbers.variance(r.get("tau2"))),
    ]
    return grid("Leave one out", analysis.tables["leave_one_out"], parts)


def regression_grids(analysis: Analysis) -> Iterator[Grid]:
    """One table per meta-regression."""
    rows = analysis.tables["regression"]
    parts = [
        Part(heading="Term", cell=lambda r: Cell(text=r.get("term", ""))),
        Part(
            heading="Coefficient (CI)",
            number=True,
            cell=lambda r: numbers.interval(r.get("coef"), r.get("ci_low"), r.get("ci_high")),
        ),
        Part(heading="SE", number=True, cell=lambda r: numbers.plain(r.get("se"))),
        Part(heading="P", number=True, cell=lambda r: numbers.p_value(r.get("p"))),
    ]
    for fit in dict.fromkeys(row.get("fit", "") for row in rows):
        own = [row for row in rows if row.get("fit", "") == fit]
        title = Phrase("Meta-regression: {fit}", {"fit": _regression_words(fit)}) if fit else Phrase("Meta-regression")
        table = grid(title, own, parts, shown=True, note=_regression_note(own[0]))
        if table:
            yield table


def _regression_words(fit: str) -> str:
    """The model of a meta-regression, ``random-DL`` or ``common``, in words."""
    model, _, tau2 = fit.partition("-")
    return f"random effects ({TAU2.get(tau2, tau2)})" if model == "random" and tau2 else MODEL.get(fit, fit)


def _regression_note(row: Row) -> Phrase | None:
    said = []
    if row.get("r2"):
        said.append(f"R² {numbers.percent(row['r2'])} %")
    if row.get("qm"):
        p = numbers.compared(numbers.p_value(row.get("qm_p")))
        said.append(f"QM {numbers.plain(row['qm'])} on {numbers.whole(row.get('qm_df'))} df, P {p}")
    if row.get("tau2"):
        said.append(f"τ² {numbers.variance(row['tau2'])}")
    return Phrase("Of the regression: {numbers}.", {"numbers": "; ".join(said)}) if said else None


def readings_grid(analysis: Analysis) -> Grid | None:
    """Two readings of a number after an unlabelled plus-minus sign."""
    parts = [
        Part(heading="Study", cell=lambda r: Cell(text=study_name(r))),
        Part(heading="Read as", cell=lambda r: _reading(r)),
        Part(heading="SD, treatment", number=True, cell=lambda r: numbers.plain(r.get("sd_t"))),
        Part(heading="SD, control", number=True, cell=lambda r: numbers.plain(r.get("sd_c"))),
        Part(
            heading="Mean difference (CI)",
            number=True,
            cell=lambda r: numbers.interval(r.get("md"), r.get("md_low"), r.get("md_high")),
        ),
        Part(heading="SMD", number=True, cell=lambda r: numbers.plain(r.get("smd"))),
    ]
    return grid("Two readings of an unlabelled ±", analysis.tables["readings"], parts, shown=True)


def _reading(row: Row) -> Cell:
    chosen = str(row.get("chosen", "")).lower() in ("yes", "true", "1")
    word = {"sd": "standard deviation", "se": "standard error"}.get(row.get("reading", ""), row.get("reading", ""))
    return Cell(text=f"{word} (our reading)" if chosen else word, strong=chosen)


def exclusions_grid(analysis: Analysis) -> Grid | None:
    """Rows left out, with their reasons."""
    rows = analysis.tables["exclusions"]
    parts = [
        Part(heading="Study", cell=lambda r: Cell(text=study_name(r))),
        Part(heading="Row", number=True, cell=lambda r: r.get("row", "")),
        Part(heading="Left out", cell=lambda r: r.get("stage", "")),
        Part(heading="Reason", cell=lambda r: r.get("reason", "")),
    ]
    return grid(Phrase("Left out ({n})", {"n": str(len(rows))}), rows, parts, shown=len(rows) <= MANY)


def conversions_grid(analysis: Analysis, extraction: tuple[Row, ...]) -> Grid | None:
    """Conversions that rows of this analysis went through."""
    rows = conversions(extraction, analysis.tables["effects"])
    parts = [
        Part(heading="Study", cell=lambda r: Cell(text=study_name(r))),
        Part(heading="Conversion", cell=lambda r: r.get("routes", "")),
    ]
    return grid(Phrase("Conversions ({n})", {"n": str(len(rows))}), rows, parts)


def analysis_grids(analysis: Analysis, sources: Mapping[str, str], extraction: tuple[Row, ...]) -> tuple[Grid, ...]:
    """Every table of one analysis that has rows, in reading order."""
    found = (
        readings_grid(analysis),
        studies_grid(analysis, sources),
        proportions_grid(analysis),
        subgroups_grid(analysis),
        *regression_grids(analysis),
        fits_grid(analysis),
        leave_one_out_grid(analysis),
        exclusions_grid(analysis),
        conversions_grid(analysis, extraction),
    )
    return tuple(table for table in found if table is not None)
