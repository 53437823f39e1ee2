"""Every code block of the documentation runs, and prints what its page shows."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from doc_pages import DOCS, ROOT, RUN, SHOWN, blocks_of, commands_of, environment, matches, pages
from ruamel.yaml import YAML

from metaudit.config import check_config
from metaudit.formats.places import SCHEMAS
from metaudit.formats.yaml_file import check_schema, load_schema

PAGES = [p for p in pages() if blocks_of(p)]
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
NAMES = [p.relative_to(DOCS).as_posix() for p in PAGES]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Every page run, two at a time, the ones with most to do first."""

    place = tmp_path_factory.mktemp("pages")  # here, not in the threads: pytest would make its base folder twice

    def run(page: Path) -> tuple[str, int, str]:
        name = page.relative_to(DOCS).as_posix()
        folder = place / name.replace("/", "-").removesuffix(".md")
        folder.mkdir()
        command = [sys.executable, str(Path(__file__).with_name("doc_pages.py")), str(page), str(folder)]
        env = {**environment(), "HOME": str(folder)}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)
        return name, done.returncode, done.stdout + done.stderr

    work = sorted(PAGES, key=lambda p: -sum(b.code.count("metaudit ") for b in blocks_of(p)))
    with ThreadPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        return {name: (code, told) for name, code, told in pool.map(run, work)}


@pytest.mark.parametrize("name", NAMES)
def test_the_blocks_of_a_page_run_and_print_what_it_shows(outcomes, name):
    code, told = outcomes[name]
    assert code == 0, told


@pytest.mark.parametrize("block", BLOCKS, ids=lambda b: b.place)
def test_a_block_says_what_it_is(block):
    assert block.language in (*RUN, *SHOWN), (
        f"{block.place}: {block.language!r} is neither run nor known to be shown only"
    )
    if block.language == "console":
        assert block.code.startswith("$ "), f"{block.place}: a session starts with a command"
        assert commands_of(block.code)


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.not_run], ids=lambda b: b.place)
def test_what_is_not_run_says_why(block):
    assert block.language in RUN
    assert len(block.not_run.split()) >= 3


def test_few_blocks_are_not_run():
    run = [b for b in BLOCKS if b.language in RUN]
    left_out = [b.place for b in run if b.not_run]
    assert len(left_out) <= len(run) / 5, left_out


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.language == "yaml"], ids=lambda b: b.place)
def test_yaml_holds_to_the_rules_of_its_file(block):
    content = YAML(typ="safe").load(block.code)
    kind = block.title.removeprefix("part of ")
    if kind == "config.yaml":
        shipped = YAML(typ="safe").load((ROOT / "config.yaml").read_text(encoding="utf-8"))
        assert not check_config({**shipped, **content}, block.place)
    elif kind == "mapping.yaml":
        schema = load_schema(SCHEMAS / "mapping.schema.json")
        assert not check_schema(content, schema, block.place)
    else:
        assert kind == "review.yaml", f"{block.place}: say in a title which file this is"
        least = {
            "id": "x",
            "title": "x",
            "kind": "meta-analysis",
            "citation": {"authors": "x", "year": 2020},
            "analyses": {},
        }
        whole = {**least, **content} if block.title.startswith("part of") else content
        assert not check_schema(whole, load_schema(SCHEMAS / "review.schema.json"), block.place)


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a\nb", "a\nb\n", True),
        ("a\nb", "a\nc\n", False),
        ("a\n...\nz", "a\nb\nc\nz\n", True),
        ("a\n...", "a\n", True),
        ("a ... z", "a b z\n", True),
        ("a ... z", "a b\nz\n", False),
        ("1.5", "1x5\n", False),
        ("", "", True),
        ("", "a\n", False),
    ],
)
def test_an_output_is_compared_with_what_is_shown(shown, printed, same):
    assert matches(shown, printed) is same
