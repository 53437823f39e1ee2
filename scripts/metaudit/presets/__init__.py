"""What programs do when nothing is chosen: their defaults, and the numbers they print."""

from metaudit.presets.load import Fact, Preset, load_presets, read_preset
from metaudit.presets.resolve import named_by, resolve
from metaudit.presets.results import PresetResult, preset_results

__all__ = ["Fact", "Preset", "PresetResult", "load_presets", "named_by", "preset_results", "read_preset", "resolve"]
