"""Counts of studies and people, in digits and in words."""

from __future__ import annotations

import re

from metaudit.explain.text_numbers import WORDS, Token
from metaudit.printed import parse_printed
from metaudit.text_claims.arms import nearest_head
from metaudit.text_claims.labels import LINK
from metaudit.text_claims.nouns import (
    CONTROL,
    GROUP,
    INCLUDED,
    OTHER_THINGS,
    PERSONS,
    RECORDED,
    RECORDS,
    SCREENED,
    SOME_OF,
    STUDIES,
    STUDY,
    VERSUS,
)
from metaudit.text_claims.scan import Lexeme, Scan, subject_of


def find_counts(scan: Scan, words: list[Lexeme]) -> None:
    """Mark counts; ``words`` are numbers spelled out, which are counts where a noun follows."""
    for i in range(len(scan.lexemes)):
        if scan.free(i):
            _counted(scan, i)
    _words(scan, words)


def _counted(scan: Scan, i: int) -> None:
    whole = scan.whole(i)
    if whole is None:
        return
    after, label = scan.free_after(i, 90), scan.kind(i - 1) if i else ""
    linked = bool(i) and bool(LINK.fullmatch(scan.gap(i - 1)))
    if label == "k" and linked:
        scan.give(i, "k", whole, head=_one_head(scan, i))
    elif label == "n" and linked:
        _n_label(scan, i)
    elif RECORDED.match(after):
        scan.give(i, "count", whole, subject=subject_of(scan, i))
    elif STUDIES.match(after):
        _studies(scan, i)
    elif PERSONS.match(after):
        _persons(scan, i)
    elif re.match(r"\s*(?:[\w-]+\s+){0,3}(?:assigned|allocated|randomi[sz]ed|randomisés?)\b", after) and CONTROL.search(
        scan.after(i, 140)
    ):
        scan.give(i, "n_c" if CONTROL.search(after) else "n_t", whole, head=nearest_head(scan, i))
    elif OTHER_THINGS.match(after):
        scan.give(i, "count", whole, subject=subject_of(scan, i))
    elif (
        i - 1 in scan.facts
        and scan.facts[i - 1].quantity in ("n_t", "n_c")
        and re.match(
            rf"\s*(?:[\w-]+\s+){{0,3}}(?:received|allocated|assigned|given|randomi[sz]ed|{CONTROL.pattern})",
            after,
            re.IGNORECASE,
        )
    ):
        scan.give(i, "n_c" if scan.facts[i - 1].quantity == "n_t" else "n_t", whole, head=nearest_head(scan, i))


def _one_head(scan: Scan, i: int) -> int | None:
    """The result a count belongs to: the one before it, or the only one of the sentence."""
    before = scan.head_before(i)
    if before is not None:
        return before
    return scan.head_after(i) if len(scan.heads) == 1 else None


def _n_label(scan: Scan, i: int) -> None:
    before, after, whole = scan.free_before(i - 1, 45), scan.free_after(i, 30), scan.whole(i)
    like = any(f.quantity == "k" and scan.kind(m - 1) == "n" for m, f in scan.facts.items() if m < i)
    if (
        STUDIES.match(after)
        or (like and whole is not None and whole.value < 100)
        or (
            re.search(
                rf"\b{STUDY}(?:\s+(?:with|of|at|in|using|on|from|avec|de|à|sur)\b[^,;.()\d]{{0,40}})?\s*[\[(]?\s*$",
                before,
                re.IGNORECASE,
            )
            and not re.search(r"\d\s*$", before)
            and not scan.is_number(i - 2)
            and not _words_before(scan, i)
        )
    ):
        scan.give(i, "k", whole, head=_one_head(scan, i))
    elif RECORDED.match(after) or re.search(rf"\b{RECORDS}\s*[\[(]?\s*$", before, re.IGNORECASE):
        scan.give(i, "count", whole, subject=before.strip(" (["))
    elif CONTROL.search(before[-30:]) and re.search(r"[\[(]\s*$", before):
        scan.give(i, "n_c", whole, head=nearest_head(scan, i))
    elif re.search(r"\b(?:group|arm|groupe|bras|received?|treated|traité\w*)\b[^,;.]{0,12}[\[(]\s*$", before) or (
        CONTROL.search(scan.free_after(i, 60))
        and re.search(r"[\[(]\s*$", before)
        and re.search(r"\bn\s*=", scan.after(i, 80))
    ):
        scan.give(i, "n_t", whole, head=nearest_head(scan, i))
    else:
        scan.give(i, "n", whole, head=_one_head(scan, i))


