"""The analytic choices behind a network: those that agree with what its authors state, and departures in named steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from metaudit.audit.own_value import Unanswerable
from metaudit.effects.convert import convert
from metaudit.effects.ready_made import ready_made_measures
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.formats.review import Claim
from metaudit.formats.tables import Row
from metaudit.network.choices import ZERO_CELLS, NetworkSpec
from metaudit.network.fit import INTERVALS, PREDICTION, TAU2
from metaudit.network.result import usual_measures
from metaudit.network.splitting import WAYS

# The conventional one first (as `network.result.conventional_choices`).
ESTIMATORS = ("REML", "DL", "ML", "PM")
_STEPS = 2
_MOST = 300  # specifications that depart from the stated method
_SPLIT = ("direct", "indirect", "difference", "proportion_direct")
_LIMITS = ("ci_low", "ci_high", "pi_low", "pi_high", "i2_low", "i2_high")


@dataclass(frozen=True)
class Option:
    """One value of one choice: how it is called in a sentence, and what it sets in a specification."""

    words: str
    sets: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Dimension:
    """One analytic choice: the options that agree with what is stated, and those that do not."""

    name: str
    agree: tuple[Option, ...]
    depart: tuple[Option, ...] = ()


@dataclass(frozen=True)
class Choice:
    """One specification with the open choices it makes and its departures from what is stated, in words.

    ``shown`` stands for a specification in verdicts whose own string would list all arms that are left out; empty for its own.
    """

    spec: NetworkSpec
    choices: Mapping[str, str]
    departures: tuple[str, ...] = ()
    shown: str = ""


def dimensions(
    method: Mapping[str, Any], measures: Sequence[str], rows: Sequence[Row], claims: Collection[Claim], *, level: float
) -> tuple[Dimension, ...]:
    """Every choice that can matter for some claims.

    Parameters
    ----------
    method : as stated, a claim's override on top; a key that is missing is open
    measures : as stated; empty where none is
    rows : of the network
    claims : those to be judged
    level : confidence level where none is stated

    Raises
    ------
    Unanswerable
        where a stated choice is none that networks are pooled by.
    """
    asked = {c.quantity for c in claims}
    converted = [convert(r) for r in rows]
    zero = any(r.get("events") == 0 or r.get("events") == r.get("n") for r in converted)
    arms: dict[str, set[str]] = {}
    for r in rows:
        arms.setdefault(r.text("study"), set()).update(t for t in (r.text("treatment"), r.text("treatment_c")) if t)
    multi = any(len(a) > 2 for a in arms.values())
    of_data = usual_measures(rows)
    stated = (str(method["measure"]),) if "measure" in method else tuple(measures)
    found = [
        _dimension("measure", "measure", stated, of_data or ready_made_measures(converted), str),
        _pooling(method),
        _named("interval", "ci", method, INTERVALS, _INTERVAL_WORDS),
        _level(method, level, searched=any(q.endswith(("ci_low", "ci_high")) or q in _LIMITS for q in asked)),
        Dimension("multi-arm studies", *_stated_first(method, "multiarm", (_FULL, _SPLIT_ARMS))),
    ]
    found = found if multi else found[:-1]
    if zero:
        found += [_zero(method), Dimension("zero-cell convention", *_convention(method))]
    if asked & {"pi_low", "pi_high"}:
        found.append(_named("prediction interval", "pi", method, PREDICTION, _PREDICTION_WORDS))
    if any(q.startswith(_SPLIT) for q in asked):
        found.append(_named("indirect evidence", "splitting", method, WAYS, _WAY_WORDS))
    return tuple(found)


_INTERVAL_WORDS = {"wald": "normal", "t": "of t with the df of Q", "hksj": "Hartung-Knapp"}
_PREDICTION_WORDS = {
    "t-df": "of t with the df of Q", "t-df-1": "of t with one df less than Q", "t-k-n": "of t with studies less treatments as df",
    "normal": "normal",
}  # fmt: skip
_WAY_WORDS = {"back-calculation": "calculated back", "without-designs": "from the other designs only"}
_FULL = Option("with their covariance", (("multiarm", "full"),))
_SPLIT_ARMS = Option("split into comparisons as if from separate studies", (("multiarm", "split"),))


def _named(name: str, key: str, method: Mapping[str, Any], known: Sequence[str], words: Mapping[str, str]) -> Dimension:
    """A choice of review.yaml's method whose values are those of the specification."""
    stated = str(method[key]) if key in method else ""
    if stated and stated not in known:
        raise Unanswerable(f"the stated {name}, {stated}, is none of a network", f"{key}: one of {', '.join(known)}")
    options = {v: Option(words[v], ((key, v),)) for v in known}
    if not stated:
        return Dimension(name, tuple(options.values()))
    return Dimension(name, (options[stated],), tuple(o for v, o in options.items() if v != stated))


def _dimension(name: str, key: str, stated: Sequence[str], known: Sequence[str], words: Any) -> Dimension:
    """A choice whose values are given: open among the known ones where none is stated."""
    agree = stated or known
    return Dimension(
        name,
        tuple(Option(words(v), ((key, v),)) for v in agree),
        tuple(Option(words(v), ((key, v),)) for v in known if v not in agree),
    )


