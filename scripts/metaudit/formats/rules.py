"""Checks across the cells of a row, across the files of a review, and across reviews."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from metaudit.errors import PrintedError, Problem
from metaudit.formats.advice import instead_of
from metaudit.formats.columns import EXTRACTION, EXTRACTORS
from metaudit.formats.doses import dose_problems
from metaudit.formats.networks import network_problems
from metaudit.formats.plans import plan_problems
from metaudit.formats.review import Analysis, Claim, Review, load_review, shown_path
from metaudit.formats.select import column_name, known_columns, matches, same_value
from metaudit.formats.sizes import beyond_print
from metaudit.formats.stated import parse_override
from metaudit.formats.survey_subject import SURVEY_QUANTITIES, subject_problems
from metaudit.formats.tables import Row, nearest, same_letters
from metaudit.printed import parse_printed

_ORDERED = (("min", "q1", "median", "q3", "max"),)
_AROUND = (("ci_low", "effect", "ci_high"), ("printed_ci_low", "printed_effect", "printed_ci_high"))
_INTEGER_CLAIMS = {
    "k", "n", "n_t", "n_c", "events_t", "events_c", "k_with_events", "trimfill_k", "count", "agreed", "panel", "invited", "items",
    "items_consensus", "tsa_look",
    "treatments", "designs", "pairs", "comparisons", "multiarm", "q_within_df", "q_between_df", "interaction_df", "rank", "k_direct",
}  # fmt: skip


def check_review(review: Review) -> list[Problem]:
    """Every problem that needs more than one cell to be seen."""
    shown = shown_path(review.folder)
    problems: list[Problem] = []
    extracted = {"extraction.csv": review.rows, **{EXTRACTORS[who]: rows for who, rows in review.extractors.items()}}
    for name, rows in extracted.items():
        problems += swapped_or_not([p for row in rows for p in check_row(row, f"{shown}/{name}")], rows)
        sources = [(r.line, r.text("source")) for r in rows]
        problems += check_keys(sources, review.sources, f"{shown}/{name}", "source", "sources.csv")
    problems += check_keys(
        [(c.line, c.source) for c in review.claims], review.sources, f"{shown}/claims.csv", "source", "sources.csv"
    )
    problems += check_keys(
        [(c.line, c.analysis) for c in review.claims], review.analyses, f"{shown}/claims.csv", "analysis", "review.yaml"
    )
    computed = [a.id for a in review.analyses.values() if a.data != "none"]
    if computed and not (review.folder / "extraction.csv").is_file():
        message = f"the file is missing, and analysis {computed[0]!r} is to be computed from it."
        fix = "Add it, or say data: none in review.yaml."
        if len(review.extractors) == len(EXTRACTORS):
            fix = f"Reconcile the two extractors' tables first: metaudit extractors {shown} --write."
        problems.append(Problem(f"{shown}/extraction.csv", 0, "", "missing-file", message, fix))
        return problems
    problems += _alike_ids(review, f"{shown}/review.yaml")
    problems += _check_analyses(review, f"{shown}/review.yaml")
    problems += _check_beside(review, f"{shown}/review.yaml")
    problems += _spelled_otherwise(review, f"{shown}/extraction.csv")
    problems += dose_problems(review, yaml=f"{shown}/review.yaml", table=f"{shown}/extraction.csv")
    problems += network_problems(review, yaml=f"{shown}/review.yaml", table=f"{shown}/extraction.csv")
    problems += plan_problems(review, yaml=f"{shown}/review.yaml")
    for claim in review.claims:
        problems += check_claim(claim, f"{shown}/claims.csv", beside=lambda name: _beside(review, name))
    return problems


def swapped_or_not(problems: list[Problem], rows: Sequence[Row]) -> list[Problem]:
    """The same problems; where most rows have more events than people, one that says the two columns are exchanged."""
    kept = [p for p in problems if p.rule != "events-above-n"]
    for column in ("events_t", "events_c", "events"):
        of_column = [p for p in problems if p.rule == "events-above-n" and p.column == column]
        n = column.replace("events", "n")
        filled = sum(column in row.numbers and n in row.numbers for row in rows)
        if len(of_column) < 3 or 2 * len(of_column) <= filled:
            kept += of_column
            continue
        first = min(of_column)
        message = f"{first.message.rstrip('.')}, and likewise in {len(of_column) - 1} more rows."
        fix = f"{column} and {n} are exchanged, it seems; exchange their headings."
        kept.append(replace(first, message=message, fix=fix))
    return kept


def check_keys(
    cells: list[tuple[int, str]], known: Collection[str], shown: str, column: str, holder: str
) -> Iterator[Problem]:
    """One problem for each name that is no key of another file, at the first row that has it.

    Parameters
    ----------
    cells : row and text of each cell of one column
    known : the keys there are
    shown, column : file and column of the cells, as they are written in messages
    holder : the file that has the keys
    """
    rows: dict[str, list[int]] = {}
    for line, text in cells:
        for name in _split(text):
            if name not in known:
                rows.setdefault(name, []).append(line)
    for name, lines in rows.items():
        more = f" (and in {len(lines) - 1} more rows)" if len(lines) > 1 else ""
        what = "a key" if column == "source" else "an analysis"
        yield Problem(
            shown,
            lines[0],
            column,
            f"unknown-{column}",
            f"{name!r} is not {what} of {holder}{more}.",
            nearest(name, known),
        )


def _who(row: Row) -> str:
    return f" (study {row.text('study')!r})"


def check_row(row: Row, shown: str) -> Iterator[Problem]:
    """What the cells of one row say against each other."""
    for suffix in ("_t", "_c", ""):
        events, n = row.numbers.get(f"events{suffix}"), row.value(f"n{suffix}")
        if events is not None and n is not None and not events.percent and events.value > n:
            yield Problem(
                shown,
                row.line,
                f"events{suffix}",
                "events-above-n",
                f"{events.value:g} events among {n:g} people{_who(row)}.",
                "Events cannot exceed n; check whether the columns are swapped.",
            )
        if events is not None and n is None and row.value(f"time{suffix}") is None:
            yield Problem(
                shown,
                row.line,
                f"n{suffix}",
                "events-without-n",
                f"events{suffix} is given without n{suffix}{_who(row)}.",
                "Add the number of people analysed.",
            )
    pairs, n_t = row.value("n_pairs"), row.value("n_t")
    if pairs is not None and n_t is not None and pairs > n_t:
        yield Problem(
            shown,
            row.line,
            "n_pairs",
            "pairs-above-n",
            f"{pairs:g} pairs among {n_t:g} people{_who(row)}.",
            "n_pairs cannot exceed n_t.",
        )
    yield from _check_order(row, shown)
    if (row.value("pm_t") is not None or row.value("pm_c") is not None) and not row.text("pm_is"):
        yield Problem(
            shown,
            row.line,
            "pm_is",
            "unlabelled-spread",
            f"a number after ± has no reading{_who(row)}.",
            "Say sd or se: our reading; the other one is computed too.",
        )


def _check_order(row: Row, shown: str) -> Iterator[Problem]:
    chains = [tuple(f"{c}{s}" for c in chain) for chain in _ORDERED for s in ("_t", "_c")]
    chains += [*_AROUND, *((f"ci_low{s}", f"mean{s}", f"ci_high{s}") for s in ("_t", "_c"))]
    for chain in chains:
        given = [(c, row.numbers[c]) for c in chain if c in row.numbers]
        pairs = [(given[0], given[-1]), *pairwise(given)] if given else []
        wrong = next(((low, high) for low, high in pairs if low[1].value > high[1].value), None)
        if wrong:
            (low_name, low), (high_name, high) = wrong
            rule = "ci-not-around-estimate" if "ci" in low_name or "ci" in high_name else "order"
            message = f"{low_name} = {low.text} is above {high_name} = {high.text}{_who(row)}."
            fix = f"The order is {' <= '.join(chain)}; check for swapped or mistyped cells."
            yield Problem(shown, row.line, low_name, rule, message, fix)


def _check_analyses(review: Review, shown: str) -> Iterator[Problem]:
    if not review.rows and (review.folder / "extraction.csv").is_file():
        return  # a table that is still to be filled in: nothing can be looked up in it yet
    known = known_columns(review.rows)
    allowed = {c.name for c in EXTRACTION} | set(known)
    for analysis in review.analyses.values():
        unresolved = list(_check_picks(analysis, review, known, allowed, shown))
        yield from unresolved
        if analysis.data == "none":
            continue
        if not unresolved and not any(matches(r, analysis.select, known) for r in review.rows):
            place = f"analyses.{analysis.id}.select"
            yield Problem(
                shown,
                analysis.line("select"),
                place,
                "unresolvable-select",
                "no row of extraction.csv has all of these values.",
                "Correct select, or say data: none when the table is not public.",
            )
        for name, *key in _columns_named(analysis):
            if column_name(name, known) not in known:
                yield Problem(
                    shown,
                    analysis.line(*key),
                    f"analyses.{analysis.id}.{'.'.join(key)}",
                    "unknown-covariate",
                    f"{name!r} is not a filled column of extraction.csv.",
                    nearest(name, [k.removeprefix("x_") for k in known]),
                )


def _alike_ids(review: Review, shown: str) -> Iterator[Problem]:
    """Ids that differ in capitals only: files are named by them, and not every disk tells capitals apart."""
    first: dict[str, str] = {}
    for analysis in review.analyses.values():
        other = first.setdefault(analysis.id.casefold(), analysis.id)
        if other != analysis.id:
            message = f"the ids {other!r} and {analysis.id!r} differ in capitals only, and files are named by them."
            place = f"analyses.{analysis.id}"
            yield Problem(shown, analysis.line(), place, "id", message, "Give one of the two another id.")


def _columns_named(analysis: Analysis) -> Iterator[tuple[str, ...]]:
    """Columns of extraction.csv that an analysis names beside those it selects by, each with the keys that hold it."""
    for moderator in analysis.moderators:
        yield moderator if isinstance(moderator, str) else moderator["column"], "moderators"
    if analysis.subgroups:
        yield analysis.subgroups, "subgroups"
    for synthesis, key in (("multilevel", "cluster"), ("dose_response", "dose")):
        if key in analysis.syntheses.get(synthesis, {}):
            yield str(analysis.syntheses[synthesis][key]), synthesis, key


def _check_picks(
    analysis: Analysis, review: Review, known: list[str], allowed: set[str], shown: str
) -> Iterator[Problem]:
    for part, pick in (("select", analysis.select), ("exclude", analysis.exclude)):
        for name, wanted in pick.items():
            place, line = f"analyses.{analysis.id}.{part}.{name}", analysis.line(part, name)
            column = column_name(name, known)
            if column not in allowed:
                yield Problem(
                    shown,
                    line,
                    place,
                    "unresolvable-select",
                    f"{name!r} is not a column of extraction.csv.",
                    nearest(name, sorted(allowed)),
                )
                continue
            if analysis.data == "none":
                continue
            values = sorted({r.text(column) for r in review.rows if r.text(column)})
            for value in wanted if isinstance(wanted, list) else [wanted]:
                if not any(same_value(v, value) for v in values):
                    fix = nearest(str(value), values) if values else "The column is empty."
                    yield Problem(shown, line, place, "unresolvable-select", f"no row has {name} = {value!r}.", fix)


def _check_beside(review: Review, shown: str) -> Iterator[Problem]:
    """Analyses that are to be shown beside a printed result have to be there, with public rows."""
    for analysis in (a for a in review.analyses.values() if a.beside):
        around = review.folder.resolve().parent
        for name, _, wanted in (reference.partition("/") for reference in analysis.beside):
            place, line = f"analyses.{analysis.id}.beside", analysis.line("beside")
            if not (around / name / "review.yaml").is_file():
                known = sorted(p.parent.name for p in around.glob("*/review.yaml"))
                message = f"there is no review {name!r} beside this one."
                yield Problem(shown, line, place, "unresolvable-reference", message, nearest(name, known))
                continue
            other = review if name == review.id else load_review(around / name)[0]
            if other is None:
                continue  # that review's own problems are named where it is checked
            public = [a.id for a in other.analyses.values() if a.poolable]
            if wanted not in public:
                message = f"{name} has no analysis {wanted!r} with public rows."
                yield Problem(shown, line, place, "unresolvable-reference", message, nearest(wanted, public))


def _spelled_otherwise(review: Review, shown: str) -> Iterator[Problem]:
    """Rows that an analysis passes over because a cell differs from what it selects in capitals or blanks only."""
    known = known_columns(review.rows)
    wanted: dict[str, dict[str, str]] = {}  # column -> selected text -> an analysis that selects it
    for analysis in review.analyses.values():
        for name, values in analysis.select.items():
            for value in values if isinstance(values, list) else [values]:
                wanted.setdefault(column_name(name, known), {}).setdefault(str(value), analysis.id)
    for column, texts in wanted.items():
        alike = {same_letters(text): text for text in texts}
        for row in review.rows:
            text = row.text(column)
            meant = alike.get(same_letters(text)) if text and text not in texts else None
            if meant is not None:
                message = f"{text!r} is not {meant!r}, which analysis {texts[meant]!r} selects: the row would be left out{_who(row)}."
                yield Problem(shown, row.line, column, "spelling", message, f"Write {meant!r}, as the analysis does.")


Beside = Callable[[str], Review | Sequence[str] | None]
"""Looks up a review by its id: the review, None where it cannot be read, or the names there are where there is none of this name."""


def check_claim(claim: Claim, shown: str, *, beside: Beside) -> Iterator[Problem]:
    """What the cells of one claim say against each other, and whether what it refers to is there.

    Parameters
    ----------
    claim : the claim
    shown : the file of claims as it is written in messages
    beside : looks up the review that a claim refers to
    """

    def wrong(column: str, rule: str, message: str, fix: str) -> Problem:
        return Problem(shown, claim.line, column, rule, f"{message} (claim {claim.id!r}).", fix)

    if claim.quantity != "text":
        try:
            number = parse_printed(claim.printed)
        except PrintedError as error:
            fix = instead_of(claim.printed, "printed") or "A statement in words has quantity text."
            yield wrong("printed", "number", str(error).rstrip("."), fix)
        else:
            beyond = beyond_print(number)
            if beyond:
                yield wrong("printed", "size", *beyond)
            if (
                claim.quantity in _INTEGER_CLAIMS
                and number.value != int(number.value)
                and not number.percent
                and "percent" not in claim.subject
            ):
                yield wrong(
                    "printed",
                    "count",
                    f"{claim.printed!r} is not a whole number, as {claim.quantity} must be",
                    "Use quantity value with a unit for other numbers.",
                )
    if claim.quantity == "value" and claim.refers_to and not claim.unit and "%" not in claim.printed:
        yield wrong(
            "unit",
            "missing-unit",
            "a value without a unit cannot be compared with the one it refers to",
            "Name its unit, such as mg/kg, week or point.",
        )
    if claim.quantity in SURVEY_QUANTITIES:
        for message, fix in subject_problems(claim.subject):
            yield wrong("subject", "survey-subject", message, fix)
    if claim.method:
        for message, fix in parse_override(claim.method)[1]:
            yield wrong("method", "method", message, fix)
    if claim.refers_to:
        yield from _check_reference(claim, beside, wrong)


def _check_reference(claim: Claim, beside: Beside, wrong: Callable[[str, str, str, str], Problem]) -> Iterator[Problem]:
    parts = claim.refers_to.split("/")
    if len(parts) != 2 or not all(parts):
        yield wrong(
            "refers_to",
            "unresolvable-reference",
            f"{claim.refers_to!r} does not have the form review/claim",
            "Write, for example, zhao-2018/n.",
        )
        return
    found = beside(parts[0])
    if found is None:
        return
    if not isinstance(found, Review):
        yield wrong(
            "refers_to",
            "unresolvable-reference",
            f"there is no review {parts[0]!r} with claims beside this one",
            nearest(parts[0], found),
        )
    elif found.claim(parts[1]) is None:
        yield wrong(
            "refers_to",
            "unresolvable-reference",
            f"{parts[0]} has no claim {parts[1]!r}",
            nearest(parts[1], [c.id for c in found.claims]),
        )


def _beside(review: Review, name: str) -> Review | Sequence[str] | None:
    """A review whose folder lies beside this one's, as ``Beside`` says."""
    around = review.folder.resolve().parent
    folder = around / name
    if not re.fullmatch(r"[A-Za-z0-9-]+", name) or not (folder / "claims.csv").is_file():  # an id is no path
        return sorted(p.parent.name for p in around.glob("*/claims.csv"))
    return review if name == review.id else load_review(folder)[0]


def _split(text: str) -> list[str]:
    return [s.strip() for s in text.split(";") if s.strip()]
