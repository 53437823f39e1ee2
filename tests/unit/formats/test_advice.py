"""What to write instead of a cell that is not one number; and silence where nothing tells what was meant."""

import pytest

from metaudit.formats.advice import instead_of

DATE, NOTHING = "A spreadsheet made a date of it", "An empty cell means: not reported."


@pytest.mark.parametrize(
    ("text", "column", "says"),
    [
        *((t, "events_t", DATE) for t in ("4-May", "04-mai", "May-21", "1/2/2003", "03.04.2021", "2021-05-04", "2021-05-04T00:00:00", "5 Okt 2020", "12-déc.")),
        *((t, "sd_t", NOTHING) for t in ("NR", "n.r.", "N/A", "na", "n.d.", "-", "—", "–", "?", "..", "…", "not reported", "Not estimable", "*", "none", "nan", "x")),
        *((t, "n", "error of a spreadsheet") for t in ("#REF!", "#DIV/0!", "#N/A", "#NAME?", "#VALUE!", "#NV".replace("NV", "NUM!"), "#WERT!")),
        *((t, "n", "It is a formula") for t in ("=A1", "=SUM(B2:B9)", "=12/40")),
        ("12 (34%)", "events_t", "One number in a cell: 12; the percentage follows"),
        ("12 (34.5 %)", "events_c", "One number in a cell: 12;"),
        ("12/40", "events_c", "12 in events_c, 40 in n_c."),
        ("12 / 40", "events", "12 in events, 40 in n."),
        ("3.4 ± 0.9", "mean_t", "3.4 in mean_t, and 0.9 in pm_t with pm_is"),
        ("3.4 +/- 0.9", "mean_c", "0.9 in pm_c"),
        ("3.4±0.9", "mean", "3.4 in mean, and 0.9 in sd or se."),
        ("5.2 (1.3)", "mean_t", "5.2 in mean_t, and 1.3 in a column of its own, such as sd_t or se_t."),
        ("−5.2 [1.3]", "mean_c", "1.3 in a column of its own"),
        ("1.2 [0.8; 1.9]", "effect", "1.2 in effect, 0.8 and 1.9 in ci_low and ci_high"),
        ("1.2 (95% CI 0.8 to 1.9)", "effect", "0.8 and 1.9 in ci_low and ci_high"),
        ("1.2 (95% CI: -0.8, 1.9)", "mean_t", "-0.8 and 1.9 in ci_low_t and ci_high_t"),
        ("0.8 to 1.9", "ci_low", "0.8 and 1.9 in two columns, such as ci_low ci_high"),
        ("0.8–1.9", "median_t", "ci_low_t ci_high_t, q1_t q3_t, min_t max_t"),
        ("0.66 (0.53-0.82)", "printed", "One row for each number: estimate 0.66, ci_low 0.53, ci_high 0.82."),
        ("(0.53, 0.82)", "printed", "One row for each number: ci_low 0.53, ci_high 0.82."),
        ("12*", "n_t", "Write 12; what the footnote says"),
        ("34†", "n_t", "Write 34;"),
        ("5ᵃ", "n_t", "Write 5;"),
        ("5²", "n_t", "Write 5;"),
        ("12 a", "n_t", "Write 12;"),
        ("12.5%*", "events_t", "Write 12.5%;"),
        ("p<0.001", "p", "Write <0.001."),
        ("P = .03", "p", "Write .03."),
        ("I² = 92%", "printed", "Write 92%."),
        ("n = 40", "n_t", "Write 40."),
        ("~40", "n_t", "Write 40; say in note that it is approximate."),
        ("ca. 40", "n_t", "approximate"),
        ("2.5 mg/kg", "mean_t", "Write 2.5 without its unit mg/kg."),
        ("12 weeks", "time", "Write 12 without its unit weeks."),
    ],
)  # fmt: skip
def test_what_was_meant(text, column, says):
    assert says in instead_of(text, column)
    assert instead_of(f"  {text} ", column) == instead_of(text, column)


@pytest.mark.parametrize(
    "text", ["four", "1.2.3", "12 or 13", "a12", "1;2;3", "12 40", "(", "1 2 (3", "", "many (12)", "—12—"]
)
def test_nothing_is_said_where_nothing_tells(text):
    assert instead_of(text, "n_t") == ""


@pytest.mark.parametrize(
    "text",
    ["9" * 5000, "(" * 3000, "1 " * 3000, "a" * 5000 + "1", "-" * 4000 + "x", "1" + " " * 5000 + "x", "± " * 2000],
)
def test_a_long_cell_is_answered_at_once(text):
    import time

    begun = time.perf_counter()
    instead_of(text, "mean_t")
    assert time.perf_counter() - begun < 1
