"""Numbers of the two arms: events and people, shares, means with their spread; and which arm is the control's."""

from __future__ import annotations

import re

from metaudit.text_claims.nouns import AND, CONTROL, FALL, GROUP, RECORDED, RESPECTIVELY, RISE, STUDIES, VERSUS
from metaudit.text_claims.scan import Head, Lexeme, Scan, subject_of

_SPREAD = re.compile(
    r"\s*(?:±|\+/-|\+-|\((?:SD|standard\s+deviation|ET|écart[\s-]type)\s*[=:,]?|,?\s*\[?\(?SD\s*[=:,]?)\s*"
)
TOTAL_EVENTS = re.compile(r"\bTotal\s+events\s*:?", re.IGNORECASE)
_RANGE = re.compile(r"\s?(?:-|to|à)\s?")
_FELL = re.compile(r"\b(?:by|de|d'(?:environ)?)\s*(?:about\s+|approximately\s+|environ\s+|as much as\s+|up to\s+)?$")


def find_arms(scan: Scan) -> None:
    """Mark events, people, means, spreads and shares of arms that are compared."""
    _total_events(scan)
    _fractions(scan)
    _means(scan)
    _shares(scan)
    _bare_means(scan)


def nearest_head(scan: Scan, i: int) -> int | None:
    """The result that data stand beside: the next one of the sentence, or else the last one before."""
    after = scan.head_after(i)
    return after if after is not None else scan.head_before(i)


def is_control(scan: Scan, i: int, last: int | None = None) -> bool:
    """Whether the words beside a number speak of the control group: those after it first, up to the next number."""
    following = scan.free_after(last if last is not None else i)
    stop = re.search(r"[.;]|\b(?:vs|versus|compared|contre)\b|,\s*(?:and|against)\b", following)
    return bool(CONTROL.search(following[: stop.start()] if stop else following))


def arms_of(
    scan: Scan, one: int, two: int, *, last_one: int | None = None, last_two: int | None = None
) -> tuple[str, str]:
    """Suffixes of two numbers that are compared: the second is the control's unless the words say the first is."""
    before_one, between = scan.free_before(one, 40), scan.gap(last_one if last_one is not None else one, two)
    named = CONTROL.search(before_one)
    listed = re.search(rf"\b(?:and|et)\b[^.;]*{CONTROL.pattern}", before_one, re.IGNORECASE)
    alone = (
        named is not None
        and not listed
        and not re.search(r"[\[(]\s*$|\b(?:than|que|versus|vs|compared|contre|over)\b", before_one)
    )
    first = is_control(scan, one, last_one) or (alone and not CONTROL.search(between))
    second = is_control(scan, two, last_two) or bool(CONTROL.search(between))
    return ("c", "t") if first and not (second and not is_control(scan, one, last_one)) else ("t", "c")


def _total_events(scan: Scan) -> None:
    """``Total events: 61 (Experimental), 84 (Control)``: the row under a forest plot of RevMan."""
    named = TOTAL_EVENTS.search(scan.text)
    mine = [i for i in range(len(scan.lexemes)) if named and scan.free(i) and scan.lexemes[i].start >= named.end()]
    if len(mine) >= 2 and all(scan.whole(i) for i in mine[:2]):
        for i, arm in zip(mine, arms_of(scan, mine[0], mine[1]), strict=False):
            scan.give(i, f"events_{arm}", scan.whole(i), head=scan.head_before(i))


