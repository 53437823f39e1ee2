"""Reviews in memory whose trials are those of the reference analyses, with claims about a sequential analysis."""

import json
from pathlib import Path

from metaudit.audit.engine import audit
from metaudit.formats.review import Analysis, Claim, Review
from metaudit.formats.tables import Row
from metaudit.printed import parse_printed

DATA = Path(__file__).resolve().parents[3] / "data" / "sequential"
COUNTS = {"eI": "events_t", "nI": "n_t", "eC": "events_c", "nC": "n_c"}
MEANS = {"mI": "mean_t", "sdI": "sd_t", "nI": "n_t", "mC": "mean_c", "sdC": "sd_c", "nC": "n_c"}
BCG = {"alpha": 0.05, "power": 0.9, "effect": 0.5, "control_risk": "trials", "heterogeneity": "D2", "variance": "pooled",
       "spending": "obrien-fleming", "futility": "none", "convention": "tsa"}  # fmt: skip
RANDOM = {"model": "random", "tau2": "DL"}


def reference(name):
    """A file of reference analyses."""
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


def entry(name, **config):
    """The one reference analysis whose setting has these values."""
    found = [a for a in reference(name)["analyses"] if all(a["config"].get(k) == v for k, v in config.items())]
    assert len(found) == 1
    return found[0]


def rows(name, *, years=True):
    """The trials as rows of extraction.csv; their order is that of made-up years."""
    names = MEANS if name.endswith(".MD") else COUNTS
    out = []
    for i, trial in enumerate(reference(name)["trials"]):
        texts = {"study": trial["study"], "outcome": "o", "source": "package", "certainty": "secondary"}
        texts |= {"year": str(1950 + i)} if years else {}
        numbers = {
            column: f"{trial[key]:g}" if isinstance(trial[key], float) else str(trial[key])
            for key, column in names.items()
        }
        out.append(Row(i + 2, texts | numbers, {c: parse_printed(t) for c, t in numbers.items()}))
    return tuple(out)


def claim(name, quantity, printed, **cells):
    empty = dict.fromkeys("subject unit rounding method refers_to source where note".split(), "")
    base = {
        "id": name,
        "line": 2,
        "analysis": "a",
        "quantity": quantity,
        "printed": printed,
        "scale": "natural",
        "certainty": "read",
    }
    return Claim(**{**empty, **base, **cells})


def review(table, claims, stated, *, measure="RR", method=RANDOM, data="complete", subgroups=""):
    """A review with one analysis."""
    syntheses = {} if stated is None else {"sequential": stated}
    analysis = Analysis(
        "a", "Deaths", {"outcome": "o"}, measures=(measure,) if measure else (), method=method, favours="low", data=data,
        syntheses=syntheses, subgroups=subgroups,
    )  # fmt: skip
    return Review(
        Path("/nowhere/made"), "made", "Made up", "meta-analysis", {"authors": "A", "year": 2020}, {"a": analysis}, tuple(table),
        tuple(claims), {},
    )  # fmt: skip


def judged(*args, **choices):
    """Verdict rows by claim."""
    return {r.claim: r for r in audit(review(*args, **choices))}
