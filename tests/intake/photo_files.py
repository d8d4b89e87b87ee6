"""Photos made for a test: real files by Pillow, and what is planted, torn or forged in them."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image

RED, GREEN, BLUE, GREY = (220, 30, 30), (30, 200, 30), (30, 30, 220), (128, 128, 128)
EVERY_FORMAT = ("JPEG", "PNG", "WEBP")
WITHOUT_LOSS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
}


def four_corners(width: int = 64, height: int = 32) -> Image.Image:
    """Give a picture whose corners tell how it is turned: red, green; blue, grey."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(GREEN, (width // 2, 0, width, height // 2))
    picture.paste(BLUE, (0, height // 2, width // 2, height))
    picture.paste(GREY, (width // 2, height // 2, width, height))
    return picture


def written(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = BytesIO()
    picture.save(out, kind, **{**WITHOUT_LOSS.get(kind, {}), **options})
    return out.getvalue()


def photo(kind: str = "JPEG", **options: Any) -> bytes:
    return written(four_corners(), kind, **options)


def opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def exif(
    taken: str | None = "2026:11:03 09:30:00",
    offset: str | None = "+08:00",
    lat: tuple[Any, str] | None = ((30, 15, 30.0), "N"),
    lon: tuple[Any, str] | None = ((105, 1, 12.0), "E"),
    orientation: int | None = None,
) -> bytes:
    """Give an EXIF block as Pillow writes it."""
    block = Image.Exif()
    detail, place = block.get_ifd(ExifTags.IFD.Exif), block.get_ifd(ExifTags.IFD.GPSInfo)
    if orientation is not None:
        block[ExifTags.Base.Orientation] = orientation
    if taken is not None:
        detail[ExifTags.Base.DateTimeOriginal] = taken
    if offset is not None:
        detail[ExifTags.Base.OffsetTimeOriginal] = offset
    if lat is not None:
        place[ExifTags.GPS.GPSLatitude], place[ExifTags.GPS.GPSLatitudeRef] = lat
    if lon is not None:
        place[ExifTags.GPS.GPSLongitude], place[ExifTags.GPS.GPSLongitudeRef] = lon
    return block.tobytes()


def chunk(name: bytes, content: bytes) -> bytes:
    """Give one part of a PNG file."""
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def before_the_picture(png: bytes, *chunks: bytes) -> bytes:
    at = png.index(b"IDAT") - 4
    return png[:at] + b"".join(chunks) + png[at:]


def segment(marker: int, content: bytes) -> bytes:
    """Give one segment of a JPEG file."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def after_the_start(jpeg: bytes, *segments: bytes) -> bytes:
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def of_declared_size(data: bytes, width: int, height: int) -> bytes:
    """Give a photo that says it is larger than it is."""
    forged = bytearray(data)
    if data.startswith(b"\xff\xd8"):
        at = data.index(b"\xff\xc0") + 5
        forged[at : at + 4] = struct.pack(">HH", height, width)
    elif data.startswith(b"\x89PNG"):
        head = struct.pack(">II", width, height) + data[24:29]
        forged[8:33] = chunk(b"IHDR", head)
    elif data[12:16] == b"VP8L":
        bits = (width - 1) | (height - 1) << 14
        forged[21:25] = struct.pack("<I", bits)
    elif data[12:16] == b"VP8X":
        forged[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(forged)
