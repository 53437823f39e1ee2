"""What several tests of this folder need."""

import sys
from pathlib import Path

import pytest

HERE = str(Path(__file__).parent)
if HERE not in sys.path:
    sys.path.insert(0, HERE)


@pytest.fixture
def abstract() -> str:
    return (
        "# Magnesium after infarction\n\nResults: Seven trials (n = 1,301) were pooled. Mortality was lower with magnesium "
        "(OR 0.66, 95% CI 0.53 to\n0.82; P = .001; I² = 34%), and arrhythmia too (RR 0.71; 95% CI, 0.58-0.87).\n"
    )
