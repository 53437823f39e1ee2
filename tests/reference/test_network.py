"""Our networks against netmeta's, metafor's and a matrix program's, on the networks that network_vendor.py vendored."""

from __future__ import annotations

import copy
import functools
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import network_agreement as network
import network_vendor
import pytest
from network_cases import VENDORED, NetworkCase, cases_of_folder, vendored
from tally import Tally

EXTERNAL = os.environ.get("METAUDIT_NETWORK_REFERENCE", "")
CASES = {f"{c.unit} {c.name}": c for c in vendored()}
FLOORS = json.loads((Path(__file__).with_name("network_floors.json")).read_text(encoding="utf-8"))
SAME = ("meta", "rows", "cols", "comparison")


@functools.cache
def tally_of(name: str) -> Tally:
    return network.tally([CASES[name]])


@pytest.mark.parametrize("name", CASES)
def test_every_number_agrees_or_is_explained(name: str) -> None:
    found = tally_of(name)
    assert not found.wrong, "\n".join(found.wrong[:50])
    assert found.compared


def test_no_quantity_is_compared_less_often_than_it_was() -> None:
    counts: Counter[str] = Counter()
    for name in CASES:
        counts.update({quantity: q.count for (_, quantity), q in tally_of(name).quantities.items()})
    assert dict(sorted(counts.items())) == FLOORS


def test_what_is_explained_is_what_is_known_to_differ() -> None:
    found = {
        (name, key): sum(q.explained.get(key, (0, 0.0))[0] for q in tally_of(name).quantities.values())
        for name in CASES
        for key in network.EXPLAINED
    }
    assert {place for place, count in found.items() if count} == {("lopez2019 GEN", "generic-input")}


def _larger(value: Any) -> Any:
    """Numbers a fiftieth larger, counts one larger, except for what both sides start from."""
    if isinstance(value, dict):
        return {k: v if k in SAME else _larger(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_larger(v) for v in value]
    if isinstance(value, int):
        return value + 1
    return value * 1.02 + 0.02 if isinstance(value, float) else value


def test_every_quantity_notices_a_wrong_number() -> None:
    seen: dict[str, bool] = {}
    for name in ("dietaryfat IRR", "gurusamy2011 OR", "pagliaro1992 OR"):
        case = CASES[name]
        contrasts = [{k: _moved(k, v) for k, v in r.items()} for r in case.contrasts]
        meta = copy.deepcopy(case.reference["meta"])
        for key in ("treatments", "studies_corrected", "studies_dropped", "multiarm_studies"):
            meta[key] = [*meta[key], "one more"]
        changed = NetworkCase(case.unit, case.name, {**_larger(case.reference), "meta": meta}, case.arms, contrasts)
        for c in network.compare(changed):
            seen[c.quantity] = seen.get(c.quantity, False) or c.differs
    assert {name for name, noticed in seen.items() if not noticed} == set()
    assert set(seen) == set(FLOORS)


def _moved(column: str, text: str) -> str:
    return repr(float(text) * 1.02 + 0.01) if column in ("yi", "sei", "sei_adj_common", "sei_adj_random_DL") else text


@pytest.mark.parametrize("name", CASES)
def test_comparisons_give_the_network_of_the_arms(name: str) -> None:
    """The same numbers when there are comparisons only, with all pairs of multi-arm studies."""
    case = CASES[name]
    found = network.tally([NetworkCase(case.unit, case.name, case.reference, [], case.contrasts)])
    assert not found.wrong, "\n".join(found.wrong[:50])
    assert found.compared > 0.9 * tally_of(name).compared


def test_vendored_files_are_small_and_say_where_they_come_from() -> None:
    files = sorted(VENDORED.glob("*.json"))
    assert {p.stem for p in files} == set(network_vendor.UNITS)
    assert sum(p.stat().st_size for p in files) < 1.5e6
    for path in files:
        source = json.loads(path.read_text(encoding="utf-8"))["source"]
        assert {"software", "data", "calls", "date", "made_by"} <= set(source), path.name


def test_vendored_networks_cover_what_can_go_wrong() -> None:
    metas = [c.reference["meta"] for c in CASES.values()]
    assert {m["measure"] for m in metas} == {"OR", "RR", "RD", "IRR", "MD", "GEN"}
    assert all(m["n_multiarm_studies"] for m in metas)
    assert any(m["studies_dropped"] for m in metas)
    assert any(m["studies_corrected"] for m in metas)
    assert min(m["n_treatments"] for m in metas) == 3
    assert max(m["n_treatments"] for m in metas) == 11


@pytest.mark.skipif(not EXTERNAL, reason="METAUDIT_NETWORK_REFERENCE does not name a folder of network results")
def test_every_network_of_an_external_folder() -> None:
    found = network.tally(cases_of_folder(Path(EXTERNAL)))
    assert not found.wrong, "\n".join(found.wrong[:50])
    assert found.compared
