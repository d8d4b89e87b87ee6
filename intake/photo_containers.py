"""照片的封装: type, size and frames from the bytes alone; what is left bears the picture and nothing else.

Nothing here decodes or unpacks anything. A decoder only ever sees the parts that make the picture, so that
hidden texts, profiles, thumbnails and appended files are never opened, however much they would unpack to.
"""

import re
from collections.abc import Callable, Iterator
from itertools import count
from struct import error as unpack_error
from struct import pack, unpack_from
from typing import Literal, NamedTuple

from intake.photo_refusals import another_type, damaged, heic, moving

MediaType = Literal["image/jpeg", "image/png", "image/webp"]

MOST_SCANS = 64
"""A progressive JPEG has about ten; each costs its sender 50 bytes and the decoder a pass over all of it."""
MOST_PARTS = 20_000
MOST_EXIF = 65_536


class Bare(NamedTuple):
    """照片本体: the parts of a file that make the picture, and its EXIF block as it was found."""

    media_type: MediaType
    width: int
    height: int
    picture: bytes
    exif: bytes | None


def bare(data: bytes) -> Bare:
    """Return what of a file is its picture; raises NotAPhoto for other types, several frames, torn files."""
    for begins, strip in _CONTAINERS.items():
        if begins.match(data):
            try:
                return strip(data)
            except (unpack_error, IndexError):
                raise damaged() from None
    raise heic() if _HEIC.match(data) else another_type()


_HEIC = re.compile(rb"....ftyp(hei[cxms]|hev[cxms]|mif1|msf1)", re.DOTALL)

# ---------------------------------------------------------------- JPEG

_SIZES = {0xC0, 0xC1, 0xC2}
_TABLES = {0xC4, 0xDB, 0xDD}
_ADOBE = 0xEE
"""The one segment of an application that says how the colours are meant."""
_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
_PICTURE_OF_JPEG = _SIZES | _TABLES | {_ADOBE, _SCAN}
_ALONE = {0x01, *range(0xD0, 0xD8)}
_MARKER = re.compile(rb"\xff+([^\xff])", re.DOTALL)
_AFTER_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)


def _jpeg(data: bytes) -> Bare:
    kept, sizes, exif, scans = [b"\xff\xd8"], [], None, 0
    for marker, begin, end in _segments(data):
        if marker in _SIZES:
            sizes.append(unpack_from(">xHH", data, begin + 2))
        elif marker == _SCAN:
            scans += 1
        elif marker == _APP1 and exif is None and data.startswith(b"Exif\0\0", begin + 2):
            exif = data[begin + 8 : end]
        if marker in _PICTURE_OF_JPEG:
            kept += [b"\xff", bytes([marker]), data[begin:end]]
    if len(sizes) != 1 or not 1 <= scans <= MOST_SCANS:
        raise damaged()
    ((height, width),) = sizes
    return Bare("image/jpeg", width, height, b"".join([*kept, b"\xff\xd9"]), exif)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Walk to the end of the first picture; a scan reaches to the next marker that is none of its own."""
    at = 2
    for _ in range(MOST_PARTS):
        found = _MARKER.match(data, at)
        if not found:
            raise damaged()
        marker, at = found[1][0], found.end()
        if marker == _END:
            return
        if marker in _ALONE:
            continue
        (length,) = unpack_from(">H", data, at)
        begin, at = at, at + length
        if length < _LENGTH_ITSELF or at > len(data):
            raise damaged()
        if marker == _SCAN:
            after = _AFTER_SCAN.search(data, at)
            if not after:
                raise damaged()
            at = after.start()
        yield marker, begin, at
    raise damaged()


_LENGTH_ITSELF = 2


# ---------------------------------------------------------------- PNG

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE_OF_PNG = {b"IHDR", b"PLTE", b"tRNS", b"IDAT"}


def _png(data: bytes) -> Bare:
    size: tuple[int, int] | None = None
    kept, exif, at = [_SIGNATURE], None, len(_SIGNATURE)
    for parts in count():
        length, name = unpack_from(">I4s", data, at)
        begin, end = at + 8, at + 8 + length
        if end + 4 > len(data) or parts > MOST_PARTS or (name == b"IHDR") != (size is None):
            raise damaged()
        if name == b"IEND":
            break
        if name == b"IHDR":
            width, height = unpack_from(">II", data, begin)
            size = width, height
        elif name == b"acTL" and unpack_from(">I", data, begin) != (1,):
            raise moving()
        elif name == b"eXIf" and length <= MOST_EXIF:
            exif = data[begin:end]
        at = end + 4
        if name in _PICTURE_OF_PNG:
            kept.append(data[begin - 8 : at])
    assert size is not None  # nothing but IHDR comes first
    return Bare("image/png", *size, b"".join([*kept, b"\0\0\0\0IEND\xaeB\x60\x82"]), exif)


# ---------------------------------------------------------------- WebP

_HAS_ALPHA = 0x10
_LOSSLESS_SIZE = 0x3FFF


def _webp(data: bytes) -> Bare:
    parts: dict[bytes, bytes] = {}
    exif = None
    for name, part in _riff(data):
        if name in (b"ANIM", b"ANMF"):
            raise moving()
        if name == b"EXIF" and len(part) <= MOST_EXIF:
            exif = part.removeprefix(b"Exif\0\0")
        if name in (b"VP8X", b"ALPH", b"VP8 ", b"VP8L"):
            parts.setdefault(name, part)
    frame = b"VP8L" if b"VP8L" in parts else b"VP8 "
    size = _frame_size(frame, parts[frame]) if frame in parts else None
    extended = parts.get(b"VP8X")
    if size is None or (extended is not None and _canvas(extended) != size):
        raise damaged()
    kept = [_part(frame, parts[frame])]
    if extended is not None and extended[0] & _HAS_ALPHA and b"ALPH" in parts:
        # The other flags announce what is left out.
        kept[:0] = [_part(b"VP8X", bytes([_HAS_ALPHA]) + extended[1:]), _part(b"ALPH", parts[b"ALPH"])]
    body = b"WEBP" + b"".join(kept)
    return Bare("image/webp", *size, b"RIFF" + pack("<I", len(body)) + body, exif)


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    (length,) = unpack_from("<I", data, 4)
    at, last = 12, 8 + length
    for parts in count():
        if at >= last:
            return
        name, length = unpack_from("<4sI", data, at)
        if at + 8 + length > min(last, len(data)) or parts > MOST_PARTS:
            raise damaged()
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _part(name: bytes, content: bytes) -> bytes:
    return name + pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _canvas(extended: bytes) -> tuple[int, int]:
    width, height = (int.from_bytes(extended[at : at + 3], "little") + 1 for at in (4, 7))
    return width, height


def _frame_size(name: bytes, frame: bytes) -> tuple[int, int]:
    if name == b"VP8L":
        (both,) = unpack_from("<xI", frame)
        return (both & _LOSSLESS_SIZE) + 1, (both >> 14 & _LOSSLESS_SIZE) + 1
    width, height = unpack_from("<6xHH", frame)
    return width & _LOSSLESS_SIZE, height & _LOSSLESS_SIZE


_CONTAINERS: dict[re.Pattern[bytes], Callable[[bytes], Bare]] = {
    re.compile(rb"\xff\xd8\xff"): _jpeg,
    re.compile(re.escape(_SIGNATURE)): _png,
    re.compile(rb"RIFF....WEBP", re.DOTALL): _webp,
}
