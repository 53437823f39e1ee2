"""The declared space: what is shipped, and what its reader refuses."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from metaudit.errors import InputError
from metaudit.measures import MEASURES
from metaudit.space import DIMENSIONS, load, read_space

SHIPPED = Path(__file__).parents[3] / "data" / "specs.yaml"


@pytest.fixture
def changed(tmp_path):
    """Write the shipped space with a change, and read it."""

    def read(change):
        yaml = YAML()
        document = yaml.load(SHIPPED.read_text(encoding="utf-8"))
        change(document)
        path = tmp_path / "specs.yaml"
        with path.open("w", encoding="utf-8") as handle:
            yaml.dump(document, handle)
        return read_space(path, shown="specs.yaml")

    return read


def test_every_dimension_has_a_conventional_value_and_sources():
    for dimension in DIMENSIONS:
        for group, values in load().dimensions[dimension].items():
            assert any(v.usual for v in values), (dimension, group)
            assert all(v.weight > 0 and v.source for v in values), (dimension, group)


@pytest.mark.parametrize(
    ("dimension", "of", "first"),
    [
        ("tau2", "", ("DL", "REML", "PM", "ML", "HE", "SJ", "HS")),
        ("ci", "", ("wald", "hksj", "t")),
        ("measure", "counts", ("RR", "OR", "RD")),
        ("variance", "SMD", ("LS", "LS2", "UB", "revman")),
        ("zero_cells", "", ("0.5@only-zero", "0.5@all", "none")),
    ],
)
def test_usual_values_come_in_the_order_they_are_searched(dimension, of, first):
    assert load().codes(dimension, of=of, usual=True) == first
    assert set(first) <= set(load().codes(dimension, of=of))


def test_models_are_only_offered_where_they_are_defined():
    assert "peto" in load().codes("model", of="OR")
    assert "peto" not in load().codes("model", of="RR")
    assert "mantel-haenszel" not in load().codes("model", of="SMD")
    assert "random" in load().codes("model", of="SMD")
    assert load().codes("variance", of="no such measure") == ()


def test_shares_of_a_dimension_add_up():
    space = load()
    assert sum(space.weight("tau2", c) for c in space.codes("tau2")) == pytest.approx(1, rel=1e-12)
    assert space.weight("tau2", "DL") > space.weight("tau2", "REML")
    smallest = min(space.weight("tau2", c) for c in space.codes("tau2"))
    assert space.weight("tau2", "not declared") == smallest


@pytest.mark.parametrize("kind", ["counts", "means", "rates", "proportion", "correlation", "mean", "change"])
def test_measures_belong_to_their_kind_of_data(kind):
    assert {MEASURES[m].kind for m in load().codes("measure", of=kind)} <= {kind}


def test_an_unchanged_copy_is_the_shipped_space(changed):
    assert changed(lambda d: None) == load()


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        (lambda d: d["tau2"]["DL"].pop("source"), "tau2.DL", "source"),
        (lambda d: d["tau2"]["DL"].update(weight=0), "tau2.DL.weight", "0"),
        (lambda d: d["tau2"]["DL"].update(likely=True), "tau2.DL", "likely"),
        (lambda d: d.pop("ci"), "", "ci"),
        (lambda d: d.update(colour={}), "", "colour"),
        (lambda d: d["variance"].update(XYZ=dict(d["variance"]["RR"])), "variance.XYZ", "XYZ"),
        (lambda d: d["measure"]["counts"].update(XYZ={"weight": 1, "source": "made up"}), "measure.counts.XYZ", "XYZ"),
        (lambda d: d["model"]["peto"].update(measures=["OR", "XYZ"]), "model.peto.measures", "XYZ"),
        (lambda d: [v.pop("usual", None) for v in d["ci"].values()], "ci", "usual"),
    ],
)
def test_a_problem_names_file_key_and_remedy(changed, change, where, said):
    with pytest.raises(InputError) as caught:
        changed(change)
    text = str(caught.value)
    assert "specs.yaml" in text
    assert where in text
    assert said in text


def test_every_problem_is_told_at_once(changed):
    def two(document):
        document["variance"]["ABC"] = dict(document["variance"]["RR"])
        document["model"]["peto"]["measures"] = ["XYZ"]

    with pytest.raises(InputError) as caught:
        changed(two)
    assert {"ABC", "XYZ"} <= {w.strip("'.") for w in str(caught.value).split()}
