"""The choices behind one network meta-analysis as a value, and the fits of many of them: what a backward search runs through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from metaudit.effects.convert import Converted
from metaudit.effects.zero_cells import zero_cells_from
from metaudit.errors import DataError, InputError
from metaudit.formats.tables import Row
from metaudit.network.arm_effects import CONVENTIONS, COUNTED, usual_zero_cells
from metaudit.network.evidence import Evidence, components
from metaudit.network.fit import INTERVALS, PREDICTION, TAU2, Network, fit_network
from metaudit.network.from_arms import Arm, evidence_from_arms
from metaudit.network.from_rows import evidence_of_rows
from metaudit.network.rows import MULTIARM
from metaudit.network.values import Parts, Values

ZERO_CELLS = ("0.5@only-zero+drop", "0.5@only-zero+drop-empty", "0.5@only-zero", "0.5@all", "none+drop")


@dataclass(frozen=True, order=True)
class NetworkSpec:
    """One point of the space of network meta-analyses.

    The canonical string reads ``network | OR | 0.5@only-zero+drop | random REML | wald | PI:t-df | 95%``; what is hardly ever chosen
    (netmeta's way with zero cells, multi-arm studies wrongly split, a study or an arm left out) is written only where it is
    not the usual.

    Attributes
    ----------
    measure, zero_cells, convention : ``from_arms.evidence_from_arms``
    tau2 : estimator; empty for a common effect
    ci, pi, level, multiarm : ``fit.fit_network``
    splitting : how direct and indirect evidence are told apart (``splitting.WAYS``)
    without : studies left out, or arms, each as ``(study, treatment)``; an empty treatment stands for the whole study
    """

    measure: str
    zero_cells: str = ""
    convention: str = "escalc"
    tau2: str = "REML"
    ci: str = "wald"
    pi: str = "t-df"
    level: float = 0.95
    multiarm: str = "full"
    splitting: str = "back-calculation"
    without: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Give what does not apply one value, so that equal strings are equal specifications."""
        counted = self.measure in (*COUNTED, "IRR", "IRD")
        usual = str(usual_zero_cells(self.measure))
        object.__setattr__(self, "zero_cells", (self.zero_cells or usual) if counted else usual)
        if self.measure not in ("RR", "RD"):
            object.__setattr__(self, "convention", "escalc")  # both conventions are one
        if not self.tau2:
            object.__setattr__(self, "pi", "t-df")

    def __str__(self) -> str:
        """The canonical string."""
        counted = self.measure in (*COUNTED, "IRR", "IRD")
        zero = self.zero_cells + (" (meta)" if self.convention == "meta" else "")
        parts = ["network", self.measure, *([zero] if counted else [])]
        parts += [f"random {self.tau2}", self.ci, f"PI:{self.pi}"] if self.tau2 else ["common", self.ci]
        parts += ["multi-arm studies split"] if self.multiarm == "split" else []
        parts += ["indirect evidence without designs"] if self.splitting == "without-designs" else []
        parts += [f"without {s}" + (f": {t}" if t else "") for s, t in self.without]
        return " | ".join([*parts, f"{100 * self.level:g}%"])


def specifications(
    measures: Sequence[str], *, any_zero: bool = True, any_multiarm: bool = True
) -> Iterator[NetworkSpec]:
    """Every specification of the searched space for some measures, the usual ones first; nothing is left out of the data.

    Parameters
    ----------
    measures : codes
    any_zero : whether some study has a zero cell, without which its treatment cannot matter
    any_multiarm : whether some study has more than two arms
    """
    seen: set[NetworkSpec] = set()
    multiarm = MULTIARM if any_multiarm else MULTIARM[:1]
    zeros = ("", *ZERO_CELLS) if any_zero else ("",)
    conventions = CONVENTIONS if any_zero else CONVENTIONS[:1]
    for split, measure, zero, convention, tau2, ci, pi in product(
        multiarm, measures, zeros, conventions, ("REML", "DL", "ML", "PM", ""), INTERVALS, PREDICTION
    ):
        spec = NetworkSpec(measure, zero, convention, tau2, ci, pi, multiarm=split)
        if spec not in seen and not (ci == "hksj" and not tau2):
            seen.add(spec)
            yield spec


def leaving_out(spec: NetworkSpec, evidence: Evidence) -> Iterator[NetworkSpec]:
    """The specification without each study, then without each arm of a multi-arm study, where the rest is one network of the
    same treatments.
    """  # noqa: D205 - one sentence
    for study in evidence.studies:
        if components(evidence.keep(lambda s, out=study.name: s.name != out)) == (evidence.treatments,):  # type: ignore[misc]
            yield replace(spec, without=(*spec.without, (study.name, "")))
    for study in evidence.studies:
        for treatment in study.design if len(study.treatments) > 2 else ():
            if components(evidence.without_arm(study.name, treatment)) == (evidence.treatments,):
                yield replace(spec, without=(*spec.without, (study.name, treatment)))


class Fits:
    """Fits of one table under many specifications; what two of them share is computed once.

    Parameters
    ----------
    table : arms, or rows of an extraction table, converted or not: arms, comparisons, or some studies of each
    distinct : pairs of similar names that are two treatments
    file : named in messages
    """

    def __init__(
        self,
        table: Sequence[Arm] | Sequence[Row] | Sequence[Converted],
        *,
        distinct: Sequence[tuple[str, str]] = (),
        file: str = "extraction.csv",
    ) -> None:
        self.table, self.distinct, self.file = tuple(table), tuple(distinct), file
        self._evidence: dict[tuple[object, ...], Evidence | InputError | DataError] = {}
        self._tau2: dict[tuple[object, ...], float] = {}
        self._fits: dict[tuple[object, ...], Network] = {}
        self._values: dict[tuple[object, ...], Values] = {}
        self._parts: dict[tuple[object, ...], Parts] = {}

    def whole(self, spec: NetworkSpec) -> Evidence:
        """The network of a specification before anything is left out.

        Raises
        ------
        InputError
            for a table that breaks its rules.
        """
        key = (spec.measure, spec.zero_cells, spec.convention)
        if key not in self._evidence:
            try:
                self._evidence[key] = self._made(spec)
            except (
                InputError,
                DataError,
            ) as error:  # of a measure that these numbers do not allow: asked of every claim
                self._evidence[key] = error
        found = self._evidence[key]
        if isinstance(found, Evidence):
            return found
        raise found

    def _made(self, spec: NetworkSpec) -> Evidence:
        rule = zero_cells_from(spec.zero_cells)
        arms = [a for a in self.table if isinstance(a, Arm)]
        rows = [r for r in self.table if isinstance(r, Row | Converted)]
        if rows:
            return evidence_of_rows(
                rows, spec.measure, zero_cells=rule, convention=spec.convention, distinct=self.distinct, file=self.file
            )[0]
        return evidence_from_arms(
            arms, spec.measure, zero_cells=rule, convention=spec.convention, distinct=self.distinct, file=self.file
        )

    def evidence(self, spec: NetworkSpec) -> Evidence:
        """The network of a specification.

        Raises
        ------
        InputError
            for a table that breaks its rules.
        DataError
            when a study or an arm that is to be left out is not there.
        """
        found = self.whole(spec)
        for study, treatment in spec.without:
            if treatment:
                found = found.without_arm(study, treatment)
            elif any(s.name == study for s in found.studies):
                found = found.keep(lambda s, out=study: s.name != out)  # type: ignore[misc]
            else:
                raise DataError(f"there is no study {study} to leave out")
        return found

    def fit(self, spec: NetworkSpec) -> Network:
        """The fitted network.

        Raises
        ------
        InputError, DataError
            as ``evidence`` and ``fit.fit_network``.
        """
        data = (spec.measure, spec.zero_cells, spec.convention, spec.without)
        whole = (*data, spec.multiarm, spec.tau2, spec.ci, spec.level)
        if whole not in self._fits:
            key = (*data, spec.multiarm, spec.tau2)
            tau2: str | float | None = self._tau2.get(key, spec.tau2) if spec.tau2 else None
            found = fit_network(self.evidence(spec), tau2=tau2, ci=spec.ci, level=spec.level, multiarm=spec.multiarm)
            if spec.tau2 in TAU2:
                self._tau2[key] = found.tau2
                found = replace(found, tau2_method=spec.tau2)
            self._fits[whole] = found
        return self._fits[whole]

    def values(self, spec: NetworkSpec, *, small_is_good: bool | None = None) -> Values:
        """Every number of the fitted network, by its name.

        Parameters
        ----------
        small_is_good : as in ``values.Values``; the same for all specifications of one table

        Raises
        ------
        InputError, DataError
            as ``fit``.
        """
        network = self.fit(spec)
        key = (id(network), spec.pi, spec.splitting)
        if key not in self._values:
            data = (spec.measure, spec.zero_cells, spec.convention, spec.without)
            parts = self._parts.setdefault(data, Parts(network.evidence))
            self._values[key] = Values(network, small_is_good, spec.pi, spec.splitting, parts)
        return self._values[key]
