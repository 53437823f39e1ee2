"""What each column of a table is, and everything else that must be known to read it: guessed, shown, editable."""

from __future__ import annotations

from collections.abc import Mapping as Dict
from dataclasses import dataclass, field

from metaudit.formats.columns import BIAS_PREFIX, COVARIATE_PREFIX, EXTRACTION

# Roles that are no column of extraction.csv: what a cell holds before it is brought into that form.
EXTRA_ROLES: dict[str, str] = {
    "author": "author of the study; with year it names the study where nothing else does",
    "nonevents_t": "people without the event, treatment; n_t becomes their sum with events_t",
    "nonevents_c": "people without the event, control; n_c becomes their sum with events_c",
    "nonevents": "people without the event, one group",
    "percent_t": "percentage with the event, treatment; checked against events_t, or in its place",
    "percent_c": "percentage with the event, control",
    "percent": "percentage with the event, one group",
    "proportion_t": "proportion with the event between 0 and 1, treatment",
    "proportion_c": "proportion with the event between 0 and 1, control",
    "proportion": "proportion with the event between 0 and 1, one group",
    "log_effect": "logarithm of the effect; the effect becomes the ratio, its se and variance stay those of the logarithm",
    "log_ci_low": "logarithm of the lower limit",
    "log_ci_high": "logarithm of the upper limit",
    "oe": "observed minus expected events; the effect becomes exp((O - E)/V)",
    "oe_variance": "variance of observed minus expected; se becomes 1/sqrt(V)",
    "subgroup": "subgroup; kept as x_subgroup",
    "arm_name": "name of the arm of the row, in a table with one row for each arm",
    "control_name": "name of the control arm; kept in the comparison",
    "statistic": "name of the statistic of the row, in a table with one row for each number",
    "value": "the number of the row, in a table with one row for each number",
    "median": "median, in a table with one row for each arm",
    "q1": "first quartile, likewise",
    "q3": "third quartile, likewise",
    "min": "minimum, likewise",
    "max": "maximum, likewise",
    "pm": "number after ±, likewise",
    "var": "variance of the values, likewise",
}
# A dose or a design of a study is a covariate; only dose-response has a row for each dose, and no import makes such rows.
_NOT_HERE = ("source", "certainty", "dose", "design")
COLUMN_ROLES = tuple(c.name for c in EXTRACTION if c.name not in _NOT_HERE)
ROLES = (*COLUMN_ROLES, *EXTRA_ROLES)
LAYOUTS = {
    "wide": "one row for each study (and outcome), both groups side by side",
    "arms": "one row for each arm of a study",
    "statistics": "one row for each number",
}


def is_role(name: str) -> bool:
    """Whether a column can be given this role."""
    return name in ROLES or any(name.startswith(p) and len(name) > len(p) for p in (COVARIATE_PREFIX, BIAS_PREFIX))


@dataclass(frozen=True)
class ColumnMapping:
    """What one column is.

    Attributes
    ----------
    name : its heading
    roles : what its cells hold, in order, when a cell holds several numbers; empty when the column is dropped
    drop : why it is dropped
    score : how sure the guess is, 0 to 1; 1 when a person said it
    reason : what the guess rests on
    outcome : outcome that this column belongs to, where the table has several side by side
    """

    name: str
    roles: tuple[str, ...] = ()
    drop: str = ""
    score: float = 1.0
    reason: str = ""
    outcome: str = ""


@dataclass
class Mapping:
    """How a table is read.

    Attributes
    ----------
    file, sheet : the table
    header : rows of its headings
    decimal : the decimal sign of columns that do not tell
    missing : the file's own words for "not reported", beside the usual ones
    layout : a key of ``LAYOUTS``
    treatment, control : names of arms, in a table with one row for each arm; several controls are tried in order
    measure : effect measure of every analysis; empty when it is not known
    outcome : outcome of rows that name none
    skip : row -> why it is not read
    columns : what each column is
    """

    file: str
    sheet: str = ""
    header: tuple[int, ...] = (1,)
    decimal: str = "."
    missing: tuple[str, ...] = ()
    layout: str = "wide"
    treatment: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    measure: str = ""
    outcome: str = ""
    skip: Dict[int, str] = field(default_factory=dict)
    columns: tuple[ColumnMapping, ...] = ()

    def named(self, role: str) -> list[ColumnMapping]:
        """The columns that hold a role, alone or among others."""
        return [c for c in self.columns if role in c.roles]

    @property
    def roles(self) -> set[str]:
        """Every role that some column holds."""
        return {r for c in self.columns for r in c.roles}
