"""Made-up networks as fixtures."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from metaudit.network.evidence import Evidence
from metaudit.network.from_arms import Arm

if str(Path(__file__).parent) not in sys.path:
    sys.path.insert(0, str(Path(__file__).parent))

from making_networks import made, network


@pytest.fixture
def arms() -> Callable[..., list[Arm]]:
    return made


@pytest.fixture
def network_of() -> Callable[..., Evidence]:
    return network
