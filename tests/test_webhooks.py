"""Twilio's webhook for texts, over real HTTP, signed with Twilio's own validator."""

import asyncio
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from domain.message import Media, OptOut
from handlers.seen import Said
from storage import tables
from tests.edge import FORM, MESSAGE, PUBLIC, Edge, form, serving, sign
from tests.patience import PATIENCE
from tests.world import LINE, World
from webhooks.form import FIELDS, LIMIT


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What a form holds is read before any database; storing is tried on both elsewhere."""
    return sqlite_url


@pytest.fixture
async def edge(world: World) -> AsyncIterator[Edge]:
    async with serving(world.house) as made:
        yield made


async def stored(world: World) -> int:
    async with world.house.db.read() as tx:
        query = select(func.count()).select_from(tables.messages)
        return int((await tx.conn.execute(query)).scalar_one())


async def texts(world: World) -> list[Said]:
    """What the only contact wrote."""
    return [i for i in (await world.see()).thread if isinstance(i, Said) and i.author == "contact"]


async def bodies(world: World) -> list[str | None]:
    return [said.body for said in await texts(world)]


async def test_a_signed_text_is_stored_and_answered_with_empty_twiml(
    world: World, edge: Edge
) -> None:
    answer = await edge.text("hej")
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == "text/xml"
    assert answer.text == '<?xml version="1.0" encoding="UTF-8"?><Response/>'
    assert "server" not in answer.headers
    assert await bodies(world) == ["hej"]
    assert edge.counted("utvag_messages_received") == 1


@pytest.mark.parametrize(
    "signature",
    ["", "x", sign(PUBLIC + MESSAGE, []), "A" * 28],
)
async def test_a_wrong_signature_is_403_counted_and_logged_without_content(
    world: World, edge: Edge, signature: str
) -> None:
    with capture_logs() as lines:
        answer = await edge.post(MESSAGE, form("canary"), signature=signature)
    assert (answer.status_code, answer.text) == (403, "")
    assert lines == [{"event": "webhook_refused", "why": "signature", "log_level": "warning"}]
    assert edge.counted("utvag_webhooks_refused", why="signature") == 1
    assert await stored(world) == 0


async def test_a_signature_of_another_account_another_form_or_another_address_is_refused(
    world: World, edge: Edge
) -> None:
    fields = form()
    signed = sign(PUBLIC + MESSAGE, list(fields.items()))
    for signature, sent, path in (
        (sign(PUBLIC + MESSAGE, list(fields.items()), "another token"), fields, MESSAGE),
        (signed, fields | {"Body": "something else"}, MESSAGE),
        (signed, fields | {"Unsigned": "1"}, MESSAGE),
        (signed, fields, MESSAGE + "?x=1"),
        (signed, fields, "/webhooks/twilio/status/abc"),
    ):
        answer = await edge.post(path, sent, signature=signature)
        assert answer.status_code == 403
    assert await stored(world) == 0


async def test_the_signature_is_for_the_public_address_whatever_host_a_proxy_asks_for(
    world: World, edge: Edge
) -> None:
    fields = form()
    named = {"Host": "evil.example.net", "X-Forwarded-Host": "evil.example.net"}
    answer = await edge.post(MESSAGE, fields, headers=named)
    assert answer.status_code == 200
    signed_for = "http://evil.example.net" + MESSAGE
    answer = await edge.post(MESSAGE, form(), headers=named, signed_for=signed_for)
    assert answer.status_code == 403
    answer = await edge.post(MESSAGE, form(), signed_for=f"{edge.http.base_url}{MESSAGE}")
    assert answer.status_code == 403
    assert await bodies(world) == ["hej"]


@pytest.mark.parametrize("query", ["?line=1", "?a=1&b=%C3%A5&a=2", "?", "?a=b?c"])
async def test_a_query_of_the_webhook_address_is_signed_too(
    world: World, edge: Edge, query: str
) -> None:
    signed_for = PUBLIC + MESSAGE + (query if query != "?" else "")
    answer = await edge.post(MESSAGE + query, form(), signed_for=signed_for)
    assert answer.status_code == 200
    assert await bodies(world) == ["hej"]


@pytest.mark.parametrize(
    ("public", "signed_for"),
    [
        ("https://line.example.org", "https://line.example.org:443"),
        ("https://line.example.org:443", "https://line.example.org"),
        ("https://line.example.org:8443", "https://line.example.org:8443"),
        ("https://line.example.org:8443", "https://line.example.org"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://line.example.org/", "https://line.example.org"),
    ],
)
async def test_twilio_may_sign_with_the_port_or_without(
    world: World, public: str, signed_for: str
) -> None:
    async with serving(world.house, public_url=public) as edge:
        answer = await edge.post(MESSAGE, form(), signed_for=signed_for + MESSAGE)
    assert answer.status_code == 200


async def test_of_doubled_keys_the_first_counts_and_all_are_signed(
    world: World, edge: Edge
) -> None:
    doubled = [*form("first").items(), ("Body", "second"), ("From", "+46701740611")]
    assert (await edge.post(MESSAGE, doubled)).status_code == 200
    assert await bodies(world) == ["first"]
    unsigned = sign(PUBLIC + MESSAGE, list(form("first").items()))
    assert (await edge.post(MESSAGE, doubled, signature=unsigned)).status_code == 403


async def test_unknown_fields_are_let_in_and_left_alone(world: World, edge: Edge) -> None:
    more = {"ChannelMetadata": '{"x": 1}', "Åäö": "é", "": "empty", "ProfileName": "somebody"}
    assert (await edge.text("hej", **more)).status_code == 200
    assert await bodies(world) == ["hej"]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "   ",
        "x" * 1600,
        "👩‍👩‍👧‍👦🇸🇪" * 100,
        "😀" * 1600,
        "مرحبا، هل الكتابة آمنة الآن؟ \u202e١",
        "ab\u0301c\u200d\ufeff\u2028",
        "line\r\none\n\ttwo",
        "a+b&c=d%20;é",
        "\ufffd\ud7ff\ue000\U0010ffff",
        "'; DROP TABLE messages; --<script>",
    ],
)
async def test_every_text_is_kept_as_it_was_written(world: World, edge: Edge, body: str) -> None:
    assert (await edge.text(body)).status_code == 200
    assert await bodies(world) == [body]


async def test_nul_is_left_out_and_the_rest_is_kept(world: World, edge: Edge) -> None:
    answer = await edge.text("a\x00b\x00", ProfileName="\x00")
    assert answer.status_code == 200
    assert await bodies(world) == ["ab"]


@pytest.mark.parametrize("raw", [b"Body=%ff%fe", b"Body=\xff\xfe\x80", b"Body=%ED%A0%80"])
async def test_bytes_that_are_no_text_cannot_have_been_signed_and_break_nothing(
    world: World, edge: Edge, raw: bytes
) -> None:
    rest = urlencode({k: v for k, v in form().items() if k != "Body"}).encode()
    answer = await edge.post(MESSAGE, form(), content=rest + b"&" + raw)
    assert answer.status_code == 403
    broken = [*((k, v) for k, v in form().items() if k != "Body"), ("Body", "�" * 2)]
    answer = await edge.post(MESSAGE, broken, content=urlencode(broken[:-1]).encode() + b"&" + raw)
    assert answer.status_code in {200, 403}
    assert await stored(world) == (answer.status_code == 200)


async def test_what_the_provider_answered_itself_is_known(world: World, edge: Edge) -> None:
    await edge.text("hej")
    assert (await edge.text("STOP", OptOutType="STOP")).status_code == 200
    assert (await world.see()).row.opt_out is OptOut.PROVIDER
    assert (await edge.text("START", OptOutType="START")).status_code == 200
    assert (await world.see()).row.opt_out is OptOut.NONE


async def test_of_pictures_their_number_and_type_are_kept(world: World, edge: Edge) -> None:
    answer = await edge.text(
        "",
        NumMedia="2",
        MediaUrl0="https://api.twilio.com/secret",
        MediaContentType0="image/jpeg",
    )
    assert answer.status_code == 200
    (said,) = await texts(world)
    assert said.media == (Media("image/jpeg"), Media("unknown"))


@pytest.mark.parametrize("number", ["-1", "x", "1000", "99999999999999999999", "²", "１"])
async def test_a_number_of_pictures_that_is_none_does_no_harm(
    world: World, edge: Edge, number: str
) -> None:
    assert (await edge.text("hej", NumMedia=number)).status_code == 200
    (said,) = await texts(world)
    assert len(said.media) <= 10


@pytest.mark.parametrize("sender", ["", "Swedbank", "+46 70", "x" * 300, "whatsapp:+46701740612"])
async def test_a_text_from_whoever_hides_is_stored_and_never_answered(
    world: World, edge: Edge, sender: str
) -> None:
    assert (await edge.text("hej", sender)).status_code == 200
    await world.step()
    assert await bodies(world) == ["hej"]
    assert await world.said() == []


async def test_a_text_from_one_of_our_own_numbers_is_dropped(world: World, edge: Edge) -> None:
    assert (await edge.text("hej", LINE)).status_code == 200
    assert await stored(world) == 0


@pytest.mark.parametrize("number", ["+46701740699", "", "12345"])
async def test_a_text_to_a_number_that_nobody_added_reaches_a_human(
    world: World, edge: Edge, number: str
) -> None:
    assert (await edge.text("hej", To=number)).status_code == 200
    assert await bodies(world) == ["hej"]


@pytest.mark.parametrize("own", ["", "S" * 65])
async def test_a_form_without_an_id_of_its_own_is_400(world: World, edge: Edge, own: str) -> None:
    answer = await edge.text("hej", MessageSid=own, SmsSid=own)
    assert answer.status_code == 400
    assert edge.counted("utvag_webhooks_refused", why="form") == 1
    assert await stored(world) == 0


async def test_an_empty_body_is_403_and_when_signed_400(edge: Edge) -> None:
    assert (await edge.post(MESSAGE, {}, signature="x")).status_code == 403
    assert (await edge.post(MESSAGE, {})).status_code == 400


async def chunks(content: bytes) -> AsyncIterator[bytes]:
    for place in range(0, len(content), 8192):
        yield content[place : place + 8192]


async def test_a_body_over_the_limit_is_413_declared_or_in_chunks(world: World, edge: Edge) -> None:
    fields = form("x" * LIMIT)
    large = urlencode(fields).encode()
    assert (await edge.post(MESSAGE, fields)).status_code == 413
    assert (await edge.post(MESSAGE, fields, content=chunks(large))).status_code == 413
    assert edge.counted("utvag_webhooks_refused", why="size") == 2
    assert await stored(world) == 0


async def test_a_declared_length_alone_is_refused_before_the_body_comes(edge: Edge) -> None:
    port = edge.http.base_url.port
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST {MESSAGE} HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"
    writer.write(head.encode())
    status = await asyncio.wait_for(reader.readline(), PATIENCE)
    assert status.split()[1] == b"413"
    writer.close()


async def test_a_body_in_chunks_under_the_limit_is_let_in(world: World, edge: Edge) -> None:
    fields = form("x" * 1600)
    answer = await edge.post(MESSAGE, fields, content=chunks(urlencode(fields).encode()))
    assert answer.status_code == 200
    assert await bodies(world) == ["x" * 1600]


async def test_too_many_fields_are_413(world: World, edge: Edge) -> None:
    fields = form() | {f"f{place}": "" for place in range(FIELDS)}
    assert (await edge.post(MESSAGE, fields)).status_code == 413
    assert await stored(world) == 0


async def test_another_content_type_carries_no_message(world: World, edge: Edge) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await edge.post(MESSAGE, {}, content=b'{"Body": "hej"}', headers=headers)
    assert answer.status_code in {400, 403}
    assert await stored(world) == 0


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_is_405_and_says_which_is_right(edge: Edge, method: str) -> None:
    for path in (MESSAGE, "/webhooks/twilio/status/abc"):
        answer = await edge.http.request(method, path)
        assert (answer.status_code, answer.headers["allow"], answer.text) == (405, "POST", "")


async def test_an_address_that_is_no_webhook_is_an_empty_404(edge: Edge) -> None:
    for path in ("/webhooks/twilio", "/webhooks/twilio/message/x", "/webhooks/%2e%2e/x"):
        answer = await edge.http.post(path)
        assert (answer.status_code, answer.text) == (404, "")


async def test_without_twilios_settings_there_is_no_webhook(world: World) -> None:
    async with serving(world.house, twilio_account_sid="", twilio_auth_token="") as edge:
        assert (await edge.text()).status_code == 404


async def test_a_client_that_hangs_up_in_the_middle_leaves_no_trace(
    world: World, edge: Edge
) -> None:
    with capture_logs() as lines:
        with socket.create_connection(("127.0.0.1", edge.http.base_url.port or 0)) as client:
            head = f"POST {MESSAGE} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\n"
            client.sendall(f"{head}Content-Length: 100\r\n\r\nBody=hej".encode())
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.05)
        assert (await edge.text("hej")).status_code == 200
    assert lines == []
    assert await stored(world) == 1
