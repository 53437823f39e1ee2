"""Made-up results in the form of docs/results.md, for pages that can be tested before anything is computed."""

import csv
import json
import math
import zlib
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
from ruamel.yaml import YAML

from metaudit.report import write_report
from metaudit.report.language import Interface

DATA = Path(__file__).resolve().parents[3] / "data" / "reviews"
VERDICTS = ("EXACT", "WITHIN_ROUNDING", "UNDERSPECIFIED", "OTHER_SPEC", "NEAR", "DIFFERENT", "OUT_OF_ENVELOPE")
VERDICTS += ("INCONSISTENT", "IMPOSSIBLE", "NOT_CHECKABLE")
IMPACTS = ("", "minor", "moderate", "large", "direction", "significance")
SVG = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="432pt" height="216pt" viewBox="0 0 432 216"
 xmlns="http://www.w3.org/2000/svg" version="1.1" role="img" aria-labelledby="t1">
 <metadata><x id="m1"/></metadata>
 <title id="t1">figure</title><desc id="d1">of nothing</desc>
 <style>@font-face{font-family:"DejaVu Sans";src:url(data:font/woff2;base64,AAAA)}</style>
 <defs><style type="text/css">*{stroke-linejoin: round}</style><path id="mark" d="M 0 3 L 3 0"/>
 <clipPath id="clip"><rect x="0" y="0" width="9" height="9"/></clipPath></defs>
 <g id="figure_1"><g clip-path="url(#clip)"><use xlink:href="#mark" x="9" y="9"/></g></g>
