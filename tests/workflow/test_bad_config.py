"""A bad configuration ends the run at once: one line per problem, exit code 2, no traceback, nothing written."""

import re

import pytest

CASES = {
    "unknown key": ("level:", "levle:", r"^config\.yaml, line \d+, key levle: .* Did you mean 'level'\?"),
    "several at once": (
        "level: 0.95",
        "level: 95\nalpha: 1",
        r"key level: 95 is not allowed.*\n.*key alpha: key 'alpha'",
    ),
    "unknown review": ("reviews: all", "reviews: [colditz-1995]", r"'colditz-1995' .* Did you mean 'colditz-1994'\?"),
    "broken yaml": ("reviews: all", "reviews: [", r"^config\.yaml, line \d+: not valid YAML"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_bad_configuration_is_named(unrun, case):
    old, new, message = CASES[case]
    unrun.edit("config.yaml", old, new)
    code, said = unrun.snakemake("--cores", "1")
    assert code == 2, said
    assert re.search(message, said, flags=re.MULTILINE), said
    assert "Traceback" not in said
    assert not (unrun.folder / "results").exists()


def test_a_bad_choice_on_the_command_line_is_named(unrun):
    code, said = unrun.snakemake("--cores", "1", "--config", "level=2")
    assert code == 2
    assert "--config" in said
    assert "It must be below 1." in said


def test_a_chosen_review_runs_alone(unrun):
    code, said = unrun.snakemake("--dry-run", "--config", "reviews=[colditz-1994]")
    assert code == 0, said
    assert "colditz-1994" in said
    assert "noppers-2011" not in said
