"""Our value of a quantity, or why there is none."""

from __future__ import annotations

from metaudit.records import record


@record
class Ours:
    """Our value on the natural scale of the quantity, and the formula with its inputs."""

    value: float
    how: str


class Unanswerable(Exception):
    """Why a quantity cannot be computed; ``missing`` lists what would be needed."""

    def __init__(self, message: str, *missing: str) -> None:
        self.missing = missing
        super().__init__(message)
