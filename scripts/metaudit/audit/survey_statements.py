"""Whether an item of a survey reached consensus: the printed statement against the printed share and the threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from metaudit.audit.intervals import Filed
from metaudit.audit.survey_parts import Part, Survey, thresholds_of
from metaudit.audit.verdict import Finding
from metaudit.consensus.threshold import Threshold, reached
from metaudit.formats.survey_subject import CONSENSUS

CHECK = "consensus against threshold"


def check_statements(survey: Survey) -> Iterator[Filed]:
    """Every ``consensus`` and ``no consensus`` against the share of the panel and the threshold printed beside it."""
    for part in survey.statements():
        yield part.id, _judged(part, survey)


def _judged(part: Part, survey: Survey) -> Finding:
    shares = shares_of_item(part, survey)
    cuts = survey.nearest("threshold", part.about)
    missing = [
        *(["the share of the panel that agreed"] if not shares else []), *(["the threshold of consensus"] if not cuts else []),
    ]  # fmt: skip
    if missing:
        return _open(f"Not judged. Missing: {' and '.join(missing)}.", *missing)
    if len({c.claim.printed.strip() for c in cuts}) > 1:
        named = " and ".join(c.claim.printed for c in cuts)
        return _open(f"Not judged: several thresholds are printed ({named}).", "which threshold the item is judged by")
    says = CONSENSUS[part.claim.printed.strip().lower()]
    answers = [(share, answer_of(share, cuts[0], survey)) for share in shares]
    if not all(found for _, (found, _) in answers):
        return _open(
            "Not judged: the threshold or a share is not readable as a share of a panel.", "the threshold of consensus"
        )
    yes = [words for _, (found, words) in answers if found == {"yes"}]
    if yes or all(found == {"no"} for _, (found, _) in answers):
        is_so, why = bool(yes), (yes or [words for _, (_, words) in answers])[0]
        if is_so == says:
            return Finding(CHECK, f"'{part.claim.printed}' agrees with the numbers printed beside it: {why}", "EXACT")
        message = f"'{part.claim.printed}' contradicts the numbers printed beside it: {why}"
        causes = ("the share of another round", "another threshold", "people who did not answer", "a misprint")
        return Finding(CHECK, message, "INCONSISTENT", causes=causes)
    why = next(words for _, (found, words) in answers if found != {"no"})
    return _open(
        f"Not judged: rounding, or whether the threshold has to be passed, decides. {why}",
        "the number of people who agreed",
    )


def _open(message: str, *missing: str) -> Finding:
    return Finding(CHECK, message, "NOT_CHECKABLE", causes=missing)


def shares_of_item(part: Part, survey: Survey) -> list[Part]:
    """The printed shares of the item that a statement is about, of its round or of the last one that is printed."""
    own = [p for p in survey.of("agreement") if p.about.item == part.about.item and part.about.item and p.share]
    rounds = list(dict.fromkeys(p.about.round for p in own))
    wanted = part.about.round if part.about.round in rounds else rounds[-1] if rounds and not part.about.round else None
    if wanted is None and "" in rounds:
        wanted = ""
    return [p for p in own if p.about.round == wanted]


def answer_of(share: Part, cut: Part, survey: Survey) -> tuple[set[str], str]:
    """Whether a share reaches a threshold (``yes``, ``no``, both where it is open; nothing where unreadable), and why in words."""
    found: set[str] = set()
    why = ""
    panels = [p.people for p in survey.nearest("panel", share.about) if not p.hedged]
    for by in thresholds_of(cut):
        ways = _by_panel(share, panels, by) or [_by_window(share, by)]
        found |= {answer for answer, _ in ways}
        why = why or ways[0][1]
    if "either" in found:
        found = {"yes", "no"}
    return found, why


def _by_panel(share: Part, panels: Sequence[int], by: Threshold) -> list[tuple[str, str]]:
    out = []
    for n in dict.fromkeys(panels):
        for rounding in share.roundings:
            told = reached(share.share, n, by=by, rounding=rounding)
            if told.answer != "impossible":
                out.append((told.answer, told.sentence))
                break
    return out


def _by_window(share: Part, by: Threshold) -> tuple[str, str]:
    """The share as printed, where no panel is known, or none in which it is possible."""
    window, cut = share.window(), float(by.share)
    if window.low >= cut if not by.strict else window.low > cut:
        return "yes", f"{share.claim.printed} reaches {by.text}."
    if window.high < cut or (window.high == cut and (by.strict or window.high_open)):
        return "no", f"{share.claim.printed} does not reach {by.text}."
    return "either", f"{share.claim.printed} may or may not reach {by.text}, by how it was rounded."
