"""Two extractors: pairing, agreement against closed forms, what differences look like, and what they do."""

import math

import pytest

from making import write_review, write_table
from metaudit.errors import InputError
from metaudit.extractors import agreement, differences, paired, read_extractors
from metaudit.extractors.impact import by_extractor, matters
from metaudit.extractors.reconcile import reconciled_rows, reconciliation_rows
from metaudit.formats.tables import Row, read_table
from metaudit.printed import parse_printed

COLUMNS = ("study", "outcome", "events_t", "n_t", "events_c", "n_c", "x_blinding", "source", "certainty", "note")
TRIALS = [
    ("Ahn 2001", "12", "40", "20", "41", "yes"),
    ("Beck 2004", "7", "25", "9", "24", "no"),
    ("Cruz 2007", "30", "112", "41", "110", "yes"),
    ("Diaz 2011", "5", "60", "11", "58", "no"),
]


def rows(**otherwise):
    """The trials with some cells typed otherwise, as ``Ahn_events_t="21"``."""
    out = []
    for values in TRIALS:
        row = dict(zip(COLUMNS, (values[0], "relapse", *values[1:], "paper", "read", ""), strict=True))
        row |= {k.partition("_")[2]: v for k, v in otherwise.items() if k.partition("_")[0] == values[0].split()[0]}
        out.append(row)
    return out


@pytest.fixture
def two(tmp_path):
    def write(a, b):
        folder = write_review(
            tmp_path / "two", claims=[], kind="meta-analysis",
            analyses={"main": {"title": "Relapse", "select": {"outcome": "relapse"}, "measure": "RR", "method": {"model": "random", "tau2": "DL"}}},
        )  # fmt: skip
        write_table(folder / "extraction.A.csv", COLUMNS, a)
        write_table(folder / "extraction.B.csv", COLUMNS, b)
        return folder

    return write


def table(texts):
    """Rows of one column, ``x_blinding`` or a number."""
    out = []
    for i, text in enumerate(texts, start=2):
        cells = {"study": f"S{i}", **({"sd": text} if text else {})}
        out.append(Row(i, cells, {"sd": parse_printed(text)} if text else {}))
    return out


def of(name, found):
    return next(c for c in found if c.column == name)


def test_kappa_is_the_closed_form(two):
    a = [{**r, "x_blinding": x} for r, x in zip(rows(), ("yes", "yes", "no", "no"), strict=True)]
    b = [{**r, "x_blinding": x} for r, x in zip(rows(), ("yes", "no", "no", "no"), strict=True)]
    review = read_extractors(two(a, b))
    c = of("x_blinding", agreement(paired(review.extractors["A"], review.extractors["B"])))
    observed, chance = 3 / 4, (2 * 1 + 2 * 3) / 16  # Cohen 1960: (po - pe) / (1 - pe)
    assert c.kappa == pytest.approx((observed - chance) / (1 - chance))
    assert c.kappa_low < c.kappa < c.kappa_high <= 1
    assert (c.n, c.as_typed, c.in_value, c.one_only) == (4, 3, 3, 0)


def test_kappa_interval_is_of_fleiss_cohen_and_everitt():
    # 2x2 of 45, 15, 25, 15: kappa .130, a textbook table; the variance written out from the 1969 paper.
    pairs = [("y", "y")] * 45 + [("y", "n")] * 15 + [("n", "y")] * 25 + [("n", "n")] * 15
    from metaudit.extractors.agreement import _kappa

    found = _kappa(pairs)
    p = [[0.45, 0.15], [0.25, 0.15]]
    row, col = [sum(r) for r in p], [p[0][0] + p[1][0], p[0][1] + p[1][1]]
    po, pe = p[0][0] + p[1][1], row[0] * col[0] + row[1] * col[1]
    kappa = (po - pe) / (1 - pe)
    a = sum(p[i][i] * (1 - (row[i] + col[i]) * (1 - kappa)) ** 2 for i in (0, 1))
    b = (1 - kappa) ** 2 * sum(p[i][j] * (col[i] + row[j]) ** 2 for i in (0, 1) for j in (0, 1) if i != j)
    var = (a + b - (kappa - pe * (1 - kappa)) ** 2) / ((1 - pe) ** 2 * 100)
    assert found["kappa"] == pytest.approx(kappa)
    assert found["kappa_low"] == pytest.approx(kappa - 1.959963984540054 * math.sqrt(var))
    assert found["kappa_high"] == pytest.approx(kappa + 1.959963984540054 * math.sqrt(var))


