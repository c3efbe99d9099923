"""How long may a client take to say what it wants, and how much may its head hold?

The server library waits for ever and reads without end; a proxy in front has limits of its own,
but the line does not lean on them.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

WHOLE_REQUEST = 15.0
"""Seconds from a connection's first moment, or a request's first byte, to its last byte."""

LARGEST_HEAD = 32 * 1024
"""Bytes of request line and headers, and of whatever else is no body: what is said of a chunk, and
the headers behind the last one, which the library keeps as they come."""


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP/1.1 that hangs up on whoever dawdles or shouts."""

    def __init__(self, *given: Any, **named: Any) -> None:
        """As the library makes it, once a connection."""
        super().__init__(*given, **named)
        self._deadline: asyncio.TimerHandle | None = None
        self._bare = 0
        """Bytes since the last that were body."""
        self._in_head = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The time runs from here: silence is not a request."""
        super().connection_made(transport)  # type: ignore[arg-type] # always a stream's
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._end()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless too much has come that is no body."""
        if self._deadline is None:
            self._begin()
        self._bare += len(data)
        super().data_received(data)
        if self._bare > LARGEST_HEAD:
            self.transport.close()

    def on_message_begin(self) -> None:
        """Another request on the same connection has time of its own."""
        super().on_message_begin()
        if self._deadline is None:
            self._begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the head alone: what comes behind the body is nobody's, and changes no request."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._bare, self._in_head = 0, False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """How much of it there may be is asked where it is read."""
        self._bare = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; the answer may take its time."""
        super().on_message_complete()
        self._end()

    def _begin(self) -> None:
        self._bare, self._in_head = 0, True
        self._deadline = self.loop.call_later(WHOLE_REQUEST, self.timeout_keep_alive_handler)

    def _end(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
