"""Serve the line until SIGTERM or Ctrl-C; then end within five seconds, open requests included."""

import asyncio
import gc
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import structlog
import uvicorn

from utvag.app import create_app
from utvag.line import run_line
from utvag.settings import Settings
from utvag.slow_clients import ImpatientProtocol

REQUESTS_END = 1.5
"""Seconds for requests that are under way."""

ALL_ENDS = 4.5
"""Seconds from the signal until the process ends, whatever hangs; `kill -9` loses nothing."""

KEEP_ALIVE = 75
"""Seconds; longer than a proxy's own (nginx: 60), which else posts into a closing connection."""

PROXY = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1")
"""Whose X-Forwarded-For is believed, so that wrong passphrases are counted by where they come from:
else one stranger behind the proxy locks everybody out. The variable is the server library's own."""

WAITING_CLIENTS = 2048

log = structlog.get_logger()


class CannotListen(Exception):
    """The address is taken or not this machine's."""

    def __init__(self, place: str, why: str) -> None:
        """`why` in the operating system's words."""
        super().__init__(f"{place}: {why}")
        self.place, self.why = place, why


class _Server(uvicorn.Server):
    """Leaves signals to us: the library's own raises them again, past everything to be closed."""

    def __init__(self, config: uvicorn.Config, ending: Callable[[], None]) -> None:
        """`ending` is called on the signal: open pages are to let go."""
        super().__init__(config)
        self._ending = ending

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End, and do not let anything that hangs hold it up."""
        if not self.should_exit:
            _end_at_the_latest()
        self._ending()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End the server on a signal; on a second one without waiting for requests."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def _end_at_the_latest() -> None:
    def end() -> None:
        log.error("ended_without_waiting", after=ALL_ENDS)
        os._exit(1)

    timer = threading.Timer(ALL_ENDS, end)
    timer.daemon = True
    timer.start()


async def serve(settings: Settings, host: str, port: int, framed_by: str = "") -> None:
    """`framed_by`: the one origin whose page may show the desk within itself, as the demo's does.

    Raises BadSettings, NotMigrated, WrongSecretKey or CannotListen before anything listens."""
    settings.needs("public_url", "secret_key")
    with _bound(host, port) as listener:
        if settings.clock_speed != 1:
            log.warning("clock_speed", speed=settings.clock_speed)
        async with run_line(settings) as line:
            _listen(listener, host, port)
            config = uvicorn.Config(
                create_app(line, settings, framed_by),
                http=ImpatientProtocol,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=True,
                forwarded_allow_ips=PROXY,
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=REQUESTS_END,  # type: ignore[arg-type] # fractions too
            )
            await _Server(config, line.live.end).serve(sockets=[listener])
    gc.freeze()  # what aiogram has loaded takes longer to be swept up than the line to end


def _bound(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise _refused(host, port, error) from error
    return listener


def _listen(listener: socket.socket, host: str, port: int) -> None:
    try:
        listener.listen(WAITING_CLIENTS)
    except OSError as error:
        raise _refused(host, port, error) from error


def _refused(host: str, port: int, error: OSError) -> CannotListen:
    return CannotListen(f"{host} port {port}", (error.strerror or type(error).__name__).lower())
