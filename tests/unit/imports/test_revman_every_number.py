"""Every number that RevMan wrote into a file is a claim that is reproduced to its digits, or a notice says why it is none."""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from metaudit.audit.engine import audit
from metaudit.drafts import write_draft
from metaudit.errors import InputError
from metaudit.formats.review import read_review
from metaudit.imports import revman5, revman_csv, revman_web
from metaudit.imports.options import Options

from . import revman_by_hand as by_hand
from . import revman_files as rm

SAVED = json.loads(
    (Path(__file__).parents[2] / "data" / "revman" / "fleiss1993-fields.json").read_text(encoding="utf-8")
)
# Attributes that are no results: settings, and what was entered for each kind of data.
SETTINGS = {"ID", "NO", "CI_STUDY", "CI_TOTAL", "SCALE", "ORDER", "STUDY_ID", "MODIFIED", "UNITS"}
ENTERED = {
    "DICH": {"EVENTS_1", "TOTAL_1", "EVENTS_2", "TOTAL_2"}, "CONT": {"MEAN_1", "SD_1", "TOTAL_1", "MEAN_2", "SD_2", "TOTAL_2"},
    "IV": {"ESTIMATE", "SE", "TOTAL_1", "TOTAL_2"}, "IPD": {"O_E", "VAR", "EVENTS_1", "TOTAL_1", "EVENTS_2", "TOTAL_2"},
}  # fmt: skip
ROWS = {
    "EFFECT_SIZE": "printed_effect",
    "CI_START": "printed_ci_low",
    "CI_END": "printed_ci_high",
    "WEIGHT": "printed_weight",
}
# Numbers that neither an approximation nor a difference of Q and its degrees of freedom costs digits.
PLAIN = (
    "EFFECT_SIZE",
    "CI_START",
    "CI_END",
    "SE",
    "VAR",
    "WEIGHT",
    "LOG_EFFECT_SIZE",
    "LOG_CI_START",
    "LOG_CI_END",
    "Z",
    "CHI2",
)


