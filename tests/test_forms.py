"""Whatever is posted to a page is read within bounds, and never an error of ours."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from staff.forms import MOST_FIELDS, FormTooLarge, parts
from webhooks.body import TooLarge, read_body

KIND = "multipart/form-data; boundary=b0"


def nested(depth: int) -> bytes:
    """Parts within parts, each a level deeper."""
    level = "--b{}\r\nContent-Type: multipart/mixed; boundary=b{}\r\n\r\n"
    return "".join(level.format(n, n + 1) for n in range(depth)).encode()


@pytest.mark.parametrize("depth", [1, 100, 5000])
def test_parts_within_parts_are_none_of_ours(depth: int) -> None:
    assert parts(KIND, nested(depth)).fields == {}


def test_more_parts_than_any_form_has_are_not_read() -> None:
    with pytest.raises(FormTooLarge):
        parts(KIND, b"--b0\r\n\r\n\r\n" * (MOST_FIELDS + 2))
    with pytest.raises(FormTooLarge):
        parts(KIND, b"--b0\r\n" + b"A: b\r\n" * 5000)


HEADS = st.sampled_from(
    [
        b'Content-Disposition: form-data; name="a"',
        b'Content-Disposition: form-data; name="a"; filename="x"',
        b"Content-Disposition: form-data; name*=utf-8''%ff",
        b"Content-Disposition: form-data; name*0=a; name*1*=zz''%e5",
        b"Content-Disposition: form-data; filename*=nothing''x; name=b",
        b"Content-Transfer-Encoding: base64",
        b"Content-Type: multipart/mixed; boundary=b0",
    ]
)
LINES = st.lists(HEADS | st.binary(max_size=40), max_size=4).map(b"\r\n".join)
PIECES = st.tuples(LINES, st.binary(max_size=60)).map(b"\r\n\r\n".join)
BODIES = st.lists(PIECES, max_size=5).map(lambda some: b"--b0\r\n" + b"\r\n--b0\r\n".join(some))


@given(
    kind=st.just(KIND) | st.text(max_size=60).map(lambda s: f"multipart/form-data; boundary={s}"),
    body=BODIES | st.binary(max_size=300),
)
@settings(max_examples=200, deadline=None, database=None)
def test_whatever_a_body_in_parts_holds_it_gives_fields_or_is_refused(
    kind: str, body: bytes
) -> None:
    form = parts(kind, body)
    assert all(isinstance(value, str) for value in form.fields.values())
    assert isinstance(form.file, bytes)


def _request(length: str) -> Request:
    said: Iterator[dict[str, object]] = iter([{"type": "http.request", "body": b"x"}])

    async def receive() -> dict[str, object]:
        return next(said)

    headers = [(b"content-length", length.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


@pytest.mark.parametrize("length", ["70000", "9" * 30, "9" * 20_000])
async def test_a_body_that_calls_itself_endless_is_not_read(length: str) -> None:
    with pytest.raises(TooLarge):
        await read_body(_request(length), 65_536)


@pytest.mark.parametrize("length", ["", "1", "-1", "1_0", "1e9"])
async def test_a_length_that_says_nothing_is_counted(length: str) -> None:
    assert await read_body(_request(length), 65_536) == b"x"
