"""The explorer's data are the text of the result files, and its words cover every choice that a method can make."""

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from making import claim, made
from metaudit.audit import audit
from metaudit.audit_words import vocabulary
from metaudit.formats.review import read_review
from metaudit.measures import MEASURES
from metaudit.report.explorer import (
    FIT_COLUMNS,
    INTERVAL_COLUMNS,
    TABLES,
    Explorer,
    choice_of,
    explorers,
)
from metaudit.report.language import LANGUAGES, Interface, french
from metaudit.report.site import environment
from metaudit.space import load
from metaudit.specs import parse_spec
from metaudit.stages.universe import write_universe

ROOT = Path(__file__).resolve().parents[3]
TRIALS = [
    {"study": f"T{i}", "events_t": a, "n_t": n, "events_c": c, "n_c": m}
    for i, (a, n, c, m) in enumerate([(4, 123, 11, 139), (0, 306, 29, 303), (3, 231, 11, 220)], 1)
]


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def data_of(explorer):
    """The table of a script, read as a browser reads it."""
    head, _, body = explorer.text.partition(" = window.metauditExplorer || {})[")
    assert head == "(window.metauditExplorer"
    assert body.endswith(";\n")
    name, _, data = body[:-2].partition("] = ")
    return json.loads(name), json.loads(data)


