"""``metaudit claims`` as a person types it."""

import json

import pytest
from typer.testing import CliRunner

from metaudit.cli import app
from metaudit.cli import claims as command
from metaudit.text_claims.store import DRAFT


def run(*args):
    assert command.claims
    return CliRunner().invoke(app, ["claims", *(str(a) for a in args)])


@pytest.fixture
def text(tmp_path, abstract):
    path = tmp_path / "abstract.md"
    path.write_text(abstract, encoding="utf-8")
    return path


def test_from_a_text_to_claims(tmp_path, text):
    folder = tmp_path / "smith-2021"
    result = run(text, folder)
    assert result.exit_code == 0, result.output
    for part in (
        "magnesium",
        "(OR)",
        "estimate",
        "0.66",
        "line 3",
        "numbers about no single result",
        "left out",
        "a confidence level",
        "--accept",
    ):
        assert part in result.output
    assert run(folder, "--accept").exit_code == 1  # nothing has been decided
    draft = folder / DRAFT
    draft.write_text(draft.read_text(encoding="utf-8").replace("\n,", "\nyes,"), encoding="utf-8")
    result = run(folder, "--confirm")
    assert result.exit_code == 0, result.output
    assert "10 claims added" in result.output


def test_json_says_the_same(tmp_path, text):
    folder = tmp_path / "smith-2021"
    result = run(text, folder, "--json")
    said = json.loads(result.stdout)
    assert [r["printed"] for r in said["rows"]][:3] == ["7", "1,301", "0.66"]
    assert {b["measure"] for b in said["bundles"]} == {"OR", "RR"}
    assert said["created"] is True
    assert all(x["reason"] for x in said["left_out"])
    assert json.loads(run(folder, "--accept", "--json").stdout) == {
        "added": [],
        "claimed": {},
        "analyses": [],
        "rejected": 0,
        "open": 10,
    }


def test_reading_the_same_text_again_writes_nothing(tmp_path, text):
    folder = tmp_path / "smith-2021"
    run(text, folder)
    before = (folder / DRAFT).read_bytes()
    result = run(text, folder)
    assert result.exit_code == 0
    assert "already" in result.output
    assert (folder / DRAFT).read_bytes() == before


def test_nothing_found_is_exit_1_and_writes_nothing(tmp_path):
    path = tmp_path / "t.md"
    path.write_text("Ketamine 0.5 mg/kg was given in 2014 [3].", encoding="utf-8")
    result = run(path, tmp_path / "new-2020")
    assert result.exit_code == 1
    assert "no number that looks like a result" in result.output
    assert not (tmp_path / "new-2020").exists()


REFUSED = {
    "no folder": lambda tmp, text: [text],
    "no such text": lambda tmp, text: [tmp / "none.md", tmp / "new-2020"],
    "a folder's name that is no id": lambda tmp, text: [text, tmp / "new folder"],
    "a folder that is no review": lambda tmp, text: [text, tmp],
    "pages of a text": lambda tmp, text: [text, tmp / "new-2020", "--pages", "2"],
    "pages that are none": lambda tmp, text: [text, tmp / "new-2020", "--pages", "2-1"],
    "a folder too many": lambda tmp, text: [text, tmp / "new-2020", "--accept"],
    "a draft that is not there": lambda tmp, text: [tmp / "new-2020", "--accept"],
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_exit_2_with_a_sentence(tmp_path, text, case):
    result = run(*REFUSED[case](tmp_path, text))
    assert result.exit_code == 2, result.output
    assert result.stderr.strip().endswith(("]", ".")) or "--accept" in result.stderr
    assert not (tmp_path / "new-2020").exists()


def test_the_list_of_numbers_left_out_can_be_whole(tmp_path):
    path = tmp_path / "t.md"
    path.write_text(
        "OR 0.66 (95% CI 0.53 to 0.82). Doses were " + ", ".join(f"{n} mg" for n in range(1, 12)) + ".",
        encoding="utf-8",
    )
    assert "5 more" in run(path, tmp_path / "new-2020").output
    assert "more (" not in run(path, tmp_path / "new-2021", "--left-out").output
