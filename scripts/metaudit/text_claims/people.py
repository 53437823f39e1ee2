"""Counts of studies and people, shares of people, means with their spread; and to which arm they belong."""

from __future__ import annotations

import re

from metaudit.explain.text_numbers import Token
from metaudit.printed import parse_printed
from metaudit.text_claims.labels import LINK
from metaudit.text_claims.scan import Lexeme, Scan

_STUDY = (
    r"(?:studies|study|trials?|RCTs?|experiments?|cohorts?|samples?|essais?|études?|comparisons?|comparaisons?|reports|datasets?|data\s?sets|ECRs?|"
    r"meta-analys[ei]s|effect\s+sizes|estimates|publications|articles|papers|reviews|revues)"
)
_PEOPLE = (
    r"(?:participants?|patients?|people|persons?|subjects?|individuals?|adults?|children|infants?|neonates|women|men|nurses|students|volunteers|pregnancies|"
    r"sujets?|malades?|personnes?|enfants?|adultes?|femmes|hommes|volontaires|pregnant\s+women|adolescents|workers|survivors|controls|cases|veterans|athletes|"
    r"surgeries|eyes|teeth|hips|knees|implants|boys|girls|residents|parturients|parturientes|nouveau-nés)"
)
_RECORDS = r"(?:records?|citations?|references?|références?|abstracts?|titles?|hits|full[\s-]texts?|notices|enregistrements|résumés|documents)"
_ADJECTIVES = r"(?:\s*(?:-|\s)(?:(?:phase|type|stage|grade)\s+[\dIV]+[ab]?(?:\s?[/-]\s?[\dIV]+)?(?=\s)|(?!(?:and|of|to|for|in|with|et|de|des|vs|versus|were|was|that|from)\b)[A-Za-zÀ-ÿ'][\wÀ-ÿ'/-]*)){0,5}?"
_STUDIES = re.compile(rf"{_ADJECTIVES}\s*[\s-]{_STUDY}\b", re.IGNORECASE)
_PERSONS = re.compile(rf"{_ADJECTIVES}\s*[\s-]{_PEOPLE}\b", re.IGNORECASE)
_RECORDED = re.compile(rf"{_ADJECTIVES}\s*[\s-]{_RECORDS}\b", re.IGNORECASE)
_OTHER_THINGS = re.compile(rf"{_ADJECTIVES}\s+(?:events?|deaths?|cases|décès|événements|évènements|comparisons|outcomes|arms|bras|countries|pays|centres|centers|experts|interventions|treatments)\b", re.IGNORECASE)
_SCREENED = re.compile(r"\b(?:screened|assessed\s+for|potentially|excluded|exclus\w*|awaiting|ongoing|not\s+eligible|removed|duplicates)\b", re.IGNORECASE)
_SOME_OF = re.compile(r"\b(?:high(?:-|\s)risk|low\s+risk|risk\s+of\s+bias|reported|judged|rated|significant\w*|favou?r\w*|double-blind|blinded|remaining|other|only|further|"
                      r"à\s+risque|rapport\w+|seul\w*|autres?)\b", re.IGNORECASE)  # fmt: skip
_INCLUDED = re.compile(r"\b(?:includ\w+|pooled|combin\w+|eligible|analy[sz]ed|met\s+(?:the\s+)?(?:inclusion|eligibility)|inclu\w+|retenu\w*|sélectionn\w+|total|totalisant|comprising|involving|"
                       r"enrol\w+|recruit\w+|randomi[sz]ed|randomisé\w*|contribut\w+|provided|across|informed)\b", re.IGNORECASE)  # fmt: skip
_CONTROL = re.compile(r"\b(?:placebo|controls?|usual\s+care|saline|sham|no\s+treatment|standard(?:\s+(?:care|treatment|therapy))?|comparators?|témoins?|contrôle|soins\s+courants|"
                      r"sans\s+traitement|sérum\s+salé|untreated|non-?treated|without|waiting\s+list|wait-?list|conventional|routine)\b", re.IGNORECASE)  # fmt: skip
