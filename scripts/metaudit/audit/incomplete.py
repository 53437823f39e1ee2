"""Pooled numbers that cannot be judged because some studies' numbers are not public."""

from __future__ import annotations

from collections.abc import Collection

from metaudit.audit.bundles import Answer, Bundle
from metaudit.audit.names import column_words
from metaudit.audit.verdict import Finding
from metaudit.effects.compute import NEEDS
from metaudit.effects.convert import Converted, counts_that_print
from metaudit.enumeration.rows import row_integer_checks
from metaudit.evaluate import subgroup_values
from metaudit.formats.review import Claim
from metaudit.records import record

_NAMED = 5  # studies that are named before the others are counted
_OF_ONE_STUDY = {
    "study_estimate", "study_ci_low", "study_ci_high", "study_se", "study_variance", "mean_t", "mean_c", "sd_t", "sd_c",
}  # fmt: skip


def about_one_study(bundle: Bundle, claim: Claim) -> bool:
    """Whether a claim is about one study's own number and so needs no other study."""
    if claim.quantity == "weight":
        return False
    return claim.quantity in _OF_ONE_STUDY or (
        bool(claim.subject) and any(r.label == claim.subject for r in bundle.rows)
    )


@record
class Lacking:
    """A study that lacks a number the measure needs.

    Attributes
    ----------
    label : of the study
    what : it lacks, in words
    why : a percentage stands there that no whole number of people gives, or more than one; empty otherwise
    """

    label: str
    what: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.label} ({self.what}{'; ' if self.why else ''}{self.why})"


def not_used(bundle: Bundle, subgroup: str = "") -> list[Lacking]:
    """Studies that lack a number the measure needs; those a method leaves out are not among them.

    Parameters
    ----------
    subgroup : the level of a subgroup, for its studies only; anything else means every study
    """
    if bundle.best is None:
        return []
    e = bundle.evaluated[bundle.best]
    kind = e.effects.measure.kind
    left = [study for study, _ in e.effects.incomplete]
    levels = subgroup_values(bundle.analysis, left) if left and subgroup in e.subgroups else [subgroup] * len(left)
    out = []
    for (study, why), level in zip(e.effects.incomplete, levels, strict=True):
        lacking = [n for n in NEEDS[kind] if study.get(n) != study.get(n)]
        if level != subgroup:
            continue
        if lacking:
            out.append(
                Lacking(study.label, ", ".join(column_words(n) for n in lacking), _odd_percentages(study, lacking))
            )
        elif kind == "generic" and why.startswith("neither"):
            out.append(Lacking(study.label, "a standard error, variance or interval"))
    if subgroup not in e.subgroups:  # a subgroup's own result has no moderators
        out += [Lacking(study.label, why.removeprefix("no value of ")) for study, why in e.without]
    return out


def _odd_percentages(study: Converted, lacking: Collection[str]) -> str:
    """Percentages that stand where a count is needed, and that no whole number of people gives, or more than one."""
    row, said = study.row, []
    odd = {check.columns[0] for check in row_integer_checks(row) if check.settled and not check.possible}
    for share in lacking:
        n, printed = study.get(share.replace("events", "n", 1)), row.numbers.get(share)
        if printed is None or not printed.percent or not n > 0:
            continue
        counts = counts_that_print(printed, n)
        if len(counts) > 1:
            said.append(f"{row.text(share)} of {n:g} may be {counts[0]} to {counts[-1]} people: give the number")
        elif share in odd:
            said.append(f"{row.text(share)} of {n:g} is no whole number of people")
    return "; ".join(said)


def from_how_many(bundle: Bundle, claim: Claim) -> str:
    """A sentence that our value rests on a part of the studies, because the others lack numbers; empty when none does."""
    part = part_of_studies(bundle, claim)
    return f" That is from {part}." if part else ""


def part_of_studies(bundle: Bundle, claim: Claim) -> str:
    """How many of the studies our value rests on, and which lack numbers; empty when none does."""
    if about_one_study(bundle, claim) or bundle.best is None:
        return ""
    level = claim.subject.partition("=")[2].strip() or claim.subject
    lacking = not_used(bundle, level)
    if not lacking:
        return ""
    e = bundle.evaluated[bundle.best]
    k = (e.subgroups[level][0] if level in e.subgroups else e.effects).k
    names = "; ".join(map(str, lacking[:_NAMED]))
    more = f"; and {len(lacking) - _NAMED} more" if len(lacking) > _NAMED else ""
    return f"{k} of {k + len(lacking)} studies; missing: {names}{more}"


def partial_table(bundle: Bundle, claim: Claim, a: Answer, ours: str) -> Finding | None:
    """NOT_CHECKABLE where the authors pooled studies that are not public; None when the claim needs no other study."""
    if bundle.analysis.data != "partial" or about_one_study(bundle, claim):
        return None
    k = bundle.evaluated[bundle.best].effects.k if bundle.best else len(bundle.rows)
    message = (
        f"Only part of the per-study table of '{bundle.analysis.title}' is public. "
        f"From the {k} studies that are usable ours would be {ours}: {a.ours.how}. Missing: the other studies."
    )
    return Finding(
        "missing data",
        message,
        "NOT_CHECKABLE",
        value=a.value,
        spec=str(bundle.best),
        causes=("per study: the rows that are not public",),
    )


def _left_out_by_the_authors(bundle: Bundle, lacking: int) -> bool:
    """Whether all that is lacking are values of moderators, and as many studies are printed as have them: theirs are ours."""
    if bundle.best is None or lacking > len(bundle.evaluated[bundle.best].without):
        return False
    counts = [c.id for c in bundle.claims if c.quantity == "k" and not c.subject and c.id in bundle.answers]
    return any(bundle.answers[c].gives(bundle.best) for c in counts)


def unusable_rows(bundle: Bundle, claim: Claim, a: Answer, ours: str) -> Finding | None:
    """NOT_CHECKABLE for a number that misses while some rows lack what the measure needs."""
    lacking = not_used(bundle)
    if not lacking or about_one_study(bundle, claim) or _left_out_by_the_authors(bundle, len(lacking)):
        return None
    names = "; ".join(map(str, lacking))
    message = f"Printed {claim.printed}; without the studies whose numbers are missing ours is {ours}: {a.ours.how}. Missing: {names}."
    return Finding(
        "missing data",
        message,
        "NOT_CHECKABLE",
        value=a.value,
        spec=str(bundle.best),
        causes=tuple(f"{study.label}: {study.what}" for study in lacking),
    )
