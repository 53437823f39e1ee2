"""RevMan 5's XML."""

from __future__ import annotations

from fuzz.harness import Target
from fuzz.importing import imported
from fuzz.seeds import exported, malformed

WORDS = tuple(
    w.encode()
    for w in """<COCHRANE_REVIEW> <ANALYSES_AND_DATA> <COMPARISON> <DICH_OUTCOME> <CONT_OUTCOME> <IV_OUTCOME> <OTHER_OUTCOME> <DICH_DATA> <CONT_DATA> <IV_DATA>
    <DICH_SUBGROUP> STUDY_ID= EVENTS_1= TOTAL_1= MEAN_1= SD_1= ESTIMATE= SE= VAR= CI_START= EFFECT_SIZE= EFFECT_MEASURE= METHOD= RANDOM= YES NO IV MH PETO RR OR RD
    MD SMD POOLED= <!DOCTYPE <!ENTITY <![CDATA[ ]]> &lt; &nbsp; &#0; &#x202e; <?xml encoding="utf-16"?> <!-- --> xmlns:a= ../ /> </NAME>""".split()
)


def one_input(data: bytes) -> None:
    """A review file of RevMan 5."""
    imported("trial.rm5", data)


TARGET = Target("rm5", one_input, lambda: [*exported("rm5"), *malformed(".rm5")], WORDS, examples=150)
