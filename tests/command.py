"""One command of the command line in this process, in a narrow terminal: quicker than a new one."""

import os

from typer.testing import CliRunner, Result

from utvag.cli import app

NARROW = {"COLUMNS": "20", "LINES": "10", "TERM": "dumb"}


def told(settings: dict[str, str], *words: str) -> Result:
    """With these settings and no others. What is raised past the command line is raised here."""
    others: dict[str, str | None] = {n: None for n in os.environ if n.startswith("UTVAG_")}
    ours = {f"UTVAG_{name.upper()}": value for name, value in settings.items()}
    return CliRunner().invoke(app, words, env=others | NARROW | ours, catch_exceptions=False)
