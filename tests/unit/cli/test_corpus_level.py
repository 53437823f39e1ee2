"""``metaudit corpus --level``: refused before anything is read, as everywhere."""

import pytest
from typer.testing import CliRunner

from making_corpus import small
from metaudit.cli import app
from metaudit.corpus.run import write_corpus
from metaudit.errors import DataError


@pytest.mark.parametrize("level", ["1.5", "1", "0", "-0.5", "nan", "95"])
def test_a_level_that_is_none_is_refused(tmp_path, level):
    done = CliRunner().invoke(app, ["corpus", str(small(tmp_path)), "--out", str(tmp_path / "out"), "--level", level])
    assert done.exit_code == 2
    assert f"--level {level}: not between 0 and 1. Write 0.95 for 95 %." in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_same_from_python(tmp_path):
    with pytest.raises(DataError, match=r"level 1\.5 is not between 0 and 1"):
        write_corpus(small(tmp_path), tmp_path / "out", level=1.5)
