"""Records are values: equal, hashed and ordered as frozen dataclasses are, and frozen where somebody looks."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from mypy import api

from metaudit.edits.edit import Change
from metaudit.records import ordered_record, record
from metaudit.specs import Spec

ROOT = Path(__file__).resolve().parents[2]
REVIEW = ROOT / "data" / "reviews" / "colditz-1994"

CHANGED = """
from metaudit.records import record
from metaudit.specs import Spec

@record
class Own:
    own: int = 0

Own().own = 1
spec = Spec("RR")
spec.tau2 = "PM"
"""


@record
class Point:
    """A record."""

    x: int
    y: int = 2


@ordered_record
class Step:
    """An ordered one."""

    x: int
    y: int = 2


def test_equal_fields_are_equal_records_with_one_hash() -> None:
    assert Point(1) == Point(1, 2)
    assert hash(Point(1)) == hash(Point(1, 2))
    assert Point(1) != Point(2)
    assert len({Point(1), Point(1), Point(2)}) == 2
    assert repr(replace(Point(1), y=5)) == "Point(x=1, y=5)"


def test_ordered_records_are_ordered_field_by_field() -> None:
    assert sorted([Step(2), Step(1, 9), Step(1)]) == [Step(1), Step(1, 9), Step(2)]
    with pytest.raises(TypeError, match="not supported"):
        sorted([Point(2), Point(1)])  # type: ignore[type-var]


def test_the_type_checker_takes_them_for_frozen(tmp_path: Path) -> None:
    path = tmp_path / "changed.py"
    path.write_text(CHANGED, encoding="utf-8")
    said, _, code = api.run(["--strict", "--cache-dir", str(tmp_path / "cache"), "--follow-imports=silent", str(path)])
    refused = [line.split(":")[1] for line in said.splitlines() if "is read-only" in line]
    assert refused == ["9", "11"], said
    assert code == 1


@pytest.mark.parametrize(("mode", "frozen"), [((), False), (("-X", "dev"), True)])
def test_the_development_mode_freezes_them(mode: tuple[str, ...], frozen: bool) -> None:
    code = "from metaudit.specs import Spec; s = Spec('RR'); s.tau2 = 'PM'"
    run = subprocess.run([sys.executable, *mode, "-c", code], capture_output=True, text=True, check=False)
    assert ("FrozenInstanceError: cannot assign to field 'tau2'" in run.stderr) == frozen
    assert run.returncode == int(frozen)


def test_nothing_in_an_audit_changes_a_record() -> None:
    """The audit ends the same where every change of a record is an error."""
    code = (
        "from metaudit.audit import audit; from metaudit.formats.review import read_review; "
        f"print(repr(audit(read_review({str(REVIEW)!r}))))"
    )
    plain, strict = (
        subprocess.run([sys.executable, *mode, "-c", code], capture_output=True, text=True, check=True).stdout
        for mode in ((), ("-X", "dev", "-W", "ignore"))
    )
    assert len(plain) > 1000
    assert strict == plain


def test_the_specification_and_the_edits_are_records() -> None:
    assert hash(Spec("RR")) == hash(Spec("RR", tau2="DL"))
    assert Change(1, "mean", "2.1", "21") < Change(2, "mean", "2.1", "21")
