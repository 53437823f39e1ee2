"""What is printed about one two-by-two table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from metaudit.effects.zero_cells import ZeroCells, zero_cells_from
from metaudit.enumeration.two_by_two import CHI2_TESTS, P_TESTS
from metaudit.errors import DataError
from metaudit.printed import Interval

NO_BOUND = 10**9
MOST_SIZES = 10**7
MEASURES = ("RR", "OR", "RD", "PETO")


@dataclass(frozen=True)
class Span:
    """A whole number that is known (``low == high``), known to lie between two, or not known."""

    low: int = 0
    high: int = NO_BOUND

    def __post_init__(self) -> None:
        """Refuse an empty span."""
        if not 0 <= self.low <= self.high:
            raise DataError(f"no whole number of people lies between {self.low} and {self.high}")

    @staticmethod
    def exactly(x: int) -> Span:
        """A number that is known."""
        return Span(x, x)

    @property
    def bounded(self) -> bool:
        """Whether there is an upper end."""
        return self.high < NO_BOUND

    def __str__(self) -> str:
        """``39``, ``10 to 50``, ``at least 10``."""
        if self.low == self.high:
            return f"{self.low:,}"
        return f"{self.low:,} to {self.high:,}" if self.bounded else f"at least {self.low:,}"


ANY = Span()


@dataclass(frozen=True)
class Arm:
    """One arm: people, events, and the window of the share of people with an event (a fraction)."""

    n: Span = ANY
    events: Span = ANY
    proportion: Interval | None = None


@dataclass(frozen=True)
class Effect:
    """A printed effect, treatment against control, and its Wald limits.

    Attributes
    ----------
    measure : ``RR``, ``OR`` (Woolf's limits), ``RD`` or ``PETO`` (one-step log odds ratio)
    estimate, ci_low, ci_high : windows on the natural scale
    level : confidence level of the limits
    zero_cells : rule for zero cells, as a specification writes it (``0.5@only-zero``, ``none`` ...); empty for the usual one:
        0.5 to each cell of a table with a zero cell for RR and OR, nothing for RD and PETO, which are defined without
    """

    measure: str
    estimate: Interval | None = None
    ci_low: Interval | None = None
    ci_high: Interval | None = None
    level: float = 0.95
    zero_cells: str = ""

    def __post_init__(self) -> None:
        """Refuse what is not understood."""
        if self.measure not in MEASURES:
            raise DataError(f"{self.measure!r} is no effect of a two-by-two table; choose {', '.join(MEASURES)}")
        if not 0 < self.level < 1:
            raise DataError(f"a confidence level lies between 0 and 1, as 0.95; this one is {self.level}")
        zero_cells_from(self.zero_cells or None)

    @property
    def zero(self) -> ZeroCells:
        """The rule, for a table on its own: "all studies if any has a zero" is then "the study with a zero"."""
        if not self.zero_cells and self.measure in ("RD", "PETO"):
            return ZeroCells(0.0, "none")
        rule = zero_cells_from(self.zero_cells or None)
        to = "only-zero" if rule.to == "if-any-zero" else rule.to
        return ZeroCells(rule.add, to, rule.double_zero, rule.treatment_arm)

    @property
    def windows(self) -> tuple[Interval | None, Interval | None, Interval | None]:
        """Estimate, lower and upper limit, both ends included.

        A program that cuts digits off may print an effect of exactly 1.20 as 1.19, because its logarithm and back is
        1.1999999999999997; whether an open end counts is then a matter of rounding errors, and no table is to be missed.
        """
        estimate, low, high = (
            w and replace(w, low_open=False, high_open=False) for w in (self.estimate, self.ci_low, self.ci_high)
        )
        return estimate, low, high


@dataclass(frozen=True)
class TableConstraints:
    """Everything printed about one two-by-two table; what is left out is not known.

    Attributes
    ----------
    treatment, control : the two arms
    total, events, proportion : of both arms together
    effects : printed effects with their limits
    p : window of a two-sided P value; ``p_tests`` are the tests it may come from (``P_TESTS``), each an alternative
    chi2 : window of a chi-square statistic; ``chi2_tests`` are the alternatives ``pearson`` and ``yates``
    largest_total : most people in both arms together that are searched where the sizes have no upper end
    """

    treatment: Arm = Arm()
    control: Arm = Arm()
    total: Span = ANY
    events: Span = ANY
    proportion: Interval | None = None
    effects: tuple[Effect, ...] = ()
    p: Interval | None = None
    p_tests: tuple[str, ...] = tuple(P_TESTS)
    chi2: Interval | None = None
    chi2_tests: tuple[str, ...] = CHI2_TESTS
    largest_total: int = 1000

    def __post_init__(self) -> None:
        """Refuse what is not understood."""
        for given, known in ((self.p_tests, tuple(P_TESTS)), (self.chi2_tests, CHI2_TESTS)):
            if not given or not set(given) <= set(known):
                raise DataError(f"tests {', '.join(given) or '(none)'} are not understood; choose {', '.join(known)}")
        if self.largest_total < 2:
            raise DataError("two arms have at least two people: largest_total must be 2 or more")
        if self.most_people - max(self.treatment.n.low, 1) - max(self.control.n.low, 1) > MOST_SIZES:
            raise DataError(
                f"the size of an arm must be known to {MOST_SIZES:,} people; give a narrower range or a total"
            )

    @property
    def filtered(self) -> bool:
        """Whether something can only be checked table by table."""
        return self.p is not None or self.chi2 is not None or any(e.measure == "PETO" for e in self.effects)

    @property
    def open_ended(self) -> bool:
        """Whether the sizes have no upper end of their own, so that ``largest_total`` bounds the search."""
        return not self.total.bounded and not (self.treatment.n.bounded and self.control.n.bounded)

    @property
    def most_people(self) -> int:
        """Upper end of the total."""
        if self.open_ended:
            return self.largest_total
        return min(self.total.high, self.treatment.n.high + self.control.n.high)
