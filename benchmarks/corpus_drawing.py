"""Draw reviews: their studies, their methods, and what they print; before any error is put in."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import corpus_marginals as m
import numpy as np
from corpus_pooling import Method, Result, pool
from corpus_printing import Style, pooled_texts, row_texts

Cells = dict[str, str]
_NAMES = (
    "Abe Adams Ahmed Alvarez Bauer Bianchi Brown Chen Cohen Costa Dubois Evans Fischer Garcia Gupta Haas Hansen Ito Ivanov "
    "Jansen Johnson Kaya Kim Kowalski Larsen Lee Li Lopez Martin Meyer Moreau Nguyen Novak Okafor Olsen Park Patel Petrov "
    "Rossi Sato Schmidt Silva Singh Smith Suzuki Tanaka Taylor Wang Weber Zhang"
).split()
_SOFTWARE = {
    "revman5": ("Review Manager 5.3", "RevMan 5.4", "Review Manager (RevMan) 5.1", "RevMan 5"),
    "stata": ("Stata 14.2, metan", "metan 3.04"),
    "metafor": ("R package metafor 3.8-1", "metafor 4.4-0"),
    "cma": ("Comprehensive Meta-Analysis 3", "CMA version 2.2"),
    "plain": ("",),
}
_STATES = {"mantel-haenszel": "mantel-haenszel", "peto": "peto", "common": "common", "random": "random"}


@dataclass(frozen=True)
class Drawn:
    """One analysis as its authors saw it.

    Attributes
    ----------
    review, id, title : names
    year : of the review
    method : what was done
    measure, stated, software : what the review says of it; empty where it does not
    style : how it is printed
    rows : cells of the studies, with what is printed of each
    result : what comes out of them
    printed : the pooled numbers as printed, by quantity
    """

    review: str
    id: str
    title: str
    year: int
    method: Method
    measure: str
    stated: str
    software: str
    style: Style
    rows: tuple[Cells, ...]
    result: Result
    printed: dict[str, str]


@dataclass(frozen=True)
class _Review:
    """What the analyses of a review share."""

    name: str
    year: int
    program: str
    software: str
    p_style: str
    stated: str
    labels: list[str] = field(default_factory=list)


def analyses(number: int, seed: int) -> Iterator[Drawn]:
    """Analyses, review by review; the first ones are the same whatever the number."""
    done = index = 0
    while done < number:
        for drawn in _review(index, np.random.default_rng([seed, index])):
            if done < number:
                yield drawn
                done += 1
        index += 1


def _review(index: int, rng: np.random.Generator) -> Iterator[Drawn]:
    program = _pick(rng, m.PROGRAMS)
    software = _SOFTWARE[program][int(rng.integers(len(_SOFTWARE[program])))]
    if rng.random() < m.SOFTWARE_UNSTATED.values[0]:
        software = ""
    first, last, growth = m.YEARS.values
    u = float(rng.random())
    year = int(first + math.log1p(u * math.expm1(growth * (last - first + 1))) / growth)
    if not software:
        program = "plain"  # what an unnamed program would do differently could not be told
    name = f"{_NAMES[int(rng.integers(len(_NAMES)))].lower()}-{year}-{index:05d}"
    review = _Review(name, year, program, software, _pick(rng, m.P_STYLES), _pick(rng, m.STATED))
    size = min(m.MOST_ANALYSES, 1 + int(math.exp(_normal(rng, m.ANALYSES_PER_REVIEW))))
    for i in range(size):
        yield _analysis(review, f"{1 + i // 10}-{1 + i % 10}", rng)


def _pick(rng: np.random.Generator, shares: m.Shares) -> str:
    weights = np.cumsum(list(shares.of.values()))
    return list(shares.of)[int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))]


def _normal(rng: np.random.Generator, numbers: m.Numbers) -> float:
    """A normal number with the mean and the SD that are given."""
    mean, sd = numbers.values
    return float(rng.normal(mean, sd))


def _analysis(review: _Review, name: str, rng: np.random.Generator) -> Drawn:
    """Draw until a pooled result is defined: an analysis without any event is not one."""
    while True:
        data = _pick(rng, m.DATA)
        k = min(m.MOST_STUDIES, 2 + int(math.exp(_normal(rng, m.STUDIES))))
        method = _method(review.program, data, rng)
        rows = _STUDIES[data](rng, k, method)
        labels = _labels(rng, k, review.year)
        rows = [
            {"study": label, "year": label.split()[1][:4], **cells} for label, cells in zip(labels, rows, strict=True)
        ]
        try:
            result = pool(method, rows)
        except ValueError:
            continue
        return _printed(review, name, method, rows=rows, result=result, rng=rng)


def _printed(
    review: _Review, name: str, method: Method, *, rows: list[Cells], result: Result, rng: np.random.Generator
) -> Drawn:
    amount, decimals = _pick(rng, m.AMOUNTS), int(_pick(rng, m.DECIMALS))
    style = Style(amount, max(decimals, 2 if method.measure == "RD" else 0), review.p_style)
    if style.rows and result.used.all():
        rows = [row | cells for row, cells in zip(rows, row_texts(result, method.measure, style), strict=True)]
    elif style.rows:
        texts = iter(row_texts(result, method.measure, style))
        rows = [row | (next(texts) if used else {}) for row, used in zip(rows, result.used, strict=True)]
    known = "" if rng.random() < m.MEASURE_UNSTATED.values[0] else method.measure
    return Drawn(
        review.name, name, f"Comparison {name.replace('-', '.')}", review.year, method, known,
        _stated(method, review.stated), review.software, style, tuple(rows), result,
        pooled_texts(result, method.measure, style),
    )  # fmt: skip


def _stated(method: Method, amount: str) -> str:
    if amount == "nothing":
        return ""
    said = [f"model={method.model}"]
    if amount == "all" and method.model == "random":
        said += [f"tau2={method.tau2}", f"ci={method.ci}"]
    elif method.ci == "hksj":
        said.append("ci=hksj")  # who uses it says so
    return "; ".join(said)


def _method(program: str, data: str, rng: np.random.Generator) -> Method:
    common = rng.random() < m.COMMON_EFFECT.of[program]
    of_data = {"counts": m.COUNT_MEASURES, "means": m.MEAN_MEASURES, "generic": m.GENERIC_MEASURES}
    measure = _pick(rng, of_data[data])
    if common:
        model = "common"
        if data == "counts" and program in ("revman5", "stata"):
            model = "mantel-haenszel"
            if program == "revman5" and measure == "OR" and rng.random() < m.PETO.values[0]:
                model = "peto"
        return Method(program, measure, model)
    if program == "metafor":
        ci = "hksj" if rng.random() < m.HARTUNG_KNAPP.values[0] else "wald"
        return Method(program, measure, "random", "REML", ci)
    return Method(program, measure, "random", "DL")


def _labels(rng: np.random.Generator, k: int, year: int) -> list[str]:
    """Distinct labels, such as Meyer 2003 and Meyer 2003b, in alphabetical order."""
    seen: dict[str, int] = {}
    found = []
    for name, back in zip(rng.integers(len(_NAMES), size=k), rng.integers(1, 25, size=k), strict=True):
        label = f"{_NAMES[name]} {max(1970, year - int(back))}"
        seen[label] = seen.get(label, 0) + 1
        found.append(label if seen[label] == 1 else f"{label}{_suffix(seen[label])}")
    return sorted(found)


def _suffix(n: int) -> str:
    """B, c, ... z, then ba and so on."""
    letters = ""
    while n:
        n, rest = divmod(n - 1, 26)
        letters = chr(97 + rest) + letters
    return letters


def _sizes(rng: np.random.Generator, k: int) -> np.ndarray:
    """People in the two arms, shape (k, 2)."""
    median, spread = m.STUDY_SIZE.values
    total = np.minimum(np.exp(rng.normal(math.log(median), spread, k)), m.LARGEST_STUDY)
    share = 1 / (1 + np.exp(rng.normal(0, m.ARM_RATIO.values[0], k)))
    arms = np.column_stack([total * share, total * (1 - share)])
    return np.maximum(np.rint(arms), m.SMALLEST_ARM).astype(int)


def _counts(rng: np.random.Generator, k: int, method: Method) -> list[Cells]:
    n = _sizes(rng, k)
    mean, between, within = m.LOGIT_RISK.values
    logit = rng.normal(rng.normal(mean, between), within, k)
    risk = 1 / (1 + np.exp(-logit))
    mu, sigma = m.TAU2_COUNTS[int(rng.integers(len(m.TAU2_COUNTS)))].values
    tau = math.sqrt(min(m.LARGEST_TAU2, math.exp(rng.normal(mu, sigma))))
    # The risk ratio of the analysis as an odds ratio at its typical risk, so that risks stay below 1.
    ratio, typical = math.exp(_normal(rng, m.LOG_RISK_RATIO)), float(np.median(risk))
    treated = min(0.98, ratio * typical)
    effect = math.log(treated / (1 - treated)) - math.log(typical / (1 - typical))
    risk_t = 1 / (1 + np.exp(-(logit + rng.normal(effect, tau, k))))
    events = rng.binomial(n, np.column_stack([risk_t, risk]))
    return [
        {"events_t": str(e[0]), "n_t": str(s[0]), "events_c": str(e[1]), "n_c": str(s[1])}
        for e, s in zip(events.tolist(), n.tolist(), strict=True)
    ]


def _means(rng: np.random.Generator, k: int, method: Method) -> list[Cells]:
    n = _sizes(rng, k)
    location, scale = m.TAU2_MEANS.values
    tau = math.sqrt(min(m.LARGEST_TAU2, math.exp(min(location + scale * float(rng.standard_t(5)), 5.0))))
    effect = rng.normal(_normal(rng, m.STANDARDISED_DIFFERENCE), tau, k)
    sd = math.exp(rng.uniform(0.3, 3.0))
    # One scale is used in all studies; a standardised difference pools several.
    own = sd * np.exp(rng.normal(0, 0.6 if method.measure == "SMD" else 0.15, k))
    centre = own * rng.normal(rng.uniform(1.5, 4.0), 0.3, k)
    found = []
    for i in range(k):
        decimals = 2 if own[i] < 5 else 1
        cells: Cells = {}
        for arm, size, mean in (("t", n[i, 0], centre[i] + own[i] * effect[i]), ("c", n[i, 1], centre[i])):
            observed = rng.normal(mean, own[i] / math.sqrt(size))
            spread = own[i] * math.sqrt(rng.chisquare(size - 1) / (size - 1))
            text = f"{observed:.{decimals}f}"
            cells[f"mean_{arm}"] = text.lstrip("-") if float(text) == 0 else text
            cells[f"sd_{arm}"] = f"{max(spread, 10.0**-decimals):.{decimals}f}"
            cells[f"n_{arm}"] = str(size)
        found.append(cells)
    return found


def _generic(rng: np.random.Generator, k: int, method: Method) -> list[Cells]:
    mu, sigma = m.TAU2_COUNTS[int(rng.integers(len(m.TAU2_COUNTS)))].values
    tau = math.sqrt(min(m.LARGEST_TAU2, math.exp(rng.normal(mu, sigma))))
    y = rng.normal(_normal(rng, m.LOG_RISK_RATIO), tau, k)
    se = np.clip(
        2 / np.sqrt(_sizes(rng, k).sum(axis=1)), 0.04, 1.0
    )  # the SE of a log ratio, one person in four with the event
    y = y + rng.normal(0, se)
    half = 1.959963984540054 * se
    values = {"effect": y, "ci_low": y - half, "ci_high": y + half}
    return [{name: f"{max(math.exp(v[i]), 0.01):.2f}" for name, v in values.items()} for i in range(k)]


_STUDIES = {"counts": _counts, "means": _means, "generic": _generic}


def again(drawn: Drawn, rows: tuple[Cells, ...]) -> dict[str, str]:
    """What the method gives for other rows, as it would be printed.

    Raises
    ------
    ValueError
        where it gives nothing.
    """
    return pooled_texts(pool(drawn.method, rows), drawn.method.measure, drawn.style)


def otherwise(drawn: Drawn, method: Method) -> dict[str, str]:
    """What another method gives for the same rows, as it would be printed."""
    return pooled_texts(pool(method, drawn.rows), method.measure, drawn.style)


def with_printed(drawn: Drawn, printed: dict[str, str]) -> Drawn:
    """The same analysis with other printed numbers."""
    return replace(drawn, printed=printed)