</svg>
"""


def dice(*words: object) -> int:
    """Number that depends on the words only."""
    return zlib.crc32("|".join(map(str, words)).encode())


def write_csv(path: Path, rows: list[dict]) -> None:
    """Write rows under the union of their columns; nothing without rows."""
    if not rows:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def made_finding(review: str, claim: dict) -> dict:
    """Plausible record of ``audit.json`` for one row of ``claims.csv``."""
    throw = dice(review, claim["claim"])
    verdict = VERDICTS[throw % 10] if throw % 3 == 0 else ("NOT_CHECKABLE" if throw % 3 == 1 else "EXACT")
    return {
        "review": review,
        "claim": claim["claim"],
        "analysis": claim.get("analysis", ""),
        "quantity": claim["quantity"],
        "subject": claim.get("subject", ""),
        "printed": claim["printed"],
        "printed_low": 0.485,
        "printed_high": 0.495,
        "value": None if verdict == "NOT_CHECKABLE" else 0.4894,
        "verdict": verdict,
        "criterion": "rounding interval",
        "margin": 0.4,
        "spec": "model=random; tau2=DL",
        "stated_spec": "model=random",
        "alternatives": ["model=random; tau2=PM", "preset=RevMan 5"],
        "specificity": 0.125,
        "causes": ["one study dropped: Aronson 1948"] if verdict == "DIFFERENT" else [],
        "impact": IMPACTS[throw % 6] if verdict in ("DIFFERENT", "OUT_OF_ENVELOPE") else "",
        "certainty": claim.get("certainty", "read"),
        "message": f"Made up for the test: {verdict.lower().replace('_', ' ')}.",
    }


def made_effects(key: str, about: dict, rows: list[dict]) -> list[dict]:
    """Log risk ratios of the rows that an analysis selects."""
    found = []
    for line, row in enumerate(rows, start=2):
        wanted = {k: v if isinstance(v, list) else [v] for k, v in (about.get("select") or {}).items()}
        if not all(row.get(k) in map(str, v) for k, v in wanted.items()) or not all(
            row.get(k) for k in ("n_t", "events_c", "n_c")
        ):
            continue
        a, n, c, m = (float(row[k]) for k in ("events_t", "n_t", "events_c", "n_c"))
        yi, vi = math.log((a + 0.5) / (n + 0.5) * (m + 0.5) / (c + 0.5)), 1 / (a + 0.5) + 1 / (c + 0.5)
        low, high = (math.exp(yi + sign * 1.96 * math.sqrt(vi)) for sign in (-1, 1))
        kept = {k: row.get(k, "") for k in ("study", "year", "timepoint", "comparison", "certainty", "source", "where")}
        kept |= {k: row[k] for k in ("events_t", "n_t", "events_c", "n_c")}
        numbers = {"yi": yi, "vi": vi, "estimate": math.exp(yi), "ci_low": low, "ci_high": high}
        found.append({"analysis": key, "row": line, "measure": "RR", "route": "counts"} | kept | numbers)
    return found


def made_fit(key: str, effects: list[dict], *, role: str, **choices: str) -> dict:
    """Inverse-variance fit of some effects."""
    weights = [1 / e["vi"] for e in effects]
    yi = sum(w * e["yi"] for w, e in zip(weights, effects, strict=True)) / sum(weights)
    se = sum(weights) ** -0.5
    ends = {"estimate": yi, "ci_low": yi - 1.96 * se, "ci_high": yi + 1.96 * se}
    arms = {k: sum(float(e[k]) for e in effects) for k in ("n_t", "n_c")}
    fixed = {"measure": "RR", "model": "random", "tau2_method": "REML", "ci_method": "wald", "level": 0.95}
    found = {"p": 0.0004, "q": 8.1, "q_df": len(effects) - 1, "q_p": 0.03, "tau2": 0.031, "i2": 42.123}
    natural = {name: math.exp(value) for name, value in ends.items()}
    return {"analysis": key, "fit": role, "role": role, "k": len(effects)} | arms | fixed | found | natural | choices


def made_results(data: Path, results: Path) -> list[str]:
    """Write results for every review of a data folder and return their names."""
    names = sorted(path.parent.name for path in data.glob("*/review.yaml"))
    for name in names:
        meta = YAML(typ="safe").load((data / name / "review.yaml").read_text(encoding="utf-8"))
        claims, extraction = (read_csv(data / name / f) for f in ("claims.csv", "extraction.csv"))
        target = results / name
        target.mkdir(parents=True, exist_ok=True)
        findings = [made_finding(name, claim) for claim in claims]
        (target / "audit.json").write_text(json.dumps(findings, indent=1), encoding="utf-8")
        made_analyses(target, meta.get("analyses") or {}, extraction)
    return names


def made_analyses(target: Path, analyses: dict, extraction: list[dict]) -> None:
    """Write the tables and figures of the analyses of one review."""
    effects = {key: made_effects(key, about, extraction) for key, about in analyses.items()}
    pooled, weights, influence, arms, figures = [], [], [], [], []
    for key, rows in effects.items():
        if not rows:
            continue
        pooled.append(made_fit(key, rows, role="primary"))
        pooled.append(made_fit(key, rows, role="alternative", model="common", tau2_method=""))
        weights += [{"analysis": key, "row": r["row"], "study": r["study"], "weight": 100 / len(rows)} for r in rows]
        influence += [{"analysis": key} | {k: r[k] for k in ("row", "study", "estimate")} for r in rows]
        for arm, tail in (("treatment", "t"), ("control", "c")):
            events, n = (sum(float(r[f"{name}_{tail}"]) for r in rows) for name in ("events", "n"))
            crude = {"events": events, "n": n, "proportion": events / n, "ci_low": 0.1, "ci_high": 0.9}
            arms.append({"analysis": key, "arm": arm, "method": "crude", "k": len(rows)} | crude)
        (target / "figures").mkdir(exist_ok=True)
        for kind in ("forest", "funnel"):
            name = f"{key}.{kind}"
            (target / "figures" / f"{name}.svg").write_text(SVG, encoding="utf-8")
            write_csv(target / "figures" / f"{name}.csv", [{"mark": "study", "x": 1}])
            figures.append({"analysis": key, "figure": kind, "file": f"{name}.svg", "data": f"{name}.csv"})
            figures[-1] |= {"title": f"{kind} of {key}", "alt": f"{len(rows)} studies & more."}
    for stem, rows in (("pooled", pooled), ("weights", weights), ("leave_one_out", influence), ("proportions", arms)):
        write_csv(target / f"{stem}.csv", rows)
    write_csv(target / "figures" / "index.csv", figures)
    write_csv(target / "effects.csv", [row for rows in effects.values() for row in rows])


def read_csv(path: Path) -> list[dict]:
    """Rows of a CSV file, none when there is no file."""
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.fixture(scope="session")
def interface() -> Interface:
    """Words that the pages of the shipped reviews ask for."""
    return Interface()


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory, interface: Interface) -> Path:
    """Results folder with the site of all shipped reviews, made-up verdicts."""
    results = tmp_path_factory.mktemp("results")
    write_report(DATA, results, reviews=made_results(DATA, results), interface=interface)
    return results


VOID = {"meta", "br", "hr", "img", "input", "link", "use", "path", "rect", "wbr"}


class Page(HTMLParser):
    """One page taken apart: its elements, ids, links and text; refuses tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict]] = []
        self.texts: list[str] = []
        self.by_id: dict[str, list[str]] = {}
        self._inside: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), f"repeated attribute in {tag} {attrs}"
        self.elements.append((tag, given))
        if tag not in VOID:
            self.open.append(tag)
            self._inside.append(given.get("id", ""))
        if given.get("id"):
            self.by_id.setdefault(given["id"], [])

    def handle_startendtag(self, tag: str, attrs: list) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        if tag in ("td", "th", "li", "dd", "dt", "p", "summary"):
            self.handle_data(" ")
        self.open.pop()
        self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("script", "style"):
            return
        self.texts.append(data)
        for name in self._inside:
            if name:
                self.by_id[name].append(data)

    @cached_property
    def ids(self) -> list[str]:
        """Every id, repeated ones repeated."""
        return [given["id"] for _, given in self.elements if "id" in given]

    @property
    def hrefs(self) -> list[str]:
        """Every address of a link or of a reference inside a figure."""
        return [given[k] for _, given in self.elements for k in ("href", "xlink:href") if k in given]

    def all(self, tag: str) -> list[dict]:
        """Attributes of every element of one kind."""
        return [given for name, given in self.elements if name == tag]

    def text(self, inside: str = "") -> str:
        """Text of the page, or of the element with an id, with single blanks."""
        return " ".join("".join(self.by_id[inside] if inside else self.texts).split())


