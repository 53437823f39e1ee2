"""metaudit verify: what it names, with which words and exit codes."""

import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from metaudit.cli import app
from metaudit.provenance.minisign import SecretKey
from metaudit.provenance.verify import verify
from metaudit.provenance.write import write_provenance

CLI = CliRunner()


def run(*arguments, **options):
    return CLI.invoke(app, [str(a) for a in arguments], **options)


def named(results):
    return [(f.what, f.file) for f in verify(results).findings]


def test_an_untouched_folder_is_well(made):
    found = verify(made.write())
    assert found.well
    assert (found.outputs, found.inputs) == (9, 9)


def test_one_changed_byte_of_the_same_length_is_seen(made):
    path = made.write() / "one-2001/audit.csv"
    content = bytearray(path.read_bytes())
    content[3] ^= 1
    path.write_bytes(bytes(content))
    assert named(made.results) == [("touched", "one-2001/audit.csv")]
    assert verify(made.results).findings[0].stage == "audit"


def test_everything_at_once_is_named_in_order(made):
    results = made.write()
    made.put("results/report/index.html", "longer than before, much longer\n")
    (results / "board.csv").unlink()
    made.put("results/new/file.csv", "x\n")
    made.put("data/specs.yaml", "specs: [more]\n")
    (made.folder / "data/reviews/one-2001/claims.csv").unlink()
    assert named(results) == [
        ("touched", "report/index.html"),
        ("missing", "board.csv"),
        ("added", "new/file.csv"),
        ("input-changed", "data/specs.yaml"),
        ("input-missing", "data/reviews/one-2001/claims.csv"),
    ]


def test_a_changed_input_says_what_was_made_of_it(made):
    results = made.write()
    made.put("data/reviews/one-2001/claims.csv", "claim\n")
    made.put("scripts/metaudit/audit.py", "judge otherwise\n")
    concerns = {f.file: f.concerns for f in verify(results).findings}
    # two-2002 refers to a claim of one-2001
    assert concerns["data/reviews/one-2001/claims.csv"] == ("one-2001", "two-2002")
    assert concerns["scripts/metaudit/audit.py"] == ("extract", "audit", "report")


def test_a_table_that_came_into_a_review_is_seen(made):
    results = made.write()
    made.put("data/reviews/one-2001/extraction.csv", "study\n")
    assert named(results) == [("input-changed", "data/reviews/one-2001/extraction.csv")]


def test_word_files_may_be_missing_but_not_touched(made):
    results = made.write()
    made.put("results/two-2002/letter.docx", "touched\n")
    assert named(results) == [("touched", "two-2002/letter.docx")]
    (results / "two-2002/letter.docx").unlink()
    assert verify(results).well
    assert verify(results).not_built == 1


def test_no_folder_of_the_results_is_passed_over(made):
    """Measurements of the machine lie in logs/; a review may be called benchmarks."""
    results = made.write()
    made.put("results/benchmarks/audit.csv", "x\n")
    assert named(results) == [("added", "benchmarks/audit.csv")]


def test_a_folder_that_cannot_be_opened_is_named_with_what_was_written_into_it(made, monkeypatch):
    """Whoever runs the tests may open every folder (root): so the system's answer is made up."""
    results = made.write()
    made.put("results/hidden/x.html", "x\n")
    opened, looked_at = os.scandir, Path.stat

    def shut(path):
        if Path(path).name in {"hidden", "one-2001"}:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path)

    def not_looked_at(path, **more):
        if path.parent == results / "one-2001":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return looked_at(path, **more)

    monkeypatch.setattr(os, "scandir", shut)
    monkeypatch.setattr(Path, "stat", not_looked_at)
    assert named(results) == [
        ("touched", "one-2001"),
        ("touched", "one-2001/audit.csv"),
        ("touched", "one-2001/inputs.json"),
        ("added", "hidden"),
    ]
    done = run("verify", results)
    assert done.exit_code == 1
    assert "hidden: the folder cannot be opened (Permission denied), so that it is not known" in done.stdout
    assert "one-2001/audit.csv (audit): it cannot be read: Permission denied." in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="links need a permission there")
def test_links_are_no_results(made, tmp_path):
    results = made.write()
    (results / "board.csv").unlink()
    (results / "board.csv").symlink_to(tmp_path / "nowhere")
    (results / "linked").symlink_to(tmp_path, target_is_directory=True)
    assert named(results) == [("touched", "board.csv"), ("added", "linked")]


def test_a_folder_in_the_place_of_a_file_is_seen(made):
    results = made.write()
    (results / "board.csv").unlink()
    (results / "board.csv").mkdir()
    assert named(results) == [("missing", "board.csv")]


def test_a_results_folder_handed_on_alone_is_compared_and_says_that_inputs_were_not(made, tmp_path):
    results = shutil.copytree(made.write(), tmp_path / "received" / "results")
    found = verify(results)
    assert found.well
    assert found.inputs_elsewhere
    assert found.inputs == 0
    assert "not looked at" in run("verify", results).stdout
    (results / "board.csv").write_text("other\n")
    assert named(results) == [("touched", "board.csv")]