@pytest.fixture(scope="module", params=["colditz-1994", "li-2007", "stijnen-2010-rates", "dorn-2007", "rothman-2008-tolbutamide"])  # fmt: skip
def shipped(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("explorer") / request.param
    review = read_review(ROOT / "data" / "reviews" / request.param)
    rows = json.loads((ROOT / "results" / request.param / "audit.json").read_text(encoding="utf-8"))
    write_universe(review, [SimpleNamespace(**r) for r in rows], folder, level=0.95)
    addresses = {f"{request.param}/{r['claim']}": f"{request.param}.html#claim-{r['claim']}" for r in rows}
    return SimpleNamespace(folder=folder, audit=rows, found=explorers(folder, request.param, addresses=addresses))


def test_every_number_is_the_text_of_the_result_files(shipped):
    for analysis, explorer in shipped.found.items():
        name, data = data_of(explorer)
        assert name == explorer.name == f"{shipped.folder.name}.{analysis}"
        fits = [line.split(",") for line in data["fits"].split("\n")]
        own = [r for r in rows_of(shipped.folder / "universe.csv") if r["analysis"] == analysis]
        assert fits == [[r["fit"], r["left_out"], *(r[c] for c in FIT_COLUMNS)] for r in own]
        lines = [line.split(",") for line in data["intervals"].split("\n")]
        own = [r for r in rows_of(shipped.folder / "universe_intervals.csv") if r["analysis"] == analysis]
        assert [line[3:] for line in lines] == [[r[c] for c in INTERVAL_COLUMNS] for r in own]
        readings = [data["readings"][int(line[2])] for line in lines]
        assert [(r["ci"], r["pi"]) for r in readings] == [(f"{r['ci']}@{r['level']}", r["pi"]) for r in own]
        studies = [s for group in data["studies"].values() for s in group]
        own = [r for r in rows_of(shipped.folder / "universe_studies.csv") if r["analysis"] == analysis]
        assert sorted(studies) == sorted([r[c] for c in ("row", "study", "estimate", "ci_low", "ci_high")] for r in own)


def test_choices_tell_every_fit_apart(shipped):
    for explorer in shipped.found.values():
        _, data = data_of(explorer)
        choices = [tuple(m[d] for d in ("measure", "variance", "model", "tau2", "zero_cells")) for m in data["methods"]]
        assert len(set(choices)) == len(choices)


def test_what_the_audit_calls_exact_is_inside_its_window_here(shipped):
    seen = 0
    verdicts = {r["claim"]: r for r in shipped.audit}
    for explorer in shipped.found.values():
        _, data = data_of(explorer)
        fits = {tuple(line.split(",")[:2]): line.split(",")[2:] for line in data["fits"].split("\n")}
        read = {tuple(line.split(",")[:3]): line.split(",")[3:] for line in data["intervals"].split("\n")}
        for printed in (p for group in data["printed"] for p in group["printed"]):
            row = verdicts[printed["claim"]]
            if row["verdict"] != "EXACT" or not row["spec"]:
                continue
            chosen = choice_of(parse_spec(row["spec"]))
            fit = next(m["fit"] for m in data["methods"] if all(m[d] == chosen[d] for d in m if d in chosen))
            reading = next(
                i for i, r in enumerate(data["readings"]) if (r["ci"], r["pi"]) == (chosen["ci"], chosen["pi"])
            )
            numbers = dict(zip(FIT_COLUMNS, fits[fit, ""], strict=True))
            numbers |= dict(zip(INTERVAL_COLUMNS, read[fit, "", str(reading)], strict=True))
            column = "i2_q" if printed["quantity"] == "i2" and chosen["i2"] != "tau2" else printed["quantity"]
            x, low, high = float(numbers[column]), printed["low"], printed["high"]
            assert not low or (x > float(low) if printed["lowOpen"] else x >= float(low)), printed
            assert not high or (x < float(high) if printed["highOpen"] else x <= float(high)), printed
            assert printed["href"].endswith(f"#claim-{printed['claim']}")
            seen += 1
    assert seen


def test_the_method_that_gives_most_is_named_with_how_much(tmp_path):
    review = made(
        tmp_path / "r", rows=TRIALS, measure="RR", method={"model": "random", "tau2": "REML"},
        claims=[claim("k", "k", "3"), claim("e", "estimate", "9.99")],
    )  # fmt: skip
    write_universe(review, audit(review), tmp_path / "out", level=0.95)
    (found,) = explorers(tmp_path / "out", "made").values()
    (group,) = data_of(found)[1]["printed"]
    assert group["stated"]["tau2"] == "REML"
    assert group["given"] == 1
    assert [p["claim"] for p in group["printed"]] == ["k", "e"]


def test_nothing_given_is_said_so(tmp_path):
    review = made(tmp_path / "r", rows=TRIALS, measure="RR", claims=[claim("e", "estimate", "9.99")])
    write_universe(review, audit(review), tmp_path / "out", level=0.95)
    (found,) = explorers(tmp_path / "out", "made").values()
    (group,) = data_of(found)[1]["printed"]
    assert (group["gives"], group["given"]) == (None, 0)


def test_two_printed_methods_are_two_results(tmp_path):
    claims = [claim("r", "estimate", "0.3"), claim("f", "estimate", "0.2", method="model=common")]
    review = made(tmp_path / "r", rows=TRIALS, measure="RR", method={"model": "random"}, claims=claims)
    write_universe(review, audit(review), tmp_path / "out", level=0.95)
    (found,) = explorers(tmp_path / "out", "made").values()
    groups = data_of(found)[1]["printed"]
    assert [g["method"] for g in groups] == ["", "model=common"]
    assert [g["stated"]["model"] for g in groups] == ["random", "common"]


HALVED = [{"study": f"H{i}", "events_t": 180, "n_t": 1000, "events_c": 400, "n_c": 1000} for i in (1, 2)]


@pytest.mark.parametrize(
    ("events", "printed", "cut"),
    [
        (180, "55", False),  # exactly 55 %
        (181, "54", True),  # 54.75 %
        (200, "50", False),  # exactly half
        (197, "50", True),  # 50.75 %
    ],
)
def test_a_percent_reduction_comes_out_whether_rounded_or_cut(tmp_path, events, printed, cut):
    rows = [{**row, "events_t": events} for row in HALVED]
    reduction = claim("e", "estimate", printed, scale="percent-reduction")
    review = made(tmp_path / "r", rows=rows, measure="RR", method={"model": "common"}, claims=[reduction])
    write_universe(review, audit(review), tmp_path / "out", level=0.95)
    (found,) = explorers(tmp_path / "out", "made").values()
    (group,) = data_of(found)[1]["printed"]
    assert group["given"] == 1
    (shown,) = group["printed"]
    assert (shown["scale"], "cut" in shown) == ("percent-reduction", cut)
    if cut:
        assert float(shown["cut"]["low"]) < events / 400 <= float(shown["cut"]["high"])
        assert (shown["cut"]["lowOpen"], shown["cut"]["highOpen"]) == (True, False)


def test_what_is_printed_as_a_reduction_keeps_its_own_names(tmp_path):
    claims = [
        claim(q, q, text, scale="percent-reduction") for q, text in (("estimate", "55"), ("ci_low", "50"), ("ci_high", "60"))
    ]  # fmt: skip
    review = made(tmp_path / "r", rows=HALVED, measure="RR", method={"model": "common"}, claims=claims)
    write_universe(review, audit(review), tmp_path / "out", level=0.95)
    (found,) = explorers(tmp_path / "out", "made").values()
    (group,) = data_of(found)[1]["printed"]
    assert [(p["quantity"], p.get("asked"), p["printed"]) for p in group["printed"]] == [
        ("estimate", None, "55"), ("ci_low", "ci_high", "50"), ("ci_high", "ci_low", "60")
    ]  # fmt: skip
    assert group["given"] == 3


def test_subgroups_are_a_choice_with_their_own_printed_results(tmp_path):
    rows = [{**TRIALS[i % 3], "study": f"S{i}", "x_site": "a" if i < 3 else "b"} for i in range(6)]
    claims = [
        claim("b", "k", "3", subject="site=b"), claim("e", "estimate", "9.99"), claim("wrong", "k", "4", subject="a"),
    ]  # fmt: skip
    review = made(tmp_path / "r", rows=rows, measure="RR", method={"model": "random"}, claims=claims, subgroups="site")
    write_universe(review, audit(review), tmp_path / "out", level=0.95)
    (found,) = explorers(tmp_path / "out", "made", subgroups={"main": "site"}).values()
    data = data_of(found)[1]
    assert data["subgroups"] == {"a": "“site”: a", "b": "“site”: b"}
    assert [m.get("subgroup", "") for m in data["methods"]].count("b") == len(data["methods"]) / 3
    groups = {g.get("subgroup", ""): g for g in data["printed"]}
    assert list(groups) == ["", "a", "b"]
    assert [groups[level]["given"] for level in ("", "a", "b")] == [0, 0, 1]
    assert groups["b"]["gives"]["subgroup"] == groups["b"]["stated"]["subgroup"] == "b"
    assert "subgroup" not in groups[""]["stated"]


def test_names_of_studies_cannot_end_the_script(tmp_path):
    rows = [{**TRIALS[0], "study": "</script><b>Ende</b>"}, {**TRIALS[2], "study": 'Ö "quoted", 2001'}]
    review = made(tmp_path / "r", rows=rows, measure="RR", claims=[claim("k", "k", "2")])
    write_universe(review, audit(review), tmp_path / "out", level=0.95)
    (found,) = explorers(tmp_path / "out", "made").values()
    assert "</" not in found.text
    names = {s[1] for group in data_of(found)[1]["studies"].values() for s in group}
    assert names == {"</script><b>Ende</b>", 'Ö "quoted", 2001'}


def test_without_the_tables_there_is_no_explorer(tmp_path):
    assert explorers(tmp_path, "nothing") == {}


@pytest.fixture(scope="module")
def words():
    interface = Interface()
    view = SimpleNamespace(explorer=Explorer(name="a.b", file="explorer/a.b.js", text=""))
    page = environment(interface).get_template("explorer.html.j2").render(view=view)
    return SimpleNamespace(page=page, keys=re.findall(r'data-word="([^"]+)"', page), used=interface.used)


def test_every_value_of_every_choice_has_words(words):
    space = load()
    wanted = {f"measure:{code}" for code in MEASURES}
    of_all = {"model": ("model", "counts", "rd_variance", "glmm"), "tau2": ("tau2", "q"), "ci": ("ci",), "pi": ("pi",), "i2": ("i2",)}  # fmt: skip
    usual = {"as-they-are", "inverse-variance", "sato"}
    for field, dimensions in of_all.items():
        for d in dimensions:
            wanted |= {f"{field}:{code}" for code in space.codes(d) if code not in usual}
    wanted |= {f"variance:{code}" for measure in MEASURES for code in space.codes("variance", of=measure)}
    tables = {"tau2": vocabulary.TAU2, "model": vocabulary.MODEL, "ci": vocabulary.CI, "pi": vocabulary.PI, "variance": vocabulary.VARIANCE}  # fmt: skip
    wanted |= {f"{field}:{code}" for field, table in tables.items() for code in table}
    wanted |= {f"zero_cells:{to}" for to in ("only-zero", "if-any-zero", "all", "none", "tacc", "drop", "drop-empty")}
    assert wanted <= set(words.keys)
    assert len(words.keys) == len(set(words.keys))


def test_every_word_the_script_asks_for_is_there(words):
    script = (ROOT / "scripts/metaudit/report/templates/explorer.js").read_text(encoding="utf-8")
    asked = set(re.findall(r'word\("([^"$]+)"', script))
    asked |= {key for pair in re.findall(r'word\([^"()]*\? "([^"]+)" : "([^"]+)"', script) for key in pair}
    assert len(asked) > 25
    assert asked <= set(words.keys)
    plain = {key for key in words.keys if ":" not in key}
    assert plain <= set(re.findall(r'"([\w:-]+)"', script)), "a word that the script never asks for"


def test_every_word_is_also_french(words):
    assert words.used <= set(french())
    own = (LANGUAGES / "fr_explorer.yaml").read_text(encoding="utf-8")
    keys = {json.loads(line.split('": "')[0] + '"') for line in own.splitlines() if line.startswith('"')}
    assert keys == words.used


def test_the_french_keeps_every_value():
    for english, words in french().items():
        assert sorted(re.findall(r"\{\w+\}", english)) == sorted(re.findall(r"\{\w+\}", words)), english


def test_all_six_tables_are_needed(tmp_path):
    review = made(tmp_path / "r", rows=TRIALS, measure="RR", claims=[claim("k", "k", "3")])
    write_universe(review, audit(review), tmp_path / "out", level=0.95)
    assert explorers(tmp_path / "out", "made")
    (tmp_path / "out" / f"{TABLES[-1]}.csv").unlink()
    assert not explorers(tmp_path / "out", "made")
