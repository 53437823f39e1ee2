"""A run that somebody hands on may say anything: what is refused, what is not read, and that a terminal shows it as it is."""

import json
import os
import zipfile

import pytest
from typer.testing import CliRunner

from metaudit.cli import app
from metaudit.errors import InputError
from metaudit.provenance import pack as packing
from metaudit.provenance import reading, verify
from metaudit.provenance.minisign import KeyFormatError, SecretKey, Signature, SignatureError, _stream, sign
from metaudit.provenance.minisign import verify as verify_signature

CLI = CliRunner()
ENTRY = {"sha256": "0" * 64, "bytes": 3, "kind": "data"}


def run(*arguments):
    return CLI.invoke(app, [str(a) for a in arguments])


def record_of(made):
    return json.loads((made.results / "provenance.json").read_text(encoding="utf-8"))


@pytest.fixture
def forged(made):
    """Change the record of a run, and verify."""
    made.write()

    def change(edit):
        record = record_of(made)
        edit(record)
        made.put("results/provenance.json", json.dumps(record))
        return run("verify", made.results)

    return change


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "a/../../b", "../a/../b", "a//b", "a/", ".", "..", "", "./a", "a\\b", "a\0", "a\n/../b", "\x1b[2J", "../..", "workflow:../a", "workflow:", "workflow:a/../../b", "workflow:/etc/passwd", "n" * 5000],
)  # fmt: skip
def test_an_input_has_a_name_without_detours(forged, name):
    done = forged(lambda record: record["inputs"].update({name: ENTRY}))
    assert done.exit_code == 2, done.output
    assert done.stdout == ""
    assert all(line.isprintable() for line in done.stderr.splitlines())


@pytest.mark.parametrize(
    "name", ["../a/b.csv", "../../a b.csv", "workflow:a.csv", "..a/.b", "a...csv", "ä/中.csv", "a:b"]
)
def test_names_that_runs_give_are_read(forged, name):
    done = forged(lambda record: record["inputs"].update({name: ENTRY}))
    assert done.exit_code == 1, done.output
    assert f"{name}: it was read and is no longer there" in done.stdout


@pytest.mark.parametrize("name", ["a\n/../../../b", "../b", "a/./b", "a\0"])
def test_a_result_that_may_be_missing_has_no_other_name_either(forged, name):
    done = forged(lambda record: record["outputs"].update({name: {**ENTRY, "stage": "audit", "built_beside": True}}))
    assert done.exit_code == 2


@pytest.mark.parametrize(("place", "code"), [("../here", 0), ("../elsewhere", 0), ("/", 2), ("a/..", 2), ("", 2)])
def test_a_workflow_has_one_too(forged, place, code):
    assert forged(lambda record: record["environment"].update(workflow=place)).exit_code == code


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"level": 0.95', '"level": 0.95, "level": 0.9', "'level' is there twice"),
        ('"level": 0.95', '"level": NaN', "NaN is no number"),
        ('"level": 0.95', '"level": -Infinity', "no number"),
        ('"level": 0.95', f'"level": {"9" * 5000}', "5000 digits"),
        ('"level": 0.95', f'"level": {"[" * 300}{"]" * 300}', "levels deep"),
        ('"level": 0.95', r'"level": "\uD83D"', "half of a letter"),
        ('"Do audit."', "3", "is not of type 'string'"),
    ],
)
def test_what_readers_of_json_read_in_two_ways_is_refused(made, old, new, said):
    text = (made.write() / "provenance.json").read_text(encoding="utf-8")
    assert text.count(old) == 1
    made.put("results/provenance.json", text.replace(old, new))
    done = run("verify", made.results)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr) < 500


def test_a_whole_letter_of_two_halves_is_read(forged):
    assert forged(lambda record: record["parameters"].update(level="\U0001d54f")).exit_code == 0


def test_a_record_without_end_is_not_read(made, monkeypatch):
    made.write()
    monkeypatch.setattr(reading, "_MOST_BYTES", 100)
    with pytest.raises(InputError, match="larger than 100 bytes"):
        reading.read_provenance(made.results)


def _no_input(record):
    record["stages"]["audit"]["code"] = ["nowhere.py"]


def _no_stage(record):
    record["stages"]["audit"]["after"] = ["nobody"]


def _no_review(record):
    record["reviews"]["two-2002"]["refers_to"] = ["nobody-1900"]


def _no_owner(record):
    record["inputs"]["data/reviews/one-2001/claims.csv"]["review"] = "nobody-1900"


