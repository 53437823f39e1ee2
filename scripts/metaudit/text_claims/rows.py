"""Candidates to rows of a draft: ids, analyses, and what is claimed already."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from metaudit.drafts.write import id_of
from metaudit.formats.columns import CLAIMS
from metaudit.formats.review import Analysis, Claim
from metaudit.text_claims.candidates import Bundle, Candidate, Found
from metaudit.text_claims.match import analysis_of, claimed_by

CLAIM_COLUMNS = tuple(c.name for c in CLAIMS)
# What a person decides on stands first; what it rests on stands last.
COLUMNS = ("confirm", *CLAIM_COLUMNS, "measure", "about", "place", "text")
_SHORT_NAMES = {"estimate": "est", "ci_low": "lo", "ci_high": "hi"}
_NO_NAME = frozenset(
    """a an the in of for with and or to on at by from was were is are than as after among between into that this we it its there no not
    le la les un une des du de et ou dans pour par sur avec chez que qui était étaient est sont ne pas plus moins results result
    findings overall pooled
    analysis analyses showed show shows found revealed observed summary combined
    against versus compared significantly associated reduced increased lower higher""".split()
)

_VERB = re.compile(
    r"\b(?:did|does|do|was|were|is|are|has|had|have|fell|rose|remained|differ(?:s|ed)?|est|était|étaient|sont|ne|n'était|n'étaient)\b",
    re.IGNORECASE,
)
# "ketamine did not reduce pain": the outcome stands behind the verb; its negation must not be lost from a name.
_NOT_ACTED = re.compile(
    r"\b(?:did|does|do)\s+not\s+(?:\w+ly\s+)?(?:reduce|increase|affect|improve|lower|prevent|change|alter|decrease)\b",
    re.IGNORECASE,
)
# "no significant difference in nausea"
_CHANGE_IN = re.compile(
    r"^\s*(?:(?:an?|the|no|any|une?|aucune?|pas|de)\s+)*(?:(?:statistically|significant|relative|absolute|clear|\w+ly)\s+)*"
    r"(?:differences?|reductions?|increases?|decreases?|effects?|changes?|différences?|effets?|diminution|augmentation)"
    r"(?:\s+between\s+(?:the\s+)?(?:two\s+)?groups)?\s+(?:in|of|on|for|sur|de|des|dans|pour)\s+",
    re.IGNORECASE,
)
# Units whose number the words have lost, and names of measures and models: no outcome.
_UNIT = re.compile(r"(?<!\w)(?:mg|µg|mcg|mL|ml)(?:/\w+)*(?!\w)")
_OF_MEASURES = frozenset(
    "fixed random effect effects common model odds risk ratio ratios hazard relative mean difference weighted standardized standardised".split()
)
_LOOSE = frozenset(
    "in pooled overall a an the of for with and or to on at by in from than as under there no not le la les un une des du de et ou sur par".split()
)


@dataclass(frozen=True)
class NewAnalysis:
    """An analysis that review.yaml does not have yet."""

    id: str
    title: str
    measure: str

    def entry(self) -> dict[str, object]:
        """As review.yaml writes it; no table of studies is known, so nothing is computed from one."""
        out: dict[str, object] = {"title": self.title, "data": "none", "select": {}}
        if self.measure:
            out["measure"] = self.measure
        return out


@dataclass(frozen=True)
class Drafted:
    """What is proposed.

    Attributes
    ----------
    rows : rows of claims.draft.csv, in the order of the text
    candidates : the candidate behind each row
    analyses : analyses that the rows name and review.yaml lacks
    claimed : numbers that a claim prints already, with its id
    repeated : numbers of results that the text prints a second time
    """

    rows: tuple[dict[str, str], ...]
    candidates: tuple[Candidate, ...]
    analyses: tuple[NewAnalysis, ...] = ()
    claimed: tuple[tuple[Candidate, str], ...] = ()
    repeated: tuple[Candidate, ...] = ()


@dataclass
class _Names:
    """Ids that are taken."""

    taken: set[str] = field(default_factory=set)

    def free(self, wanted: str) -> str:
        name, n = wanted, 2
        while name in self.taken:
            name, n = f"{wanted}-{n}", n + 1
        self.taken.add(name)
        return name


def drafted(found: Found, *, analyses: Mapping[str, Analysis], claims: Sequence[Claim], source: str) -> Drafted:
    """Rows for every candidate that no claim prints yet.

    Parameters
    ----------
    found : the candidates of a text
    analyses, claims : of the review; empty for a new one
    source : key of sources.csv for the text
    """
    again = _repeats(found)
    homes, new = _homes(found, again, analyses, claims)
    made = {n.id: n for n in new}
    ids = _Names({c.id for c in claims})
    rows: list[dict[str, str]] = []
    kept: list[Candidate] = []
    claimed: list[tuple[Candidate, str]] = []
    repeated: list[Candidate] = []
    for candidate in found.candidates:
        bundle = found.bundles[candidate.bundle - 1] if candidate.bundle else None
        if bundle is not None and bundle.number in again:
            repeated.append(candidate)
            continue
        home = homes.get(candidate.bundle, "")
        others = [c for c in claims if not c.analysis] if home in made else claims
        known = claimed_by(candidate, home, others)
        if known:
            claimed.append((candidate, known))
            continue
        rows.append(_row(candidate, home, bundle, made.get(home), ids, source))
        kept.append(candidate)
    used = {row["analysis"] for row in rows}
    return Drafted(tuple(rows), tuple(kept), tuple(n for n in new if n.id in used), tuple(claimed), tuple(repeated))


def _row(
    candidate: Candidate, home: str, bundle: Bundle | None, new: NewAnalysis | None, ids: _Names, source: str
) -> dict[str, str]:
    stem = f"{home}-" if home else ""
    name = ids.free(f"{stem}{_SHORT_NAMES.get(candidate.quantity, candidate.quantity).replace('_', '-')}")
    # A level other than 95 % is said with each claim of the bundle: claims of one bundle share their method.
    level = f"level={float(bundle.level) / 100:g}" if bundle and bundle.level else ""
    return {
        "confirm": "",
        "claim": name,
        "analysis": home,
        "quantity": candidate.quantity,
        "subject": candidate.subject,
        "printed": candidate.printed,
        "unit": candidate.unit,
        "scale": candidate.scale,
        "rounding": "",
        "method": level,
        "refers_to": "",
        "source": source,
        "where": str(candidate.place),
        "certainty": "unverified",
        "note": candidate.note,
        "measure": bundle.measure if bundle and (home or bundle.measure) else "",
        "about": new.title if new else bundle.words if bundle else "",
        "place": str(candidate.place),
        "text": candidate.text,
    }


def _repeats(found: Found) -> frozenset[int]:
    """Bundles whose estimate and interval a bundle before them prints too, as an abstract and the results do."""
    seen: dict[tuple[tuple[str, str], ...], int] = {}
    again = set()
    for bundle in found.bundles:
        core = tuple(
            (c.quantity, c.printed)
            for c in found.candidates
            if c.bundle == bundle.number and c.quantity in ("estimate", "ci_low", "ci_high")
        )
        if len(core) >= 3 and core in seen:
            again.add(bundle.number)
        seen.setdefault(core, bundle.number)
    return frozenset(again)


def _homes(
    found: Found, again: frozenset[int], analyses: Mapping[str, Analysis], claims: Sequence[Claim]
) -> tuple[dict[int, str], list[NewAnalysis]]:
    """The analysis of every bundle: one of the review's, or a new one; tests go with the only result if there is one."""
    homes: dict[int, str] = {}
    new: list[NewAnalysis] = []
    names = _Names(set(analyses))
    kinds = {b.number: {c.quantity for c in found.candidates if c.bundle == b.number} for b in found.bundles}
    results = [
        b
        for b in found.bundles
        if b.number not in again
        and ("estimate" in kinds[b.number] or any(q.endswith(("_t", "_c")) for q in kinds[b.number]))
    ]
    taken: set[str] = set()
    for bundle in results:
        mine = [c for c in found.candidates if c.bundle == bundle.number]
        home = analysis_of(bundle, mine, analyses, claims)
        if home and home in taken and not any(claimed_by(c, home, claims) for c in mine if c.quantity == "estimate"):
            home = ""  # a second result with these words is another analysis: another time, another subgroup
        if not home:
            outcome = outcome_of(bundle.words)
            title = outcome or f"Result {bundle.number}, {mine[0].place}"
            made = NewAnalysis(names.free(_slug(outcome, bundle.number)), title, bundle.measure)
            new.append(made)
            home = made.id
        taken.add(home)
        homes[bundle.number] = home
    for bundle in found.bundles:
        if bundle.number not in homes and bundle.number not in again and len(results) == 1:
            homes[bundle.number] = homes[results[0].number]
    return homes, new


def outcome_of(words: str) -> str:
    """The outcome in the words before a result: the noun before the first verb that says how it came out, else all of them.

    Empty where no word carries meaning.
    """
    acted = _NOT_ACTED.search(words)
    parts = [part for part in _VERB.split(words[acted.end() :] if acted else words) if _meaning(part)]
    kept = _UNIT.sub(" ", _CHANGE_IN.sub("", parts[0])).split() if parts else []
    while kept and kept[-1].lower() in _LOOSE:
        kept.pop()
    while kept and kept[0].lower() in _LOOSE:
        kept.pop(0)
    return "" if set(_meaning(" ".join(kept))) <= _OF_MEASURES else " ".join(kept)


def _meaning(words: str) -> list[str]:
    short = {w.lower() for w in re.findall(r"\b[A-Z]{2}\b", words)}  # such as MI
    return [w for w in id_of(words).split("-") if w not in _NO_NAME and not w.isdigit() and (len(w) > 2 or w in short)]


def _slug(outcome: str, number: int) -> str:
    """An id from the last words that carry meaning."""
    return "-".join(_meaning(outcome)[-4:])[:48].strip("-") or f"result-{number}"
