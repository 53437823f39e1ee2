"""RevMan 5's own file (.rm5): XML with the whole review; read here are its studies, its analyses and their results."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metaudit.drafts.draft import Draft, Notice
from metaudit.errors import InputError
from metaudit.formats.review import shown_path
from metaudit.imports.options import Options
from metaudit.imports.revman_shared import Group, Outcome, Part, StudyRow, as_number, garbled, level_from, words, yes
from metaudit.imports.revman_shared_bias import bias_of
from metaudit.imports.revman_shared_draft import Package, build
from metaudit.imports.revman_shared_sound import undeclared, unsound_references
from metaudit.imports.safe import read_bytes, refusal
from metaudit.imports.safe_xml import parse_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

KINDS = {"DICH": "counts", "CONT": "means", "IV": "generic", "IPD": "o-e", "OTHER": "text"}
_OUTCOME = re.compile(r"(DICH|CONT|IV|IPD|OTHER)_OUTCOME")
_DATA = {
    "DICH": {"events_t": "EVENTS_1", "n_t": "TOTAL_1", "events_c": "EVENTS_2", "n_c": "TOTAL_2"},
    "CONT": {"mean_t": "MEAN_1", "sd_t": "SD_1", "n_t": "TOTAL_1", "mean_c": "MEAN_2", "sd_c": "SD_2", "n_c": "TOTAL_2"},
    "IV": {"se": "SE", "n_t": "TOTAL_1", "n_c": "TOTAL_2"},
    "IPD": {"o_e": "O_E", "variance": "VAR", "events_t": "EVENTS_1", "n_t": "TOTAL_1", "events_c": "EVENTS_2", "n_c": "TOTAL_2"},
    "OTHER": {},
}  # fmt: skip
_EFFECT = {"estimate": "EFFECT_SIZE", "ci_low": "CI_START", "ci_high": "CI_END"}
_LOGS = {f"log_{name}": f"LOG_{attribute}" for name, attribute in _EFFECT.items()}
_PRINTED = {**_EFFECT, "weight": "WEIGHT", **_LOGS, "se": "SE", "variance": "VAR", "o_e": "O_E"}
_RESULTS = {
    "estimate": "EFFECT_SIZE", "ci_low": "CI_START", "ci_high": "CI_END", "z": "Z", "p": "P_Z", "tau2": "TAU2", "q": "CHI2",
    "q_df": "DF", "q_p": "P_CHI2", "i2": "I2", "k": "STUDIES", "events_t": "EVENTS_1", "n_t": "TOTAL_1", "events_c": "EVENTS_2",
    "n_c": "TOTAL_2", "subgroup_q": "Q", "subgroup_p": "P_Q", "subgroup_i2": "I2_Q", "weight": "WEIGHT", **_LOGS, "se": "SE",
}  # fmt: skip
# Attributes with numbers that are no results.
_SETTINGS = {"ID", "NO", "NAME", "CI_STUDY", "CI_TOTAL", "SCALE", "MODIFIED", "MODIFIED_BY", "UNITS", "STUDY_ID", "ORDER", "ESTIMATE",
             "FOOTNOTE", "FOOTNOTES"}  # fmt: skip
# Parts of the file that hold no numbers of an analysis.
_TEXT_PARTS = {
    "MAIN_TEXT": "text of the review", "CHARACTERISTICS_OF_STUDIES": "characteristics of studies",
    "SOF_TABLES": "summary of findings tables", "ADDITIONAL_TABLES": "additional tables", "FIGURES": "figures",
    "FEEDBACK": "feedback", "APPENDICES": "appendices", "EXTENSIONS": "extensions",
}  # fmt: skip
_JOURNAL = {"10.1002/14651858": "Cochrane Database of Systematic Reviews"}


@dataclass(frozen=True)
class _Study:
    name: str
    year: str


def read(path: Path, options: Options) -> Draft:
    """A draft of the review in a RevMan 5 file.

    Raises
    ------
    InputError
        when the file is no XML, declares entities, is no review of RevMan, or holds no data.
    """
    shown = shown_path(path)
    content = read_bytes(path)
    root, notices = parse_xml(content, shown)
    notices += garbled(content.decode("utf-8", "ignore"), shown)
    data = root if root.tag == "ANALYSES_AND_DATA" else root.find(".//ANALYSES_AND_DATA")
    if root.tag != "COCHRANE_REVIEW" and data is None:
        message = f"the file is XML, its first element is <{root.tag[:40]}>, and it is no review of RevMan 5."
        raise refusal(shown, "not-revman", message, "A RevMan 5 file begins with <COCHRANE_REVIEW>.")
    if data is None:
        message = "the review holds no analyses (no element ANALYSES_AND_DATA)."
        raise refusal(shown, "no-data", message, "Export it with 'Data and analyses'.")
    problems = unsound_references(root, data, shown)
    if problems:
        raise InputError(problems)
    notices += undeclared(root, data, shown)
    return build(_Reader(shown, root, data, options).package(notices), options)


class _Reader:
    """One file on its way to a package; collects what is left out."""

    def __init__(self, shown: str, root: Element, data: Element, options: Options) -> None:
        self.shown, self.root, self.data, self.options = shown, root, data, options
        self.studies = {
            e.get("ID", ""): _Study(words(e.get("NAME")), words(e.get("YEAR")).rstrip(".")) for e in root.iter("STUDY")
        }
        self.footnotes = 0
        self.unknown: Counter[str] = Counter()
        self.numbers: dict[str, str] = {}

    def package(self, notices: list[Notice]) -> Package:
        """Everything that is read of the file."""
        outcomes = tuple(self._outcomes())
        title = words("".join(t.itertext())) if (t := self.root.find("./COVER_SHEET/TITLE")) is not None else ""
        citation = _citation(self.root)
        bias, of_bias = bias_of(self._judged(), self.shown)
        found = [*notices, *self._summary(), *of_bias]
        text = f"{title or 'Review'} (RevMan file {self.shown.rpartition('/')[2]})"
        return Package(self.shown, title, self._software(), outcomes, citation, tuple(found), text, bias)

    def _software(self) -> str:
        version = words(self.root.get("REVMAN_SUB_VERSION")) or words(self.root.get("REVMAN_VERSION"))
        return f"RevMan {version}" if re.match(r"[1-9]\d*(\.\d+)*$", version) else "RevMan 5"

    def _outcomes(self) -> Iterator[Outcome]:
        for c, comparison in enumerate(self.data.iter("COMPARISON"), 1):
            number = words(comparison.get("NO")) or str(c)
            name = words(comparison.findtext("NAME")) or words(comparison.get("NAME"))
            place = 0
            for element in comparison:
                found = _OUTCOME.fullmatch(element.tag)
                if found:
                    place += 1
                    yield self._outcome(element, found[1], f"{number}.{words(element.get('NO')) or place}", name)
                elif element.tag != "NAME":
                    self.unknown[element.tag] += 1

    def _outcome(self, element: Element, kind: str, number: str, comparison: str) -> Outcome:
        get = element.get
        where = words(get("ID")) or f"analysis {number}"
        measure = words(get("EFFECT_MEASURE")) or words(element.findtext("EFFECT_MEASURE"))
        rows = tuple(self._row(d, kind, where, log=self._log(element, kind)) for d in element.findall(f"{kind}_DATA"))
        groups = tuple(
            self._group(g, kind, f"{where}.{i:02d}", i, element)
            for i, g in enumerate(element.findall(f"{kind}_SUBGROUP"), 1)
        )
        known = {
            f"{kind}_DATA",
            f"{kind}_SUBGROUP",
            "NAME",
            "EFFECT_MEASURE",
            "GROUP_LABEL_1",
            "GROUP_LABEL_2",
            "GRAPH_LABEL_1",
            "GRAPH_LABEL_2",
        }
        self.unknown.update(e.tag for e in element if e.tag not in known)
        for part in (element, *element.findall(f"{kind}_SUBGROUP")):
            self._unread(part, set(_RESULTS.values()))
        return Outcome(
            number=number, comparison=comparison, name=words(element.findtext("NAME")) or words(get("NAME")), where=where, kind=KINDS[kind],
            method=words(get("METHOD")).upper() or {"CONT": "IV", "IV": "IV", "IPD": "PETO"}.get(kind, ""), random=_random(get("RANDOM"), kind),
            measure=measure, log=self._log(element, kind), level=level_from(get("CI_TOTAL")), study_level=level_from(get("CI_STUDY")),
            totals={"SUB": "sub", "NO": "no"}.get(words(get("TOTALS")).upper(), "yes"), subgroup_test=words(get("SUBGROUP_TEST")).upper() != "NO",
            swap=yes(get("SWAP_EVENTS")), favours=(words(element.findtext("GRAPH_LABEL_1")), words(element.findtext("GRAPH_LABEL_2"))),
            arms=(words(element.findtext("GROUP_LABEL_1")), words(element.findtext("GROUP_LABEL_2"))), total=_part(element, where), groups=groups,
            rows=rows, note=self._unit(element),
        )  # fmt: skip

    def _unit(self, element: Element) -> str:
        unit = words(element.get("UNITS"))
        return f"unit: {unit}" if unit else ""

    def _log(self, element: Element, kind: str) -> bool | None:
        """Whether generic effects are entered as logarithms: as the file says, or as its logarithms of the results show."""
        if kind != "IV":
            return True if kind == "IPD" else None
        said = words(element.get("LOG_DATA")).upper()
        if said in ("YES", "NO"):
            return said == "YES"
        return any(as_number(e.get("LOG_EFFECT_SIZE")) is not None for e in element.iter("IV_DATA"))

    def _group(self, element: Element, kind: str, where: str, place: int, outcome: Element) -> Group:
        where = words(element.get("ID")) or where
        rows = tuple(self._row(d, kind, where, log=self._log(outcome, kind)) for d in element.findall(f"{kind}_DATA"))
        name = words(element.findtext("NAME")) or words(element.get("NAME"))
        return Group(words(element.get("NO")) or str(place), name, _part(element, where), rows)

    def _row(self, element: Element, kind: str, where: str, *, log: bool | None) -> StudyRow:
        key = element.get("STUDY_ID", "")
        study = self.studies.get(key) or _Study(_name_of(key), "")
        numbers = {column: words(element.get(name)) for column, name in _DATA[kind].items()}
        if kind == "IV":
            numbers["effect"] = _entered(element, log=bool(log))
        note = words("".join(element.itertext())) or words(element.get("FOOTNOTE")) or words(element.get("FOOTNOTES"))
        results = {name: attribute for name, attribute in _PRINTED.items() if attribute not in _DATA[kind].values()}
        printed = {name: words(element.get(attribute)) for name, attribute in results.items()}
        self._unread(element, {*results.values(), *_DATA[kind].values()})
        estimable = words(element.get("ESTIMABLE")).upper() != "NO"
        return StudyRow(
            study.name or words(key),
            study.year,
            f"{where}, {words(key) or 'study'}",
            numbers,
            printed,
            estimable,
            note=note,
            places=results,
        )

    def _unread(self, element: Element, known: set[str]) -> None:
        """Note attributes that hold numbers and are not known."""
        for name, text in element.attrib.items():
            if name not in known | _SETTINGS and as_number(text) is not None:
                self.numbers.setdefault(name, f"{element.tag} {name} {text}")

    def _judged(self) -> Iterator[tuple[str, str, str]]:
        """Study, domain and answer of every question on the risk of bias."""
        for item in self.root.iter("QUALITY_ITEM"):
            domain = words(item.findtext("NAME"))
            for entry in item.iter("QUALITY_ITEM_DATA_ENTRY"):
                key = entry.get("STUDY_ID", "")
                study = self.studies.get(key) or _Study(_name_of(key), "")
                yield study.name, domain, words(entry.get("RESULT"))

    def _summary(self) -> list[Notice]:
        """What the file holds beside its analyses, in one notice, and elements that are not known."""
        held = [what for tag, what in _TEXT_PARTS.items() if any(map(_holds, self.root.iter(tag)))]
        if any(_holds(e) for e in self.root.iter("QUALITY_ITEM_DATA_ENTRY")):
            held.append("support for the judgements of bias")
        notices = [Notice("dropped", self.shown, f"not carried over: {', '.join([*held, 'who changed what when'])}.")]
        others = [f"{tag} ({n})" for tag, n in sorted(self.unknown.items())]
        if others:
            message = f"elements among the analyses that are not known: {', '.join(others)}."
            notices.append(Notice("unread", self.shown, message))
        if self.numbers:
            message = f"attributes among the analyses that hold numbers and are not known: {', '.join(self.numbers.values())}."
            notices.append(Notice("unread", self.shown, message))
        return notices


def _holds(element: Element) -> bool:
    """Whether a part of the file holds any text of its authors; empty templates and what stands in brackets do not count."""
    return any((e.text or "").strip() and not (e.text or "").strip().startswith("[") for e in element.iter())


def _random(text: str | None, kind: str) -> bool | None:
    said = words(text).upper()
    if said in ("YES", "NO"):
        return said == "YES"
    return False if kind == "IPD" else None


def _name_of(key: str) -> str:
    """The name in a study's id, where the file lists no study of it: ``STD-MRC_x002d_1`` is MRC-1."""
    text = re.sub(r"_x([0-9a-fA-F]{4})_", lambda m: chr(int(m[1], 16)), key.removeprefix("STD-"))
    return words(text.replace("-", " ") if "_x" not in key else text.replace("_", " "))


