"""Judgements of the risk of bias as RevMan keeps them: by domain and study."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from metaudit.drafts.draft import Notice
from metaudit.drafts.write import id_of
from metaudit.formats.columns import BIAS_PREFIX, JUDGEMENTS

# RevMan 5 keeps the answers to its questions: yes is a low risk (Cochrane Handbook 5.1, section 8.5.2).
_WORDS = {"yes": "low", "no": "high", "unknown": "unclear"}
_NONE = {"", "not applicable", "n/a", "na", "not assessed"}


def judgement(text: str) -> str:
    """One of the words that ``rob_`` columns hold; empty for any other."""
    plain = re.sub(r"\s+", " ", text.lower()).strip(" .")
    plain = re.sub(r"[ -]risk(?: of bias)?$| concern(?:s)? about bias$", "", plain)
    plain = _WORDS.get(plain, plain)
    return plain if plain in JUDGEMENTS else ""


def bias_of(judged: Iterable[tuple[str, str, str]], shown: str) -> tuple[Mapping[str, Mapping[str, str]], list[Notice]]:
    """The judgements of each study, and a notice of those that could not be carried over.

    Parameters
    ----------
    judged : study, domain and RevMan's word
    shown : the file as messages name it

    Returns
    -------
    Label of the study -> column of extraction.csv -> judgement. A domain that was judged differently for several results
    of one study is left out for it.
    """
    found: dict[tuple[str, str], set[str]] = {}
    unknown: Counter[str] = Counter()
    for study, domain, word in judged:
        known = judgement(word)
        if known:
            found.setdefault((study, column_of(domain)), set()).add(known)
        elif word.strip().lower() not in _NONE:
            unknown[word.strip()[:40]] += 1
    out: dict[str, dict[str, str]] = {}
    several = sorted(f"{study} ({column})" for (study, column), words in found.items() if len(words) > 1)
    for (study, column), words in found.items():
        if len(words) == 1:
            out.setdefault(study, {})[column] = next(iter(words))
    notices = []
    if several:
        message = f"risk of bias judged differently for several results of one study, and left out: {', '.join(several[:10])}."
        notices.append(Notice("dropped", shown, message))
    if unknown:
        message = (
            f"judgements of bias that are not known: {', '.join(f'{w!r} ({n})' for w, n in sorted(unknown.items()))}."
        )
        notices.append(Notice("dropped", shown, message, f"Judgements are {', '.join(JUDGEMENTS)}."))
    return out, notices


def column_of(domain: str) -> str:
    """The column of a domain: ``rob_allocation_concealment``."""
    short = re.sub(
        r"\((?:selection|performance|detection|attrition|reporting|other) bias\)", "", domain, flags=re.IGNORECASE
    )
    name = (id_of(short) or "domain").replace("-", "_")
    return f"{BIAS_PREFIX}{name[:50].rstrip('_')}"
