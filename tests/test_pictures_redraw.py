"""Whatever a file holds, what is kept of it is pixels of our own drawing."""

import random
import struct
import zlib
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from handlers.redraw import LONGEST_SIDE, MOST_PIXELS, NoPicture, TooManyPixels, redraw
from simulator import picture

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"
HOSTILE = (SVG, HTML, b"", b"GIF89a", b"\xff\xd8\xff", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"RIFF")


def made(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **more: Any) -> bytes:
    out = BytesIO()
    image = Image.new(mode, size, more.pop("colour", 120))
    image.save(out, kind, **more)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_of_each_kind_is_drawn_anew_as_jpeg(kind: str) -> None:
    drawn = redraw(made(kind))
    assert drawn.content_type == "image/jpeg"
    assert (opened(drawn.content).format, opened(drawn.content).size) == ("JPEG", (40, 20))


@pytest.mark.parametrize("make", [picture.jpeg, picture.png])
def test_place_time_camera_and_comment_are_gone(make: Any) -> None:
    before = make()
    assert opened(before).getexif().get_ifd(0x8825)
    assert picture.CAMERA.encode() in before
    drawn = redraw(before)
    after = opened(drawn.content)
    assert not dict(after.getexif())
    assert set(after.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for trace in (b"Exif", b"Simulator", picture.COMMENT.encode(), b"GPS", b"2026:01:31"):
        assert trace not in drawn.content
    assert after.size == opened(before).size


def test_a_colour_profile_and_what_is_appended_are_gone() -> None:
    before = made("JPEG", icc_profile=b"canary profile" * 20, comment=b"canary") + HTML
    after = redraw(before).content
    assert b"canary" not in after
    assert b"script" not in after


def test_a_picture_taken_on_its_side_stands_upright_though_nobody_says_so_any_more() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = opened(redraw(made("JPEG", (40, 20), exif=exif)).content)
    assert turned.size == (20, 40)


def test_what_is_transparent_stays_so_in_a_png() -> None:
    drawn = redraw(made("PNG", mode="RGBA", colour=(1, 2, 3, 0)))
    assert drawn.content_type == "image/png"
    assert opened(drawn.content).mode == "RGBA"
    assert opened(drawn.content).info == {}


def test_of_a_moving_picture_the_first_frame_is_kept() -> None:
    out = BytesIO()
    frames = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    frames[0].save(out, "GIF", save_all=True, append_images=frames[1:], comment=b"canary")
    after = opened(redraw(out.getvalue()).content)
    assert getattr(after, "n_frames", 1) == 1
    red, _, blue = after.convert("RGB").getpixel((5, 5))  # type: ignore[misc] # three of RGB
    assert red > 200 > blue


def test_a_large_picture_is_made_smaller() -> None:
    after = opened(redraw(made("JPEG", (5000, 1000))).content)
    assert max(after.size) == LONGEST_SIDE


@pytest.mark.parametrize("kind", ["TIFF", "BMP", "ICO", "PPM", "TGA", "PDF"])
def test_other_formats_are_no_pictures_here(kind: str) -> None:
    with pytest.raises(NoPicture):
        redraw(made(kind))


@pytest.mark.parametrize("content", HOSTILE)
def test_what_only_calls_itself_a_picture_is_none(content: bytes) -> None:
    with pytest.raises(NoPicture):
        redraw(content)


def test_a_picture_cut_short_is_none() -> None:
    whole = picture.jpeg()
    with pytest.raises(NoPicture):
        redraw(whole[: len(whole) // 2])


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few kilobytes that says it is so large."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        checked = kind + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(4_000_000)))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"),
    [(30_000, 30_000), (2**31 - 1, 2**31 - 1), (MOST_PIXELS + 1, 1), (10_000, 5_000)],
)
def test_a_bomb_is_refused_before_it_is_unpacked(width: int, height: int) -> None:
    content = bomb(width, height)
    assert len(content) < 10_000
    with pytest.raises(TooManyPixels):
        redraw(content)


def test_a_comment_that_unpacks_without_end_is_refused() -> None:
    checked = b"zTXt" + b"c\0\0" + zlib.compress(bytes(200_000_000), 9)
    chunk = struct.pack(">I", len(checked) - 4) + checked + struct.pack(">I", zlib.crc32(checked))
    whole = made("PNG")
    with pytest.raises(NoPicture):
        redraw(whole[:33] + chunk + whole[33:])


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]))
def test_a_picture_changed_at_random_is_drawn_or_refused_and_nothing_else(
    seed: int, kind: str
) -> None:
    chance = random.Random(seed)
    content = bytearray(made(kind, exif=Image.Exif()) if kind != "GIF" else made(kind))
    for _ in range(chance.randint(1, 12)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    with suppress(NoPicture, TooManyPixels):
        assert redraw(bytes(content)).content_type in {"image/jpeg", "image/png"}
