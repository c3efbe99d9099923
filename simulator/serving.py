"""Serves an application on a free port of this machine, in a thread: for tests and scripts."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from time import monotonic, sleep

import uvicorn
from starlette.types import ASGIApp

_START = 60.0
"""Seconds a server may take to start or to stop."""

_KEEPS = 75
"""Seconds; a client that drops idle connections after the library's five would use one that closes
just then."""


@contextmanager
def running(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Give the address of the running application; stop it at the end.

    Raises TimeoutError where it does not start.
    """
    listener = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        timeout_keep_alive=_KEEPS,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        until = monotonic() + _START
        while not server.started:
            if monotonic() > until or not thread.is_alive():
                raise TimeoutError("the server did not start")
            sleep(0.005)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_START)
        listener.close()