def _words_before(scan: Scan, i: int) -> bool:
    """Whether the studies before ``(n = 1,234)`` are counted in words or digits already, so that n counts people."""
    text = scan.before(i - 1, 70).lower()
    return bool(re.search(rf"(?:\d|\b(?:{'|'.join(WORDS)})\b)[^.;]{{0,45}}$", text))


def _studies(scan: Scan, i: int) -> None:
    near = re.split(r"[,;(]", scan.free_before(i, 40))[-1] + " " + scan.free_after(i, 60)
    head, review = _one_head(scan, i), INCLUDED.search(near)
    if (
        (re.search(r"\byielded\b[^.;]*$", scan.free_before(i, 40)) and head is None)
        or (SCREENED.search(near) and not re.search(r"\b(?:include|including|inclu|met)\w*", near))
        or (SOME_OF.search(near) and not review and head is None)
    ):
        scan.give(i, "count", scan.whole(i), subject=subject_of(scan, i))
    else:
        scan.give(i, "k", scan.whole(i), head=head, subject="" if head is not None else subject_of(scan, i))


def _persons(scan: Scan, i: int) -> None:
    after, before = scan.free_after(i, 80), scan.free_before(i, 35)
    clause = re.split(r"[.;]", after)[0]
    whole, grouped = scan.whole(i), bool(GROUP.search(clause))
    tail = scan.after(i, 120)
    two_arms = (
        bool(re.search(r"\b(?:and|et|versus|vs)\b", tail))
        and bool(CONTROL.search(tail))
        and len(re.findall(r"\d+", tail)) >= 1
    )
    control = CONTROL.search(clause)
    if grouped and control and not VERSUS.search(clause[: control.start()]) and not _is_all(clause):
        scan.give(i, "n_c", whole, head=nearest_head(scan, i))
    elif re.search(r"\b(?:groups?|arms?|groupes?|bras)\b", clause[:45]) or (
        re.search(r"\b(?:received|allocated|assigned|reçu\w*|given)\b", clause[:45]) and two_arms
    ):
        scan.give(i, "n_t", whole, head=nearest_head(scan, i))
    elif re.search(r"\b(?:including|dont|among\s+them)\b[^.;]{0,20}$", before) and any(
        f.quantity == "n" for k, f in scan.facts.items() if k < i
    ):
        scan.give(i, "count", whole, subject=subject_of(scan, i))
    else:
        head = _one_head(scan, i)
        scan.give(i, "n", whole, head=head, subject="" if head is not None else subject_of(scan, i))


def _is_all(clause: str) -> bool:
    return bool(re.search(r"\brandomi[sz]ed\s+to\b.*\bor\b", clause))


def _words(scan: Scan, words: list[Lexeme]) -> None:
    """Numbers in words before a noun; they are put behind the sentence's lexemes, in digits."""
    for word in words:
        token = word.token
        if token is None:
            continue
        after = scan.text[word.end : word.end + 70]
        stop = re.search(r"(?<!phase )(?<!type )(?<!stage )(?<!grade )\d", after)
        after = after[: stop.start()] if stop else after
        studies, persons, records = (p.match(after) for p in (STUDIES, PERSONS, RECORDED))
        # "one" is an article more often than a number, and a number before a hyphen is part of a word: three-level
        if not (studies or persons or records) or token.readings[0].value < 2 or after.startswith("-"):
            continue
        digits = Token(
            token.line,
            token.column,
            token.text,
            (parse_printed(f"{token.readings[0].value:.0f}"),),
            around=token.around,
            in_words=True,
        )
        scan.lexemes.append(Lexeme("number", word.start, word.end, digits))
        i = len(scan.lexemes) - 1
        head = next((h for h, x in enumerate(scan.heads)), None) if len(scan.heads) == 1 else None
        near = scan.text[max(word.start - 40, 0) : word.start] + " " + after
        subject = " ".join(re.split(r"[.;:(),]", after)[0].split()[:9])
        if records:
            scan.give(i, "count", subject=subject)
        elif studies:
            some = (SCREENED.search(near) and not re.search(r"\b(?:include|including|inclu|met)\w*", near)) or (
                SOME_OF.search(near) and not INCLUDED.search(near) and head is None
            )
            scan.give(
                i,
                "count" if some else "k",
                head=None if some else head,
                subject=subject if some or head is None else "",
            )
        else:
            scan.give(i, "n", head=head, subject=subject)
        scan.facts[i].note = "printed in words"
