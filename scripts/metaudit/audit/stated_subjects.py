"""Whom claims about networks speak of, held against the treatments that there are, before anything is fitted."""

from __future__ import annotations

from metaudit.audit.own_value import Unanswerable
from metaudit.audit.scale import quantity_asked
from metaudit.audit.syntheses import network_words
from metaudit.audit.syntheses.network_table import NetworkTable
from metaudit.audit.syntheses.network_values import COUNTED, OF_STUDY
from metaudit.errors import Problem
from metaudit.formats.review import Analysis, Claim, Review, shown_path
from metaudit.formats.select import select_rows
from metaudit.network.values import OF_DESIGN, OF_PAIR, OF_TREATMENT, WHOLE

_KNOWN = frozenset((*COUNTED, *OF_STUDY, *WHOLE, *OF_TREATMENT, *OF_PAIR, *OF_DESIGN))
_NAMED = 8
_IN_NOTE = "if the paper's network has it and the table has not, say so in note"


def network_subject_problems(review: Review) -> list[Problem]:
    """Claims about networks with public rows whose subject the audit could not follow, but for claims with a note.

    Parameters
    ----------
    review : read and checked against its schema

    Returns
    -------
    Names that are no treatment of the network, with the nearest one that is; subjects that are missing, or that a number does not have.
    """
    shown = f"{shown_path(review.folder)}/claims.csv"
    tables: dict[str, NetworkTable] = {}
    found: list[Problem] = []
    for claim in review.claims:
        analysis = review.analyses.get(claim.analysis)
        if analysis is None or "network" not in analysis.syntheses or analysis.data == "none" or claim.note:
            continue
        if analysis.id not in tables:
            tables[analysis.id] = NetworkTable(tuple(select_rows(analysis, review.rows)[0]))
        wrong = _wrong(claim, analysis, tables[analysis.id]) if tables[analysis.id].treatments else None
        if wrong:
            message = f"{wrong[0]} (claim {claim.id!r})."
            found.append(Problem(shown, claim.line, "subject", "network-subject", message, wrong[1]))
    return sorted(set(found))


def _wrong(claim: Claim, analysis: Analysis, table: NetworkTable) -> tuple[str, str] | None:
    """What is wrong with a subject, and what would be right; None where nothing is, and for what is no number of a network."""
    asked = _asked(claim)
    if asked not in _KNOWN:
        return None
    try:
        subject = table.subject(claim.subject)
    except Unanswerable as reason:
        return str(reason).rstrip("."), f"Write the treatments as in extraction.csv; {_IN_NOTE}."
    n, study = len(subject.treatments), bool(subject.study)
    what = f"'{claim.printed}'" if claim.quantity == "text" else claim.quantity
    has = "the subject is empty" if not n else f"{claim.subject!r} names {n} treatments"
    if asked in OF_STUDY or (study and asked == "estimate"):
        return None if study else (f"{what} is about one study, and {has}", "Write STUDY : A : B as subject.")
    if study:
        return f"{what} is no number of one study of a network", "Its own comparison is study_estimate and the like."
    if asked in COUNTED or (asked in OF_DESIGN and n):
        return None
    if asked in WHOLE:
        return (f"{what} is a number of the whole network, and {claim.subject!r} names one treatment or more",
                "Leave the subject empty.") if n else None  # fmt: skip
    if asked in OF_TREATMENT:
        return None if n == 1 else (f"{what} is about one treatment, and {has}", f"The treatments are {_all(table)}.")
    return _of_pair(what, has, n, analysis, table)


def _asked(claim: Claim) -> str:
    """The number that a claim is about; of a statement in words, one that is about as many treatments."""
    if claim.quantity != "text":
        return quantity_asked(claim)
    statement = claim.printed.strip().lower()
    return (
        "estimate" if statement in network_words.OF_PAIR else "rank" if statement in network_words.OF_TREATMENT else ""
    )


def _of_pair(what: str, has: str, n: int, analysis: Analysis, table: NetworkTable) -> tuple[str, str] | None:
    if n == 2 or (n == 1 and analysis.syntheses["network"].get("reference")):
        return None
    if n == 1:
        fix = "Write A : B as subject, or network: {reference: ...} in review.yaml."
        return (
            f"{what} of a network compares two treatments, and the network has no reference that one is compared with",
            fix,
        )
    return f"{what} of a network is about two treatments, and {has}", f"Write A : B as subject, of {_all(table)}."


def _all(table: NetworkTable) -> str:
    names = table.treatments
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