@pytest.mark.parametrize("gone", ["data/reviews", "corpus"])
def test_inputs_that_were_moved_away_are_missing_as_long_as_any_input_is_there(made, gone):
    """The folder of a corpus alone is one entry: without it nothing typed in is left beside the results."""
    made.put("corpus/a-1/review.yaml", "id: a-1\n")
    run_ = made.run
    if gone == "corpus":
        run_ = replace(made.with_corpus("corpus"), reviews={}, beside={})
    write_provenance(run_)
    assert verify(made.results).well
    shutil.move(made.folder / gone, made.folder / "elsewhere")
    found = verify(made.results)
    assert not found.inputs_elsewhere
    assert {f.what for f in found.findings} == {"input-missing"}
    assert all(f.file.startswith(gone) for f in found.findings)
    done = run("verify", made.results)
    assert done.exit_code == 1
    assert "not looked at" not in done.stdout


def test_exit_codes_and_words(made):
    results = made.write()
    well = run("verify", results)
    assert (well.exit_code, "as the run left it" in well.stdout) == (0, True)
    made.put("results/board.csv", "other\n")
    touched = run("verify", results)
    assert touched.exit_code == 1
    assert "board.csv (report)" in touched.stdout
    assert "as the run left it" not in touched.stdout
    found = json.loads(run("verify", results, "--json").stdout)
    assert found["well"] is False
    assert found["findings"][0]["file"] == "board.csv"


def test_it_is_said_once_for_each_kind_what_to_do(made):
    results = made.write()
    for name in ("one-2001/inputs.json", "one-2001/audit.csv", "two-2002/audit.csv"):
        made.put(f"results/{name}", "other\n")
    (results / "report/index.html").unlink()
    made.put("results/gone-1999/audit.csv", "x\n")
    made.put("data/specs.yaml", "specs: [more]\n")
    made.put("data/reviews/one-2001/claims.csv", "claim\n")
    (made.folder / "scripts/metaudit/audit.py").unlink()
    said = run("verify", results)
    rest = ", the rest of the command as it was, without the name of a target."
    assert said.stdout.count(f"To have them written again: snakemake --forcerun extract audit{rest}") == 1
    assert said.stdout.count(f"To have them written again: snakemake --forcerun report{rest}") == 1
    assert said.stdout.count("Delete what an earlier run left there") == 1
    assert said.stdout.count("Put them back, or run again without them") == 1
    older = "The next run takes them in; one with an older time (cp -p, rsync -t) only with snakemake --forcerun extract audit"
    assert said.stdout.count(older) == 1
    told = json.loads(run("verify", results, "--json").stdout)
    assert list(told["remedies"]) == ["touched", "missing", "added", "input-changed", "input-missing"]
    assert told["findings"][0]["again"] == ["audit"]


def test_whoever_wants_a_word_file_is_told_how_to_have_it(made):
    (made.write() / "two-2002/letter.docx").unlink()
    done = run("verify", made.results)
    assert done.exit_code == 0
    assert "as in a clone. To have them: snakemake --forcerun audit, the rest" in done.stdout


def test_what_no_stage_reads_is_recorded_again_by_the_last_one(made):
    made.write()
    (made.folder / "Snakefile").write_text("rule other:\n")
    found = verify(made.results)
    assert [f.again for f in found.findings] == [("provenance",)]
    assert found.remedies["input-changed"].endswith(
        "--forcerun provenance, the rest of the command as it was, without the name of a target."
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "is not of type 'object'"),
        ('{"format": "metaudit provenance 1"}', "required"),
    ],
    ids=["empty", "deep", "list", "little"],
)
def test_a_record_that_is_none_is_refused(made, content, said):
    results = made.write()
    made.put("results/provenance.json", content)
    done = run("verify", results)
    assert done.exit_code == 2
    assert said in done.stderr


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/passwd", "a/../../b", "a/..", ".", "a\\b"])
def test_a_record_cannot_name_a_result_outside_its_folder(made, name):
    results = made.write()
    record = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
    record["outputs"][name] = record["outputs"]["board.csv"]
    made.put("results/provenance.json", json.dumps(record))
    assert run("verify", results).exit_code == 2


def test_without_a_record_or_a_folder_it_is_said_what_to_do(made):
    missing = run("verify", made.results)
    assert missing.exit_code == 2
    assert "Run the workflow" in missing.stderr
    assert run("verify", made.folder / "nowhere").exit_code == 2
    made.write()
    around = run("verify", made.folder)
    assert around.exit_code == 2
    assert str(made.results) in around.stderr


@pytest.fixture
def signed(made):
    made.write()
    key = SecretKey.new()
    made.put("mine.key", key.text())
    made.put("mine.pub", key.public.text())
    done = run("sign", made.results, "--key", made.folder / "mine.key")
    assert done.exit_code == 0, done.output
    return made


