"""Printed results in a text: an abstract becomes a draft of claims."""

from __future__ import annotations

from fuzz.harness import ROOT, Target, check_notice, watched
from metaudit.text_claims.candidates import candidates_of
from metaudit.text_claims.propose import propose
from metaudit.text_claims.reading import read_source

WORDS = (
    *tuple(
        w.encode()
        for w in """RR OR HR SMD MD WMD 95% CI CI: [0.5, 0.9] (0.5 to 0.9) p<0.001 P = .03 I2 I² = 45% tau2 Q= df= n=12 12/40 vs versus trials participants studies\n    0·51 0,51 −0.3 –0.3 %, ; : ( [ *p* <sup>2</sup> $ \\times 10^{-3} ×10−5 et al. 2018 (1) Results: Abstract""".split()
    ),
    b"\n\n",
    b"<b>",
    b"**",
    b"|",
)


def one_input(data: bytes) -> None:
    """The claims of a text, proposed in a new folder."""
    with watched() as folder:
        (folder / "abstract.md").write_bytes(data)
        candidates_of(read_source(folder / "abstract.md").lines)
        found = propose(folder / "abstract.md", folder / "smith-2021")
        for notice in found.notices:
            check_notice(notice)


def seeds() -> list[bytes]:
    texts = (ROOT / "tests/data/text_claims/tuned.yaml").read_text(encoding="utf-8").split("\n- ")
    return [t[:3000].encode() for t in texts if len(t) > 80][:12]


TARGET = Target("text_claims", one_input, seeds, WORDS, examples=100)
