"""What the tests of the documentation share: the site, built once."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent
if str(FOLDER) not in sys.path:
    sys.path.insert(0, str(FOLDER))


def pytest_configure(config):
    config.addinivalue_line("markers", "browser: needs a browser")


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    from doc_pages import ROOT, environment

    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    env = {**environment(), "NO_MKDOCS_2_WARNING": "1", "HOME": str(folder.parent)}
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (done.stdout + done.stderr).strip()
    return folder
