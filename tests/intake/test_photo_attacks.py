"""照片受攻击: what is made to fill memory, to hang the decoder or to pass for something else does neither."""

import struct
import subprocess
import sys
import time
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from intake.photo_containers import MOST_SCANS, bare
from intake.photo_reading import read_photo
from intake.photo_refusals import NotAPhoto
from tests.intake.photo_files import (
    EVERY_FORMAT,
    after_the_start,
    before_the_picture,
    chunk,
    exif,
    four_corners,
    of_declared_size,
    opened,
    photo,
    segment,
    written,
)

ROOT = Path(__file__).parents[2]
IN_A_FRESH_PROCESS = """
import re, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from PIL import Image
from intake.photo_reading import read_photo
from intake.photo_refusals import NotAPhoto

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

def said(data):
    try:
        read_photo(data)
    except NotAPhoto as refused:
        return str(refused)
    return "taken"

Image.init()
data, times = sys.stdin.buffer.read(), int(sys.argv[1])
before = peak()
with ThreadPoolExecutor(times) as threads:
    answers = set(threads.map(said, [data] * times))
print((peak() - before) // 1024, *answers)
"""
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the peak of memory")


def cost(data: bytes, times: int = 1) -> tuple[int, str]:
    """Read a photo several times at once in a process of its own: the MB it took, and what came of it."""
    command = [sys.executable, "-c", IN_A_FRESH_PROCESS, str(times)]
    ran = subprocess.run(command, input=data, capture_output=True, check=True, cwd=ROOT)
    megabytes, _, said = ran.stdout.decode().strip().partition(" ")
    return int(megabytes), said


def png_bomb(width: int, height: int) -> bytes:
    rows = zlib.compressobj(9)
    row = b"\0" * (1 + width // 8)
    packed = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


@on_linux
def test_a_small_file_of_900_megapixels_is_refused_unopened() -> None:
    bomb = png_bomb(30_000, 30_000)

    megabytes, said = cost(bomb)

    assert len(bomb) < 200_000
    assert "30000x30000 is too large" in said
    assert megabytes < 5


def unpacks_to(megabytes: int) -> bytes:
    return zlib.compress(b"\0" * (megabytes * 1024 * 1024), 9)


@on_linux
@pytest.mark.parametrize(
    "hidden",
    [
        chunk(b"zTXt", b"Comment\0\0" + unpacks_to(200)),
        chunk(b"iTXt", b"Comment\0\1\0\0\0" + unpacks_to(200)),
        chunk(b"iCCP", b"profile\0\0" + unpacks_to(200)),
        chunk(b"zTXt", b"Comment\0\0" + unpacks_to(1)[:-20]) * 4000,
    ],
    ids=["zTXt", "iTXt", "iCCP", "thousands of zTXt"],
)
def test_a_hidden_text_that_unpacks_without_end_is_never_unpacked(hidden: bytes) -> None:
    megabytes, said = cost(before_the_picture(photo("PNG"), hidden))

    assert said == "taken"
    assert megabytes < 40  # the bytes as they came, once or twice


@on_linux
@pytest.mark.parametrize("size", [(16_383, 16_383), (12_000, 12_000), (30_000, 30_000)])
@pytest.mark.parametrize(
    ("kind", "options"),
    [("JPEG", {}), ("PNG", {}), ("WEBP", {}), ("WEBP", {"exif": exif(), "lossless": False})],
)
def test_a_header_that_declares_too_much_is_refused_unopened(
    kind: str, options: dict[str, object], size: tuple[int, int]
) -> None:
    if kind == "WEBP":
        size = (min(size[0], 16_383), min(size[1], 16_383))

    megabytes, said = cost(of_declared_size(photo(kind, **options), *size))

    assert "too large" in said or "damaged" in said
    assert megabytes < 5


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_header_that_declares_more_than_there_is_is_refused(kind: str) -> None:
    with pytest.raises(NotAPhoto, match="damaged"):
        read_photo(of_declared_size(photo(kind), 6000, 6000))


def test_a_jpeg_that_declares_its_size_twice_is_refused() -> None:
    data = photo()
    at = data.index(b"\xff\xc0")
    twice = data[:at] + of_declared_size(data, 8, 8)[at : at + 19] + data[at:]

    with pytest.raises(NotAPhoto, match="damaged"):
        read_photo(twice)


def test_a_png_whose_palette_is_gone_is_refused() -> None:
    data = written(four_corners().convert("P"), "PNG")

    with pytest.raises(NotAPhoto, match="damaged"):
        read_photo(data.replace(b"PLTE", b"pLTE"))


def of_scans(number: int) -> bytes:
    """Give a progressive JPEG with a last scan that is repeated."""
    data = photo(progressive=True)
    last = data.rindex(b"\xff\xda")
    end = data.rindex(b"\xff\xd9")
    first = number - data.count(b"\xff\xda")
    return data[:end] + data[last:end] * first + data[end:]


def test_a_jpeg_that_is_scanned_without_end_is_refused() -> None:
    assert bare(of_scans(MOST_SCANS)).width == 64

    with pytest.raises(NotAPhoto, match="damaged"):
        read_photo(of_scans(MOST_SCANS + 1))


def test_a_gif_of_zeros_is_refused_at_once() -> None:
    before = time.monotonic()

    with pytest.raises(NotAPhoto):
        read_photo(b"GIF89a" + b"\0" * 100_000_000)
    assert time.monotonic() - before < 1


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xd8" + segment(0xFE, b"") * 2_500_000,
        b"\xff\xd8" + b"\xff" * 10_000_000,
        b"\xff\xd8\xff" + b"\xd0\xff" * 5_000_000,
        photo()[:-2] + b"\xff\x00" * 5_000_000,
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0" * 13) + chunk(b"teXt", b"") * 800_000,
        b"RIFF" + struct.pack("<I", 10_000_000) + b"WEBP" + b"JUNK\0\0\0\0" * 1_250_000,
    ],
    ids=["comments", "fill", "restarts", "stuffing", "chunks", "junk"],
)
def test_a_file_of_a_million_parts_is_refused_within_a_second(data: bytes) -> None:
    before = time.monotonic()

    with pytest.raises(NotAPhoto):
        read_photo(data[: 10 * 1024 * 1024])
    assert time.monotonic() - before < 1


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_a_photo_that_was_cut_off_is_refused(kind: str) -> None:
    data = photo(kind, exif=exif())

    for length in range(1, len(data), 3):
        with pytest.raises(NotAPhoto):
            read_photo(data[:length])
    with pytest.raises(NotAPhoto):
        read_photo(data[:-1])


