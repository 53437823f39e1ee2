"""What the second extractor typed is tried where a printed number does not come out."""

from dataclasses import replace

import pytest

from making import DIFFERS, claim, write_review, write_table
from metaudit.audit import audit
from metaudit.effects.convert import convert
from metaudit.errors import InputError
from metaudit.evaluate import evaluate
from metaudit.formats.review import read_review
from metaudit.specs import parse_spec

MEANS = [
    ("Smith", 12.4, 8.0, 30, 15.1, 7.5, 31),
    ("Jones", 10.2, 6.1, 52, 12.9, 6.6, 50),
    ("Brown", 14.8, 7.7, 24, 15.9, 8.3, 25),
    ("Green", 11.5, 6.9, 40, 13.2, 7.0, 41),
    ("White", 13.0, 7.2, 35, 16.4, 7.9, 33),
]
COLUMNS = ("study", "outcome", "mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c", "source", "certainty")


def rows(**otherwise):
    """The table, with some cells typed otherwise: ``Smith_mean_t="14.2"``."""
    out = []
    for values in MEANS:
        row = dict(zip(COLUMNS, (values[0], "pain", *values[1:], "paper", "read"), strict=True))
        row |= {k.partition("_")[2]: v for k, v in otherwise.items() if k.startswith(values[0])}
        out.append({k: str(v) for k, v in row.items()})
    return out


def printed_of(folder):
    """Estimate, limits and I² of the right table, as a paper prints them."""
    review = read_review(
        write_review(
            folder, claims=[], rows=rows(), measure="MD", method={"model": "random", "tau2": "DL", "ci": "wald"}
        )
    )
    spec = parse_spec("MD | random DL | wald | I2:Q | PI:t-k-2 | 95%")
    fit = evaluate(spec, [convert(r) for r in review.rows], review.analyses["main"]).fit
    return {
        "estimate": f"{fit.estimate:.2f}", "ci_low": f"{fit.ci_low:.2f}", "ci_high": f"{fit.ci_high:.2f}", "q": f"{fit.q:.2f}", "q_p": f"{fit.q_p:.2f}",
    }  # fmt: skip


@pytest.fixture
def made(tmp_path):
    def write(final, a, b):
        claims = [claim(q, q, p) for q, p in printed_of(tmp_path / "right").items()]
        folder = write_review(
            tmp_path / "two",
            claims=claims,
            rows=final,
            measure="MD",
            method={"model": "random", "tau2": "DL", "ci": "wald"},
        )
        write_table(folder / "extraction.A.csv", COLUMNS, a)
        write_table(folder / "extraction.B.csv", COLUMNS, b)
        return folder

    return write


def test_the_rejected_value_is_named_first(made):
    wrong = rows(Smith_mean_t="14.2")
    review = read_review(made(wrong, wrong, rows(White_n_t="36")))
    told = {r.claim: r for r in audit(review)}
    row = told["estimate"]
    assert row.verdict in DIFFERS
    assert (
        row.causes[0]
        == "row 2 (Smith): as one of the two extractors typed it (extractor B; mean_t 12.4 instead of 14.2)"
    )
    assert "as one of the two extractors typed it" in row.message


def test_two_rejected_values_are_found_together(made):
    wrong = rows(Smith_mean_t="14.2", White_n_t="53")
    told = {r.claim: r for r in audit(read_review(made(wrong, wrong, rows())))}
    assert "every cell as one of the two extractors typed it" in told["ci_low"].message
    assert "mean_t 12.4 instead of 14.2, n_t 35 instead of 53" in told["ci_low"].message


def test_without_extractors_nothing_changes(made):
    wrong = rows(Smith_mean_t="14.2")
    review = read_review(made(wrong, wrong, wrong))
    alone = audit(replace(review, extractors={}))
    assert [(r.claim, r.verdict, r.message) for r in audit(review)] == [(r.claim, r.verdict, r.message) for r in alone]


def test_a_wrong_cell_of_an_extractor_is_refused_with_its_file(made):
    folder = made(rows(), rows(Green_n_t="-4"), rows(Green_source="nobody"))
    with pytest.raises(InputError) as caught:
        read_review(folder)
    said = str(caught.value)
    assert "extraction.A.csv, row 5, column n_t" in said

    folder = made(rows(), rows(), rows(Green_source="nobody"))
    with pytest.raises(InputError, match=r"extraction\.B\.csv, row 5, column source: 'nobody' is not a key"):
        read_review(folder)


def test_two_tables_that_nobody_reconciled_are_not_audited(made):
    folder = made(rows(), rows(), rows(White_n_t="36"))
    (folder / "extraction.csv").unlink()
    with pytest.raises(InputError, match="Reconcile the two extractors' tables first: metaudit extractors"):
        read_review(folder)