def _no_file(record):
    record["reviews"]["two-2002"]["inputs"].append("../../secret/x.csv")


@pytest.mark.parametrize("edit", [_no_input, _no_stage, _no_review, _no_owner, _no_file])
def test_every_name_leads_to_an_entry(forged, edit):
    done = forged(edit)
    assert done.exit_code == 2
    assert "has no entry under" in done.stderr


def test_a_thousand_wrong_entries_are_told_by_the_first(forged):
    done = forged(lambda record: record["outputs"].update({f"f{i}": 3 for i in range(3000)}))
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) < 30


def test_nothing_is_read_that_has_another_size(made, monkeypatch):
    """A record may name any file of this machine: what is not what was recorded is not opened."""
    made.write()
    made.put("data/specs.yaml", "longer than it was before\n")
    read = []
    monkeypatch.setattr(verify, "digest", lambda path: read.append(path.name) or "0" * 64)
    verify.verify(made.results)
    assert "claims.csv" in read
    assert "specs.yaml" not in read


def corpus(record, name, **more):
    record["inputs"][name] = {**ENTRY, "kind": "corpus", "files": 2, **more}


def test_a_folder_is_not_read_unless_it_has_as_many_files_and_bytes(made, forged, monkeypatch):
    made.put("corpus/a/review.yaml", "one\n")
    made.put("corpus/b/review.yaml", "two\n")
    opened = []
    monkeypatch.setattr("metaudit.provenance.entries.digest", lambda path: opened.append(path) or "0" * 64)
    assert "2 files of 3 bytes were read, 2 of 8 are there" in forged(lambda r: corpus(r, "corpus")).stdout
    assert opened == []
    assert "corpus: it has other content" in forged(lambda r: corpus(r, "corpus", bytes=8)).stdout
    assert len(opened) == 2


@pytest.mark.parametrize("name", ["../..", "../here", "../../../../../../.."])
def test_a_folder_that_holds_the_results_is_not_walked(forged, monkeypatch, name):
    monkeypatch.setattr(verify, "corpus_files", lambda folder: pytest.fail(f"{folder} is walked"))
    done = forged(lambda r: corpus(r, name))
    assert done.exit_code in (1, 2)


def test_a_corpus_above_the_results_is_no_corpus(made, forged):
    name = f"../{made.folder.name}"
    assert "holds the results themselves" in forged(lambda r: corpus(r, name)).stdout


def test_a_name_that_no_file_can_have_is_missing(forged):
    done = forged(lambda record: record["inputs"].update({"n" * 300: ENTRY}))
    assert done.exit_code == 1
    assert "no longer there" in done.stdout


@pytest.mark.skipif(os.name == "nt", reason="names are UTF-16 there")
def test_a_file_with_any_name_is_shown_without_its_signs(made):
    results = made.write()
    for name in (b"\xff.csv", b"\x1b[31mred.csv", "\u202etxt.csv".encode(), b"two\nlines.csv"):
        (results / os.fsdecode(name)).touch()
    done = run("verify", results)
    assert done.exit_code == 1
    assert r"  \udcff.csv: no stage" in done.stdout
    assert r"\x1b[31mred.csv" in done.stdout
    assert r"\u202etxt.csv" in done.stdout
    assert all(line.isprintable() for line in done.stdout.splitlines())
    names = [f["file"] for f in json.loads(run("verify", results, "--json").stdout)["findings"]]
    assert len(names) == 4


def test_names_of_stages_and_reviews_are_shown_without_their_signs_too(made, forged):
    made.put("results/board.csv", "other\n")

    def edit(record):
        record["stages"]["\x1b[2J"] = record["stages"]["audit"]
        record["outputs"]["board.csv"]["stage"] = "\x1b[2J"

    done = forged(edit)
    assert r"board.csv (\x1b[2J)" in done.stdout
    assert "\x1b" not in done.stdout


def crate(made, tmp_path, edit):
    record = record_of(made)
    edit(record)
    made.put("results/provenance.json", json.dumps(record))
    target = tmp_path / "run.zip"
    done = run("crate", made.results, target)
    assert done.exit_code == 2, done.output
    assert not target.exists()
    assert list(tmp_path.glob("*.tmp")) == []
    return done.stderr


def test_a_record_without_a_workflow_or_a_review_without_a_file_is_not_packed(made, tmp_path):
    made.write()
    assert "no Snakefile" in crate(made, tmp_path, lambda r: r["inputs"].pop("Snakefile"))
    made.write()
    assert "no review.yaml" in crate(made, tmp_path, lambda r: r["reviews"]["one-2001"].update(inputs=[]))


