"""Ports for processes of a test, from below those that the machine picks by itself.

Linux picks from 32768 upwards (`ip_local_port_range`), for port 0 and for every connection that
goes out. A port from there is free when a test asks, and somebody's connection when the line that
is to listen there begins, or begins again.
"""

import os
import re
import socket
from collections.abc import Iterator

_FIRST, _LAST = 10_240, 32_768
_WORKERS = 16
"""Workers of a run that meet nowhere; the seventeenth shares the first one's."""

_APART = 2
"""The demo has its phones on the port after its own."""


def _of_this_worker() -> Iterator[int]:
    share = (_LAST - _FIRST) // _WORKERS
    number = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "0"
    first = _FIRST + int(number) % _WORKERS * share
    begin = os.getpid() * _APART  # another run on this machine begins elsewhere
    while True:
        yield from (first + (begin + step) % share for step in range(0, share, _APART))


_ports = _of_this_worker()


def free_port() -> int:
    """A port on which nobody listens, and which this worker has not given away for long."""
    return next(port for port in _ports if _is_free(port))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
