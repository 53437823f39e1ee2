"""No corpus, said on the command line of Snakemake, which hands it on as a word."""

import pytest

from metaudit.config import check_config, typed

CONFIG = {"reviews": "all", "figure_formats": ["svg"], "level": 0.95, "seed": 1}


@pytest.mark.parametrize("word", ["null", "none"])
def test_a_corpus_of_null_is_none(word, reviews):
    config = typed({**CONFIG, "corpus": word})
    assert config == {**CONFIG, "corpus": None}
    assert check_config(config, "config.yaml", reviews_dir=reviews) == []
