"""What config.yaml may ask for, and which files follow from it."""

import re
import shutil
from pathlib import Path

import pytest

from metaudit.config import available_reviews, check_config, check_config_file, require, select_reviews, typed
from metaudit.figures.draw import KINDS
from metaudit.formats.places import review_folder
from metaudit.formats.yaml_file import load_schema
from metaudit.source import Source, library, results_folder
from metaudit.stages.extract import OF_DATA

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "data" / "schemas"
GOOD = {"reviews": "all", "figure_formats": ["svg"], "level": 0.95, "seed": 1}


@pytest.fixture
def folder(tmp_path):
    """Two reviews, one with a table, and a folder that is none."""
    for name in ("smith-2020", "jones-2021"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "review.yaml").write_text("id: x\n")
    (tmp_path / "smith-2020" / "extraction.csv").write_text("study\n")
    (tmp_path / "notes").mkdir()
    return tmp_path


def problems(folder: Path, **changed) -> list[str]:
    config = {k: v for k, v in (GOOD | changed).items() if v is not ...}
    return [str(p) for p in check_config(config, "config.yaml", reviews_dir=folder, schemas_dir=SCHEMAS)]


def test_the_shipped_configuration_is_good():
    assert check_config_file(ROOT / "config.yaml", reviews_dir=ROOT / "data" / "reviews", schemas_dir=SCHEMAS) == []


def test_a_good_configuration_has_no_problems(folder):
    assert problems(folder) == []
    assert problems(folder, reviews=["smith-2020"]) == []
    assert problems(folder, corpus=None) == []
    assert problems(folder, corpus={"path": "library.parquet"}) == []
    assert problems(folder, reviews="none", corpus={"path": "x.csv", "shards": 10_000, "search": "all"}) == []


def test_a_corpus_alone_needs_no_review(tmp_path):
    assert problems(tmp_path, reviews="none", corpus={"path": "x.csv"}) == []
    assert select_reviews("none", tmp_path).reviews == ()
    (tmp_path / "config.yaml").write_text("reviews: all\nfigure_formats: [svg]\nlevel: 0.95\nseed: 1\ncorpus: null\n")
    of_file = {"reviews_dir": tmp_path, "schemas_dir": SCHEMAS}
    assert "holds no review" in str(check_config_file(tmp_path / "config.yaml", **of_file))
    assert check_config_file(tmp_path / "config.yaml", replaced=["reviews", "corpus"], **of_file) == []


def test_a_number_of_shards_from_the_command_line_is_a_number_again():
    assert typed({"corpus": {"path": "7", "shards": "8"}})["corpus"] == {"path": "7", "shards": 8}
    for config in ({"corpus": {"path": "x", "shards": "-1"}}, {"corpus": None}, {"corpus": "8"}, {}):
        assert typed(config) == config


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"levle": 0.9}, "Did you mean 'level'?"),
        ({"level": ...}, "key 'level' is missing."),
        ({"level": "high"}, "It must be a number"),
        ({"level": 1}, "It must be below 1."),
        ({"level": 0}, "It must be above 0."),
        ({"seed": -1}, "It must be at least 0."),
        ({"seed": 1.5}, "It must be a whole number"),
        ({"figure_formats": []}, "must not be empty"),
        ({"figure_formats": ["pdf"]}, "svg must be among them"),
        ({"figure_formats": ["svg", "pfd"]}, "Did you mean 'pdf'?"),
        ({"reviews": "al"}, "the word all or none, or a list of folder names in brackets"),
        ({"reviews": "none"}, "nothing is run"),
        ({"corpus": "library.csv"}, "It must be null, or hold a path: {path: library.parquet, shards: 16}."),
        ({"corpus": {}}, "key 'path' is missing"),
        ({"corpus": {"path": "x.csv", "shards": 0}}, "It must be at least 1"),
        ({"corpus": {"path": "x.csv", "search": "most"}}, "'most' is not allowed"),
        ({"corpus": {"path": "x.csv", "shard": 3}}, "Did you mean 'shards'?"),
        ({"reviews": 7}, "the word all or none, or a list of folder names in brackets"),
        ({"reviews": ["smith-2002"]}, "Did you mean 'smith-2020'?"),
        ({"reviews": ["smith_2020"]}, "Did you mean 'smith-2020'?"),
        ({"reviews": ["notes"]}, "there is no review 'notes'"),
        ({"reviews": ["smith-2020", "smith-2020"]}, "'smith-2020' and 'smith-2020' have the same id"),
        ({"reviews": [""]}, "there is no review ''"),
        ({"reviews": []}, "must not be empty"),
        ({"reviews": [2020]}, "[2020] is not allowed."),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder, changed, says):
    found = problems(folder, **changed)
    assert any(says in line for line in found), found
    assert not any("\n" in line for line in found)


