"""What is missing where nothing can be checked: the list a reviewer can ask an author for."""

from __future__ import annotations

from metaudit.audit.names import column_words
from metaudit.audit.syntheses.dispatch import missing_for_sequential
from metaudit.audit.syntheses.network_missing import missing_for_network
from metaudit.audit.verdict import Finding
from metaudit.audit.words import JUDGED
from metaudit.effects.compute import NEEDS
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.measures import MEASURES

_TABLE = {
    "counts": "events and n of both arms",
    "means": "mean, SD and n of both arms",
    "rates": "events and person-time of both arms",
    "proportion": "events and n",
    "mean": "mean, SD and n",
    "change": "means before and after, n, and the SD of the change or the correlation with both SDs",
    "correlation": "the correlation and n",
}
_BY_QUANTITY = {
    "k": "the list of the studies counted",
    "count": "the list of what was counted",
    "n": "the numbers of people in each study",
    "proportion": "the number of people with the event and the number observed",
    "proportion_t": "events and n of the treatment arms",
    "proportion_c": "events and n of the control arms",
    "p": "the data of the test, or its estimate with standard error, and the name of the test",
    "value": "a second source of this value",
    "text": "the numbers behind the statement",
    "year": "the dated document",
    "agreement": "the number of people who gave the answer",
    "agreed": "the answers of the panel",
    "panel": "the list of the people who answered",
    "invited": "the list of the people invited",
    "response_rate": "the numbers of people invited and answering",
    "threshold": "the protocol that sets it",
    "items": "the list of the items",
    "items_consensus": "the share of the panel for every item",
    "consensus_rate": "the numbers of items, and of those with consensus",
}


def not_checkable(claim: Claim, review: Review) -> Finding:
    """Why a claim cannot be checked, and what would be needed."""
    analysis = review.analyses.get(claim.analysis)
    if analysis is not None and analysis.data == "none":
        sequential = missing_for_sequential(claim, analysis, review)
        if sequential is not None:
            return sequential
        if "network" in analysis.syntheses:
            return missing_for_network(claim, analysis, review)
        needed = table_needed(analysis)
        k = next((c.printed for c in review.claims if c.analysis == analysis.id and c.quantity == "k"), "")
        of = "the one study" if k == "1" else f"each of the {k} studies" if k else "each study"
        return Finding(
            "missing data",
            f"The per-study table of '{analysis.title}' is not public. Missing, for {of}: {_table_words(analysis)}.",
            "NOT_CHECKABLE",
            causes=tuple(f"per study: {n}" for n in needed),
        )
    unread = [s for s in claim.source.split(";") if review.sources.get(s.strip(), {}).get("read") == "not read"]
    needed_here = _BY_QUANTITY.get(claim.quantity, "the data behind this number")
    if claim.quantity == "text":
        message = _words_message(claim, analysis)
    elif unread:
        message = f"The document was not read; the number is carried along. Missing: {needed_here}."
        needed_here = f"the document itself; {needed_here}"
    elif claim.certainty == "secondary":
        message = f"Known from somebody else's summary only. Missing: the document itself, and {needed_here}."
        needed_here = f"the document itself; {needed_here}"
    else:
        message = f"Nothing in the reviews at hand to compare it with. Missing: {needed_here}."
    return Finding("missing data", message, "NOT_CHECKABLE", causes=tuple(n.strip() for n in needed_here.split(";")))


def _words_message(claim: Claim, analysis: Analysis | None) -> str:
    statement = claim.printed.strip().lower()
    if statement not in JUDGED:
        return "A statement in words: shown, not judged."
    if statement.startswith("favours") and analysis is not None and not analysis.favours:
        return "Not judged: review.yaml does not say which side of the null is good for the treatment (favours: low or high)."
    needed = "Q with its P value" if "heterogeneous" in statement else "an interval or a P value"
    return f"Not judged: no number that decides the statement is at hand. Missing: {needed}."


def _table_words(analysis: Analysis) -> str:
    code = analysis.measures[0] if analysis.measures else ""
    return _TABLE.get(MEASURES[code].kind if code in MEASURES else "", "the effect with its standard error or interval")


def table_needed(analysis: Analysis) -> list[str]:
    """The columns of the missing table, in words."""
    code = analysis.measures[0] if analysis.measures else ""
    kind = MEASURES[code].kind if code in MEASURES else ""
    return [column_words(n) for n in NEEDS.get(kind, ())] or ["effect with its standard error or interval"]
