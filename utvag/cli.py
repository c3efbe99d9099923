"""The command line: `utvag …`. What goes wrong is said in a line that names what to do."""

from typing import Annotated

import typer

from storage.schema import migrate as bring_up
from utvag import (
    cli_audit,
    cli_backup,
    cli_keys,
    cli_line,
    cli_retention,
    cli_rota,
    cli_script,
    cli_staff,
    core_dumps,
    log,
)
from utvag.cli_run import prepared, refuse, run, settings
from utvag.demo import demo as run_demo
from utvag.doctor import examine
from utvag.serve import serve as serve_line

app = typer.Typer(
    help="Utväg: the contact line for people who want to leave a violent group.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(cli_line.app, name="line")
app.add_typer(cli_staff.app, name="staff")
app.add_typer(cli_rota.app, name="rota")
app.add_typer(cli_script.app, name="script")
app.add_typer(cli_audit.app, name="audit")
app.command("backup")(cli_backup.backup)
app.command("restore")(cli_backup.restore_command)
app.command("let-write")(cli_backup.let_write)
app.add_typer(cli_keys.app, name="keys")
app.add_typer(cli_retention.app, name="retention")

Host = Annotated[str, typer.Option(help="Behind a proxy leave it at 127.0.0.1.")]
Port = Annotated[int, typer.Option(min=0, max=65535)]


@app.command()
def serve(host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run the line until it is told to stop."""
    log.configure()
    run(serve_line(prepared(settings("public_url", "secret_key")), host, port))


@app.command()
def migrate() -> None:
    """Bring the database to this program's tables. Safe to run again."""
    given = prepared(settings())
    run(bring_up(given.database))
    print("The database is up to date.")


@app.command()
def demo(port: Port = 8000) -> None:
    """Run the line with a fake provider and a phone on a page: nothing leaves this machine."""
    run_demo(port)


@app.command()
def doctor() -> None:
    """Check everything, a line each; status 1 if one check fails."""
    findings = run(examine(settings()))
    for finding in findings:
        print(finding.line)
    if any(finding.failed for finding in findings):
        refuse()


def main() -> None:
    """The entry point. Every command holds keys, and so may a picture of its memory."""
    core_dumps.forbid()
    app()
