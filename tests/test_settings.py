"""What the environment may say, and what is said about what it may not."""

from pathlib import Path

import pytest

from utvag.settings import BadSettings, Settings, load

KEY = "canary-secret-of-more-than-thirty-two-characters"


def problems(environment: dict[str, str], **needs: object) -> list[str]:
    with pytest.raises(BadSettings) as raised:
        load(environment, **needs)  # type: ignore[arg-type] # only `needs`
    return raised.value.problems


def test_nothing_set_is_a_sqlite_file_in_the_data_folder_with_every_channel_off() -> None:
    settings = load({})
    assert settings.database == f"sqlite+aiosqlite:///{Path('./data').resolve()}/utvag.sqlite3"
    assert settings.timezone == "Europe/Stockholm"
    assert settings.twilio_api_url == "https://api.twilio.com"
    assert not settings.twilio_is_on


def test_every_setting_of_the_contract_is_read() -> None:
    settings = load(
        {
            "UTVAG_DATABASE_URL": "postgresql+asyncpg://utvag@localhost/utvag",
            "UTVAG_DATA_DIR": "/srv/utvag",
            "UTVAG_PUBLIC_URL": "https://line.example.org/",
            "UTVAG_SECRET_KEY": KEY,
            "UTVAG_TIMEZONE": "Europe/Helsinki",
            "UTVAG_TWILIO_ACCOUNT_SID": "AC1",
            "UTVAG_TWILIO_AUTH_TOKEN": "token",
            "UTVAG_TWILIO_API_URL": "http://127.0.0.1:8001",
            "UTVAG_METRICS_TOKEN": "meter",
        }
    )
    assert settings.database == "postgresql+asyncpg://utvag@localhost/utvag"
    assert settings.public_url == "https://line.example.org"
    assert settings.secret_key.get_secret_value() == KEY
    assert settings.zone.key == "Europe/Helsinki"
    assert settings.twilio_is_on
    assert settings.twilio_auth_token.get_secret_value() == "token"
    assert settings.twilio_api_url == "http://127.0.0.1:8001"
    assert settings.metrics_token.get_secret_value() == "meter"


def test_only_what_was_handed_over_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UTVAG_PUBLIC_URL", "https://elsewhere.example.org")
    assert load({}).public_url == ""
    assert Settings().public_url == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", KEY),
        ("TWILIO_AUTH_TOKEN", "token"),
        ("METRICS_TOKEN", "meter"),
        ("DATABASE_URL", "postgresql+asyncpg://utvag:word@localhost/utvag"),
    ],
)
def test_each_secret_may_lie_in_a_file(tmp_path: Path, name: str, value: str) -> None:
    file = tmp_path / "secret"
    file.write_text(value + "\n")
    settings = load({f"UTVAG_{name}_FILE": str(file), "UTVAG_TWILIO_ACCOUNT_SID": "AC1"} | (
        {} if name == "TWILIO_AUTH_TOKEN" else {"UTVAG_TWILIO_AUTH_TOKEN": "t"}
    ))  # fmt: skip
    assert getattr(settings, name.lower()).get_secret_value() == value


