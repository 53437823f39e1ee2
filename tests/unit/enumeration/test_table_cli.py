"""``metaudit enumerate`` reads what papers print, lists every table, and refuses in one line."""

import json

import pytest
from typer.testing import CliRunner

import metaudit.cli.enumerate  # noqa: F401 - registers the command
from metaudit.cli import app
from metaudit.cli.effect_text import split_effect


def run(*args):
    return CliRunner().invoke(app, ["enumerate", *args], env={"COLUMNS": "250", "TERM": "dumb"})


ARMS = ("--n-t", "39", "--n-c", "36")


@pytest.mark.parametrize(
    "args",
    [
        (*ARMS, "--rr", "2.64 (1.27 to 5.48)"),
        (*ARMS, "--rr", "2.64 (1.27-5.48)"),
        (*ARMS, "--rr", "2.64 (95% CI 1.27\u20135.48)"),
        (*ARMS, "--rr", "2.64; 1.27; 5.48"),
        (*ARMS, "--rr", "2\u00b764 [1\u00b727\u20145\u00b748]"),
        (*ARMS, "--or", "4.36 [1.55, 12.30]"),
        ("--n-t", "38-40", "--n-c", "36", "--total", "75", "--rr", "2.64 (1.27 to 5.48)"),
        (*ARMS, "--rr", "(1.269 to 5.483)"),
        (*ARMS, "--share-t", "51.3%", "--share-c", "0.194"),
        (*ARMS, "--events", "27", "--rd", "31.8%"),
        (*ARMS, "--events-t", "20", "--events-c", "5-9", "--chi2", "8.24", "--chi2-test", "pearson"),
        (*ARMS, "--events-t", "20", "--p", ".0086", "--p-test", "yates", "--share", "36%"),
    ],
)
def test_one_table_is_found_from_any_mix(args):
    result = run(*args, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    table = {k: v for k, v in found["tables"][0].items() if "tests" not in k}
    assert (found["verdict"], table) == ("unique", {"events_t": 20, "n_t": 39, "events_c": 7, "n_c": 36})
    assert "Found: one table: 20/39 against 7/36" in run(*args).stdout


def test_an_impossible_one_and_many():
    result = run(*ARMS, "--rr", "2.64 (1.27 to 5.60)")
    assert (result.exit_code, "no table prints as these numbers do" in result.stdout) == (1, True)
    many = run(*ARMS, "--rr", "2.6", "--limit", "3").stdout.splitlines()
    assert many[0].endswith("tables.")
    assert len(many) == 5
    assert many[-1].endswith("more (--limit)")
    both = run("--n-t", "20", "--n-c", "20", "--events-t", "0", "--p", "<.001", "--limit", "2").stdout
    assert "z test of the risk difference" in both


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "nothing to search with"),
        (("--n-t", "many"), "30-45"),
        (("--n-t", "45-30"), "between 45 and 30"),
        ((*ARMS, "--rr", "2,64"), "decimal points"),
        ((*ARMS, "--rr", "2.64 (1,27 to 5,48)"), "decimal points"),
        ((*ARMS, "--rr", "(1,27)"), "decimal points"),
        ((*ARMS, "--rr", "2.64 (90% CI 1.27 to 5.48)"), "add --level 0.9"),
        ((*ARMS, "--rr", "large"), "not understood"),
        ((*ARMS, "--share-t", "51.3"), "51.3%"),
        ((*ARMS, "--p", ".03", "--p-test", "anova"), "choose pearson"),
        ((*ARMS, "--rr", "2.64", "--zero-cells", "some"), "zero cells"),
        ((*ARMS, "--rr", "2.64", "--rounding", "up"), "rounding"),
    ],
)
def test_refusals(args, words):
    result = run(*args)
    assert result.exit_code == 2
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--rr", "-2"], "a ratio is not negative"),
        (["--rr", "5.48 (1.27 to 2.64)"], "above its own limits"),
        (["--or", "0.48 (1.27 to 2.64)"], "below its own limits"),
        (["--rd", "0.1 (0.30 to 0.20)"], "the lower limit is above the upper one"),
        (["--n-t", "39", "--events-t", "50"], "more events than people in the treatment arm"),
        (["--n-c", "0"], "an arm has at least one person"),
    ],
)
def test_what_no_table_can_print_is_bad_input(options, says):
    done = CliRunner().invoke(app, ["enumerate", *options])
    assert done.exit_code == 2
    assert says in done.output


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("-0.10 (-0.20 to 0.05)", ("-0.10", "-0.20", "0.05", None)),
        ("\u22120.10 [\u22120.20\u2013\u22120.05]", ("-0.10", "-0.20", "-0.05", None)),
        ("-0.2--0.05", (None, "-0.2", "-0.05", None)),
        ("1.27 - 5.48", (None, "1.27", "5.48", None)),
        ("51% (40%; 60%)", ("51%", "40%", "60%", None)),
        ("2.64, 99.5 % confidence interval 1.27 to 5.48", ("2.64", "1.27", "5.48", "99.5")),
        ("1e-3 (1e-4 to 2e-3)", ("1e-3", "1e-4", "2e-3", None)),
        ("(1.27,5.48)", (None, "1.27", "5.48", None)),
        ("2.64", ("2.64", None, None, None)),
        ("1.27,", None), ("2.64 (1.27 5.48)", None), ("2.64 (1.27 to 5.48", None), ("()", None), ("2,64", None), ("", None),
    ],
)  # fmt: skip
def test_an_effect_with_its_limits_is_split(text, parts):
    assert split_effect(text) == parts
