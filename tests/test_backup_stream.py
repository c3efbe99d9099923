"""A file of a back-up: whatever is cut off, turned round or exchanged in it is noticed."""

import io
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage import backup_stream
from storage.backup_stream import BackupBroken, Half, Head, Sealing, Why, opened
from storage.encryption import Wrapper, WrongSecretKey
from tests.world import SECRET

WRAPPER = Wrapper(SECRET)
WRAPPED = WRAPPER.new("backup", 1)
KEY = WRAPPER.unwrap("backup", 1, WRAPPED)
FIRST, SECOND = UUID(int=1), UUID(int=2)
PARTS = [("about", b"of what"), ("rows", b"a" * 270_000), ("rows", b"b"), ("more", bytes(999))]
BEGINS = 99 + 24
"""The head, and how the stream begins."""


def sealed(set_id: UUID = FIRST, half: Half = Half.MAIN) -> bytes:
    file = io.BytesIO()
    sealing = Sealing(file, Head(half, set_id, 1, WRAPPED), KEY)
    for part, content in PARTS:
        sealing.write(part, content)
    sealing.end()
    return file.getvalue()


def read(content: bytes) -> list[tuple[str, bytes]]:
    return list(opened(io.BytesIO(content), "it", WRAPPER))


def frames(content: bytes) -> list[bytes]:
    found, rest = [], content[BEGINS:]
    while rest:
        length = 4 + int.from_bytes(rest[:4], "big")
        found.append(rest[:length])
        rest = rest[length:]
    return found


WHOLE = sealed()
FRAMES = frames(WHOLE)


def test_what_was_sealed_is_read_part_by_part() -> None:
    found: dict[str, bytes] = {}
    for part, content in read(WHOLE):
        found[part] = found.get(part, b"") + content
    assert found == {"about": b"of what", "rows": b"a" * 270_000 + b"b", "more": bytes(999)}
    assert len(FRAMES) > 6
    assert b"a" * 16 not in WHOLE


@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_one_changed_byte_anywhere_is_noticed(place: int, by: int) -> None:
    changed = bytearray(WHOLE)
    changed[place] ^= by
    with pytest.raises((BackupBroken, WrongSecretKey)):
        read(bytes(changed))


@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_that_ends_anywhere_before_its_end_is_half_a_file(length: int) -> None:
    with pytest.raises(BackupBroken) as broken:
        read(WHOLE[:length])
    assert broken.value.why is Why.HALF


def test_something_behind_its_end_is_noticed() -> None:
    with pytest.raises(BackupBroken) as broken:
        read(WHOLE + b"\0")
    assert broken.value.why is Why.CHANGED


@given(st.permutations(range(len(FRAMES))))
def test_frames_in_another_order_are_noticed(order: list[int]) -> None:
    turned = WHOLE[:BEGINS] + b"".join(FRAMES[n] for n in order)
    if turned == WHOLE:
        assert read(turned)
    else:
        with pytest.raises(BackupBroken):
            read(turned)


@given(st.integers(0, len(FRAMES) - 1))
def test_a_frame_that_is_left_out_or_comes_twice_is_noticed(place: int) -> None:
    for some in (FRAMES[:place] + FRAMES[place + 1 :], FRAMES[: place + 1] + FRAMES[place:]):
        with pytest.raises(BackupBroken):
            read(WHOLE[:BEGINS] + b"".join(some))


@pytest.mark.parametrize("other", [sealed(SECOND), sealed(FIRST, Half.APART), sealed()])
def test_a_frame_of_another_file_under_the_same_key_is_noticed(other: bytes) -> None:
    for place, frame in enumerate(frames(other)):
        some = [*FRAMES[:place], frame, *FRAMES[place + 1 :]]
        with pytest.raises(BackupBroken):
            read(WHOLE[:BEGINS] + b"".join(some))


def test_a_key_that_another_secret_wraps_does_not_open_it() -> None:
    with pytest.raises(WrongSecretKey):
        list(opened(io.BytesIO(WHOLE), "it", Wrapper("another secret, forty characters of it")))


def test_what_is_no_back_up_is_said_to_be_none() -> None:
    with pytest.raises(BackupBroken) as broken:
        read(b"SQLite format 3\0" + bytes(200))
    assert broken.value.why is Why.FOREIGN


def test_nothing_is_read_that_says_it_is_longer_than_frames_are() -> None:
    longer = (backup_stream.FRAME + 2000).to_bytes(4, "big")
    with pytest.raises(BackupBroken) as broken:
        read(WHOLE[:BEGINS] + longer + WHOLE)
    assert broken.value.why is Why.CHANGED