def test_limits_of_agreement_are_bland_and_altmans():
    a, b = table(["1.0", "2.0", "4.0", ""]), table(["1.5", "2.0", "3.0", "7"])
    c = of("sd", agreement(paired(a, b)))
    d = [0.5, 0.0, -1.0]
    mean = sum(d) / 3
    spread = math.sqrt(sum((x - mean) ** 2 for x in d) / 2)
    assert (c.bias, c.loa_low, c.loa_high) == (
        pytest.approx(mean),
        pytest.approx(mean - 1.96 * spread),
        pytest.approx(mean + 1.96 * spread),
    )
    assert (c.n, c.in_value, c.one_only) == (4, 1, 1)


def test_trailing_zeros_are_typed_otherwise_and_no_difference():
    pairs = paired(table(["0.50", "1"]), table(["0.5", "1"]))
    c = of("sd", agreement(pairs))
    assert (c.as_typed, c.in_value) == (1, 2)
    assert differences(pairs) == []


@pytest.mark.parametrize("n", range(2, 40))
def test_kappa_of_full_agreement_is_one_with_an_interval_of_nothing(n):
    # Its variance is nought, and comes out just below nought for some n: no warning, no hole where the interval stands.
    from metaudit.extractors.agreement import _kappa

    assert _kappa([(str(i), str(i)) for i in range(n)]) == pytest.approx(
        {"kappa": 1, "kappa_low": 1, "kappa_high": 1}, abs=1e-7
    )


@pytest.mark.parametrize("second", [1, 2, 3, 4])
def test_kappa_against_one_value_throughout_is_nought_with_an_interval_of_nothing(second):
    from metaudit.extractors.agreement import _kappa

    found = _kappa([("7", "7"), *[("7", "8")] * second])
    assert found == pytest.approx({"kappa": 0, "kappa_low": 0, "kappa_high": 0}, abs=1e-7)


def test_kappa_of_one_value_throughout_is_not_defined():
    assert math.isnan(of("sd", agreement(paired(table(["1", "1"]), table(["1", "1.0"])))).kappa)


@pytest.mark.parametrize(
    ("theirs", "guessed"),
    [("Ahn et al. 2001", True), ("AHN, 2001", True), ("Ahn 2002", None), ("Ahn 2001", False), ("Zhou 2001", None)],
)
def test_labels_that_differ_in_spelling_are_proposed(two, theirs, guessed):
    review = read_extractors(two(rows(), [{**r, "study": theirs} if r["study"] == "Ahn 2001" else r for r in rows()]))
    pairs = paired(review.extractors["A"], review.extractors["B"])
    first = pairs[0]
    assert first.guessed is bool(guessed)
    assert (first.b is None) == (guessed is None)
    assert len(pairs) == (5 if guessed is None else 4)


def test_two_candidates_are_no_proposal():
    a = [Row(2, {"study": "Smith 2001"})]
    b = [Row(2, {"study": "Smith A 2001"}), Row(3, {"study": "Smith B 2001"})]
    assert [p.guessed for p in paired(a, b)] == [False, False, False]


@pytest.mark.parametrize(
    ("a", "b", "said"),
    [
        ({"sd_t": "8.0", "n_t": "25"}, {"sd_t": "1.6", "n_t": "25"}, "a standard deviation and a standard error: their ratio is the square root of n"),
        ({"sd_t": "8.13", "n_t": "25"}, {"sd_t": "8.1", "n_t": "25"}, "rounded otherwise"),
        ({"sd_t": "8.1"}, {"sd_t": "81"}, "the decimal point moved"),
        ({"sd_t": "12.4"}, {"sd_t": "14.2"}, "two neighbouring digits exchanged"),
        ({"sd_t": "12.4"}, {"sd_t": "12.9"}, "one digit differs"),
        ({"mean_t": "-1.3"}, {"mean_t": "1.3"}, "the sign turned"),
        ({"sd_t": "3", "sd_c": "5"}, {"sd_t": "5", "sd_c": "3"}, "the two arms exchanged"),
        ({"sd_t": "12.4"}, {}, "only extractor A typed it"),
        ({"events_t": "12", "n_t": "40"}, {"events_t": "30%", "n_t": "40"}, "a percentage and a count"),
        ({"sd_t": "12.4"}, {"sd_t": "77"}, "another number"),
    ],
)  # fmt: skip
def test_what_a_difference_looks_like(a, b, said):
    made = [Row(2, {"study": "S", **cells}, {k: parse_printed(v) for k, v in cells.items()}) for cells in (a, b)]
    found = differences(paired(made[:1], made[1:]))
    assert found[0].kind == said


