"""The explorer of an analysis: its numbers as a script that a page loads, so that nothing is computed in the page."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from metaudit.audit_words.input_words import subgroup_label
from metaudit.measures import MEASURES, measure_of
from metaudit.specs import Spec, parse_spec

TABLES = (
    "universe_methods", "universe", "universe_intervals", "universe_studies", "universe_weights", "universe_printed",
)  # fmt: skip
FOLDER = "explorer"
FIT_COLUMNS = ("k", "estimate", "tau2", "i2", "i2_q", "q", "q_df", "q_p")
INTERVAL_COLUMNS = ("ci_low", "ci_high", "p", "pi_low", "pi_high")
# Parts of a method that stand behind another in a choice, and what is not said because it is the usual.
_BEHIND = {"model": ("glmm", "counts", "rd_variance"), "tau2": ("q", "stopping")}
_USUAL = ("inverse-variance", "exact", "")
_OF_FIT = ("measure", "variance", "model", "tau2", "zero_cells")
Cells = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Explorer:
    """One analysis for the explorer.

    Attributes
    ----------
    name : ``<review>.<analysis>``, what the page finds the data by
    file : the script with the data, relative to the site
    text : its content
    """

    name: str
    file: str
    text: str

    @property
    def measures(self) -> Mapping[str, str]:
        """Every measure with its name, for the words of the page."""
        return {code: measure.name for code, measure in MEASURES.items()}


def explorers(
    folder: Path, review: str, *, addresses: Mapping[str, str] | None = None, subgroups: Mapping[str, str] | None = None
) -> Mapping[str, Explorer]:
    """The explorers of one review by analysis; none where the tables of its choices were not written.

    Parameters
    ----------
    folder : the review's results
    review : its id
    addresses : address of each claim in the site, by ``review/claim``
    subgroups : the covariate that makes the subgroups of an analysis, where it has some
    """
    if not all((folder / f"{name}.csv").is_file() for name in TABLES):
        return {}
    tables = {name: _by_analysis(folder / f"{name}.csv") for name in TABLES}
    out = {}
    for analysis in tables["universe_methods"]:
        own = {name: table.get(analysis, []) for name, table in tables.items()}
        data = _data(own, review, addresses=addresses or {}, covariate=(subgroups or {}).get(analysis, ""))
        name = f"{review}.{analysis}"
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        shown = json.dumps(name, ensure_ascii=False)
        script = f"(window.metauditExplorer = window.metauditExplorer || {{}})[{shown}] = {text};\n"
        out[analysis] = Explorer(name=name, file=f"{FOLDER}/{name}.js", text=script)
    return out


def _by_analysis(path: Path) -> dict[str, list[Cells]]:
    found: dict[str, list[Cells]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            found.setdefault(row["analysis"], []).append(row)
    return found


def _data(
    own: Mapping[str, Sequence[Cells]], review: str, *, addresses: Mapping[str, str], covariate: str
) -> dict[str, Any]:
    """What the page looks up: numbers are the text of the result files, digit for digit."""
    methods = own["universe_methods"]
    readings = list(dict.fromkeys(_reading(r) for r in own["universe_intervals"]))
    place = {reading: str(i) for i, reading in enumerate(readings)}
    used = {m["measure"]: measure_of(m["measure"]) for m in methods}
    levels = dict.fromkeys(m["subgroup"] for m in methods if m["subgroup"])
    return {
        "measures": {
            code: {"log": m.ratio, "null": m.null, "low": _finite(m.low), "high": _finite(m.high)} for code, m in used.items()
        },
        "subgroups": {level: subgroup_label(covariate, level) for level in levels},
        "methods": [{"fit": m["fit"], "effects": m["effects"], **choice(m)} for m in methods],
        "readings": [{"ci": f"{ci}@{level}", "pi": pi} for ci, level, pi in readings],
        "fitColumns": FIT_COLUMNS,
        "fits": _lines([r["fit"], r["left_out"], *(r[c] for c in FIT_COLUMNS)] for r in own["universe"]),
        "intervalColumns": INTERVAL_COLUMNS,
        "intervals": _lines(
            [r["fit"], r["left_out"], place[_reading(r)], *(r[c] for c in INTERVAL_COLUMNS)]
            for r in own["universe_intervals"]
        ),
        "studies": _studies(own["universe_studies"]),
        "weights": _lines([r["fit"], r["left_out"], r["weights"].replace(" ", "")] for r in own["universe_weights"]),
        "printed": list(_groups(own, review, addresses=addresses)),
    }  # fmt: skip


def _finite(x: float) -> float | None:
    return x if abs(x) != float("inf") else None


def _reading(row: Cells) -> tuple[str, str, str]:
    return row["ci"], row["level"], row["pi"]


def _lines(rows: Iterator[list[str]]) -> str:
    return "\n".join(",".join(row) for row in rows)


def _studies(rows: Sequence[Cells]) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for r in rows:
        found.setdefault(r["effects"], []).append([r[c] for c in ("row", "study", "estimate", "ci_low", "ci_high")])
    return found


def choice(method: Cells) -> dict[str, str]:
    """A row of ``universe_methods.csv`` as the choices of the page; what is rarely chosen stands behind a slash."""
    out = {"subgroup": method["subgroup"]} if method.get("subgroup") else {}
    for dimension in _OF_FIT:
        behind = [method[name] for name in _BEHIND.get(dimension, ()) if method[name] not in _USUAL]
        out[dimension] = "/".join([method[dimension], *behind])
    return out


def choice_of(spec: Spec) -> dict[str, str]:
    """A specification as the choices of the page, what is read off the fit included."""
    method = {f.name: str(getattr(spec, f.name)) for f in fields(Spec)}
    if not spec.has_tau2:
        method |= {"q": "", "stopping": ""}
    read = {"ci": f"{spec.ci}@{spec.level:.10g}", "pi": spec.pi if spec.has_tau2 else "", "i2": spec.i2}
    return choice(method) | read | ({} if spec.has_tau2 else {"i2": ""})


def _groups(
    own: Mapping[str, Sequence[Cells]], review: str, *, addresses: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """The printed results by subgroup and method: what is printed, the stated choices, and those that give most of it."""
    found: dict[tuple[str, str], list[Cells]] = {}
    for row in own["universe_printed"]:
        found.setdefault((row["subgroup"], row["method"]), []).append(row)
    for (subgroup, method), rows in found.items():
        printed = [_printed(r, addresses.get(f"{review}/{r['claim']}", "")) for r in rows]
        given = Lookup(own)
        candidates = list(dict.fromkeys(r[c] for c in ("stated_spec", "spec") for r in rows if r[c]))
        stated = _commonest(r["stated_spec"] for r in rows)
        counts = {spec: sum(given.gives(parse_spec(spec), r) for r in rows) for spec in candidates}
        best = max(counts, key=lambda s: (counts[s], s == stated), default="")
        yield {
            "method": method,
            **({"subgroup": subgroup} if subgroup else {}),
            "printed": printed,
            "stated": given.known(stated, subgroup),
            "gives": given.known(best, subgroup) if best and counts[best] else None,
            "given": counts.get(best, 0),
        }


def _commonest(specs: Iterator[str]) -> str:
    counts = Counter(s for s in specs if s)
    return counts.most_common(1)[0][0] if counts else ""


def _printed(row: Cells, href: str) -> dict[str, Any]:
    kept = {n: row[n] for n in ("claim", "quantity", "printed", "verdict")}
    asked = {"asked": row["asked"]} if row["asked"] != row["quantity"] else {}
    scale = {"scale": row["scale"]} if row["scale"] else {}
    cut = cut_window(row)
    return {**kept, **asked, **scale, **_ends(row), "href": href, **({"cut": _ends(cut)} if cut else {})}


def _ends(window: Cells) -> dict[str, Any]:
    opened = {"lowOpen": window["low_open"] == "yes", "highOpen": window["high_open"] == "yes"}
    return {"low": window["low"], "high": window["high"], **opened}


def cut_window(row: Cells) -> dict[str, str] | None:
    """The values that are cut to a printed number; None where the audit did not find that digits were cut."""
    if not row["cut_low_open"]:
        return None
    return {end: row[f"cut_{end}"] for end in ("low", "high", "low_open", "high_open")}


class Lookup:
    """What one analysis's tables say of a specification.

    Parameters
    ----------
    own : the tables of the analysis
    """

    def __init__(self, own: Mapping[str, Sequence[Cells]]) -> None:
        self._fits = {(m["subgroup"], *(choice(m)[d] for d in _OF_FIT)): m["fit"] for m in own["universe_methods"]}
        self._numbers = {r["fit"]: r for r in own["universe"] if not r["left_out"]}
        self._read = {
            (r["fit"], f"{r['ci']}@{r['level']}", r["pi"]): r for r in own["universe_intervals"] if not r["left_out"]
        }

    def known(self, spec: str, subgroup: str = "") -> dict[str, str] | None:
        """The choices of a specification; None when the tables do not hold it."""
        if not spec:
            return None
        chosen = choice_of(parse_spec(spec)) | ({"subgroup": subgroup} if subgroup else {})
        return chosen if (self._fit(chosen), chosen["ci"], chosen["pi"]) in self._read else None

    def _fit(self, chosen: Cells) -> str:
        return self._fits.get((chosen.get("subgroup", ""), *(chosen[d] for d in _OF_FIT)), "")

    def value(self, spec: Spec, quantity: str, subgroup: str = "") -> str:
        """A number of all studies or of a subgroup as the tables write it; empty when they do not hold it."""
        chosen = choice_of(spec) | {"subgroup": subgroup}
        fit = self._fit(chosen)
        if quantity in INTERVAL_COLUMNS:
            return self._read.get((fit, chosen["ci"], chosen["pi"]), {}).get(quantity, "")
        column = "i2_q" if quantity == "i2" and chosen["i2"] == "Q" else quantity
        return self._numbers.get(fit, {}).get(column, "")

    def gives(self, spec: Spec, printed: Cells) -> bool:
        """Whether a number rounds to what is printed, or is cut to it where the audit found that digits were cut."""
        shown, cut = self.value(spec, printed["asked"], printed["subgroup"]), cut_window(printed)
        return bool(shown) and (inside(float(shown), printed) or (cut is not None and inside(float(shown), cut)))


def inside(x: float, printed: Cells) -> bool:
    """Whether a value lies among those that round to a printed number; an end without bound is empty."""
    low, high = printed["low"], printed["high"]
    above = not low or (x > float(low) if printed["low_open"] == "yes" else x >= float(low))
    below = not high or (x < float(high) if printed["high_open"] == "yes" else x <= float(high))
    return above and below
