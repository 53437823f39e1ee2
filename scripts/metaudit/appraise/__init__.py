"""What surrounds a pooled result, each part as a table: dependent effects, single studies, small-study effects."""

from metaudit.appraise.around import diagnostic_section
from metaudit.appraise.dependence import dependence_sections
from metaudit.appraise.section import Section
from metaudit.appraise.small_study import small_study_sections
from metaudit.appraise.stratified import stratified_section

__all__ = ["Section", "dependence_sections", "diagnostic_section", "small_study_sections", "stratified_section"]
