"""Put one error into some analyses, and write down what was true: the answer key of a made-up corpus.

Three sorts. An error of the *table*: what was pooled is right, what the table says is not (``metaudit.inject`` puts it in, kinds
by its names; a left-out and a doubled study are made here, because a corpus's tables have no list of excluded studies). An
error of *print*: one printed number has a wrong or two exchanged digits, lost its sign, or changed places with another. An
error of *method*: every number comes from another method than is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import corpus_marginals as m
from corpus_drawing import Cells, Drawn, again, otherwise, with_printed

from metaudit.formats.review import Analysis, Review
from metaudit.inject.injection import OF_CELLS, inject
from metaudit.inject.rows import made_row
from metaudit.inject.subjects import Subject
from metaudit.specs import Spec

if TYPE_CHECKING:
    import numpy as np
    from corpus_pooling import Method

DROPPED, DOUBLED = "row-dropped", "row-doubled"
# Of the library's kinds, those that the columns of a made-up corpus allow.
TABLE = ("arms-swapped", "sign-flipped", "sd-is-se", "sd-is-se-all", "non-events", "wrong-n", "digit", "digits-exchanged",
         "decimal-point", DROPPED, DOUBLED)  # fmt: skip
PRINT = ("printed-digit", "printed-digits-exchanged", "printed-sign", "printed-exchanged")
METHOD = ("other-measure", "other-model")
KINDS = (*TABLE, *PRINT, *METHOD)
_MEASURES = {"RR": "OR", "OR": "RR", "MD": "SMD", "SMD": "MD"}


@dataclass(frozen=True)
class Answer:
    """What was done to an analysis.

    Attributes
    ----------
    kind : one of ``KINDS``; empty: nothing
    claim : the quantity whose print is wrong; empty where the error is not one of print
    place : study and column of the table that are wrong; empty likewise
    true, written : what should stand there, and what stands there
    moved : quantities whose printed number no longer is what the stated method gives from the table as it is
    """

    kind: str = ""
    claim: str = ""
    place: str = ""
    true: str = ""
    written: str = ""
    moved: tuple[str, ...] = ()


def broken(drawn: Drawn, rng: np.random.Generator) -> tuple[Drawn, Answer]:
    """The analysis with one error in twenty cases, and what was done; kinds are tried in a random order until one fits."""
    if rng.random() >= m.BROKEN.values[0]:
        return drawn, Answer()
    for kind in rng.permutation(KINDS):
        found = _broken(drawn, str(kind), rng)
        if found is not None:
            return found
    return drawn, Answer()


def _broken(drawn: Drawn, kind: str, rng: np.random.Generator) -> tuple[Drawn, Answer] | None:
    if kind in TABLE:
        return _of_table(drawn, kind, rng)
    if kind in METHOD:
        return _of_method(drawn, kind)
    return _of_print(drawn, kind, rng)


# Errors of the table ------------------------------------------------------------------------------------------------


def _of_table(drawn: Drawn, kind: str, rng: np.random.Generator) -> tuple[Drawn, Answer] | None:
    if kind == DROPPED:
        if len(drawn.rows) < 3:
            return None
        i = int(rng.integers(len(drawn.rows)))
        rows, place = drawn.rows[:i] + drawn.rows[i + 1 :], drawn.rows[i]["study"]
        true, written = place, ""
    elif kind == DOUBLED:
        i = int(rng.integers(len(drawn.rows)))
        twin = {c: t for c, t in drawn.rows[i].items() if not c.startswith("printed_")}
        twin["study"] = f"{twin['study']} (second report)"
        rows, place = (*drawn.rows, twin), twin["study"]
        true, written = "", place
    else:
        found = _injected(drawn, kind, int(rng.integers(2**31)))
        if found is None:
            return None
        rows, place, true, written = found
    return replace(drawn, rows=rows), Answer(kind, "", place, true, written, _moved(drawn, rows))


def _injected(drawn: Drawn, kind: str, seed: int) -> tuple[tuple[Cells, ...], str, str, str] | None:
    assert kind in OF_CELLS
    rows = tuple(made_row(i + 2, cells) for i, cells in enumerate(drawn.rows))
    analysis = Analysis("main", "Made up", {}, measures=(drawn.method.measure,))
    review = Review(Path(drawn.review), drawn.review, "Made up", "meta-analysis", {}, {"main": analysis}, rows, (), {})
    subject = Subject(review, "main", {"": Spec(drawn.method.measure)}, "")
    injected = inject(subject, kind=kind, seed=seed)
    if injected is None:
        return None
    changed = tuple({**row.cells} for row in injected.review.rows)
    places, true, written = [], [], []
    for old, new in zip(drawn.rows, changed, strict=True):
        for column in [c for c in {**old, **new} if old.get(c, "") != new.get(c, "")]:
            places.append(f"{old['study']}: {column}")
            true.append(old.get(column, ""))
            written.append(new.get(column, ""))
    return changed, "; ".join(places), "; ".join(true), "; ".join(written)


def _moved(drawn: Drawn, rows: tuple[Cells, ...]) -> tuple[str, ...]:
    """Quantities that come out as another text, all of them where nothing can be pooled any more."""
    try:
        found = again(drawn, rows)
    except ValueError:
        return tuple(drawn.printed)
    return tuple(q for q, text in drawn.printed.items() if found.get(q) != text)


# Errors of method ---------------------------------------------------------------------------------------------------


def _of_method(drawn: Drawn, kind: str) -> tuple[Drawn, Answer] | None:
    """The numbers of another method are printed; only where the review says which one it used."""
    done = drawn.method
    if kind == "other-measure":
        if not drawn.measure or done.measure not in _MEASURES or done.model == "peto" or drawn.style.rows:
            return None
        other = replace(done, measure=_MEASURES[done.measure])
    else:
        if not drawn.stated or done.model == "peto" or drawn.style.rows:
            return None
        other = _other_model(done)
    try:
        printed = otherwise(drawn, other)
    except ValueError:
        return None
    shown = {q: t for q, t in printed.items() if q in drawn.printed}
    moved = tuple(q for q, text in shown.items() if drawn.printed[q] != text)
    if not moved:
        return None
    true, written = (f"{x.measure} {x.model} {x.tau2}".strip() for x in (done, other))
    return with_printed(drawn, shown), Answer(kind, "", "", true, written, moved)


def _other_model(done: Method) -> Method:
    if done.model == "random":
        return replace(done, model="common", tau2="", ci="wald")
    return replace(done, model="random", tau2="DL")


# Errors of print ----------------------------------------------------------------------------------------------------


def _of_print(drawn: Drawn, kind: str, rng: np.random.Generator) -> tuple[Drawn, Answer] | None:
    if kind == "printed-exchanged":
        pairs = [("estimate", "ci_low"), ("estimate", "ci_high")]
        a, b = pairs[int(rng.integers(2))]
        if drawn.printed[a] == drawn.printed[b]:
            return None
        printed = {**drawn.printed, a: drawn.printed[b], b: drawn.printed[a]}
        answer = Answer(kind, f"{a}; {b}", "", "; ".join(drawn.printed[q] for q in (a, b)),
                        "; ".join(printed[q] for q in (a, b)), (a, b))  # fmt: skip
        return with_printed(drawn, printed), answer
    for quantity in rng.permutation([q for q in drawn.printed if q != "k"]):
        text = drawn.printed[quantity]
        written = _PRINTED[kind](text, rng)
        if written is not None and written != text and _possible(str(quantity), written):
            printed = {**drawn.printed, str(quantity): written}
            return with_printed(drawn, printed), Answer(kind, str(quantity), "", text, written, (str(quantity),))
    return None


def _possible(quantity: str, text: str) -> bool:
    """Whether a reader of tables would take it: no percentage above 100, no P above 1."""
    number = float(text.strip("<>%"))
    return number <= {"i2": 100.0, "p": 1.0, "q_p": 1.0}.get(quantity, float("inf"))


def _digit(text: str, rng: np.random.Generator) -> str | None:
    places = [i for i, c in enumerate(text) if c.isdigit()]
    if "<" in text or ">" in text:
        return None
    i = places[int(rng.integers(len(places)))]
    other = str((int(text[i]) + int(rng.integers(1, 10))) % 10)
    return f"{text[:i]}{other}{text[i + 1 :]}"


def _exchanged(text: str, rng: np.random.Generator) -> str | None:
    pairs = [i for i in range(len(text) - 1) if text[i : i + 2].isdigit() and text[i] != text[i + 1]]
    if not pairs or "<" in text or ">" in text:
        return None
    i = pairs[int(rng.integers(len(pairs)))]
    return f"{text[:i]}{text[i + 1]}{text[i]}{text[i + 2 :]}"


def _sign(text: str, _: np.random.Generator) -> str | None:
    return text.removeprefix("-") if text.startswith("-") else None


_PRINTED: Mapping[str, Callable[[str, np.random.Generator], str | None]] = {
    "printed-digit": _digit, "printed-digits-exchanged": _exchanged, "printed-sign": _sign,
}  # fmt: skip
