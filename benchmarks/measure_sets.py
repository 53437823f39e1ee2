"""Time searches of sets of two-by-two tables behind one pooled result; print a Markdown table."""

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from metaudit.enumeration.arms import ArmTotals
from metaudit.enumeration.candidates import Trial
from metaudit.enumeration.constraints import Span
from metaudit.enumeration.set_claims import set_problem
from metaudit.enumeration.set_numbers import evaluated
from metaudit.enumeration.set_problem import SetProblem, TableSet
from metaudit.enumeration.sets import table_sets
from metaudit.formats.review import read_review
from metaudit.printed import parse_printed
from metaudit.search.targets import Target
from metaudit.specs import parse_spec

ROOT = Path(__file__).resolve().parents[1]
COMMON = parse_spec("RR | 0.5@only-zero | common | wald | 95%")


def simulated(k: int, *, low: int, high: int, others: int) -> SetProblem:
    """A common-effect result of k trials with known arms among others, shares to one decimal, the rest to two."""
    rng = random.Random(f"{k} {low} {high}")
    trials = [Trial(f"Trial {i}", rng.randint(low, high), rng.randint(low, high)) for i in range(k + others)]
    tables = tuple(
        (sum(rng.random() < 0.4 for _ in range(t.n_t)), t.n_t, sum(rng.random() < 0.2 for _ in range(t.n_c)), t.n_c)
        for t in trials[:k]
    )
    e = evaluated(COMMON, TableSet((), tables))
    targets = tuple(
        Target(n, n, "", parse_printed(f"{e.natural(getattr(e.fit, n)):.2f}").interval())
        for n in ("estimate", "ci_low", "ci_high")
    )
    arms = [ArmTotals(events=Span.exactly(sum(t[i] for t in tables))) for i in (0, 2)]
    return SetProblem(k, (COMMON,), targets, *arms, trials=tuple(trials), most_nodes=10**8)


def problems() -> Iterator[tuple[str, SetProblem, bool]]:
    """What is timed: words, problem, and whether everything attainable is asked for."""
    review = read_review(ROOT / "data/reviews/orhurhu-2019")
    claims = [c for c in review.claims if c.analysis == "responders"]
    for wide in (False, True):
        problem = set_problem(review.analyses["responders"], claims, review.candidates, wide=wide)
        if problem is not None:
            words = f"Orhurhu 2019, responders, {len(problem.specs):,} specifications"
            yield words, problem, False
            yield words + ", all that is attainable", problem, True
    yield "two of six trials of 40 to 80 an arm", simulated(2, low=40, high=80, others=4), False
    yield "three of five trials of 10 to 20 an arm", simulated(3, low=10, high=20, others=2), False
    four = simulated(4, low=8, high=12, others=1)
    yield "four of five trials of 8 to 12 an arm", replace(four, most_nodes=2 * 10**7), False


def main() -> None:
    """Time each search once, on one thread."""
    print("| search | sets | nodes | complete | processor s |\n| --- | --- | --- | --- | --- |")
    for words, problem, attainable in problems():
        start = time.process_time()
        found = table_sets(problem, attainable=attainable)
        used = time.process_time() - start
        end = "yes" if found.complete else "no"
        print(f"| {words} | {found.sets:,} | {found.nodes:,} | {end} | {used:.2f} |", flush=True)


if __name__ == "__main__":
    main()
