"""Real processes for tests: the line, the simulator and single commands, ended by their own pid."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.command import told
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.world import LINE, SECRET

ACCOUNT = "AC" + "5" * 32
TOKEN = "a token for tests"
METER = "a token for the meter"


def environment(**own: str) -> dict[str, str]:
    """This process's environment without settings of ours, with these as UTVAG_…."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("UTVAG_")}
    return kept | {f"UTVAG_{name.upper()}": value for name, value in own.items()}


def utvag(settings: dict[str, str], *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """One command of the command line, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "utvag", *words],
        env=environment(**settings) | more,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@dataclass
class Process:
    """A program of ours that serves until it is ended."""

    name: str
    popen: subprocess.Popen[bytes]
    address: str
    log: Path

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        return get(self.address + path, **headers)

    def kill(self) -> None:
        """As when the machine loses power."""
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait(PATIENCE)

    def stop(self) -> int:
        """Ask it to end. The status with which it did: 0 of itself, 1 where something hung, so that
        its own clock cut it off after 4.5 s."""
        self.popen.terminate()
        return self.popen.wait(PATIENCE)

    def end(self) -> None:
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()


def get(address: str, **headers: str) -> tuple[int, str]:
    """Status (0: nobody answers) and body."""
    try:
        with urllib.request.urlopen(
            urllib.request.Request(address, headers=headers), timeout=PATIENCE
        ) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


@dataclass
class Machines:
    """A line and its made-up provider, each in a process of its own."""

    folder: Path
    settings: dict[str, str]
    line_port: int
    provider_port: int
    processes: list[Process] = field(default_factory=list)

    @property
    def public(self) -> str:
        return self.settings["public_url"]

    def utvag(self, *words: str) -> str:
        """One command, which must succeed; what it printed."""
        with ThreadPoolExecutor(1) as aside:  # a test's own event loop may be running here
            done = aside.submit(told, self.settings, *words).result()
        assert done.exit_code == 0, done.output
        return done.stdout

    def provider(self, *more: str) -> Process:
        return self._start(
            "simulator",
            [
                *("simulator", "--port", str(self.provider_port), "--line", LINE),
                *("--webhook", f"{self.public}/webhooks/twilio/message#rc=5&rp=ct,rt,5xx"),
                *("--account-sid", ACCOUNT, "--auth-token", TOKEN, *more),
            ],
            self.provider_port,
            "/control/stats",
        )

    def serve(self, port: int | None = None) -> Process:
        at = port or self.line_port
        return self._start("utvag", ["utvag", "serve", "--port", str(at)], at, "/readyz")

    def _start(self, name: str, command: list[str], port: int, ready: str) -> Process:
        log = self.folder / f"{name}-{len(self.processes)}.log"
        with log.open("wb") as out:
            popen = subprocess.Popen(
                [sys.executable, "-m", *command],
                env=environment(**self.settings),
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        process = Process(name, popen, f"http://127.0.0.1:{port}", log)
        self.processes.append(process)
        wait_until_ready(process, ready)
        return process

    def written(self) -> str:
        """Everything that all processes printed."""
        return "\n".join(p.log.read_text("utf-8", "replace") for p in self.processes)


def wait_until_ready(process: Process, path: str) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.popen.poll() is not None:
            break
        if process.get(path)[0] == 200:
            return
        time.sleep(0.05)
    raise AssertionError(f"{process.name} did not start: {process.log.read_text()}")


@contextmanager
def machines(folder: Path, database_url: str | None = None, **own: str) -> Iterator[Machines]:
    """A migrated database with one line and nobody on call; nothing runs yet."""
    line_port, provider_port = free_port(), free_port()
    settings = {
        "data_dir": str(folder / "data"),
        "public_url": f"http://localhost:{line_port}",
        "secret_key": SECRET,
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_api_url": f"http://127.0.0.1:{provider_port}",
        "metrics_token": METER,
        **({"database_url": database_url} if database_url else {}),
        **own,
    }
    made = Machines(folder, settings, line_port, provider_port)
    try:
        made.utvag("migrate")
        made.utvag("line", "add", LINE, "--name", "Card 2026")
        yield made
    finally:
        for process in made.processes:
            process.end()