def _entered(element: Element, *, log: bool) -> str:
    """The effect as it was entered: beside it stands its ratio, of which old files keep only that."""
    entered = words(element.get("ESTIMATE"))
    if entered:
        return entered
    shown = words(element.get("EFFECT_SIZE"))
    value = as_number(shown)
    if not log or value is None:
        return shown
    return repr(math.log(value)) if value > 0 else ""


def _part(element: Element, where: str) -> Part:
    results = {name: text for name, attribute in _RESULTS.items() if (text := words(element.get(attribute)))}
    return Part(where, results, _RESULTS, words(element.get("ESTIMABLE")).upper() != "NO")


def _citation(root: Element) -> Mapping[str, Any]:
    people = [p for p in root.findall("./COVER_SHEET/CREATORS/PERSON") if p.get("ROLE", "AUTHOR") == "AUTHOR"]
    names = [n for n in (words(p.findtext("LAST_NAME")) for p in people) if n]
    out: dict[str, Any] = {"authors": f"{names[0]} et al." if len(names) > 1 else names[0] if names else "not stated"}
    published = root.find("./COVER_SHEET/DATES/REVIEW_PUBLISHED")
    year = as_number(published.get("YEAR") if published is not None else root.get("MODIFIED", "")[:4])
    if year is not None and 1900 <= year <= 2100:
        out["year"] = int(year)
    doi = words(root.get("DOI"))
    if re.match(r"10\.\d{4,}/\S+$", doi):
        out["doi"] = doi
        journal = next((j for prefix, j in _JOURNAL.items() if doi.startswith(prefix)), "")
        out |= {"journal": journal} if journal else {}
    return out