def number(text):
    """A finite number, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def same(printed, text):
    """Whether a claim's number is RevMan's with all or some of its digits; Z may have gained its sign."""
    if printed.startswith("<"):
        return abs(float(text)) < float(printed[1:])
    mantissa, _, exponent = printed.lower().partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return min(abs(float(printed) - float(text)), abs(float(printed) + float(text))) <= unit


def results_of(content):
    """Every result in a RevMan 5 file: place, attribute, text."""
    root = ET.fromstring(content)
    for outcome in root.iter():
        kind, _, part = outcome.tag.partition("_")
        if part != "OUTCOME" or kind not in ENTERED:
            continue
        place = outcome.get("ID")
        for element in outcome.iter():
            own = element.tag.partition("_")[2]
            if own not in ("OUTCOME", "SUBGROUP", "DATA"):
                continue
            place = element.get("ID", place)
            where = place if own != "DATA" else f"{place}, {element.get('STUDY_ID')}"
            out = SETTINGS | (ENTERED[kind] if own == "DATA" else set())
            yield from (
                (where, outcome.get("ID"), k, v)
                for k, v in element.attrib.items()
                if k not in out and number(v) is not None
            )


def unaccounted(made, content):
    """Results that are neither a claim, nor in a row, nor in a notice."""
    claims = {c["where"]: c for c in made.claims}
    rows = {r["where"]: r for r in made.rows}
    weights = {c["where"]: c for c in made.claims if c["quantity"] == "weight"}
    for where, outcome, name, text in results_of(content):
        found = claims.get(f"{where}, {name}")
        if found is not None and same(found["printed"], text):
            continue
        row = rows.get(where, {}).get(ROWS.get(name, ""), "")
        if row and same(row, text):
            continue
        if name == "WEIGHT" and where in weights and same(weights[where]["printed"], text):
            continue
        if any(
            n.place.endswith((f", {where}", f", {outcome}")) and f"{name} {text}" in n.message for n in made.notices
        ):
            continue
        yield where, name, text


@pytest.fixture
def imported(tmp_path):
    """Content and suffix -> the draft, and the verdicts of the review that it becomes."""

    def make(content, suffix="rm5"):
        path = tmp_path / f"review.{suffix}"
        path.write_bytes(content)
        made = {"rm5": revman5, "csv": revman_csv, "zip": revman_web}[suffix].read(path, Options())
        folder = tmp_path / f"imported-{len(list(tmp_path.iterdir()))}"
        write_draft(made, folder)
        return made, audit(read_review(folder), search="missed")

    return make


CASES = {
    "odds ratio": {"kind": "DICH", "measure": "OR", "method": "MH"},
    "risk ratio": {"kind": "DICH", "measure": "RR", "method": "MH", "level": 99},
    "risk difference": {"kind": "DICH", "measure": "RD", "method": "MH"},
    "inverse variance": {"kind": "DICH", "measure": "RR", "method": "IV", "level": 90},
    "peto": {"kind": "DICH", "measure": "PETO_OR", "method": "PETO", "level": 99},
    "peto in subgroups": {"kind": "DICH", "measure": "PETO_OR", "method": "PETO", "groups": (3, 3)},
    "random odds ratio": {"kind": "DICH", "measure": "OR", "method": "MH", "model": "random"},
    "random risk ratio": {"kind": "DICH", "measure": "RR", "method": "IV", "model": "random", "level": 99},
    "random risk difference": {"kind": "DICH", "measure": "RD", "method": "MH", "model": "random", "k": 12},
    "mean difference": {"kind": "CONT", "measure": "MD"},
    "random mean difference": {"kind": "CONT", "measure": "MD", "model": "random", "level": 99},
    "standardised": {"kind": "CONT", "measure": "SMD"},
    "random standardised": {"kind": "CONT", "measure": "SMD", "model": "random", "groups": (4, 3)},
    "generic ratio": {"kind": "IV", "measure": "HR", "level": 99},
    "generic": {"kind": "IV", "measure": "GEN", "model": "random"},
    "generic in subgroups": {"kind": "IV", "measure": "HR", "model": "random", "groups": (3, 4, 2)},
    "observed less expected": {"kind": "IPD", "measure": "HR", "level": 99},
    "observed less expected in subgroups": {"kind": "IPD", "measure": "HR", "groups": (2, 4)},
    "subgroups": {"kind": "DICH", "measure": "OR", "method": "MH", "groups": (4, 3, 2)},
    "random subgroups": {"kind": "DICH", "measure": "RR", "method": "MH", "model": "random", "groups": (4, 5), "level": 99},
    "subgroups of differences": {"kind": "CONT", "measure": "MD", "groups": (3, 1, 4)},
    "subtotals": {"kind": "DICH", "measure": "RD", "method": "MH", "groups": (4, 3), "totals": "SUB"},
    "no totals": {"kind": "DICH", "measure": "OR", "method": "MH", "groups": (4, 3), "totals": "NO"},
    "one study": {"kind": "CONT", "measure": "MD", "k": 1},
    "many studies": {"kind": "DICH", "measure": "OR", "method": "MH", "model": "random", "k": 60},
}  # fmt: skip


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", list(CASES))
def test_every_number_of_a_made_up_file(imported, name, seed):
    content = rm.review(
        by_hand.outcome(**CASES[name], seed=f"{name} {seed}"), studies=[(f"S{i}", "2001") for i in range(60)]
    )
    made, rows = imported(content)
    assert not list(unaccounted(made, content))
    assert [(r.quantity, r.subject, r.printed, r.value) for r in rows if r.verdict != "EXACT"] == []
    assert len(rows) >= len(made.claims) + sum(k in ROWS.values() for r in made.rows for k in r) > 0


@pytest.mark.parametrize("name", ["odds ratio", "random mean difference", "generic in subgroups", "peto"])
def test_as_many_digits_as_are_reproducible(imported, name):
    """A claim on two digits would be no test of anything: 8 at least (of small differences), more than 11 on the average."""
    content = rm.review(by_hand.outcome(**CASES[name], seed=3), studies=[(f"S{i}", "2001") for i in range(60)])
    made, _ = imported(content)
    claims = [c["printed"] for c in made.claims if c["where"].rpartition(", ")[2] in PLAIN]
    digits = [len(re.sub(r"^-?0*\.?0*|\.|e.*", "", text)) for text in claims]
    assert len(digits) > 8
    assert min(digits) >= 8
    assert sum(digits) / len(digits) > 11


def test_a_wrong_digit_is_found(imported):
    """The tests above could fail: the eleventh digit of an estimate, of a logarithm and of a weight."""
    content = rm.review(
        by_hand.outcome(**CASES["subgroups"], seed=4), studies=[(f"S{i}", "2001") for i in range(9)]
    ).decode()
    head = re.search(r"<DICH_OUTCOME[^>]*>", content)[0]
    wrong = head
    for name in ("LOG_CI_END", "CHI2", "I2_Q", "P_Z"):
        text = re.search(rf' {name}="([^"]*)"', wrong)[1]
        wrong = wrong.replace(f' {name}="{text}"', f' {name}="{float(text) * (1 + 1e-8)!r}"')
    _, rows = imported(content.replace(head, wrong).encode())
    assert sorted({r.quantity for r in rows if r.verdict != "EXACT"}) == ["ci_high", "p", "q", "subgroup_i2"]


def test_an_attribute_that_is_not_known_is_named(imported):
    content = rm.review(by_hand.outcome(**CASES["odds ratio"], seed=5), studies=[(f"S{i}", "2001") for i in range(6)])
    made, _ = imported(
        content.replace(b"<DICH_OUTCOME ", b'<DICH_OUTCOME GOSH="0.25" ').replace(
            b"<DICH_DATA ", b'<DICH_DATA PSHAW="7" '
        )
    )
    found = next(n for n in made.notices if "attributes among the analyses" in n.message)
    assert {"DICH_OUTCOME GOSH 0.25", "DICH_DATA PSHAW 7"} == set(
        found.message.partition(": ")[2].removesuffix(".").split(", ")
    )


ODD = [
    "0",
    "-1",
    "1e308",
    "-1e308",
    "1e-320",
    "1e300",
    "NaN",
    "Infinity",
    "",
    "0." + "3" * 1200,
    "9" * 300,
    "1e-9",
    "100.5",
    "-0.0",
]


@pytest.mark.parametrize("odd", ODD)
def test_what_only_a_damaged_file_holds_is_read_or_refused(tmp_path, odd):
    """Every result by itself, and all of them: a draft or a message, and nothing else."""
    text = rm.review(
        by_hand.outcome(**CASES["random subgroups"], seed=7), studies=[(f"S{i}", "2001") for i in range(9)]
    ).decode()
    names = sorted({name for _, _, name, _ in results_of(text)})
    for chosen in (*([n] for n in names), names):
        path = tmp_path / "odd.rm5"
        path.write_text(re.sub(rf' ({"|".join(chosen)})="[^"]*"', rf' \1="{odd}"', text), encoding="utf-8")
        with contextlib.suppress(InputError):
            assert revman5.read(path, Options()).rows


def test_logarithms_of_another_base_and_numbers_that_are_none(imported):
    """A version that writes natural logarithms is read as such; a logarithm of something else is no claim, and said."""
    text = rm.review(
        by_hand.outcome(**CASES["odds ratio"], seed=6), studies=[(f"S{i}", "2001") for i in range(6)]
    ).decode()

    def natural(match):
        return f'LOG_{match[1]}="{float(match[2]) * math.log(10)!r}"'

    made, rows = imported(re.sub(r'LOG_(\w+)="([^"]*)"', natural, text).encode())
    assert {c["scale"] for c in made.claims if c.get("scale")} == {"log"}
    assert Counter(r.verdict for r in rows) == {"EXACT": len(rows)}
    odd = re.sub(r'(<DICH_OUTCOME[^>]*) LOG_CI_END="[^"]*"', r'\1 LOG_CI_END="0.123"', text)
    made, _ = imported(odd.encode())
    assert any("LOG_CI_END 0.123 (it is no logarithm of CI_END)" in n.message for n in made.notices)


def saved_rm5():
    """The results that RevMan saved, in a file of their own (tests/data/revman)."""
    outcomes = []
    for o in SAVED["rm5"]:
        lines = "".join(rm.tag(f"{o['kind']}_DATA", d) for d in o["data"])
        outcomes.append(rm.tag(f"{o['kind']}_OUTCOME", o["attributes"], f"<NAME>{o['name']}</NAME>{lines}"))
    return rm.review(*outcomes, studies=SAVED["studies"])


def test_every_number_that_revman_saved(imported):
    content = saved_rm5()
    made, rows = imported(content)
    assert not list(unaccounted(made, content))
    assert Counter(r.verdict for r in rows) == {"EXACT": 83}


def test_every_number_that_revman_exported(imported):
    header, *lines = SAVED["export"]
    content = "\n".join([header, *lines]).encode()
    made, rows = imported(content, "csv")
    assert Counter(r.verdict for r in rows) == {"EXACT": 86}
    names = header.split(",")
    entered = {"Comparison Number", "Outcome Number", "Subgroup Number", "Year of study", "User defined order"}
    raw = {"Events 1", "Mean 1", "SD 1", "Total 1", "Events 2", "Mean 2", "SD 2", "Total 2"}
    for line_number, line in enumerate(lines, 2):
        cells = dict(zip(names, line.split(","), strict=True))
        out = entered | (raw if not cells["Data Type"] else set())
        for name, text in cells.items():
            if name in out or number(text) is None:
                continue
            assert _of_table(made, f"row {line_number}", name, text), (line_number, name, text)


def test_every_number_of_the_data_package(imported):
    tables = {f"9-analysis-data/9-{n}.csv": ("\n".join(t) + "\n").encode() for n, t in SAVED["web"].items()}
    made, rows = imported(rm.packed(tables), "zip")
    assert Counter(r.verdict for r in rows) == {"EXACT": 43}
    entered = {"Analysis group", "Analysis number"}
    raw = {"GIV Mean", "GIV SE", "O-E", "Variance", "Study year"} | {
        f"{a} {c}" for a in ("Experimental", "Control") for c in ("mean", "SD", "cases", "N")
    }
    for table, out in (("overall-estimates-and-settings", entered), ("data-rows", entered | raw)):
        header, *lines = SAVED["web"][table]
        for line_number, line in enumerate(lines, 2):
            cells = dict(zip(header.split(","), line.split(","), strict=True))
            where = f"data-rows, row {line_number}" if table == "data-rows" else f"analysis 1.{line_number - 1}"
            for name, text in cells.items():
                if name not in out and number(text) is not None:
                    assert _of_table(
                        made,
                        where,
                        name,
                        text,
                        outcome=f"analysis {cells['Analysis group']}.{cells['Analysis number']}",
                    ), (where, name, text)


def _of_table(made, where, name, text, outcome=""):
    """Whether a number of a table is a claim, stands in a row, or in a notice."""
    column = name.lower().replace("i²(", "i(").replace("tau²", "tau") if where.startswith("row") else name.lower()
    at = [
        c
        for c in made.claims
        if c["where"].endswith(f", {column}") and (c["where"].rpartition(", ")[0] + ",").rpartition(where + ",")[1]
    ]
    if any(same(c["printed"], text) for c in at):
        return True
    rows = [r for r in made.rows if r["where"] == where]
    if any(k.startswith("printed_") and same(v, text) for r in rows for k, v in r.items()):
        return True
    return any(f"{column} {text}" in n.message and (where in n.place or outcome in n.place) for n in made.notices)
