"""Is the line fit to stand open to strangers? What doctor says of its door."""

import threading
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.command import told
from tests.ports import free_port
from tests.process import ACCOUNT, TOKEN
from tests.test_doctor import examined
from tests.world import SECRET
from utvag.clock import utc_now
from utvag.doctor_door import examine_door
from utvag.finding import Finding, Verdict
from utvag.settings import load

GOOD = {"UTVAG_PUBLIC_URL": "https://line.example.org", "UTVAG_SECRET_KEY": SECRET}


async def said(environment: dict[str, str]) -> dict[str, Finding]:
    found = await examine_door(load(environment), environment)
    return {finding.text.split(":")[0]: finding for finding in found}


async def test_a_line_behind_tls_with_good_secrets_passes(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(SECRET)
    file.chmod(0o600)
    given = {"UTVAG_PUBLIC_URL": GOOD["UTVAG_PUBLIC_URL"], "UTVAG_SECRET_KEY_FILE": str(file)}
    found = await said(given | {"UTVAG_METRICS_TOKEN": "x1" * 10})
    assert {name: one.verdict for name, one in found.items()} == dict.fromkeys(
        ("hosts", "hsts", "secret key", "secrets", "metrics", "proxy"), Verdict.OK
    )


@pytest.mark.parametrize(
    ("more", "failing"),
    [
        ({"FORWARDED_ALLOW_IPS": "*"}, "proxy"),
        ({"UTVAG_METRICS_TOKEN": "x1x1"}, "metrics"),
        ({"UTVAG_SECRET_KEY": "ab" * 20}, "secret key"),
    ],
)
async def test_what_is_weak_fails_and_no_value_is_told(more: dict[str, str], failing: str) -> None:
    found = await said(GOOD | more)
    assert [name for name, one in found.items() if one.verdict is Verdict.FAIL] == [failing]
    assert not any(value in found[failing].text for value in more.values() if value != "*")


async def test_a_secret_that_others_may_read_fails(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(SECRET)
    file.chmod(0o640)
    given = {"UTVAG_PUBLIC_URL": GOOD["UTVAG_PUBLIC_URL"], "UTVAG_SECRET_KEY_FILE": str(file)}
    found = (await said(given))["secrets"]
    assert found.verdict is Verdict.FAIL
    assert str(tmp_path) not in found.text


async def test_without_tls_it_says_that_browsers_do_not_insist_on_it() -> None:
    found = await said(GOOD | {"UTVAG_PUBLIC_URL": "http://localhost:8000"})
    assert found["hsts"].verdict is Verdict.NOTE


def test_the_database_says_its_limits(tmp_path: Path) -> None:
    given = {"data_dir": str(tmp_path), "secret_key": SECRET}
    assert told(given, "migrate").exit_code == 0
    assert told(given, "line", "add", "+46701740605", "--name", "Card").exit_code == 0
    assert told(given, "line", "set", "+46701740605", "--segments", "77").exit_code == 0
    _, verdicts = examined(given)
    assert any("0 of 77" in line for line in verdicts["ok"])


class Provider(BaseHTTPRequestHandler):
    """Answers with the time that its clock shows."""

    behind = timedelta()

    def do_HEAD(self) -> None:
        self.send_response_only(404)
        self.send_header("date", format_datetime(utc_now() - self.behind, usegmt=True))
        self.end_headers()


@pytest.mark.parametrize(("seconds", "verdict"), [(0, Verdict.OK), (90, Verdict.FAIL)])
async def test_the_clock_is_compared_with_the_providers(seconds: int, verdict: Verdict) -> None:
    Provider.behind = timedelta(seconds=seconds)
    server = HTTPServer(("127.0.0.1", free_port()), Provider)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    twilio = {
        "UTVAG_TWILIO_ACCOUNT_SID": ACCOUNT,
        "UTVAG_TWILIO_AUTH_TOKEN": TOKEN,
        "UTVAG_TWILIO_API_URL": f"http://127.0.0.1:{server.server_port}",
    }
    found = await said(GOOD | twilio)
    thread.join()
    server.server_close()
    assert found["clock"].verdict is verdict
    gone = await said(GOOD | twilio)
    assert "clock" not in gone
