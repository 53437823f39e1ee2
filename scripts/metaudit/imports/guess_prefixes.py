"""Headings that name an outcome and an arm: ``Pain at 24h Ketamine Mean`` beside ``Pain at 24h Placebo Mean``."""

from __future__ import annotations

from collections.abc import Mapping

from metaudit.errors import InputError, Problem
from metaudit.imports.grid_table import Table
from metaudit.imports.guess_cells import MAIN
from metaudit.imports.guess_names import names
from metaudit.imports.mapping import Mapping as TableMapping

_LONGEST_ARM = 3  # words of an arm's name
Statistics = Mapping[str, set[str]]


def beside_known_arm(free: Statistics, known: Statistics) -> dict[str, str]:
    """Words that hold no known arm -> the outcome in them, where each outcome of the known arm has one counterpart.

    Parameters
    ----------
    free : words without a known arm -> the statistics under them (``pain 24h ketamine``)
    known : words beside the name of the known arm -> its statistics (``pain 24h``)
    """
    outcomes = [rest for rest, found in known.items() if rest and found & MAIN]
    if not outcomes or any(not rest and found & MAIN for rest, found in known.items()):
        return {}
    pairs: dict[str, str] = {}
    for outcome in outcomes:
        alike = [
            words
            for words, found in free.items()
            if found == known[outcome]
            and (words.startswith(outcome + " ") or words.endswith(" " + outcome))
            # "chronic pain" is an outcome of its own beside "pain"
            and not any(len(o) > len(outcome) and f" {o} " in f" {words} " for o in outcomes)
        ]
        if len(alike) != 1:
            return {}
        pairs[alike[0]] = outcome
    return pairs if len(pairs) == len(outcomes) else {}


def two_new_arms(free: Statistics) -> dict[str, tuple[str, str]]:
    """Words -> the arm (``t``, ``c``) and the outcome in them, where two names stand beside the same two or more outcomes."""
    found = [
        pairs for last in (True, False) for size in range(1, _LONGEST_ARM + 1) if (pairs := _split(free, size, last))
    ]
    told = [p for p in found if any(is_control(name) for _, name, _ in p)]
    best = (told or found)[:1]
    if not best:
        return {}
    first, second = dict.fromkeys(name for _, name, _ in best[0])
    lesser = is_control(first) and not is_control(second)
    control = first if lesser or is_lower(first, than=second) else second
    return {words: ("c" if name == control else "t", outcome) for words, name, outcome in best[0]}


def _split(free: Statistics, size: int, last: bool) -> list[tuple[str, str, str]]:
    """Words, the name of the arm and the outcome in them; nothing unless two names share all their outcomes."""
    out = []
    for words in free:
        parts = words.split()
        if len(parts) <= size:
            return []
        name, outcome = (parts[-size:], parts[:-size]) if last else (parts[:size], parts[size:])
        out.append((words, " ".join(name), " ".join(outcome)))
    arms = list(dict.fromkeys(name for _, name, _ in out))
    under = [{outcome: free[words] for words, name, outcome in out if name == arm} for arm in arms]
    return out if len(arms) == 2 and under[0] == under[1] and len(under[0]) > 1 else []


def is_control(name: str) -> bool:
    """Whether the name of an arm says that it is a control."""
    return any(f" {n} " in f" {name} " for n in names().control_arms if len(n) > 1)


def is_lower(name: str, *, than: str) -> bool:
    """Whether two names differ by low and high only: ``low dose`` is the lower beside ``high dose``."""
    book = names()

    def levels(text: str) -> list[str]:
        return [book.statistics[w] if w in book.levels else w for w in text.split()]

    mine, other = levels(name), levels(than)
    return mine != other and mine == ["ci_low" if w == "ci_high" else w for w in other] and "ci_high" in other


def check_whole_arms(mapping: TableMapping, table: Table) -> None:
    """Refuse data of one group beside data of one arm: the group is the other arm, or another outcome, and nobody can tell.

    Raises
    ------
    InputError
        with the columns, and what to write in mapping.yaml.
    """
    armed = {side: [c.name for c in mapping.columns if _main(c.roles, side)] for side in ("_t", "_c")}
    single = [c.name for c in mapping.columns if MAIN & set(c.roles)]
    if mapping.layout != "wide" or not single or bool(armed["_t"]) == bool(armed["_c"]):
        return
    have, lack = ("_t", "_c") if armed["_t"] else ("_c", "_t")
    arms = {"_t": "treatment", "_c": "control"}
    message = (
        f"{_quoted(armed[have])} was read as the {arms[have]} group and {_quoted(single)} as a single group: "
        f"which columns are the {arms[lack]} group is not clear."
    )
    fix = (
        f"Say it in mapping.yaml (metaudit import {table.shown} --dry-run > mapping.yaml), then import with --mapping mapping.yaml: "
        f"mean{lack}, sd{lack}, n{lack} or events{lack}, n{lack} for the {arms[lack]} group; {{as: mean{lack}, outcome: pain}} where "
        "several outcomes stand side by side; {drop: why} for what is not compared."
    )
    raise InputError([Problem(table.shown, table.header[-1], single[0], "one-arm", message, fix)])


def _main(roles: tuple[str, ...], side: str) -> bool:
    return any(r.endswith(side) and r[:-2] in MAIN for r in roles)


def _quoted(columns: list[str]) -> str:
    return ", ".join(repr(c) for c in columns[:4]) + (" ..." if len(columns) > 4 else "")
