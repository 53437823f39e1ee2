"""A quick frozen dataclass is the same class, only made sooner."""

import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, InitVar, asdict, dataclass, field, fields, replace

import pytest

from metaudit.audit.verdict import AuditRow, Finding
from metaudit.edits.edit import Change, Edit
from metaudit.printed import Interval
from metaudit.quick import quick
from metaudit.search.targets import Target
from metaudit.space.load import Value
from metaudit.specs import Spec


@dataclass(frozen=True, order=True)
class Plain:
    a: int
    b: str = "x"
    c: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "c", (*self.c, self.a))


@quick
@dataclass(frozen=True, order=True)
class Quick:
    a: int
    b: str = "x"
    c: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "c", (*self.c, self.a))


def test_it_is_made_compared_copied_and_shown_as_before():
    one = Quick(1, c=(7,))
    assert asdict(one) == asdict(Plain(1, c=(7,))) == {"a": 1, "b": "x", "c": (7, 1)}
    assert repr(one) == repr(Plain(1, c=(7,))).replace("Plain", "Quick")
    assert one == Quick(1, "x", (7,)) < Quick(2)
    assert hash(one) == hash(Quick(1, "x", (7,)))
    assert pickle.loads(pickle.dumps(one)) == copy.deepcopy(one) == copy.copy(one) == one
    assert replace(one, a=2).c == (7, 1, 2)
    assert str(inspect.signature(Quick)) == str(inspect.signature(Plain))
    with pytest.raises(FrozenInstanceError):
        one.a = 2  # type: ignore[misc]
    with pytest.raises(TypeError, match=r"Quick\.__init__\(\) missing 1 required positional argument: 'a'"):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'd'"):
        Quick(1, d=2)  # type: ignore[call-arg]


@pytest.mark.parametrize("cls", [AuditRow, Finding, Change, Edit, Interval, Target, Value, Spec])
def test_the_quick_ones_of_the_audit_hold_what_they_are_given(cls):
    assert "quick" in cls.__init__.__code__.co_filename
    given = {f.name: f"value of {f.name}" for f in fields(cls)} if cls is not Spec else {"measure": "RR", "level": 0.9}
    made = cls(**given)
    assert {name: getattr(made, name) for name in given} == given
    with pytest.raises(FrozenInstanceError):
        setattr(made, next(iter(given)), 1)


def test_what_it_cannot_fill_in_is_refused():
    with pytest.raises(TypeError, match="has slots"):
        quick(dataclass(frozen=True, slots=True)(type("S", (), {"__annotations__": {"a": int}})))
    for held in (field(init=False), field(default_factory=list), field(kw_only=True)):
        with pytest.raises(TypeError, match=r"N\.a is filled in otherwise"):
            quick(dataclass(frozen=True)(type("N", (), {"__annotations__": {"a": list}, "a": held})))


def test_a_field_may_be_called_as_it_likes():
    @quick
    @dataclass(frozen=True)
    class Named:
        own: str
        _own: int = 3

    assert asdict(Named("a")) == {"own": "a", "_own": 3}


def test_a_class_that_is_not_frozen_or_takes_more_than_its_fields_is_refused():
    with pytest.raises(TypeError, match="W is not frozen"):
        quick(dataclass(type("W", (), {"__annotations__": {"a": int}})))
    with pytest.raises(TypeError, match="V is filled in by seed, which are no fields of it"):
        quick(dataclass(frozen=True)(type("V", (), {"__annotations__": {"a": int, "seed": InitVar[int]}})))


def test_what_goes_wrong_inside_can_be_read():
    @quick
    @dataclass(frozen=True)
    class Refuses:
        a: int

        def __post_init__(self) -> None:
            raise ValueError("no")

    with pytest.raises(ValueError, match="no") as caught:
        Refuses(1)
    assert "self.__post_init__()" in str(caught.traceback[1].statement)