def _pooling(method: Mapping[str, Any]) -> Dimension:
    """Common effect or random effects, by which estimator."""
    model, tau2 = method.get("model"), method.get("tau2")
    if model not in (None, "common", "random"):
        raise Unanswerable(f"networks are re-derived by inverse variances only; the stated model is {model}")
    if tau2 is not None and tau2 not in TAU2:
        raise Unanswerable(
            f"tau² by {tau2} is not defined for networks here", f"tau2: one of {', '.join(TAU2)} in review.yaml"
        )
    common = Option("a common effect", (("tau2", ""),))
    random = {t: Option(f"random effects, tau² by {t}", (("tau2", t),)) for t in ESTIMATORS}
    if model == "common":
        return Dimension("model", (common,), tuple(random.values()))
    if tau2 is not None:
        return Dimension("model", (random[tau2],), (*(o for t, o in random.items() if t != tau2), common))
    if model == "random":
        return Dimension("model", tuple(random.values()), (common,))
    return Dimension("model", (*random.values(), common))


def _level(method: Mapping[str, Any], level: float, *, searched: bool) -> Dimension:
    at = float(method.get("level", level))
    others = [x for x in (0.95, 0.9, 0.99) if x != at] if searched else []
    return Dimension(
        "confidence level",
        (Option(f"{100 * at:g} %", (("level", at),)),),
        tuple(Option(f"{100 * x:g} %", (("level", x),)) for x in others),
    )


def _stated_first(method: Mapping[str, Any], key: str, options: Sequence[Option]) -> tuple[tuple[Option, ...], ...]:
    """The stated option, else the first, which is the right one; the others depart."""
    stated = method.get(key)
    agree = next((o for o in options if o.sets == ((key, stated),)), options[0])
    return (agree,), tuple(o for o in options if o is not agree)


def _zero(method: Mapping[str, Any]) -> Dimension:
    """What is added to zero cells; the usual rule is that of the measure."""
    usual = Option("the usual rule", (("zero_cells", ""),))
    known = {z: Option(z, (("zero_cells", z),)) for z in ZERO_CELLS}
    if "zero_cells" not in method:
        return Dimension("zero cells", (usual, *known.values()))
    rule = zero_cells_from(method["zero_cells"])
    if rule.treatment_arm:
        raise Unanswerable("the treatment-arm correction (tacc) is made for two arms", "zero_cells in review.yaml")
    return Dimension("zero cells", (Option(str(rule), (("zero_cells", str(rule)),)),), (usual, *known.values()))


def _convention(method: Mapping[str, Any]) -> tuple[tuple[Option, ...], ...]:
    """How the correction enters n: 1 or 0.5; it matters for RR and RD only."""
    escalc = Option("added to events and non-events", (("convention", "escalc"),))
    meta = Option("added once to n, as R's meta does", (("convention", "meta"),))
    if "variance" not in method:
        return (escalc, meta), ()
    return ((meta,), (escalc,)) if method["variance"] == "meta" else ((escalc,), (meta,))


def stated_choices(dims: Sequence[Dimension]) -> list[Choice]:
    """Every completion of what is stated, the conventional one first; each specification once.

    Raises
    ------
    Unanswerable
        where the stated choices exclude each other.
    """
    found = list(_distinct(_made(dims, [d.agree for d in dims], frozenset())))
    if not found:
        raise Unanswerable("the stated choices do not go together: a Hartung-Knapp interval is one of random effects")
    return found


def departing_choices(dims: Sequence[Dimension], *, most: int = _MOST) -> list[Choice]:
    """Departures in one named choice, then in two, what is left open at each of its values; not more than ``most``."""
    known = {c.spec for c in stated_choices(dims)}
    out: list[Choice] = []
    places = [i for i, d in enumerate(dims) if d.depart]
    for steps in range(1, _STEPS + 1):
        for which in combinations(places, steps):
            options = [d.depart if i in which else d.agree for i, d in enumerate(dims)]
            for choice in _distinct(_made(dims, options, frozenset(which))):
                if choice.spec not in known:
                    known.add(choice.spec)
                    out.append(choice)
                if len(out) >= most:
                    return out
    return out


def _made(
    dims: Sequence[Dimension], options: Sequence[Sequence[Option]], departing: frozenset[int]
) -> Iterator[Choice]:
    for picked in product(*options):
        sets = {key: value for o in picked for key, value in o.sets}
        if sets.get("ci") == "hksj" and not sets.get("tau2"):
            continue  # the Hartung-Knapp interval is one of random effects
        spec = NetworkSpec(**sets)
        choices = {d.name: o.words for d, o in zip(dims, picked, strict=True) if len(d.agree) > 1}
        departures = tuple(_departure(dims[i], picked[i]) for i in sorted(departing))
        yield Choice(spec, choices, departures)


def _departure(dimension: Dimension, option: Option) -> str:
    instead = f" instead of {dimension.agree[0].words}" if len(dimension.agree) == 1 else ""
    return f"{dimension.name}: {option.words}{instead}"


def _distinct(choices: Iterator[Choice]) -> Iterator[Choice]:
    seen: set[NetworkSpec] = set()
    for choice in choices:
        if choice.spec not in seen:
            seen.add(choice.spec)
            yield choice
