"""A YAML file that is to be written again with its comments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from metaudit.errors import InputError, Problem

# What ruamel.yaml raises for comments that it has no place for: read without them (yaml_guard.parser), the file is in order.
_NO_PLACE = (AssertionError, AttributeError, IndexError, NotImplementedError, TypeError, YAMLError)


def with_comments(path: Path, shown: str) -> tuple[YAML, Any]:
    """The document of a file that ``yaml_file.read_yaml`` could read, and what writes it again as it was, comments and order too.

    Parameters
    ----------
    path : the file
    shown : its path as it is written in messages

    Raises
    ------
    InputError
        when a comment stands where it cannot be kept.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 10_000
    try:
        return yaml, yaml.load(path.read_text(encoding="utf-8-sig"))
    except _NO_PLACE:
        message = "a comment stands where it would be lost when the file is written again, such as between a key and its value."
        fix = "Move comments to lines of their own, above the key that they are about."
        raise InputError([Problem(shown, 0, "", "comment", message, fix)]) from None
