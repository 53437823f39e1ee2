"""Headings that name an effect, its limits, its standard error or its variance."""

from __future__ import annotations

import re
from collections.abc import Sequence

from metaudit.imports.guess_arms import Candidate
from metaudit.imports.guess_names import heading, names, plain


def spread_candidate(name: str) -> Candidate | None:
    """A standard error or variance of an effect: ``sei``, ``SE log OR``, ``varLOR``."""
    book = names()
    for key in dict.fromkeys((plain(name), plain(name, camel=True))):
        if key in book.standard_errors:
            return Candidate(name, ("se",), "", "", 0.9 if len(key) > 2 else 0.7, "a standard error")
        if key in book.variances:
            return Candidate(name, ("variance",), "", "", 0.9 if len(key) > 3 else 0.7, "a variance")
        found = re.fullmatch(r"(?:(se|s e|std err|std error|standard error)|(variance|var|v))(?: of)? ?(.+)", key)
        if found and found[3] in book.effects and (len(found[3]) > 1 or found[3] in ("d", "g")):
            return Candidate(
                name,
                ("se",) if found[1] else ("variance",),
                "",
                "",
                0.85,
                "a standard error" if found[1] else "a variance",
            )
    return None


_SIDES = {"l": "ci_low", "u": "ci_high"}


def limit_candidate(name: str, columns: Sequence[str]) -> Candidate | None:
    """A limit that is told by what stands beside it: ``or_l`` and ``or_u``, ``orlow`` and ``orhigh``, ``L`` and ``U`` beside ``OR``.

    Parameters
    ----------
    name : the heading
    columns : every heading of the table; without the other limit, or without an effect, the heading says nothing
    """
    mine = _stem_and_side(plain(name))
    others = [plain(c) for c in columns if c != name]
    effects = {key for key in others if key in names().effects and len(key) > 1}
    if mine is None or not effects or (mine[0] and mine[0] not in effects):
        return None
    beside = [found for key in others if (found := _stem_and_side(key)) is not None]
    other = "ci_high" if mine[1] == "ci_low" else "ci_low"
    if (mine[0], other) not in beside:
        return None
    log = "log_" if mine[0] and names().effects[mine[0]].log else ""
    return Candidate(name, (f"{log}{mine[1]}",), "", "", 0.8, "a limit, with the other one beside it")


def _stem_and_side(key: str) -> tuple[str, str] | None:
    """The effect before a limit, empty where none is named, and which limit it is."""
    book = names()
    for size in range(len(key)):
        stem, end = key[:size].strip(), key[size:].strip()
        side = _SIDES.get(end) or (book.statistics.get(end, "") if stem else "")
        if side in ("ci_low", "ci_high") and (not stem or (stem in book.effects and len(stem) > 1)):
            return stem, side
    return None


def effect_candidate(name: str) -> Candidate | None:
    """A heading that names an effect, alone or with its interval: ``OR``, ``Odds Ratio M-H, Random, 95% CI``, ``logOR``."""
    book, key = names(), plain(name)
    found, words = book.effects.get(key), ""
    if found is None:
        spans = [n for n in book.effects if len(n) > 1 and re.search(rf"\b{re.escape(n)}\b", key)]
        words = max(spans, key=len, default="")
        if not words or heading(name).arm:
            return None
        found = book.effects[words]
    rest = " ".join(re.sub(rf"\b{re.escape(words)}\b", " ", key).split()) if words else ""
    other = heading(rest).statistics if rest else ()
    left = (
        [
            w
            for w in heading(rest).rest.split()
            if w not in ("iv", "mh", "inverse", "variance", "mantel", "haenszel", "or", "rr", "adjusted", "m")
        ]
        if rest
        else []
    )
    if left and not other:
        return None
    log = "log_" if found.log else ""
    side = [s for s in other if s in ("ci_low", "ci_high")]
    if "se" in other:
        roles: tuple[str, ...] = ("se",)
    elif "var" in other:
        roles = ("variance",)
    elif len(side) == 1 and "ci" not in other:
        roles = (f"{log}{side[0]}",)
    elif "p" in other or "events" in other or "n" in other:
        roles = ("p",) if "p" in other else ()
    elif "ci" in other or len(side) == 2:
        roles = (f"{log}effect", f"{log}ci_low", f"{log}ci_high")
    elif other and set(other) - {"mean"}:
        return None
    else:
        roles = (f"{log}effect",)
    if not roles:
        return None
    what = f"an effect ({found.of})" if found.of else "an effect"
    return Candidate(name, roles, "", "", 0.9 if not words else 0.85, what, effect=found)