def test_what_it_does_to_the_result(two):
    review = read_extractors(two(rows(), rows(Cruz_events_t="13", Diaz_note="checked", Beck_x_blinding="yes")))
    found = differences(paired(review.extractors["A"], review.extractors["B"]))
    assert [d.column for d in found] == ["x_blinding", "events_t"]
    assert matters(review, found[0]) == "no pooled result moves"
    by = by_extractor(review)["main"]
    assert matters(review, found[1]) == f"main: {by['A'].words()} by A, {by['B'].words()} by B"
    assert by["A"].words().startswith("RR 0.6")


def test_a_row_that_one_of_them_has(two):
    review = read_extractors(two(rows(), rows()[:-1]))
    found = differences(paired(review.extractors["A"], review.extractors["B"]))
    assert [(d.column, d.a, d.b, d.kind) for d in found] == [("", "row", "", "only extraction.A.csv has this row")]
    assert "k = 4 by A" in matters(review, found[0])
    assert "k = 3 by B" in matters(review, found[0])


def decided(folder, review, decisions):
    found = differences(paired(review.extractors["A"], review.extractors["B"]))
    made = reconciliation_rows(review, found)
    write_table(
        folder / "reconciliation.csv",
        [*list(made[0]), "decision", "decided_by", "note"],
        [{**r, **d} for r, d in zip(made, decisions, strict=True)],
    )
    rows_, problems = read_table(folder / "reconciliation.csv", "reconciliation.csv")
    assert problems == []
    return rows_, found


def test_decisions_make_the_table(two):
    folder = two(rows(), rows(Ahn_events_t="21", Cruz_events_t="13", Beck_n_c="42"))
    review = read_extractors(folder)
    choices = [{"decision": "B", "decided_by": "MK"}, {"decision": "a"}, {"decision": "= 31", "note": "Table 2"}]
    told, found = decided(folder, review, [choices[0], choices[1], choices[2]])
    pairs = paired(review.extractors["A"], review.extractors["B"])
    made = {r["study"]: r for r in reconciled_rows(review, pairs, found, decided=told, shown="reconciliation.csv")}
    assert (made["Ahn 2001"]["events_t"], made["Beck 2004"]["n_c"], made["Cruz 2007"]["events_t"]) == ("21", "24", "31")
    assert made["Ahn 2001"]["note"] == "events_t: 21 decided by MK (A typed 12, B typed 21)"
    assert made["Cruz 2007"]["note"] == "events_t: 31 decided (A typed 30, B typed 13): Table 2"
    assert made["Diaz 2011"] == {**rows()[3], "note": ""} | {
        k: v for k, v in made["Diaz 2011"].items() if k not in COLUMNS
    }


def test_a_row_is_left_out_when_so_decided(two):
    folder = two(rows(), rows()[:-1])
    review = read_extractors(folder)
    pairs = paired(review.extractors["A"], review.extractors["B"])
    told, found = decided(folder, review, [{"decision": "B"}])
    assert len(reconciled_rows(review, pairs, found, decided=told, shown="r")) == 3
    told, found = decided(folder, review, [{"decision": "A"}])
    assert len(reconciled_rows(review, pairs, found, decided=told, shown="r")) == 4


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        ({}, "events_t of Ahn 2001 is not decided: A typed 12, B 21"),
        ({"decision": "C"}, "'C' is no decision about events_t of Ahn 2001"),
        ({"decision": "= -3"}, "-3 is negative (events_t of Ahn 2001)"),
    ],
)
def test_what_is_not_decided_is_refused_with_its_row(two, decision, said):
    folder = two(rows(), rows(Ahn_events_t="21"))
    review = read_extractors(folder)
    told, found = decided(folder, review, [decision])
    with pytest.raises(InputError) as caught:
        reconciled_rows(
            review,
            paired(review.extractors["A"], review.extractors["B"]),
            found,
            decided=told,
            shown="reconciliation.csv",
        )
    assert said in str(caught.value)
    assert "reconciliation.csv, row 2" in str(caught.value)


def test_a_folder_without_the_second_table(two):
    folder = two(rows(), rows())
    (folder / "extraction.B.csv").unlink()
    with pytest.raises(InputError, match=r"extraction\.B\.csv: the file is missing"):
        read_extractors(folder)