_GROUP = re.compile(r"\b(?:groups?|arms?|groupes?|bras|received|receiving|allocated|assigned|randomi[sz]ed\s+to|given|treated|taking|reçu\w*|sous|recevant|on|with|with\s+the|avec|versus|vs)\b", re.IGNORECASE)
_VERSUS = re.compile(r"\b(?:vs|versus|compared\s+(?:with|to)|against|contre|comparé\w*|rather\s+than|relative\s+to|as\s+opposed\s+to|than)\b", re.IGNORECASE)
_AND = re.compile(r"\b(?:and|et)\b")
_RESPECTIVELY = re.compile(r"\brespective(?:ly|ment|s)?\b", re.IGNORECASE)
_SPREAD = re.compile(r"\s*(?:±|\+/-|\+-|\((?:SD|standard\s+deviation|ET|écart[\s-]type)\s*[=:,]?|,?\s*\[?\(?SD\s*[=:,]?)\s*")


def find_people(scan: Scan, words: list[Lexeme]) -> None:
    """Mark counts, shares and means; ``words`` are numbers spelled out, which are counts where a noun follows."""
    _fractions(scan)
    _means(scan)
    _shares(scan)
    for i in range(len(scan.lexemes)):
        if scan.free(i):
            _counted(scan, i)
    _words(scan, words)


def _nearest_head(scan: Scan, i: int) -> int | None:
    """The result that data stand beside: the next one of the sentence, or else the last one before."""
    after = scan.head_after(i)
    return after if after is not None else scan.head_before(i)


def _is_control(scan: Scan, i: int, last: int | None = None) -> bool:
    """Whether the words beside a number speak of the control group: those after it first, up to the next number."""
    following = scan.free_after(last if last is not None else i)
    stop = re.search(r"[.;]|\b(?:vs|versus|compared|contre)\b|,\s*(?:and|against)\b", following)
    return bool(_CONTROL.search(following[: stop.start()] if stop else following))


def _arms(scan: Scan, one: int, two: int, *, last_one: int | None = None, last_two: int | None = None) -> tuple[str, str]:
    """Suffixes of two numbers that are compared: the second is the control's unless the words say the first is."""
    before_one, between = scan.free_before(one, 40), scan.gap(last_one if last_one is not None else one, two)
    named = _CONTROL.search(before_one)
    alone = named is not None and not re.search(r"[\[(]\s*$|\b(?:than|que|versus|vs|compared|contre|over)\b", before_one)
    first = _is_control(scan, one, last_one) or (alone and not _CONTROL.search(between))
    second = _is_control(scan, two, last_two) or bool(_CONTROL.search(between))
    return ("c", "t") if first and not (second and not _is_control(scan, one, last_one)) else ("t", "c")


def _fractions(scan: Scan) -> None:
    """``35/72`` and ``35 of 72``: events and people of an arm, or of everyone."""
    found: list[tuple[int, int]] = []  # lexemes of events and of people
    i = 0
    while i < len(scan.lexemes):
        token = scan.lexemes[i].token
        if scan.free(i) and token and "/" in token.text and len(token.parts) == 2 and "%" not in token.text:
            begin = scan.lexemes[i].start
            parts = [Lexeme("number", begin + p.column - token.column, begin + p.column - token.column + len(p.text), p) for p in token.parts]
            a, b = (p.readings[0].value for p in token.parts)
            if a <= b and b > 4 and not re.match(r"\s*(?:mg|kg|mm\s?Hg|day|point|scale)", scan.after(i)):
                _insert(scan, i, parts)
                found.append((i, i + 1))
                i += 1
        elif scan.free(i) and scan.free(i + 1) and re.fullmatch(r"\s*(?:\([^()]{0,12}\)\s*)?(?:of|out\s+of|among|parmi|sur|des|in)(?:\s+the|\s+les)?\s*", scan.gap(i)):
            a, b = scan.whole(i), scan.whole(i + 1)
            if a and b and a.value <= b.value and not _STUDIES.match(scan.after(i + 1)) and not _RECORDED.match(scan.after(i + 1)) and not re.fullmatch(r"\s*in\s*", scan.gap(i)):
                found.append((i, i + 1))
                i += 1
        i += 1
    _give_arms(scan, found, "events", "n")


def _insert(scan: Scan, i: int, parts: list[Lexeme]) -> None:
    """Put the parts of a fraction in its place; what is known of later lexemes moves along."""
    shift = len(parts) - 1
    scan.facts = {k + shift if k > i else k: v for k, v in scan.facts.items()}
    scan.out = {k + shift if k > i else k: v for k, v in scan.out.items()}
    for head in scan.heads:
        head.lexeme += shift * (head.lexeme > i)
        head.low = None if head.low is None else head.low + shift * (head.low > i)
        head.high = None if head.high is None else head.high + shift * (head.high > i)
    scan.lexemes[i : i + 1] = parts


