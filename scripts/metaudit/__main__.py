"""``python -m metaudit``."""

from metaudit.cli import app

if __name__ == "__main__":
    app(prog_name="metaudit")