def test_two_files_for_one_place_of_a_crate_are_refused_instead_of_one_lost(made, tmp_path):
    made.write()
    file = made.put("../theirs/Snakefile", "rule other:\n")

    def twice(record):
        record["environment"]["workflow"] = "../theirs"
        record["inputs"]["workflow:Snakefile"] = {**ENTRY, "sha256": verify.digest(file), "bytes": 12}

    assert "two files 'Snakefile'" in crate(made, tmp_path, twice)


def test_a_crate_holds_nothing_outside_itself(made, tmp_path):
    made.put("../theirs/x.csv", "x\n")
    made.write()
    record = record_of(made)
    file = made.folder.parent / "theirs/x.csv"
    record["inputs"]["../theirs/x.csv"] = {**ENTRY, "sha256": verify.digest(file), "bytes": 2}
    made.put("results/provenance.json", json.dumps(record))
    packing.pack(made.results, tmp_path / "run.zip")
    names = zipfile.ZipFile(tmp_path / "run.zip").namelist()
    assert "outside/theirs/x.csv" in names
    assert len(set(names)) == len(names)
    assert not [name for name in names if name.startswith("/") or {".", "..", ""} & set(name.split("/"))]


def test_a_review_without_a_title_is_called_by_its_id(made, tmp_path):
    """Whatever its review.yaml is by now: nothing but the title is read of it."""
    made.put("data/reviews/one-2001/review.yaml", "- a list\n")
    made.seal("extract")
    made.write()
    packing.pack(made.results, tmp_path / "run.zip")
    graph = json.loads(zipfile.ZipFile(tmp_path / "run.zip").read("ro-crate-metadata.json"))["@graph"]
    assert [e["name"] for e in graph if e["@id"] == "results/one-2001/"] == ["one-2001"]


@pytest.mark.parametrize("comment", ["a\x0bb", "a\u2028b", "a\x85b", "a\tb", ""])
def test_only_the_end_of_a_line_ends_a_comment(comment):
    key = SecretKey.new()
    text = sign(b"x", key, trusted=comment)
    assert verify_signature(b"x", Signature.read(text), key.public) == comment
    assert verify_signature(b"x", Signature.read(text.replace("\n", "\r\n")), key.public) == comment
    with pytest.raises((KeyFormatError, SignatureError)):
        verify_signature(b"x", Signature.read(text.replace(comment, f"{comment}\r", 1)), SecretKey.new().public)


def test_a_signed_comment_is_shown_without_its_signs(made):
    made.write()
    key = SecretKey.new()
    made.put("mine.pub", key.public.text())
    content = (made.results / "provenance.json").read_bytes()
    made.put("results/provenance.json.minisig", sign(content, key, trusted="\x1b[2Jall is\twell"))
    done = run("verify", made.results, "--key", made.folder / "mine.pub")
    assert done.exit_code == 0
    assert "\\x1b[2Jall is\twell" in done.stdout


def test_a_signature_without_end_is_none(made):
    made.write()
    made.put("results/provenance.json.minisig", "x" * 200_000)
    assert run("verify", made.results).exit_code == 1


@pytest.mark.parametrize(
    ("operations", "memory"), [(2**63, 0), (2**63, 2**20), (2**28, 2**20), (2**27, 2**40), (2**27, 2**31), (2**64 - 1, 2**64 - 1)]
)  # fmt: skip
def test_a_key_cannot_ask_for_years_or_for_all_the_memory(operations, memory):
    with pytest.raises(KeyFormatError, match="more than"):
        _stream("x", b"s" * 32, operations=operations, memory=memory)


def test_a_key_of_any_length_is_refused(made):
    made.write()
    for given in ("x" * 5000, "RW\0", "/" * 300):
        done = run("verify", made.results, "--key", given)
        assert done.exit_code == 2
        assert len(done.stderr) < 2000


def test_a_name_that_no_file_can_have_is_refused_by_every_command(made):
    results, long = made.write(), made.folder / ("n" * 300)
    made.put("mine.key", SecretKey.new().text())
    for arguments in (
        ("verify", long), ("verify", results, "--key", long), ("sign", long, "--key", made.folder / "mine.key"),
        ("sign", results, "--key", long), ("keys", long, "--no-password"), ("crate", long), ("crate", results, long),
    ):  # fmt: skip
        done = run(*arguments)
        assert done.exit_code == 2, (arguments, done.output)
        assert isinstance(done.exception, SystemExit), arguments
        assert done.stderr.strip(), arguments