def _give_arms(scan: Scan, found: list[tuple[int, int]], first: str, second: str) -> None:
    """Pairs of numbers, two and two: those of the treatment and those of the control."""
    k = 0
    while k < len(found):
        pair = found[k]
        following = found[k + 1] if k + 1 < len(found) else None
        between = scan.gap(pair[1], following[0]) if following else ""
        joined = following is not None and len(between) < 140 and (bool(_VERSUS.search(between)) or bool(_AND.search(between)) or bool(re.search(r"[,;]", between)))
        if following and joined and ";" not in between.replace("; ", "", 1):
            arms = _arms(scan, pair[0], following[0], last_one=pair[1], last_two=following[1])
            for (a, b), arm in zip((pair, following), arms, strict=True):
                scan.give(a, f"{first}_{arm}", scan.whole(a) if first == "events" else None, head=_nearest_head(scan, a))
                scan.give(b, f"{second}_{arm}", scan.whole(b) if second == "n" else None, head=_nearest_head(scan, b))
            k += 2
            continue
        arm = "c" if _is_control(scan, pair[0], pair[1]) else "t"
        for m, quantity in zip(pair, (first, second), strict=True):
            if quantity in ("events", "n"):
                scan.give(m, "count" if quantity == "events" else "n", scan.whole(m), head=scan.head_before(m), subject=_subject(scan, pair[1]))
            else:
                scan.give(m, f"{quantity}_{arm}", head=_nearest_head(scan, m), subject=_subject(scan, pair[1]))
        k += 1


def _means(scan: Scan) -> None:
    found = []
    for i in range(len(scan.lexemes) - 1):
        if scan.free(i) and scan.free(i + 1) and _SPREAD.fullmatch(scan.gap(i)) and not re.search(r"\b(?:aged?|âge\w*|BMI|IMC|follow-?up|duration|durée|suivi)\b[^.;]{0,45}$", scan.before(i), re.IGNORECASE):
            found.append((i, i + 1))
    _give_arms(scan, [f for f in found if scan.free(f[0])], "mean", "sd")


def _shares(scan: Scan) -> None:
    """Percentages: two that are compared are those of the arms, one alone is a proportion or a change."""
    percents = [i for i in range(len(scan.lexemes)) if scan.free(i) and any(r.percent for r in scan.readings(i)) and scan.kind(i - 1) != "i2"]
    k = 0
    while k < len(percents):
        i = percents[k]
        j = percents[k + 1] if k + 1 < len(percents) else None
        if j is not None and _compared(scan, i, j):
            for m, arm in zip((i, j), _arms(scan, i, j, last_one=_data_end(scan, i), last_two=_data_end(scan, j)), strict=True):
                scan.give(m, f"proportion_{arm}", head=_nearest_head(scan, m))
            k += 2
            continue
        _share_alone(scan, i)
        k += 1


def _data_end(scan: Scan, i: int) -> int:
    """The last of the numbers that only spell a percentage out: ``48.6% (35/72)``."""
    end = i
    while end + 1 in scan.facts and scan.facts[end + 1].quantity.split("_")[0] in ("events", "n", "count") and re.fullmatch(r"\s*[\[(/;,of ]*\s*(?:of\s*)?", scan.gap(end)):
        end += 1
    return end


def _compared(scan: Scan, i: int, j: int) -> bool:
    between = re.sub(r"\bvs\.", "vs ", scan.gap(i, j))
    if len(between) > 110 or re.search(r"[.;](?!\d)(?!\s*\d)", between) or any(scan.facts[m].quantity in ("estimate", "ci_high", "p") for m in range(i, j) if m in scan.facts):
        return False
    rest = scan.after(j, 70)
    if _VERSUS.search(between) and not re.search(r"\b(?:more|less|higher|lower)\b", between):
        return True
    grouped = bool(_CONTROL.search(between) or _CONTROL.search(rest)) and bool(_GROUP.search(between + rest))
    groups = r"\b(?:in|for|with|under|chez|dans)\b[^.;]*\b(?:group|arm|groupe|bras)s?\b"
    named = bool(re.search(groups, between)) and bool(re.search(groups, rest))
    return bool(_AND.search(between)) and (bool(_RESPECTIVELY.search(rest)) or grouped or named)


