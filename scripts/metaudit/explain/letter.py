"""The letter that asks the authors, in Markdown that also reads as plain text; English or French."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from metaudit.audit import AuditRow
from metaudit.audit_words.synthesis_words import any_words
from metaudit.audit_words.texts import capital, catalogue, fill, joined, missing_words, table_words
from metaudit.audit_words.what_to_ask import ask, claim_name
from metaudit.explain.questions import Line, Questions
from metaudit.explain.requests import Request
from metaudit.formats.review import Review

_GOOD = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED")
_METHOD = ("UNDERSPECIFIED", "OTHER_SPEC")


def letter(review: Review, rows: Sequence[AuditRow], questions: Questions, *, language: str = "en") -> str:
    """The whole letter.

    Parameters
    ----------
    review : the review it is about; its citation names the authors
    rows : all verdicts
    questions : what to ask
    language : ``en`` or ``fr``; titles and names stay as they are typed

    Returns
    -------
    Markdown with a table of what is asked for and a list of what does not reproduce.
    """
    say = _Texts(language)
    parts = [f"# {say('title', title=review.title)}"]
    if not questions.lines and not questions.not_reproduced:
        return "\n\n".join([*parts, say("nothing")]) + "\n"
    good = sum(r.verdict in _GOOD for r in rows)
    parts.append(say("dear", authors=review.citation.get("authors") or review.id))
    opening = say("opening", citation=_citation(review), claims=say.counted("claims", len(rows)), good=good)
    parts.append(" ".join(filter(None, [opening, say("as_typed")])))
    if questions.lines:
        parts += [f"## {say('lacking_heading')}", _lead(questions, say), _table(review, questions.lines, say)]
    differing = [r for r in questions.not_reproduced if r.verdict != "UNDERSPECIFIED"]
    left_open = [r for r in questions.not_reproduced if r.verdict == "UNDERSPECIFIED"]
    if differing:
        parts += [f"## {say('differs_heading')}", say("differs"), _numbered(_differing(review, differing, say))]
    if left_open:
        parts += [f"## {say('method_heading')}", say("method"), _numbered(_differing(review, left_open, say))]
    return "\n\n".join([*parts, say("closing"), say("regards")]) + "\n"


def _numbered(items: Iterable[str]) -> str:
    return "\n".join(f"{i}. {text}" for i, text in enumerate(items, 1))


class _Texts:
    """The sentences of ``letters.yaml`` in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = catalogue(Path(__file__).parent / "letters.yaml")

    def __call__(self, key: str, **values: object) -> str:
        return capital(self.part(key, **values))

    def part(self, key: str, **values: object) -> str:
        """A part of a sentence: its first letter stays as it is."""
        return fill(self._texts[key][self.language], **values)

    def single(self, what: str) -> str:
        """What is asked for about one number, where the words of the audit are no request; empty where they are."""
        return self._phrase("single", what)

    def plural(self, what: str) -> str:
        """What is asked for about several numbers; empty where there is no word for it."""
        return self._phrase("plural", what)

    def _phrase(self, key: str, what: str) -> str:
        found = self._texts[key].get(what)
        return str(found[self.language]) if found else ""

    def counted(self, key: str, n: int) -> str:
        """A sentence with a number, in singular or plural; French has its plural from 2 on, English beside 1."""
        plural = n >= 2 if self.language == "fr" else n != 1
        return self.part(key, n=n, s="s" if plural else "")


def _citation(review: Review) -> str:
    c = review.citation
    parts = [str(c.get(k)) for k in ("authors", "year", "journal") if c.get(k)]
    return ", ".join([*parts, *([f"doi:{c['doi']}"] if c.get("doi") else [])]) or review.title


def _lead(questions: Questions, say: _Texts) -> str:
    more = say.part("open_ended") if any(line.request.open_ended for line in questions.lines) else ""
    lead = say(
        "lacking",
        served=say.counted("served", questions.served),
        numbers=say.counted("numbers", questions.numbers),
        lines=say.counted("list_lines", len(_merged(questions.lines))),
        more=more,
    )
    proof = "proven" if questions.proven else "unproven"
    return f"{lead} {say(proof, bound=questions.at_least, numbers=questions.numbers)}"