def _fractions(scan: Scan) -> None:
    """``35/72`` and ``35 of 72``: events and people of an arm, or of everyone."""
    found: list[tuple[int, int]] = []  # lexemes of events and of people
    i = 0
    while i < len(scan.lexemes):
        token = scan.lexemes[i].token
        if scan.free(i) and token and "/" in token.text and len(token.parts) == 2 and "%" not in token.text:
            begin = scan.lexemes[i].start
            parts = [
                Lexeme("number", begin + p.column - token.column, begin + p.column - token.column + len(p.text), p)
                for p in token.parts
            ]
            a, b = (p.readings[0].value for p in token.parts)
            if a <= b and b > 4 and not re.match(r"\s*(?:mg|kg|mm\s?Hg|day|point|scale)", scan.after(i)):
                _insert(scan, i, parts)
                found.append((i, i + 1))
                i += 1
        elif (
            scan.free(i)
            and scan.free(i + 1)
            and re.fullmatch(
                r"\s*(?:\([^()]{0,12}\)\s*)?(?:of|out\s+of|among|parmi|sur|des|in)(?:\s+the|\s+les)?\s*", scan.gap(i)
            )
        ):
            few, all_ = scan.whole(i), scan.whole(i + 1)
            if (
                few
                and all_
                and few.value <= all_.value
                and not STUDIES.match(scan.after(i + 1))
                and not RECORDED.match(scan.after(i + 1))
                and not re.fullmatch(r"\s*in\s*", scan.gap(i))
            ):
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
        joined = (
            following is not None
            and len(between) < 140
            and (bool(VERSUS.search(between)) or bool(AND.search(between)) or bool(re.search(r"[,;]", between)))
        )
        if following and joined and ";" not in between.replace("; ", "", 1):
            arms = arms_of(scan, pair[0], following[0], last_one=pair[1], last_two=following[1])
            for (a, b), arm in zip((pair, following), arms, strict=True):
                scan.give(a, f"{first}_{arm}", scan.whole(a) if first == "events" else None, head=nearest_head(scan, a))
                scan.give(b, f"{second}_{arm}", scan.whole(b) if second == "n" else None, head=nearest_head(scan, b))
            k += 2
            continue
        arm = "c" if is_control(scan, pair[0], pair[1]) else "t"
        for m, quantity in zip(pair, (first, second), strict=True):
            if quantity in ("events", "n"):
                scan.give(
                    m,
                    "count" if quantity == "events" else "n",
                    scan.whole(m),
                    head=scan.head_before(m),
                    subject=subject_of(scan, pair[1]),
                )
            else:
                scan.give(m, f"{quantity}_{arm}", head=nearest_head(scan, m), subject=subject_of(scan, pair[1]))
        k += 1


def _means(scan: Scan) -> None:
    found = []
    for i in range(len(scan.lexemes) - 1):
        if (
            scan.free(i)
            and scan.free(i + 1)
            and _SPREAD.fullmatch(scan.gap(i))
            and not re.search(
                r"\b(?:aged?|âge\w*|BMI|IMC|follow-?up|duration|durée|suivi)\b[^.;]{0,45}$",
                scan.before(i),
                re.IGNORECASE,
            )
        ):
            found.append((i, i + 1))
    _give_arms(scan, [f for f in found if scan.free(f[0])], "mean", "sd")


def _bare_means(scan: Scan) -> None:
    """``2.7 vs 5.5``: two numbers with decimals that are compared, and no word that says what they are."""
    for i in range(len(scan.lexemes) - 1):
        if not (
            scan.free(i)
            and scan.free(i + 1)
            and re.fullmatch(r"[^\d.;()]{0,25}\b(?:vs\.?|versus|contre)\b[^\d;()]{0,12}", scan.gap(i))
        ):
            continue
        if all(
            r.decimals > 0 and not r.percent and r.relation == "=" for m in (i, i + 1) for r in scan.readings(m)[:1]
        ):
            median = re.search(r"\bm[eé]dian", scan.before(i), re.IGNORECASE)
            for m, arm in zip((i, i + 1), arms_of(scan, i, i + 1), strict=True):
                note = "whether these are means the text does not say beside them"
                quantity, subject = (
                    (f"mean_{arm}", "")
                    if not median
                    else ("value", f"median, {'treatment' if arm == 't' else 'control'}")
                )
                scan.give(m, quantity, head=nearest_head(scan, m), note="" if median else note, subject=subject)


def _shares(scan: Scan) -> None:
    """Percentages: two that are compared are those of the arms, one alone is a proportion or a change."""
    percents = [
        i
        for i in range(len(scan.lexemes))
        if scan.free(i) and any(r.percent for r in scan.readings(i)) and scan.kind(i - 1) != "i2"
    ]
    k = 0
    while k < len(percents):
        i = percents[k]
        j = percents[k + 1] if k + 1 < len(percents) else None
        if j is not None and _compared(scan, i, j):
            for m, arm in zip(
                (i, j), arms_of(scan, i, j, last_one=_data_end(scan, i), last_two=_data_end(scan, j)), strict=True
            ):
                scan.give(m, f"proportion_{arm}", head=nearest_head(scan, m))
            k += 2
            continue
        _share_alone(scan, i)
        k += 1


