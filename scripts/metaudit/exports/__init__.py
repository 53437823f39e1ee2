"""A review as a file of another program, so that a co-author can open it there."""

from metaudit.exports.content import Exported
from metaudit.exports.export import export
from metaudit.exports.holds import CANNOT, ENDINGS, FORMATS

__all__ = ["CANNOT", "ENDINGS", "FORMATS", "Exported", "export"]
