"""A network on its page: what it is in a sentence, and the tables of its comparisons, treatments and studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metaudit.audit_words import numbers
from metaudit.report.grids import Cell, Grid, Part, grid
from metaudit.report.language import Phrase, counted
from metaudit.report.studies import MANY, data_words, fit_name, source_cell, study_name
from metaudit.tables.network import comparison_cells, pair_of, treatment_cells
from metaudit.tables.summary import people

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from metaudit.tables.reading import Analysis, Row

_FEW_PAIRS = 15


def result_phrases(fit: Row) -> tuple[Phrase, ...]:
    """What a network is: treatments, studies with people, pairs compared, and against which treatment."""
    treatments, k, total = numbers.whole(fit.get("treatments")), numbers.whole(fit.get("k")), people(fit)
    n = int(treatments)
    who = Phrase("{n} studies, n = {people}", {"n": k, "people": total}) if total else Phrase("{n} studies", {"n": k})
    pairs = {"n": numbers.whole(fit.get("pairs")), "total": str(n * (n - 1) // 2)}
    found = [
        Phrase("Network of {n} treatments", {"n": treatments}),
        who,
        Phrase("{n} of {total} pairs compared directly", pairs),
    ]
    many = numbers.whole(fit.get("multiarm_studies"))
    if many != "0":
        found.append(counted(many, "{n} study of more than two arms", "{n} studies of more than two arms"))
    return tuple(found)


def spread_phrases(fit: Row) -> tuple[Phrase, ...]:
    """Heterogeneity and inconsistency: I², τ², Q, and the test whether designs disagree."""
    found = [Phrase("I²\u00a0{i2}\u00a0%", {"i2": numbers.percent(fit.get("i2"))})] if fit.get("i2") else []
    if fit.get("tau2"):
        found.append(Phrase("τ²\u00a0{tau2}", {"tau2": numbers.variance(fit["tau2"])}))
    found += [_test("Q\u00a0{q} on {df}\u00a0df, P\u00a0{p}", fit, "q", "q_df", "q_p")] if _tested(fit, "q_df") else []
    if _tested(fit, "interaction_df"):
        key = "inconsistency between designs: χ²\u00a0{q} on {df}\u00a0df, P\u00a0{p}"
        found.append(_test(key, fit, "interaction", "interaction_df", "interaction_p"))
    else:
        found.append(Phrase("no two designs compare the same treatments, so nothing tests inconsistency"))
    return tuple(found)


def _tested(fit: Row, df: str) -> bool:
    return (numbers.number(fit.get(df)) or 0) > 0


def _test(key: str, fit: Row, q: str, df: str, p: str) -> Phrase:
    tied = numbers.tied(numbers.compared(numbers.p_value(fit.get(p))))
    return Phrase(key, {"q": numbers.plain(fit.get(q)), "df": numbers.whole(fit.get(df)), "p": tied})


def remarks(fit: Row) -> Iterator[Phrase]:
    """What was corrected, is not used or contradicts itself."""
    if fit.get("corrected"):
        yield Phrase("Zero cells corrected in: {studies}.", {"studies": fit["corrected"]})
    if fit.get("left_out"):
        yield Phrase("Not used: {studies}.", {"studies": fit["left_out"]})
    if fit.get("disagreements"):
        yield Phrase("The table contradicts itself: {places}.", {"places": fit["disagreements"]})
    if fit.get("multiarm") == "split":
        yield Phrase(
            "Studies of more than two arms enter as if their comparisons were independent, as stated: standard errors are too small."
        )


def comparisons_grid(analysis: Analysis) -> Grid | None:
    """Every pair of treatments under the stated model."""
    rows = [r for r in analysis.tables["network"] if r.get("role") == "primary"]
    said = [comparison_cells(r) for r in rows]
    parts = [
        Part(heading="Comparison", cell=lambda r: Cell(text=r["pair"])),
        Part(heading="Studies", number=True, cell=lambda r: r["studies"]),
        Part(heading="Network (CI)", number=True, cell=lambda r: r["estimate"]),
        Part(heading="P", number=True, cell=lambda r: r["p"]),
        Part(heading="Prediction interval", number=True, cell=lambda r: r["prediction"]),
        Part(heading="Direct (CI)", number=True, cell=lambda r: r["direct"]),
        Part(heading="Indirect (CI)", number=True, cell=lambda r: r["indirect"]),
        Part(heading="Direct evidence, %", number=True, cell=lambda r: r["share"]),
        Part(heading="P, direct against indirect", number=True, cell=lambda r: r["differ"]),
    ]
    note = Phrase("Each is the first treatment against the second. Direct and indirect stand where there are both.")
    title = Phrase("Comparisons ({n})", {"n": str(len(said))})
    return grid(title, said, parts, shown=len(said) <= _FEW_PAIRS, note=note)


def treatments_grid(analysis: Analysis) -> Grid | None:
    """Every treatment: who had it, and how it ranks where it is known which effects are good."""
    rows = analysis.tables["network_treatments"]
    said = [treatment_cells(r) for r in rows]
    parts = [
        Part(heading="Treatment", cell=lambda r: Cell(text=r["treatment"])),
        Part(heading="Studies", number=True, cell=lambda r: r["studies"]),
        Part(heading="N", number=True, cell=lambda r: r["n"]),
        Part(heading="P-score", number=True, cell=lambda r: r["p_score"]),
        Part(heading="Mean rank", number=True, cell=lambda r: r["mean_rank"]),
        Part(heading="Best, %", number=True, cell=lambda r: r["best"]),
    ]
    note = None
    if not any(r["p_score"] for r in said):
        note = Phrase("Treatments are not ranked: the review does not say which effects are good (favours).")
    return grid(Phrase("Treatments ({n})", {"n": str(len(said))}), said, parts, shown=True, note=note)


def inconsistency_grid(analysis: Analysis) -> Grid | None:
    """Heterogeneity and inconsistency of the network under its stated model and the other one."""
    rows = [r for r in analysis.tables["network_summary"] if r.get("k")]

    def q(name: str, df: str, p: str) -> Part:
        def said(row: Row) -> str:
            if not _tested(row, df):
                return ""
            test = numbers.compared(numbers.p_value(row.get(p)))
            return f"{numbers.plain(row.get(name))} ({numbers.whole(row.get(df))} df, P {test})"

        return Part(heading=_HEADINGS[name], number=True, cell=said)

    parts = [
        Part(heading="Model", cell=fit_name),
        Part(heading="τ²", number=True, cell=lambda r: numbers.variance(r.get("tau2"))),
        Part(heading="I², %", number=True, cell=lambda r: numbers.percent(r.get("i2"))),
        q("q", "q_df", "q_p"),
        q("q_within", "q_within_df", "q_within_p"),
        q("q_between", "q_between_df", "q_between_p"),
        q("interaction", "interaction_df", "interaction_p"),
    ]
    return grid("Heterogeneity and inconsistency", rows, parts, shown=True)


_HEADINGS = {
    "q": "Q",
    "q_within": "Q within designs",
    "q_between": "Q between designs",
    "interaction": "Design-by-treatment interaction, χ²",
}


def other_model_grid(analysis: Analysis) -> Grid | None:
    """Every pair of treatments under the other model: a common effect, or random effects where that is not stated."""
    rows = [r for r in analysis.tables["network"] if r.get("role") == "alternative"]
    common = any(r.get("model") == "common" for r in rows)
    parts = [
        Part(heading="Comparison", cell=lambda r: Cell(text=pair_of(r))),
        Part(heading="Network (CI)", number=True, cell=lambda r: comparison_cells(r)["estimate"]),
        Part(heading="P", number=True, cell=lambda r: numbers.p_value(r.get("p"))),
        Part(heading="P, direct against indirect", number=True, cell=lambda r: comparison_cells(r)["differ"]),
    ]
    return grid("Comparisons under a common effect" if common else "Comparisons under random effects", rows, parts)


def arms_grid(analysis: Analysis, sources: Mapping[str, str]) -> Grid | None:
    """The arms and comparisons that were typed in, with where each was read."""
    rows = analysis.arms
    parts = [
        Part(heading="Study", cell=lambda r: Cell(text=study_name(r), certainty=r.get("certainty", ""))),
        Part(heading="Treatment", cell=lambda r: Cell(text=r.get("treatment", ""))),
        Part(heading="Against", cell=lambda r: Cell(text=r.get("treatment_c", ""))),
        Part(heading="Data", cell=_arm_words),
        Part(heading="Not used", cell=lambda r: r.get("left_out", "")),
        Part(heading="Read in", cell=lambda r: r.get("where", "")),
        Part(heading="Source", cell=lambda r: source_cell(r, sources)),
    ]
    return grid(Phrase("Arms ({n})", {"n": str(len(rows))}), rows, parts, shown=len(rows) <= MANY)


def _arm_words(row: Row) -> str:
    """What one arm reported, or the effect of a comparison."""
    if row.get("effect"):
        ends = numbers.span(row.get("ci_low"), row.get("ci_high"))
        se = f"SE {numbers.plain(row['se'])}" if row.get("se") else ""
        spread = ends or se
        return f"{numbers.plain(row['effect'])}{f' ({spread})' if spread else ''}"
    return data_words(row)


def network_grids(analysis: Analysis, sources: Mapping[str, str]) -> tuple[Grid, ...]:
    """Every such table of one network, in reading order; none for another analysis."""
    found = (
        treatments_grid(analysis),
        comparisons_grid(analysis),
        inconsistency_grid(analysis),
        other_model_grid(analysis),
        arms_grid(analysis, sources),
    )
    return tuple(table for table in found if table is not None)
