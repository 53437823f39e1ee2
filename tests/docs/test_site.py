"""The documentation site builds without a warning, is whole on its own, and every link in it leads somewhere."""

import re
from urllib.parse import unquote, urlsplit

import pytest
from doc_pages import DOCS, ROOT, pages
from lxml import html

ASIDE = {"404.html"}


@pytest.fixture(scope="module")
def documents(site):
    return {
        p: html.parse(str(p)).getroot()
        for p in sorted(site.rglob("*.html"))
        if "files" not in p.relative_to(site).parts
    }


def test_every_page_is_in_the_site(site):
    for page in pages():
        assert (site / page.relative_to(DOCS)).with_suffix(".html").is_file(), page


def test_nothing_is_fetched_from_elsewhere(documents):
    fetched = []
    for path, document in documents.items():
        for element in document.iter(
            "script", "img", "link", "iframe", "source", "object", "embed", "use", "video", "audio"
        ):
            kind = element.get("rel", "")
            for name in ("src", "href", "data", "srcset"):
                target = element.get(name) or ""
                if re.match(r"(https?:)?//", target) and kind not in ("canonical", "next", "prev"):
                    fetched.append(f"{path.name}: {target}")
    assert not fetched


def test_styles_and_scripts_fetch_nothing(site):
    for path in site.rglob("*.css"):
        assert not re.findall(r"(?:url\(|@import\s+)[\"']?(?:https?:)?//[^)\"']+", path.read_text(encoding="utf-8")), (
            path
        )


def test_every_link_and_anchor_leads_somewhere(site, documents):
    anchors = {
        path: {e.get("id") for e in document.iter() if e.get("id")}
        | {e.get("name") for e in document.iter("a") if e.get("name")}
        for path, document in documents.items()
    }
    dead = []
    for path, document in documents.items():
        if path.name in ASIDE:
            continue
        for element in document.iter("a", "img", "link", "script"):
            target = element.get("href") or element.get("src") or ""
            parts = urlsplit(target)
            if not target or parts.scheme or target.startswith("//"):
                continue
            aim = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            aim = aim / "index.html" if aim.is_dir() else aim
            known = (
                not parts.fragment
                or aim not in anchors
                or unquote(parts.fragment) in anchors[aim] | {"__skip", "__search"}
            )
            if not aim.is_file() or not known:
                dead.append(f"{path.relative_to(site)}: {target}")
    assert not dead


def test_links_stay_inside_the_site(site, documents):
    for path, document in documents.items():
        for element in document.iter("a", "img"):
            target = urlsplit(element.get("href") or element.get("src") or "")
            if not target.scheme and target.path and path.name not in ASIDE:
                assert (path.parent / unquote(target.path)).resolve().is_relative_to(site.resolve()), (path, target)


def test_every_image_says_what_it_shows(documents):
    silent = [
        f"{p.name}: {i.get('src')}"
        for p, d in documents.items()
        for i in d.iter("img")
        if not (i.get("alt") or "").strip()
    ]
    assert not silent


def test_the_search_index_is_there_and_finds_the_tutorial(site):
    text = (site / "search" / "search_index.json").read_text(encoding="utf-8")
    assert "tutorial.html" in text
    assert "Colditz" in text


def test_the_site_is_not_committed():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "site/" in ignored or "/site/" in ignored


@pytest.mark.parametrize("page", pages(), ids=lambda p: p.relative_to(DOCS).as_posix())
def test_a_page_has_one_title(page):
    text = page.read_text(encoding="utf-8")
    outside = re.sub(r"^(```+).*?^\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^# ", outside, flags=re.MULTILINE)) == 1
