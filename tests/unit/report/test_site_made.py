"""Small sites made for one question each."""

import json

import pytest

from metaudit.report import write_report

HOSTILE = "\"><script>alert(1)</script>&amp; 'x' <b onclick=y> </details> {{ 7*7 }} --> %"
CLAIM = {"claim": "a", "quantity": "value", "subject": "dose", "printed": "2", "certainty": "read", "source": "s"}
SOURCE = {
    "source": "s",
    "citation": "Somebody 2001",
    "doi": "10.1/x",
    "url": "https://example.org/",
    "read": "abstract",
}


FIT = {
    "analysis": "x",
    "role": "primary",
    "measure": "RR",
    "model": "random",
    "tau2_method": "REML",
    "ci_method": "wald",
}
FIT |= {"level": 0.95, "k": 2, "estimate": 0.5, "ci_low": 0.25, "ci_high": 1, "p": 0.04999}
FIT |= {"spec": "RR | 0.5@only-zero | random REML | wald | I2:tau2 | PI:t-k-2 | 95%"}


def finding(**given):
    base = {"review": "one", "claim": "a", "analysis": "", "quantity": "value", "subject": "dose", "printed": "2"}
    return base | {"value": 3.0, "verdict": "DIFFERENT", "certainty": "read", "message": "Not the same."} | given


def test_hostile_text_is_escaped_everywhere(made):
    texts = dict.fromkeys(("claim", "subject", "printed", "message", "criterion", "spec", "impact"), HOSTILE)
    audit = [finding(**texts, causes=[HOSTILE], alternatives=[HOSTILE], certainty=HOSTILE, analysis="x")]
    claims = [CLAIM | {"claim": HOSTILE, "note": HOSTILE, "where": HOSTILE, "source": HOSTILE, "refers_to": HOSTILE}]
    citation = {"authors": HOSTILE, "year": 2001, "journal": HOSTILE, "doi": HOSTILE}
    meta = {"title": HOSTILE, "kind": HOSTILE, "citation": citation}
    meta["analyses"] = {"x": {"title": HOSTILE, "measure": HOSTILE, "note": HOSTILE, "method": {"model": HOSTILE}}}
    sources = [{"source": HOSTILE, "citation": HOSTILE, "doi": HOSTILE, "url": "javascript:alert(1)", "read": HOSTILE}]
    effects = [{"analysis": "x", "row": 2, "study": HOSTILE, "certainty": HOSTILE, "source": HOSTILE, "where": HOSTILE}]
    readings = [{"analysis": "x", "row": 2, "study": HOSTILE, "reading": HOSTILE, "message": HOSTILE}]
    made.add("one", meta, claims=claims, sources=sources, audit=audit, effects=effects, readings=readings)
    for name, page in made.write("one").items():
        assert HOSTILE in "".join(page.texts), name
        text = (made.results / "report" / name).read_text(encoding="utf-8")
        assert "<script>alert" not in text
        assert "<b onclick" not in text
        assert "49" not in page.texts
        assert not [href for href in page.hrefs if href.startswith("javascript:")]
        assert not [given for _, given in page.elements if "onclick" in given]


def test_search_data_survive_hostile_text(made):
    made.add("one", {"title": "T"}, audit=[finding(message=HOSTILE)])
    made.write("one")
    text = (made.results / "report" / "assets" / "search.js").read_text(encoding="utf-8")
    found = json.loads(text.removeprefix("window.metauditClaims = ").rstrip().removesuffix(";"))
    assert found[0]["text"] == HOSTILE


def test_a_review_with_claims_only(made):
    made.add("one", {"title": "Only claims"}, claims=[CLAIM], sources=[SOURCE], audit=[finding()])
    page = made.write("one")["one.html"]
    shown = page.text("claim-a")
    for words in ("dose", "2", "3", "Different", "Not the same.", "Somebody 2001"):
        assert words in shown
    assert "#source-s" in page.hrefs
    assert "analyses" not in page.ids


