"""The measures that review.yaml states, held against the numbers that there are: rows that can give them, and ratios that are none."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from metaudit.analyses import data_kind
from metaudit.effects.bridge import BRIDGED, bridge
from metaudit.effects.convert import Converted, convert
from metaudit.effects.design import sd_of_change
from metaudit.effects.dispatch import needs_of
from metaudit.effects.generic import variance_ways
from metaudit.effects.ready_made import ready_made_measures
from metaudit.errors import PrintedError, Problem
from metaudit.formats.printed_cells import on_analysis_scale
from metaudit.formats.review import Analysis, Claim, Review, shown_path
from metaudit.formats.select import select_rows
from metaudit.formats.stated import with_override
from metaudit.formats.tables import Row
from metaudit.listing import listed
from metaudit.measures import MEASURES, measure_of
from metaudit.network import arm_effects
from metaudit.network.from_rows import COMPARATOR, TREATMENT
from metaudit.network.result import usual_measures as usual_of_arms
from metaudit.printed import Printed, parse_printed
from metaudit.specs import usual_measures

_SPREADS = ("se", "variance", "ci_low and ci_high")
_EFFECT = "effect"
# Numbers of claims.csv that are of the measure's own scale when `scale` is natural.
_RATIOS = (
    "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "study_estimate", "study_ci_low", "study_ci_high", "predicted", "trimfill_estimate",
    "direct", "direct_ci_low", "direct_ci_high", "indirect", "indirect_ci_low", "indirect_ci_high", "difference", "difference_ci_low",
    "difference_ci_high", "tsa_ci_low", "tsa_ci_high", "tsa_estimate",
)  # fmt: skip
_COLUMNS = ("effect", "ci_low", "ci_high", "printed_effect", "printed_ci_low", "printed_ci_high")
_SD_CHANGE, _CORRELATION = "sd_change", "r_pre_post"
_READ_AGAIN = "Look it up again"
_IN_NOTE = "if the source does print it so, say it in note"


def measure_problems(review: Review) -> list[Problem]:
    """Analyses whose measure no row can give, and numbers that no ratio can be.

    Parameters
    ----------
    review : read and checked against its schema
    """
    shown = shown_path(review.folder)
    found: list[Problem] = []
    for analysis in review.analyses.values():
        if analysis.data == "none":
            continue
        rows = [convert(r) for r in select_rows(analysis, review.rows)[0]]
        if rows and "dose_response" not in analysis.syntheses:  # whose rows formats.doses looks at, study by study
            found += _no_row(analysis, rows, f"{shown}/review.yaml")
        found += _ratios_of_rows(analysis, rows, f"{shown}/extraction.csv")
    for claim in review.claims:
        found += _ratio_of_claim(claim, review, f"{shown}/claims.csv")
    return sorted(set(found))


def _no_row(analysis: Analysis, rows: Sequence[Converted], shown: str) -> Iterator[Problem]:
    """The problem of an analysis of whose measures no row has the numbers."""
    lacking = what_no_row_has(rows, analysis.measures, network="network" in analysis.syntheses)
    if lacking:
        which, absent, fix = lacking
        message = f"no row that analysis {analysis.id!r} selects can give {which}: {absent}."
        place = f"analyses.{analysis.id}.measure"
        if analysis.pairwise and not what_no_row_has(rows, analysis.measures, network=True):
            fix = f"The rows are arms of named treatments: add network: {{reference: {rows[0].row.text(TREATMENT)}}}."
        yield Problem(shown, analysis.line("measure"), place, "measure-of-no-row", message, fix)


def what_no_row_has(
    rows: Sequence[Converted], measures: Sequence[str], *, network: bool = False
) -> tuple[str, str, str] | None:
    """Which columns stand in the way where no row can give any of some measures.

    Parameters
    ----------
    rows : of one analysis
    measures : codes
    network : whether a row is an arm, or a comparison of two named treatments

    Returns
    -------
    The measures, the columns that are empty, and what would be right, in words; None where some row can give one of them.
    """
    lacks = {m: [_lacking(r, m, network=network) for r in rows] for m in measures}
    if not lacks or any(not lacking for found in lacks.values() for lacking in found):
        return None
    first = measures[0]
    columns = list(dict.fromkeys(c for lacking in lacks[first] for c in lacking))
    empty = [c for c in columns if all(c in lacking for lacking in lacks[first])]
    named = listed(empty or columns)
    absent = f"no row has {named}" if empty else f"every row lacks one or more of {named}"
    others = f", nor {listed(measures[1:], 'or')}" if len(measures) > 1 else ""
    return f"{first} ({measure_of(first).name}){others}", absent, _instead(rows, network)


def _lacking(row: Converted, measure: str, *, network: bool) -> list[str]:
    """Columns that a row would need for a measure and leaves empty; empty where it suffices."""
    kind = MEASURES[measure].kind
    if network and row.row.text(COMPARATOR):
        return _lacking_of_effect(row, log=MEASURES[measure].ratio)
    if network and not row.row.text(TREATMENT):
        return [TREATMENT]
    if network:
        needs = arm_effects.NEEDS.get(measure)
        return [COMPARATOR] if needs is None else [n for n in needs if math.isnan(row.get(n))]
    if kind == "generic":
        return _lacking_of_effect(row, log=measure == "GEN-LOG")
    lacking = [n for n in needs_of(measure, "LS", kind) if math.isnan(row.get(n))]
    if kind == "change":
        lacking = _but_for_correlation(row, lacking)
    way = bridge(row, measure) if lacking and measure in BRIDGED else None
    return [] if way is not None and not (math.isnan(way.core) and math.isnan(way.vi)) else lacking


def _but_for_correlation(row: Converted, lacking: Sequence[str]) -> list[str]:
    """What a row of changes lacks under any correlation before and after.

    Where neither it nor the SD of the change is reported, the audit goes through what it can be (``audit.syntheses.before_after``);
    the SD of the change follows from it only where both SDs are there (Handbook 6.5.2.8).
    """
    left_open = math.isnan(row.get(_SD_CHANGE)) and math.isnan(row.get(_CORRELATION))
    if left_open and sd_of_change(row.get("sd_c"), row.get("sd_t"), 0.5) > 0:
        return [name for name in lacking if name not in (_SD_CHANGE, _CORRELATION)]
    sds = [name for name in ("sd_t", "sd_c") if math.isnan(row.get(name))]
    named = f"{_SD_CHANGE} (or {listed(sds)})" if sds else _SD_CHANGE
    return [named if name == _SD_CHANGE else name for name in lacking if not (left_open and name == _CORRELATION)]


def _lacking_of_effect(row: Converted, *, log: bool) -> list[str]:
    effect = row.get(_EFFECT)
    if math.isnan(effect):
        return [_EFFECT]
    if log and effect <= 0:
        return []  # said of the number itself
    return [] if next(variance_ways(row, log=log), None) else [f"{', '.join(_SPREADS[:2])} or {_SPREADS[2]}"]


def _instead(rows: Sequence[Converted], network: bool) -> str:
    """Which measures some row can give."""
    if network:
        usual = usual_of_arms([r.row for r in rows]) or ready_made_measures(rows)
    else:
        kind = data_kind(rows)
        usual = ready_made_measures(rows) if kind == "generic" else usual_measures(kind)
    known = [m for m in usual if not all(_lacking(r, m, network=network) for r in rows)]
    if not known:
        return "Fill them in, or say data: none where they are not public."
    return f"Fill them in, or correct measure; the rows can give {listed(known, 'or')}."


def _ratios_of_rows(analysis: Analysis, rows: Sequence[Converted], shown: str) -> Iterator[Problem]:
    """Cells of ready-made and printed effects that no ratio can be; a note says that they are printed so."""
    yield from ratio_problems([r.row for r in rows], analysis.measures, shown, of=f", analysis {analysis.id!r}")


def ratio_problems(rows: Sequence[Row], measures: Sequence[str], shown: str, *, of: str = "") -> Iterator[Problem]:
    """Effects, limits and printed effects of an extraction table that no ratio can be, but for rows with a note.

    Parameters
    ----------
    rows : of one analysis
    measures : codes; nothing is said unless all of them are ratios
    shown : the table as it is written in messages
    of : what stands behind the study in a message
    """
    ratio = _ratio_alone(measures)
    if not ratio:
        return
    for row in rows:
        if row.text("note"):
            continue
        other = row.text("effect_type") not in ("", "or")  # a d, say, or a logarithm, that is converted
        for column in (c for c in _COLUMNS if c in row.numbers):
            if other and not column.startswith("printed_"):
                continue
            number, printed = row.numbers[column], column.startswith("printed_")
            if printed and on_analysis_scale(row):
                continue
            if not (_prints_no_ratio(number) if printed else _enters_no_ratio(number, lower=column.endswith("low"))):
                continue
            who = f"(study {row.text('study')!r}{of})"
            what = f"{row.text(column)} is no {measure_of(ratio).name}: a ratio is above 0 {who}."
            as_log = "say printed_scale: log where a logarithm is printed" if printed else _typed_as_log(measures)
            yield Problem(shown, row.line, column, "ratio", what, f"{_READ_AGAIN}; {as_log}; {_IN_NOTE}.")


def _typed_as_log(measures: Sequence[str]) -> str:
    if "GEN-LOG" in measures:
        return "logarithms of ratios are effects as given: measure GEN"
    return "of a logarithm type the ratio"


def _ratio_of_claim(claim: Claim, review: Review, shown: str) -> Iterator[Problem]:
    analysis = review.analyses.get(claim.analysis)
    if analysis is None or claim.scale != "natural" or claim.note or claim.quantity not in _RATIOS:
        return
    stated = with_override(analysis.method, claim.method).get("measure")
    ratio = _ratio_alone((str(stated),) if stated else analysis.measures)
    if not ratio:
        return
    try:
        number = parse_printed(claim.printed)
    except PrintedError:  # said elsewhere
        return
    if not _prints_no_ratio(number, claim.rounding):
        return
    message = f"{claim.printed} is no {measure_of(ratio).name}: a ratio is above 0 (claim {claim.id!r})."
    fix = f"{_READ_AGAIN}; write scale: log where a logarithm is printed, percent-reduction where a reduction is; {_IN_NOTE}."
    yield Problem(shown, claim.line, "printed", "ratio", message, fix)


def _ratio_alone(measures: Sequence[str]) -> str:
    """The first measure where all of them are ratios; empty otherwise."""
    known = [MEASURES[m] for m in measures if m in MEASURES]
    return known[0].code if known and all(m.ratio for m in known) else ""


def _prints_no_ratio(number: Printed, rounding: str = "") -> bool:
    """Whether no ratio prints as a number: 0.00 is what one below 0.005 prints as, and -0.2 is none."""
    return number.interval(rounding or "nearest").high <= 0


def _enters_no_ratio(number: Printed, *, lower: bool) -> bool:
    """Whether a number cannot be worked with as a ratio, as it has a logarithm: one below 0, and 0 but for a lower limit."""
    return number.value < 0 or (number.value == 0 and not lower)
