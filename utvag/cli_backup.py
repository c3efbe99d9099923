"""`utvag backup DIR`, `utvag restore DIR` and `utvag let-write`."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from handlers.house import House
from handlers.let_write import RosterUnconfirmed
from handlers.let_write import let_write as let_it_write
from storage import backup_gone, backup_said
from storage.backup_programs import NoProgram, ProgramFailed
from storage.backup_scope import NotEmpty
from storage.backup_sqlite import LeftBeside, UnderWay
from storage.backup_stream import BackupBroken, Why
from storage.encryption import Wrapper, WrongSecretKey
from utvag.back_up import Made, back_up
from utvag.backup_folder import Busy, CannotWrite
from utvag.cli_run import in_house, refuse, run, settings
from utvag.clock import utc_now
from utvag.drill import Drilled, DrillFailed, MayNot, drill
from utvag.restore import Checked, NoBackup, NoList, OtherEngine, Restored, check, restore
from utvag.settings import Settings

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of back-ups.")]
Name = Annotated[str, typer.Option("--name", help="Another back-up than the newest.")]

BROKEN = {
    Why.HALF: "is missing or cut short: this is half a back-up.",
    Why.CHANGED: "is not as it was written: it was changed, or its disk fails.",
    Why.FOREIGN: "is nothing that this version of utvag backup writes.",
}
LOST = (
    f"No list ({backup_gone.NAME}, {backup_said.PREFIX}…) tells what was said after this back-up "
    "was made: neither in this folder nor in UTVAG_DATA_DIR. Look for the old data folder, and "
    "for other copies of this one, and put them there. Was the secret key changed since? Give "
    "the newer one, too, as UTVAG_OLD_SECRET_KEY.",
    "If it is lost: utvag restore DIR --without-list. Whoever was deleted since is then back; "
    'STOP, "not safe", redactions, blocks and revoked members since are forgotten. So everybody\'s '
    "telephone counts as watched, and nothing leaves to anybody by itself before they write.",
    "Nothing was restored.",
)
INSTEAD = "Nothing was restored. Copy it again from where it is kept, or name an earlier back-up: "


def backup(folder: Folder) -> None:
    """Back up the line while it runs: two sealed files and their manifest."""
    given = settings("secret_key")
    lists = [given.data_dir / backup_gone.NAME]

    async def doing(house: House) -> Made:
        return await back_up(house, given.database, folder.resolve(), lists)

    try:
        made = in_house(doing)
    except Busy:
        refuse("Another utvag backup writes to this folder. Wait for it.")
    except (NoProgram, ProgramFailed) as error:
        _no_program(error)
    except CannotWrite as error:
        refuse(f"The back-up cannot be written there ({error}). Those of before are as they were.")
    print(f"{made.name}: {made.rows} rows, {made.bytes} bytes, sealed and on the disk.")
    for name in made.retired:
        print(f"{name}: had its time, removed.")


def restore_command(
    folder: Folder,
    name: Name = "",
    only_drill: Annotated[
        bool,
        typer.Option("--drill", help="Into a place of its own, which is removed; nothing else."),
    ] = False,
    without_list: Annotated[
        bool, typer.Option("--without-list", help="What was said since is lost, or not all there.")
    ] = False,
) -> None:
    """Restore a back-up into the empty UTVAG_DATABASE_URL. It writes to no contact until let."""
    given = settings("secret_key")
    checked = _checked(given, folder, name)
    try:
        if only_drill:
            _say_drilled(run(drill(checked, given, utc_now())))
        else:
            secret = given.secret_key.get_secret_value()
            doing = restore(checked, given.database, secret, utc_now(), without_list=without_list)
            _say_restored(run(doing), checked, without_list=without_list)
    except NoList:
        refuse(*LOST)
    except NotEmpty as error:
        refuse(
            f"UTVAG_DATABASE_URL holds {error.tables} tables already. A back-up goes to an empty "
            "place alone: name a new file, or a new database, or move the old one away."
        )
    except BackupBroken as error:
        refuse(f"{error.name} {BROKEN[error.why]}", f"{INSTEAD}--name.")
    except LeftBeside as error:
        refuse(
            f"{error} is the log of another database, and would be taken for the new one's. "
            "It belongs to the file that was moved away: move it there, too."
        )
    except OtherEngine:
        refuse(
            f"The back-up is of {checked.manifest.engine}: "
            "UTVAG_DATABASE_URL must name one of the same kind."
        )
    except UnderWay:
        refuse("Another utvag restore fills this database at this moment. Wait for it.")
    except MayNot:
        refuse(
            "For a drill the database's role must be let make a database: ALTER ROLE … CREATEDB. "
            "Or restore into an empty one that UTVAG_DATABASE_URL names."
        )
    except DrillFailed as error:
        refuse(f"The drill failed: {error}. Restore an earlier back-up: --name.")
    except (NoProgram, ProgramFailed) as error:
        _no_program(error)


def _checked(given: Settings, folder: Path, name: str) -> Checked:
    lists, other = (given.data_dir / backup_gone.NAME,), given.old_secret_key.get_secret_value()
    others = (Wrapper(other),) if other else ()
    try:
        secret = given.secret_key.get_secret_value()
        return check(folder, Wrapper(secret), name, lists, others)
    except NoBackup:
        refuse("There is no whole back-up here, or none of this name: each has a .manifest.")
    except BackupBroken as error:
        refuse(f"{error.name} {BROKEN[error.why]}", f"{INSTEAD}--name.")
    except OSError as error:
        refuse(f"{error.filename} cannot be read: {error.strerror}. Nothing was restored.")
    except WrongSecretKey:
        refuse(
            "UTVAG_SECRET_KEY is not the one that this back-up was made with. Set the old one; "
            "without it the back-up cannot be opened by anybody. Nothing was restored."
        )


def _say_drilled(done: Drilled) -> None:
    print(
        f"Drill: {_made(done.restored)}. They open with this UTVAG_SECRET_KEY: {done.contacts} "
        f"contacts' addresses, {done.entries} entries of the log about staff."
    )
    print("What a member's key opens only members can try: open a conversation, once it counts.")
    if not done.noted:
        print("The line's own database does not answer: that it was done is noted nowhere.")


def _say_restored(done: Restored, checked: Checked, *, without_list: bool) -> None:
    print(f"Restored {_made(done)}.")
    again = done.again
    print(f"Deleted since and once more: {again.deleted}. All sessions and open invitations ended.")
    print(f"Of {again.said} contacts something was said since; {again.out} members are out since.")
    if checked.heard.until is not None and not without_list:
        print(
            f"The list was kept until {checked.heard.until:%Y-%m-%d %H:%M} UTC. If the line ran on "
            "after that, remove this database and restore with --without-list."
        )
    if done.sealed:
        print(
            f"{done.sealed} lines more may say so of others: they lie under another secret key. "
            "Restore once more, with that one as UTVAG_OLD_SECRET_KEY, before anybody uses this."
        )
    print("Nobody signs in until you have looked at who works here: utvag staff confirm.")
    print("It writes to no contact until you say so: utvag let-write. First: utvag doctor.")


def _made(done: Restored) -> str:
    return f"{done.name}, made {done.made_at:%Y-%m-%d %H:%M} UTC: {done.rows} rows"


def let_write() -> None:
    """A restored line writes to contacts again."""
    try:
        held = in_house(let_it_write)
    except RosterUnconfirmed:
        refuse("First say who works here still: utvag staff confirm")
    if held is None:
        refuse("This line may write to contacts: it was not restored, or was let before.")
    print("The line writes to contacts again.")
    print(f"Not sent, since they may have been before or are too old: {held}. They say so.")


def _no_program(error: NoProgram | ProgramFailed) -> NoReturn:
    if isinstance(error, ProgramFailed):
        refuse("PostgreSQL's own program failed; what it said stands above. Nothing was kept.")
    there = f" Found: {', '.join(map(str, error.found))}." if error.found else ""
    refuse(
        f"{error.name} of PostgreSQL {error.wanted} or newer is missing.{there} Install it "
        f"(Debian: apt-get install postgresql-client-{error.wanted}) or put its folder into PATH."
    )
