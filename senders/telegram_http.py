"""How one request travels to Telegram, and how far it came when something broke."""

import ssl
from http import HTTPStatus
from typing import cast

import aiohttp
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError, TelegramServerError
from aiogram.methods import TelegramMethod
from aiogram.methods.base import TelegramType

from senders.twilio_http import (
    CONNECT_TIMEOUT,
    KEEP_ALIVE,
    TIMEOUT,
    TOO_MANY,
    Way,
    tracing,
    wait,
)


class NeverLeft(TelegramNetworkError):
    """No connection came about: nothing of the request left this machine."""


class NoWord(TelegramServerError):
    """An answer that says nothing about the call but to come back, or none of Telegram's."""

    def __init__(
        self, method: TelegramMethod[TelegramType], status: int, after: float | None
    ) -> None:
        """`after`: seconds that we were asked to wait, if we were."""
        super().__init__(method, f"HTTP {status}")
        self.status, self.after = status, after


class TelegramHttp(AiohttpSession):
    """One pool of connections to the address that is configured.

    The library's own asks for whole calls only, and does not tell a refused connection from one
    that broke after the request had left.
    """

    def __init__(self, api_url: str) -> None:
        """`api_url`: scheme, host and port. Connects when it is first used."""
        super().__init__(api=TelegramAPIServer.from_base(api_url), timeout=TIMEOUT)
        self._pool: aiohttp.ClientSession | None = None

    async def create_session(self) -> aiohttp.ClientSession:
        """The pool, made when it is first used."""
        if self._pool is None:
            self._pool = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=100, keepalive_timeout=KEEP_ALIVE, ssl=ssl.create_default_context()
                ),
                trace_configs=[tracing()],
            )
        return self._pool

    async def make_request(
        self,
        bot: Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ASYNC109 - the library's own signature
    ) -> TelegramType:
        """One call. Raises AiogramError: NeverLeft, NoWord, TelegramNetworkError where the
        connection broke, or what aiogram makes of the answer. `timeout`: seconds for all of it."""
        pool, way = await self.create_session(), Way()
        total = self.timeout if timeout is None else timeout
        try:
            async with pool.post(
                self.api.api_url(token=bot.token, method=method.__api_method__),
                data=self.build_form_data(bot=bot, method=method),
                timeout=aiohttp.ClientTimeout(total=total, sock_connect=CONNECT_TIMEOUT),
                allow_redirects=False,
                trace_request_ctx=way,
            ) as answer:
                content, status = await answer.text(errors="replace"), answer.status
        except (aiohttp.ClientError, OSError) as error:
            broken = TelegramNetworkError if way.open else NeverLeft
            raise broken(method, type(error).__name__) from error
        if _says_nothing(status, content):
            raise NoWord(method, _as_meant(status, content), wait(answer.headers))
        told = self.check_response(bot=bot, method=method, status_code=status, content=content)
        return cast(TelegramType, told.result)

    async def close(self) -> None:
        """Close the pooled connections."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None


def _says_nothing(status: int, content: str) -> bool:
    """An error that something in between has made, or one that says nothing of the call."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return True
    odd = not content.lstrip().startswith("{")
    unsaid = status == TOO_MANY and "retry_after" not in content
    return (odd and status >= HTTPStatus.BAD_REQUEST) or unsaid


def _as_meant(status: int, content: str) -> int:
    """Telegram says 500 where it is being restarted and has taken nothing."""
    return HTTPStatus.SERVICE_UNAVAILABLE if "restart" in content.lower() else status