def test_a_signature_is_checked_with_the_key_and_named_without(signed):
    results, public = signed.results, signed.folder / "mine.pub"
    assert "--key checks it" in run("verify", results).stdout
    done = run("verify", results, "--key", public)
    assert done.exit_code == 0
    assert "Signed with key" in done.stdout
    inline = public.read_text(encoding="utf-8").splitlines()[1]
    assert run("verify", results, "--key", inline).exit_code == 0


def test_a_record_forged_together_with_a_result_does_not_pass_the_signature(signed):
    """Whoever edits a result and then its record fools verify, but not the key."""
    results = signed.results
    record = json.loads((results / "provenance.json").read_text(encoding="utf-8"))
    record["outputs"].pop("board.csv")
    (results / "board.csv").unlink()
    signed.put("results/provenance.json", json.dumps(record))
    assert run("verify", results).exit_code == 0
    done = run("verify", results, "--key", signed.folder / "mine.pub")
    assert done.exit_code == 1
    assert "not the one that was signed" in done.stdout


def test_another_key_a_broken_signature_and_none_are_findings(signed):
    results = signed.results
    signed.put("other.pub", SecretKey.new().public.text())
    assert "was signed with key" in run("verify", results, "--key", signed.folder / "other.pub").stdout
    signed.put("results/provenance.json.minisig", "nothing\n")
    assert run("verify", results, "--key", signed.folder / "mine.pub").exit_code == 1
    assert run("verify", results).exit_code == 1
    (results / "provenance.json.minisig").unlink()
    done = run("verify", results, "--key", signed.folder / "mine.pub")
    assert done.exit_code == 1
    assert "there is no signature" in done.stdout


def test_a_key_that_is_none_is_bad_input(signed):
    for given in ("nonsense", signed.folder / "mine.key", signed.folder / "Snakefile"):
        assert run("verify", signed.results, "--key", given).exit_code == 2
    for given in ("nowhere.key", signed.folder / "mine.pub", signed.folder / "Snakefile"):
        assert run("sign", signed.results, "--key", given).exit_code == 2


def test_keys_and_signatures_without_end_are_refused(signed):
    """Whatever stands behind the lines of one is passed over, so that only its size gives it away."""
    padding = "\n" * 300_000
    for name in ("mine.pub", "mine.key", "results/provenance.json.minisig"):
        signed.put(name, (signed.folder / name).read_text(encoding="utf-8") + padding)
    public = run("verify", signed.results, "--key", signed.folder / "mine.pub")
    assert public.exit_code == 2
    assert "mine.pub: it is larger than 100,000 bytes" in public.stderr
    signature = run("verify", signed.results)
    assert signature.exit_code == 1
    assert "provenance.json.minisig: it is larger than 100,000 bytes" in signature.stdout
    secret = run("sign", signed.results, "--key", signed.folder / "mine.key")
    assert secret.exit_code == 2
    assert "mine.key: it is larger than 100,000 bytes" in secret.stderr


def test_nothing_touched_is_signed(signed):
    (signed.results / "provenance.json.minisig").unlink()
    signed.put("results/board.csv", "other\n")
    done = run("sign", signed.results, "--key", signed.folder / "mine.key")
    assert done.exit_code == 1
    assert "Nothing was signed" in done.stdout
    assert not (signed.results / "provenance.json.minisig").exists()


def test_a_record_that_is_changed_while_the_password_is_asked_for_is_not_signed(signed, monkeypatch):
    signature, record = signed.results / "provenance.json.minisig", signed.results / "provenance.json"
    signature.unlink()
    text = record.read_text(encoding="utf-8")

    def asked(path):
        record.write_text(text.replace('"level": 0.95', '"level": 0.99'), encoding="utf-8")
        return SecretKey.read(path.read_text(encoding="utf-8"), str)

    monkeypatch.setattr("metaudit.cli.verify._secret_key", asked)
    done = run("sign", signed.results, "--key", signed.folder / "mine.key")
    assert done.exit_code == 1
    assert "provenance.json was changed meanwhile" in done.stdout
    assert not signature.exists()


def test_a_pair_of_keys_is_made_once_and_kept_from_others(made):
    name = made.folder / "pair"
    assert run("keys", name, "--no-password").exit_code == 0
    assert (name.with_suffix(".key").stat().st_mode & 0o777) == 0o600
    again = run("keys", name, "--no-password")
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    made.write()
    assert run("sign", made.results, "--key", name.with_suffix(".key")).exit_code == 0
    assert run("verify", made.results, "--key", name.with_suffix(".pub")).exit_code == 0


def test_a_pair_with_an_empty_password_is_not_made(made):
    done = run("keys", made.folder / "pair", input="\n")
    assert done.exit_code == 2
    assert not (made.folder / "pair.key").exists()
