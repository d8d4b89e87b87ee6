"""拍摄信息: time and place are read when they are said clearly, and count as not said when they are not."""

import struct
import tracemalloc
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.photo_exif import Exif, read_exif
from intake.photo_reading import read_photo
from tests.intake.photo_files import EVERY_FORMAT, exif, photo

PREFIX = b"Exif\0\0"


def read(block: bytes) -> Exif:
    return read_exif(block.removeprefix(PREFIX))


@pytest.mark.parametrize("kind", EVERY_FORMAT)
def test_every_type_says_when_and_where_it_was_taken(kind: str) -> None:
    said = read_photo(photo(kind, exif=exif())).exif

    assert said.taken_at == datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
    assert not said.zone_assumed
    assert said.point is not None
    assert (said.point.lon, said.point.lat) == pytest.approx((105.02, 30.258333), abs=1e-5)


def test_a_photo_without_metadata_says_nothing() -> None:
    assert read_photo(photo()).exif == Exif()


@pytest.mark.parametrize(
    ("north", "east", "expected"),
    [
        ("N", "E", (105.02, 30.258333)),
        ("S", "E", (105.02, -30.258333)),
        ("N", "W", (-105.02, 30.258333)),
        ("S", "W", (-105.02, -30.258333)),
    ],
)
def test_a_place_lies_in_its_hemisphere(north: str, east: str, expected: tuple[float, float]) -> None:
    point = read(exif(lat=((30, 15, 30.0), north), lon=((105, 1, 12.0), east))).point

    assert point is not None
    assert (point.lon, point.lat) == pytest.approx(expected, abs=1e-5)


def test_a_time_without_an_offset_is_chinas_and_marked_so() -> None:
    said = read(exif(offset=None))

    assert said.taken_at == datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
    assert said.zone_assumed


@pytest.mark.parametrize(
    ("offset", "hour"), [("+00:00", 9), ("-05:30", 15), ("+14:00", -5), ("+8", 1), ("+99:99", 1), ("上海", 1)]
)
def test_an_offset_is_believed_if_it_is_one(offset: str, hour: int) -> None:
    said = read(exif(offset=offset.encode("utf-8").decode("latin-1")))

    if hour < 0:
        assert said.taken_at == datetime(2026, 11, 2, 19, 30, tzinfo=UTC)
    elif offset == "+99:99":
        assert said.taken_at is None
    else:
        assert said.taken_at == datetime(2026, 11, 3, hour, 0 if offset == "-05:30" else 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "taken",
    [
        "0000:00:00 00:00:00",
        "2026:13:01 00:00:00",
        "2026:02:30 00:00:00",
        "1970:01:01 00:00:00",
        "9999:12:31 23:59:59",
        "0001:01:01 00:00:00",
        "2026-11-03T09:30:00",
        "    :  :     :  :  ",
        "",
        "x" * 1000,
    ],
)
def test_a_time_that_is_none_counts_as_not_said(taken: str) -> None:
    assert read(exif(taken=taken)).taken_at is None
    assert read(exif(taken=taken)).point is not None


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (((30, 15, 30.0), "N"), None),
        (None, ((105, 1, 12.0), "E")),
        (((30, 15, 30.0), "X"), ((105, 1, 12.0), "E")),
        (((91, 0, 0.0), "N"), ((105, 1, 12.0), "E")),
        (((30, 0, 0.0), "N"), ((181, 0, 0.0), "E")),
        (((30, 61, 0.0), "N"), ((105, 1, 12.0), "E")),
        (((30, 0, 60.0), "N"), ((105, 1, 12.0), "E")),
        (((0, 0, 0.0), "N"), ((0, 0, 0.0), "E")),
        (((30, 15), "N"), ((105, 1), "E")),
    ],
)
def test_a_place_that_is_none_counts_as_not_said(lat: Any, lon: Any) -> None:
    assert read(exif(lat=lat, lon=lon)).point is None
    assert read(exif(lat=lat, lon=lon)).taken_at is not None


def test_a_broken_block_says_nothing_and_spoils_nothing() -> None:
    whole = exif().removeprefix(PREFIX)

    for length in range(len(whole)):
        assert read_exif(whole[:length]).orientation == 1
    assert read_exif(b"nonsense") == Exif()
    assert read_photo(photo(exif=PREFIX + b"MM\0*\xff\xff\xff\xff")).exif == Exif()


def test_an_offset_that_leads_back_to_its_own_block_ends() -> None:
    entries = struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<HHII", 0x8825, 4, 1, 8)
    assert read_exif(b"II*\0" + struct.pack("<IH", 8, 2) + entries) == Exif()


def test_a_block_of_thousands_of_entries_is_not_copied_for_each() -> None:
    number, length = 2700, 65_000
    head = b"II*\0" + struct.pack("<IH", 8, number)
    entries = (struct.pack("<HHII", 0x4000 + n, 7, 32_000, 32_000) for n in range(number))
    block = (head + b"".join(entries)).ljust(length, b"x")

    tracemalloc.start()
    read_exif(block)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2_000_000


@given(st.binary(max_size=400), st.data())
def test_any_bytes_are_a_block_that_says_something_or_nothing(noise: bytes, data: st.DataObject) -> None:
    whole = bytearray(exif(orientation=6).removeprefix(PREFIX))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        whole[at] = data.draw(st.integers(0, 255))

    for block in (noise, b"II*\0" + noise, b"MM\0*" + noise, bytes(whole)):
        assert 1 <= read_exif(block).orientation <= 8
