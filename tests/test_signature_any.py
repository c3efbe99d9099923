"""Twilio's signature, whatever is sent in its place: held or refused, never an error."""

import string

from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from tests.edge import PUBLIC, sign
from tests.process import TOKEN
from webhooks.signature import Signature

PATH = "/webhooks/twilio/message"
FIELDS = st.lists(st.tuples(st.text(max_size=12), st.text(max_size=40)), max_size=6)


def form(fields: list[tuple[str, str]]) -> FormData:
    pairs: list[tuple[str, str | UploadFile]] = [*fields]
    return FormData(pairs)


def asked(given_: bytes, path: bytes = PATH.encode(), query: bytes = b"") -> Request:
    headers = [(b"x-twilio-signature", given_), (b"host", b"evil.example.net")]
    scope = {"type": "http", "method": "POST", "path": PATH, "raw_path": path}
    return Request(scope | {"query_string": query, "headers": headers})


@given(FIELDS)
def test_twilios_own_signature_holds_whatever_the_fields(fields: list[tuple[str, str]]) -> None:
    mark = sign(PUBLIC + PATH, fields)
    assert Signature(PUBLIC, TOKEN).holds(asked(mark.encode()), form(fields))


@given(st.binary(max_size=80), st.binary(max_size=60), st.binary(max_size=30), FIELDS)
def test_anything_else_is_refused_and_breaks_nothing(
    mark: bytes, path: bytes, query: bytes, fields: list[tuple[str, str]]
) -> None:
    assert not Signature(PUBLIC, TOKEN).holds(asked(mark, b"/" + path, query), form(fields))


@given(FIELDS, st.sampled_from(string.printable), st.integers(0, 27))
def test_a_signature_with_one_character_changed_is_refused(
    fields: list[tuple[str, str]], other: str, at: int
) -> None:
    mark = sign(PUBLIC + PATH, fields)
    changed = mark[:at] + other + mark[at + 1 :]
    held = Signature(PUBLIC, TOKEN).holds(asked(changed.encode()), form(fields))
    assert held is (changed == mark)


@given(FIELDS, st.text(min_size=1, max_size=12), st.text(max_size=12))
def test_a_field_that_came_in_on_the_way_is_refused(
    fields: list[tuple[str, str]], name: str, value: str
) -> None:
    mark = sign(PUBLIC + PATH, fields)
    more = form([*fields, (name, value)])
    held = Signature(PUBLIC, TOKEN).holds(asked(mark.encode()), more)
    assert not held or mark == sign(PUBLIC + PATH, [*fields, (name, value)])