_FELL = re.compile(r"\b(?:by|de|d'(?:environ)?)\s*(?:about\s+|approximately\s+|environ\s+|as much as\s+|up to\s+)?$")
_CHANGED = re.compile(r"\b(?:reduc\w*|decreas\w*|lower\w*|fell|fall\w*|declin\w*|diminu\w*|rédui\w*|réduction|baiss\w*|drop\w*|cut)\b", re.IGNORECASE)
_ROSE = re.compile(r"\b(?:increas\w*|rose|rise|augment\w*|hausse|higher|raised)\b", re.IGNORECASE)


def _share_alone(scan: Scan, i: int) -> None:
    before, after = scan.free_before(i, 70), scan.free_after(i, 45)
    token = scan.lexemes[i].token
    if (token and token.text[:1] in "<>≤≥") or re.search(r"\b(?:at\s+least|more\s+than|less\s+than|over|above|below|au\s+moins|plus\s+de|moins\s+de|supérieure?\s+à)\s*$", before):
        scan.out[i] = "a threshold"
        return
    if re.match(r"\s*(?:power|puissance)\b", after) or re.search(r"\b(?:power|puissance)\b[^.;]{0,20}$", before):
        scan.out[i] = "a design quantity"
        return
    noun = re.match(r"\s*(?:(?:relative|proportional|absolute|significant)\s+)*(reduction|decrease|increase|fall|rise|réduction|diminution|augmentation|lower|higher|relative risk reduction)\b", after)
    change = noun[1] if noun else ""
    if not change and _FELL.search(before):
        found = [*_CHANGED.finditer(before), *_ROSE.finditer(before)]
        change = max(found, key=lambda m: m.start())[0] if found else ""
    if not change:
        scan.give(i, "proportion", head=None, subject=_subject(scan, i))
        return
    scale = "percent-increase" if _ROSE.search(change) else "percent-reduction"
    scan.give(i, "estimate", subject="", scale=scale)
    from metaudit.text_claims.scan import Head

    scan.heads.append(Head(i, "", ""))
    scan.facts[i].head = len(scan.heads) - 1


def _subject(scan: Scan, i: int) -> str:
    """The words after a number, as far as the next number or stop: what it is a number of."""
    words = re.split(r"[.;:(),\[\]]", scan.free_after(i, 80))[0].split()
    return " ".join(words[:9]).strip(" -")


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
    elif _RECORDED.match(after):
        scan.give(i, "count", whole, subject=_subject(scan, i))
    elif _STUDIES.match(after):
        _studies(scan, i)
    elif _PERSONS.match(after):
        _persons(scan, i)
    elif _OTHER_THINGS.match(after):
        scan.give(i, "count", whole, subject=_subject(scan, i))
    elif i - 1 in scan.facts and scan.facts[i - 1].quantity in ("n_t", "n_c") and re.match(
        rf"\s*(?:[\w-]+\s+){{0,3}}(?:received|allocated|assigned|given|randomi[sz]ed|{_CONTROL.pattern})", after, re.IGNORECASE
    ):
        scan.give(i, "n_c" if scan.facts[i - 1].quantity == "n_t" else "n_t", whole, head=_nearest_head(scan, i))


def _one_head(scan: Scan, i: int) -> int | None:
    """The result a count belongs to: the one before it, or the only one of the sentence."""
    before = scan.head_before(i)
    if before is not None:
        return before
    return scan.head_after(i) if len(scan.heads) == 1 else None


def _n_label(scan: Scan, i: int) -> None:
    before, after, whole = scan.free_before(i - 1, 45), scan.free_after(i, 30), scan.whole(i)
    like = any(f.quantity == "k" and scan.kind(m - 1) == "n" for m, f in scan.facts.items() if m < i)
    if _STUDIES.match(after) or (like and whole is not None and whole.value < 100) or (re.search(rf"\b{_STUDY}(?:\s+(?:with|of|at|in|using|on|from|avec|de|à|sur)\b[^,;.()\d]{{0,40}})?\s*[\[(]?\s*$", before, re.IGNORECASE) and not re.search(r"\d\s*$", before) and not scan.is_number(i - 2) and not _words_before(scan, i)):
        scan.give(i, "k", whole, head=_one_head(scan, i))
    elif _RECORDED.match(after) or re.search(rf"\b{_RECORDS}\s*[\[(]?\s*$", before, re.IGNORECASE):
        scan.give(i, "count", whole, subject=before.strip(" (["))
    elif _CONTROL.search(before[-30:]) and re.search(r"[\[(]\s*$", before):
        scan.give(i, "n_c", whole, head=_nearest_head(scan, i))
    elif re.search(r"\b(?:group|arm|groupe|bras|received?|treated|traité\w*)\b[^,;.]{0,12}[\[(]\s*$", before) or (_CONTROL.search(scan.free_after(i, 60)) and re.search(r"[\[(]\s*$", before) and re.search(r"\bn\s*=", scan.after(i, 80))):
        scan.give(i, "n_t", whole, head=_nearest_head(scan, i))
    else:
        scan.give(i, "n", whole, head=_one_head(scan, i))


