"""Rows of the extraction table in words."""

import pytest

from metaudit.audit_words.input_words import column_words, input_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "extraction.csv row 5 (Amr 2010): events_t 4, n_t 20, events_c 1, n_c 20; abstract of amr-2010, read",
            "extraction.csv row 5 (Amr 2010): treatment: events 4, n 20; control: events 1, n 20. abstract of amr-2010, read",
        ),
        (
            "extraction.csv row 2 (A (b), 1990): mean_t 1.5, sd_t 0.5, n_t 9, effect 3; Table 2; p 4, secondary",
            "extraction.csv row 2 (A (b), 1990): effect 3; treatment: mean 1.5, SD 0.5, n 9. Table 2; p 4, secondary",
        ),
        (
            "extraction.csv row 3 (B): ci_low_t 1, sd_t 0.4 (from the interval of the mean), n_pairs 8; place not given, read",
            "extraction.csv row 3 (B): pairs 8; treatment: lower limit 1, SD 0.4 (from the interval of the mean). place not given, read",
        ),
        (
            "extraction.csv, 13 rows from 2 to 14; from metadat; secondary 13",
            "extraction.csv, rows 2 to 14, 13 of them used; from metadat; all of certainty “secondary”",
        ),
        (
            "extraction.csv, 9 rows from 2 to 12; from a, b; read 5, derived 4",
            "extraction.csv, rows 2 to 12, 9 of them used; from a, b; of certainty “read” 5, “derived” 4",
        ),
        ("another sentence", "another sentence"),
    ],
)
def test_a_line_of_inputs(line, words):
    assert input_words(line) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("events_t 3 instead of 5", "events (treatment) 3 instead of 5"),
        ("the sd_change of all", "the SD of the change of all"),
        ("by x_dose_mg", "by “dose mg”"),
        ("review/events_t stays, and so does events_t-1 and my_events_t", "review/events_t stays, and so does events_t-1 and my_events_t"),
    ],
)  # fmt: skip
def test_columns_in_a_sentence(text, words):
    assert column_words(text) == words
