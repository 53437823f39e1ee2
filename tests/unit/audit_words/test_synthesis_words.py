"""The strings of other syntheses than pooled effects, in words; none of them is taken for a pooled effect."""

import pytest

from metaudit.audit_words.spec_words import spec_words
from metaudit.audit_words.synthesis_words import parts_words, synthesis_words
from metaudit.network.choices import NetworkSpec, specifications
from metaudit.report.spec_items import spec_item
from metaudit.specs import Spec, parse_spec

OTHERS = (
    "network | OR | 0.5@only-zero+drop | common | wald | 95%",
    "network | MD | random DL | wald | PI:t-df | 95%",
    "TSA RR | random DL | alpha 5 % | power 90 % | smallest effect RR 0.5",
    "OR | 0.5@only-zero | Bayes tau half-normal(0.5), mu flat | median, central | 95%",
    "RR | 0.5@only-zero | 3 levels by study REML, rho 0.6 | CR2, satterthwaite | 95%",
)


@pytest.mark.parametrize("text", OTHERS)
def test_no_other_synthesis_reads_as_a_pooled_effect(text):
    with pytest.raises(ValueError, match="is not a specification"):
        parse_spec(text)
    assert spec_words(text) == text  # left to those who know what it is
    item = spec_item(text)
    assert item.code == text
    assert item.text != text


def test_no_network_reads_as_a_pooled_effect():
    for spec in specifications(("OR", "RR", "MD", "GEN")):
        with pytest.raises(ValueError, match="is not a specification"):
            parse_spec(str(spec))


def test_different_networks_read_differently():
    specs = list(specifications(("OR", "RR", "IRR", "MD")))
    assert len({synthesis_words(str(s)) for s in specs}) == len({str(s) for s in specs}) > 500


def test_a_network_in_words():
    assert synthesis_words(str(NetworkSpec("OR", tau2="REML", pi="t-k-n"))) == (
        "network, odds ratio, 0.5 added to studies with a zero cell, studies without or with only events in both arms dropped, "
        "random effects (restricted maximum likelihood), normal interval, prediction interval by t with studies less treatments as df, 95 %"
    )
    assert parts_words(str(NetworkSpec("MD", tau2="", ci="t"))) == [
        "network",
        "mean difference",
        "common effect",
        "t interval",
        "95 %",
    ]


def test_a_pooled_effect_and_a_name_stay_what_they_are():
    text = str(Spec("RR"))
    assert parse_spec(text) == Spec("RR")
    assert spec_item(text).code == text
    assert synthesis_words("trim and fill") == "trim and fill"
    assert spec_item("trim and fill").code == ""