def test_no_review_at_all_is_a_problem(tmp_path):
    assert any("holds no review" in line for line in problems(tmp_path))


def test_the_line_of_the_file_is_named(folder, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("reviews:\n  - smith-2020\n  - jonse-2021\nfigure_formats: [svg]\nlevel: 0.95\nseed: 1\n")
    (problem,) = check_config_file(path, reviews_dir=folder, schemas_dir=SCHEMAS)
    assert (problem.row, problem.column, problem.fix) == (3, "reviews.1", "Did you mean 'jones-2021'?")


@pytest.mark.parametrize(
    ("text", "rule"), [("reviews: [", "yaml"), ("seed: 1\nseed: 2\n", "duplicate-key"), (None, "missing-file")]
)
def test_a_file_that_cannot_be_read_is_one_problem(tmp_path, text, rule):
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_text(text)
    (problem,) = check_config_file(path, reviews_dir=ROOT / "data" / "reviews", schemas_dir=SCHEMAS)
    assert problem.rule == rule


def test_problems_end_the_run_with_code_2_and_their_lines(folder, capsys):
    with pytest.raises(SystemExit) as ended:
        require(check_config(GOOD | {"level": 2}, "config.yaml", reviews_dir=folder, schemas_dir=SCHEMAS))
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
    require([])


@pytest.fixture
def elsewhere(folder, tmp_path, monkeypatch):
    """A working directory with its own reviews, beside the shipped ones."""
    work = tmp_path / "here"
    names = (
        "own-2024",
        "two words",
        f"{'long-' * 20}2024",
        "report",
        "smith-2020",
        "brace{d}/in-2020",
        "brace/in-2021",
        "many/one-2001",
        "many/two-2002",
        "many/Smith-2020",
    )
    for name in names:
        (work / name).mkdir(parents=True)
        (work / name / "review.yaml").write_text("id: x\n")
    (work / "own-2024" / "extraction.csv").write_text("study\n")
    (work / "brace" / "in-2021" / "old{1}.csv").write_text("study\n")
    (work / "empty").mkdir()
    (work / "link").symlink_to("own-2024")
    monkeypatch.chdir(work)
    return work


@pytest.mark.parametrize(
    "asked", ["./own-2024", "../here/own-2024", "{here}/own-2024", "./own-2024/", "own-2024/.", "./link", "~/own-2024"]
)
def test_a_review_elsewhere_is_named_by_its_path_however_written(folder, elsewhere, monkeypatch, asked):
    monkeypatch.setenv("HOME", str(elsewhere))
    asked = asked.format(here=elsewhere)
    assert problems(folder, reviews=["smith-2020", asked]) == []
    chosen = select_reviews(["smith-2020", asked], folder)
    assert chosen.reviews == chosen.with_data == ("own-2024", "smith-2020")
    assert chosen.folders["own-2024"].resolve() == elsewhere / "own-2024"
    named = chosen.named(chosen.reviews)
    assert named[1] == "smith-2020"
    assert "/" in named[0]
    assert review_folder(folder, named[0]) == chosen.folders["own-2024"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["./own-2023"], "Did you mean 'own-2024'?"),
        (["own-2024"], "write ./own-2024"),
        (["./empty"], "the folder './empty' has no review.yaml."),
        (["./many"], "but holds reviews. List them one by one: ./many/Smith-2020, ./many/one-2001, ./many/two-2002."),
        (["./two words"], "'two words' is the review's id, and cannot be one"),
        ([f"./{'long-' * 20}2024"], "An id has letters, digits and hyphens only, 100 at most"),
        (["./report"], "no review can have the id 'report'"),
        (["./brace{d}/in-2020"], "brace"),
        (["./brace/in-2021"], "the file 'old{1}.csv' of './brace/in-2021' has a brace in its name"),
        (["smith-2020", "./smith-2020"], "'./smith-2020' and 'smith-2020' have the same id, smith-2020"),
        (
            ["smith-2020", "./many/Smith-2020"],
            "'./many/Smith-2020' and 'smith-2020' have ids that differ in capitals only",
        ),
        (["./own-2024", "./link"], "'./link' and './own-2024' have the same id, own-2024"),
        (["/nowhere/at/all"], "there is no folder '/nowhere/at/all'"),
    ],
)
def test_a_path_that_is_no_usable_review_is_named(folder, elsewhere, asked, says):
    found = problems(folder, reviews=asked)
    assert len(found) == 1
    assert says in found[0]


