"""The result of pooling, as a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from metaudit.display import Picture, notebook
from metaudit.effects.zero_cells import Floats

if TYPE_CHECKING:
    import pandas as pd


# What a result may work out when it is first asked for: the numbers of each group together.
LATER = {
    "limits": ("tau2_low", "tau2_high", "i2_low", "i2_high", "h2_low", "h2_high"),
    "statistics": ("se_tau2", "log_lik", "aic", "bic", "aicc"),
}
_GROUP_OF = {name: group for group, names in LATER.items() for name in names}
_NO_SCALARS = ("weights", "coefficients", "yi", "vi", "studies", "measure")


@dataclass(frozen=True)
class Coefficient:
    """One coefficient of a meta-regression, on the analysis scale."""

    term: str
    estimate: float
    se: float
    stat: float
    p: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Pooled:
    """A pooled result on the analysis scale.

    Attributes
    ----------
    estimate, se, ci_low, ci_high, stat, p : the pooled effect (the intercept when there are moderators); ``stat`` is
        z or t as the interval's method has it
    tau2, tau2_low, tau2_high : between-study variance and its interval
    i2, i2_low, i2_high : percent, from tau2 and the typical variance (Higgins and Thompson 2002); for the common-effect
        and Mantel-Haenszel models the Q-based one, as in metafor
    i2_q : percent, 100 (Q - df) / Q, truncated at 0
    h2, h2_low, h2_high : 1 + tau2 / typical variance (Q / df for the common-effect model), and its interval
    q, q_df, q_p : Cochran's Q (residual, with moderators)
    pi_low, pi_high : prediction interval
    k : number of studies
    weights : percent, shape ``(k,)``
    model, tau2_method, ci_method, level : what was done
    coefficients, qm, qm_df, qm_p, r2 : meta-regression; R² in percent
    at_boundary : whether tau2 was truncated at, or estimated as, 0
    se_tau2 : standard error of tau2; NaN where none is defined
    log_lik, aic, bic, aicc : at the estimates, of the restricted likelihood for REML and of the full one otherwise; NaN
        where the model was not fitted by inverse-variance weights
    ci_df : degrees of freedom of the interval and test of the pooled effect; NaN when they are not from t
    tau2_ci_method, i2_ci_method, pi_method, stopping : how; empty where there was nothing to choose
    yi, vi : the effects that were pooled and their sampling variances, shape ``(k,)``
    studies, measure : names of the studies and code of the effect measure, for what is shown; empty when not given
    """

    estimate: float
    se: float
    ci_low: float
    ci_high: float
    stat: float
    p: float
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    i2_low: float
    i2_high: float
    i2_q: float
    h2: float
    q: float
    q_df: int
    q_p: float
    pi_low: float
    pi_high: float
    k: int
    weights: Floats
    model: str
    tau2_method: str
    ci_method: str
    level: float
    coefficients: tuple[Coefficient, ...] = ()
    qm: float = float("nan")
    qm_df: int = 0
    qm_p: float = float("nan")
    r2: float = float("nan")
    at_boundary: bool = False
    h2_low: float = float("nan")
    h2_high: float = float("nan")
    se_tau2: float = float("nan")
    log_lik: float = float("nan")
    aic: float = float("nan")
    bic: float = float("nan")
    aicc: float = float("nan")
    ci_df: float = float("nan")
    tau2_ci_method: str = ""
    i2_ci_method: str = ""
    pi_method: str = ""
    stopping: str = "exact"
    yi: Floats = field(default_factory=lambda: np.empty(0), repr=False, compare=False)
    vi: Floats = field(default_factory=lambda: np.empty(0), repr=False, compare=False)
    studies: tuple[str, ...] = field(default=(), repr=False, compare=False)
    measure: str = field(default="", repr=False, compare=False)

    @classmethod
    def begun(cls, later: Mapping[str, Later], **known: Any) -> Pooled:
        """A result some of whose numbers are worked out, and verified, when they are first asked for.

        Parameters
        ----------
        later : for each group of ``LATER``, what gives its numbers
        known : all other fields that have no default
        """
        made = object.__new__(cls)
        made.__dict__.update(_AT_FIRST, _later=dict(later))
        for group, numbers in _LATER_AT_FIRST.items():
            if group not in later:
                made.__dict__.update(numbers)
        made.__dict__.update(known)
        return made

    def settled(self, group: str) -> bool:
        """Whether the numbers of a group are there."""
        return group not in self.__dict__.get("_later", ())

    def changed(self, **fields: Any) -> Pooled:
        """The same with other values of some fields; what is not worked out yet stays so."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__, **fields)
        return made

    def _settle(self, group: str) -> None:
        later: dict[str, Later] = self.__dict__["_later"]
        numbers, verify = later[group]
        before = dict(self.__dict__)
        self.__dict__.update(numbers(), _later={g: f for g, f in later.items() if g != group})
        try:
            verify(self)
        except BaseException:  # a number that was found wrong is not there the second time either
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def __getstate__(self) -> dict[str, Any]:
        """Everything worked out, as copies and other processes get it."""
        for group in list(self.__dict__.get("_later", ())):
            self._settle(group)
        return {name: value for name, value in self.__dict__.items() if name != "_later"}

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """A number that is worked out when it is first asked for."""
            group = _GROUP_OF.get(name)
            if group is None or self.settled(group):
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            self._settle(group)
            return self.__dict__[name]

    def to_row(self) -> dict[str, Any]:
        """The scalar fields, for a table or JSON."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _NO_SCALARS}

    def to_frame(self, part: str = "result") -> pd.DataFrame:
        """The result as a data frame.

        Parameters
        ----------
        part : ``result``: one row with the scalar fields, on the analysis scale; ``studies``: one row a study with ``study, yi,
            vi, weight``; ``coefficients``: one row a term of a meta-regression

        Raises
        ------
        DataError
            when there is no such part.
        """
        frame: pd.DataFrame = notebook().pooled_frame(self, part)
        return frame

    def forest(
        self, *, studies: Sequence[str] = (), measure: str = "", title: str = "", layout: str = "default"
    ) -> Picture:
        """The forest plot of this result, as an object that a notebook shows and that can be saved.

        Parameters
        ----------
        studies : a name for each study, in the order of the effects; otherwise those the result was made with, or numbers
        measure : code of the measure, which says how the analysis scale turns into the natural one (``RR``: exp); otherwise
            the one the result was made with, or effects as they are
        title : above the plot
        layout : ``default``, ``revman``, ``jama`` or ``bmj``

        Raises
        ------
        DataError
            for a measure or layout that is not known, as many names as there are not studies, or a measure whose scale
            needs more than the effect (PFT: the number of people).
        """
        picture: Picture = notebook().pooled_forest(self, studies=studies, measure=measure, title=title, layout=layout)
        return picture

    def _repr_html_(self) -> str:
        return str(notebook().pooled_html(self))


# The numbers that a result starts with where nothing else is said.
_DEFAULTS = {f.name: f.default for f in fields(Pooled) if f.default is not MISSING}
_AT_FIRST: dict[str, Any] = {name: value for name, value in _DEFAULTS.items() if name not in _GROUP_OF} | {
    "yi": np.empty(0),
    "vi": np.empty(0),
}
_LATER_AT_FIRST = {g: {name: _DEFAULTS[name] for name in names if name in _DEFAULTS} for g, names in LATER.items()}
for _name in _GROUP_OF:  # a default on the class would be found before what is worked out later
    if _name in Pooled.__dict__:
        delattr(Pooled, _name)
Later = tuple[Callable[[], Mapping[str, float]], Callable[[Pooled], None]]
"""What gives the numbers of a group, and what verifies them."""