def _words_before(scan: Scan, i: int) -> bool:
    """Whether the studies before ``(n = 1,234)`` are counted in words or digits already, so that n counts people."""
    from metaudit.explain.text_numbers import WORDS

    text = scan.before(i - 1, 70).lower()
    return bool(re.search(rf"(?:\d|\b(?:{'|'.join(WORDS)})\b)[^.;]{{0,45}}$", text))


def _studies(scan: Scan, i: int) -> None:
    near = re.split(r"[,;(]", scan.free_before(i, 40))[-1] + " " + scan.free_after(i, 60)
    head, review = _one_head(scan, i), _INCLUDED.search(near)
    if (re.search(r"\byielded\b[^.;]*$", scan.free_before(i, 40)) and head is None) or (_SCREENED.search(near) and not re.search(r"\b(?:includ|inclu|met)\w*", near)) or (_SOME_OF.search(near) and not review and head is None):
        scan.give(i, "count", scan.whole(i), subject=_subject(scan, i))
    else:
        scan.give(i, "k", scan.whole(i), head=head, subject="" if head is not None else _subject(scan, i))


def _persons(scan: Scan, i: int) -> None:
    after, before = scan.free_after(i, 80), scan.free_before(i, 35)
    clause = re.split(r"[.;]", after)[0]
    whole, grouped = scan.whole(i), bool(_GROUP.search(clause))
    tail = scan.after(i, 120)
    two_arms = bool(re.search(r"\b(?:and|et|versus|vs)\b", tail)) and bool(_CONTROL.search(tail)) and len(re.findall(r"\d+", tail)) >= 1
    if grouped and _CONTROL.search(clause) and not _VERSUS.search(clause[: _CONTROL.search(clause).start()]) and not _is_all(clause):  # type: ignore[union-attr]
        scan.give(i, "n_c", whole, head=_nearest_head(scan, i))
    elif re.search(r"\b(?:groups?|arms?|groupes?|bras)\b", clause[:45]) or (re.search(r"\b(?:received|allocated|assigned|reçu\w*|given)\b", clause[:45]) and two_arms):
        scan.give(i, "n_t", whole, head=_nearest_head(scan, i))
    elif re.search(r"\b(?:including|dont|among\s+them)\b[^.;]{0,20}$", before) and any(f.quantity == "n" for k, f in scan.facts.items() if k < i):
        scan.give(i, "count", whole, subject=_subject(scan, i))
    else:
        head = _one_head(scan, i)
        scan.give(i, "n", whole, head=head, subject="" if head is not None else _subject(scan, i))


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
        studies, persons, records = (p.match(after) for p in (_STUDIES, _PERSONS, _RECORDED))
        if not (studies or persons or records) or (token.readings[0].value < 2 and not studies):
            continue
        digits = Token(token.line, token.column, token.text, (parse_printed(f"{token.readings[0].value:.0f}"),), around=token.around, in_words=True)
        scan.lexemes.append(Lexeme("number", word.start, word.end, digits))
        i = len(scan.lexemes) - 1
        head = next((h for h, x in enumerate(scan.heads)), None) if len(scan.heads) == 1 else None
        near = scan.text[max(word.start - 40, 0) : word.start] + " " + after
        subject = " ".join(re.split(r"[.;:(),]", after)[0].split()[:9])
        if records:
            scan.give(i, "count", subject=subject)
        elif studies:
            some = (_SCREENED.search(near) and not re.search(r"\b(?:includ|inclu|met)\w*", near)) or (_SOME_OF.search(near) and not _INCLUDED.search(near) and head is None)
            scan.give(i, "count" if some else "k", head=None if some else head, subject=subject if some or head is None else "")
        else:
            scan.give(i, "n", head=head, subject=subject)
        scan.facts[i].note = "printed in words"
