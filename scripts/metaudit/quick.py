"""A quicker way to fill in a frozen dataclass, for those of which an audit makes hundreds of thousands."""

from __future__ import annotations

import linecache
from dataclasses import MISSING, fields
from inspect import signature
from typing import Any, TypeVar

T = TypeVar("T")
_OWN = "_own_dictionary"


def quick(cls: type[T]) -> type[T]:
    """Give a frozen dataclass an ``__init__`` that writes the instance's dictionary, with the same signature.

    The one of ``dataclasses`` calls ``object.__setattr__`` once a field: 5.5 us for the 31 fields of a row of the audit,
    against 1.3 us. Nothing else changes: the fields, their defaults, ``__post_init__``, equality, and that it is frozen.

    Parameters
    ----------
    cls : a frozen dataclass without slots, whose fields are its parameters; written above ``@dataclass(frozen=True)``

    Raises
    ------
    TypeError
        for a class that is not frozen or has slots, and for fields that are no parameters, keywords only, or made by a factory.
    """
    if "__slots__" in vars(cls):
        raise TypeError(f"{cls.__name__} has slots and no dictionary to write to")
    if not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        raise TypeError(f"{cls.__name__} is not frozen: its own way of being filled in is as quick")
    if others := signature(cls).parameters.keys() - {f.name for f in fields(cls)}:  # type: ignore[arg-type]
        raise TypeError(f"{cls.__name__} is filled in by {', '.join(sorted(others))}, which are no fields of it")
    known: dict[str, Any] = {}
    parameters, lines = ["self"], [f"    {_OWN} = self.__dict__"]
    for f in fields(cls):  # type: ignore[arg-type]
        if not f.init or f.kw_only or f.default_factory is not MISSING or f.name == _OWN:
            raise TypeError(f"{cls.__name__}.{f.name} is filled in otherwise than by one parameter")
        known[f"_{f.name}"] = f.default
        parameters.append(f.name if f.default is MISSING else f"{f.name}=_{f.name}")
        lines.append(f"    {_OWN}[{f.name!r}] = {f.name}")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    text = f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines) + "\n"
    name = f"<quick {cls.__module__}.{cls.__qualname__}>"
    exec(compile(text, name, "exec"), known)
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)  # so that a traceback shows it
    made, before = known["__init__"], cls.__init__
    made.__annotations__, made.__qualname__, made.__module__ = (
        before.__annotations__,
        before.__qualname__,
        cls.__module__,
    )
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
