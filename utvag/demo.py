"""`utvag demo`: the line, a made-up provider and a phone on a page. Nothing leaves this machine."""

import asyncio
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import SecretStr, ValidationError

from storage.schema import migrate
from utvag import log
from utvag.cli_run import refuse, run
from utvag.demo_people import (
    COORDINATOR,
    LINE,
    PAGERS,
    PASSPHRASE,
    STAFF,
    TELEGRAM,
    people,
    written,
)
from utvag.serve import serve
from utvag.settings import Settings, problems_of

ACCOUNT = "AC" + "0" * 32
BOT = "1000000001:a-made-up-token-of-nobodys-bot"
"""As Telegram writes them; only the simulator knows it."""

SIMULATOR_BEGINS = 60.0
"""Seconds; a first start compiles what it imports, and the machine may be busy."""

LOOKS_AGAIN = 0.05
SIMULATOR_ENDS = 3.0
"""Seconds that the simulator is given before it is made to end."""


def demo(port: int) -> None:
    """Serve until Ctrl-C; started again, it goes on with the same data."""
    log.configure()
    folder = Path(os.environ.get("UTVAG_DATA_DIR") or "./demo-data").resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_free(port):
        refuse(f"Port {port} is in use. Choose another one: make demo PORT=8010")
    phone_port = _free_port(port + 1)
    settings = _settings(folder, port, phone_port)
    run(migrate(settings.database))
    run(people(settings))
    with _simulator(settings, port, phone_port, run(written(settings))):
        run(_until_stopped(settings, port, phone_port))
    print("\nThe demo has ended; its data stays in", folder.name, flush=True)


async def _until_stopped(settings: Settings, port: int, phone_port: int) -> None:
    introducing = asyncio.create_task(_introduce_once_open(port, phone_port))
    try:
        await serve(settings, "127.0.0.1", port, framed_by=f"http://localhost:{phone_port}")
    except (KeyboardInterrupt, asyncio.CancelledError):
        return
    finally:
        introducing.cancel()


async def _introduce_once_open(port: int, phone_port: int) -> None:
    """Whoever opens the addresses at once finds somebody there."""
    while True:
        with suppress(OSError):
            _, there = await asyncio.open_connection("127.0.0.1", port)
            there.close()
            break
        await asyncio.sleep(LOOKS_AGAIN)
    _introduce(port, phone_port)


def _settings(folder: Path, port: int, phone_port: int) -> Settings:
    given = {
        "data_dir": folder,
        "database_url": SecretStr(f"sqlite+aiosqlite:///{folder}/demo.sqlite3"),
        "public_url": f"http://localhost:{port}",
        "secret_key": SecretStr(_kept(folder / "secret")),
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": SecretStr(_kept(folder / "token")),
        "twilio_api_url": f"http://127.0.0.1:{phone_port}",
        "telegram_token": SecretStr(BOT),
        "telegram_mode": "webhook",
        "telegram_webhook_secret": SecretStr(_kept(folder / "telegram")),
        "telegram_api_url": f"http://127.0.0.1:{phone_port}",
        "clock_speed": os.environ.get("UTVAG_CLOCK_SPEED") or 1,
    }
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        refuse(*problems_of(error))


def _kept(file: Path) -> str:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(48))
    return file.read_text().strip()


@contextmanager
def _simulator(settings: Settings, port: int, phone_port: int, wrote: list[str]) -> Iterator[None]:
    command = [sys.executable, "-m", "simulator", "--port", str(phone_port), "--line", LINE]
    command += ["--webhook", f"{settings.public_url}/webhooks/twilio/message#rc=5&rp=ct,rt,5xx"]
    command += ["--through", f"http://127.0.0.1:{port}", "--desk", f"{settings.public_url}/queue"]
    command += ["--passphrase", PASSPHRASE, "--clock-speed", f"{settings.clock_speed:g}"]
    for name in STAFF:
        command += ["--pager", f"{name}={PAGERS[name]}"]
    for address in wrote:
        command += ["--written", address]
    for chat in {*TELEGRAM, *(address for address in wrote if not address.startswith("+"))}:
        command += ["--telegram-met", chat]
    environment = os.environ | {
        "SIMULATOR_ACCOUNT_SID": settings.twilio_account_sid,
        "SIMULATOR_AUTH_TOKEN": settings.twilio_auth_token.get_secret_value(),
        "SIMULATOR_TELEGRAM_TOKEN": settings.telegram_token.get_secret_value(),
    }
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own program
    try:
        wait_until_it_listens(process, phone_port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(SIMULATOR_ENDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_it_listens(process: subprocess.Popen[bytes], phone_port: int) -> None:
    """Else the line would say at its very start that the provider is out of reach.

    Raises SystemExit where the process ends before, or in a minute answers nobody.
    """
    for _ in range(int(SIMULATOR_BEGINS / LOOKS_AGAIN)):
        with suppress(subprocess.TimeoutExpired):
            process.wait(LOOKS_AGAIN)
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", phone_port)):
            return
    refuse("The simulator did not start; what it said stands above.")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port(wanted: int) -> int:
    return next(port for port in range(wanted, wanted + 50) if _is_free(port))


def _introduce(port: int, phone_port: int) -> None:
    names = " or ".join(STAFF)
    print(
        f"""
  Utväg, the demo. Nothing leaves this machine.

  All on one page        http://localhost:{phone_port}/stage
  A contact's phone      http://localhost:{phone_port}/
  The counsellors' desk  http://localhost:{port}/queue
    Name                 {names}
    Coordinator          {COORDINATOR} (has /board, /rota and /paging, too)
    Passphrase           {PASSPHRASE}

  Write "hej" on the phone, then take the conversation at the desk and answer it.
  Ctrl-C ends the demo.
""",
        flush=True,
    )