def _merged(lines: Iterable[Line]) -> list[tuple[Request, list[str], list[AuditRow]]]:
    """Lines that ask for the same about different subjects become one."""
    found: dict[tuple[object, ...], tuple[Request, list[str], list[AuditRow]]] = {}
    for line in lines:
        r = line.request
        key = (r.kind, r.analysis, r.what)
        _, whom, claims = found.setdefault(key, (r, [], []))
        whom += [r.whom] if r.whom else []
        claims += [c for c in line.claims if c not in claims]
    return list(found.values())


def _table(review: Review, lines: Sequence[Line], say: _Texts) -> str:
    rows = [_cells(review, *merged, say=say) for merged in _merged(lines)]
    head = say("columns").split("|")
    return "\n".join(f"| {' | '.join(_escaped(c) for c in row)} |" for row in [head, ["---"] * len(head), *rows])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _cells(review: Review, request: Request, whom: list[str], claims: list[AuditRow], *, say: _Texts) -> list[str]:
    analysis = review.analyses.get(request.analysis)
    about = [analysis.title] if analysis else []
    if request.kind == "document":
        whom = [review.sources.get(w, {}).get("citation") or w for w in whom]
    elif request.kind == "other" and not analysis:  # the claims name their subjects; where they stand is of more use
        whom = _places(review, claims)
    named = [say.part("printed", name=claim_name(c, say.language), printed=c.printed) for c in claims]
    return [_asked_for(request, say, several=len(claims) > 1), "; ".join([*about, *whom]), "; ".join(named)]


def _asked_for(request: Request, say: _Texts, *, several: bool) -> str:
    if request.kind == "table":
        return table_words(request.what, say.language)
    key = {"effects": "effects", "q": "with_q", "interval": "with_interval", "document": "document"}.get(request.kind)
    if key:
        return say.part(key)
    one = [say.single(w) or missing_words(w, say.language) for w in request.what]
    return joined(
        [(say.plural(w) if several else "") or o for w, o in zip(request.what, one, strict=True)], say.language
    )


def _differing(review: Review, rows: Sequence[AuditRow], say: _Texts) -> Iterator[str]:
    """Questions about verdicts; numbers of one result that one method gives are asked about together."""
    together: dict[tuple[str, str], list[AuditRow]] = {}
    for row in rows:
        together.setdefault((row.analysis, row.spec if _by_method(row) else f"claim {row.claim}"), []).append(row)
    for (analysis, spec), members in together.items():
        place = _place(review, analysis, members, say)
        if len(members) > 1:
            names = joined([claim_name(m, say.language) for m in members], say.language)
            printed = joined([m.printed for m in members], say.language)
            yield place + say(
                "methods", list=names, printed=printed, spec=any_words(spec, _one_kind(members), language=say.language)
            )
        else:
            yield place + ask(members[0], language=say.language)


def _one_kind(members: Sequence[AuditRow]) -> str:
    """The quantity that all are about; empty for several, which need every choice named."""
    kinds = {m.quantity for m in members}
    return kinds.pop() if len(kinds) == 1 else ""


def _by_method(row: AuditRow) -> bool:
    return row.verdict in _METHOD and bool(row.spec) and row.criterion != "test left open" and row.quantity != "text"


def _places(review: Review, claims: Sequence[AuditRow]) -> list[str]:
    """Where claims were read, each place once."""
    return list(dict.fromkeys(c.where for r in claims if (c := review.claim(r.claim)) is not None and c.where))


def _place(review: Review, analysis: str, members: Sequence[AuditRow], say: _Texts) -> str:
    """Where the numbers stand: the analysis, and the places that were typed in."""
    found = review.analyses.get(analysis)
    parts = [*([found.title] if found else []), *_places(review, members)]
    return say.part("place", place="; ".join(parts)) if parts else ""