def test_an_empty_review_says_what_is_missing(made):
    made.add("one", {"title": "Nothing"}, sources=[SOURCE | {"read": "not read"}])
    pages = made.write("one")
    assert "No printed number typed in: no source could be read." in pages["one.html"].text()
    assert "No printed number typed in: no source could be read." in pages["index.html"].text("reviews")


def test_missing_inputs_are_listed_once_with_their_claims(made):
    audit = [finding(claim=c, verdict="NOT_CHECKABLE", message="The table of 5 trials.") for c in "abc"]
    made.add("one", {"title": "T"}, audit=[*audit, finding(claim="d", verdict="EXACT")])
    box = made.write("one")["one.html"].text("missing")
    assert "3 of 4 claims" in box
    assert box.count("The table of 5 trials.") == 1


@pytest.mark.parametrize("level", ["secondary", "derived", "reconstructed", "unverified"])
def test_a_number_that_was_not_read_carries_a_badge(made, level):
    made.add("one", {"title": "T"}, audit=[finding(certainty=level), finding(claim="b", certainty="read")])
    pages = made.write("one")
    badges = [given for given in pages["one.html"].all("span") if given.get("class") == "cert"]
    assert len(badges) >= 2
    assert level in pages["index.html"].text("first")
    assert pages["index.html"].text("first").count(level) == 1


def test_claims_are_ranked_by_impact_then_certainty_then_verdict(made):
    order = [
        finding(claim="c1", verdict="DIFFERENT", impact="direction", certainty="derived"),
        finding(claim="c2", verdict="OTHER_SPEC", impact="significance", certainty="read"),
        finding(claim="c3", verdict="INCONSISTENT", impact="significance", certainty="secondary"),
        finding(claim="c4", verdict="OUT_OF_ENVELOPE", impact="large", certainty="read"),
        finding(claim="c5", verdict="DIFFERENT", impact="large", certainty="read"),
        finding(claim="c6", verdict="IMPOSSIBLE"),
        finding(claim="c7", verdict="INCONSISTENT"),
        finding(claim="c8", verdict="DIFFERENT", impact="moderate"),
        finding(claim="c9", verdict="NEAR"),
    ]
    rest = [finding(claim="e", verdict="EXACT"), finding(claim="n", verdict="NOT_CHECKABLE")]
    made.add("one", {"title": "T"}, audit=[*rest, *reversed(order)])
    pages = made.write("one")
    for page in pages.values():
        links = [href.partition("#claim-")[2] for href in page.hrefs if "#claim-c" in href]
        assert list(dict.fromkeys(links))[:9] == [f"c{n}" for n in range(1, 10)]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"verdict": "INCONSISTENT", "criterion": "P against interval", "printed": "<.001", "value": 0.0696, "quantity": "p"},
         "<.001 is printed, but the numbers printed with it give 0.0696."),
        ({"verdict": "INCONSISTENT", "criterion": "transcription", "printed": "5", "value": 4.2},
         "5 is printed, but the document it is taken from prints 4.2."),
        ({"verdict": "INCONSISTENT", "criterion": "significance word", "printed": "not significant", "value": None, "quantity": "text"},
         "“not significant” is stated, but the numbers printed with it say otherwise."),
        ({"verdict": "OUT_OF_ENVELOPE", "printed": "0.50", "value": 0.25, "quantity": "estimate"},
         "0.50 is printed; the data give 0.250, and no method that was searched gives 0.50."),
        ({"verdict": "IMPOSSIBLE", "printed": "-3", "value": None}, "−3 is printed, but no data of this kind can give it."),
    ],
)  # fmt: skip
def test_what_must_be_seen_is_said_in_one_plain_sentence(made, given, said):
    made.add("one", {"title": "T"}, audit=[finding(subject="", **given)])
    pages = made.write("one")
    for page in pages.values():
        assert said in page.text("first")


def test_pages_of_removed_reviews_are_deleted_and_other_files_kept(made):
    for name in ("one", "two"):
        made.add(name, {"title": name}, audit=[finding(review=name)])
    assert set(made.write("one", "two")) == {"index.html", "one.html", "two.html"}
    (made.results / "report" / "notes.txt").write_text("kept", encoding="utf-8")
    assert set(made.write("two")) == {"index.html", "two.html"}
    assert (made.results / "report" / "notes.txt").exists()
    assert "one" not in (made.results / "board.csv").read_text(encoding="utf-8").split("\n")[1]