@pytest.mark.parametrize("of", ["own-2024", "beside-2023"])
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("a\nb.csv", r"'a\nb.csv' of {} has a line break in its name, and the lists of files"),
        ("a\rb.yaml", r"'a\rb.yaml' of {} has a line break in its name"),
        (
            "a\udcff.csv",
            r"'a\udcff.csv' of {} has a byte that is no UTF-8 in its name, which Snakemake cannot write down.",
        ),
        ("a{.csv", "'a{{.csv' of {} has a brace in its name, which Snakemake takes for a wildcard."),
    ],
)
def test_a_file_whose_name_the_workflow_cannot_have_is_named(folder, elsewhere, of, name, says):
    """Of a review, and of another one that it refers to."""
    (elsewhere / "beside-2023").mkdir()
    (elsewhere / "beside-2023/review.yaml").write_text("id: beside-2023\n")
    (elsewhere / "own-2024/claims.csv").write_text("claim,refers_to\na,beside-2023/b\n")
    (elsewhere / of / name).write_text("x\n")
    whose = "'./own-2024'" if of == "own-2024" else "'beside-2023', which './own-2024' refers to,"
    (found,) = problems(folder, reviews=["./own-2024"])
    assert says.format(whose) in found
    assert "Rename the file" in found


@pytest.mark.parametrize("name", ["index", "corpus", "Report"])
def test_a_shipped_review_cannot_take_a_name_the_results_need(folder, name):
    (folder / "smith-2020").rename(folder / name)
    assert any(f"no review can have the id '{name}'" in line for line in problems(folder))


def test_all_means_every_folder_with_a_review(folder):
    assert available_reviews(folder) == ("jones-2021", "smith-2020")
    chosen = select_reviews("all", folder)
    assert chosen.reviews == ("jones-2021", "smith-2020")
    assert chosen.with_data == ("smith-2020",)
    assert chosen.named(chosen.reviews) == ["jones-2021", "smith-2020"]


def test_in_its_own_folder_the_workflow_names_files_as_one_would_type_them(monkeypatch):
    monkeypatch.chdir(ROOT)
    source = Source(ROOT, ROOT / "Snakefile")
    assert source.data_folder(None) == "data/reviews"
    assert source.config_file == "config.yaml"
    assert source.data("specs.yaml") == "data/specs.yaml"
    assert "data/presets/revman5.yaml" in source.presets()
    assert "scripts/metaudit/formats/review.py" in source.loaded[source.library("formats")]
    assert source.review_files(select_reviews(["li-2007"], source.reviews_dir)) == [
        f"data/reviews/li-2007/{name}" for name in ("claims.csv", "extraction.csv", "review.yaml", "sources.csv")
    ]


