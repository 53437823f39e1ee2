"""Records: dataclasses of which an audit makes millions, so that making one must cost little.

``dataclass(frozen=True)`` sets each field through ``object.__setattr__``, three times as long as a plain assignment; with records
of fifteen fields that was a tenth of the time of an audit. A record is made by plain assignments. That nobody changes one
is seen to by the type checker, which takes it for frozen (PEP 681), and under ``python -X dev``, where it is.
What a caller is given as a result (``Pooled``, ``Effects``) is a frozen dataclass all the same: there are few, and notebooks hold them.
"""

import sys
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")

_REALLY = sys.flags.dev_mode


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make a class a dataclass that is equal, hashed and checked by types as a frozen one."""
    return dataclass(cls, frozen=True) if _REALLY else dataclass(cls, unsafe_hash=True)


@dataclass_transform(frozen_default=True, order_default=True, field_specifiers=(field,))
def ordered_record(cls: type[T]) -> type[T]:
    """Make a class a record whose values can be put in order, field by field."""
    return dataclass(cls, frozen=True, order=True) if _REALLY else dataclass(cls, unsafe_hash=True, order=True)
