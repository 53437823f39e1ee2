"""A table of arms or comparisons as a network: read, pooled and written down, or refused."""

from __future__ import annotations

import json

from fuzz.harness import Target, as_parts, parts_of, watched

_TEXTS = """study treatment treatment_c events n mean sd time effect se variance ci_low ci_high ci_level outcome timepoint OR RR MD
    Placebo placebo Placebo\u00a0 A-B 0 1 0.5 -1 1e308 51% <.001 \u2212"""
WORDS = (*(w.encode() for w in _TEXTS.split()), b"\n", b",", b'"', b"=== measure\n")


def one_input(data: bytes) -> None:
    """A table, alone or with the measure that it is pooled by."""
    from metaudit.network_table import Choices, network_table
    from metaudit.network_text import as_json, closing_lines, league_grid, opening_lines, reference_grid, split_grid

    parts = parts_of(data)
    table = parts.get("table.csv", data)
    measure = parts.get("measure", b"OR").decode("utf-8", "replace").strip()
    with watched() as folder:
        (folder / "table.csv").write_bytes(table)
        found = network_table(folder / "table.csv", Choices(measure, small_is_good=True))
        assert [*opening_lines(found), *closing_lines(found)]
        for grid in (league_grid, reference_grid, split_grid):
            grid(found)
        json.dumps(as_json(found))


def seeds() -> list[bytes]:
    arms = b"study,treatment,events,n\nA,Placebo,1,10\nA,Drug,3,12\nB,Placebo,0,20\nB,Other,2,19\nC,Drug,4,30\nC,Other,5,31\n"
    means = b"study,treatment,mean,sd,n\nA,x,1.0,2,10\nA,y,2.5,1.9,12\nA,z,2.5,2.1,11\nB,x,0.1,2.2,20\nB,z,1.3,1.7,19\n"
    pairs = b"study,treatment,treatment_c,effect,ci_low,ci_high\nA,x,y,1.2,0.8,1.9\nB,y,z,0.7,.4,1.2\nC,x,z,1,.5,2\n"
    texts = [
        as_parts({"measure": m, "table.csv": t})
        for m, t in ((b"OR", arms), (b"MD", means), (b"GEN-LOG", pairs), (b"RR", arms))
    ]
    return [arms, *texts]


TARGET = Target("network", one_input, seeds, WORDS, examples=150)
