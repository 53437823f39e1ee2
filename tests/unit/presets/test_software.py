"""What a review's words about its software mean."""

import pytest

from metaudit.presets import load_presets, resolve
from metaudit.presets.software import Rule, version_of

REVMAN = {"revman5", "revman2025", "revman2025-wald"}
SINCE_2025 = {"revman2025", "revman2025-wald"}
META = {"meta4", "meta7", "meta8"}
METAN = {"stata-metan9", "stata-metan4"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RevMan 5.3", {"revman5"}),
        ("RevMan5", {"revman5"}),
        ("Review Manager 5.4.1", {"revman5"}),
        (
            "Review Manager (RevMan) [Computer program]. Version 5.3. Copenhagen: The Nordic Cochrane Centre, 2014.",
            {"revman5"},
        ),
        ("RevMan", REVMAN),
        ("RevMan Web", REVMAN),
        ("RevMan Web 2025", SINCE_2025),
        ("RevMan Web, version 7.2.0, The Cochrane Collaboration, 2024", {"revman5"}),
        ("Review Manager (RevMan) 8.1.1 (2025)", SINCE_2025),
        ("RevMan 4.2", set()),
        ("R package meta 4.9-5", {"meta4"}),
        ("meta version 7.0", {"meta7"}),
        ("meta 5.0-0", set()),
        ("the meta package (version 8.0-1) in R 4.3.1", {"meta8"}),
        ("meta package in R version 4.1.2", META),
        ("R (version 4.0.2) with the packages meta (6.2-1) and metafor (3.8-1)", {"meta7", "metafor"}),
        ('packages "meta" and "metafor" in R 3.6.1', META | {"metafor"}),
        ("metafor 3.0", {"metafor"}),
        ("version 3.0-2 of the metafor package in R", {"metafor"}),
        ("metafor 1.9-9", set()),
        ('settings.meta("RevMan5")', {"revman5-by-meta"}),
        ("Stata 16 meta", {"stata-meta"}),
        ("Stata 17 meta package", {"stata-meta"}),
        ("Stata version 17.0, meta esize and meta summarize", {"stata-meta"}),
        ("Stata 16", {"stata-meta"} | METAN),
        ("Stata 14", METAN),
        ("Stata/SE 14.2 (2015)", {"stata-metan9"}),
        ("metan", METAN),
        ("metan 4.02", {"stata-metan4"}),
        ("metan version 3.04 in Stata 12", {"stata-metan9"}),
        ("CMA 3", {"cma"}),
        ("Comprehensive Meta-Analysis version 2", {"cma"}),
        ("Comprehensive Meta-Analysis version 2.2.064 (Biostat, Englewood, NJ)", {"cma"}),
        ("JASP 0.18", {"jasp-0.18"}),
        ("JASP 0.19.1", {"jasp-0.18"}),
        ("JASP 0.19", {"jasp", "jasp-0.18"}),
        ("JASP (Version 0.95.1)", {"jasp"}),
        ("JASP", {"jasp", "jasp-0.18"}),
        ("OpenMeta[Analyst]", {"openmeta"}),
        ("OpenMetaAnalyst", {"openmeta"}),
        ("PythonMeta 1.26", {"pythonmeta"}),
        ("statsmodels 0.14", {"statsmodels"}),
        ("RevMan 5.3 and Stata 14.0", {"revman5"} | METAN),
        ("Stata 14 and RevMan 5.3", {"revman5"} | METAN),
        ("RevMan 5.3 (Cochrane) and Stata/SE 14.2", {"revman5"} | METAN),
        ("R (metafor and meta)", META | {"metafor"}),
        ("R (meta and metafor)", META | {"metafor"}),
        ("the meta and metafor packages in R 3.6", META | {"metafor"}),
        ("R 4.1.2 (packages metafor, dmetar and meta)", META | {"metafor"}),
        ("the R packages “metafor” and “meta”", META | {"metafor"}),
        ("metafor 3.0 and meta 4.19", {"meta4", "metafor"}),
        ("R (meta)", META),
        ("RevMan 5.3, Stata 14.0 and R (meta)", {"revman5"} | METAN | META),
        ("Stata 17 (meta)", {"stata-meta"} | METAN),
        ("Stata 17 meta and R metafor", {"stata-meta", "metafor"}),
        ("R for meta-analysis (metafor)", {"metafor"}),
        ("metafor for the meta part, in R", {"metafor"}),
        ("R was used for meta analysis", set()),
        ("SPSS 25 and R 4.1.0", set()),
        ("a meta-analysis in R", set()),
        ("", set()),
    ],
)
def test_words(text, expected):
    assert {p.id for p in resolve(text)} == expected


def test_a_version_with_fewer_parts_than_the_limit_may_lie_on_both_sides():
    since, until = Rule("x", start="0.19.2"), Rule("x", end="0.19.2")
    assert since.admits((0, 19))
    assert until.admits((0, 19))
    assert since.admits((0, 19, 2))
    assert not until.admits((0, 19, 2))
    assert since.admits(())
    assert version_of("4.9-5") == (4, 9, 5)


def test_every_preset_can_be_named():
    assert all(p.software for p in load_presets().values())
