"""What a notebook shows of a result: HTML tables, data frames and forest plots.

The classes themselves stand in earlier rooms and come here through ``metaudit.display``.
"""

from metaudit.notebook.picture import DrawnPicture
from metaudit.notebook.pooled import pooled_forest, pooled_frame, pooled_html
from metaudit.notebook.reviews import review_forest, review_frame, review_html
from metaudit.notebook.verdicts import row_forest, row_html, row_of, verdicts_forest, verdicts_frame, verdicts_html

__all__ = [
    "DrawnPicture",
    "pooled_forest",
    "pooled_frame",
    "pooled_html",
    "review_forest",
    "review_frame",
    "review_html",
    "row_forest",
    "row_html",
    "row_of",
    "verdicts_forest",
    "verdicts_frame",
    "verdicts_html",
]
