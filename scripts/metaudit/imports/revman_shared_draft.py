"""RevMan's outcomes as a draft of a review: analyses with the method RevMan used, rows, claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from metaudit.drafts.draft import Draft, Notice
from metaudit.errors import InputError, Problem
from metaudit.imports.options import Options
from metaudit.imports.revman_shared import Group, Outcome, as_number
from metaudit.imports.revman_shared_claims import result_claims, totals_of_all, uncalculated
from metaudit.imports.revman_shared_digits import claimed
from metaudit.imports.revman_shared_errors import row_errors
from metaudit.imports.revman_shared_left import Ledger, left_over
from metaudit.imports.revman_shared_plan import Plan, plans, subjects, weights_in_rows
from metaudit.imports.revman_shared_rows import PRINTED, as_entered, conversion_notices, study_rows
from metaudit.imports.revman_shared_sound import unsound
from metaudit.imports.revman_shared_studies import study_claims
from metaudit.measures import MEASURES

SOURCE = "revman"
_POSSIBLE = {"counts": ["OR", "RR", "RD"], "means": ["MD", "SMD"]}
# The centre of Q is the Mantel-Haenszel mean where RevMan pools by Mantel-Haenszel; see data/presets/revman5.yaml.
_CENTRES = {"OR": "mantel-haenszel-corrected", "RR": "mantel-haenszel-corrected", "RD": "mantel-haenszel"}
_TREATED = {"experimental", "treatment", "intervention", "active", "drug", "treated"}
_UNTREATED = {
    "control",
    "controls",
    "placebo",
    "comparator",
    "comparison",
    "no treatment",
    "usual care",
    "standard care",
}


@dataclass(frozen=True)
class Package:
    """What a file of RevMan holds.

    Parameters
    ----------
    shown : the file as messages name it
    title, citation : of the review
    software : program and version that computed its results
    outcomes : in the order of the file
    notices : what was left out or repaired in reading
    bias : label of a study -> column -> judgement
    citation_text : the document, for sources.csv
    """

    shown: str
    title: str
    software: str
    outcomes: tuple[Outcome, ...]
    citation: Mapping[str, Any] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()
    citation_text: str = ""
    bias: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def build(package: Package, options: Options) -> Draft:
    """A draft of the review that a file of RevMan holds.

    Raises
    ------
    InputError
        when it holds no study's data or numbers that cannot be, or an effect measure is asked for that is not known.
    """
    _check_measure(options, package.shown)
    problems = unsound(package.outcomes, package.shown, measure_said=options.measure is not None)
    if problems:
        raise InputError(problems)
    outcomes = [as_entered(_named(o)) for o in package.outcomes]
    usable = [o for o in outcomes if o.kind != "text" and o.all_rows]
    if not usable:
        message = "the file holds no study with data for an analysis."
        raise InputError([Problem(package.shown, 0, "", "no-data", message, "Export it with 'Data and analyses'.")])
    title = options.title or package.title or "Review without a title"
    draft = Draft(title=title, citation=dict(package.citation) or {"authors": "not stated"})
    draft.sources = [_source(package, options, title)]
    draft.notices = [*package.notices, *(_left_out(o, package.shown) for o in outcomes if o not in usable)]
    draft.notices += [*_empty_groups(package), *conversion_notices(usable, package.shown)]
    if options.mapping is not None or options.sheet is not None:
        draft.notices.append(
            Notice("remark", package.shown, "RevMan's files need no mapping and no sheet; both were passed over.")
        )
    used: set[str] = set()
    for outcome in usable:
        _add(draft, outcome, package, options, used)
    if draft.claims:
        draft.notices.append(_digits(package.shown))
    if any("favours" in a for a in draft.analyses.values()):
        message = "which side is good for the treatment was read from the labels of the graphs, which RevMan fills in by itself."
        draft.notices.append(Notice("guessed", package.shown, message, "Check favours in review.yaml."))
    return draft


def _named(outcome: Outcome) -> Outcome:
    """The outcome with a name for every subgroup that has studies, each its own."""
    names: list[str] = []
    groups: list[Group] = []
    for group in (g for g in outcome.groups if g.rows):
        name = group.name or f"Subgroup {group.number or len(names) + 1}"
        while name in names:
            name = f"{name} ({group.number or len(names) + 1})"
        names.append(name)
        groups.append(replace(group, name=name))
    return replace(outcome, groups=tuple(groups), name=outcome.name or "(no title)")


def _empty_groups(package: Package) -> Iterator[Notice]:
    for outcome in package.outcomes:
        empty = [g.name or g.number for g in outcome.groups if not g.rows]
        if empty and outcome.all_rows:
            message = f"{outcome.number} {outcome.name}: subgroups without a study: {', '.join(empty)}."
            yield Notice("dropped", f"{package.shown}, {outcome.where}", message)


def _check_measure(options: Options, shown: str) -> None:
    if options.measure is not None and options.measure not in MEASURES:
        message, fix = f"there is no measure {options.measure!r}.", f"Measures are {', '.join(MEASURES)}."
        raise InputError([Problem(shown, 0, "measure", "unknown-measure", message, fix)])


def _source(package: Package, options: Options, title: str) -> dict[str, str]:
    text = options.source or package.citation_text or f"{title} ({package.shown.rpartition('/')[2]})"
    doi = str(package.citation.get("doi", ""))
    return {"source": SOURCE, "citation": text, "read": "table", **({"doi": doi} if doi else {})}


def _left_out(outcome: Outcome, shown: str) -> Notice:
    place = f"{shown}, {outcome.where}"
    if outcome.kind == "text":
        return Notice(
            "dropped",
            place,
            f"{outcome.number} {outcome.name}: a table of text ({len(outcome.all_rows)} studies), no numbers to pool.",
        )
    return Notice("dropped", place, f"{outcome.number} {outcome.name}: no study has data for it.")


def _digits(shown: str) -> Notice:
    message = (
        "RevMan's results are claimed with every digit that another order of the same sums would give too: 12 to 14 of the 16 that "
        "it saves, all of those it prints, with the trailing zeros that it leaves out. P values are claimed to the digits that its "
        "approximations have right. RevMan prints the size of Z; the claims have the sign of the effect. Its logarithms are decimal "
        "ones: scale log10."
    )
    return Notice("converted", shown, message)


def _add(draft: Draft, outcome: Outcome, package: Package, options: Options, used: set[str]) -> None:
    """One outcome: its rows, its analyses, their claims, its notices."""
    lines = {id(study): number for number, study in enumerate(outcome.all_rows, len(draft.rows) + 2)}
    rows, notices = study_rows(outcome, shown=package.shown, source=SOURCE, weighted=weights_in_rows(outcome))
    draft.rows += [row | dict(package.bias.get(row["study"], {})) for row in rows]
    draft.notices += notices
    ledger = Ledger()
    for study, row in zip(outcome.all_rows, rows, strict=True):
        ledger.take(study, [name for column, name in {**PRINTED, "printed_weight": "weight"}.items() if column in row])
    for plan in plans(outcome, used):
        draft.analyses[plan.id] = _entry(outcome, plan, package, options)
        draft.claims += [{**c, "source": SOURCE} for c in _claims(outcome, plan, lines, ledger)]
        for result in plan.results:
            if not result.between:
                draft.notices += uncalculated(outcome, result.part, package.shown)
                draft.notices += totals_of_all(outcome, result.part, result.rows, package.shown)
    draft.notices += left_over(outcome, ledger, package.shown)
    if not outcome.code and not options.measure:
        said = (
            f"the effect measure {outcome.measure!r} is not known"
            if outcome.measure
            else "the file does not name the effect measure"
        )
        message = f"{said}; all that are possible are tried."
        place = f"{package.shown}, {outcome.where}"
        draft.notices.append(Notice("guessed", place, message, "Write the right one in review.yaml."))


def _claims(outcome: Outcome, plan: Plan, lines: Mapping[int, int], ledger: Ledger) -> Iterator[dict[str, str]]:
    for result in plan.results:
        for name, claim in result_claims(outcome, result, analysis=plan.id, df=plan.df):
            ledger.take(result.part, [name])
            ledger.shorten(result.part, name, claim["printed"])
            yield {"claim": f"{plan.id}{result.suffix}-{name.replace('_', '-')}", **claim}
    for study, subject in subjects(plan.weighted, lines):
        weight = as_number(study.printed.get("weight"))
        if study.estimable and weight is not None and weight > 0:
            ledger.take(study, ["weight"])
            yield {
                "claim": f"{plan.id}-weight-{lines[id(study)]}", "analysis": plan.id, "quantity": "weight", "subject": subject,
                "printed": claimed(study.printed["weight"], error=row_errors(outcome, study)["weight"]), "where": study.where,
                "certainty": "read",
            }  # fmt: skip
    for study, subject in subjects(plan.rows, lines):
        for name, claim in study_claims(outcome, study, analysis=plan.id, subject=subject):
            if name in ledger.left(study):  # a study of two analyses has its own numbers once
                ledger.take(study, [name])
                yield {"claim": f"{plan.id}-{lines[id(study)]}-{name.replace('_', '-')}", **claim}


def _entry(outcome: Outcome, plan: Plan, package: Package, options: Options) -> dict[str, Any]:
    measure = options.measure or outcome.code or _POSSIBLE.get(outcome.kind, [])
    entry: dict[str, Any] = {"title": plan.title, "select": dict(plan.select)}
    if plan.exclude:
        entry |= {"exclude": dict(plan.exclude), "reason": "RevMan leaves these lines out of this result"}
    if measure:
        entry["measure"] = measure
    side = favoured(outcome)
    if side:
        entry["favours"] = side
    entry["method"] = method_of(outcome, measure if isinstance(measure, str) else "", package.software)
    if plan.subgroups:
        entry["subgroups"] = "subgroup"
    note = "; ".join(n for n in (_labels(outcome), outcome.note) if n)
    return entry | ({"note": note} if note else {})


def _labels(outcome: Outcome) -> str:
    arms = " against ".join(a for a in outcome.arms if a)
    kind = "hazard" in outcome.measure.lower() or outcome.kind in ("generic", "o-e")
    return ", ".join(t for t in (arms, f"effect measure: {outcome.measure}" if kind and outcome.measure else "") if t)


def method_of(outcome: Outcome, measure: str, software: str) -> dict[str, Any]:
    """What the file says of the method, as keys of ``method``; what it does not say is left out.

    RevMan pools by inverse variances (IV), Mantel-Haenszel (MH; variances of Greenland and Robins 1985: Cochrane Handbook 5.1,
    section 9.4.4.1) or Peto, and random effects by DerSimonian and Laird unless it says otherwise (data/presets/revman5.yaml).
    """
    method: dict[str, Any] = {}
    if outcome.random:
        method |= {"model": "random", "tau2": "DL", "ci": "wald"}
        if measure in _CENTRES and outcome.options.get("tau2", "DL") == "DL":
            method["q"] = _CENTRES[measure] if outcome.method == "MH" else "inverse-variance"
    elif outcome.random is not None:
        pooled = (
            {"MH": "mantel-haenszel", "PETO": "peto"}.get(outcome.method, "common")
            if outcome.kind == "counts"
            else "common"
        )
        method |= {"model": pooled, "ci": "wald"}
        if pooled == "common" and outcome.kind == "counts":
            method["q"] = "inverse-variance"
        if pooled == "mantel-haenszel" and measure == "RD":
            method["rd_variance"] = "greenland-robins"
    if measure == "MD" and method:
        method["variance"] = "LS"
    method |= outcome.options
    if method:
        method["level"] = outcome.level
    return method | ({"software": software} if software else {})


def favoured(outcome: Outcome) -> str:
    """Which side of the null is good for the treatment, where both labels of the graph say so; RevMan draws low on the left."""
    sides = [_whom(text, outcome.arms) for text in outcome.favours]
    return {("treatment", "control"): "low", ("control", "treatment"): "high"}.get((sides[0], sides[1]), "")


def _whom(text: str, arms: tuple[str, str]) -> str:
    found = re.match(r"(?i)\s*favou?rs?\s+(?:the\s+)?(.+?)\s*$", text)
    if not found:
        return ""
    name = found[1].strip(" []").lower()
    groups = [a.lower() for a in arms]
    if name in _UNTREATED or (groups[1] and name == groups[1] != groups[0]):
        return "control"
    if name in _TREATED or (groups[0] and name == groups[0]):
        return "treatment"
    near = [bool(g) and (g.startswith(name) or name.startswith(g)) for g in groups]
    return {(True, False): "treatment", (False, True): "control"}.get((near[0], near[1]), "")
