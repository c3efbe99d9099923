"""What the environment says, checked before anything starts."""

import os
import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from senders.public_hosts import is_loopback, is_our_own
from utvag.clock_speed import read_speed

PREFIX = "UTVAG_"
SECRETS = (
    *("secret_key", "old_secret_key", "twilio_auth_token", "metrics_token", "database_url"),
    *("telegram_token", "telegram_webhook_secret"),
)
"""Each may be given as a file's path in `UTVAG_…_FILE` instead."""

TWILIO = ("twilio_account_sid", "twilio_auth_token")
"""Both or none."""

TELEGRAM = ("telegram_token", "telegram_mode", "telegram_webhook_secret")
"""Any of them switches the channel on; `_TELEGRAM_NEEDS` says what it needs then."""

_TELEGRAM_NEEDS = {
    "polling": {"telegram_token": "what BotFather wrote when the bot was made"},
    "webhook": {
        "telegram_token": "what BotFather wrote when the bot was made",
        "telegram_webhook_secret": "at least 32 letters, digits, _ and - of random text",
        "public_url": "the address under which Telegram reaches this line",
    },
}

_BOT_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{1,100}")

_HEADER_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""Source: https://core.telegram.org/bots/api#setwebhook, "secret_token"."""

SHORTEST_SECRET = 32

Need = Literal["public_url", "secret_key"]

WHY = {
    "public_url": "the address under which Twilio and the counsellors reach this line",
    "secret_key": "at least 32 characters of random text that wrap the database's keys",
}


class BadSettings(Exception):
    """Settings that cannot be used; each problem names its variable and says what to do."""

    def __init__(self, problems: list[str]) -> None:
        """`problems` hold no value of any setting."""
        super().__init__("; ".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Every setting of contract.md that this version has."""

    model_config = SettingsConfigDict(hide_input_in_errors=True, frozen=True, extra="ignore")

    data_dir: Path = Path("./data")
    database_url: SecretStr | None = None
    public_url: str = ""
    secret_key: SecretStr = Field(default=SecretStr(""))
    old_secret_key: SecretStr = Field(default=SecretStr(""))  # for `keys rewrap` and `restore`
    timezone: str = "Europe/Stockholm"
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = Field(default=SecretStr(""))
    twilio_api_url: str = "https://api.twilio.com"
    telegram_token: SecretStr = Field(default=SecretStr(""))
    telegram_mode: str = ""
    telegram_webhook_secret: SecretStr = Field(default=SecretStr(""))
    telegram_api_url: str = "https://api.telegram.org"
    metrics_token: SecretStr = Field(default=SecretStr(""))
    backup_days: int = Field(default=7, ge=1, le=7)
    provider_copies: str = "delete"
    clock_speed: float = 1.0  # behind the providers' addresses, by which it is checked

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only `load` reads the environment, so that nothing gets past its checks."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("is no time zone; an example is Europe/Stockholm") from None
        return value

    @field_validator("public_url", "twilio_api_url", "telegram_api_url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not _is_origin(value):
            raise ValueError("must be scheme, host and port, such as https://utvag.example.org")
        return value.rstrip("/")

    @field_validator("twilio_api_url", "telegram_api_url")
    @classmethod
    def _unreadable_on_its_way(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme == "http" and not is_our_own(parts.hostname or ""):
            raise ValueError("must be https outside our own network: a token travels there")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: SecretStr | None) -> SecretStr | None:
        known = ("sqlite+aiosqlite:///", "postgresql+asyncpg://")
        if value is None:
            return value
        if not value.get_secret_value().startswith(known):
            raise ValueError(f"must begin with {known[0]} or {known[1]}")
        if not _names_a_database(value.get_secret_value()):
            raise ValueError("must name a file, or a server and a database on it")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(f"must be at least {SHORTEST_SECRET} characters of random text")
        return value

    @field_validator("telegram_mode")
    @classmethod
    def _one_way_in(cls, value: str) -> str:
        if value not in {"", *_TELEGRAM_NEEDS}:
            raise ValueError("must be webhook or polling")
        return value

    @field_validator("provider_copies")
    @classmethod
    def _deleted_or_kept(cls, value: str) -> str:
        if value not in {"delete", "keep"}:
            raise ValueError("must be delete or keep")
        return value

    @field_validator("telegram_token")
    @classmethod
    def _from_bot_father(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _BOT_TOKEN.fullmatch(value.get_secret_value()):
            raise ValueError("must be as BotFather wrote it: digits, a colon, then letters")
        return value

    @field_validator("telegram_webhook_secret")
    @classmethod
    def _fits_a_header(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not _HEADER_SECRET.fullmatch(value.get_secret_value()):
            raise ValueError("must be at most 256 letters, digits, _ and -")
        return value

    @field_validator("clock_speed", mode="before")
    @classmethod
    def _only_among_ourselves(cls, value: object, told: ValidationInfo) -> float:
        return read_speed(value, told.data)

    @property
    def database(self) -> str:
        """The database's address; by default a SQLite file in the data folder."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite+aiosqlite:///{self.data_dir.resolve()}/utvag.sqlite3"

    @property
    def zone(self) -> ZoneInfo:
        """The wall clock of the line's city."""
        return ZoneInfo(self.timezone)

    @property
    def twilio_is_on(self) -> bool:
        """A channel with no settings is off."""
        return bool(self.twilio_account_sid)

    @property
    def telegram_is_on(self) -> bool:
        """A channel with no settings is off."""
        return bool(self.telegram_mode)

    @property
    def keeps_copies(self) -> bool:
        """Whether it was decided that providers keep what they have of messages."""
        return self.provider_copies == "keep"

    @property
    def stays_at_home(self) -> bool:
        """Whether all providers that are on are on this very machine: then nothing leaves it."""
        on = [self.twilio_api_url] if self.twilio_is_on else []
        on += [self.telegram_api_url] if self.telegram_is_on else []
        return bool(on) and all(is_loopback(urlsplit(each).hostname or "") for each in on)

    def needs(self, *names: Need) -> "Settings":
        """These settings, which must have a value. Raises BadSettings naming those that lack."""
        given = {
            "public_url": self.public_url,
            "secret_key": self.secret_key.get_secret_value(),
        }
        lacking = [_lacks(name, WHY[name]) for name in names if not given[name]]
        if lacking:
            raise BadSettings(lacking)
        return self


def load(environment: Mapping[str, str] = os.environ, *, needs: tuple[Need, ...] = ()) -> Settings:
    """Read the environment and the secrets' files; an empty value is none.

    Raises BadSettings with every problem at once; `needs` are those that must have a value.
    """
    values = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and value
    }
    unread = {s: problem for s in SECRETS if (problem := _take_file(values, s)) is not None}
    given = values.keys() | unread.keys()
    problems = list(unread.values())
    if any(name in given for name in TWILIO):
        half = "Twilio needs both its settings"
        problems += [_lacks(name, half) for name in TWILIO if name not in given]
    problems += _half_telegram(values, given)
    problems += [_lacks(name, WHY[name]) for name in needs if name not in given]
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += problems_of(error)
    if problems:
        raise BadSettings(problems)
    return settings


