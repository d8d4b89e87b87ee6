"""拍摄信息: when and where a photo says that it was taken; of the rest of its EXIF nothing is looked at.

Read by hand, since a library copies what each entry points to: 64 KB of hostile entries became 90 MB.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from struct import error as unpack_error
from struct import unpack_from
from typing import NamedTuple

from pydantic import TypeAdapter, ValidationError

from domain.model import Frozen, Moment
from domain.place import Point
from domain.workdays import CHINA

UPRIGHT = 1


class Exif(Frozen):
    """拍摄信息 as the photo itself states it: evidence to weigh, never proof."""

    taken_at: Moment | None = None
    zone_assumed: bool = False
    """The camera wrote no offset from UTC: its time is read as China's."""
    point: Point | None = None
    orientation: int = UPRIGHT


def read_exif(block: bytes | None) -> Exif:
    """Read an EXIF block without its `Exif` prefix; what is broken or out of range counts as not said."""
    if block is None:
        return Exif()
    try:
        whole = _Block(block)
        first = whole.entries(unpack_from(whole.order + "I", block, 4)[0])
        detail = whole.entries_of(first, _DETAIL)
        place = whole.entries_of(first, _PLACE)
        taken_at, zone_assumed = _taken(whole, detail)
        turned = whole.short(first, _ORIENTATION) or UPRIGHT
        return Exif(
            taken_at=taken_at,
            zone_assumed=zone_assumed,
            point=_point(whole, place),
            orientation=turned if turned in _TURNS else UPRIGHT,
        )
    except unpack_error:
        return Exif()


_ORIENTATION, _DETAIL, _PLACE = 0x0112, 0x8769, 0x8825
_TURNS = range(1, 9)
_TAKEN_AT, _OFFSET, _OFFSET_OF_TAKEN_AT = 0x9003, 0x9010, 0x9011
_LAT_REF, _LAT, _LON_REF, _LON = 1, 2, 3, 4
_MOST_ENTRIES = 1000
_TEXT, _SHORT, _LONG, _RATIONAL = 2, 3, 4, 5

_MOMENT = TypeAdapter[datetime](Moment)
_WRITTEN = re.compile(r"(\d{4}:\d\d:\d\d \d\d:\d\d:\d\d)")
_ZONE = re.compile(r"([+-]\d\d:\d\d)")


class _Entry(NamedTuple):
    kind: int
    number: int
    at: int


_Entries = Mapping[int, _Entry]


class _Block:
    """A TIFF structure: entries that name a kind, a count, and where their values are."""

    def __init__(self, block: bytes) -> None:
        self.block = block
        self.order = ">" if block.startswith(b"MM") else "<"

    def entries(self, at: int) -> _Entries:
        (number,) = unpack_from(self.order + "H", self.block, at)
        starts = (at + 2 + 12 * n for n in range(min(number, _MOST_ENTRIES)))
        read = ((*unpack_from(self.order + "HHI", self.block, start), start + 8) for start in starts)
        return {tag: _Entry(kind, number, at) for tag, kind, number, at in read}

    def entries_of(self, entries: _Entries, tag: int) -> _Entries:
        entry = entries.get(tag)
        if entry is None or entry.kind != _LONG:
            return {}
        return self.entries(self._number("I", entry.at))

    def short(self, entries: _Entries, tag: int) -> int | None:
        entry = entries.get(tag)
        return self._number("H", entry.at) if entry and entry.kind == _SHORT else None

    def text(self, entries: _Entries, tag: int) -> str:
        entry = entries.get(tag)
        if entry is None or entry.kind != _TEXT or entry.number > _LONGEST_TEXT:
            return ""
        at = entry.at if entry.number <= 4 else self._number("I", entry.at)  # noqa: PLR2004 fits into its entry
        return self.block[at : at + entry.number].partition(b"\0")[0].decode("ascii", "replace").strip()

    def rationals(self, entries: _Entries, tag: int) -> list[tuple[int, int]]:
        entry = entries.get(tag)
        if entry is None or entry.kind != _RATIONAL or entry.number != 3:  # noqa: PLR2004 degrees, minutes, seconds
            return []
        at = self._number("I", entry.at)
        numbers = unpack_from(self.order + "6I", self.block, at)
        return list(zip(numbers[::2], numbers[1::2], strict=True))

    def _number(self, layout: str, at: int) -> int:
        number: int = unpack_from(self.order + layout, self.block, at)[0]
        return number


_LONGEST_TEXT = 64


def _taken(block: _Block, detail: _Entries) -> tuple[datetime | None, bool]:
    written = _WRITTEN.fullmatch(block.text(detail, _TAKEN_AT))
    if not written:
        return None, False
    zone = block.text(detail, _OFFSET_OF_TAKEN_AT) or block.text(detail, _OFFSET)
    try:
        said = datetime.strptime(written[1], "%Y:%m:%d %H:%M:%S").replace(tzinfo=CHINA)
        offset = datetime.strptime(zone, "%z").tzinfo if _ZONE.fullmatch(zone) else None
        return _MOMENT.validate_python(said.replace(tzinfo=offset) if offset else said), offset is None
    except (ValueError, OverflowError):
        return None, False


def _point(block: _Block, place: _Entries) -> Point | None:
    lat = _degrees(block.rationals(place, _LAT), {"N": 1, "S": -1}.get(block.text(place, _LAT_REF)))
    lon = _degrees(block.rationals(place, _LON), {"E": 1, "W": -1}.get(block.text(place, _LON_REF)))
    # A camera without a fix writes zeros.
    if lat is None or lon is None or lat == lon == 0:
        return None
    try:
        return Point(lon=lon, lat=lat)
    except ValidationError:
        return None


def _degrees(parts: list[tuple[int, int]], sign: int | None) -> float | None:
    if sign is None or not parts or any(below == 0 and above for above, below in parts):
        return None
    degrees, minutes, seconds = (above / below if below else 0.0 for above, below in parts)
    if minutes >= 60 or seconds >= 60:  # noqa: PLR2004 no such minute, no such second
        return None
    return sign * (degrees + minutes / 60 + seconds / 3600)
