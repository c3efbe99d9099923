"""`utvag script`: check, try and draw a script file; no settings, no database."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from handlers import shipped
from triage.danger_check import danger_findings, is_about_danger
from triage.graph import mermaid
from triage.linter import check as findings_of
from triage.loader import load
from triage.rehearse import rehearse
from triage.script import Script, ScriptError

app = typer.Typer(no_args_is_help=True, help="Check, try and draw a script of questions.")

SHIPPED = "exit"

_File = Annotated[Path | None, typer.Argument(help="A script file; without it the shipped one.")]
_Language = Annotated[str | None, typer.Option(help="sv, en …; without it the script's first.")]


@app.command()
def check(
    file: _File = None,
    sizes: Annotated[bool, typer.Option(help="Also tell the size of every text.")] = False,
) -> None:
    """Say every finding with its line; exit 1 when there is one that must be mended.

    Without FILE: the shipped questions and the shipped signs of danger. FILE may be of either kind.
    """
    files = [(_name(file), _source(file))]
    if file is None:
        files.append(("danger.yaml", shipped.danger_source()))
    broken = [name for name, source in files if _tell(name, source, sizes=sizes)]
    if broken:
        raise typer.Exit(1)


def _tell(name: str, source: str, *, sizes: bool) -> bool:
    """Print what was found in one file; whether something must be mended."""
    found = danger_findings(source) if is_about_danger(source) else findings_of(source)
    errors = [finding for finding in found if finding.severity == "error"]
    for finding in found if sizes else errors:
        typer.echo(f"{name}:{finding.line}: {finding.severity}: {finding.message}")
    if not errors:
        typer.echo(f"{name}: nothing to mend")
    return bool(errors)


@app.command("try")
def try_(
    file: _File = None,
    language: _Language = None,
    returning: Annotated[bool, typer.Option(help="As somebody who was here before.")] = False,
) -> None:
    """Hold a conversation in the terminal, or with the lines of standard input.

    What staff would see stands in brackets.
    """
    script = _script(file)
    spoken = _language(script, language)
    answers = rehearse(script, _lines(), spoken, rules=shipped.danger_rules(), returning=returning)
    for line in answers:
        typer.echo(line)


@app.command()
def graph(file: _File = None, language: _Language = None) -> None:
    """Draw the script as a Mermaid flowchart on standard output."""
    script = _script(file)
    typer.echo(mermaid(script, _language(script, language)), nl=False)


def _lines() -> Iterator[str]:
    asking = sys.stdin.isatty()
    while True:
        if asking:
            typer.echo("> ", nl=False)
        line = sys.stdin.readline()
        if not line:
            return
        if not asking:
            typer.echo(f"> {line.rstrip()}")
        yield line.rstrip("\n")


def _name(file: Path | None) -> str:
    return str(file) if file is not None else f"{SHIPPED}.yaml"


def _source(file: Path | None) -> str:
    if file is None:
        return shipped.source(SHIPPED)
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        typer.echo(f"{file}: not readable: {wrong}", err=True)
        raise typer.Exit(1) from wrong


def _script(file: Path | None) -> Script:
    try:
        return load(_source(file))
    except ScriptError as wrong:
        for finding in wrong.findings:
            typer.echo(
                f"{_name(file)}:{finding.line}: {finding.severity}: {finding.message}", err=True
            )
        raise typer.Exit(1) from wrong


def _language(script: Script, language: str | None) -> str:
    if language is None:
        return script.languages[0]
    if language not in script.languages:
        spoken = ", ".join(script.languages)
        typer.echo(f"The script does not speak {language}; it speaks {spoken}.", err=True)
        raise typer.Exit(1)
    return language