def problems_of(error: ValidationError) -> list[str]:
    """Each names its variable and holds no value of any setting."""
    return [_said(str(each["loc"][0]), each["msg"]) for each in error.errors()]


def _half_telegram(values: Mapping[str, str], given: Set[str]) -> list[str]:
    if not any(name in given for name in TELEGRAM):
        return []
    if "telegram_mode" not in given:
        return [_lacks("telegram_mode", "Telegram needs it: webhook or polling")]
    mode = values["telegram_mode"]
    return [
        _lacks(name, f"{mode} needs it, {why}")
        for name, why in _TELEGRAM_NEEDS.get(mode, {}).items()
        if name not in given
    ]


def _take_file(values: dict[str, str], secret: str) -> str | None:
    path = values.pop(f"{secret}_file", None)
    if path is None:
        return None
    name = PREFIX + secret.upper()
    if secret in values:
        return f"{name} and {name}_FILE are both set: use one"
    try:
        content = Path(path).read_text("utf-8").strip()
    except (OSError, ValueError):
        return f"{name}_FILE cannot be read"
    if not content:
        return f"{name}_FILE is empty"
    values[secret] = content
    return None


def _is_origin(address: str) -> bool:
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    plain = parts.path in {"", "/"} and not (parts.query or parts.fragment or "@" in parts.netloc)
    return parts.scheme in {"http", "https"} and named and plain


def _names_a_database(address: str) -> bool:
    try:
        name = make_url(address).database
    except (ArgumentError, ValueError):
        return False
    return bool(name) and name != ":memory:"


def _lacks(name: str, why: str) -> str:
    return f"{PREFIX}{name.upper()} is missing: {why}"


def _said(name: str, message: str) -> str:
    return f"{PREFIX}{name.upper()} {message.removeprefix('Value error, ')}"