def test_the_bytes_do_not_depend_on_the_order_of_the_reviews(made):
    for name in ("one", "two"):
        made.add(name, {"title": name}, audit=[finding(review=name)])
    made.write("one", "two")
    first = {p: p.read_bytes() for p in (made.results / "report").rglob("*") if p.is_file()}
    assert len(first) > 8
    made.write("two", "one", "two")
    assert {p: p.read_bytes() for p in (made.results / "report").rglob("*") if p.is_file()} == first


def test_repeated_and_odd_claim_names_keep_their_own_addresses(made):
    names = ["a b", "a b", "a/b", "é", "a_20b"]
    made.add("one", {"title": "T"}, audit=[finding(claim=name) for name in names])
    page = made.write("one")["one.html"]
    ids = [i for i in page.ids if i.startswith("claim-")]
    assert len(set(ids)) == len(names)
    assert {f"#{i}" for i in ids} <= set(page.hrefs)


def test_a_number_taken_from_another_review_links_there(made):
    made.add("one", {"title": "T"}, audit=[finding()], claims=[CLAIM | {"refers_to": "two/z"}])
    made.add("two", {"title": "T"}, audit=[finding(review="two", claim="z")])
    assert "two.html#claim-z" in made.write("one", "two")["one.html"].hrefs
    assert "two.html#claim-z" not in made.write("one")["one.html"].hrefs


def test_the_readings_of_an_unlabelled_sign_stand_before_the_tables(made):
    words = "The 5 after ± may be a standard error."
    rows = [
        {"analysis": "x", "row": 2, "study": "S", "reading": r, "chosen": c, "sd_t": sd, "md": -1.5, "message": words}
        for r, c, sd in (("sd", "yes", 5), ("se", "no", 27.4))
    ]
    made.add("one", {"title": "T", "analyses": {"x": {"title": "X"}}}, readings=rows)
    made.add("two", {"title": "T", "analyses": {"x": {"title": "X"}}}, readings=rows, pooled=[FIT])
    pages = made.write("one", "two")
    assert pages["one.html"].text("analysis-x").count(words) == 1
    shown = pages["two.x.html"].text("main")
    assert shown.count(words) == 1
    assert "standard deviation (our reading)" in shown
    assert "27.40" in shown
    assert "\u22121.50" in shown


def test_stated_method_stands_against_the_used_one(made):
    analyses = {"x": {"title": "X", "measure": "RR", "method": {"model": "random", "tau2": "DL"}}}
    made.add("one", {"title": "T", "analyses": analyses}, pooled=[FIT])
    page = made.write("one")["one.html"]
    shown = page.text("analysis-x")
    assert "RR 0.50 (95 % CI 0.25 to 1.00), P = 0.04999; 2 studies." in shown
    assert "Estimator of τ² DerSimonian-Laird restricted maximum likelihood differs" in shown
    assert "Model random effects random effects Estimator" in shown


def test_a_result_is_one_sentence_in_one_spelling_and_its_certainty_stands_behind_it(made):
    fit = FIT | {
        "i2": 92.1173,
        "tau2": 0.3088,
        "q": 152.2330,
        "q_df": 12,
        "q_p": 1e-26,
        "pi_low": 0.1395,
        "pi_high": 1.7667,
    }
    effects = [{"analysis": "x", "row": 2, "study": "A", "certainty": "secondary"}]
    audit = [finding(analysis="x", message="Ours: tau² DL = 0.3; I² = 92.1 % and P = 0.02, -4 % below.")]
    made.add("one", {"title": "T", "analyses": {"x": {"title": "X"}}}, pooled=[fit], effects=effects, audit=audit)
    pages = made.write("one")
    said = "2 studies. I² 92.1 %; τ² 0.309; Q 152.23 on 12 df, P < 0.001; prediction interval 0.14 to 1.77. secondary"
    assert said in pages["one.html"].text("analysis-x")
    assert said in pages["one.x.html"].text("main") or said in pages["one.x.html"].text()
    raw = (made.results / "report" / "one.html").read_text(encoding="utf-8")
    assert "tau²" not in raw
    assert "I²\u00a0=\u00a092.1\u00a0% and P\u00a0=\u00a00.02, \u22124\u00a0% below" in raw
    assert not any(wrong in pages["one.html"].text() for wrong in ("p =", "p <", "p >"))