def test_a_file_that_cannot_be_read_is_named_and_not_called_missing_as_well(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").write_text("\n")
    for path in (tmp_path / "none", tmp_path, tmp_path / "latin"):
        told = problems({"UTVAG_SECRET_KEY_FILE": str(path)}, needs=("secret_key",))
        assert told == ["UTVAG_SECRET_KEY_FILE cannot be read"]
    told = problems({"UTVAG_SECRET_KEY_FILE": str(tmp_path / "empty")}, needs=("secret_key",))
    assert told == ["UTVAG_SECRET_KEY_FILE is empty"]


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    told = problems({"UTVAG_SECRET_KEY": KEY, "UTVAG_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert told == ["UTVAG_SECRET_KEY and UTVAG_SECRET_KEY_FILE are both set: use one"]


def test_an_empty_variable_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    settings = load({"UTVAG_SECRET_KEY": "", "UTVAG_SECRET_KEY_FILE": str(tmp_path / "key")})
    assert settings.secret_key.get_secret_value() == KEY
    assert load({"UTVAG_SECRET_KEY": KEY, "UTVAG_SECRET_KEY_FILE": ""}).secret_key


@pytest.mark.parametrize(
    ("set_", "missing"),
    [("ACCOUNT_SID", "AUTH_TOKEN"), ("AUTH_TOKEN", "ACCOUNT_SID")],
)
def test_half_of_twilio_is_refused_and_the_other_half_named(set_: str, missing: str) -> None:
    (told,) = problems({f"UTVAG_TWILIO_{set_}": "x"})
    assert told.startswith(f"UTVAG_TWILIO_{missing} is missing")


def test_every_problem_is_named_at_once_and_no_value_is_echoed(tmp_path: Path) -> None:
    told = problems(
        {
            "UTVAG_SECRET_KEY": "canary-short",
            "UTVAG_TIMEZONE": "canary/Nowhere",
            "UTVAG_DATABASE_URL": "mysql://canary:canary@host/x",
            "UTVAG_TWILIO_AUTH_TOKEN": "canary",
            "UTVAG_TWILIO_API_URL": "ftp://canary",
            "UTVAG_METRICS_TOKEN_FILE": str(tmp_path / "canary"),
        },
        needs=("public_url", "secret_key"),
    )
    assert sorted(problem.split()[0] for problem in told) == [
        "UTVAG_DATABASE_URL",
        "UTVAG_METRICS_TOKEN_FILE",
        "UTVAG_PUBLIC_URL",
        "UTVAG_SECRET_KEY",
        "UTVAG_TIMEZONE",
        "UTVAG_TWILIO_ACCOUNT_SID",
        "UTVAG_TWILIO_API_URL",
    ]
    assert "canary" not in " ".join(told)


@pytest.mark.parametrize(
    "address",
    [
        "line.example.org",
        "https://",
        "https://line.example.org/path",
        "https://line.example.org?x=1",
        "https://line.example.org#x",
        "https://canary@line.example.org",
        "https://canary.example.org:99999",
        "https://canary.example.org:0",
        "https://[canary",
        "https://canary℀.example.org",
        "javascript://canary.example.org",
    ],
)
def test_an_address_is_scheme_host_and_port_and_nothing_else(address: str) -> None:
    for name in ("UTVAG_PUBLIC_URL", "UTVAG_TWILIO_API_URL"):
        (told,) = problems({name: address})
        assert told.startswith(f"{name} must be scheme, host and port")
        assert "canary" not in told


@pytest.mark.parametrize("name", ["UTVAG_TWILIO_API_URL", "UTVAG_TELEGRAM_API_URL"])
@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("127.0.0.1:8001", True),
        ("localhost:8001", True),
        ("[::1]:8001", True),
        ("provider:8001", True),
        ("provider.internal:8001", True),
        ("10.1.2.3:8001", True),
        ("canary.example.org", False),
        ("localhost.example.org", False),
        ("8.8.8.8:8001", False),
        ("api.example.org.", False),
        ("134744072", False),
        ("8.8.2056", False),
        ("an_api.example.org", False),
        ("[2002:808:808::1]:8001", False),
        ("[fd00::1]:8001", True),
    ],
)
def test_no_token_travels_readable_over_the_internet(name: str, host: str, taken: bool) -> None:
    assert getattr(load({name: f"https://{host}"}), name.removeprefix("UTVAG_").lower())
    if taken:
        assert load({name: f"http://{host}"})
        return
    (told,) = problems({name: f"http://{host}"})
    assert told.startswith(f"{name} must be https")
    assert host not in told


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+asyncpg://u:canary@host:port/db",
        "postgresql+asyncpg://u:canary@host",
        "postgresql://u:canary@host/db",
        "sqlite+aiosqlite:///:memory:",
        "sqlite+aiosqlite:///",
        "sqlite+aiosqlite://",
        "canary",
    ],
)
def test_a_database_must_be_one_that_can_be_opened_twice(address: str) -> None:
    (told,) = problems({"UTVAG_DATABASE_URL": address})
    assert told.startswith("UTVAG_DATABASE_URL must")
    assert "canary" not in told


def test_no_secret_shows_when_settings_are_printed() -> None:
    settings = load(
        {
            "UTVAG_SECRET_KEY": KEY,
            "UTVAG_TWILIO_ACCOUNT_SID": "AC1",
            "UTVAG_TWILIO_AUTH_TOKEN": "canary-token",
            "UTVAG_METRICS_TOKEN": "canary-meter",
            "UTVAG_DATABASE_URL": "postgresql+asyncpg://u:canary@host/db",
        }
    )
    assert "canary" not in repr(settings) + str(settings) + settings.model_dump_json()