def _data_end(scan: Scan, i: int) -> int:
    """The last of the numbers that only spell a percentage out: ``48.6% (35/72)``."""
    end = i
    while (
        end + 1 in scan.facts
        and scan.facts[end + 1].quantity.split("_")[0] in ("events", "n", "count")
        and re.fullmatch(r"\s*[\[(/;,of ]*\s*(?:of\s*)?", scan.gap(end))
    ):
        end += 1
    return end


def _compared(scan: Scan, i: int, j: int) -> bool:
    between = re.sub(r"\bvs\.", "vs ", scan.gap(i, j))
    if (
        len(between) > 110
        or re.search(r"[.;](?!\d)(?!\s*\d)", between)
        or any(scan.facts[m].quantity in ("estimate", "ci_high", "p") for m in range(i, j) if m in scan.facts)
    ):
        return False
    rest = scan.after(j, 70)
    if VERSUS.search(between) and not re.search(r"\b(?:more|less|higher|lower)\b", between):
        return True
    grouped = bool(CONTROL.search(between) or CONTROL.search(rest)) and bool(GROUP.search(between + rest))
    groups = r"\b(?:in|for|with|under|chez|dans)\b[^.;]*\b(?:group|arm|groupe|bras)s?\b"
    named = bool(re.search(groups, between)) and bool(re.search(groups, rest))
    return bool(AND.search(between)) and (bool(RESPECTIVELY.search(rest)) or grouped or named)


def _share_alone(scan: Scan, i: int) -> None:
    before, after = scan.free_before(i, 70), scan.free_after(i, 45)
    token = scan.lexemes[i].token
    if (token and token.text[:1] in "<>≤≥") or re.search(
        r"\b(?:at\s+least|more\s+than|less\s+than|over|above|below|au\s+moins|plus\s+de|moins\s+de|supérieure?\s+à)\s*$",
        before,
    ):
        scan.out[i] = "a threshold"
        return
    if re.match(r"\s*(?:power|puissance)\b", after) or re.search(r"\b(?:power|puissance)\b[^.;]{0,20}$", before):
        scan.out[i] = "a design quantity"
        return
    noun = re.match(
        r"\s*(?:(?:relative|proportional|absolute|significant)\s+)*("
        r"reduction|decrease|increase|fall|rise|réduction|diminution|augmentation|lower|higher|relative risk reduction)\b",
        after,
    )
    change = noun[1] if noun else ""
    if not change and _FELL.search(before):
        found = [*FALL.finditer(before), *RISE.finditer(before)]
        change = max(found, key=lambda m: m.start())[0] if found else ""
    if not change:
        scan.give(i, "proportion", head=None, subject=subject_of(scan, i))
        if scan.free(i - 1) and _RANGE.fullmatch(scan.gap(i - 1)):  # 30-40%: the sign stands behind the second
            scan.give(i - 1, "proportion", subject=subject_of(scan, i), scale="percent", note="the first of a range")
        return
    scale = "percent-increase" if RISE.search(change) else "percent-reduction"
    if _with_interval(scan, i, scale):
        scan.out[i] = "printed again beside its interval"
        return
    scan.give(i, "estimate", subject="", scale=scale)
    scan.heads.append(Head(i, "", ""))
    scan.facts[i].head = len(scan.heads) - 1


def _with_interval(scan: Scan, i: int, scale: str) -> bool:
    """Whether the sentence prints this change once more, with its interval: ``a 30% reduction (RRR 30%, 95% CI 12 to 44)``."""
    values = {r.value for r in scan.readings(i)}
    return any(
        h.low is not None
        and h.lexeme in scan.facts
        and scan.facts[h.lexeme].scale == scale
        and scan.facts[h.lexeme].reading.value in values
        for h in scan.heads
    )
