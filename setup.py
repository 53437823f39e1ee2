"""Put a copy of ``data/``, without the reviews, into the built package; everything else is said in pyproject.toml.

In a checkout the library reads these files where they lie (``metaudit/formats/places.py``), so an editable install needs
no copy.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

DATA = Path("data")
REVIEWS = "reviews"


class WithData(build_py):
    """The usual build, and the files that come with the library."""

    def _copies(self) -> dict[Path, Path]:
        """Every file of data/ but the reviews, by the place where the built package has it."""
        if self.editable_mode:
            return {}
        package = Path(self.build_lib) / "metaudit"
        files = (path for path in sorted(DATA.rglob("*")) if path.is_file() and path.parts[1] != REVIEWS)
        return {package / path: path for path in files}

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        for target, source in self._copies().items():
            self.mkpath(str(target.parent))
            self.copy_file(str(source), str(target))

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """What the build writes."""
        return [*super().get_outputs(include_bytecode), *map(str, self._copies())]

    def get_source_files(self) -> list[str]:
        """What a source archive must hold."""
        return [*super().get_source_files(), *map(str, self._copies().values())]


setup(cmdclass={"build_py": WithData})
