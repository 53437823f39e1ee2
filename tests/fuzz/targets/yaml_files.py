"""The other YAML files: config.yaml, mapping.yaml and presets."""

from __future__ import annotations

from fuzz.harness import ROOT, Target, check_problems, parts_of, watched
from fuzz.seeds import REVIEWS
from fuzz.targets.review import WORDS
from metaudit.config import check_config_file
from metaudit.imports.mapping_file import header_of, read_mapping
from metaudit.presets.load import read_preset

MORE = tuple(
    w.encode()
    for w in "reviews figure_formats level seed corpus path shards search missed all columns as drop outcome layout long wide header skip decimal missing treatment control sheet file program versions choices facts".split()
)


def one_input(data: bytes) -> None:
    """The kind of file is told by its name; each is read, or its problems are told."""
    content = parts_of(data) or {"config.yaml": data}
    if "config.yaml" in content:
        with watched() as folder:
            (folder / "config.yaml").write_bytes(content["config.yaml"])
            check_problems(check_config_file(folder / "config.yaml", reviews_dir=REVIEWS))
    if "mapping.yaml" in content:
        with watched() as folder:
            (folder / "mapping.yaml").write_bytes(content["mapping.yaml"])
            header_of(read_mapping(folder / "mapping.yaml")[0])
    if "preset.yaml" in content:
        with watched() as folder:
            (folder / "preset.yaml").write_bytes(content["preset.yaml"])
            preset = read_preset(folder / "preset.yaml", shown="preset.yaml")
            preset.method("RR", verified=True)


def seeds() -> list[bytes]:
    presets = sorted((ROOT / "data/presets").glob("*.yaml"), key=lambda p: p.stat().st_size)[:3]
    mapping = b'file: "a.csv"\nheader: 1\ndecimal: "."\nmissing: ["-99"]\nlayout: long\ntreatment: ["BCG"]\ncontrol: []\nmeasure: RR\nskip:\n  7: "total"\ncolumns:\n  "Study": study\n  "n": {as: n, outcome: "death"}\n  "e": [events, n]\n  "z": {drop: "not needed"}\n'
    return [
        b"=== config.yaml\n" + (ROOT / "config.yaml").read_bytes(),
        b"=== mapping.yaml\n" + mapping,
        *(b"=== preset.yaml\n" + p.read_bytes() for p in presets),
    ]


TARGET = Target("yaml_files", one_input, seeds, (*WORDS, *MORE), examples=150)
