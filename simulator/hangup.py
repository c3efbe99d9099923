"""Closes a client's connection without an answer, as a crashed or cut-off provider does."""

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class HangUp(Response):
    """In place of a response: the client reads the end of the connection and nothing else.

    ASGI has no word for this, so it takes the transport from uvicorn's own request cycle,
    whose method `receive` is. Raises RuntimeError under another server.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Close the transport and wait until the server has noticed."""
        transport = getattr(getattr(receive, "__self__", None), "transport", None)
        if transport is None:
            raise RuntimeError("the simulator can hang up only under uvicorn")
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass
