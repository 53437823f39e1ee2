"""The declared space of specifications: data/specs.yaml, read and checked."""

from metaudit.space.load import DIMENSIONS, Space, Value, load, read_space

__all__ = ["DIMENSIONS", "Space", "Value", "load", "read_space"]