def test_a_subgroup_is_named_by_its_covariate(made):
    parts = [FIT, *(FIT | {"role": "subgroup", "subgroup": level} for level in ("0", "1"))]
    effects = [{"analysis": "x", "row": i, "study": f"S{i}", "subgroup": i} for i in (0, 1)]
    about = {"title": "X", "subgroups": "random"}
    audit = [finding(analysis="x", quantity="estimate", subject=s, claim=c) for s, c in (("0", "a"), ("S0", "b"))]
    made.add("one", {"title": "T", "analyses": {"x": about}}, pooled=parts, effects=effects, audit=audit)
    pages = made.write("one")
    assert "pooled estimate: “random”: 0" in pages["one.html"].text("claim-a")
    assert "pooled estimate: S0" in pages["one.html"].text("claim-b")
    shown = pages["one.x.html"].text("tables")
    assert shown.count("“random”: 0") == shown.count("“random”: 1") == 2


def test_results_may_lie_beside_the_pages_or_around_them(made):
    made.add("one", {"title": "T"}, audit=[finding()], pooled=[FIT])
    assert "../one/pooled.csv" in made.write("one")["one.html"].hrefs
    (made.results / "report" / "mine.txt").write_text("mine")
    written = write_report(made.data, made.results, reviews=["one"], home="..")
    site = {p for p in (made.results / "report").rglob("*") if p.is_file()} | {made.results / "board.csv"}
    assert set(written) == site - {made.results / "report" / "mine.txt"}
    text = (made.results / "report" / "one.html").read_text(encoding="utf-8")
    assert 'href="../pooled.csv"' in text
    assert "../one/" not in text


def test_an_unknown_verdict_is_shown_as_it_is(made):
    made.add("one", {"title": "T"}, audit=[finding(verdict="NEW_WORD")])
    assert "NEW_WORD" in made.write("one")["one.html"].text("claim-a")


def test_one_claim_is_one_claim(made):
    made.add("one", {"title": "T"}, audit=[finding()])
    pages = made.write("one")
    assert "1 printed number or statement from 1 review: what can be re-derived" in pages["index.html"].text()
    assert "1 claim is worse than underspecified." in pages["index.html"].text("first")
    assert "1 review, 1 claim" in pages["index.html"].text()
    assert "1 claims" not in pages["one.html"].text()


def test_a_number_that_differs_has_a_picture_with_its_numbers_in_words(made):
    numbers = {
        "printed": "0.50",
        "printed_low": 0.495,
        "printed_high": 0.505,
        "value": 0.431,
        "value_low": 0.42,
        "value_high": 0.44,
    }
    searched = {"envelope_low": 0.31, "envelope_high": 0.62, "searched": 212, "specificity": 0.0236}
    made.add(
        "one", {"title": "T"}, audit=[finding(**numbers, **searched), finding(claim="b", verdict="EXACT", **numbers)]
    )
    page = made.write("one")["one.html"]
    (picture,) = [given for given in page.all("svg") if given.get("class") == "nl"]
    assert picture["role"] == "img"
    for words in ("printed 0.495 to 0.505", "ours 0.431", "0.42 to 0.44", "0.31 to 0.62"):
        assert words in picture["aria-label"]
    assert "5 of the 212 distinct results" in page.text("claim-a")


def test_a_method_is_in_words_with_its_canonical_string(made):
    spec = "RR | 0.5@only-zero | random DL | wald | I2:tau2 | PI:t-k-2 | 95%"
    made.add("one", {"title": "T"}, audit=[finding(spec=spec)])
    page = made.write("one")["one.html"]
    shown = page.text("claim-a")
    assert shown.index("random effects (DerSimonian-Laird)") < shown.index(spec)
    assert page.all("code")