def test_from_another_folder_the_workflow_names_its_files_in_full(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    source = Source(ROOT, ROOT / "Snakefile")
    assert source.config_file == str(ROOT / "config.yaml")
    (tmp_path / "config.yaml").write_text("level: 0.9\n")
    assert source.config_file == "config.yaml"
    assert source.data_folder(None) == str(ROOT / "data" / "reviews")


def test_a_module_reads_no_configuration_of_its_user_and_names_every_file_in_full(tmp_path, monkeypatch):
    """Relative inputs of a module would be looked for below its prefix."""
    monkeypatch.chdir(ROOT)
    source = Source(ROOT, tmp_path / "Snakefile")
    assert source.is_module
    files = [source.config_file, source.data("specs.yaml"), source.data_folder(None), *source.presets()]
    files += source.loaded[source.library("formats")] + source.review_files(
        select_reviews(["li-2007"], source.reviews_dir)
    )
    assert all(Path(file).is_absolute() and Path(file).exists() for file in files)
    assert source.completed({"level": 0.9}) | {"level": 0.95} == source.completed({})
    assert check_config(source.completed({}), "x", reviews_dir=source.reviews_dir) == []


@pytest.mark.parametrize("prefix", ["", "below/", "results/"])
def test_results_go_where_the_rules_own_outputs_are(prefix):
    assert results_folder(None, {"seal": f"{prefix}logs/seals/audit.txt"}) == f"{prefix}results"
    assert results_folder(None, {"board": f"{prefix}results/board.csv"}) == f"{prefix}results"


def test_a_room_brings_its_modules_and_the_foundation():
    files = library("report", "stages/pool", library_dir=ROOT / "scripts" / "metaudit")
    assert {"errors.py", "rule.py", "report/site.py", "report/templates/index.html.j2", "stages/pool.py"} <= set(files)
    assert "stages/effects.py" not in files
    assert files == sorted(files)
    with pytest.raises(FileNotFoundError, match="no room 'reprot'"):
        library("reprot")


def test_the_hash_of_rooms_follows_what_is_in_their_files_and_not_where_they_lie(tmp_path):
    def hashed(folder):
        return Source(ROOT, ROOT / "Snakefile", folder).library("formats", "stages/pool")

    here, there = ROOT / "scripts" / "metaudit", tmp_path / "copy"
    shutil.copytree(here, there)
    assert hashed(there) == hashed(here) == hashed(there)
    with (there / "stages" / "effects.py").open("a") as file:
        file.write("\n")
    assert hashed(there) == hashed(here), "of another stage"
    with (there / "stages" / "pool.py").open("a") as file:
        file.write("\n")
    assert hashed(there) != hashed(here)
    shutil.rmtree(there)
    shutil.copytree(here, there)
    (there / "formats" / "review.py").rename(there / "formats" / "other.py")
    assert hashed(there) != hashed(here), "a name counts, too"


def test_every_kind_of_figure_can_be_asked_for_by_name():
    allowed = load_schema(ROOT / "data/schemas/config.schema.yaml")["properties"]["figure_formats"]["items"]["enum"]
    assert allowed == ["svg", "pdf", "png", *(f"{kind}.{end}" for kind, _ in KINDS for end in ("pdf", "png"))]


def test_every_result_of_a_table_goes_when_the_table_goes():
    """The Snakefile says which results need an extraction table; the extract stage removes those of one that is gone."""
    lists = re.findall(
        r"(?:EXTRACTED|POOLED|SEARCHED) \+?= (\[.*?\])\n", (ROOT / "Snakefile").read_text("utf-8"), flags=re.DOTALL
    )
    named = [name for text in lists for name in eval(text)]
    assert len(lists) == 4
    assert sorted(OF_DATA) == sorted([*named, "effects"])
