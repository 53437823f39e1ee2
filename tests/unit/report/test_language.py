"""The words of the interface: every sentence has its French, and none is left over."""

import ast
import json
import re
from pathlib import Path

import pytest
from jinja2 import nodes

from metaudit.report.language import LANGUAGES, Interface, Phrase, counted, filled, french, french_script
from metaudit.report.site import TEMPLATES, environment

LIBRARY = Path(TEMPLATES).parents[1]
ROOT = LIBRARY.parents[1]
BRACES = re.compile(r"\{(\w+)\}")


def template_words():
    """Every sentence that stands in a template, in the calls that give words."""
    templates, found = environment(), set()
    for path in sorted(TEMPLATES.glob("*.j2")):
        for call in templates.parse(path.read_text(encoding="utf-8")).find_all(nodes.Call):
            if not isinstance(call.node, nodes.Name) or call.node.name not in ("t", "k", "ta", "tn"):
                continue
            given = [*call.args, *(pair.value for pair in call.kwargs if call.node.name == "ta")]
            found |= {node.value for node in given if isinstance(node, nodes.Const) and isinstance(node.value, str)}
    return found


def script_words():
    """Every sentence that the script of the pages asks for."""
    text = (TEMPLATES / "page.js").read_text(encoding="utf-8")
    pairs = re.findall(r'\btn?\((?:[\w.]+, )?"([^"]+)"(?:, "([^"]+)")?', text)
    return {word for pair in pairs for word in pair if word}


def python_words():
    """Every text in the modules that give templates their words, and the kinds of reviews that the format knows."""
    found = set()
    for path in [
        *(LIBRARY / "report").glob("*.py"),
        *(LIBRARY / "tables").glob("*.py"),
        *(LIBRARY / "audit_words").glob("*.py"),
    ]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    schema = json.loads((ROOT / "data" / "schemas" / "review.schema.json").read_text(encoding="utf-8"))
    return found | set(schema["properties"]["kind"]["enum"])


def test_the_pages_of_all_reviews_have_their_french(interface, pages):
    assert len(interface.used) > 200
    assert sorted(interface.used - set(french())) == []


def test_every_sentence_of_the_templates_and_the_script_has_its_french():
    assert len(template_words()) > 100
    assert len(script_words()) > 8
    assert sorted((template_words() | script_words()) - set(french())) == []


def test_words_that_only_other_data_would_show_have_their_french():
    from metaudit.audit_words.verdicts import CERTAINTY_MEANING, IMPACTS, VERDICTS
    from metaudit.report.analysis import DIRECTION
    from metaudit.report.figures import KINDS
    from metaudit.report.index import DATA_WORDS
    from metaudit.report.methods import LABELS
    from metaudit.report.plain import _COPIED, _COPIED_WORDS, _WITH_VALUE, _WITHOUT_VALUE
    from metaudit.tables.quantities import OF_SYNTHESIS, WORDS

    wanted = {
        *WORDS.values(),
        *(word for own in OF_SYNTHESIS.values() for word in own.values()),
        *CERTAINTY_MEANING,
        *CERTAINTY_MEANING.values(),
        *filter(None, IMPACTS),
    }
    wanted |= {word for verdict in VERDICTS for word in (verdict.label, verdict.meaning)}
    wanted |= {word for kind in KINDS.values() for word in kind} | set(LABELS.values()) | set(DATA_WORDS.values())
    wanted |= {_COPIED, _COPIED_WORDS, *_WITH_VALUE.values(), *_WITHOUT_VALUE.values(), *DIRECTION.values()}
    schema = json.loads((ROOT / "data" / "schemas" / "review.schema.json").read_text(encoding="utf-8"))
    wanted |= set(schema["properties"]["kind"]["enum"])
    assert sorted(wanted - set(french())) == []


def test_no_french_is_left_over():
    templates = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.j2"))
    known = template_words() | script_words() | python_words()
    idle = [key for key in french() if key not in known and json.dumps(key, ensure_ascii=False) not in templates]
    from metaudit.measures import MEASURES

    assert sorted(set(idle) - {measure.name for measure in MEASURES.values()}) == []


def test_values_stand_in_both_languages():
    apart = {key: words for key, words in french().items() if set(BRACES.findall(key)) != set(BRACES.findall(words))}
    assert apart == {}


def test_the_script_of_the_french_is_what_the_files_say():
    text = french_script()
    assert json.loads(text.removeprefix("window.metauditFrench = ").rstrip().removesuffix(";")) == dict(french())


def test_one_sentence_has_one_translation(tmp_path, monkeypatch):
    from metaudit.report import language

    (tmp_path / "fr.yaml").write_text('"a": "un"\n', encoding="utf-8")
    (tmp_path / "fr_more.yaml").write_text('"a": "deux"\n', encoding="utf-8")
    monkeypatch.setattr(language, "LANGUAGES", tmp_path)
    french.cache_clear()
    try:
        with pytest.raises(ValueError, match="'a' has two translations, 'un' and 'deux'"):
            french()
    finally:
        french.cache_clear()
    assert list(LANGUAGES.glob("fr*.yaml"))


def test_words_are_escaped_and_carry_what_the_script_needs():
    said = Interface()
    assert said.text("a <b>") == "<span data-i18n>a &lt;b&gt;</span>"
    assert said.text("") == ""
    shown = said.text("{n} of {total}", n='"2"', total=3)
    assert ">&#34;2&#34; of 3</span>" in shown
    assert 'data-i18n="{n} of {total}"' in shown
    values = re.search(r'data-i18n-values="([^"]*)"', shown)[1].replace("&#34;", '"')
    assert json.loads(values) == {"n": '"2"', "total": "3"}
    given = said.attributes(aria_label='Say "it"', title="x")
    assert given == 'aria-label="Say &#34;it&#34;" title="x" data-i18n-attr="aria-label title"'
    assert said.plain(Phrase("P\u00a0{p}", {"p": "< 0.1"})) == "P\u00a0< 0.1"
    assert said.used == {"a <b>", "", "{n} of {total}", 'Say "it"', "x", "P\u00a0{p}"}


def test_values_are_not_taken_for_braces():
    assert filled("{a} and {b}", {"a": "{c}", "c": "no"}) == "{c} and {b}"
    assert str(counted(1, "{n} claim", "{n} claims")) == "1 claim"
    assert str(counted(0, "{n} claim", "{n} claims")) == "0 claims"
