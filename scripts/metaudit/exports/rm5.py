"""A RevMan 5 review file, with the totals that RevMan would write into it as metaudit computes them."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

from metaudit.exports.content import Content
from metaudit.exports.revman import outcomes
from metaudit.exports.revman_bias import answers, judgements
from metaudit.exports.revman_outcome import Group, Line, Outcome, Settings, Total, limits
from metaudit.exports.rm5_frame import characteristics, cover_sheet, grow, main_text, studies

_TYPES = {"counts": "DICH", "means": "CONT", "generic": "IV"}
_CODES = {"PETO": "PETO_OR"}
_FREE_LABELS = {"GEN": "Effect", "GEN-LOG": "Ratio"}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(content: Content) -> bytes:
    """The review as RevMan 5 saves it: UTF-8, attributes in the order of the alphabet."""
    found = outcomes(content, bias=True)
    citation = content.review.citation
    root = ET.Element("COCHRANE_REVIEW", _review_attributes(str(citation.get("doi", ""))))
    year = str(citation.get("year", ""))
    cover_sheet(root, title=content.review.title, authors=str(citation.get("authors", "")), year=year)
    main_text(root)
    ids = _study_ids(found)
    included = {ids[line.label]: (line.label, line.row.row.text("year")) for o in found for line in o.lines}
    studies(root, included)
    characteristics(root, included)
    _quality(root, found, content, ids)
    grow(root, "SOF_TABLES ADDITIONAL_TABLES")
    data = ET.SubElement(root, "ANALYSES_AND_DATA", {"CALCULATED_DATA": "YES"})
    comparison = ET.SubElement(data, "COMPARISON", {"ID": "CMP-001", "NO": "1"})
    ET.SubElement(comparison, "NAME").text = content.review.title
    order = 0
    for no, outcome in enumerate(found, start=1):
        order = _outcome(comparison, outcome, no=no, order=order, ids=ids)
    grow(root, "FIGURES FEEDBACK APPENDICES EXTENSIONS")
    return _serialised(root, content)


def _quality(root: ET.Element, found: list[Outcome], content: Content, ids: dict[str, str]) -> None:
    """The questions on the risk of bias with their answers."""
    place = ET.SubElement(root, "QUALITY_ITEMS")
    for no, (domain, studies_judged) in enumerate(answers(judgements(found), content).items(), start=1):
        attributes = {"CORE_ITEM": "YES", "ID": f"QIT-{no:02d}", "LEVEL": "STUDY", "NO": str(no)}
        item = ET.SubElement(place, "QUALITY_ITEM", attributes)
        ET.SubElement(item, "NAME").text = domain
        grow(item, "DESCRIPTION")
        data = ET.SubElement(item, "QUALITY_ITEM_DATA")
        for label, answer in studies_judged.items():
            entry = ET.SubElement(data, "QUALITY_ITEM_DATA_ENTRY", {"RESULT": answer, "STUDY_ID": ids[label]})
            grow(entry, "DESCRIPTION")


def _review_attributes(doi: str) -> dict[str, str]:
    return {
        "DESCRIPTION": "", "DOI": doi, "GROUP_ID": "", "ID": "", "MERGED_FROM": "", "REVIEW_NO": "", "REVMAN_SUB_VERSION": "5.4",
        "REVMAN_VERSION": "5", "SPLIT_FROM": "", "STAGE": "R", "STATUS": "A", "TYPE": "INTERVENTION", "VERSION_NO": "0.0",
    }  # fmt: skip


def _serialised(root: ET.Element, content: Content) -> bytes:
    for element in root.iter():
        element.attrib.update({k: element.attrib.pop(k) for k in sorted(element.attrib)})
        for text in (element.text or "", *element.attrib.values()):
            if _NOT_XML.search(text):
                message = f"{text!r} holds a control character, which XML cannot hold."
                raise content.refuse("encoding", message, "Delete it in the review's files.")
    ET.indent(root, space="")
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n{text}\n'.encode()


def _study_ids(found: list[Outcome]) -> dict[str, str]:
    """Label -> id: RevMan writes whatever is no letter or digit as its code point."""
    labels = dict.fromkeys(line.label for o in found for line in o.lines)
    return {label: "STD-" + re.sub(r"[^A-Za-z0-9]", lambda m: f"_x{ord(m[0]):04x}_", label) for label in labels}


def number(x: float) -> str:
    """A number as Java prints a double."""
    if math.isnan(x):
        return ""
    return repr(float(x)) if math.isfinite(x) else ("Infinity" if x > 0 else "-Infinity")


def _outcome(comparison: ET.Element, outcome: Outcome, *, no: int, order: int, ids: dict[str, str]) -> int:
    settings, kind = outcome.settings, _TYPES[outcome.part.kind]
    key = f"CMP-001.{no:02d}"
    attributes = {
        "ID": key, "NO": str(no), "METHOD": settings.method, "RANDOM": _yes(settings.random), "CI_STUDY": f"{100 * settings.level:g}",
        "CI_TOTAL": f"{100 * settings.level:g}", "SCALE": "100.0", "SORT_BY": "USER", "SUBGROUPS": _yes(outcome.grouped),
        "SUBGROUP_TEST": "YES", "TOTALS": "YES", **_pooled(outcome.total, settings), **_sums(outcome, kind),
        "STUDIES": str(len(outcome.lines)), "WEIGHT": number(math.fsum(line.weight for line in outcome.lines)),
        "Q": number(_or_zero(outcome.between.q)), "P_Q": number(_or_zero(outcome.between.q_p)), "I2_Q": number(_or_zero(outcome.between.i2)),
    }  # fmt: skip
    attributes |= {"DICH": {"SWAP_EVENTS": "NO"}, "CONT": {"UNITS": ""}, "IV": {}}[kind]
    if kind == "IV":
        attributes |= {"LOG_DATA": _yes(settings.measure.ratio)}
        del attributes["METHOD"]
    else:
        attributes["EFFECT_MEASURE"] = _CODES.get(settings.measure.code, settings.measure.code)
    if kind == "CONT":
        del attributes["METHOD"]
    element = ET.SubElement(comparison, f"{kind}_OUTCOME", attributes)
    _names(element, outcome, kind)
    for i, group in enumerate(outcome.groups, start=1):
        place = _group(element, group, outcome, key=f"{key}.{i:02d}", kind=kind) if outcome.grouped else element
        for line in group.lines:
            order += 1
            _study(place, line, settings, kind=kind, ids=ids, order=order)
    return order


def _names(element: ET.Element, outcome: Outcome, kind: str) -> None:
    """What it is called, and which way is good: the left side of the graph is the lower one."""
    ET.SubElement(element, "NAME").text = outcome.part.analysis.title
    ET.SubElement(element, "GROUP_LABEL_1").text = "Experimental"
    ET.SubElement(element, "GROUP_LABEL_2").text = "Control"
    sides = {"low": ("experimental", "control"), "high": ("control", "experimental")}
    left, right = sides.get(outcome.part.analysis.favours, ("", ""))
    ET.SubElement(element, "GRAPH_LABEL_1").text = f"Favours {left}" if left else ""
    ET.SubElement(element, "GRAPH_LABEL_2").text = f"Favours {right}" if right else ""
    if kind == "IV":
        ET.SubElement(element, "EFFECT_MEASURE").text = _FREE_LABELS[outcome.part.measure.code]


def _yes(true: bool) -> str:
    return "YES" if true else "NO"


def _or_zero(x: float) -> float:
    return 0.0 if math.isnan(x) else x


def _scaled(stem: str, x: float, settings: Settings, *, logs: bool) -> dict[str, str]:
    """A number on the natural scale and, for ratios of counts, its decimal logarithm."""
    natural = settings.measure.to_natural(x) if not math.isnan(x) else x
    out = {stem: number(natural)}
    if logs:
        out[f"LOG_{stem}"] = number(x / math.log(10) if settings.measure.ratio else _log10(natural))
    return out


def _log10(x: float) -> float:
    return math.nan if math.isnan(x) or x < 0 else (math.log10(x) if x > 0 else -math.inf)


def _effect(numbers: tuple[float, float, float], settings: Settings) -> dict[str, str]:
    logs = settings.measure.kind == "counts"
    out: dict[str, str] = {}
    for stem, x in zip(("EFFECT_SIZE", "CI_START", "CI_END"), numbers, strict=True):
        out |= _scaled(stem, x, settings, logs=logs)
    return out


def _pooled(total: Total, settings: Settings) -> dict[str, str]:
    return {
        **_effect((total.estimate, total.ci_low, total.ci_high), settings), "ESTIMABLE": _yes(not math.isnan(total.estimate)),
        "CHI2": number(total.q), "DF": str(total.q_df), "P_CHI2": number(total.q_p), "I2": number(total.i2), "TAU2": number(total.tau2),
        "Z": number(total.z), "P_Z": number(total.p),
    }  # fmt: skip


def _sums(of: Outcome | Group, kind: str) -> dict[str, str]:
    if kind == "IV":
        return {"TOTAL_1": "0", "TOTAL_2": "0"}
    out = {"TOTAL_1": str(of.sum("n_t")), "TOTAL_2": str(of.sum("n_c"))}
    return out | ({"EVENTS_1": str(of.sum("events_t")), "EVENTS_2": str(of.sum("events_c"))} if kind == "DICH" else {})


def _group(element: ET.Element, group: Group, outcome: Outcome, *, key: str, kind: str) -> ET.Element:
    attributes = {
        **_pooled(group.total, outcome.settings), **_sums(group, kind), "ID": key, "NO": str(int(key[-2:])),
        "STUDIES": str(len(group.lines)), "WEIGHT": number(group.weight),
    }  # fmt: skip
    place = ET.SubElement(element, f"{kind}_SUBGROUP", attributes)
    ET.SubElement(place, "NAME").text = group.name
    return place


def _study(place: ET.Element, line: Line, settings: Settings, *, kind: str, ids: dict[str, str], order: int) -> None:
    low, high = limits(line, settings.level)
    attributes = {
        **_effect((line.yi, low, high), settings), "ESTIMABLE": _yes(line.estimable), "ORDER": str(order), "STUDY_ID": ids[line.label],
        "SE": number(line.se), "WEIGHT": number(line.weight),
    }  # fmt: skip
    cells = line.cells
    if kind == "IV":
        attributes |= {"ESTIMATE": cells.get("effect", ""), "SE": cells.get("se", ""), "TOTAL_1": "0", "TOTAL_2": "0"}
    else:
        attributes |= {"TOTAL_1": cells["n_t"], "TOTAL_2": cells["n_c"]}
    if kind == "DICH":
        peto = settings.method == "PETO" and line.estimable
        var = line.se**-2.0 if peto else line.se**2
        attributes |= {
            "EVENTS_1": cells["events_t"],
            "EVENTS_2": cells["events_c"],
            "O_E": number(line.yi * var if peto else 0.0),
            "VAR": number(var),
        }
    elif kind == "CONT":
        attributes |= {f"{n}_{i}": cells[f"{n.lower()}_{s}"] for n in ("MEAN", "SD") for i, s in ((1, "t"), (2, "c"))}
    ET.SubElement(place, f"{kind}_DATA", attributes)