def zipped() -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        archive.writestr("run.exe", b"MZ-PLANTED")
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        photo() + b"<html><script>PLANTED</script></html>",
        after_the_start(photo(), segment(0xFE, b"*/alert('PLANTED')/*<script>PLANTED</script>")),
        photo() + zipped(),
        photo("PNG") + zipped(),
        before_the_picture(photo("PNG"), chunk(b"tEXt", b"<script>\0PLANTED</script>")),
    ],
    ids=["JPEG and HTML", "JPEG and script", "JPEG and ZIP", "PNG and ZIP", "PNG and script"],
)
def test_a_file_that_is_also_something_else_is_only_a_photo_in_public(data: bytes) -> None:
    public = read_photo(data).public

    assert b"PLANTED" in data
    for trace in (b"PLANTED", b"script", b"PK\x03\x04", b"MZ"):
        assert trace not in public
    assert opened(public).size == (64, 32)


@on_linux
def test_two_large_photos_at_once_take_the_memory_of_one() -> None:
    large = written(Image.new("RGB", (8000, 5000), "white"), quality=20)

    (one, taken), (two, both_taken) = cost(large), cost(large, times=2)

    assert taken == both_taken == "taken"
    assert 150 < one < two * 1.1 < one * 1.4


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(EVERY_FORMAT), laden=st.booleans(), data=st.data())
def test_a_photo_changed_at_random_is_a_photo_or_is_refused(
    *, kind: str, laden: bool, data: st.DataObject
) -> None:
    options = {"exif": exif()} if laden else {}
    if kind == "JPEG" and data.draw(st.booleans()):
        options["progressive"] = True  # type: ignore[assignment]
    changed = bytearray(photo(kind, **options))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(changed) - 1))
        match data.draw(st.sampled_from(["set", "drop", "put", "cut"])):
            case "set":
                changed[at] = data.draw(st.integers(0, 255))
            case "drop":
                del changed[at + 1 : at + data.draw(st.integers(2, 20))]
            case "put":
                changed[at:at] = data.draw(st.binary(max_size=20))
            case _:
                del changed[at + 1 :]

    is_photo_or_refused(bytes(changed))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(
        [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\x40\0\0\0WEBP", b"RIFF\x40\0\0\0WEBPVP8X"]
    ),
    st.binary(max_size=300),
)
def test_any_bytes_are_a_photo_or_are_refused(begins: bytes, noise: bytes) -> None:
    is_photo_or_refused(begins + noise)


def is_photo_or_refused(data: bytes) -> None:
    try:
        read = read_photo(data)
    except NotAPhoto:
        return
    assert opened(read.public).format == "JPEG"