def read_pages(results: Path) -> dict[str, Page]:
    """Every page of the site, by file name."""
    return {p.name: Page(p.read_text(encoding="utf-8")) for p in sorted((results / "report").glob("*.html"))}


@pytest.fixture(scope="session")
def pages(shipped: Path) -> dict[str, Page]:
    """Pages of the site of all shipped reviews."""
    return read_pages(shipped)


@pytest.fixture
def made(tmp_path: Path) -> SimpleNamespace:
    """Empty site with a way to add reviews and to write it."""
    data, results = tmp_path / "data", tmp_path / "results"

    def add(name: str, meta: dict, **tables: list) -> None:
        (data / name).mkdir(parents=True)
        given = {"id": name, "kind": "trial", "citation": {}, "analyses": {}} | meta
        (data / name / "review.yaml").write_text(json.dumps(given), encoding="utf-8")
        for stem in ("claims", "sources"):
            write_csv(data / name / f"{stem}.csv", tables.pop(stem, []))
        (results / name).mkdir(parents=True)
        if "audit" in tables:
            (results / name / "audit.json").write_text(json.dumps(tables.pop("audit")), encoding="utf-8")
        for stem, rows in tables.items():
            write_csv(results / name / f"{stem}.csv", rows)

    def write(*names: str, interface: Interface | None = None) -> dict[str, Page]:
        write_report(data, results, reviews=names, interface=interface)
        return read_pages(results)

    return SimpleNamespace(data=data, results=results, add=add, write=write, finding=made_finding)
