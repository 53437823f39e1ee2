"""Judgements of the risk of bias for RevMan's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metaudit.exports.content import Content
from metaudit.exports.revman_outcome import Outcome
from metaudit.formats.columns import BIAS_PREFIX

# RevMan 5 keeps answers to questions: yes is a low risk of bias (Cochrane Handbook 5.1, section 8.5.2).
ANSWERS: Mapping[str, str] = {"low": "YES", "high": "NO", "unclear": "UNKNOWN"}

Judged = dict[str, dict[str, str]]


def judgements(outcomes: Sequence[Outcome]) -> Judged:
    """Domain -> study -> judgement, in the order in which they come up; the first of a study that has several."""
    found: Judged = {}
    for line in (line for o in outcomes for line in o.lines):
        for column, word in line.row.row.cells.items():
            if column.startswith(BIAS_PREFIX):
                name = column.removeprefix(BIAS_PREFIX).replace("_", " ").capitalize()
                found.setdefault(name, {}).setdefault(line.label, word.lower())
    return found


def answers(judged: Judged, content: Content) -> Judged:
    """The same as RevMan 5's answers; a judgement that is none of its three is left out, with a notice."""
    for domain, words in judged.items():
        others = sorted({w for w in words.values() if w not in ANSWERS})
        if others:
            message = f"{domain}: RevMan 5 knows low, high and unclear; left out: {', '.join(others)}."
            content.tell("dropped", "extraction.csv", message)
    return {d: {s: ANSWERS[w] for s, w in words.items() if w in ANSWERS} for d, words in judged.items()}
