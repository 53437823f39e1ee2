"""Python's collector of cycles, at rest while many objects are made and hardly a cycle."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Without the collector: looking for cycles takes a tenth of the time of an audit, and of drawing.

    Afterwards what was made counts as old, or the collector would go through all of it at once. What the caller has frozen stays so.
    """
    running, frozen = gc.isenabled(), gc.get_freeze_count()
    gc.disable()
    try:
        yield
    finally:
        if not frozen:
            gc.freeze()
            gc.unfreeze()
        if running:
            gc.enable()
